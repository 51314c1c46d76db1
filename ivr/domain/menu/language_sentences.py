"""The one sentence in which a language offers itself: "Para español, oprima el 2."

A table of what Digitree can say by itself, one entry for each language. A voice speaks them when a menu is saved,
into PROMPTS/languages under the names that `audio_of` gives them, which no prompt of a menu can have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple


class Sentence(NamedTuple):
    """`{key}` in `text` stands for `star`, `pound` or a digit, which `digit` leads in."""

    text: str
    star: str
    pound: str
    digit: str = "{key}"


SENTENCES: Mapping[str, Sentence] = {
    "en": Sentence("For English, press {key}.", "star", "pound"),
    "es": Sentence("Para español, oprima el {key}.", "asterisco", "numeral"),
    "fr": Sentence(
        "Pour le français, appuyez sur {key}.", "la touche étoile", "la touche dièse", digit="le {key}"
    ),
    "de": Sentence("Für Deutsch drücken Sie die {key}.", "Sterntaste", "Rautetaste"),
    "pt": Sentence("Para português, tecle {key}.", "asterisco", "jogo da velha"),
    "it": Sentence("Per l'italiano, prema {key}.", "asterisco", "cancelletto"),
    "nl": Sentence("Voor Nederlands, toets {key}.", "het sterretje", "het hekje"),
    "pl": Sentence("Aby wybrać język polski, naciśnij {key}.", "gwiazdkę", "krzyżyk"),
    "sv": Sentence("För svenska, tryck {key}.", "stjärna", "fyrkant"),
}
FOLDER = "languages"
SENTENCE_NAME = re.compile(r"[a-z]{2,3}(?:-[A-Z]{2})?-(?:[0-9]|star|pound)", re.ASCII)
SENTENCE_FILE = re.compile(rf"{FOLDER}/{SENTENCE_NAME.pattern}\.wav", re.ASCII)
_KEY_NAMES = {"*": "star", "#": "pound"}
_KEYS = {name: key for key, name in _KEY_NAMES.items()}


def has_sentence(language: str) -> bool:
    """Whether Digitree has a sentence in this language, or in the one that it is a dialect of."""
    return _base(language) in SENTENCES


def sentence_of(language: str, key: str) -> str:
    """What offers this language by this key; in English, by its code, where there is no sentence in it."""
    base = _base(language)
    if base not in SENTENCES:
        return f"For the language {language}, press {_KEY_NAMES.get(key, key)}."
    text, star, pound, digit = SENTENCES[base]
    return text.format(key={"*": star, "#": pound}.get(key) or digit.format(key=key))


def name_of(language: str, key: str) -> str:
    """`es-2`, `pt-BR-star`."""
    return f"{language}-{_KEY_NAMES.get(key, key)}"


def audio_of(language: str, key: str) -> str:
    """Its file below the prompt directory: `languages/es-2.wav`."""
    return f"{FOLDER}/{name_of(language, key)}.wav"


def find_sentence(file: str) -> str | None:
    """What is said in a file that `audio_of` names; None for any other."""
    if not SENTENCE_FILE.fullmatch(file):
        return None
    key = file.removesuffix(".wav").rpartition("-")[2]
    return sentence_of(language_of(file), _KEYS.get(key, key))


def language_of(file: str) -> str:
    """The language that a file which `audio_of` names offers."""
    return file.removeprefix(f"{FOLDER}/").rpartition("-")[0]


def _base(language: str) -> str:
    return language.partition("-")[0]
