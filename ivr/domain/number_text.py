"""How people, spreadsheets and trunks write a telephone number, reduced to its digits.

Taken away: a URI's scheme, host and parameters (`tel:`, `sip:...@host`, `;npdi`, `;rn=...`, in either case),
percent-encoding, what a spreadsheet puts around or behind a number (`="..."`, an apostrophe, `.0`), separators, the
`(0)` of `+44 (0)20`, an extension (`x12`, `ext. 12`), and characters that show nothing.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import unquote

from ivr.domain.errors import InvalidNumber

MAX_TEXT = 512
_SHOWN = 40

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_WRAPPED = re.compile(r"=?\s*\"\s*(.*?)\s*\"|[^<>]*<([^<>]*)>")
_SCHEME = re.compile(r"(?:tel|sips?|callto):\s*(?://)?", re.IGNORECASE)
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_HOST = re.compile(r"[A-Za-z0-9_.:\[\]-]{1,200}")
_PARAMETER = re.compile(r"([A-Za-z][A-Za-z0-9_.*!~'-]*)\s*(?:=\s*([^\s\"<>]*))?|")
_CONTEXT = re.compile(r"\+[0-9]{1,15}", re.ASCII)
_EXTENSION = re.compile(
    r"[\s,/(]*(?:extension|extn|exten|ext|ex|xt|x|#)\s*[.:=-]?\s*#?\s*[0-9]{1,7}\s*\)?", re.IGNORECASE | re.ASCII
)
_DECIMALS = re.compile(r"(\+?[0-9]{7,15})[.,]0{1,6}", re.ASCII)
# `4,805,550,158.00`, and in the signs of other countries `4.805.550.158,00` and `4'805'550'158.00`.
_THOUSANDS = re.compile(
    r"(\+?[0-9]{1,3}(?:,[0-9]{3}){2,4})(?:\.0{1,6})?"
    r"|(\+?[0-9]{1,3}(?:\.[0-9]{3}){2,4}),0{1,6}"
    r"|(\+?[0-9]{1,3}(?:['\u2019][0-9]{3}){2,4})(?:[.,]0{1,6})?",
    re.ASCII,
)
_FORMULA = re.compile(r"=(?=\+?[0-9])", re.ASCII)
# `4.155559876E9`, in steps of a thousand `14.155559876E+9`, with decimals of the number itself `4.15555987600E9`.
_EXPONENT = re.compile(r"(\+?[0-9]{1,15})(?:[.,]([0-9]{0,20}))?[eE]\+?([0-9]{1,2})", re.ASCII)
_TRUNK_ZERO = re.compile(r"[(\[]\s*0\s*[)\]]")
# Countries without a trunk prefix where a number of the fixed network begins with 0 (Italy, the Vatican, San Marino,
# Ivory Coast, Gabon, the Congo): what stands in brackets there belongs to the number.
_KEEPS_ZERO = re.compile(r"[\s(\[]*(?:\+|00|011)[\s(\[.-]*(?:39|378|225|241|242)(?![0-9])", re.ASCII)
_ABROAD = re.compile(r"[\s(\[]*(?:\+|00|011)")
_ASCII_SEPARATORS = " -./()[]_"
_REMOVED = str.maketrans("", "", _ASCII_SEPARATORS)
_DIGITS = re.compile(r"\+?[0-9]{1,40}", re.ASCII)


class WrittenNumber(NamedTuple):
    """A number's digits; `plus` says whether a country code was announced by `+`."""

    digits: str
    plus: bool


