"""A call-back that is dialled: the person first, then the caller, on FreeSWITCH; the development switch makes
none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ivr.domain.numbers import E164
from ivr.domain.telephones.model import code_digest
from ivr.domain.telephones.way_out import where_it_goes
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.telephones import PostgresTelephones
from ivr.storage.postgres.trunks import PostgresTrunks
from launcher.embedded.postgres import postgres_url
from sipp_scenarios.target import Target
from tests.helpers import wait_until
from tests.sip.agent_phone import SOUND
from tests.sip.carrier import Carrier
from tests.sip.conftest import whole_product
from tests.sip.phone import Message

OURS, PERSON, CALLER = "+14155550100", E164("+14155552671"), "+14155552672"


class Exchange(Carrier):
    """A trunk's other side with two telephones behind it: its own is the person's, and `caller` the caller's."""

    def __init__(self, caller: Carrier) -> None:
        super().__init__()
        self.caller = caller

    def _take(self, invite: Message) -> None:
        if CALLER[1:] in invite.start:
            self.caller._peer = self._peer
            self.caller._take(invite)
        else:
            super()._take(invite)

    def _respond(self, request: Message, *args: Any, **more: Any) -> None:
        super()._respond(request, *args, **more)
        if request.method == "CANCEL" and self.caller._ringing is not None:
            super()._respond(self.caller._ringing, "487 Request Terminated", to_tag=True)
            self.caller.cancelled.set()


@pytest.fixture(scope="module", params=["freeswitch", "devswitch"])
def directory(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp(request.param)


@pytest.fixture(scope="module")
def exchange() -> Iterator[Exchange]:
    with Carrier() as caller, Exchange(caller) as exchange:
        yield exchange


@pytest.fixture(scope="module")
def target(directory: Path, exchange: Exchange) -> Iterator[Target]:
    switch = directory.name.rstrip("0123456789")
    with whole_product(directory, switch=switch) as running:
        trunk = {"name": "carrier", "hosts": [f"127.0.0.1:{exchange.port}"], "numbers": [OURS]}
        running.http.post("/trunks", json=trunk).raise_for_status()
        with closing(Database(postgres_url(directory / "home" / "pg"))) as database:
            telephones, digest = PostgresTelephones(database), code_digest(b"x", PERSON, "1")
            (carrier,) = PostgresTrunks(database).all()
            telephones.add(PERSON, actor="test")
            telephones.set_code(PERSON, digest, where_it_goes(carrier))
            telephones.verify(PERSON, digest, actor="test")
        yield running


def on_freeswitch(directory: Path) -> None:
    if directory.name.startswith("devswitch"):
        pytest.skip("the development switch makes no calls out")


def ask(target: Target) -> str:
    made = target.http.post("/callbacks", json={"number": CALLER}).raise_for_status()
    return str(made.json()["id"])


def dial(target: Target, callback: str) -> None:
    body = {"person": PERSON, "trunk": "carrier"}
    answer = target.http.post(f"/callbacks/{callback}/dial", json=body)
    assert answer.status_code == 201, answer.text


def result(target: Target, callback: str) -> tuple[str, str]:
    def ended() -> dict[str, Any]:
        now: dict[str, Any] = target.http.get(f"/callbacks/{callback}").raise_for_status().json()
        return now if now["result"] else {}

    found = wait_until(ended, 60, "the call-back has ended")
    return found["state"], found["result"]


@pytest.fixture(autouse=True)
def as_before(exchange: Exchange) -> None:
    for each in (exchange, exchange.caller):
        each.forget()
        each.refuses, each._rings, each._ringing = 0, False, None
        each.invites.clear()


def test_the_person_is_rung_first_then_the_caller_and_they_hear_each_other(
    directory: Path, target: Target, exchange: Exchange
) -> None:
    on_freeswitch(directory)
    callback = ask(target)

    # The switch is told of the trunk a moment after it was made.
    def reached() -> bool:
        dial(target, callback)
        return exchange.connected.wait(5)

    wait_until(reached, 60, "the person is rung")
    assert exchange.caller.connected.wait(20)
    assert f"sip:{OURS[1:]}@" in exchange.caller.invites[0].headers["from"].replace("+", "")
    exchange.caller._frame = SOUND
    try:
        assert exchange.hears(), "the person hears the caller"
    finally:
        exchange.caller._frame = b"\xff" * 160
    exchange.caller.hang_up()
    assert exchange.hung_up_on.wait(10)
    assert result(target, callback) == ("done", "they talked")
    again = target.http.post(f"/callbacks/{callback}/dial", json={"person": PERSON, "trunk": "carrier"})
    assert (again.status_code, again.json()["code"]) == (409, "callback_settled")


@pytest.mark.parametrize(
    ("refuses", "said"),
    [
        (486, "the person answered, and the caller's telephone was busy"),
        (480, "the person answered, and the caller did not"),
        (603, "the person answered, and the caller declined the call"),
    ],
)
def test_a_caller_who_is_not_reached_leaves_it_open(
    directory: Path, target: Target, exchange: Exchange, refuses: int, said: str
) -> None:
    on_freeswitch(directory)
    exchange.caller.refuses = refuses
    callback = ask(target)
    dial(target, callback)
    assert exchange.hung_up_on.wait(30)
    assert result(target, callback) == ("open", said)


def test_a_person_who_is_busy_leaves_it_open_and_nobody_else_is_rung(
    directory: Path, target: Target, exchange: Exchange
) -> None:
    on_freeswitch(directory)
    exchange.refuses = 486
    callback = ask(target)
    dial(target, callback)
    state, said = result(target, callback)
    assert (state, said.partition(" (")[0]) == ("open", "the telephone is busy")
    assert exchange.caller.invites == []


def test_a_person_who_hangs_up_before_the_caller_answers_ends_the_ringing(
    directory: Path, target: Target, exchange: Exchange
) -> None:
    on_freeswitch(directory)
    exchange.caller._rings = True
    callback = ask(target)
    dial(target, callback)
    wait_until(lambda: exchange.caller.invites, 30, "the caller is rung")
    exchange.hang_up()
    assert exchange.caller.cancelled.wait(10)
    assert result(target, callback) == ("open", "the person hung up before the caller answered")


def test_who_has_opted_out_since_is_not_called(target: Target, exchange: Exchange) -> None:
    callback = ask(target)
    target.http.post("/dnc", json={"number": CALLER}).raise_for_status()
    answer = target.http.post(f"/callbacks/{callback}/dial", json={"person": PERSON, "trunk": "carrier"})
    assert (answer.status_code, answer.json()["code"]) == (409, "callback_opted_out")
    assert exchange.invites == []


def test_a_switch_that_makes_no_calls_says_so(directory: Path, target: Target) -> None:
    if not directory.name.startswith("devswitch"):
        pytest.skip("FreeSWITCH makes them")
    callback = ask(target)
    dial(target, callback)
    state, said = result(target, callback)
    assert (state, "it takes FreeSWITCH" in said) == ("open", True)
