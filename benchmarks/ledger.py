"""What the menu saved under load, twice: by GET /usage, and from SIPp's own call lengths and outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from ivr.domain.reports.usage import Rates

RATES = Rates()
# Callers who never reach an agent and did not ask for an unavailable one.
DEFLECTED = frozenset({"unqualified", "opt_out", "no_input", "wrong_key", "hang_up", "patient"})
# FreeSWITCH's clock has steps of 20 ms, and a BYE takes a moment to arrive.
_SECONDS_A_CALL = 0.3
_FIGURES = ("calls", "menu_minutes", "agent_calls", "agent_minutes", "deflected_calls", "deflected_minutes")
_MONEY = ("ivr_usd", "agent_usd", "saved_usd")


@dataclass(frozen=True)
class Share:
    """Calls of one kind: `seconds` of all of them together, from the answer to the end."""

    kind: str
    calls: int
    seconds: float


@dataclass(frozen=True)
class Reckoned:
    """The sums of a step, as the callers and the agent measured them."""

    calls: int
    menu_s: float
    agent_calls: int
    talk_s: float
    deflected_calls: int
    deflected_s: float

    @classmethod
    def of(cls, shares: Sequence[Share], agent_calls: int, talk_s: float) -> Reckoned:
        """A caller's time is the menu's, less what the agent had of it."""
        deflected = [share for share in shares if share.kind in DEFLECTED]
        return cls(
            sum(share.calls for share in shares),
            sum(share.seconds for share in shares) - talk_s,
            agent_calls,
            talk_s,
            sum(share.calls for share in deflected),
            sum(share.seconds for share in deflected),
        )

    def line(self) -> dict[str, Decimal]:
        """The sums as a line of GET /usage, in minutes and dollars."""
        menu, talk, deflected = (_minutes(each) for each in (self.menu_s, self.talk_s, self.deflected_s))
        return {
            "calls": Decimal(self.calls),
            "menu_minutes": menu,
            "agent_calls": Decimal(self.agent_calls),
            "agent_minutes": talk,
            "deflected_calls": Decimal(self.deflected_calls),
            "deflected_minutes": deflected,
            "ivr_usd": menu * RATES.ivr_usd_min,
            "agent_usd": talk * RATES.agent_usd_min,
            "saved_usd": deflected * (RATES.agent_usd_min - RATES.ivr_usd_min),
        }


def _minutes(seconds: float) -> Decimal:
    return Decimal(seconds) / 60


def usage_by_did(http: httpx.Client) -> dict[str, dict[str, Any]]:
    """The lines of GET /usage, by number called."""
    answer = http.get("/usage", params={"group": "did"}).raise_for_status().json()
    return {line["did"] or "": line for line in answer["items"]}


def calls_of(bill: dict[str, dict[str, Any]]) -> int:
    return sum(int(line["calls"]) for line in bill.values())


def compare(
    reckoned: Reckoned, before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]
) -> dict[str, dict[str, str]]:
    """figure -> {"usage", "reckoned"} of what came between two bills."""
    line = reckoned.line()
    return {
        name: {
            "usage": str(_sum(after, name) - _sum(before, name)),
            "reckoned": str(line[name].quantize(Decimal("0.0001"))),
        }
        for name in (*_FIGURES, *_MONEY)
    }


def _sum(bill: dict[str, dict[str, Any]], name: str) -> Decimal:
    return sum((Decimal(line[name]) for line in bill.values()), Decimal(0))


def total(ledgers: Iterable[dict[str, dict[str, str]]]) -> dict[str, Any]:
    """The ledgers of several steps as one, with what sending every caller to the agent would have cost, and
    `agrees`: calls are the same, and minutes and money as near as a call can be measured from without."""
    sums: dict[str, dict[str, Decimal]] = {
        name: {"usage": Decimal(0), "reckoned": Decimal(0)} for name in (*_FIGURES, *_MONEY)
    }
    for ledger in ledgers:
        for name, pair in ledger.items():
            for whose, value in pair.items():
                sums[name][whose] += Decimal(value)
    for whose in ("usage", "reckoned"):
        minutes = sums["menu_minutes"][whose] + sums["agent_minutes"][whose]
        cost = sums["ivr_usd"][whose] + sums["agent_usd"][whose]
        sums.setdefault("all_to_agent_usd", {})[whose] = minutes * RATES.agent_usd_min
        sums.setdefault("cost_usd", {})[whose] = cost
        sums.setdefault("saved_against_all_to_agent_usd", {})[whose] = minutes * RATES.agent_usd_min - cost
    apart = [name for name, pair in sums.items() if abs(pair["usage"] - pair["reckoned"]) > _allowed(name, sums)]
    shown = {name: {whose: f"{value:.4f}" for whose, value in pair.items()} for name, pair in sums.items()}
    return {"figures": shown, "agrees": not apart, "apart": apart}


def _allowed(name: str, sums: dict[str, dict[str, Decimal]]) -> Decimal:
    if name.endswith("calls"):
        return Decimal(0)
    kind = {"saved_usd": "deflected_calls", "deflected_minutes": "deflected_calls"}.get(name, "calls")
    if name in ("agent_minutes", "agent_usd"):
        kind = "agent_calls"
    minutes = sums[kind]["usage"] * Decimal(_SECONDS_A_CALL) / 60
    return minutes if name.endswith("minutes") else minutes * RATES.agent_usd_min
