"""The hand-off on the wire: SIPp is the agent, FreeSWITCH the switch, and the call record must say what happened."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ivr.settings import split_host_port
from sipp_scenarios.sipp import agent
from sipp_scenarios.target import Target
from tests.helpers import wait_until
from tests.ports import free_address
from tests.sip.conftest import whole_product
from tests.sip.phone import Phone

FORGED = {
    "X-IVR-Outcome": "forged",
    "X-IVR_Outcome": "forged",
    "X-IVR-Result": "forged",
    "User-to-User": "666f72676564;encoding=forged",
    "Diversion": "<sip:forged@192.0.2.1>",
}
_NUMBERS = iter(range(2_000_100, 2_000_200))


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("agents")


@pytest.fixture(scope="module")
def target(directory: Path) -> Iterator[Target]:
    with whole_product(directory, {"DIGITREE_OUTBOUND_PRIVATE": "true"}) as running:
        yield running


def send(target: Target, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    return target.http.request(method, path, json=body).raise_for_status().json()


def make_agent(target: Target, *addresses: str, **more: Any) -> str:
    name = f"agent-{next(_NUMBERS)}"
    targets = [{"uri": f"sip:agent@{address}"} for address in addresses]
    send(target, "POST", "/agents", {"name": name, "targets": targets, **more})
    return name


def make_menu(target: Target, transfer: dict[str, Any], **nodes: Any) -> str:
    """A menu whose every call is handed off at once; returns its number."""
    nodes = {"go": {"action": "transfer", **transfer}, **nodes}
    menu = send(target, "POST", "/ivr", {"name": "m", "nodes": nodes})
    did = f"+1415{next(_NUMBERS)}"
    send(target, "POST", f"/ivr/{menu['id']}/assign", {"did": did})
    return did


def call(target: Target, did: str, *, hang_up_after_loud: int = 0) -> dict[str, Any]:
    """The record of a call that the far side ends, or the caller once he heard so many frames of sound."""
    number = f"+1480{next(_NUMBERS)}"
    with Phone(split_host_port(target.sip), number=number) as phone:
        assert phone.dial(did, FORGED) == 200
        if hang_up_after_loud:
            wait_until(lambda: phone.loud_frames >= hang_up_after_loud, 20, "ringing is heard")
            phone.hang_up()
        else:
            assert phone.far_side_hung_up.wait(40)
    found = wait_until(lambda: ended(target, number), 20, "the call record is there")
    assert found is not None
    return found


def ended(target: Target, number: str) -> dict[str, Any] | None:
    record = target.find_call(number)
    return record if record is not None and record["outcome"] else None


def results(record: dict[str, Any]) -> list[tuple[str, int | None]]:
    return [(each["result"], each["sip_status"]) for each in record["agent"]]


def test_every_header_reaches_the_agent_and_nothing_of_the_callers(target: Target, tmp_path: Path) -> None:
    address = free_address()
    send_all = ["x", "diversion", "user_to_user", "p_asserted_identity"]
    name = make_agent(target, address, header_style="underscore", send=send_all)
    with agent("all_headers", address, 1, tmp_path) as problems:
        record = call(target, make_menu(target, {"agent": name, "outcome": "qualified"}))
    assert problems == []
    assert results(record) == [("busy", 486)]
    (tried,) = record["agent"]
    assert (tried["agent"], tried["label"]) == (name, "qualified")


def test_after_a_busy_and_a_dead_address_the_third_has_the_call(target: Target, tmp_path: Path) -> None:
    busy, dead, well = (free_address() for _ in range(3))
    name = make_agent(target, busy, dead, well)
    for folder in ("busy", "well"):
        (tmp_path / folder).mkdir()
    with (
        agent("busy", busy, 1, tmp_path / "busy") as busy_problems,
        agent("hangs_up_first", well, 1, tmp_path / "well") as well_problems,
    ):
        record = call(target, make_menu(target, {"agent": name}))
    assert busy_problems + well_problems == []
    assert [result for result, _ in results(record)] == ["busy", "unreachable", "answered"]
    assert record["outcome"] == "transferred"
    talk_ms, ring_ms = record["agent"][2]["talk_ms"], record["agent"][2]["ring_ms"]
    assert talk_ms >= 500
    assert ring_ms + talk_ms <= record["duration_ms"]


def test_what_the_agent_reports_is_in_the_record_and_dnc_opts_out(target: Target, tmp_path: Path) -> None:
    address = free_address()
    with agent("returns_result", address, 1, tmp_path) as problems:
        record = call(target, make_menu(target, {"agent": make_agent(target, address)}))
    assert problems == []
    assert record["agent"][0]["reported"] == "dnc"
    assert record["outcome"] == "transferred"
    wait_until(lambda: target.is_suppressed(record["ani"]), 20, "the caller is on the do-not-call list")


def test_an_agent_who_never_answers_is_cancelled_and_the_fallback_takes_over(target: Target, tmp_path: Path) -> None:
    address = free_address()
    name = make_agent(target, address, ring_timeout_s=3)
    with agent("never_answers", address, 1, tmp_path) as problems:
        record = call(target, make_menu(target, {"agent": name, "fallback_node": "bye"}, bye={"action": "hangup"}))
    assert problems == []
    assert results(record) == [("no_answer", None)]
    assert 1500 <= record["agent"][0]["ring_ms"] <= record["duration_ms"]
    assert record["outcome"] == "hung_up"


def test_a_caller_who_hangs_up_while_it_rings_cancels_the_agent_at_once(target: Target, tmp_path: Path) -> None:
    address = free_address()
    with agent("never_answers", address, 1, tmp_path) as problems:
        record = call(target, make_menu(target, {"agent": make_agent(target, address)}), hang_up_after_loud=20)
    assert problems == []
    assert results(record) == [("cancelled", None)]
    assert record["outcome"] == "caller_hung_up"


def test_a_talk_ends_at_its_limit(target: Target, tmp_path: Path) -> None:
    address = free_address()
    name = make_agent(target, address, max_talk_s=2)
    with agent("answers_late", address, 1, tmp_path) as problems:
        record = call(target, make_menu(target, {"agent": name}))
    assert problems == []
    (tried,) = record["agent"]
    assert (tried["result"], tried["cause"]) == ("answered", "ALLOTTED_TIMEOUT")
    assert tried["ring_ms"] >= 14_000
    assert tried["talk_ms"] >= 1_000
    assert tried["ring_ms"] + tried["talk_ms"] <= record["duration_ms"]


def test_an_agent_who_answers_and_is_silent_is_taken_back_and_the_next_has_the_call(
    target: Target, tmp_path: Path
) -> None:
    """SIPp's agents send no sound; the sample agent of our own switch speaks, and is left alone."""
    silent = free_address()
    host, port = split_host_port(target.sip)
    name = make_agent(target, silent, f"{host}:{port}", silence_timeout_s=2, max_talk_s=6)
    uris = [f"sip:agent@{silent}", f"sip:sample-agent@{host}:{port}"]
    send(target, "PATCH", f"/agents/{name}", {"targets": [{"uri": uri} for uri in uris]})
    with agent("silent", silent, 1, tmp_path) as problems:
        record = call(target, make_menu(target, {"agent": name}))
    assert problems == []
    assert [result for result, _ in results(record)] == ["answered_silent", "answered"]
    assert record["agent"][0]["talk_ms"] >= 1500
    assert record["agent"][1]["talk_ms"] >= 3000
    assert record["outcome"] == "transferred"


