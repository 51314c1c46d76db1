"""A webhook reports a transfer while agent and caller talk, on both switches, even if a process dies meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psutil
import pytest

from ivr.settings import split_host_port
from sipp_scenarios.target import Target
from tests.helpers import wait_until
from tests.sip.conftest import whole_product
from tests.sip.phone import Phone
from tests.storage.webhook_receiver import Receiver, receiving

TALK_S = 15
_DIDS = iter(range(4_155_550_300, 4_155_550_400))
_NUMBERS = iter(range(4_805_550_300, 4_805_550_400))


@pytest.fixture(scope="module", params=["freeswitch", "devswitch"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    settings = {"DIGITREE_OUTBOUND_PRIVATE": "true"}
    with whole_product(tmp_path_factory.mktemp("hooks"), settings, switch=request.param) as running:
        yield running


def send(target: Target, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = target.http.post(path, json=body).raise_for_status().json()
    return answer


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def did(target: Target, receiver: Receiver) -> str:
    """Each call to it is handed to the sample agent for TALK_S, and the receiver hears of it."""
    name = f"sample-{next(_NUMBERS)}"
    targets = [{"uri": f"sip:sample-agent@{target.sip}"}]
    send(target, "/agents", {"name": name, "targets": targets, "max_talk_s": TALK_S})
    menu = send(target, "/ivr", {"name": "m", "nodes": {"go": {"action": "transfer", "agent": name}}})
    did = f"+1{next(_DIDS)}"
    send(target, f"/ivr/{menu['id']}/assign", {"did": did})
    events = ["call.transferred", "call.ended"]
    send(target, "/webhooks", {"url": receiver.url, "events": events, "ivr_id": menu["id"]})
    return did


def told(receiver: Receiver) -> list[tuple[str, str | None]]:
    return [(body["type"], body["data"]["outcome"]) for body in receiver.bodies()]


def kill_call_server(target: Target) -> None:
    """Its processes that serve calls; the supervisor starts others."""
    assert target.supervisor is not None
    for process in psutil.Process(target.supervisor).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "esl_server" in " ".join(process.cmdline()):
                process.kill()


@pytest.mark.parametrize("server_dies", [False, True], ids=["calm", "call server killed"])
def test_a_hand_off_is_told_while_they_talk_and_before_the_end(
    target: Target, receiver: Receiver, did: str, server_dies: bool
) -> None:
    with Phone(split_host_port(target.sip), number=f"+1{next(_NUMBERS)}") as phone:
        assert phone.dial(did) == 200
        wait_until(lambda: told(receiver) == [("call.transferred", None)], 20, "the hand-off is told")
        if server_dies:
            # Another process takes the call over when the talk ends.
            kill_call_server(target)
            assert phone.far_side_hung_up.wait(TALK_S + 20)
        else:
            phone.hang_up()
    wait_until(lambda: len(receiver.got) >= 2, 40, "the end is told")
    assert told(receiver) == [("call.transferred", None), ("call.ended", "transferred")]
    calls = {body["data"]["call_id"] for body in receiver.bodies()}
    assert len(calls) == 1
