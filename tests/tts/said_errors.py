"""`python -m tests.tts.said_errors`: how far what a voice says is from what was meant, before and after the rules.

Each text of the tables (`tests/domain/said`) goes to espeak-ng as it is written, as the rules say it, and as its
right reading; what it would pronounce for the first two is compared with the third by words, without stress. Word
error: words inserted, left out or replaced, of the words of the right reading.
"""

from __future__ import annotations

import re
from collections import defaultdict

from ivr.domain.said.said import normalise
from tests.domain.said.table_en import CASES as ENGLISH
from tests.domain.said.table_other import CASES as OTHER
from tests.domain.said.words import sequence_errors
from tts.server.letters import letters_joined
from tts.server.phonemes import Phonemizer

_UNHEARD = re.compile(r"[ˈˌː.,;:!?()\-]")
_BREAK = re.compile(r"<break[^>]*>")
_VOICES = {"en": "en-us", "es": "es", "fr": "fr", "de": "de", "pt-br": "pt-br", "it": "it"}


def heard(phonemizer: Phonemizer, voice: str, text: str) -> list[str]:
    """What the voice would pronounce, by words."""
    sentences = phonemizer.phonemize(voice, letters_joined(_BREAK.sub(" ", text), voice))
    return _UNHEARD.sub("", " ".join("".join(sentence) for sentence in sentences)).split()


def measure() -> dict[tuple[str, str], list[int]]:
    """(language, kind) -> texts, words, errors before, errors after."""
    cases = [("en", *case) for case in ENGLISH] + [*OTHER]
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    phonemizer = Phonemizer()
    try:
        for language, kind, text, reading in cases:
            voice = _VOICES[language]
            right = heard(phonemizer, voice, reading)
            before = sequence_errors(heard(phonemizer, voice, text), right)
            said = normalise(text, voice, region="US" if language == "en" else "ES").text
            after = sequence_errors(heard(phonemizer, voice, said), right)
            for key in ((language, kind), (language, "all"), ("all", "all")):
                row = found[key]
                found[key] = [row[0] + 1, row[1] + len(right), row[2] + before, row[3] + after]
    finally:
        phonemizer.close()
    return found


def _all_last(row: tuple[tuple[str, str], list[int]]) -> tuple[int, str, bool]:
    language, kind = row[0]
    return ([*_VOICES, "all"].index(language), "", kind == "all")


def main() -> None:
    print("| language | kind | texts | words | word error before | after |")
    print("|---|---|---|---|---|---|")
    for (language, kind), (texts, words, before, after) in sorted(measure().items(), key=_all_last):
        print(f"| {language} | {kind} | {texts} | {words} | {before / words:.0%} | {after / words:.1%} |")


if __name__ == "__main__":
    main()
