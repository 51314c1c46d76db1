"""A call by a carrier into the sample menu, with every key that was pressed in its record."""

from __future__ import annotations

from typing import Any

from sipp_scenarios.target import Target
from tests.carriers.kamailio import Carrier
from tests.helpers import wait_until
from tests.sip.phone import Phone

# The sample menu: a plumber, with a license, from elsewhere. Its last prompt ends the call.
DID, KEYS = "+14155550100", "112"
_NUMBERS = iter(range(4_805_552_000, 4_805_559_000))


def next_number() -> str:
    """Of a caller who has not called yet."""
    return f"+1{next(_NUMBERS)}"


def caller_of(carrier: Carrier) -> Phone:
    """A telephone of the carrier's."""
    return Phone(carrier.address, ip=carrier.ip, number=next_number())


def press_all(caller: Phone) -> None:
    """Each key when its prompt is heard."""
    for key in KEYS:
        before = caller.loud_frames
        wait_until(lambda before=before: caller.loud_frames > before + 5, 20, "the prompt is heard")  # type: ignore[misc]
        caller.send_event(key)
        caller.send_pause()
    assert caller.far_side_hung_up.wait(60), "the menu ends the call"


def record_of(target: Target, number: str) -> dict[str, Any]:
    """The record of this caller's last call, when it has ended."""

    def ended() -> dict[str, Any] | None:
        record = target.find_call(number)
        return record if record and record["outcome"] else None

    record = wait_until(ended, 20, "the call record is there")
    assert record is not None
    return record


def keys_of(record: dict[str, Any]) -> str:
    return "".join(step["key"] for step in record["path"] if step.get("key"))


def call_through(target: Target, carrier: Carrier) -> dict[str, Any]:
    """The record of a call that was answered and led through the whole menu."""
    with caller_of(carrier) as caller:
        assert caller.dial(DID) == 200
        press_all(caller)
        record = record_of(target, caller.number)
    assert keys_of(record) == KEYS
    return record
