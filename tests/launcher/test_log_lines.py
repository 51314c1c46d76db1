"""Log lines of children: whole, bounded, and unable to do anything to a terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from launcher.log_lines import LONGEST_LINE, LineSplitter, printable


def _lines(*chunks: bytes) -> list[bytes]:
    splitter = LineSplitter()
    return [line for chunk in chunks for line in splitter.feed(chunk)] + splitter.finish()


def test_a_line_that_comes_in_pieces_is_one_line() -> None:
    assert _lines(b"one ", b"line\nand ", b"another") == [b"one line", b"and another"]


def test_windows_line_ends_and_empty_lines_are_kept_apart() -> None:
    assert _lines(b"a\r\n\nb\n") == [b"a", b"", b"b"]


@given(st.lists(st.binary(max_size=50).map(lambda b: b.replace(b"\r", b"")), max_size=20))
def test_nothing_is_lost_or_invented_however_the_bytes_are_cut(chunks: list[bytes]) -> None:
    whole = b"".join(chunks)
    assert _lines(*chunks) == _lines(whole)
    assert b"\n".join(_lines(whole)) == whole.removesuffix(b"\n")


def test_a_line_without_end_is_cut_and_does_not_pile_up() -> None:
    splitter = LineSplitter()
    pieces = [piece for _ in range(100) for piece in splitter.feed(b"x" * 1000)]
    assert all(len(piece) == LONGEST_LINE for piece in pieces)
    assert len(splitter.finish()[0]) + sum(map(len, pieces)) == 100_000


@given(st.binary(max_size=200))
def test_no_bytes_make_a_line_that_a_terminal_would_obey(line: bytes) -> None:
    shown = printable(line)
    assert all(character.isprintable() or character == "\t" for character in shown)


def test_ordinary_text_is_left_as_it_is() -> None:
    text = "GET /ivr 200 - Zürich, 東京, it costs 5 €"
    assert printable(text.encode()) == text
