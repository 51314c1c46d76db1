"""Children's output, made safe for a terminal: whole lines without anything that moves a cursor.

A log line may contain what a caller or an API client sent. So control characters (escape sequences, carriage returns,
the Unicode ones that reorder text) are shown as \\x1b and the like, and a line that never ends is cut.
"""

from __future__ import annotations

LONGEST_LINE = 8192


class LineSplitter:
    """Bytes in, whole lines out without their line ends; a line longer than LONGEST_LINE comes in pieces."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        *whole, self._rest = (self._rest + data).split(b"\n")
        lines = [piece for line in whole for piece in _pieces(line)]
        while len(self._rest) > LONGEST_LINE:
            lines.append(self._rest[:LONGEST_LINE])
            self._rest = self._rest[LONGEST_LINE:]
        return lines

    def finish(self) -> list[bytes]:
        """What came after the last line end, if anything."""
        rest, self._rest = self._rest, b""
        return [rest] if rest else []


def _pieces(line: bytes) -> list[bytes]:
    line = line.removesuffix(b"\r")
    return [line[start : start + LONGEST_LINE] for start in range(0, len(line), LONGEST_LINE)] or [b""]


def printable(line: bytes) -> str:
    """The line as text without effect on a terminal."""
    text = line.decode("utf-8", errors="backslashreplace")
    if text.isprintable():
        return text
    return "".join(
        character if character == "\t" or character.isprintable() else _escaped(character) for character in text
    )


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
