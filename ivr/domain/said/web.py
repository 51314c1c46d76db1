"""Web and e-mail addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ivr.domain.said.language import Language
from ivr.domain.said.rule import Rule, rule

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?"
# Behind a dot without a blank they are no sentence's first word.
_ENDINGS = (
    r"(?:com|org|net|edu|gov|info|biz|io|ai|app|dev|shop|store|online|site|health|law|tv|mx|ca|uk|es|fr|de|br|it)"
)
_HOST = rf"{_LABEL}(?:\.{_LABEL}){{0,4}}"
_PATH = r"(?P<path>(?:/[A-Za-z0-9_~%.=?&+-]{0,60}){0,8})"
_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
_SPELLED = frozenset({"io", "ai", "tv", "mx", "uk", "fr", "br", "ca"})
# Of others in an address nothing is said.
_SIGNS = {
    ".": "dot", "@": "at", "/": "slash", "-": "dash", "_": "underscore", "+": "plus", "=": "equals", "%": "percent",
    "?": "", "&": "", "~": "",
}  # fmt: skip
_SENTENCE_MARKS = ".?,;:!"


def rules(language: Language) -> Iterator[Rule]:
    signs = {sign: language.words.get(name, "") for sign, name in _SIGNS.items()}

    def say(written: str) -> str:
        words = []
        tokens = _TOKEN.findall(written)
        for at, token in enumerate(tokens):
            if token.isdigit():
                words.append(
                    language.cardinal(int(token)) if len(token) < 3 and token[0] != "0" else _one_by_one(token)
                )
            elif at and tokens[at - 1] == "." and token.lower() in _SPELLED:
                words.append(" ".join(token.upper()))
            else:
                words.append(signs.get(token, token))
        return " ".join(word for word in words if word)

    def _one_by_one(digits: str) -> str:
        return " ".join(language.digits[int(digit)] for digit in digits)

    def mail(match: re.Match[str]) -> str:
        return say(match[0])

    def web(match: re.Match[str]) -> str:
        found = match[0].partition("://")[2] or match[0]
        plain = found.rstrip(_SENTENCE_MARKS)
        return say(plain.rstrip("/")) + found[len(plain) :]

    yield rule(rf"(?<![\w.@])[A-Za-z0-9][A-Za-z0-9._+-]{{0,63}}@{_HOST}(?![\w@])", mail)
    yield rule(rf"(?<![\w.@/])(?:https?://|www\.){_HOST}{_PATH}", web, re.IGNORECASE)
    yield rule(rf"(?<![\w.@/-]){_HOST}\.{_ENDINGS}\b(?!\.?[\w@]){_PATH}", web)