def read_written(raw: str) -> WrittenNumber:
    """Raises InvalidNumber when the text is anything but one number."""
    if len(raw) > MAX_TEXT:
        raise InvalidNumber(raw, f"{shown(raw)} is too long for a telephone number")
    text = (raw if raw.isascii() else _plain(raw)).strip()
    if _CONTROL.search(text):
        raise InvalidNumber(raw, f"{shown(raw)} is not a telephone number")
    text = text.lstrip("'`\u2018\u2019")
    wrapped = _WRAPPED.fullmatch(text)
    if wrapped is not None:
        text = (wrapped[1] if wrapped[1] is not None else wrapped[2]).lstrip("'")
    if _FORMULA.match(text):
        text = text[1:]
    text = _without_uri(text, raw)
    rounded = _EXPONENT.fullmatch(text)
    if rounded is not None:
        text = _unrounded(rounded, text, raw)
    text = _without_extension(text)
    if (whole := _DECIMALS.fullmatch(text)) is not None:
        text = whole[1]
    elif (grouped := _THOUSANDS.fullmatch(text)) is not None:
        text = re.sub(r"[,.'\u2019]", "", grouped[grouped.lastindex or 0])
    if _ABROAD.match(text) and not _KEEPS_ZERO.match(text):
        text = _TRUNK_ZERO.sub("", text)
    digits = text.translate(_REMOVED)
    if not _DIGITS.fullmatch(digits):
        raise InvalidNumber(raw, f"{shown(raw)} is not a telephone number" if raw.strip() else "there is no number")
    return WrittenNumber(digits.lstrip("+"), digits.startswith("+"))


def shown(raw: str) -> str:
    """What was given, in a sentence for people: 40 characters at most, control characters as `?`."""
    text = "".join(c if c.isprintable() else "?" for c in raw[: _SHOWN + 1].strip())
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "\u2026"


def _plain(text: str) -> str:
    """ASCII as far as it has the same meaning: wide digits and signs, dashes, spaces; invisible characters go."""
    plain = []
    for c in unicodedata.normalize("NFKC", text):
        kind = unicodedata.category(c)
        if kind == "Cf":
            continue
        if kind == "Nd":
            plain.append(str(unicodedata.decimal(c)))
        elif kind == "Pd" or c in "\u2212\u2043\u00b7\u2022\u30fb":
            plain.append("-")
        else:
            plain.append(" " if kind == "Zs" else c)
    return "".join(plain)


def _without_uri(text: str, raw: str) -> str:
    if _PERCENT.search(text):
        text = unquote(text)
        if _CONTROL.search(text):
            raise InvalidNumber(raw, f"{shown(raw)} is not a telephone number")
    scheme = _SCHEME.match(text)
    if scheme is not None:
        text = text[scheme.end() :]
    user, at, host = text.partition("@")
    if at and not _HOST.fullmatch(host.partition(";")[0].partition("?")[0]):
        raise InvalidNumber(raw, f"{shown(raw)} is not a telephone number")
    number, *parameters = user.split(";")
    for parameter in parameters:
        found = _PARAMETER.fullmatch(parameter.strip())
        if found is None:
            raise InvalidNumber(raw, f"{shown(raw)} is more than one number")
        if (found[1] or "").lower() == "phone-context" and _CONTEXT.fullmatch(found[2] or ""):
            number = number if number.lstrip().startswith("+") else found[2] + number
    return number.strip()


def _without_extension(text: str) -> str:
    # Searched from its last letter, since the expression alone would look at every digit before it.
    for at in range(len(text) - 1, 0, -1):
        if text[at].isalpha() or text[at] == "#":
            start = at
            while start > 1 and (text[start - 1].isalpha() or text[start - 1] in " ,/("):
                start -= 1
            return text[:start] if _EXTENSION.fullmatch(text, start) else text
    return text


def _unrounded(rounded: re.Match[str], text: str, raw: str) -> str:
    """The whole number that an exponent stands for. A fraction stays: that is no telephone number."""
    decimals, exponent = rounded[2] or "", int(rounded[3])
    if len(decimals) < exponent:
        raise InvalidNumber(
            raw,
            f"{shown(raw)} has lost digits in a spreadsheet: format the column as text there, enter the numbers "
            "again and export it again",
        )
    return text if decimals[exponent:].strip("0") else rounded[1] + decimals[:exponent]
