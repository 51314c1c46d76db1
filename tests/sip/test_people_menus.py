"""Seven of the menus that people run, over SIP on FreeSWITCH with the whole product behind, and their services over
HTTP: each call goes the way that its script goes offline, and sends the same."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import pytest

from ivr.domain.menu.given import Given
from ivr.settings import split_host_port
from sipp_scenarios.target import Target
from tests.helpers import wait_until
from tests.menus.http_services import Asked, http_services
from tests.menus.runner import Played, WrittenMenu, call_server, given_of, keys_of, play, read_menus
from tests.sip.carrier import Carrier
from tests.sip.conftest import whole_product
from tests.sip.phone import Message
from tests.sip.test_recordings import speak
from tests.sip.test_signalling import Caller
from tests.sip.test_thinking_menus import record_of

# Menu -> the script that is called. None is silent before its last step.
SCRIPTS = {
    "M09": "place 204 with two recordings",
    "M10": "the first ends the talk",
    "M12": "a caller with an open request",
    "M14": "the lab is opened",
    "M15": "the balance of 12345678",
    "M19": "another key, then off the list",
    "M21": "an offer",
}
# Of a prompt: 20 ms, 16 bits at 8 kHz.
FRAME_BYTES = 320
# Those whose first key leads nowhere.
WRONG_FIRST = frozenset({"M19"})
# Whatever is said longer in a script.
_LONGEST_S = 3
# Who calls, and in which order a list comes, is another thing in each call.
_VARIES = ("caller", "number", "name", "to", "sound", "second")


class Passing(Carrier):
    """Whoever is called over a trunk: they answer, and hang up soon."""

    def _take(self, invite: Message) -> None:
        super()._take(invite)
        threading.Timer(1.0, self.hang_up).start()


@dataclass
class People:
    """The product with the menus, each on a number of its own, and their services. `wrong_frames`: as long is it said
    that a key was wrong."""

    target: Target
    asked: Asked
    dids: Mapping[str, str]
    wrong_frames: int


@cache
def written(number: str) -> tuple[WrittenMenu, dict[str, Any]]:
    menu = next(menu for menu in read_menus() if menu.number == number)
    return menu, next(script for script in menu.scripts if script["name"] == SCRIPTS[number])


@pytest.fixture(scope="module")
def offline() -> dict[str, Played]:
    with call_server() as rig:
        return {number: play(rig, *written(number)) for number in SCRIPTS}


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    services = {name: turns for number in SCRIPTS for name, turns in given_of(written(number)[1]).services.items()}
    notices = {each["service"] for number in SCRIPTS for each in written(number)[0].menu["nodes"].values()
               if each.get("action") == "request"}  # fmt: skip
    settings = {"DIGITREE_OUTBOUND_PRIVATE": "true"}
    directory = tmp_path_factory.mktemp("people")
    with (
        http_services(Given(services=services)) as asked,
        whole_product(directory, settings) as target,
        Passing() as carrier,
    ):
        trunk = {"name": "carrier", "hosts": [f"127.0.0.1:{carrier.port}"], "numbers": ["+14155550220"]}
        target.http.post("/trunks", json=trunk).raise_for_status()
        state = partial(target.http.get, "/trunks/carrier/state")
        wait_until(lambda: state().json()["standing"] == "answers", 60, "the carrier is there")
        for name in notices:
            target.http.post("/services", json={"name": name, "url": asked.url}).raise_for_status()
        dids = {}
        for at, number in enumerate(SCRIPTS):
            made = target.http.post("/ivr", json=written(number)[0].menu).raise_for_status().json()
            dids[number] = f"+1415555021{at}"
            target.http.post(f"/ivr/{made['id']}/assign", json={"did": dids[number]}).raise_for_status()
        (wrong,) = directory.rglob("system/invalid.wav")
        yield People(target, asked, dids, wrong.stat().st_size // FRAME_BYTES)


def hears_more(phone: Caller, frames: int) -> bool:
    return phone.loud_frames > frames


@pytest.mark.parametrize("number", SCRIPTS)
def test_a_call_goes_the_way_of_its_script(people: People, offline: dict[str, Played], number: str) -> None:
    right = offline[number]
    assert right.faults == []
    ani = f"+14805550{620 + list(SCRIPTS).index(number)}"
    with Caller(split_host_port(people.target.sip), number=ani) as phone:
        assert phone.dial(people.dids[number]) == 200
        # A caller who knows the menu: whatever is said, they key what comes next. That a key was wrong they hear out.
        for at, keys in enumerate(keys_of(written(number)[1]["keys"]).replace("-", "").split(",")):
            enough = phone.loud_frames + 5 + (people.wrong_frames if at and number in WRONG_FIRST else 0)
            wait_until(partial(hears_more, phone, enough), 30, "something is heard")
            if keys.startswith("s"):
                wait_until(partial(is_recorded, people.target, ani, number), 30, "the recording begins")
                speak(phone, min(_LONGEST_S, int(keys[1:])))
                wait_until(lambda: not is_recorded(people.target, ani, number), 60, "silence ends the recording")
                continue
            for key in keys:
                phone.send_event(key)
                phone.far_side_hung_up.wait(0.2)
        assert phone.far_side_hung_up.wait(90)
        record = record_of(people.target, ani)
    assert [step["node"] for step in record["path"]] == list(right.path)
    wanted = {each["service"] for each in right.sent}
    for service in wanted:
        sent = [known(each["sent"]) for each in right.sent if each["service"] == service]
        assert [known(each) for each in came(people.asked, service, len(sent))] == sent
    if "never" in written(number)[1]["right"]:
        assert "4711" not in str(record)
    is_out = people.target.http.get(f"/dnc/{ani}").status_code == 200
    assert is_out == written(number)[1]["right"].get("opted_out", False)


def is_recorded(target: Target, ani: str, number: str) -> bool:
    """Whether this caller's call is at a recording."""
    nodes = written(number)[0].menu["nodes"]
    live = target.http.get("/calls/live").raise_for_status().json()["items"]
    return any(each["ani"] == ani and nodes[each["node"]].get("action") == "record" for each in live)


def known(sent: Mapping[str, Any]) -> dict[str, Any]:
    """What is the same in each call; a test masks what is secret, a service is sent it."""
    return {name: value for name, value in sent.items() if name not in (*_VARIES, "id", "pin")}


def came(asked: Asked, service: str, count: int) -> list[Mapping[str, Any]]:
    """What a service was sent, at least so often: notices come when they come."""
    wait_until(lambda: len(asked.of(service)) >= count, 60, f"{service} is sent {count}")
    return asked.of(service)