@pytest.mark.parametrize(("sound", "result"), [("sends_silence", "answered_silent"), ("talks", "answered")])
def test_silence_is_told_from_sound_though_both_come_as_packets(
    target: Target, directory: Path, tmp_path: Path, sound: str, result: str
) -> None:
    address = free_address()
    name = make_agent(target, address, silence_timeout_s=2, max_talk_s=5 if result == "answered" else 60)
    with agent(sound, address, 1, tmp_path) as problems:
        record = call(target, make_menu(target, {"agent": name}))
    assert problems == []
    assert results(record) == [(result, None)]
    assert record["agent"][0]["talk_ms"] >= (1500 if result == "answered_silent" else 3000)
    kept = directory / "home" / "fs" / "temp"
    assert kept.is_dir()
    wait_until(lambda: not list(kept.iterdir()), 20, "nothing is kept of what was listened to")


def test_an_agent_that_vanishes_during_the_talk_is_dropped_and_the_next_has_the_call(
    target: Target, tmp_path: Path
) -> None:
    vanishing, other = free_address(), free_address()
    name = make_agent(target, vanishing, other, silence_timeout_s=0, media_timeout_s=3)
    for folder in ("vanishing", "other"):
        (tmp_path / folder).mkdir()
    with (
        agent("vanishes", vanishing, 1, tmp_path / "vanishing") as vanishing_problems,
        agent("hangs_up_first", other, 1, tmp_path / "other") as other_problems,
    ):
        record = call(target, make_menu(target, {"agent": name}))
    assert vanishing_problems + other_problems == []
    assert [(each["result"], each["cause"]) for each in record["agent"]] == [
        ("vanished", "MEDIA_TIMEOUT"), ("answered", "NORMAL_CLEARING"),
    ]  # fmt: skip
    assert record["agent"][0]["talk_ms"] >= 3000
    assert record["outcome"] == "transferred"


