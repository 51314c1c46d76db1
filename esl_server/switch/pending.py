"""What is sent with the next command, so that it costs no round trip of its own.

Commands that are pending stand before the call state (`prefix`) or, once the call is to be answered, behind it
(`opening`). From the first prompt on that a key may cut all of it waits in order (`behind`): how the prompts are
played depends on what follows. With a question, FreeSWITCH plays them and the question's own prompt as one, so that a
key ends them all and answers the question. Where none follows they are played to their end.

FreeSWITCH has no application that a key ends and that leaves the key in the channel's queue, where files are played
(switch_ivr_play_file takes it off): one of `play_and_get_digits` without digits puts it into a variable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from esl_server.switch import commands
from esl_server.switch.commands import Gather


class Heard(NamedTuple):
    """A prompt. `stored` makes the command that stores the call state for a worker lost during it; with a question
    the state stands there already, and none is made. `is_cut`: a key may cut it; `keeps`: so may one that was pressed
    before."""

    path: str
    ms: int
    stored: Callable[[], bytes]
    is_cut: bool = True
    keeps: bool = False


class Command(NamedTuple):
    text: bytes
    replies: int


class Pending:
    """`plays_s`: how long the playbacks take."""

    __slots__ = ("behind", "opening", "opening_replies", "plays_s", "prefix", "prefix_replies")

    def __init__(self) -> None:
        self.behind: list[Heard | Command] = []
        self.clear()

    def clear(self) -> None:
        """Of all but the prompts that a key may cut, and what is behind them."""
        self.prefix, self.prefix_replies, self.opening, self.opening_replies = b"", 0, b"", 0
        self.plays_s = 0.0

    def add(self, command: bytes, replies: int) -> None:
        if self.behind:
            self.behind.append(Command(command, replies))
        else:
            self._append(command, replies)

    def _append(self, command: bytes, replies: int) -> None:
        if self.opening:
            self.opening += command
            self.opening_replies += replies
        else:
            self.prefix += command
            self.prefix_replies += replies

    def store(self, stored: bytes, replies: int) -> None:
        """A call state, which comes before the answering."""
        self.prefix += stored
        self.prefix_replies += replies

    def play(self, heard: Heard) -> None:
        self.behind.append(heard)
        self.plays_s += heard.ms / 1000

    def take(self) -> tuple[bytes, int, float]:
        """All of it, its replies, and how long it plays; nothing is pending afterwards. What stands in `behind` is
        played to its end."""
        self.settle()
        taken = self.prefix + self.opening, self.prefix_replies + self.opening_replies, self.plays_s
        self.clear()
        return taken

    def drop(self) -> None:
        self.behind.clear()
        self.clear()

    def settle(self) -> None:
        """Play each prompt to its end."""
        for each in self.behind:
            if isinstance(each, Heard):
                self.store(each.stored(), 1)
                self._append(commands.playback(each.path), 1)
            else:
                self._append(*each)
        self.behind.clear()

    def uncut(self) -> None:
        """No key ends the playbacks among the commands, and those pressed meanwhile stay in the queue."""
        self.prefix, self.opening = commands.uncut(self.prefix), commands.uncut(self.opening)

    def cut_by_key(self, *, keeps: bool) -> list[Heard]:
        """The prompts that a question's key cuts, taken out of what is pending: those behind the last that none may
        cut. That one is heard to its end, and what comes before it until a key is pressed, which counts for nothing;
        with `keeps` that is heard to its end, too, so that the key is not lost."""
        run: list[Heard] = []
        for each in self.behind:
            if isinstance(each, Command):
                self._append(*each)
            elif each.is_cut:
                run.append(each)
            else:
                self._before_uncut(run, keeps)
                self.store(each.stored(), 1)
                self._append(commands.uncut_playback(each.path), 1)
                run = []
        self.behind.clear()
        return run

    def _before_uncut(self, run: list[Heard], keeps: bool) -> None:
        if not run:
            return
        self.store(run[0].stored(), 1)
        if keeps:
            for each in run:
                self._append(commands.uncut_playback(each.path), 1)
        else:
            self._append(commands.play_until_key([each.path for each in run], commands.CUT_VARIABLE), 1)

    def skip(self) -> bool:
        """Leave out the prompts that a key may cut; whether others are pending."""
        self.behind = [each for each in self.behind if isinstance(each, Command) or not each.is_cut]
        return self.has_uncut

    @property
    def has_uncut(self) -> bool:
        """Whether a prompt is pending that no key may cut."""
        uncut = [each for each in self.behind if type(each) is Heard and not each.is_cut]
        return bool(uncut)


def ahead_of(gather: Gather, run: list[Heard]) -> Gather:
    """The question with these prompts before its own, all of which its key ends."""
    return gather.behind([each.path for each in run]) if run else gather
