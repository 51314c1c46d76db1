"""The languages that Digitree speaks by itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ivr.domain.system_prompts import de, en, es, fr, it, pt
from ivr.domain.system_prompts.words import SystemWords

ENGLISH = en.WORDS
LANGUAGES: dict[str, SystemWords] = {
    each.WORDS.language: each.WORDS for each in (en, es, fr, de, pt, it)
}
# The folder of the recordings, below the prompt directory. English lies in it, each other language in one of its own.
FOLDER = "system"
# Before the keys in the name of a recording that offers them.
KEYS = "keys-"


def first_subtag(language: str) -> str:
    """`pt` of pt-BR, pt_BR and pt."""
    return language.replace("_", "-").partition("-")[0].lower()


@lru_cache(maxsize=256)
def find_words(language: str) -> SystemWords | None:
    """Those of a menu's language or a voice's, of any country; None where Digitree does not speak it."""
    wanted = first_subtag(language)
    return next((each for code, each in LANGUAGES.items() if first_subtag(code) == wanted), None)


def words_for(language: str) -> SystemWords:
    """What a caller of this language hears as far as it is spoken: English where Digitree does not speak theirs."""
    return find_words(language) or ENGLISH


def languages_of(language: str) -> Iterator[str]:
    """The languages whose recordings a caller may hear, in order of preference: theirs, then English."""
    code = words_for(language).language
    yield code
    if code != ENGLISH.language:
        yield ENGLISH.language


def name_file(language: str, name: str) -> str:
    """How records name a system prompt: system/goodbye.wav, system/es/goodbye.wav."""
    return f"{FOLDER}/{name}.wav" if language == ENGLISH.language else f"{FOLDER}/{language}/{name}.wav"


def read_file(file: str) -> tuple[SystemWords, str] | None:
    """The inverse: the language's words and the prompt's name; None for any other file."""
    folder, _, rest = file.partition("/")
    *languages, name = rest.removesuffix(".wav").split("/")
    if folder != FOLDER or not name or not file.endswith(".wav") or languages[1:]:
        return None
    words = LANGUAGES.get(languages[0]) if languages and languages[0] != ENGLISH.language else None
    if languages:
        return (words, name) if words is not None else None
    return ENGLISH, name


def find_text(file: str) -> str | None:
    """What is said in a system prompt that records name, of the keys read out too; None where it is none."""
    found = read_file(file)
    if found is None:
        return None
    words, name = found
    if name.startswith(KEYS):
        return words.offer({"s": "*", "p": "#"}.get(letter, letter) for letter in name.removeprefix(KEYS))
    return words.prompts.get(name)