def test_an_agent_that_vanishes_last_leaves_the_caller_to_the_fallback(target: Target, tmp_path: Path) -> None:
    address = free_address()
    name = make_agent(target, address, silence_timeout_s=0, media_timeout_s=2)
    did = make_menu(target, {"agent": name, "fallback_node": "bye"}, bye={"action": "hangup"})
    with agent("vanishes", address, 1, tmp_path) as problems:
        record = call(target, did)
    assert problems == []
    assert results(record) == [("vanished", None)]
    assert record["path"][-1]["node"] == "bye"


def test_an_agent_who_asks_for_a_password_gets_its_digest(target: Target, tmp_path: Path) -> None:
    """The agent's only codec is PCMA, and that is what the INVITE offers."""
    address = free_address()
    known = {"uri": f"sip:agent@{address}", "username": "me", "password": "pass+word"}
    name = make_agent(target, address, codecs=["PCMA"])
    send(target, "PATCH", f"/agents/{name}", {"targets": [known]})
    with agent("challenges", address, 1, tmp_path) as problems:
        record = call(target, make_menu(target, {"agent": name}))
    assert problems == []
    assert results(record) == [("answered", None)]
    told = (tmp_path / "agent.messages").read_text()
    assert "pass+word" not in told
    given = dict(re.findall(r'(\w+)="?([^",]+)"?', re.findall("^Proxy-Authorization: Digest (.*)$", told, re.M)[0]))
    who = md5(f"me:{given['realm']}:pass+word")
    what = md5(f"INVITE:{given['uri']}")
    parts = (who, given["nonce"], given["nc"], given["cnonce"], "auth", what)
    assert given["response"].strip() == md5(":".join(parts))


@pytest.mark.parametrize(
    ("known", "cause"),
    [({}, "MANDATORY_IE_MISSING"), ({"username": "me", "password": "wrong"}, "NORMAL_UNSPECIFIED")],
)
def test_an_agent_who_takes_no_password_of_ours_is_passed_over(
    target: Target, tmp_path: Path, known: dict[str, str], cause: str
) -> None:
    address, other = free_address(), free_address()
    name = make_agent(target, address, other)
    targets = [{"uri": f"sip:agent@{address}", **known}, {"uri": f"sip:agent@{other}"}]
    send(target, "PATCH", f"/agents/{name}", {"targets": targets})
    with agent("refuses_password", address, 1, tmp_path), agent("hangs_up_first", other, 1, tmp_path) as problems:
        record = call(target, make_menu(target, {"agent": name}))
    assert problems == []
    assert results(record) == [("error", None), ("answered", None)]
    assert record["agent"][0]["cause"] == cause


