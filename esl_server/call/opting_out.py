"""Opt-outs of a call: the one event they are kept as, and the number of a caller who withheld it.

A caller without a number has opted out at the key press, and that is on disk before they are asked anything. They may
then key their number; it is read back digit by digit, and confirmed with 1 it is an event of its own, source `keyed`.
Two entries at most: a caller who is silent, or says no twice, is left unidentified. The call state tells which of the
questions was asked, so that a new worker goes on with it. What is keyed goes into no step of the call record.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, Protocol

from esl_server.call.state import CallState, Phase, digit_variable, find_digit, find_digits
from esl_server.switch import commands
from esl_server.switch.leg import Keypress, Leg
from ivr.domain.call_records import CallRecord, utc_now
from ivr.domain.dnc.events import OptOut, Source, keyed_id, opt_out_id
from ivr.domain.errors import CallerHungUp
from ivr.domain.menu.moves import Position
from ivr.domain.numbers import E164, parse_e164, parse_keyed

MAX_ENTRIES = 2
YES = "1"
_WAIT_S = 8.0
_BETWEEN_S = 4.0
_PARTS = ("key_number", "confirm_number", *"0123456789")
_CONFIRM = "confirm_number"


def opt_out_of(
    record: CallRecord,
    source: Source,
    node: str,
    key: str | None = None,
    ms: int | None = None,
    heard: tuple[str | None, str | None] = (None, None),
) -> OptOut:
    """The opt-out of a call; `heard` is the prompt's file and its words."""
    return OptOut(
        event_id=opt_out_id(record.call_id),
        number=record.ani,
        number_raw=record.ani_raw,
        source=source,
        pressed_at=utc_now(),
        call_id=record.call_id,
        did=record.did,
        ivr_id=record.ivr_id,
        ivr_version=record.ivr_version,
        node=node,
        key=key,
        ms_into_question=ms,
        prompt_file=heard[0],
        prompt_text=heard[1],
    )


class Keyed(NamedTuple):
    """A number that its caller confirmed; `ms` from the beginning of the last question to his key."""

    number: E164
    ms: int

    def event(self, record: CallRecord, node: str) -> OptOut:
        heard = f"system/{_CONFIRM}.wav", f"{' '.join(self.number)}. Press {YES} if this is your number"
        event = opt_out_of(record, "keyed", node, YES, self.ms, heard)
        return replace(event, event_id=keyed_id(event.event_id), number=self.number, number_raw=self.number)


class SystemFiles(Protocol):
    """Where the prompts that every menu shares are."""

    def system(self, name: str) -> Path: ...


class NumberAsked:
    """The questions. `encode` makes the text that the channel carries from a position and its phase."""

    def __init__(
        self,
        leg: Leg,
        files: SystemFiles,
        region: str,
        call: CallState,
        encode: Callable[[Position, int, Phase], commands.State],
    ) -> None:
        self._leg = leg
        self._files = files
        self._region = region
        self._call = call
        self._encode = encode

    def can_be_asked(self) -> bool:
        """Whether all that he must hear is on disk."""
        return all(self._files.system(part).exists() for part in _PARTS)

    def ask(self, position: Position) -> Keyed | None:
        """From the first question; `position` is the suppress node. Raises CallerHungUp."""
        return self._entries(Position(position.node, 0, position.steps))

    def go_on(self) -> Keyed | None:
        """With what a lost worker asked and the caller answered meanwhile, if he did."""
        position, channel = self._call.position, self._leg.channel
        if self._call.phase == "keying":
            digits = find_digits(channel, position)
            return self._entries(position) if digits is None else self._entries(position, digits)
        key = find_digit(channel, position)
        number = parse_e164(self._call.keyed)
        if key is None:
            return self._after(position, number, self._confirm(position, number))
        return self._after(position, number, Keypress(key, max(0, _now_ms() - self._call.asked_ms)))

    def _entries(self, position: Position, digits: str | None = None) -> Keyed | None:
        """`digits` are those of the question at `position`, where they were keyed already."""
        while position.failures < MAX_ENTRIES:
            if digits is None:
                position = _next(position)
                digits = self._key_in(position)
                if digits is None:
                    return None  # silent: he does not want to
            number = parse_keyed(digits, self._region)
            if number is not None:
                position = _next(position)
                return self._after(position, number, self._confirm(position, number))
            position, digits = Position(position.node, position.failures + 1, position.steps), None
        return None

    def _after(self, position: Position, number: E164, answer: Keypress) -> Keyed | None:
        if answer.digit == YES:
            return Keyed(number, answer.ms)
        if answer.digit is None:
            return None
        return self._entries(Position(position.node, position.failures + 1, position.steps))

    def _key_in(self, position: Position) -> str | None:
        self._call.keyed = ""
        gather = commands.gather_digits(self._path("key_number"), _WAIT_S, _BETWEEN_S)
        state = self._encode(position, _now_ms(), "keying")
        answer = self._leg.ask_digits(gather, digit_variable(position), state, _WAIT_S)
        self._require_caller(answer)
        return answer.digit

    def _confirm(self, position: Position, number: E164) -> Keypress:
        self._call.keyed = number
        for digit in number.removeprefix("+"):
            self._leg.with_next(commands.playback(self._path(digit)))
        gather = commands.gather(self._path(_CONFIRM), _WAIT_S)
        state = self._encode(position, _now_ms(), "confirming")
        answer = self._leg.ask(gather, digit_variable(position), state, _WAIT_S)
        self._require_caller(answer)
        return answer

    def _path(self, name: str) -> str:
        return str(self._files.system(name))

    def _require_caller(self, answer: Keypress) -> None:
        # What he keyed before he left counts.
        if answer.digit is None and self._leg.hung_up:
            raise CallerHungUp


def _next(position: Position) -> Position:
    """Each question has a key variable of its own."""
    return Position(position.node, position.failures, position.steps + 1)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
