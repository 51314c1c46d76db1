"""What calls cost, and what they would have cost with an agent.

A call's time in the menu and its time with agents are charged at the rates in force when its record was first
counted, which stay with it. **Deflected** are calls that the menu or the caller ended in the menu, not those that
were refused or whose agent was unavailable.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from ivr.domain.call_records import REFUSED, CallRecord, Outcome

MS_PER_MINUTE = 60_000
_CENT_HUNDREDTH = Decimal("0.0001")
DEFLECTED = frozenset(
    {
        Outcome.HUNG_UP,
        Outcome.OPTED_OUT,
        Outcome.NO_INPUT,
        Outcome.NO_MATCH,
        Outcome.BUDGET_SPENT,
        Outcome.CALLER_HUNG_UP,
    }
)

# The menu led them to an agent.
QUALIFIED = frozenset({Outcome.TRANSFERRED, Outcome.AGENT_UNAVAILABLE})


class Rates(NamedTuple):
    """US dollars for a minute in the menu, and for a minute of an agent's talk."""

    ivr_usd_min: Decimal = Decimal("0.008")
    agent_usd_min: Decimal = Decimal("0.10")


class UsageKey(NamedTuple):
    """The day (UTC) on which the call began, its menu, the number dialled (None: not a possible one), its rates."""

    day: date
    ivr_id: str
    did: str | None
    rates: Rates


@dataclass(slots=True)
class Usage:
    """`agent_calls` reached an agent; `deflected_ms` is the menu time of the `deflected_calls`."""

    calls: int = 0
    menu_ms: int = 0
    agent_calls: int = 0
    talk_ms: int = 0
    deflected_calls: int = 0
    deflected_ms: int = 0

    def add(self, other: Usage, sign: int = 1) -> None:
        """`sign` -1 takes away what was added before."""
        self.calls += sign * other.calls
        self.menu_ms += sign * other.menu_ms
        self.agent_calls += sign * other.agent_calls
        self.talk_ms += sign * other.talk_ms
        self.deflected_calls += sign * other.deflected_calls
        self.deflected_ms += sign * other.deflected_ms


def usage_of(record: CallRecord, rates: Rates) -> tuple[UsageKey, Usage] | None:
    """What this call adds; None before it has ended, or if it was never answered, or was a test."""
    if record.outcome is None or record.ivr_id is None or record.test:
        return None
    if record.was_unanswered or record.outcome in REFUSED:
        return None
    key = UsageKey(record.started_at.astimezone(UTC).date(), record.ivr_id, record.did, rates)
    usage = Usage(calls=1, menu_ms=record.menu_ms, talk_ms=record.talk_ms, agent_calls=int(record.talk_ms > 0))
    if record.outcome in DEFLECTED and not record.talk_ms and record.outgoing is None:
        usage.deflected_calls, usage.deflected_ms = 1, record.menu_ms
    return key, usage


def minutes_usd(ms: int, usd_min: Decimal) -> Decimal:
    """The exact cost, neither rounded to cents nor up to whole minutes."""
    return Decimal(ms) * usd_min / MS_PER_MINUTE


@dataclass(frozen=True, slots=True)
class Spent:
    """One line of the bill: what was used and what it cost. Money is exact; `rounded` makes what is shown."""

    calls: int = 0
    menu_ms: int = 0
    ivr_usd: Decimal = Decimal(0)
    agent_calls: int = 0
    talk_ms: int = 0
    agent_usd: Decimal = Decimal(0)
    tts_ms: int = 0
    tts_usd: Decimal = Decimal(0)
    deflected_calls: int = 0
    deflected_ms: int = 0
    deflected_ivr_usd: Decimal = Decimal(0)
    # Their menu time at the agent's rate: an agent would have needed at least as long for the same questions.
    deflected_agent_usd: Decimal = Decimal(0)
    # For the other estimate: the sum of the agent's rates of deflected calls, to be multiplied by an average talk.
    deflected_agent_usd_per_min: Decimal = Decimal(0)

    @property
    def total_usd(self) -> Decimal:
        return self.ivr_usd + self.agent_usd + self.tts_usd

    @property
    def saved_usd(self) -> Decimal:
        """The cautious estimate: menu time at the agent's rate, less what it cost."""
        return self.deflected_agent_usd - self.deflected_ivr_usd

    @property
    def deflected_at_average_talk_usd(self) -> Decimal | None:
        """The cost of deflected callers, had each talked as long as callers who reached an agent did on average."""
        if not self.agent_calls:
            return None
        return self.deflected_agent_usd_per_min * self.talk_ms / self.agent_calls / MS_PER_MINUTE

    @property
    def saved_at_average_talk_usd(self) -> Decimal | None:
        would = self.deflected_at_average_talk_usd
        return None if would is None else would - self.deflected_ivr_usd


def spent(used: Iterable[tuple[Rates, Usage]], tts_ms: int = 0, tts_usd: Decimal = Decimal(0)) -> Spent:
    """The sum of what was used, each part at its own rates."""
    total, nothing = Usage(), Decimal(0)
    ivr_usd = agent_usd = deflected_ivr_usd = deflected_agent_usd = deflected_agent_usd_per_min = nothing
    for rates, usage in used:
        total.add(usage)
        ivr_usd += minutes_usd(usage.menu_ms, rates.ivr_usd_min)
        agent_usd += minutes_usd(usage.talk_ms, rates.agent_usd_min)
        deflected_ivr_usd += minutes_usd(usage.deflected_ms, rates.ivr_usd_min)
        deflected_agent_usd += minutes_usd(usage.deflected_ms, rates.agent_usd_min)
        deflected_agent_usd_per_min += usage.deflected_calls * rates.agent_usd_min
    return Spent(
        calls=total.calls, menu_ms=total.menu_ms, ivr_usd=ivr_usd,
        agent_calls=total.agent_calls, talk_ms=total.talk_ms, agent_usd=agent_usd,
        tts_ms=tts_ms, tts_usd=tts_usd,
        deflected_calls=total.deflected_calls, deflected_ms=total.deflected_ms,
        deflected_ivr_usd=deflected_ivr_usd, deflected_agent_usd=deflected_agent_usd,
        deflected_agent_usd_per_min=deflected_agent_usd_per_min,
    )  # fmt: skip


def rounded(usd: Decimal) -> Decimal:
    """To a hundredth of a cent."""
    return usd.quantize(_CENT_HUNDREDTH, ROUND_HALF_UP)
