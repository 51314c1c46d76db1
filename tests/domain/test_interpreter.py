"""A caller's way through a menu: always bounded, never in a node that is not there."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.menu.ask_language import AskLanguageNode
from ivr.domain.menu.document import Menu, parse_menu
from ivr.domain.menu.fields import DTMF_DIGITS
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.interpreter import MAX_STEPS, Act, Ask, Next, begin, go_to, resume, step
from ivr.domain.menu.menu_fields import USUAL_MENU_S
from ivr.domain.menu.moves import GiveUp, NoWayOn, Position
from ivr.domain.menu.transfer import NO_AGENT, agent_hung_up
from tests.domain.strategies import documents

MENU = parse_menu(
    {
        "name": "m",
        "nodes": {
            "ask": {"gather": {"1": "more", "9": "dnc", "2": "hours"}, "timeout_node": "ask"},
            "more": {"gather": {"1": "agent"}, "timeout_node": "late", "max_attempts": 2},
            "late": {"gather": {"1": "agent", "0": "ask"}},
            "agent": {"action": "transfer"},
            "dnc": {"action": "suppress"},
        },
    }
)


def walk(tree: Menu, keys: list[str | None]) -> list[Next]:
    """What follows each of the keys, until the menu is over."""
    position, following = begin(tree)
    seen: list[Next] = [following]
    for key in keys:
        if not isinstance(following, Ask):
            break
        position, following = step(tree, position, key, 0.0)
        seen.append(following)
    return seen


def names(seen: list[Next]) -> list[str]:
    return [each.node.id if isinstance(each, Ask | Act) else getattr(each, "reason", "") for each in seen]


def test_a_key_leads_to_its_node_and_an_action_is_to_be_done() -> None:
    assert names(walk(MENU, ["1", "1"])) == ["ask", "more", "agent"]
    assert isinstance(walk(MENU, ["9"])[-1], Act)


def test_a_wrong_key_asks_again_and_says_so() -> None:
    following = walk(MENU, ["7"])[-1]
    assert isinstance(following, Ask)
    assert following.after_no_match


def test_a_call_begins_with_its_first_step() -> None:
    assert begin(MENU)[0] == Position("ask", 0, 1)


def test_a_question_that_was_not_asked_before_has_no_wrong_key_to_speak_of() -> None:
    for following in (walk(MENU, [])[-1], walk(MENU, ["1"])[-1], resume(MENU, Position("ask", 1, 2), 0.0)[1]):
        assert isinstance(following, Ask)
        assert following.after_no_match is False


def test_silence_asks_again_and_does_not_call_it_a_wrong_key() -> None:
    following = walk(MENU, [None])[-1]
    assert isinstance(following, Ask)
    assert not following.after_no_match


def test_a_key_whose_node_does_not_exist_counts_as_wrong() -> None:
    following = walk(MENU, ["2"])[-1]
    assert isinstance(following, Ask)
    assert following.after_no_match


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ([None, None, None], "no_input"),
        (["7", "7", "7"], "no_match"),
        (["7", None, "7"], "no_match"),
        (["7", "7", None], "no_input"),
        (["2", "2", "2"], "no_match"),
    ],
)
def test_the_third_failure_in_a_row_lets_the_caller_go(keys: list[str | None], reason: str) -> None:
    seen = walk(MENU, keys)
    assert len(seen) == 4
    assert seen[-1] == GiveUp(reason)  # type: ignore[arg-type]


def test_a_caller_who_is_let_go_has_used_up_their_attempts() -> None:
    assert step(MENU, Position("ask", 2, 7), "7", 0.0) == (Position("ask", 3, 7), GiveUp("no_match"))


def test_a_timeout_node_that_is_the_node_itself_counts_as_staying() -> None:
    assert names(walk(MENU, [None] * 5)) == ["ask", "ask", "ask", "no_input"]


def test_another_timeout_node_is_gone_to_and_starts_with_no_failures() -> None:
    assert names(walk(MENU, ["1", "7", None, "7", "7", "7"])) == [
        "ask", "more", "more", "late", "late", "late", "no_match",
    ]  # fmt: skip


def test_max_attempts_of_a_node_changes_the_default() -> None:
    assert names(walk(MENU, ["1", "7", "7"])) == ["ask", "more", "more", "no_match"]


def test_failures_are_forgotten_when_the_caller_moves_on() -> None:
    assert names(walk(MENU, ["7", "7", "1", "7", "1"])) == ["ask", "ask", "ask", "more", "more", "agent"]


def test_a_menu_whose_start_is_an_action_ends_at_once() -> None:
    position, following = begin(parse_menu({"name": "m", "nodes": {"bye": {"action": "hangup"}}}))
    assert isinstance(following, Act)
    assert position == Position("bye", 0, 0)


def test_going_round_ends_after_a_hundred_questions() -> None:
    ring = parse_menu({"name": "m", "nodes": {"a": {"gather": {"1": "b"}}, "b": {"gather": {"1": "a"}}}})
    seen = walk(ring, ["1"] * 500)
    assert len([each for each in seen if isinstance(each, Ask)]) == MAX_STEPS
    assert seen[-1] == GiveUp("steps")


def test_a_question_is_not_asked_when_the_time_is_over_but_an_end_is_reached() -> None:
    position, _ = begin(MENU)
    assert step(MENU, position, "1", USUAL_MENU_S) == (Position("more", 0, 1), GiveUp("seconds"))
    assert step(MENU, position, None, USUAL_MENU_S) == (Position("ask", 1, 1), GiveUp("seconds"))
    assert step(MENU, position, "1", USUAL_MENU_S - 0.001)[1] != GiveUp("seconds")
    assert isinstance(step(MENU, position, "9", USUAL_MENU_S + 1)[1], Act)


def test_a_menu_may_have_a_longest_time_of_its_own() -> None:
    short = parse_menu({**MENU.to_json(), "max_menu_s": 30})
    position, _ = begin(short)
    assert step(short, position, "1", 29.9)[1] != GiveUp("seconds")
    assert step(short, position, "1", 30.0)[1] == GiveUp("seconds")
    assert isinstance(step(short, position, "9", 31.0)[1], Act)


def test_nothing_follows_an_end() -> None:
    assert step(MENU, Position("dnc", 0, 2), None, 0.0) == (Position("dnc", 0, 2), NoWayOn())


def test_a_message_leads_on_and_counts_as_a_step_but_never_as_a_failure() -> None:
    menu = parse_menu(
        {
            "name": "m",
            "nodes": {"hello": {"next": "ask"}, "ask": {"gather": {"1": "last"}}, "last": {"next": "later"}},
        }
    )
    position, following = begin(menu)
    assert (position, names([following])) == (Position("hello", 0, 1), ["hello"])
    position, following = step(menu, Position("hello", 2, 1), None, 0.0)
    assert (position, names([following])) == (Position("ask", 0, 2), ["ask"])
    position, following = step(menu, position, "1", 0.0)
    assert (position, names([following])) == (Position("last", 0, 3), ["last"])
    assert step(menu, position, None, 0.0)[1] == NoWayOn()


def test_a_ring_of_messages_ends_by_the_budget() -> None:
    ring = parse_menu({"name": "m", "nodes": {"a": {"next": "b"}, "b": {"next": "a"}}})
    position, following = begin(ring)
    for _ in range(MAX_STEPS):
        assert isinstance(following, Act)
        position, following = step(ring, position, None, 0.0)
    assert following == GiveUp("steps")
    assert step(ring, Position("a", 0, 1), None, USUAL_MENU_S)[1] == GiveUp("seconds")


TRANSFER = parse_menu(
    {
        "name": "m",
        "nodes": {
            "go": {"action": "transfer", "fallback_node": "ask", "on_agent_hangup": "bye"},
            "only": {"action": "transfer", "fallback_node": "nowhere"},
            "by": {"action": "transfer", "on_agent_hangup": {"booked": "bye", "Wrong-no": "gone", "*": "ask"}},
            "named": {"action": "transfer", "on_agent_hangup": {"booked": "bye"}},
            "ask": {"gather": {"1": "go"}},
            "bye": {"action": "hangup"},
        },
    }
)


@pytest.mark.parametrize(
    ("node", "result", "follows"),
    [
        ("go", NO_AGENT, "ask"),
        ("go", agent_hung_up(None), "bye"),
        ("go", agent_hung_up("booked"), "bye"),
        ("only", NO_AGENT, ""),
        ("only", agent_hung_up(None), ""),
        ("by", agent_hung_up("booked"), "bye"),
        ("by", agent_hung_up("BOOKED"), "bye"),
        ("by", agent_hung_up("no_show"), "ask"),
        ("by", agent_hung_up(None), "ask"),
        ("by", agent_hung_up("wrong-no"), ""),
        ("by", NO_AGENT, ""),
        ("named", agent_hung_up("booked"), "bye"),
        ("named", agent_hung_up("no_show"), ""),
        ("named", agent_hung_up(None), ""),
    ],
)
def test_after_a_transfer_the_call_goes_on_where_its_result_leads(node: str, result: str, follows: str) -> None:
    # An address of the agent that failed is no failure of the question that follows.
    position, following = step(TRANSFER, Position(node, 3, 7), result, 0.0)
    assert names([following]) == [follows]
    if isinstance(following, Ask):
        assert position == Position("ask", 0, 8)


def test_a_transfer_leads_to_no_further_question_when_the_budget_is_spent() -> None:
    assert step(TRANSFER, Position("go", 0, MAX_STEPS), NO_AGENT, 0.0)[1] == GiveUp("steps")
    assert step(TRANSFER, Position("go", 0, 1), NO_AGENT, USUAL_MENU_S)[1] == GiveUp("seconds")


def test_a_caller_who_is_sent_to_a_node_has_no_failures_there_and_keeps_the_count_of_questions() -> None:
    assert go_to(MENU, Position("more", 1, 4), "ask", 0.0)[0] == Position("ask", 0, 5)
    assert go_to(MENU, Position("more", 1, 4), "agent", 0.0)[0] == Position("agent", 0, 4)


class TestResume:
    def test_the_same_question_is_asked_again_and_costs_no_attempt(self) -> None:
        position = Position("ask", 2, 7)
        after, following = resume(MENU, position, 0.0)
        assert isinstance(following, Ask)
        assert (after.failures, after.steps) == (2, 8)

    def test_an_end_is_done_again(self) -> None:
        assert isinstance(resume(MENU, Position("dnc", 0, 1), 0.0)[1], Act)

    def test_being_taken_over_again_and_again_is_bounded_too(self) -> None:
        position, following = begin(MENU)
        for _ in range(MAX_STEPS + 1):
            position, following = resume(MENU, position, 0.0)
        assert following == GiveUp("steps")


@given(documents(), st.lists(st.sampled_from([*DTMF_DIGITS, None]), max_size=400))
def test_every_walk_through_every_menu_ends_within_the_limit(
    document: dict[str, Any], keys: list[str | None]
) -> None:
    tree = parse_menu(document)
    position, following = begin(tree)
    steps = 0
    waiting = iter([*keys, *([None] * (10 * MAX_STEPS))])
    while isinstance(following, Ask | Act) and following.node.is_step:
        steps += 1
        assert steps <= MAX_STEPS
        assert position.node == following.node.id
        assert position.steps == steps
        if isinstance(following, Ask):
            assert 0 <= position.failures < attempts_at(following.node)
        position, following = step(tree, position, next(waiting) if isinstance(following, Ask) else None, 0.0)
    if isinstance(following, Act):
        assert following.node is tree.nodes[position.node]


@given(documents(), st.sampled_from(DTMF_DIGITS))
def test_a_key_goes_where_it_leads_or_asks_again_never_elsewhere(document: dict[str, Any], key: str) -> None:
    tree = parse_menu(document)
    for node in tree.nodes.values():
        if not isinstance(node, GatherNode):
            continue
        entry = node.entries.find(key)
        target = node.gather[entry] if entry else None
        position, following = step(tree, Position(node.id, 0, 1), key, 0.0)
        if target not in tree.nodes and attempts_at(node, "no_match") > 1:
            assert (position.node, position.failures) == (node.id, 1)
            assert isinstance(following, Ask)
            continue
        if target not in tree.nodes:
            target = node.next if isinstance(node, AskLanguageNode) else node.no_match_node
        if target not in tree.nodes:
            assert isinstance(following, GiveUp)
        elif tree.nodes[target].max_visits is None:
            assert (position.node, position.failures) == (target, 0)


def attempts_at(node: GatherNode, *of: str) -> int:
    """How often it may be asked in a row."""
    limit = node.max_attempts
    return limit if isinstance(limit, int) else sum(limit.get(each, 3) for each in of or ("no_input", "no_match"))


def test_the_result_of_a_talk_names_what_the_agent_reported() -> None:
    assert agent_hung_up(None) == "agent_hung_up"
    assert agent_hung_up("booked") == "agent_hung_up:booked"
