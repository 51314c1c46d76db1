"""People rung on FreeSWITCH and on the development switch: over a trunk, at SIP addresses, all at once, with a
whisper and a key."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from ivr.settings import split_host_port
from sipp_scenarios.target import Target
from tests.helpers import wait_until
from tests.sip.carrier import Carrier
from tests.sip.conftest import whole_product
from tests.sip.test_signalling import Caller

OURS, THEIRS = "+14155550171", "+14155552671"
AFTER = {"after": {"action": "hangup"}, "nobody": {"action": "hangup"}}
_NUMBERS = iter(range(4_805_550_800, 4_805_550_899))


@pytest.fixture(scope="module", params=["freeswitch", "devswitch"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with whole_product(tmp_path_factory.mktemp("people"), switch=request.param) as running:
        yield running


@pytest.fixture
def phones() -> Iterator[list[Carrier]]:
    """Three telephones; more may be added."""
    with ExitStack() as stack:
        yield [stack.enter_context(Carrier()) for _ in range(3)]


def put(target: Target, group: str, *phones: Carrier) -> None:
    """A group of these telephones, in their order."""
    for place, phone in enumerate(phones, 1):
        body = {"name": f"{group}{place}", "address": f"sip:{phone.address}", "groups": [group], "place": place}
        target.http.post("/people", json=body).raise_for_status()


def menu(target: Target, did: str, transfer: dict[str, Any], **more: Any) -> None:
    ring = {"action": "transfer", "fallback_node": "nobody", "on_agent_hangup": "after", **transfer}
    made = target.http.post("/ivr", json={"name": did, "nodes": {"ring": ring, **AFTER, **more}}).raise_for_status()
    ivr = made.json()["id"]
    if "whisper_text" in transfer:
        words = {"node": "ring", "text": transfer["whisper_text"], "at": "whisper_audio"}
        spoken = target.http.post(f"/ivr/{ivr}/audio", json=words, timeout=120)
        spoken.raise_for_status()
    target.http.post(f"/ivr/{ivr}/assign", json={"did": did}).raise_for_status()


def new_did() -> str:
    return f"+1{next(_NUMBERS)}"


def record_of(target: Target, number: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        record = target.find_call(number)
        return record if record is not None and record["outcome"] else None

    found = wait_until(ended, 30, "the call record is there")
    assert found is not None
    return found


def attempts(record: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["person"], each["result"]) for each in record["agent"]]


class Call:
    """A caller of a number, and their record."""

    def __init__(self, target: Target, did: str) -> None:
        self.target, self.did, self.number = target, did, f"+1{next(_NUMBERS)}"
        self.phone = Caller(split_host_port(target.sip), number=self.number)

    def __enter__(self) -> Call:
        self.phone.__enter__()
        assert self.phone.dial(self.did) == 200
        return self

    def __exit__(self, *exc: Any) -> None:
        self.phone.__exit__(*exc)

    def record(self) -> dict[str, Any]:
        assert self.phone.far_side_hung_up.wait(40)
        return record_of(self.target, self.number)


def test_a_number_is_dialled_over_a_trunk_and_sees_the_number_that_was_dialled(target: Target) -> None:
    with Carrier(("account", "s3cret")) as carrier:
        trunk = {
            "name": "carrier", "hosts": [f"127.0.0.1:{carrier.port}"], "username": "account", "password": "s3cret",
            "caller_out": "digits", "numbers": [OURS],
        }  # fmt: skip
        target.http.post("/trunks", json=trunk).raise_for_status()
        did = new_did()
        menu(target, did, {"to": THEIRS, "caller_id": OURS, "end_key": "*", "max_talk_s": 60})
        # The switch and the call server are told of a new trunk a moment after it was made.
        record: dict[str, Any] = {}

        def reached() -> bool:
            with Call(target, did) as call:
                if not carrier.connected.wait(5):
                    call.phone.hang_up()
                    return False
                call.phone.send_event("5")
                assert not carrier.hung_up_on.wait(1)
                call.phone.send_event("*")
                assert carrier.hung_up_on.wait(10)
                record.update(call.record())
            return True

        wait_until(reached, 60, "the telephone is rung")
        invite = carrier.invites[-1]
    assert invite.start.startswith(f"INVITE sip:{THEIRS[1:]}@127.0.0.1")
    assert f"sip:{OURS[1:]}@" in invite.headers["from"]
    assert not any(name.startswith("x-ivr") for name in invite.headers)
    assert (record["agent"][-1]["uri"], record["agent"][-1]["result"]) == (f"tel:{THEIRS}", "answered")
    assert record["path"][-1]["node"] == "after"
    target.http.delete("/trunks/carrier").raise_for_status()


def test_an_agent_s_telephone_number_is_rung_over_a_trunk(target: Target, phones: list[Carrier]) -> None:
    desk, *_ = phones
    targets = [{"uri": f"tel:{THEIRS}"}, {"uri": f"sip:{desk.address}"}]
    agent = {"name": "boss", "targets": targets, "ring_timeout_s": 9, "srtp": "required"}
    assert target.http.post("/agents", json=agent).raise_for_status().json()["warnings"][0]["code"] == "no_way_out"
    did = new_did()
    menu(target, did, {"agent": "boss", "end_key": "*"})
    with Carrier() as carrier:
        trunk = {"name": "carrier", "hosts": [f"127.0.0.1:{carrier.port}"], "numbers": [OURS], "caller_out": "digits"}
        target.http.post("/trunks", json=trunk).raise_for_status()
        assert target.http.get("/agents/boss").json()["warnings"] == []
        record: dict[str, Any] = {}

        def reached() -> bool:
            with Call(target, did) as call:
                if not carrier.connected.wait(3):
                    call.phone.hang_up()
                    return False
                call.phone.send_event("*")
                assert carrier.hung_up_on.wait(10)
                record.update(call.record())
                caller.append(call.number)
            return True

        caller: list[str] = []
        wait_until(reached, 60, "the telephone is rung")
        invite = carrier.invites[-1]
    assert invite.start.startswith(f"INVITE sip:{THEIRS[1:]}@127.0.0.1")
    assert f"sip:{caller[-1][1:]}@" in invite.headers["from"]
    assert "diversion" in invite.headers
    assert not any(name.startswith("x-ivr") for name in invite.headers)
    (made,) = record["agent"]
    assert (made["uri"], made["agent"], made["result"]) == (f"tel:{THEIRS}", "boss", "answered")
    target.http.delete("/trunks/carrier").raise_for_status()


def test_whoever_answers_hears_the_whisper_and_then_has_the_caller(target: Target, phones: list[Carrier]) -> None:
    phone, *_ = phones
    put(target, "whisper", phone)
    did = new_did()
    menu(target, did, {"people": "whisper", "whisper_text": "A call for the office."})
    with Call(target, did) as call:
        assert phone.connected.wait(20)
        assert phone.hears()
        phone.forget()
        wait_until(lambda: target.find_call(call.number) is not None, 10, "the call is known")
        phone._send("BYE", "")
        record = call.record()
    assert attempts(record) == [("whisper1", "declined")]
    with Call(target, did) as call:
        assert phone.connected.wait(20)
        assert phone.hears()
        # The caller's silence is heard once they are connected; the telephone ends the talk.
        time.sleep(5)
        phone.hang_up("sold")
        record = call.record()
    assert attempts(record) == [("whisper1", "answered")]
    assert record["agent"][0]["reported"] == "sold"
    assert record["path"][-1]["node"] == "after"


def test_without_the_key_the_next_rings_and_with_it_they_have_the_call(
    target: Target, phones: list[Carrier]
) -> None:
    machine, person, _ = phones
    put(target, "accept", machine, person)
    did = new_did()
    menu(target, did, {"people": "accept", "accept_key": "1", "whisper_text": "Press 1 to take the call."})
    with Call(target, did) as call:
        assert machine.connected.wait(20)
        assert machine.hung_up_on.wait(30), "the machine is let go"
        assert person.connected.wait(20)
        assert person.hears()
        person.key("5")
        assert not person.hung_up_on.wait(1), "another key is nothing"
        person.key("1")
        assert not person.hung_up_on.wait(2)
        person.hang_up()
        record = call.record()
    assert attempts(record) == [("accept1", "no_answer"), ("accept2", "answered")]
    assert record["path"][-1]["node"] == "after"


def test_all_ring_at_once_the_first_has_the_call_and_the_others_stop(target: Target) -> None:
    with Carrier(rings=True) as one, Carrier(rings=True) as two, Carrier() as three:
        answers = threading.Event()
        take = three._take

        def later(invite: Any) -> None:
            threading.Thread(target=lambda: (answers.wait(20), take(invite)), daemon=True).start()

        three._take = later  # type: ignore[method-assign]
        put(target, "all", one, two, three)
        did = new_did()
        menu(target, did, {"people": "all", "ring": "all"})
        with Call(target, did) as call:
            wait_until(lambda: one.invites and two.invites, 20, "all ring")
            answers.set()
            assert three.connected.wait(10)
            assert one.cancelled.wait(10)
            assert two.cancelled.wait(10)
            assert not three.hung_up_on.wait(1)
            three.hang_up()
            record = call.record()
    assert attempts(record) == [("all1", "elsewhere"), ("all2", "elsewhere"), ("all3", "answered")]
    assert record["path"][-1]["node"] == "after"


@pytest.mark.parametrize("when", ["while three ring", "in a whisper"])
def test_a_killed_call_server_drops_nobody_and_connects_nobody_twice(target: Target, when: str) -> None:
    group = "killed-" + ("race" if when == "while three ring" else "whisper")
    with Carrier(rings=True) as one, Carrier(rings=True) as two, Carrier() as three:
        answers = threading.Event()
        take = three._take

        def later(invite: Any) -> None:
            threading.Thread(target=lambda: (answers.wait(30), take(invite)), daemon=True).start()

        three._take = later  # type: ignore[method-assign]
        put(target, group, one, two, three)
        did = new_did()
        whisper = {"whisper_text": "A call for the whole office."} if when == "in a whisper" else {}
        menu(target, did, {"people": group, "ring": "all", **whisper})
        with Call(target, did) as call:
            wait_until(lambda: one.invites and two.invites, 20, "all ring")
            if when == "while three ring":
                kill_call_servers(target)
                answers.set()
            else:
                answers.set()
                assert three.hears()
                kill_call_servers(target)
            assert three.connected.wait(10)
            assert one.cancelled.wait(10)
            assert not three.hung_up_on.wait(5)
            three.hang_up()
            record = call.record()
        assert (len(one.invites), len(two.invites)) == (1, 1), "nobody is rung twice"
    assert attempts(record) == [(f"{group}1", "elsewhere"), (f"{group}2", "elsewhere"), (f"{group}3", "answered")]
    assert record["take_overs"] == 1
    assert record["path"][-1]["node"] == "after"


def test_whoever_talked_with_a_caller_who_left_a_lost_call_server_is_rung_again_soon(target: Target) -> None:
    with Carrier() as one:
        put(target, "left", one)
        did = new_did()
        menu(target, did, {"people": "left", "max_talk_s": 3600})
        with Call(target, did) as call:
            assert one.connected.wait(20)
            kill_call_servers(target)
            assert not one.hung_up_on.wait(5), "the talk goes on"
            call.phone.hang_up()
            assert one.hung_up_on.wait(10)
        one.forget()

        def reached() -> bool:
            with Call(target, did) as again:
                if not one.connected.wait(3):
                    return False
                again.phone.hang_up()
                return one.hung_up_on.wait(10)

        wait_until(reached, 30, "they are rung again")


def kill_call_servers(target: Target) -> None:
    """Those of this product alone: its own processes below the supervisor's."""
    killed = 0
    assert target.supervisor is not None
    for pid in descendants(target.supervisor):
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
        if re.search(rb"-m esl_server\b", command):
            os.kill(pid, signal.SIGKILL)
            killed += 1
    assert killed


def descendants(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *descendants(int(child))]
    return found
