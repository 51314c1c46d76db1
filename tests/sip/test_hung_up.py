"""What a menu does once its caller has hung up, on both switches: over SIP, with the whole product behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from ivr.domain.menu.given import NOTHING_GIVEN
from ivr.settings import split_host_port
from sipp_scenarios.target import Target
from tests.helpers import wait_until
from tests.menus.http_services import Asked, http_services
from tests.sip.agent_phone import AgentPhone
from tests.sip.conftest import whole_product
from tests.sip.test_signalling import Caller
from tests.sip.test_thinking_menus import record_of

ASKS, RINGS = "+14155550195", "+14155550196"
GONE: dict[str, Any] = {
    "gone": {"action": "request", "service": "crm", "wait": False, "next": "end",
             "send": ["caller", "hung_up.in", "hung_up.at", "hung_up.talk_s"]},
    "end": {"action": "hangup"},
}  # fmt: skip
MENUS: dict[str, dict[str, Any]] = {
    ASKS: {"ask": {"gather": {"1": "end"}, "timeout_s": 60}},
    RINGS: {"ring": {"action": "transfer", "agent": "patient"}},
}


@dataclass
class Product:
    target: Target
    asked: Asked


@pytest.fixture(scope="module", params=["freeswitch", "devswitch"])
def product(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    settings = {"DIGITREE_OUTBOUND_PRIVATE": "true"}
    with (
        http_services(NOTHING_GIVEN) as asked,
        AgentPhone("agent") as agent,
        whole_product(tmp_path_factory.mktemp("hung"), settings, switch=request.param) as target,
    ):
        post = target.http.post
        post("/services", json={"name": "crm", "url": asked.url}).raise_for_status()
        patient = {"name": "patient", "targets": [{"uri": f"sip:{agent.address}"}]}
        post("/agents", json=patient).raise_for_status()
        for did, nodes in MENUS.items():
            menu = post("/ivr", json={"name": did, "hung_up_node": "gone", "nodes": {**nodes, **GONE}})
            post(f"/ivr/{menu.raise_for_status().json()['id']}/assign", json={"did": did}).raise_for_status()
        yield Product(target, asked)


@pytest.mark.parametrize(
    ("did", "ani", "at", "during"),
    [(ASKS, "+14805550691", "ask", "menu"), (RINGS, "+14805550692", "ring", "talk")],
    ids=["at a question", "in a talk"],
)
def test_a_notice_is_left_once_where_a_caller_hangs_up(
    product: Product, did: str, ani: str, at: str, during: str
) -> None:
    target = product.target
    with Caller(split_host_port(target.sip), number=ani) as phone:
        assert phone.dial(did) == 200
        wait_until(lambda: phone.loud_frames > 5, 30, "something is heard")
        if during == "talk":
            wait_until(lambda: is_talking(target, ani), 40, "the agent has answered")
        phone.hang_up()
        record = record_of(target, ani)
    sent = {"caller": ani, "hung_up.in": during, "hung_up.at": at, "hung_up.talk_s": round(record["talk_ms"] / 1000)}
    wait_until(lambda: of(product.asked, ani), 60, "the notice comes")
    assert of(product.asked, ani) == [sent]
    assert [(step["node"], step["result"]) for step in record["path"][-2:]] == [
        ("gone", "hung_up"), ("gone", "request")
    ]  # fmt: skip
    assert record["hung_up_by"] == "caller"


def is_talking(target: Target, ani: str) -> bool:
    calls = target.http.get("/calls/live").raise_for_status().json()["items"]
    return any(each["ani"] == ani and each["phase"] == "talking" for each in calls)


def of(asked: Asked, ani: str) -> list[dict[str, Any]]:
    return [dict(sent) for sent in asked.of("crm") if sent["caller"] == ani]
