"""A recording in the domain: what it keeps, where it leads, what is unwise; the names of sounds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ivr.domain.errors import InvalidMenu
from ivr.domain.menu import interpreter
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.following import Act
from ivr.domain.menu.interpreter import Next
from ivr.domain.menu.lint import lint
from ivr.domain.menu.record import FAILED, KEPT, NOTHING, RecordNode
from ivr.domain.sounds import SOUND, SoundNote, name_sound, parse_note

RECORD = {"action": "record", "save": "said", "next": "after", "no_input_node": "quiet"}
CALL = "call_01a227ea513fd6fcaea3c3d8135199e3"


def menu(**more: Any) -> dict[str, Any]:
    say = {name: value for name, value in {**RECORD, **more}.items() if value is not None}
    return {"name": "m", "nodes": {"say": say, "after": {"action": "hangup"}, "quiet": {"action": "hangup"}}}


def follow(results: list[str], **more: Any) -> Next:
    tree = parse_menu(menu(**more))
    position, following = interpreter.begin(tree)
    for result in results:
        position, following = interpreter.step(tree, position, result, 0.0)
    return following


@pytest.mark.parametrize(
    ("results", "more", "node"),
    [
        ([KEPT], {}, "after"),
        ([NOTHING], {}, "say"),
        ([NOTHING, KEPT], {}, "after"),
        ([NOTHING, NOTHING], {}, "quiet"),
        ([NOTHING], {"max_attempts": 1}, "quiet"),
        ([NOTHING, NOTHING], {"no_input_node": None}, "after"),
        ([FAILED], {}, "quiet"),
        ([FAILED], {"no_input_node": None}, "after"),
    ],
)
def test_what_follows_a_recording(results: list[str], more: dict[str, Any], node: str) -> None:
    following = follow(results, **more)
    assert isinstance(following, Act)
    assert following.node.id == node


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("save", "caller", "reserved_variable"),
        ("max_s", 1, "invalid_max_s"),
        ("max_s", 601, "invalid_max_s"),
        ("silence_s", 0.5, "invalid_silence_s"),
        ("end_keys", "A", "invalid_end_keys"),
        ("end_keys", "", "invalid_end_keys"),
        ("mailbox", "a b", "invalid_mailbox"),
        ("max_attempts", 0, "invalid_max_attempts"),
    ],
)
def test_a_value_out_of_bounds_is_a_fault(field: str, value: Any, code: str) -> None:
    with pytest.raises(InvalidMenu) as caught:
        parse_menu(menu(**{field: value}))
    assert [(each.pointer, each.code) for each in caught.value.problems] == [(f"/nodes/say/{field}", code)]


@pytest.mark.parametrize(("keys", "offered"), [("#", "#"), ("any", "0123456789*#"), ("none", ""), ("1*", "1*")])
def test_the_keys_that_end_it_are_those_that_a_prompt_may_name(keys: str, offered: str) -> None:
    node = parse_menu(menu(end_keys=keys)).nodes["say"]
    assert set(node.offered_digits()) == set(offered)  # type: ignore[call-overload]


def test_the_sound_and_its_link_are_set_on_every_way_but_that_of_too_many_visits() -> None:
    tree = parse_menu(menu(max_visits=2, over_node="quiet"))
    node = tree.nodes["say"]
    assert isinstance(node, RecordNode)
    assert {way.label: "said" in node.sets_before(way) for way in node.targets()} == {
        "then": True, "silence again": True, "too often": False,
    }  # fmt: skip
    assert set(node.sets()) == {"said", "said.link"}


def warnings(document: dict[str, Any]) -> set[str]:
    return {each.code for each in lint(parse_menu(document), set(), set())} - {"no_audio"}


def test_silence_that_comes_after_the_end_is_unwise() -> None:
    assert warnings(menu(max_s=5, silence_s=5)) == {"silence_ends_nothing"}
    assert warnings(menu(max_s=6, silence_s=5)) == set()


def test_what_a_variable_holds_may_be_played_and_is_nothing_to_speak() -> None:
    document = menu()
    document["nodes"]["after"]["audio"] = ["{said}"]
    assert warnings(document) == set()
    document["nodes"]["after"]["audio"] = ["{other}"]
    assert warnings(document) == {"variable_not_set"}


def test_recordings_that_lead_only_to_each_other_are_a_loop() -> None:
    document = menu(next="say", no_input_node="say")
    assert "loop_without_key" in warnings(document)


def test_a_sound_is_named_for_its_call_and_step_so_every_worker_names_it_alike() -> None:
    assert name_sound(CALL, 7) == "sound_01a227ea513fd6fcaea3c3d8135199e3_7"
    assert SOUND.fullmatch(name_sound(CALL, 250))
    with pytest.raises(ValueError, match="no call"):
        name_sound("call_x", 1)


def test_a_note_is_read_as_it_was_written() -> None:
    began_at = datetime(2026, 3, 9, tzinfo=UTC)
    note = SoundNote(name_sound(CALL, 1), CALL, "say", "ivr_1", "+14805550100", "box", began_at, test=True)
    assert parse_note(note.to_json()) == note


@pytest.mark.parametrize("change", [{"sound": "../x"}, {"began_at": "soon"}, {"more": 1}])
def test_a_note_that_is_none_is_refused(change: dict[str, Any]) -> None:
    note = SoundNote(name_sound(CALL, 1), CALL, "say", None, None, None, datetime(2026, 3, 9, tzinfo=UTC))
    with pytest.raises((ValueError, TypeError)):
        parse_note({**note.to_json(), **change})
