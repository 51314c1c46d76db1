"""A caller at the keyboard: prompts as text on the terminal, keys as they are typed."""

from __future__ import annotations

import contextlib
import os
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from typing import TextIO

import gevent
from gevent import socket as gsocket

from devswitch.caller import KEYS
from devswitch.channel import ChannelNote
from devswitch.switch import SwitchCall

Describe = Callable[[str], str]
_HANG_UP_KEYS = frozenset("hq\x03\x04")  # h, q, Ctrl-C, Ctrl-D


def describe_file(file: str) -> str:
    """The file's name, shown for a prompt whose text is not known."""
    return os.path.basename(file)


class Narrator:
    """A writer of the call's story, one line per event."""

    def __init__(self, out: TextIO, describe: Describe = describe_file) -> None:
        self._out = out
        self._describe = describe

    def __call__(self, note: ChannelNote) -> None:
        text = self._line(note)
        if text:
            # Undecodable bytes from a server or a caller must not stop the story.
            text = text.encode("utf-8", "backslashreplace").decode()
            self._out.write(f"{note.at_ms / 1000:7.2f}  {text}\n")
            self._out.flush()

    def _line(self, note: ChannelNote) -> str:
        if note.kind == "play":
            return "" if note.text.startswith("silence_stream://") else f"hears    {self._describe(note.text)}"
        words = {
            "answer": "answered",
            "key": f"presses  {note.text}",
            "missing": f"MISSING  {note.text}",
            "displaced": f"on hold  {self._describe(note.text)}",
            "dial": f"dialling {note.text}",
            "agent": f"talks to {note.text}",
            "hangup": f"hung up  {note.text}",
            "violation": f"WRONG    {note.text}",
        }
        return words.get(note.kind, "")


@contextlib.contextmanager
def raw_terminal(stdin: TextIO) -> Iterator[None]:
    """Read keys one by one instead of lines; the terminal is restored afterwards."""
    if not stdin.isatty():
        yield
        return
    saved = termios.tcgetattr(stdin)
    try:
        tty.setcbreak(stdin)
        yield
    finally:
        termios.tcsetattr(stdin, termios.TCSADRAIN, saved)


def press_from_terminal(call: SwitchCall, stdin: TextIO | None = None) -> None:
    """Press each key that is typed until the call is over; h, q or the end of the input hangs up."""
    stdin = stdin or sys.stdin
    while not call.is_over:
        try:
            gsocket.wait_read(stdin.fileno(), timeout=0.2)
        except TimeoutError:
            continue
        typed = os.read(stdin.fileno(), 64).decode("ascii", "ignore")
        for key in typed or "\x04":
            if key in _HANG_UP_KEYS:
                call.hang_up()
                return
            if key.upper() in KEYS:
                call.press(key.upper())
        gevent.sleep(0)
