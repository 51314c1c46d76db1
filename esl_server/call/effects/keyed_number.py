"""The number of a caller who withheld it and has opted out.

The opt-out itself is on disk before the caller is asked anything. They may then key their number; it is read back
digit by digit, and confirmed with 1 it is recorded as an event of its own, source `keyed`. Two entries at most: a
caller who is silent, or rejects twice, stays unidentified. The call state holds which of the questions was asked, so
that another worker can continue. What is keyed is part of no step of the call record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, Protocol

from esl_server.call.call import Call, now_ms
from esl_server.call.compiled_menu import name_of
from esl_server.call.opt_out import opt_out_of
from esl_server.call.state import digit_variable
from esl_server.switch import commands
from esl_server.switch.keyed import EXTRA_DIGITS, Keypress
from ivr.domain.call_records import CallRecord
from ivr.domain.dnc.events import OptOut, keyed_id
from ivr.domain.errors import CallerHungUp
from ivr.domain.menu.moves import Position
from ivr.domain.numbers import E164, parse_e164, parse_keyed
from ivr.domain.system_prompts.languages import ENGLISH, find_text, name_file

MAX_ENTRIES = 2
MAX_ASKED = 10
YES = "1"
_WAIT_S = 8.0
_BETWEEN_S = 4.0
_PARTS = ("key_number", "confirm_number", *"0123456789")
_CONFIRM = "confirm_number"


class Keyed(NamedTuple):
    """A number that its caller confirmed, asked by this system prompt; `ms` from the beginning of the last question
    to the digit."""

    number: E164
    ms: int
    asked: str = name_file(ENGLISH.language, _CONFIRM)

    def event(self, record: CallRecord, node: str) -> OptOut:
        heard = self.asked, f"{' '.join(self.number)}. {find_text(self.asked)}"
        event = opt_out_of(record, "keyed", node, YES, self.ms, heard)
        return replace(event, event_id=keyed_id(event.event_id), number=self.number, number_raw=self.number)


class SystemFiles(Protocol):
    """The prompts that every menu shares."""

    def heard_system(self, name: str, language: str) -> Path: ...


class NumberAsked:
    """The questions of one call, in the caller's language."""

    def __init__(self, call: Call, files: SystemFiles, language: str) -> None:
        self._call = call
        self._leg = call.leg
        self._files = files
        self._language = language

    def can_be_asked(self) -> bool:
        """Whether all prompts that the caller must hear are on disk."""
        return all(self._path(part).exists() for part in _PARTS)

    def ask(self, position: Position) -> Keyed | None:
        """From the first question; `position` is the suppress node. Raises CallerHungUp."""
        return self._entries(position._replace(failures=0))

    def continue_with(self, reply: str | None) -> Keyed | None:
        """After a takeover; `reply` is what the caller keyed meanwhile. Raises CallerHungUp."""
        state = self._call.state
        position = state.position
        if state.phase == "keying":
            return self._entries(position, reply)
        number = parse_e164(state.keyed)
        if reply is None:
            return self._after(position, number, self._confirm(position, number))
        return self._after(position, number, Keypress(reply, max(0, now_ms() - state.asked_ms)))

    def _entries(self, position: Position, digits: str | None = None) -> Keyed | None:
        """`digits` are the reply to the question at `position`, where it is known already."""
        while position.failures < MAX_ENTRIES:
            if digits is None:
                position = _next(position)
                digits = self._key_in(position)
                if digits is None:
                    return None  # silence: the caller declines
            number = parse_keyed(digits, self._call.services.region)
            if number is not None:
                position = _next(position)
                return self._after(position, number, self._confirm(position, number))
            position, digits = position._replace(failures=position.failures + 1), None
        return None

    def _after(self, position: Position, number: E164, reply: Keypress) -> Keyed | None:
        if reply.digit == YES:
            return Keyed(number, reply.ms, name_of(self._path(_CONFIRM)))
        if reply.digit is None:
            return None
        return self._entries(position._replace(failures=position.failures + 1))

    def _key_in(self, position: Position) -> str | None:
        self._call.state.keyed = ""
        gather = commands.gather_digits(str(self._path("key_number")), _WAIT_S, _BETWEEN_S)

        def ask() -> Keypress:
            state = self._call.stand(position, now_ms(), "keying")
            return self._leg.ask_digits(gather, digit_variable(position), state, _WAIT_S)

        return self._until_answered(ask).digit

    def _confirm(self, position: Position, number: E164) -> Keypress:
        self._call.state.keyed = number
        gather = commands.gather(str(self._path(_CONFIRM)), _WAIT_S)

        def ask() -> Keypress:
            for digit in number.removeprefix("+"):
                self._leg.with_next(commands.playback(str(self._path(digit))))
            state = self._call.stand(position, now_ms(), "confirming")
            return self._leg.ask(gather, digit_variable(position), state, _WAIT_S)

        return self._until_answered(ask)

    def _until_answered(self, ask: Callable[[], Keypress]) -> Keypress:
        """The reply, asked for again after a key that no telephone has and after a hold, which cost no entry."""
        for _ in range(MAX_ASKED):
            reply = ask()
            self._require_caller(reply)
            if reply.digit is None:
                if self._leg.wait_out_hold() is None:
                    return reply
                self._require_caller(reply)
            elif reply.digit in EXTRA_DIGITS:
                self._leg.keep_digits()
            else:
                return reply
        return Keypress(None, 0)

    def _path(self, name: str) -> Path:
        return self._files.heard_system(name, self._language)

    def _require_caller(self, reply: Keypress) -> None:
        # Digits keyed before the hang-up count.
        if reply.digit is None and self._leg.hung_up:
            raise CallerHungUp


def _next(position: Position) -> Position:
    """Each question has a digit variable of its own."""
    return position._replace(steps=position.steps + 1)
