"""Texts with variables: their parts, what is recorded of them, and what is wrong with braces."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.menu.fields import AUDIO_NAME
from ivr.domain.menu.templates import (
    PART_AUDIO,
    Fixed,
    SaidVariable,
    brace_faults,
    fill_name,
    filled,
    fixed_parts,
    has_variables,
    part_audio,
    sentences_of,
    variables_in,
    without_variables,
    written_sentences,
)
from ivr.domain.menu.variables import Memory, Value


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "Your balance is {balance:money}. Goodbye.",
            (
                (Fixed("Your balance is,", True), SaidVariable("balance", "money", ends_sentence=True)),
                (Fixed("Goodbye."),),
            ),
        ),
        ("{a.b} {a.c} is busy.", ((SaidVariable("a.b"), SaidVariable("a.c"), Fixed("is busy.")),)),
        ("Hello. How are you? {x}!", ((Fixed("Hello. How are you?"),), (SaidVariable("x", ends_sentence=True),))),
        ("Call Dr. {name} now.", ((Fixed("Call Dr.", True), SaidVariable("name"), Fixed("now.")),)),
        ("You owe {x:money:eur} now", ((Fixed("You owe,", True), SaidVariable("x", "money", "EUR"), Fixed("now")),)),
        ("{a}, {b}.", ((SaidVariable("a"), SaidVariable("b", ends_sentence=True)),)),
        ("No variable. At all.", ((Fixed("No variable. At all."),),)),
        ("{caller}{called:last4}", ((SaidVariable("caller"), SaidVariable("called", "last4", ends_sentence=True)),)),
        ("...", ()),
    ],
)
def test_a_text_is_split_into_sentences_and_parts(text, sentences):
    assert sentences_of(text) == sentences


@pytest.mark.parametrize("text", ["{{name}}", "{name", "name}", "{Name}", "{ name }", "{random}", "{}", "{a:b:c:d}"])
def test_what_is_no_variable_is_read_out_and_warned_of(text):
    assert not has_variables(text)
    assert variables_in(text) == ()
    assert [fault.code for fault in brace_faults(f"Hello {text}.")] == ["stray_brace"]
    assert filled(text, Memory(values={"name": "Ann"})) == text


def test_unknown_formats_and_currencies_are_warned_of_in_plain_words():
    (fault,) = brace_faults("{x:moeny}")
    assert fault.code == "unknown_format"
    assert "moeny is no way to say a variable" in fault.message
    (fault,) = brace_faults("{x:money:yen}")
    assert fault.code == "unknown_currency"
    assert "yen is no currency" in fault.message
    assert [each.code for each in brace_faults("{x:date:USD}")] == ["unknown_currency"]
    assert sentences_of("{x:moeny}") == ((SaidVariable("x", ends_sentence=True),),)
    assert not list(brace_faults("{x:money:gbp} {y} {z:last4}"))


def test_parts_are_recorded_once_for_the_same_words_and_voice():
    parts = fixed_parts("Hi {x}. Bye {x}. Hi {y}.")
    assert parts == (Fixed("Hi,", True), Fixed("Bye,", True))
    names = {part_audio(part, voice) for part in parts for voice in ("joe", "amy")}
    assert len(names) == 4
    assert all(AUDIO_NAME.fullmatch(name) and PART_AUDIO.fullmatch(name) for name in names)
    assert part_audio(Fixed("Hi,"), "joe") != part_audio(Fixed("Hi,", True), "joe")


def test_a_filled_text_masks_what_is_secret():
    values: dict[str, Value] = {"x": 5, "pin": "1234", "card": "99991234"}
    memory = Memory("+14805550199", values=values, secrets=frozenset({"pin"}))
    text = "{x} of {pin:digits} for {card:last4}, {nobody}"
    assert filled(text, memory) == "5 of ••• for 1234, "
    assert without_variables("Press {x:last4} 1") == "Press   1"


def test_a_number_of_the_call_stays_a_name_in_a_record():
    memory = Memory("+14805550199", "+14155550100", values={"to": "+14805550199", "note": "from 14805550199"})
    text = "{caller:last4} {to} {called} {note} {note:digits}"
    assert filled(text, memory, for_record=True) == text
    assert filled("{caller:last4} {to}", memory) == "0199 +14805550199"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("north", "open-north.wav"), (7, "open-7.wav"), ("a_B-9", "open-a_B-9.wav"), (True, "open-true.wav"),
        ("", None), ("../../etc/passwd", None), ("a.wav", None), ("a b", None), ("a!b", None), ("a\n", None),
        ("é", None), ("${x}", None), ("x" * 60, None), ("x" * 65, None), ("'", None), ("a,b^^", None),
    ],
)  # fmt: skip
def test_a_value_in_an_audio_name_is_a_part_of_a_name_or_none(value, name):
    assert fill_name("open-{line}.wav", Memory(values={"line": value})) == name


@given(st.text(st.sampled_from("ab {}.:1_!?xyz\n"), max_size=60))
def test_any_text_splits_without_losing_a_word_or_a_variable(text):
    sentences = sentences_of(text)
    slots = [part.name for sentence in sentences for part in sentence if isinstance(part, SaidVariable)]
    assert tuple(slots) == variables_in(text)
    said = "".join(part.text for sentence in sentences for part in sentence if isinstance(part, Fixed))
    assert re.findall(r"[a-z1]", said) == re.findall(r"[a-z1]", without_variables(text))
    for sentence in sentences:
        assert sentence
    written = "".join(each.text for each in written_sentences(text))
    assert variables_in(written) == variables_in(text)
    assert re.findall(r"[a-z1]", written) == re.findall(r"[a-z1]", text)
