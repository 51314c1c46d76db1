"""The fields of a transfer whose callers may wait in a line until one of the people is free."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ivr.domain.lines.limits import MAX_WAIT_S, MAX_WAITING, USUAL_WAITING
from ivr.domain.lines.places import MAX_PRIORITY
from ivr.domain.menu.fields import DTMF_DIGITS, Fault, Field, NumberField, WayOut, WordField
from ivr.domain.menu.prompt_fields import AudioField
from ivr.domain.menu.question_fields import DigitTargetsField
from ivr.domain.menu.spoken import spoken_text

# What the words that are said to those who wait may say: their place, and for how many minutes they will wait.
POSITION, MINUTES = "line.position", "line.minutes"
LINE_VARIABLES = (POSITION, MINUTES)
SAID_EVERY_S = 60


@dataclass(frozen=True, kw_only=True)
class WaitKeysField(DigitTargetsField):
    """A way out for each of several keys, one digit each."""

    def read(self, value: Any, fault: Fault) -> Any:
        value = DigitTargetsField.read(self, value, fault)
        for key in value if isinstance(value, dict) else ():
            if key not in DTMF_DIGITS or len(key) != 1:
                fault("invalid_key", "a key of those who wait is one digit, * or #", self.name, key)
        return value

    def targets(self, value: Any) -> Iterator[WayOut]:
        return iter(()) if value is None else DigitTargetsField.targets(self, value)

    def schema(self) -> dict[str, Any]:
        one_key = {"pattern": rf"^[{re.escape(DTMF_DIGITS)}]$"}
        return {**DigitTargetsField.schema(self), "maxProperties": len(DTMF_DIGITS), "propertyNames": one_key}

    def way_label(self, path: tuple[str, ...]) -> str:
        return f"key {path[-1]} while they wait"

    def missing_text(self, way: WayOut) -> str:
        return f"key {way.path[-1]} leads to {way.target}, which does not exist: callers wait on"


WAITING_FIELDS: tuple[Field, ...] = (
    NumberField(
        name="wait_s",
        label="Longest wait in the line (s)",
        if_absent="Nobody waits: who is free is rung, or nobody",
        least=5,
        most=MAX_WAIT_S,
        default=None,
        step=1,
        code="invalid_wait",
        rule=f"wait_s is a whole number of seconds from 5 to {MAX_WAIT_S:,}",
        description="How long a caller waits for one of the people, in a line that all calls for this group share; "
        "they hear `hold_audio`. Afterwards the call goes on as by `no_answer`. Absent: there is no line.",
    ),
    NumberField(
        name="max_waiting",
        more=True,
        label="Most callers in the line",
        least=1,
        most=MAX_WAITING,
        default=USUAL_WAITING,
        step=1,
        code="invalid_max_waiting",
        rule=f"max_waiting is a whole number from 1 to {MAX_WAITING:,}",
        description="With so many in the line a further call goes on as by `full`.",
    ),
    NumberField(
        name="priority",
        more=True,
        label="Priority, minutes",
        least=0,
        most=MAX_PRIORITY,
        default=0,
        step=1,
        code="invalid_priority",
        rule=f"priority is a whole number from 0 to {MAX_PRIORITY}",
        description="The call is served as if it had come to the line so many minutes earlier.",
    ),
    WaitKeysField(
        name="wait_keys",
        more=True,
        label="Keys while they wait",
        code="empty_wait_keys",
        description="Key -> node id: a caller who waits leaves the line by it, to be called back, say.",
    ),
    AudioField(
        name="wait_audio",
        more=True,
        label="Audio said while they wait",
        if_absent="Only the audio while it rings",
        description="Said on coming to the line and every `wait_every_s`; it may say the variables `line.position` "
        "and `line.minutes`.",
    ),
    spoken_text("wait_text", "wait_audio", "Text said while they wait"),
    WordField(
        name="place_key",
        more=True,
        label="Key that says it again",
        hint="A caller who waits hears by it what number they are.",
        if_absent="None",
        pattern=re.compile(rf"[{re.escape(DTMF_DIGITS)}]", re.ASCII),
        code="invalid_place_key",
        rule="place_key is one key: a digit, * or #",
        description="A key by which a caller who waits hears `wait_audio` at once.",
    ),
    NumberField(
        name="wait_every_s",
        more=True,
        label="Said every (s)",
        least=15,
        most=900,
        default=SAID_EVERY_S,
        step=1,
        code="invalid_wait_every",
        rule="wait_every_s is a whole number of seconds from 15 to 900",
        description="The pause between two times of `wait_audio`.",
    ),
    NumberField(
        name="wrap_up_s",
        more=True,
        label="Time after a talk (s)",
        least=0,
        most=600,
        default=0,
        step=1,
        code="invalid_wrap_up",
        rule="wrap_up_s is a whole number of seconds from 0 to 600",
        description="For so long after a talk the person gets no other call of a line.",
    ),
)
