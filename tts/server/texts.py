"""Which texts may be spoken, decided before any model sees them."""

from __future__ import annotations

import unicodedata

from ivr.domain.said.pauses import TagRefused
from ivr.domain.said.said import Said, normalise
from tts.client.errors import BadText
from tts.client.limits import MAX_TEXT_CHARACTERS

# These two join or separate letters in Persian and Indian scripts; other invisible characters only make equal
# texts differ.
_MEANINGFUL_JOINERS = "\u200c\u200d"


def as_said(text: str, language: str) -> Said:
    """The words and pauses of a text in a voice of this language. BadText."""
    try:
        said = normalise(normalise_text(text), language)
    except TagRefused as error:
        raise BadText(str(error), error.code) from error
    if not said.words:
        message = "nothing of the text can be said; write the words for callers to hear"
        raise BadText(message, "text_not_speakable")
    return said


def normalise_text(text: str) -> str:
    """One spelling per text: NFC, single blanks, no invisible characters. BadText says what is wrong."""
    if len(text) > 20 * MAX_TEXT_CHARACTERS:  # before any work is done on it
        raise BadText(f"the text is longer than {MAX_TEXT_CHARACTERS} characters", "text_too_long")
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    kept = []
    for character in plain:
        category = unicodedata.category(character)
        if category in ("Cc", "Cs", "Co", "Cn"):
            raise BadText(
                f"the text has the control or unassigned character U+{ord(character):04X}",
                "text_control_character",
            )
        if category != "Cf" or character in _MEANINGFUL_JOINERS:
            kept.append(character)
    result = " ".join("".join(kept).split())
    if not result:
        raise BadText("the text is empty", "text_empty")
    if not any(unicodedata.category(character)[0] in "LN" for character in result):
        text = "the text has no letter and no digit, so there is nothing to say; write the words for callers to hear"
        raise BadText(text, "text_not_speakable")
    if len(result) > MAX_TEXT_CHARACTERS:
        raise BadText(f"the text has {len(result)} characters, {MAX_TEXT_CHARACTERS} at most", "text_too_long")
    return result
