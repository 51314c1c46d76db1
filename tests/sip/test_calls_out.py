"""Calls that we make, with everything running on FreeSWITCH: a machine and a person are told apart, M17 and M19 run
whole, and a keeper that is killed makes no call twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from typing import Any

import psutil
import pytest

from ivr.domain.menu.given import Given
from sipp_scenarios.target import Target
from tests.helpers import wait_until
from tests.menus.http_services import Asked, http_services
from tests.menus.runner import read_menus
from tests.sip.callee import Callee, frames, quiet, spoken, tone
from tests.sip.conftest import whole_product

OURS = "+14155550100"
HELLO = frames(quiet(300), spoken(600))
MACHINE = frames(quiet(400), spoken(3500), quiet(500), tone(500))
ALL_DAY = {"from": "00:00", "to": "23:59"}
_NUMBERS = iter(range(4_805_550_700, 4_805_550_799))
_LIMITS = {"DIGITREE_OUTBOUND_PRIVATE": "true", "DIGITREE_OUTGOING_USD_DAY": "1000"}


@pytest.fixture(scope="module")
def asked() -> Iterator[Asked]:
    with http_services(Given()) as services:
        yield services


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory, asked: Asked) -> Iterator[Target]:
    with whole_product(tmp_path_factory.mktemp("out"), _LIMITS) as running:
        for name in ("campaign", "appointments"):
            running.http.post("/services", json={"name": name, "url": asked.url}).raise_for_status()
        yield running


@pytest.fixture(scope="module")
def menus(target: Target) -> dict[str, str]:
    made = {}
    for written in read_menus():
        if written.number in ("M17", "M19"):
            menu = target.http.post("/ivr", json=written.document["menu"]).raise_for_status().json()["id"]
            for node, each in written.document["menu"]["nodes"].items():
                if "text" in each:
                    body = {"node": node, "text": each["text"]}
                    target.http.post(f"/ivr/{menu}/audio", json=body).raise_for_status()
            made[written.number] = menu
    return made


@contextmanager
def callee(target: Target, says: list[bytes]) -> Iterator[Callee]:
    """A telephone behind a trunk of its own."""
    with Callee(says) as phone:
        trunk = {"name": f"to{phone.port}", "hosts": [f"127.0.0.1:{phone.port}"], "numbers": [OURS]}
        target.http.post("/trunks", json=trunk).raise_for_status()
        yield phone
        target.http.delete(f"/trunks/to{phone.port}")


def call(target: Target, phone: Callee, menu: str, **more: Any) -> dict[str, Any]:
    order = {
        "to": f"+1{next(_NUMBERS)}", "ivr_id": menu, "trunk": f"to{phone.port}", "purpose": "service",
        "hours": ALL_DAY, **more,
    }  # fmt: skip
    answer = target.http.post("/calls", json=order)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def over(target: Target, made: dict[str, Any], timeout_s: float = 90) -> tuple[dict[str, Any], dict[str, Any]]:
    """The call at its end, and its record."""

    def ended() -> Any:
        now = target.http.get(f"/calls/outgoing/{made['id']}").raise_for_status().json()
        return now if now["state"] == "ended" else None

    now: dict[str, Any] = wait_until(ended, timeout_s, "the call is over")

    def recorded() -> Any:
        found = target.http.get(f"/calls/{now['attempts'][-1]['call_id']}")
        return found.json() if found.status_code == 200 and found.json()["outcome"] else None

    return now, wait_until(recorded, 30, "the call has a record")


def test_a_machine_hears_its_message_once_its_tone_is_over(
    target: Target, menus: dict[str, str], asked: Asked
) -> None:
    with callee(target, MACHINE) as phone:
        made = call(target, phone, menus["M19"], variables={"call.id": 4})
        assert phone.connected.wait(60)
        wait_until(lambda: phone.said_at, 60, "the greeting is over")
        phone.forget_sound()
        assert phone.hears()
        assert phone.hung_up_on.wait(60)
        now, record = over(target, made)
    assert (now["result"], now["attempts"][0]["answered_by"]) == ("answered", "machine")
    assert (record["outgoing"], record["answered_by"], record["ani"]) == (now["id"], "machine", now["to"])
    assert [step["node"] for step in record["path"]] == ["answered", "machine", "message"]
    wait_until(lambda: {"id": 4, "result": "machine"} in map(dict, asked.of("campaign")), 30, "the result is sent")


def test_a_person_opts_out_and_is_not_called_again(target: Target, menus: dict[str, str]) -> None:
    with callee(target, HELLO) as phone:
        made = call(
            target, phone, menus["M19"], variables={"call.id": 2}, purpose="advertising", on_behalf_of="Hill Roofing",
            hours={"zone": noon_zone()},
        )  # fmt: skip
        assert phone.connected.wait(60)
        assert phone.hears()
        phone.key("9")
        assert phone.hung_up_on.wait(60)
        now, record = over(target, made)
        assert (now["attempts"][0]["answered_by"], record["outcome"]) == ("person", "opted_out")
        wait_until(lambda: target.is_suppressed(now["to"]), 30, "it is on the list")
        again = target.http.post("/calls", json={
            "to": now["to"], "ivr_id": menus["M19"], "trunk": f"to{phone.port}", "purpose": "service",
            "hours": ALL_DAY,
        })  # fmt: skip
        assert (again.status_code, again.json()["code"]) == (409, "number_listed")
        assert len(phone.invites) == 1


def noon_zone() -> str:
    """A zone in which it is about noon now, so that advertising may be made at any hour of this test."""
    ahead = 12 - time.gmtime().tm_hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


def test_an_appointment_is_confirmed_with_the_words_of_its_call(
    target: Target, menus: dict[str, str], asked: Asked
) -> None:
    variables = {
        "call.id": "A7", "call.language": "en", "call.first": "Your visit is tomorrow at ten. Press 1 to confirm.",
        "call.confirm": "See you tomorrow.", "call.cancel": "It is cancelled.", "call.wrong": "That was neither.",
    }  # fmt: skip
    with callee(target, HELLO) as phone:
        made = call(target, phone, menus["M17"], variables=variables)
        assert phone.connected.wait(60)
        assert phone.hears()
        phone.key("1")
        assert phone.hung_up_on.wait(60)
        _, record = over(target, made)
    # On a busy machine a voice takes more than its second for new words, which are then left out: the path says so.
    assert [node for node, _ in groupby(step["node"] for step in record["path"])] == [
        "language", "ask", "confirmed", "say_yes",
    ]  # fmt: skip
    wait_until(
        lambda: {"id": "A7", "result": "confirmed"} in map(dict, asked.of("appointments")), 30, "it is told"
    )


def kill_below(target: Target, is_wanted: Callable[[psutil.Process], bool]) -> None:
    """Kill these of the supervisor's processes; others may end meanwhile."""
    for process in psutil.Process(target.supervisor).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if is_wanted(process):
                process.kill()


