"""A transfer: what follows each result, who is rung, and what an author is warned of."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.domain.errors import InvalidMenu
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.lint import lint
from ivr.domain.menu.moves import GoTo, NoWayOn, Position
from ivr.domain.menu.transfer import NO_AGENT, agent_hung_up, nobody

ENDS = {name: {"action": "hangup"} for name in ("engaged", "later", "sold", "after")}


def node(**fields: Any) -> Any:
    tree = parse_menu({"name": "m", "nodes": {"ring": {"action": "transfer", **fields}, **ENDS}})
    return tree.nodes["ring"]


def warnings(**fields: Any) -> list[tuple[str, str]]:
    nodes = {"ring": {"action": "transfer", **fields}}
    found = lint(parse_menu({"name": "m", "nodes": nodes}), set(), {"sales"}, groups={"office"})
    return [(each.code, each.pointer) for each in found]


WAYS = {
    "case": {"Busy": "engaged", "d*": "engaged", "{word}": "sold", "sold": "sold", "answered": "after"},
    "fallback_node": "later",
    "on_agent_hangup": {"lost": "later", "*": "engaged"},
}


@pytest.mark.parametrize(
    ("result", "target"),
    [
        (nobody("busy"), "engaged"),
        (nobody("declined"), "engaged"),
        (nobody("no_answer"), "later"),
        (nobody("closed"), "later"),
        (NO_AGENT, "later"),
        (None, "later"),
        (agent_hung_up("SOLD"), "sold"),
        (agent_hung_up("hello"), "sold"),  # the value of a variable
        (agent_hung_up("lost"), "later"),
        (agent_hung_up("else"), "engaged"),
        (agent_hung_up(None), "after"),
    ],
)
def test_a_case_goes_before_the_ways_without_a_result(result: str | None, target: str) -> None:
    ring = node(**WAYS)
    memory = Position("ring").memory.keeping("word", "hello", is_secret=False)
    assert ring.step(result, Position("ring", memory=memory), ENDS) == GoTo(target)


def test_a_case_whose_node_is_not_there_counts_as_left_out() -> None:
    ring = node(case={"busy": "gone"}, fallback_node="later")
    assert ring.step(nobody("busy"), Position("ring"), ENDS) == GoTo("later")
    assert node(case={"busy": "gone"}).step(nobody("busy"), Position("ring"), ENDS) == NoWayOn()


@pytest.mark.parametrize(
    "to",
    ["+14155552671", "sip:desk@192.0.2.20", "sips:desk@example.com:5061;transport=tls", "{who.number}", "{caller}"],
)
def test_who_is_rung_is_a_number_an_address_or_a_variable(to: str) -> None:
    assert node(to=to).to == to


@pytest.mark.parametrize("to", ["4155552671", "+1", "desk@example.com", "{who} more", "+1{number}", "sip:a b@c", ""])
def test_anything_else_is_refused_in_words(to: str) -> None:
    with pytest.raises(InvalidMenu, match="to is a telephone number with"):
        node(to=to)


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"to": "+19005551234"}, [("number_not_rung", "/nodes/ring/to")]),
        ({"to": "+881631234567"}, [("number_not_rung", "/nodes/ring/to")]),
        ({"to": "+442079460123"}, []),
        ({"to": "+14155552671", "agent": "sales"}, [("agent_never_rung", "/nodes/ring/agent")]),
        ({"people": "gone"}, [("group_empty", "/nodes/ring/people")]),
        ({"people": "office"}, []),
        ({"to": "{x}"}, [("variable_not_set", "/nodes/ring/to")]),
        ({"case": {"dnc": "ring"}}, [("result_never_taken", "/nodes/ring/case/dnc")]),
        ({"text": "Press star to end the talk.", "audio": "a.wav", "end_key": "*"},
         [("audio_not_ready", "/nodes/ring/audio")]),
        ({"whisper_text": "A call."}, [("no_audio", "/nodes/ring/whisper_audio")]),
        ({"people": "office", "place_key": "0"}, [("nobody_waits", "/nodes/ring/place_key")]),
        ({"people": "office", "wait_s": 60, "wait_keys": {"0": "later"}, "place_key": "0"},
         [("target_not_found", "/nodes/ring/wait_keys/0"), ("place_key_taken", "/nodes/ring/place_key")]),
        ({"people": "office", "join": "all"}, []),
        ({"join": "all"}, [("nobody_joins", "/nodes/ring/join")]),
        ({"people": "office", "join": "all", "wait_s": 60}, [("nobody_joins", "/nodes/ring/join")]),
        ({"people": "office", "joined_audio": "a.wav"},
         [("nobody_joins", "/nodes/ring/joined_audio"), ("audio_not_ready", "/nodes/ring/joined_audio")]),
        ({"people": "office", "join": "all", "joined_text": "{joined.person} is here."},
         [("no_audio", "/nodes/ring/joined_audio")]),
    ],
)
def test_an_author_is_warned_of_what_would_ring_nobody(fields: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert warnings(**fields) == found


def test_a_ring_without_a_key_is_noticed_by_its_results() -> None:
    assert warnings(case={"busy": "ring"}) == [("loop_without_key", "/nodes/ring/case/busy")]
    assert warnings(case={"sold": "ring"}) == []
