"""What a version changed, as a short sentence: a table of changes."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.domain.menu.change_summary import MAX_CHARS, TEXTS, Phrase, summary_of
from ivr.domain.menu.diff import diff_menus

MAIN: dict[str, Any] = {"audio": "main.wav", "text": "Press 1.", "gather": {"1": "sales", "2": "closed"}}
SALES: dict[str, Any] = {"action": "transfer", "agent": "ann"}
CLOSED: dict[str, Any] = {"action": "hangup", "audio": "closed.wav", "text": "We are closed."}
MENU: dict[str, Any] = {"name": "Main line", "nodes": {"main": MAIN, "sales": SALES, "closed": CLOSED}}
SOUNDS = {"main.wav": "a", "closed.wav": "b"}


def with_nodes(**nodes: Any) -> dict[str, Any]:
    merged = {**MENU["nodes"], **nodes}
    return {**MENU, "nodes": {name: node for name, node in merged.items() if node is not None}}


def main(**fields: Any) -> dict[str, Any]:
    return with_nodes(main={**MAIN, **fields})


KEYS = MAIN["gather"]
CHANGES = [
    ({**MENU, "name": "Roofing line"}, {}, "renamed to Roofing line"),
    ({**MENU, "name": "A" * 60}, {}, f"renamed to {'A' * 39}…"),
    ({**MENU, "start": "closed"}, {}, "calls begin at closed"),
    ({**MENU, "languages": ["en", "es"]}, {}, "languages changed"),
    ({**MENU, "rate": 1.2, "max_menu_s": 60}, {}, "settings of the menu changed"),
    (with_nodes(late={"action": "hangup"}), {}, "late added"),
    (with_nodes(late={"action": "hangup"}, later={"action": "hangup"}), {}, "late, later added"),
    (with_nodes(**{f"n{n}": {"action": "hangup"} for n in range(4)}), {}, "4 nodes added"),
    (with_nodes(closed=None), {}, "closed removed"),
    (main(text="Press 1 or 2."), {}, "main reworded"),
    (main(text="Press 1 or 2."), {"main.wav": "c"}, "main reworded"),
    (main(again_text="Again."), {}, "words for main added"),
    (main(audio="other.wav"), {}, "settings of main changed"),
    (main(gather={**KEYS, "3": "sales"}), {}, "key 3 of main added"),
    (main(gather={**KEYS, "3": "sales", "#": "sales"}), {}, "keys 3, # of main added"),
    (main(gather={"1": "sales"}), {}, "key 2 of main removed"),
    (main(gather={"1": "closed", "2": "sales"}), {}, "keys 1, 2 of main lead elsewhere"),
    (main(gather={"2": "closed", "1": "sales"}), {}, "keys of main in another order"),
    (main(timeout_node="closed", attempts=2), {}, "settings of main changed"),
    (main(voice="joe"), {}, "voice of main changed"),
    (with_nodes(sales={**SALES, "agent": "ben"}), {}, "sales rings ben"),
    ({**MENU, "nodes": dict(reversed(MENU["nodes"].items()))}, {}, "nodes in another order"),
    (MENU, {"closed.wav": "c"}, "prompt closed replaced"),
    (MENU, {"hello.wav": "c"}, "prompt hello added"),
    (MENU, {}, "nothing of the menu itself; an agent or opening hours changed"),
    (
        {**main(text="Press 1.", gather={**KEYS, "3": "sales"}), "name": "Roofing line"},
        {"closed.wav": "c"},
        "renamed to Roofing line; key 3 of main added; prompt closed replaced",
    ),
]


@pytest.mark.parametrize(("after", "sounds", "expected"), CHANGES, ids=[each[2] for each in CHANGES])
def test_a_change_is_said_in_a_short_sentence(after: Any, sounds: dict[str, str], expected: str) -> None:
    assert summary_of(diff_menus(MENU, after, SOUNDS, {**SOUNDS, **sounds})) == expected


def test_of_many_changes_the_first_are_said_and_the_others_counted() -> None:
    before = with_nodes(**{f"a_node_of_a_menu_{n}": CLOSED for n in range(9)})
    after = with_nodes(**{f"a_node_of_a_menu_{n}": {**CLOSED, "text": "Bye."} for n in range(9)})
    said = summary_of(diff_menus(before, after))
    assert len(said) <= MAX_CHARS
    assert said == "; ".join(f"a_node_of_a_menu_{n} reworded" for n in range(3)) + "; and 6 more"


def test_a_menus_first_version_created_it() -> None:
    assert summary_of(diff_menus({"nodes": {}}, MENU), first=True) == "menu created"


def test_a_phrase_is_one_of_the_texts_that_can_be_translated() -> None:
    said: list[Phrase] = []

    def say(phrase: Phrase) -> str:
        said.append(phrase)
        return phrase.text

    for after, sounds, _ in CHANGES:
        summary_of(diff_menus(MENU, after, SOUNDS, {**SOUNDS, **sounds}), say=say)
    assert {each.text for each in said} <= {*TEXTS}
