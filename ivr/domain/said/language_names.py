"""The names of languages in English, for sentences that people read."""

from __future__ import annotations

from collections.abc import Sequence

# Those of frequent words in `doubts`, too.
PLAIN = {"en": "English", "es": "Spanish", "fr": "French", "de": "German", "pt": "Portuguese", "it": "Italian"}
_MORE = {
    **{"ar": "Arabic", "hi": "Hindi", "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "pl": "Polish"},
    **{"ru": "Russian", "tl": "Tagalog", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese"},
}
_NAMES = PLAIN | _MORE


def language_in_words(code: str) -> str:
    """`es` -> `Spanish`, `es-MX` -> `Spanish (MX)`; a language without a name here stays as it is."""
    language, _, region = code.replace("_", "-").partition("-")
    name = _NAMES.get(language.lower())
    if name is None:
        return code
    return f"{name} ({region.upper()})" if region else name


def languages_in_words(codes: Sequence[str]) -> str:
    """`Spanish and German`."""
    return " and ".join(map(language_in_words, codes))
