"""The menus that people run, script by script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.lint import lint
from tests.menus.runner import WrittenMenu, call_server, keys_of, play, read_menus
from tests.rig import Rig

MENUS = read_menus()
SCRIPTS = [(menu, at) for menu in MENUS for at in range(len(menu.scripts))]
# What an author is told of these menus. They have no recordings, and hours are given beside them.
EXPECTED_WARNINGS = {"no_audio", "audio_not_found", "audio_not_ready", "hours_not_found", "variable_not_set"}
# M10 says before its transfer which key ends the talk.
MORE_WARNINGS = {"M10": {"key_not_offered"}}


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with call_server() as running:
        yield running


def test_all_sixteen_are_written_down_with_all_their_scripts() -> None:
    numbers = [1, 3, 5, 6, 7, 8, 9, 10, 12, 14, 15, 17, 19, 20, 21, 23]
    assert [menu.number for menu in read_menus()] == [f"M{number:02}" for number in numbers]
    assert sum(len(menu.scripts) for menu in read_menus()) == 68  # that of M15's caller who hangs up is ours


@pytest.mark.parametrize(("menu", "at"), SCRIPTS, ids=[f"{menu.number}-{at}" for menu, at in SCRIPTS])
def test_a_script_comes_to_what_is_right(rig: Rig, menu: WrittenMenu, at: int) -> None:
    assert play(rig, menu, menu.scripts[at]).faults == []


def test_what_is_wrong_is_noticed(rig: Rig) -> None:
    menu = next(menu for menu in MENUS if menu.number == "M15")
    script = {**menu.scripts[0], "right": {
        "node": "sorry", "heard": [{"text": "no such words"}], "notices": [], "dialled": [{"to": "x"}],
        "never": ["12345678"], "told": {"X-IVR-Number": "1"},
    }}  # fmt: skip
    faults = " | ".join(play(rig, menu, script).faults)
    for said in ("it ends at bye", "no such words", "the notices are", "dialled: []", "the agent is told []",
                 "12345678 stands"):  # fmt: skip
        assert said in faults


@pytest.mark.parametrize(
    ("written", "keys"),
    [
        ("1,2,0,(silent),(speaks 14 s),2", "1,2,0,-,s14,2"),
        ('99#,(says "Ann, Lee"),1', "99#,s1,1"),
        ("(none)", "-"),
        ("-,h", "-,h"),
    ],
)
def test_keys_are_read_as_people_write_them(written: str, keys: str) -> None:
    assert keys_of(written) == keys


@pytest.mark.parametrize("menu", MENUS, ids=[menu.number for menu in MENUS])
def test_an_author_is_warned_of_nothing_but_what_is_not_there_yet(menu: WrittenMenu) -> None:
    tree = parse_menu(menu.menu)
    found = {warning.code for warning in lint(tree, set(), set(menu.document.get("agents", ())))}
    assert found <= EXPECTED_WARNINGS | MORE_WARNINGS.get(menu.number, set())
