"""Texts with variables: "Your balance is {balance:money}." What is the same in every call is recorded when the text
is spoken; the values are known in the call alone.

What is no well-formed variable stays as it is written, so that every text that was ever stored still loads;
`brace_faults` says what was probably meant.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

from ivr.domain.menu.fields import AUDIO_NAME
from ivr.domain.menu.variables import CALLED, CALLER, NAME_PATTERN, Memory, text_of
from ivr.domain.spoken.money import CURRENCIES
from ivr.domain.spoken.say import FORMATS, SayAs, shortened

_NAME = rf"(?:{CALLER}|{CALLED}|{NAME_PATTERN.replace('$', '[:}]')})"
# A variable in a text: its name, how it is said, and the currency of an amount.
SLOT = re.compile(
    rf"(?<!\{{)\{{(?P<name>{_NAME})(?::(?P<as>[A-Za-z0-9_]{{1,20}}))?(?::(?P<in>[A-Za-z]{{1,8}}))?\}}(?!\}})"
)
_BRACE = re.compile(r"\{\{[^{}]*\}\}|\{[^{}]*\}|[{}]")
_SOUNDED = re.compile(r"[^\W_]")
# Their full stop ends no sentence.
_SHORT = ("Dr", "Mr", "Ms", "Mrs", "St", "No")
_NOT_SHORT = "".join(rf"(?<!\b{short}\.)" for short in _SHORT)
_SENTENCE_END = re.compile(rf"(?<=[.!?…]){_NOT_SHORT}\s+")
_SHORT_LAST = re.compile(rf"\b(?:{'|'.join(_SHORT)})\.$")
_ENDS = re.compile(r"\s*[.!?…]")
_CLAUSE_MARKS = ".,;:!?…)]}'\"”’–—- "
MASK = "•••"
MAX_SHOWN = 1000
_NAME_PART = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
# An audio name in which variables may stand, of at most MAX_AUDIO_NAME characters; or one variable, which holds an
# audio name or a sound.
_VARIABLE = rf"\{{{_NAME}\}}"
AUDIO_TEMPLATE = re.compile(rf"(?:(?:[A-Za-z0-9_-]|{_VARIABLE}){{1,64}}\.wav|{_VARIABLE})", re.ASCII)
_ONE_VARIABLE = re.compile(rf"\{{({_NAME})\}}", re.ASCII)
MAX_AUDIO_NAME = 200
# The audio names of recorded parts, which are no author's.
PART_AUDIO = re.compile(r"said-[0-9a-f]{24}\.wav", re.ASCII)


class Fixed(NamedTuple):
    """Words that are the same in every call, as a voice is asked to say them. `goes_on`: a variable follows in the
    same sentence."""

    text: str
    goes_on: bool = False


class SaidVariable(NamedTuple):
    """A variable, how it is said, and the currency of an amount; None: as the value, or the installation, has it.
    `ends_sentence`: the voice goes down."""

    name: str
    say_as: SayAs | None = None
    currency: str | None = None
    ends_sentence: bool = False


Part: TypeAlias = Fixed | SaidVariable
# Said whole or, where a value in it cannot be said, not at all.
Sentence: TypeAlias = tuple[Part, ...]


class BraceFault(NamedTuple):
    """What is wrong with braces in a text, for people."""

    code: str
    message: str


class Written(NamedTuple):
    """A sentence, and the same as its author wrote it."""

    sentence: Sentence
    text: str


@lru_cache(maxsize=4096)
def written_sentences(text: str) -> tuple[Written, ...]:
    """Those without a variable that follow one another are one. What makes no sound is no part."""
    read: list[tuple[list[Part], list[str]]] = [([], [])]
    for written, literal, slot, begins in _pieces(text):
        if begins:
            read.append(([], []))
        parts, words = read[-1]
        words.append(written)
        if slot is not None:
            parts.append(slot)
        elif _SOUNDED.search(literal):
            parts.append(Fixed(literal))
    return tuple(_joined([(parts, "".join(words).strip()) for parts, words in read if parts]))


def sentences_of(text: str) -> tuple[Sentence, ...]:
    """The sentences of `written_sentences`."""
    return tuple(each.sentence for each in written_sentences(text))


def _joined(sentences: list[tuple[list[Part], str]]) -> Iterator[Written]:
    plain: list[str] = []
    texts: list[str] = []
    for sentence, text in sentences:
        if not any(isinstance(part, SaidVariable) for part in sentence):
            plain += [part.text for part in sentence if isinstance(part, Fixed)]
            texts.append(text)
            continue
        if plain:
            yield Written((Fixed(" ".join(plain)),), " ".join(texts))
            plain, texts = [], []
        last = len(sentence) - 1
        parts = tuple(
            Fixed(_before_variable(part.text), goes_on=True) if isinstance(part, Fixed) and at < last else part
            for at, part in enumerate(sentence)
        )
        yield Written(parts, text)
    if plain:
        yield Written((Fixed(" ".join(plain)),), " ".join(texts))


def _pieces(text: str) -> Iterator[tuple[str, str, SaidVariable | None, bool]]:
    """(as it is written, words, variable, whether a sentence begins with it): words or a variable in turn."""
    end = 0
    for found in SLOT.finditer(text):
        literals = _SENTENCE_END.split(text[end : found.start()])
        for at, literal in enumerate(literals):
            yield literal, _clean(literal, inside=at == 0 and end > 0), None, at > 0
        end = found.end()
        say_as = cast(SayAs, found["as"]) if found["as"] in FORMATS else None
        currency = (found["in"] or "").upper()
        ends = not _SOUNDED.search(text, end) or _ENDS.match(text, end) is not None
        slot = SaidVariable(found["name"], say_as, currency if currency in CURRENCIES else None, ends)
        yield found[0], "", slot, False
    for at, literal in enumerate(_SENTENCE_END.split(text[end:])):
        yield literal, _clean(literal, inside=at == 0 and end > 0), None, at > 0


def _clean(literal: str, *, inside: bool) -> str:
    """`inside`: without the punctuation after a variable, which a voice would begin with."""
    plain = " ".join(literal.split())
    return plain.lstrip(_CLAUSE_MARKS) if inside else plain


def _before_variable(text: str) -> str:
    """With the voice going on."""
    return text if _SHORT_LAST.search(text) else text.rstrip(_CLAUSE_MARKS) + ","


def has_variables(text: str) -> bool:
    return "{" in text and SLOT.search(text) is not None


def variables_in(text: str) -> tuple[str, ...]:
    """The variables that a text names, in their order."""
    return tuple(found["name"] for found in SLOT.finditer(text)) if "{" in text else ()


def fixed_parts(text: str) -> tuple[Fixed, ...]:
    """What is recorded for a text with variables, each once."""
    parts = (part for sentence in sentences_of(text) for part in sentence)
    return tuple(dict.fromkeys(part for part in parts if isinstance(part, Fixed)))


def part_audio(part: Fixed, voice: str) -> str:
    """The audio name of a recorded part: the same words in the same voice are recorded once for a menu."""
    told = f"{voice}\n{int(part.goes_on)}\n{part.text}"
    return f"said-{hashlib.sha256(told.encode()).hexdigest()[:24]}.wav"


def part_names(text: str, voice: str) -> set[str]:
    """The audio names of all that is recorded of a text."""
    return {part_audio(part, voice) for part in fixed_parts(text)}


def without_variables(text: str) -> str:
    """What of it can be read as words."""
    return SLOT.sub(" ", text) if "{" in text else text


def filled(text: str, memory: Memory, *, for_record: bool = False) -> str:
    """What callers hear, as a text; secrets are masked. `for_record`: a number of the call stays a name, since
    it stands in the record where it can be erased."""

    def shown(found: re.Match[str]) -> str:
        if found["name"] in memory.secrets:
            return MASK
        text = text_of(memory.find(found["name"]))
        if for_record and any(number and number[1:] in text for number in (memory.caller, memory.called)):
            return found[0]
        return shortened(text) if found["as"] == "last4" else text

    return SLOT.sub(shown, text)[:MAX_SHOWN]


def one_variable(name: str) -> str | None:
    """The variable that holds the whole of an audio name, as in `{sound}`; None for any other name."""
    found = _ONE_VARIABLE.fullmatch(name)
    return found[1] if found else None


def fill_name(name: str, memory: Memory) -> str | None:
    """An audio name with its variables replaced: `open-{line}.wav`; None where a value is no part of a name, or the
    name is too long."""
    for each in variables_in(name):
        if not _NAME_PART.fullmatch(text_of(memory.find(each))):
            return None
    filled_in = SLOT.sub(lambda found: text_of(memory.find(found["name"])), name)
    return filled_in if AUDIO_NAME.fullmatch(filled_in) else None


def named_like(name: str, names: Iterable[str]) -> list[str]:
    """Those of these audio names that this one, with variables in it, may stand for."""
    plain = SLOT.split(name)[:: SLOT.groups + 1]
    pattern = re.compile(r"[A-Za-z0-9_-]{1,64}".join(re.escape(each) for each in plain))
    return [each for each in names if pattern.fullmatch(each)]


def brace_faults(text: str) -> Iterator[BraceFault]:
    """Everything in braces that is no variable, or is not said as its author thinks."""
    if "{" not in text and "}" not in text:
        return
    for found in SLOT.finditer(text):
        if found["as"] is not None and found["as"] not in FORMATS:
            message = f"{found['as']} is no way to say a variable, so {found['name']} is said as it is; there are "
            yield BraceFault("unknown_format", message + ", ".join(FORMATS))
        elif found["in"] is not None and (found["as"] != "money" or found["in"].upper() not in CURRENCIES):
            message = f"{found['in']} is no currency here; after money there may be "
            yield BraceFault("unknown_currency", message + ", ".join(CURRENCIES))
    for found in _BRACE.finditer(SLOT.sub("", text)):
        heard = "is not spoken" if found[0].startswith("{{") else "is read out as it is written"
        message = (
            f"{found[0]} {heard}; a variable stands in one pair of braces, as in {{name}} or "
            "{name:money}, and has small letters, digits, underscores and dots"
        )
        yield BraceFault("stray_brace", message)
