"""The event socket's bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devswitch import wire
from devswitch.wire import CommandParser, CommandTooLarge


def lines(data: bytes) -> list[str]:
    return [command.line for command in CommandParser().feed(data)]


def test_line_ends_before_a_command_are_nothing() -> None:
    assert lines(b"\n\r\n\n\ngetvar a\n\n\n\n\ngetvar b\n\n") == ["getvar a", "getvar b"]


def test_carriage_returns_count_for_nothing() -> None:
    assert lines(b"getvar a\r\n\r\ngetvar b\n\r\r\n") == ["getvar a", "getvar b"]


def test_a_header_that_comes_twice_has_its_first_value() -> None:
    (command,) = CommandParser().feed(b"sendmsg\nA: 1\na:   2\nno header\n\n")
    assert command.headers == {"a": "1"}
    assert command.stray_lines == ("no header",)


def test_a_body_belongs_to_its_command() -> None:
    first, second = CommandParser().feed(b"sendmsg\ncontent-length: 11\n\nbody\n\nbody\n\ngetvar a\n\n")
    assert first.body == "body\n\nbody\n"
    assert second.line == "getvar a"


def test_bytes_that_are_no_text_survive() -> None:
    assert wire.url_encode(lines(b"getvar \xe9\n\n")[0]) == "getvar%20%E9"


@given(st.lists(st.binary(max_size=40)), st.lists(st.integers(1, 30)))
def test_commands_do_not_depend_on_how_the_bytes_were_cut(pieces: list[bytes], cuts: list[int]) -> None:
    data = b"\n".join([*pieces, b"getvar a\n\n"]).replace(b"content-length", b"")
    whole = CommandParser().feed(data)
    parser, at, cut = CommandParser(), 0, []
    for size in [*cuts, len(data)]:
        cut += parser.feed(data[at : at + size])
        at += size
    assert cut == whole


@pytest.mark.parametrize("data", [b"x" * 70_000, b"sendmsg\ncontent-length: 99999999\n\n"])
def test_a_command_without_end_is_refused(data: bytes) -> None:
    with pytest.raises(CommandTooLarge):
        CommandParser().feed(data)


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        ("+14805551234", "%2B14805551234"),
        ("a b", "a%20b"),
        ("Mon, 23 (x)/y~z!", "Mon,%2023%20(x)/y~z!"),
        ("line\nend\r", "line%0Aend%0D"),
        ("é", "%C3%A9"),
        ("\udce9", "%E9"),
        ("100%", "100%25"),
        ("%0A", "%0A"),  # what looks encoded is left as it is: decoding it gives a line end that never was
        ("%0a", "%250a"),
        ("%4", "%254"),
    ],
)
def test_values_are_encoded_as_freeswitch_encodes_them(value: str, encoded: str) -> None:
    assert wire.url_encode(value) == encoded


def test_an_empty_value_is_undef() -> None:
    assert wire.connect_reply([("A", ""), ("B", "x")]) == b"A: _undef_\nB: x\n\n"


def test_an_empty_reply_is_command_not_found() -> None:
    assert wire.command_reply("") == b"Content-Type: command/reply\nReply-Text: -ERR command not found\n\n"


def test_a_reply_is_raw_and_cut_at_511() -> None:
    assert wire.command_reply("a\nb%20").endswith(b"Reply-Text: a\nb%20\n\n")
    assert wire.command_reply("x" * 600).endswith(b": " + b"x" * 511 + b"\n\n")
