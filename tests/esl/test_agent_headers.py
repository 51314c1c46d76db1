"""The headers of the INVITE to an agent: the keys pressed give way to what a menu's author adds."""

from __future__ import annotations

import pytest

from esl_server.agents.dialling import agent_headers
from ivr.domain.agents import Agent, HeaderStyle, Target
from ivr.domain.call_records import CallRecord, Step, utc_now
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.lint import lint


@pytest.mark.parametrize(("style", "name"), [("hyphen", "X-IVR-Verstat"), ("underscore", "X-IVR_Verstat")])
def test_an_agent_is_told_the_carriers_verdict_and_nothing_where_there_is_none(style: HeaderStyle, name: str) -> None:
    record = CallRecord("call_1", "uuid", None, "", None, "", utc_now(), "ivr_1", 1)
    agent = Agent("desk", (Target("sip:a@b.example"),), header_style=style)
    without = agent_headers(agent, record, None, 0)
    record.verstat = "not_verified"
    told = agent_headers(agent, record, None, 0)
    more = {str(header): str(value) for header, value in told.items() if header not in without}
    assert more == {f"sip_h_{name}": "not_verified"}
    assert len(told) == len(without) + 1
    only_other = Agent("desk", agent.targets, header_style=style, sent=("diversion",))
    assert agent_headers(only_other, record, None, 0) == {}


@pytest.mark.parametrize("style", ["hyphen", "underscore"])
@pytest.mark.parametrize(
    ("sizes", "path"),
    [
        ((1, 1), "first%3D2%2Cask%3D1"),
        ((140, 116), "first%3D2%2Cask%3D1"),
        ((140, 117), "ask%3D1"),
        ((140, 128), "ask%3D1"),
        ((140, 129), ""),
        ((140, 138), ""),
        # The second has no room of its own, and is not sent.
        ((140, 139), "first%3D2%2Cask%3D1"),
    ],
)
def test_the_path_gives_way_to_the_authors_headers_and_saving_warns_where_nothing_is_left(
    style: HeaderStyle, sizes: tuple[int, int], path: str
) -> None:
    record = CallRecord("call_1", "uuid", None, "", None, "", utc_now(), "ivr_1", 1)
    record.path += [Step("first", 1, "key", "2", 0, 0), Step("ask", 1, "key", "1", 0, 0)]
    values = (("X-IVR-A", "a" * sizes[0]), ("X-IVR-B", "b" * sizes[1]))
    agent = Agent("desk", (Target("sip:a@b.example"),), header_style=style)
    sent = {str(name): str(value) for name, value in agent_headers(agent, record, None, 0, (), values).items()}
    mark = "-" if style == "hyphen" else "_"
    assert sent[f"sip_h_X-IVR{mark}Path"] == path
    assert sent[f"sip_h_X-IVR{mark}A"] == "a" * sizes[0]
    assert sent.get(f"sip_h_X-IVR{mark}B", "") == ("" if sizes == (140, 139) else "b" * sizes[1])
    nodes = {
        "first": {"gather": {"2": "ask"}}, "ask": {"gather": {"1": "go"}},
        "go": {"action": "transfer", "headers": dict(values)},
    }  # fmt: skip
    codes = [each.code for each in lint(parse_menu({"name": "T", "nodes": nodes}), ())]
    assert ("no_room_for_path" in codes) is (path == "")
