"""What an author should know before a text is spoken: what is left out, and what the voice may not be able to say."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from ivr.domain.said.language_names import PLAIN
from ivr.domain.said.unspoken import EMOJI, TEMPLATE

_WORD = re.compile(r"[^\W\d_]+")
# Frequent words. One that several of these languages have stands at each of them.
_COMMON = {
    "en": "the and you your for is are press our to we of with please call this that if be will thank hours open",
    "es": "el la los las de en para por una un y su usted nuestro nuestra gracias llamar oprima marque presione está"
    " con que del si al",
    "fr": "le les des pour vous votre notre nous est et une appuyez sur merci dans avec du au si êtes ou sommes"
    " tapez un il elle la en plaît de que",
    "de": "der die das und ist für sie wir drücken bitte mit ein eine uns unsere ihre sind oder den zu von wenn",
    "pt": "o os as de em para por uma um você seu sua nosso nossa obrigado pressione ligar está com que do da se não"
    " digite",
    "it": "il lo la gli per una un di del della premere prema grazie con che nostro vostro se è sono chiamare",
}
_COMMON_WORDS = {language: frozenset(words.split()) for language, words in _COMMON.items()}
_LEAST_FOUND = 2
_SHOWN = 40


class Doubt(NamedTuple):
    """`code` is stable; `message` is for people."""

    code: str
    message: str


def find_doubts(text: str, language: str) -> Iterator[Doubt]:
    """`language` is the voice's."""
    if template := TEMPLATE.search(text):
        shown = template[0][:_SHOWN]
        yield Doubt("text_template", f"{shown} is not spoken: nothing fills it in; a variable is written {{name}}")
    if emoji := EMOJI.search(text):
        yield Doubt(
            "text_emoji", f"emoji and pictures such as {emoji[0][:4]} are not spoken: write the words to be heard"
        )
    if other := _other_script(text, language):
        yield Doubt("text_script", f"the voice may not be able to read these letters: {other}")
    spoken = language.partition("-")[0].lower()
    found = find_language(text)
    if found is not None and found != spoken and spoken in PLAIN:
        yield Doubt(
            "text_language",
            f"the text seems to be {PLAIN[found]}, and the voice speaks {PLAIN[spoken]}: choose a voice of"
            f" the text's language",
        )


def find_language(text: str) -> str | None:
    """The one of these languages in which a text is plainly written; None where it is not plain."""
    words = [word.lower() for word in _WORD.findall(text)]
    counts = Counter({language: sum(word in common for word in words) for language, common in _COMMON_WORDS.items()})
    (best, most), (_, next_most) = counts.most_common(2)
    return best if most >= _LEAST_FOUND and most > next_most else None


def _other_script(text: str, language: str) -> str:
    """The first letters that are not Latin, for the languages that are written so."""
    if language.partition("-")[0].lower() not in PLAIN:
        return ""
    found = []
    for character in text:
        if (
            character.isalpha()
            and ord(character) > 0x24F
            and not unicodedata.name(character, "LATIN").startswith(("LATIN", "MODIFIER", "MASCULINE", "FEMININE"))
        ):
            found.append(character)
            if len(found) == 8:
                break
    return "".join(found)
