"""A caller's way through a menu: always bounded, never in a node that is not there."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.menu.document import KEYS, GatherNode, Menu, parse_menu
from ivr.domain.menu.interpreter import MAX_MENU_S, MAX_STEPS, Ask, End, GiveUp, Position, begin, resume, step
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


def walk(tree: Menu, keys: list[str | None]) -> list[object]:
    """What follows each of the keys, until the menu is over."""
    place, following = begin(tree)
    seen: list[object] = [following]
    for key in keys:
        if not isinstance(following, Ask):
            break
        place, following = step(tree, place, key, 0.0)
        seen.append(following)
    return seen


def names(seen: list[object]) -> list[str]:
    return [each.reason if isinstance(each, GiveUp) else each.node.id for each in seen]  # type: ignore[attr-defined]


def test_a_key_leads_to_its_node_and_an_action_ends_the_menu() -> None:
    assert names(walk(MENU, ["1", "1"])) == ["ask", "more", "agent"]
    assert isinstance(walk(MENU, ["9"])[-1], End)


def test_a_wrong_key_asks_again_and_says_so() -> None:
    following = walk(MENU, ["7"])[-1]
    assert isinstance(following, Ask)
    assert following.after_no_match


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
    place, following = begin(parse_menu({"name": "m", "nodes": {"bye": {"action": "hangup"}}}))
    assert isinstance(following, End)
    assert place == Position("bye", 0, 0)


def test_going_round_ends_after_a_hundred_questions() -> None:
    ring = parse_menu({"name": "m", "nodes": {"a": {"gather": {"1": "b"}}, "b": {"gather": {"1": "a"}}}})
    seen = walk(ring, ["1"] * 500)
    assert len([each for each in seen if isinstance(each, Ask)]) == MAX_STEPS
    assert seen[-1] == GiveUp("steps")


def test_a_question_is_not_asked_when_the_time_is_over_but_an_end_is_reached() -> None:
    place, _ = begin(MENU)
    assert step(MENU, place, "1", MAX_MENU_S)[1] == GiveUp("seconds")
    assert step(MENU, place, "1", MAX_MENU_S - 0.001)[1] != GiveUp("seconds")
    assert isinstance(step(MENU, place, "9", MAX_MENU_S + 1)[1], End)


def test_stepping_from_an_end_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="asks nothing"):
        step(MENU, Position("dnc"), "1", 0.0)


class TestResume:
    def test_the_same_question_is_asked_again_and_costs_no_attempt(self) -> None:
        place = Position("ask", 2, 7)
        after, following = resume(MENU, place, 0.0)
        assert isinstance(following, Ask)
        assert (after.failures, after.steps) == (2, 8)

    def test_an_end_is_done_again(self) -> None:
        assert isinstance(resume(MENU, Position("dnc", 0, 1), 0.0)[1], End)

    def test_being_taken_over_again_and_again_is_bounded_too(self) -> None:
        place, following = begin(MENU)
        for _ in range(MAX_STEPS + 1):
            place, following = resume(MENU, place, 0.0)
        assert following == GiveUp("steps")


@given(documents(), st.lists(st.sampled_from([*KEYS, None]), max_size=400))
def test_every_walk_through_every_menu_ends_within_the_limit(
    document: dict[str, Any], keys: list[str | None]
) -> None:
    tree = parse_menu(document)
    place, following = begin(tree)
    asked = 0
    waiting = iter([*keys, *([None] * (10 * MAX_STEPS))])
    while isinstance(following, Ask):
        asked += 1
        assert asked <= MAX_STEPS
        assert place.node == following.node.id
        assert 0 <= place.failures < following.node.max_attempts
        assert place.steps == asked
        place, following = step(tree, place, next(waiting), 0.0)
    if isinstance(following, End):
        assert following.node is tree.nodes[place.node]


@given(documents(), st.sampled_from(KEYS))
def test_a_key_goes_where_it_leads_or_asks_again_never_elsewhere(document: dict[str, Any], key: str) -> None:
    tree = parse_menu(document)
    for node in tree.nodes.values():
        if not isinstance(node, GatherNode):
            continue
        target = node.gather.get(key)
        place, following = step(tree, Position(node.id, 0, 1), key, 0.0)
        if target in tree.nodes:
            assert place.node == target
            assert place.failures == 0
        else:
            assert place.node == node.id
            assert place.failures == 1
            assert isinstance(following, Ask if node.max_attempts > 1 else GiveUp)
