"""A call by a carrier into the menu, with every key that was pressed in its record."""

from __future__ import annotations

import time
from typing import Any

from tests.carriers.kamailio import Carrier
from tests.carriers.site import DID, KEYS, Site
from tests.helpers import wait_until
from tests.sip.phone import Phone

_NUMBERS = iter(range(4_805_552_000, 4_805_599_000))
# Prompts are shorter, and the next one has begun long before.
_SILENT_S = 0.4


class CarriersPhone(Phone):
    """`loud_at`: when it last heard sound (time.monotonic)."""

    loud_at = 0.0

    def _count(self, packet: bytes) -> None:
        before = self.loud_frames
        super()._count(packet)
        if self.loud_frames > before:
            self.loud_at = time.monotonic()

    def hear_prompt(self) -> None:
        """Returns in the silence after it."""
        before = self.loud_frames
        wait_until(lambda: self.loud_frames > before + 2, 30, "a prompt is heard")
        wait_until(lambda: time.monotonic() - self.loud_at > _SILENT_S, 30, "its end is heard")

    def press(self, key: str) -> float:
        """Seconds from its first packet to the first sound of the next prompt."""
        before, began = self.loud_frames, time.monotonic()
        self.send_event(key)
        self.send_pause()
        wait_until(lambda: self.loud_frames > before, 30, "the next prompt is heard", 0.005)
        return self.loud_at - began


def phone_of(carrier: Carrier) -> CarriersPhone:
    """One whose number has not called yet."""
    return CarriersPhone(carrier.address, ip=carrier.ip, number=f"+1{next(_NUMBERS)}")


def press_all(caller: CarriersPhone, keys: str = KEYS, *, heard: bool = False) -> list[float]:
    """As `press`, of each key; the last prompt ends the call. `heard`: the first prompt has been heard already."""
    waits = []
    if not heard:
        caller.hear_prompt()
    for key in keys:
        waits.append(caller.press(key))
        if key != keys[-1]:
            wait_until(lambda: time.monotonic() - caller.loud_at > _SILENT_S, 30, "the end of a prompt is heard")
    return waits


def record_of(here: Site, number: str) -> dict[str, Any]:
    """The record of this caller's last call, when it has ended."""

    def ended() -> dict[str, Any] | None:
        record = here.target.find_call(number)
        return record if record and record["outcome"] else None

    record = wait_until(ended, 60, "the call record is there", 0.2)
    assert record is not None
    return record


def keys_of(record: dict[str, Any]) -> str:
    return "".join(step["key"] for step in record["path"] if step["key"])


def call_through(here: Site, carrier: Carrier) -> tuple[dict[str, Any], list[float]]:
    """A call that is answered and led through the whole menu; its record, and how long each key waited (seconds)."""
    with phone_of(carrier) as caller:
        status = caller.dial(DID)
        assert status == 200, f"{caller.number} got {status}"
        waits = press_all(caller)
        assert caller.far_side_hung_up.wait(60), "the menu ends the call"
    record = record_of(here, caller.number)
    assert keys_of(record) == KEYS
    return record, waits
