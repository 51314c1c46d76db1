"""A menu built by an assistant over MCP, published and bound to a number with confirmations, and called on
FreeSWITCH; the talk is that of docs/assistants.md, and with DIGITREE_WRITE_TALK=1 it is written there."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from ivr.settings import split_host_port
from sipp_scenarios.made_part import put_part
from sipp_scenarios.target import Target
from tests.admin.pages import PAGE_DID
from tests.assistants.clients import mcp_server, over_http, run
from tests.assistants.transcript import Transcript, build, read_call, use_the_rest
from tests.helpers import wait_until
from tests.sip.agent_phone import AgentPhone
from tests.sip.conftest import whole_product
from tests.sip.test_signalling import Caller

PAGE = Path(__file__).parents[2] / "docs/assistants.md"
# Set: the talk is written into the page.
WRITE = "DIGITREE_WRITE_TALK"
PART = "a menu built by an assistant"
NUMBER = "+14805551234"


def test_a_menu_that_an_assistant_built_takes_a_call_and_the_page_shows_how(tmp_path: Path) -> None:
    with (
        AgentPhone("agent") as agent,
        whole_product(tmp_path, {"DIGITREE_AGENT_URI": f"sip:{agent.address}"}) as target,
        mcp_server(str(target.http.base_url).rstrip("/"), tmp_path / "mcp.log") as address,
    ):
        key = target.http.headers["Authorization"].removeprefix("Bearer ")
        lines: list[str] = []
        built = run(lambda: _build(address, key, lines))
        _call(target, agent)
        called = run(lambda: _read(address, key, built["ivr_id"], lines))
        tools, talk = built["tools"], "\n".join(lines)
        assert key not in (tmp_path / "mcp.log").read_text()
    assert called | built["called"] == tools
    if os.environ.get(WRITE):
        put_part(PAGE, PART, talk)
    page = PAGE.read_text(encoding="utf-8")
    found = re.search(f"<!-- made: {PART} -->\n(.*?)<!-- /made: {PART} -->", page, re.DOTALL)
    assert found is not None
    assert found[1].strip() == talk.strip(), f"the page shows another talk; {WRITE}=1 writes this one into it"


async def _build(address: str, key: str, lines: list[str]) -> dict[str, Any]:
    async with over_http(address, key) as assistant:
        talk = Transcript(assistant)
        ivr_id = await build(talk)
        lines.append(talk.text() + "\n")
        tools = {each.name for each in (await assistant.client.list_tools()).tools}
        return {"ivr_id": ivr_id, "called": talk.called, "tools": tools}


async def _read(address: str, key: str, ivr_id: str, lines: list[str]) -> set[str]:
    async with over_http(address, key) as assistant:
        talk = Transcript(assistant)
        await read_call(talk, ivr_id, NUMBER)
        lines.append(talk.text())
        await use_the_rest(talk, ivr_id)
        return talk.called


def _call(target: Target, agent: AgentPhone) -> None:
    """1, 1, 1, each at its question, then a word with the agent."""
    with Caller(split_host_port(target.sip), number=NUMBER) as phone:
        assert phone.dial(PAGE_DID) == 200
        for node in ("welcome", "has_license", "service_area"):
            wait_until(lambda node=node: _is_at(target, node), 30, f"the call is at {node}")  # type: ignore[misc]
            heard = phone.loud_frames
            wait_until(lambda heard=heard: phone.loud_frames > heard + 10, 30, "it is heard")  # type: ignore[misc]
            phone.send_event("1")
        assert agent.answered.wait(60)
        wait_until(agent.is_sent_sound, 30, "the two are connected")
        phone.hang_up()
        assert agent.hung_up_on.wait(30)

    def ended() -> bool:
        record = target.find_call(NUMBER)
        return record is not None and record["outcome"] == "transferred"

    wait_until(ended, 60, "the call is recorded")


def _is_at(target: Target, node: str) -> bool:
    live = target.http.get("/calls/live").raise_for_status().json()["items"]
    return [each["node"] for each in live if each["ani"] == NUMBER] == [node]
