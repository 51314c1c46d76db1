"""A phone of our own beside a call server of our own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import gevent
import pytest

from devswitch.phone.call import PhoneCall
from devswitch.phone.desk import Desk
from ivr.clients.phone import Order
from ivr.domain.tickets import Ticket, new_ticket
from tests.helpers import SWITCH_SECRET
from tests.rig import Rig, running_server


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with running_server(tmp_path) as rig:
        yield rig


@dataclass
class Phone:
    rig: Rig
    desk: Desk

    def ticket(self, pointer: str = "ivr_seed01:3", did: str | None = None, language: str = "") -> str:
        ticket = new_ticket()
        self.rig.menus.tickets[ticket] = Ticket(pointer, did, language=language)  # type: ignore[arg-type]
        return ticket

    def call(self, script: str | None, **order) -> list[dict]:
        """The events of a fast call."""
        dialled = order.pop("dial", None) or self.ticket()
        return self.to_its_end(self.desk.dial(Order(dialled, "+14805551234", script=script, fast=True, **order)))

    def to_its_end(self, call: PhoneCall) -> list[dict]:
        with gevent.Timeout(30):
            events = [event for event in call.follow(0) if event is not None]
        self.rig.drained()
        return events

    def record(self) -> dict:
        (ended,) = self.rig.records.of("call_ended")
        return ended


@pytest.fixture
def phone(rig: Rig) -> Iterator[Phone]:
    desk = Desk(f"127.0.0.1:{rig.address[1]}", SWITCH_SECRET, rig.prompts_dir)
    yield Phone(rig, desk)
    desk.close()
