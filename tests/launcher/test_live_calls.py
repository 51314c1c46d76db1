"""Calls under way, seen and ended and sent elsewhere over the API: a whole Digitree, its switch, a telephone.

With FREESWITCH_BIN set, FreeSWITCH is the switch of a second round.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ivr.settings import split_host_port
from tests.helpers import wait_until
from tests.launcher.running import API_KEY, RunningDigitree, environment
from tests.sip.phone import Phone
from tests.spoken import keep, lend

DID = "+14155550100"
ASKING_DID = "+14155550155"
START_S = 180
# The development switch has no TLS.
OF_FREESWITCH = {"digitree_tls_certificate_expires"}
SWITCHES = ["devswitch", *(["freeswitch"] if os.environ.get("FREESWITCH_BIN") else [])]


@pytest.fixture(scope="module", params=SWITCHES)
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDigitree]:
    home = tmp_path_factory.mktemp("live") / "home"
    env = environment(home, DIGITREE_API_KEY=API_KEY, DIGITREE_ESL_PROCESSES="2", DIGITREE_SWITCH=request.param)
    lend(home / "prompts")
    one = RunningDigitree(env)
    try:
        one.wait_ready(START_S)
        keep(home / "prompts")
        yield one
    finally:
        one.stop()


@pytest.fixture
def phone(running: RunningDigitree) -> Iterator[Phone]:
    with Phone(split_host_port(running.env["DIGITREE_SIP"])) as calling:
        yield calling


def live(running: RunningDigitree) -> list[dict[str, Any]]:
    status, answer = running.api("GET", "/calls/live")
    assert status == 200, answer
    return list(answer["items"])


def moved_on(running: RunningDigitree, stood: dict[str, Any]) -> bool:
    return live(running)[:1] not in ([], [stood])


def hears_more_than(phone: Phone, frames: int) -> bool:
    return phone.loud_frames > frames


def the_call(running: RunningDigitree, phone: Phone) -> str:
    """Its id, once it is at its first question."""
    wait_until(lambda: live(running) == [], 5, "the call before is over")
    assert phone.dial(DID) == 200
    wait_until(lambda: [each["phase"] for each in live(running)] == ["asking"], 10, "the call is live")
    return str(live(running)[0]["call_id"])


def record(running: RunningDigitree, call_id: str) -> dict[str, Any]:
    wait_until(lambda: running.api("GET", f"/calls/{call_id}")[1].get("ended_at"), 10, "the call's record")
    return dict(running.api("GET", f"/calls/{call_id}")[1])


def test_a_live_call_is_hung_up_and_its_record_and_the_audit_log_say_so(
    running: RunningDigitree, phone: Phone
) -> None:
    call_id = the_call(running, phone)
    assert running.api("POST", f"/calls/{call_id}/hangup")[0] == 204
    assert phone.far_side_hung_up.wait(20)
    ended = record(running, call_id)
    assert (ended["outcome"], ended["hung_up_by"], ended["hangup_cause"]) == ("disconnected", "us", "MANAGER_REQUEST")
    wait_until(lambda: live(running) == [], 5, "the call is gone")
    _, audit = running.api("GET", f"/audit?subject={call_id}")
    assert [each["action"] for each in audit["items"]] == ["call.hangup"]
    assert running.api("POST", f"/calls/{call_id}/hangup")[1]["code"] == "call_not_live"


def test_a_live_call_goes_on_at_the_node_it_is_sent_to_in_one_record(running: RunningDigitree, phone: Phone) -> None:
    call_id = the_call(running, phone)
    first = live(running)[0]["node"]
    _, menu = running.api("GET", f"/ivr/{live(running)[0]['ivr_id']}")
    other = next(name for name, node in menu["nodes"].items() if "gather" in node and name != first)
    status, moved = running.api("POST", f"/calls/{call_id}/move", {"node": other})
    assert (status, moved.get("node")) == (200, other)
    assert running.api("POST", f"/calls/{call_id}/move", {"node": "nowhere"})[1]["code"] == "unknown_node"
    status, again = running.api("POST", f"/calls/{call_id}/move", {"node": first})
    assert (status, again.get("node")) == (200, first)
    phone.hang_up()
    path = record(running, call_id)["path"]
    way = [(step["node"], step["result"]) for step in path]
    # An order whose effect does not show soon is given once more, and asks the same question again.
    assert [step for step, _ in groupby(way)] == [(first, "moved"), (other, "moved"), (first, "hang_up")]


def test_a_call_of_a_killed_process_stands_once_and_can_still_be_moved(
    running: RunningDigitree, phone: Phone
) -> None:
    call_id = the_call(running, phone)
    servers = [pid for pid in running.children() if "esl_server" in running.words(pid)]
    for pid in servers:
        os.kill(pid, 9)
    wait_until(lambda: not any(running.words(pid) for pid in servers), 10, "they are dead")
    phone.send_event("5")  # no choice of this menu: FreeSWITCH ends the gather and opens its second socket
    wait_until(lambda: [each["take_overs"] for each in live(running)] == [1], 15, "the call was taken over")
    assert [each["call_id"] for each in live(running)] == [call_id]
    status, moved = running.api("POST", f"/calls/{call_id}/move", {"node": live(running)[0]["node"]})
    assert status == 200, moved
    phone.hang_up()
    assert record(running, call_id)["take_overs"] == 1


def ask_a_service(running: RunningDigitree) -> None:
    """A call whose menu asks a service that has no address."""
    assert running.api("POST", "/services", {"name": "crm", "url": "https://crm.invalid/"})[0] == 201
    ask = {"action": "request", "service": "crm", "next": "end", "fail_node": "end"}
    nodes = {"ask": ask, "end": {"action": "hangup"}}
    status, menu = running.api("POST", "/ivr", {"name": "Asks", "nodes": nodes})
    assert status == 201, menu
    assert running.api("POST", f"/ivr/{menu['id']}/assign", {"did": ASKING_DID})[0] == 200
    with Phone(split_host_port(running.env["DIGITREE_SIP"])) as caller:
        caller.dial(ASKING_DID)
        counted = "digitree_service_requests_total{"
        wait_until(lambda: counted in running.api("GET", "/metrics")[1], 20, "the service is asked")


def test_every_query_of_the_dashboard_asks_for_what_a_running_stack_exposes(
    running: RunningDigitree, phone: Phone
) -> None:
    the_call(running, phone)  # reaches the agent: its figures are in the exposition then
    for _ in range(3):
        wait_until(lambda: [each["phase"] for each in live(running)] == ["asking"], 10, "a question")
        stood = live(running)[0]
        wait_until(partial(hears_more_than, phone, phone.loud_frames + 5), 10, "the question is heard")
        phone.send_event("1")
        wait_until(partial(moved_on, running, stood), 10, "the next step")
    wait_until(lambda: [each["phase"] for each in live(running)] == ["talking"], 10, "the agent talks")
    assert running.api("POST", f"/calls/{live(running)[0]['call_id']}/move", {"node": stood["node"]})[0] == 409
    phone.hang_up()
    wait_until(lambda: live(running) == [], 15, "the call is over")
    ask_a_service(running)
    (menu,) = (each["ivr_id"] for each in running.api("GET", "/dids")[1]["items"] if each["did"] == DID)
    node = running.api("GET", f"/ivr/{menu}")[1]["start"]
    assert running.api("POST", f"/ivr/{menu}/audio", {"node": node, "text": "For a plumber, press 1."})[0] == 201
    away = {"name": "away", "kind": "registration", "registrar": "127.0.0.1:9", "username": "u", "password": "p"}
    assert running.api("POST", "/trunks", away)[0] == 201
    wait_until(lambda: 'digitree_trunk_up{trunk="away"}' in running.api("GET", "/metrics")[1], 20, "how it stands")
    wanted = ("digitree_agent_ring_seconds_count", "digitree_tts_requests_total", "digitree_menu_lookups_total")
    wait_until(lambda: all(name in running.api("GET", "/metrics")[1] for name in wanted), 10, "the figures")
    exposed = labels_by_name(running.api("GET", "/metrics")[1])
    queries = [target["expr"] for panel in dashboard()["panels"] for target in panel.get("targets", ())]
    assert len(queries) >= 30
    for query in queries:
        names = re.findall(r"\bdigitree_[a-z0-9_]+", query)
        assert names, query
        if running.env["DIGITREE_SWITCH"] == "devswitch":
            names = [name for name in names if name not in OF_FREESWITCH]
        for name in names:
            assert name in exposed, f"{query}: no {name}"
            grouped = re.findall(r"by \(([^)]*)\)", query)
            asked = {label.strip() for group in grouped for label in group.split(",")}
            asked |= set(re.findall(r"[{,]\s*(\w+)\s*[=!]", query)) | set(re.findall(r"\{\{(\w+)\}\}", query))
            assert asked <= exposed[name], f"{query}: {name} has {exposed[name]}"


def dashboard() -> dict[str, Any]:
    return dict(json.loads((Path(__file__).parents[2] / "dashboards" / "digitree.json").read_text()))


def labels_by_name(exposition: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found