def test_a_prepare_url_names_the_room_and_after_the_talk_the_call_goes_on(target: Target, tmp_path: Path) -> None:
    dead, room = free_address(), free_address()
    with prepare_server({"uri": f"sip:room-7@{room}", "headers": {"X-Room": "7 a"}}) as (url, asked):
        name = make_agent(target, dead, prepare_url=url, codecs=["PCMA", "PCMU"])
        did = make_menu(target, {"agent": name, "on_agent_hangup": "bye"}, bye={"action": "hangup"})
        with agent("hangs_up_first", room, 1, tmp_path) as problems:
            record = call(target, did)
    assert problems == []
    ((headers, told),) = asked
    assert told["call_id"] == record["id"]
    assert headers["webhook-signature"].startswith("v1,")
    (tried,) = record["agent"]
    assert (tried["uri"], tried["result"], tried["prepare"]) == (f"sip:room-7@{room}", "answered", "ok")
    assert [step["node"] for step in record["path"]] == ["go", "bye"]
    assert record["outcome"] == "transferred"
    invite = (tmp_path / "agent.messages").read_text()
    assert "X-Room: 7%20a" in invite
    assert "RTP/AVP 8 0" in invite


def test_a_prepare_url_that_does_not_answer_holds_up_no_call(target: Target, tmp_path: Path) -> None:
    address = free_address()
    over = threading.Event()
    with prepare_server({}, until=over) as (url, _):
        name = make_agent(target, address, prepare_url=url)
        with agent("busy", address, 1, tmp_path):
            record = call(target, make_menu(target, {"agent": name}))
        over.set()
    assert [each["prepare"] for each in record["agent"]] == ["timeout"]


def test_nobody_vouches_for_himself(target: Target) -> None:
    """P-Asserted-Identity of a peer who is not trusted: the number is the one in From."""
    number = f"+1480{next(_NUMBERS)}"
    did = make_menu(target, {}, go={"action": "hangup"})
    for header in ("P-Asserted-Identity", "Remote-Party-ID", "P-Preferred-Identity"):
        with Phone(split_host_port(target.sip), number=number) as phone:
            assert phone.dial(did, {header: "<sip:+19995550000@192.0.2.1>"}) == 200
            assert phone.far_side_hung_up.wait(20)
    wait_until(lambda: ended(target, number), 20, "the call record is there")
    records = target.http.get("/calls", params={"ani": number}).json()["items"]
    assert len(records) == 3


def test_a_caller_without_a_number_keys_it(target: Target) -> None:
    did = make_menu(target, {}, go={"action": "suppress"})
    number = f"+1480{next(_NUMBERS)}"
    with Phone(split_host_port(target.sip), number="anonymous") as phone:
        assert phone.dial(did) == 200
        wait_until(lambda: phone.loud_frames > 30, 20, "the caller is asked for the number")
        for key in f"{number.removeprefix('+1')}#":
            phone.send_event(key)
            phone.send_pause()
        for _ in range(40):
            if phone.far_side_hung_up.wait(1):
                break
            phone.send_event("1")
    wait_until(lambda: target.is_suppressed(number), 20, "the number is on the do-not-call list")
    assert target.http.get(f"/dnc/{number}").json()["source"] == "keyed"


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 (RFC 2617)


@contextmanager
def prepare_server(
    answer: dict[str, Any], until: threading.Event | None = None
) -> Iterator[tuple[str, list[tuple[Any, Any]]]]:
    asked: list[tuple[Any, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append((self.headers, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            if until is not None:
                until.wait(60)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/prepare", asked
        server.shutdown()
