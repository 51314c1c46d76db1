"""What a voice may be used for: its licence, where that is said, and whether it allows commerce. Pure.

A verdict is cautious: a licence that is not known, or a model made from one whose data excludes commerce, is
`unclear`. The owner decides; a voice is never hidden for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Commerce = Literal["yes", "unclear", "no"]

MAX_CARD_BYTES = 100_000
_FIELD = re.compile(r"^\s*[*-]?\s*(license|licence|url)\s*:\s*(.+?)\s*$", re.IGNORECASE | re.MULTILINE)
_BASE = re.compile(r"fine-?\s?tuned from\b(?P<base>[^\n]*)", re.IGNORECASE)
_FREE = re.compile(r"\b(?:CC0|public domain|CC[- ]BY(?:[- ]SA)?(?![- ]?N[CD])|MIT|Apache|BSD)\b", re.IGNORECASE)
_NOT_FOR_COMMERCE = re.compile(r"non-?\s?commercial|\bNC\b|-NC\b|research (?:only|use|purposes)", re.IGNORECASE)
# The data of the Blizzard Challenge 2013, recorded by Lessac Technologies, are for research.
_RESEARCH_DATA = re.compile(r"lessac|blizzard", re.IGNORECASE)
_MAX_WORDS = 200


@dataclass(frozen=True)
class Licence:
    """`name` and `source` (an address) as the maker of the voice gives them; `note`: why the verdict is no `yes`."""

    name: str
    commerce: Commerce
    source: str = ""
    note: str = ""


_NO_CARD = "no model card came with this voice; ask its maker"
_NOT_STATED = "the model card states no licence"
_EXCLUDED = "its licence excludes commercial use"
_READ_SOURCE = "read what the source says of commercial use"
_MADE_FROM_LESSAC = "its own data are free, but the model is made from lessac, whose data exclude commercial use"
_MADE_FROM_ANOTHER = "its own data are free; the model it is made from may not be"
READ_TERMS = "read what they say of telephone menus"
NOTES = (_NO_CARD, _NOT_STATED, _EXCLUDED, _READ_SOURCE, _MADE_FROM_LESSAC, _MADE_FROM_ANOTHER, READ_TERMS)

UNKNOWN = Licence("not stated", "unclear", "", _NO_CARD)


def of_model_card(card: str, source: str = "") -> Licence:
    """The licence that a Piper model card states. `source` stands where the card names no address."""
    fields = {name.lower().replace("licence", "license"): value for name, value in _FIELD.findall(card)}
    name = fields.get("license", "")[:_MAX_WORDS]
    where = fields.get("url", "")[:_MAX_WORDS]
    address = where if where.startswith(("http://", "https://")) else source
    if not name:
        return Licence(UNKNOWN.name, "unclear", address, _NOT_STATED)
    base = _BASE.search(card)
    if _NOT_FOR_COMMERCE.search(name) or _RESEARCH_DATA.search(f"{name} {where}"):
        return Licence(name, "no", address, _EXCLUDED)
    if not _FREE.search(name):
        return Licence(name, "unclear", address, _READ_SOURCE)
    if base and _RESEARCH_DATA.search(base["base"]):
        return Licence(name, "unclear", address, _MADE_FROM_LESSAC)
    if base and "scratch" not in base["base"].lower():
        return Licence(name, "unclear", address, _MADE_FROM_ANOTHER)
    return Licence(name, "yes", address)
