"""The fields that a question has of its own, in the order in which they stand in a node."""

from __future__ import annotations

import re

from ivr.domain.menu.choice_field import ChoiceField
from ivr.domain.menu.fields import Field, NumberField, TargetField, WordField
from ivr.domain.menu.prompt_fields import AudioField
from ivr.domain.menu.question_fields import AttemptsField, DigitTargetsField, FlagField
from ivr.domain.menu.spoken import spoken_text
from ivr.domain.menu.value_fields import VariableField

NO_INPUT_WAIT_S = 5.0
MAX_ATTEMPTS = 3
BETWEEN_S = 3.0
# What becomes of keys that were pressed before a question.
FLUSH, KEEP = "flush", "keep"
_END_KEY = re.compile(r"[0-9*#]|none", re.ASCII)

GATHER_FIELDS: tuple[Field, ...] = (
DigitTargetsField(
    name="gather",
    label="Keys",
    code="empty_gather",
    description="Key -> node id. A key is a digit, `*` or `#`, or several: `101`, `XXXXX`, `X{6,16}`, where "
    "X is any digit. The longest entry wins, and of two that fit the narrower one.",
    required=True,
),
TargetField(
    name="timeout_node",
    label="If no key is pressed",
    if_absent="Ask again",
    way_out="no key",
    if_missing="without a key the same question is asked again",
),
NumberField(
    name="timeout_s",
    label="Wait, seconds",
    least=1,
    most=60,
    default=NO_INPUT_WAIT_S,
    step=0.5,
    code="invalid_timeout",
    rule="timeout_s is 1 to 60 seconds",
),
AttemptsField(
    name="max_attempts",
    label="Attempts",
    least=1,
    most=10,
    default=MAX_ATTEMPTS,
    step=1,
    code="invalid_max_attempts",
    rule="max_attempts is a whole number from 1 to 10",
    description="Silences and wrong entries in a row, together or each: `{no_input: 2, no_match: 5}`.",
),
TargetField(
    name="no_input_node",
    more=True,
    label="After the last silence",
    if_absent="Say goodbye and hang up",
    way_out="silence again",
    if_missing="after the last silence callers hear a goodbye and the call ends",
    description="Where the call goes when the attempts are used up by a silence.",
),
TargetField(
    name="no_match_node",
    more=True,
    label="After the last wrong key",
    if_absent="Say goodbye and hang up",
    way_out="wrong again",
    if_missing="after the last wrong key callers hear a goodbye and the call ends",
    description="Where the call goes when the attempts are used up by a wrong entry.",
),
AudioField(
    name="again_audio",
    more=True,
    label="Audio from the second attempt on",
    if_absent="The same again",
    by_attempt=True,
    instead="the question's own prompt",
    description="The prompt from the second attempt on; a list: one for each attempt, the last reused.",
),
spoken_text("again_text", "again_audio", "Text from the second attempt on"),
AudioField(
    name="no_input_audio",
    more=True,
    label="Audio after silence",
    if_absent="Nothing",
    description="Played before the question is asked again after a silence.",
),
spoken_text("no_input_text", "no_input_audio", "Text after silence"),
AudioField(
    name="no_match_audio",
    more=True,
    label="Audio after a wrong key",
    if_absent="That was not a valid choice",
    instead="that this was not a valid choice",
    description="Played before the question is asked again after a wrong entry.",
),
spoken_text("no_match_text", "no_match_audio", "Text after a wrong key"),
FlagField(
    name="barge_in",
    more=True,
    default=True,
    label="Keys cut the prompt short",
    description="false: the prompt is played to its end, and only then the question waits for keys.",
),
ChoiceField(
    name="type_ahead",
    more=True,
    label="Keys pressed before the question",
    options=((FLUSH, "Are dropped"), (KEEP, "Answer it")),
    description="`keep`: keys pressed before the question answer it, so that callers who know the menu need "
    "not listen. With `barge_in` false those pressed during the prompt do so, too.",
),
VariableField(
    name="save",
    more=True,
    label="Keep what was keyed as",
    hint="The name of a variable.",
    if_absent="It is not kept",
    description="The variable that keeps what was keyed.",
),
FlagField(
    name="secret",
    more=True,
    label="What was keyed is secret",
    description="What was keyed is in no record, no log and no page, and encrypted in the call's state.",
),
WordField(
    name="end_key",
    more=True,
    label="Key that ends an entry",
    if_absent="#, where entries have several digits",
    pattern=_END_KEY,
    code="invalid_end_key",
    rule="end_key is one of 0-9, * or #, or none",
    description="The key that ends an entry of several digits before it is complete by itself; `none`: none.",
),
NumberField(
    name="between_s",
    more=True,
    label="Wait between digits, seconds",
    least=1,
    most=20,
    default=BETWEEN_S,
    step=0.5,
    code="invalid_between_s",
    rule="between_s is 1 to 20 seconds",
    description="The wait for another digit while an entry may still grow.",
),
NumberField(
    name="entry_s",
    more=True,
    label="Time for a whole entry, seconds",
    least=1,
    most=120,
    default=None,
    step=0.5,
    code="invalid_entry_s",
    rule="entry_s is 1 to 120 seconds",
    description="The time for a whole entry, from the end of the prompt. Absent: `timeout_s`, and "
    "`between_s` for each digit, bound it.",
),
)
