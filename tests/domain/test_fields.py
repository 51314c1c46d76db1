"""What a field of a node takes, and how it is told to the API's clients and to the editor."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.domain.menu.digit_words import _words
from ivr.domain.menu.entries import ENTRY_PATTERN, ENTRY_RULE
from ivr.domain.menu.fields import (
    LABEL,
    MAX_RESULTS,
    Field,
    NumberField,
    ResultTargetsField,
    TargetField,
    WordField,
)
from ivr.domain.menu.prompt_fields import AUDIO_NAME_RULE, AudioField, OneAudioField, TextField
from ivr.domain.menu.question_fields import DigitTargetsField
from ivr.domain.menu.sequences import LANGUAGE_RULE
from ivr.domain.menu.starters import _said
from ivr.domain.menu.templates import AUDIO_TEMPLATE, MAX_AUDIO_NAME

WORD = WordField(name="voice", label="Voice", pattern=LABEL, code="invalid_voice", rule="one word", hint="Who speaks")
AUDIO = OneAudioField(name="audio", label="Audio")
AUDIOS = AudioField(name="audios", label="Audio")
AGAIN = AudioField(name="again", label="Audio", by_attempt=True)
TEXT = TextField(name="text", label="Text", max_length=5)
WHOLE = NumberField(name="n", label="N", least=1, most=3, default=2, step=1, code="invalid_n", rule="1 to 3")
HALVES = NumberField(name="s", label="S", least=1, most=3, default=1.5, step=0.5, code="invalid_s", rule="1 to 3 s")
TARGET = TargetField(name="to_node", label="To", way_out="no key", if_missing="the call ends")
DIGITS = DigitTargetsField(name="gather", label="Keys", code="empty_gather", description="Key -> node id.")
RESULTS = ResultTargetsField(name="results", label="R", way_out="after", if_missing="the call ends")
NODE_ID_REF = {"$ref": "#/components/schemas/NodeId"}
AUDIO_REF = {"$ref": "#/components/schemas/AudioName"}
SPEAKABLE, VISIBLE = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", r"[^\s\x00-\x1f\x7f-\x9f]"


def several(one: dict[str, Any]) -> dict[str, Any]:
    in_sequence = {"type": "array", "minItems": 1, "maxItems": 16, "items": one}
    by_language = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 8,
        "propertyNames": {"pattern": "^[a-z]{2,3}(?:-[A-Z]{2})?$"},
        "additionalProperties": {"anyOf": [one, in_sequence]},
    }
    return {"anyOf": [one, in_sequence, by_language]}


def nested(name: str, outer: str) -> str:
    return f"{name} has no list inside {outer}: write its items one after the other"


def described(field: Field) -> Field:
    return type(field)(**{**vars(field), "description": "What it is."})


@pytest.mark.parametrize(
    ("field", "schema"),
    [
        (WORD, {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"}),
        (AUDIO, AUDIO_REF),
        (
            TEXT,
            several(
                {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 5,
                    "pattern": f"^{SPEAKABLE}*{VISIBLE}{SPEAKABLE}*$",
                }
            ),
        ),
        (AUDIOS, several(AUDIO_REF)),
        (WHOLE, {"type": "integer", "minimum": 1, "maximum": 3, "default": 2}),
        (HALVES, {"type": "number", "minimum": 1, "maximum": 3, "default": 1.5}),
        (TARGET, NODE_ID_REF),
    ],
    ids=lambda each: each.name if isinstance(each, Field) else "",
)
def test_a_field_has_a_schema_and_its_description_stands_in_it(field: Field, schema: dict[str, Any]) -> None:
    assert field.schema() == schema
    inline: dict[str, dict[str, Any]] = {
        "audio": {"type": "string", "maxLength": MAX_AUDIO_NAME, "pattern": f"^{AUDIO_TEMPLATE.pattern}$"},
        "to_node": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
    }
    assert described(field).schema() == {**inline.get(field.name, schema), "description": "What it is."}


def test_digits_have_a_schema_of_their_own() -> None:
    assert DIGITS.schema() == {
        "type": "object",
        "description": "Key -> node id.",
        "minProperties": 1,
        "maxProperties": 100,
        "propertyNames": {"pattern": f"^(?:{ENTRY_PATTERN})$"},
        "additionalProperties": NODE_ID_REF,
    }


def test_results_have_one_node_or_one_for_each_word() -> None:
    assert RESULTS.schema() == {
        "oneOf": [
            {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": MAX_RESULTS,
                "propertyNames": {"pattern": r"^(?:[A-Za-z0-9_.-]{1,64}|\*)$"},
                "additionalProperties": NODE_ID_REF,
            },
        ]
    }


@pytest.mark.parametrize(
    ("field", "told"),
    [
        (RESULTS, {"type": "result_targets", "way_out": "after", "any": "*", "pattern": LABEL.pattern}),
        (WORD, {"type": "word", "pattern": LABEL.pattern, "rule": "one word"}),
        (TEXT, {"type": "text", "max_length": 5, "by_attempt": False}),
        (WHOLE, {"type": "number", "least": 1, "most": 3, "step": 1, "default": 2}),
        (TARGET, {"type": "target", "way_out": "no key"}),
        (
            DIGITS,
            {"type": "digit_targets", "digits": "123456789*0#", "way_out": "key {digit}", "pattern": ENTRY_PATTERN},
        ),
    ],
    ids=lambda each: each.name if isinstance(each, Field) else "",
)
def test_the_editor_is_told_labels_and_limits(field: Field, told: dict[str, Any]) -> None:
    labels = {name: getattr(field, name) for name in ("name", "label", "hint", "if_absent", "required", "more")}
    assert field.describe() == {**labels, **told}


RULE = "to_node is the name of a node: 1 to 64 letters, digits, underscores or hyphens"
NO_TEXT = "a prompt's text is 1 to 5 characters"
CONTROL = "a prompt's text has no control characters"
LEADS = "a key needs the name of a node: 1 to 64 letters, digits, underscores or hyphens"


@pytest.mark.parametrize(
    ("field", "value", "faults"),
    [
        (WORD, "ada", []), (WORD, "a b", [("invalid_voice", "one word", "voice")]),
        (WORD, 1, [("invalid_voice", "one word", "voice")]),
        (TEXT, "x", []), (TEXT, "12345", []), (TEXT, "", [("invalid_text", NO_TEXT, "text")]),
        (TEXT, "  ", [("invalid_text", NO_TEXT, "text")]), (TEXT, "123456", [("invalid_text", NO_TEXT, "text")]),
        (TEXT, None, [("invalid_text", NO_TEXT, "text")]), (TEXT, "a\x00", [("invalid_text", CONTROL, "text")]),
        (TEXT, "a\nb\tc", []), (TEXT, ["a", "b"], []), (TEXT, {"en": "a", "es": ["b", "c"]}, []),
        (TEXT, ["a", ""], [("invalid_text", NO_TEXT, "text", "1")]),
        (AUDIOS, ["a.wav", "b.wav"], []), (AUDIOS, {"en": "a.wav", "pt-BR": ["b.wav"]}, []),
        (AUDIOS, ["a.wav", "b"], [("invalid_audio", AUDIO_NAME_RULE, "audios", "1")]),
        (AUDIOS, ["a.wav", ["b.wav"]], [("invalid_audio", nested("audios", "a list"), "audios", "1")]),
        (TEXT, ["a", ["b"]], [("invalid_text", nested("text", "a list"), "text", "1")]),
        (TEXT, {"en": ["a", ["b"]]}, [("invalid_text", nested("text", "a list"), "text", "en", "1")]),
        (AUDIOS, [], [("invalid_audio", "a list in audios has 1 to 16 items", "audios")]),
        (AUDIOS, ["a.wav"] * 17, [("invalid_audio", "a list in audios has 1 to 16 items", "audios")]),
        (AUDIOS, {}, [("invalid_audio", "audios names 1 to 8 languages, or is the same in all", "audios")]),
        (AUDIOS, {"EN": "a.wav"}, [("invalid_language", LANGUAGE_RULE, "audios", "EN")]),
        (AUDIOS, {"en": {"es": "a.wav"}}, [("invalid_audio", AUDIO_NAME_RULE, "audios", "en")]),
        (AUDIOS, {"en": ["a"]}, [("invalid_audio", AUDIO_NAME_RULE, "audios", "en", "0")]),
        (AGAIN, ["a.wav", ["b.wav", "c.wav"]], []), (AGAIN, {"en": ["a.wav", ["b.wav"]]}, []),
        (AGAIN, [[["a.wav"]]], [("invalid_audio", nested("again", "the list of one attempt"), "again", "0", "0")]),
        (AUDIO, "a.wav", []), (AUDIO, ["a.wav"], [("invalid_audio", AUDIO_NAME_RULE, "audio")]),
        (WHOLE, 1, []), (WHOLE, 3, []), (WHOLE, 0, [("invalid_n", "1 to 3", "n")]),
        (WHOLE, 4, [("invalid_n", "1 to 3", "n")]), (WHOLE, 1.0, [("invalid_n", "1 to 3", "n")]),
        (WHOLE, True, [("invalid_n", "1 to 3", "n")]), (WHOLE, "2", [("invalid_n", "1 to 3", "n")]),
        (HALVES, 1.5, []), (HALVES, 3, []), (HALVES, 3.1, [("invalid_s", "1 to 3 s", "s")]),
        (TARGET, "a" * 64, []), (TARGET, "a" * 65, [("invalid_target", RULE, "to_node")]),
        (TARGET, None, [("invalid_target", RULE, "to_node")]),
        (DIGITS, {"1": "a", "*": "b", "#": "c"}, []),
        (DIGITS, {}, [("empty_gather", "gather needs at least one key that leads to a node", "gather")]),
        (DIGITS, ["1"], [("empty_gather", "gather needs at least one key that leads to a node", "gather")]),
        (
            DIGITS, {"1A": "a", "A": "b", "": "c", "2": "a b", "3": None},
            [("invalid_key", ENTRY_RULE, "gather", digit) for digit in ("1A", "A", "")]
            + [("invalid_target", LEADS, "gather", digit) for digit in "23"],
        ),
    ],
)  # fmt: skip
def test_a_field_names_all_that_is_wrong_with_its_value(
    field: Field, value: Any, faults: list[tuple[str, ...]]
) -> None:
    told: list[tuple[str, ...]] = []
    read = field.read(value, lambda *fault: told.append(fault))
    assert told == faults
    assert read == value
    assert isinstance(field.read(2, lambda *fault: None), float if field is HALVES else int)


def test_a_way_out_is_labelled_and_says_what_happens_while_its_node_is_missing() -> None:
    (way,) = TARGET.targets("bye")
    assert (way.path, way.target, way.label) == (("to_node",), "bye", "no key")
    assert way.if_missing == "bye does not exist: the call ends"
    assert list(TARGET.targets(None)) == []
    one, star = DIGITS.targets({"1": "a", "*": "b"})
    assert [(way.path, way.target, way.label) for way in (one, star)] == [
        (("gather", "1"), "a", "key 1"), (("gather", "*"), "b", "key *")
    ]  # fmt: skip
    assert star.if_missing == "key * leads to b, which does not exist: not offered until it does"
    assert list(WORD.targets("x")) == []


def test_a_prompt_of_a_starter_has_the_name_of_its_node() -> None:
    assert _said("bye", "Goodbye.", action="hangup") == {"audio": "bye.wav", "text": "Goodbye.", "action": "hangup"}


def test_words_of_a_list_are_told_apart_by_blanks() -> None:
    assert _words("press  or\ndial") == {"press", "or", "dial"}
