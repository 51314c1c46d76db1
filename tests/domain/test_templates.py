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
    Slot,
    brace_faults,
    filled,
    fixed_parts,
    has_variables,
    part_audio,
    sentences_of,
    variables_in,
    without_variables,
)
from ivr.domain.menu.variables import Memory


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "Your balance is {balance:money}. Goodbye.",
            (
                (Fixed("Your balance is,", True), Slot("balance", "money", ends_sentence=True)),
                (Fixed("Goodbye."),),
            ),
        ),
        ("{who.title} {who.name} is busy.", ((Slot("who.title"), Slot("who.name"), Fixed("is busy.")),)),
        ("Hello. How are you? {x}!", ((Fixed("Hello. How are you?"),), (Slot("x", ends_sentence=True),))),
        ("Call Dr. {name} now.", ((Fixed("Call Dr.", True), Slot("name"), Fixed("now.")),)),
        ("You owe {x:money:eur} now", ((Fixed("You owe,", True), Slot("x", "money", "EUR"), Fixed("now")),)),
        ("{a}, {b}.", ((Slot("a"), Slot("b", ends_sentence=True)),)),
        ("No variable. At all.", ((Fixed("No variable. At all."),),)),
        ("{caller}{called:last4}", ((Slot("caller"), Slot("called", "last4", ends_sentence=True)),)),
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
    assert sentences_of("{x:moeny}") == ((Slot("x", ends_sentence=True),),)
    assert not list(brace_faults("{x:money:gbp} {y} {z:last4}"))


def test_parts_are_recorded_once_for_the_same_words_and_voice():
    parts = fixed_parts("Hi {x}. Bye {x}. Hi {y}.")
    assert parts == (Fixed("Hi,", True), Fixed("Bye,", True))
    names = {part_audio(part, voice) for part in parts for voice in ("joe", "amy")}
    assert len(names) == 4
    assert all(AUDIO_NAME.fullmatch(name) and PART_AUDIO.fullmatch(name) for name in names)
    assert part_audio(Fixed("Hi,"), "joe") != part_audio(Fixed("Hi,", True), "joe")


def test_a_filled_text_masks_what_is_secret():
    memory = Memory("+14805550199", values={"x": 5, "pin": "1234"}, secrets=frozenset({"pin"}))
    text = "{x} of {pin:digits} for {caller:last4}, {nobody}"
    assert filled(text, memory) == "5 of ••• for 0199, "
    assert without_variables("Press {x:last4} 1") == "Press   1"


@given(st.text(st.sampled_from("ab {}.:1_!?xyz\n"), max_size=60))
def test_any_text_splits_without_losing_a_word_or_a_variable(text):
    sentences = sentences_of(text)
    slots = [part.name for sentence in sentences for part in sentence if isinstance(part, Slot)]
    assert tuple(slots) == variables_in(text)
    said = "".join(part.text for sentence in sentences for part in sentence if isinstance(part, Fixed))
    assert re.findall(r"[a-z1]", said) == re.findall(r"[a-z1]", without_variables(text))
    for sentence in sentences:
        assert sentence