def test_a_keeper_that_is_killed_during_a_call_leaves_it_and_makes_it_once(
    target: Target, menus: dict[str, str]
) -> None:
    with callee(target, HELLO) as phone:
        made = call(target, phone, menus["M19"], variables={"call.id": 9})
        assert phone.connected.wait(60)
        assert phone.hears()
        kill_below(target, lambda process: "keeper" in process.cmdline())
        phone.key("9")
        assert phone.hung_up_on.wait(60)
        now, record = over(target, made)
        assert (now["result"], len(now["attempts"]), len(phone.invites)) == ("answered", 1, 1)
        assert record["outcome"] == "opted_out"


def test_a_switch_that_is_killed_during_a_call_makes_it_once(target: Target, menus: dict[str, str]) -> None:
    with callee(target, HELLO) as phone:
        made = call(target, phone, menus["M19"], variables={"call.id": 10}, retries={"most": 5, "busy_s": 60})
        assert phone.connected.wait(60)
        assert phone.hears()
        kill_below(target, lambda process: process.name() == "freeswitch")

        def ended() -> Any:
            now = target.http.get(f"/calls/outgoing/{made['id']}").raise_for_status().json()
            return now if now["state"] == "ended" else None

        now = wait_until(ended, 180, "the call is over")
        assert (len(now["attempts"]), len(phone.invites)) == (1, 1)
        assert now["result"] in ("answered", "unknown")
