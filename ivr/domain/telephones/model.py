"""A telephone that may be rung, a call to it, and what such calls may cost together.

A number is rung for a menu only once it is *verified*: a call has said a code there, and somebody has given it back.
It is rung over the trunk of that call alone, as long as that goes where it went then.
The price of a call is reserved for its longest duration before it is dialled, and corrected at its end.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from ivr.domain.numbers import E164

Purpose = Literal["code", "menu", "callback"]
RingState = Literal["dialling", "ringing", "answered", "ended", "lost"]
RingResult = Literal["answered", "busy", "no_answer", "declined", "refused", "unreachable", "hung_up"]

RING_S = 45
MAX_TELEPHONES = 100
MAX_AT_ONCE = 3
# A code is six digits: five tries at each of three codes in a day hit one of them once in 66,000 days.
CODE_DIGITS = 6
CODE_TRIES = 5
CODE_FOR = timedelta(minutes=10)
# What is limited is counted over this time before each call, not over calendar days.
DAY = timedelta(hours=24)
CODES_A_DAY = 3
ALL_CODES_A_DAY = 15
# Calls are kept for so long; the limits need no more than DAY of them.
KEPT = timedelta(days=30)
_MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class VerifiedOver:
    """A trunk by its name, and `goes_to`, a digest of where its calls go."""

    trunk: str
    goes_to: str


@dataclass(frozen=True, slots=True)
class Telephone:
    """`verified_at`: when a code was last given back; None: never. `verified_over`: over which trunks."""

    number: E164
    added_by: str
    added_at: datetime
    verified_at: datetime | None = None
    verified_over: tuple[VerifiedOver, ...] = ()


@dataclass(frozen=True, slots=True)
class RingLimits:
    """`countries`: where else than in the trunk's own country a number may be. `usd_min`: the price of a minute
    begun; `usd_day` and `calls_day`: the most in DAY, of all telephones together; `longest_s`: the longest call."""

    countries: frozenset[str] = frozenset()
    usd_min: Decimal = Decimal("0.02")
    usd_day: Decimal = Decimal(2)
    calls_day: int = 50
    longest_s: int = 300

    @property
    def reserved_usd(self) -> Decimal:
        """The price of the longest call."""
        return cost_usd(self.longest_s, self.usd_min)

    @property
    def over_after(self) -> timedelta:
        """No call can still be under way when it is older than this."""
        return timedelta(seconds=RING_S + self.longest_s + 120)


@dataclass(frozen=True, slots=True)
class OutLimits:
    """`countries`: where else than in a trunk's own a number may be. `usd_min`: the price of a minute begun;
    `usd_day`, `calls_day`: the most in 24 hours for numbers that variables name."""

    countries: frozenset[str] = frozenset()
    usd_min: Decimal = Decimal("0.02")
    usd_day: Decimal = Decimal(20)
    calls_day: int = 200


@dataclass(frozen=True, slots=True)
class NewRing:
    """A call before it is dialled; `ivr_id` and `version` of a saved menu, else None."""

    ring_id: str
    number: E164
    trunk: str
    purpose: Purpose
    actor: str
    ivr_id: str | None = None
    version: int | None = None

    @property
    def channel_uuid(self) -> str:
        """The channel that the switch makes for it."""
        found = self.ring_id.removeprefix("ring_")
        return "-".join((found[:8], found[8:12], found[12:16], found[16:20], found[20:]))


@dataclass(frozen=True, slots=True)
class Ring:
    """A call as it stands. `reason` tells people how it ended; `usd` is what is counted for it; `call_id` is that of
    its call record. `lost`: the process that dialled it ended before the call did."""

    order: NewRing
    state: RingState
    started_at: datetime
    usd: Decimal
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    result: RingResult | None = None
    reason: str | None = None
    sip_status: int | None = None
    call_id: str | None = None


@dataclass(frozen=True, slots=True)
class RingEnd:
    """How a call ended. `answered_by`: person, machine or unknown, where that was looked for."""

    result: RingResult
    reason: str
    sip_status: int | None = None
    talked_s: float = 0.0
    call_id: str | None = None
    answered_by: str | None = None


def new_ring_id() -> str:
    return f"ring_{secrets.token_hex(16)}"


def new_code() -> str:
    return "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))


def code_digest(secret: bytes, number: E164, code: str) -> bytes:
    """What is stored in place of a code: useless for another number, and without the secret."""
    return hmac.new(secret, f"telephone:{number}:{code}".encode(), hashlib.sha256).digest()


def cost_usd(talked_s: float, usd_min: Decimal) -> Decimal:
    """The price of a call of this length; each minute that was begun counts."""
    return usd_min * -int(-talked_s // _MINUTE_S) if talked_s > 0 else Decimal(0)
