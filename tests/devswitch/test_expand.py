"""How an application's argument is read. What FreeSWITCH makes of the main cases is in measured.json as well."""

from __future__ import annotations

import pytest

from devswitch.expand import expand_variables, has_variable, is_true, separate_string

VARIABLES = {"name": "Joe", "number": "+14805551234", "outer": "<${name}>", "which": "name", "loop": "${loop}"}


def expand(text: str) -> tuple[str, list[tuple[str, str]]]:
    calls: list[tuple[str, str]] = []

    def call_api(command: str, arguments: str) -> str:
        calls.append((command, arguments))
        return "!"

    return expand_variables(text, VARIABLES.get, call_api), calls


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("plain", "plain"),
        ("a${name}b", "aJoeb"),
        ("${nothing}", ""),
        ("${number:1:4}", "1480"),
        ("${number:-4}", "1234"),
        ("${outer}", "<Joe>"),
        ("${${which}}", "Joe"),
        ("$name $ $$", "$name $ $$"),
        ("$name $ $$ ${name}", "$name $ $ Joe"),
        (r"a\$b", r"a\$b"),
        (r"a\$b\\", "a$b\\"),
        (r"\${name}", "${name}"),
        (r"\n", r"\n"),
        ("${name", "Joe"),
    ],
)
def test_variables_are_filled_in(text: str, expanded: str) -> None:
    assert expand(text) == (expanded, [])


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("${system(rm -rf /)}", [("system", "rm -rf /")]),
        ("${system rm}", [("system", "rm")]),
        ("x${a(${b(c)})}y", [("b", "c"), ("a", "!")]),
        ("${${which}(x)}", [("name", "x")]),
    ],
)
def test_api_commands_are_called(text: str, calls: list[tuple[str, str]]) -> None:
    assert expand(text)[1] == calls


def test_a_variable_that_names_itself_comes_to_an_end() -> None:
    assert expand("${loop}") == ("${loop}", [])


@pytest.mark.parametrize(("text", "found"), [("${a}", True), ("$\\{a}", True), ("$a{b}", False), ("a$", False)])
def test_what_freeswitch_takes_for_a_variable(text: str, found: bool) -> None:
    assert has_variable(text) is found


@pytest.mark.parametrize(
    ("text", "delimiter", "parts"),
    [
        ("a b  c", " ", ["a", "b", "c"]),
        ("'a b' c", " ", ["a b", "c"]),
        (r"a\sb c", " ", ["a b", "c"]),
        ("a,b c,'d,e'", ",", ["a", "b c", "d,e"]),
        ("^^:a=1,2:b=3", ",", ["a=1,2", "b=3"]),
        ("it's,b", ",", ["it's", "b"]),
        ("", " ", []),
        ("a,,b", ",", ["a", "", "b"]),
    ],
)
def test_arguments_are_split(text: str, delimiter: str, parts: list[str]) -> None:
    assert separate_string(text, delimiter) == parts


@pytest.mark.parametrize(
    ("text", "true"),
    [("true", True), ("YES", True), ("1", True), ("0", False), ("", False), (None, False), ("no", False)],
)
def test_what_is_true(text: str | None, true: bool) -> None:
    assert is_true(text) is true
