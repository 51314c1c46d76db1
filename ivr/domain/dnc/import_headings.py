"""What the heading of a column says: telephone numbers, something else, or nothing that is known."""

from __future__ import annotations

import re
from functools import lru_cache

# Keys, as heading_key makes them.
COUNTRY_NAMES = frozenset(
    {"countrycode", "dialcode", "dialingcode", "diallingcode", "callingcode", "isdcode", "phonecode", "cc"}
)
AREA_NAMES = frozenset({"areacode", "area", "npa", "prefix"})

_MAX_HEADING = 40
_MAX_WORDS = 5
_WORDS = re.compile(r"[A-Z]?[a-z\u00e0-\u024f]+|[A-Z\u00c0-\u00de]+|[0-9]+")
# fmt: off
_PHONE_WORDS = frozenset((
    "ani", "caller", "cell", "cellular", "dnc", "fon", "handy", "landline", "mobil", "movil", "móvil", "ph", "tel",
    "teléfono", "téléphone", "tn",
))
_NUMBER_WORDS = frozenset(("number", "numbers", "numero", "número", "num", "nummer", "no"))
_OTHER_WORDS = frozenset((
    "account", "address", "agent", "amount", "area", "carrier", "case", "city", "claim", "code", "comment",
    "comments", "contract", "count", "country", "county", "created", "date", "description", "displayed", "email",
    "ext", "extension", "fax", "first", "id", "index", "invoice", "label", "last", "line", "list", "loan", "memo",
    "message", "name", "node", "note", "notes", "order", "policy", "postal", "postcode", "preference", "record",
    "ref", "reference", "remark", "remarks", "row", "seq", "serial", "source", "ssn", "state", "status", "street",
    "subject", "ticket", "time", "tracking", "type", "updated", "url", "valid", "verified", "zip",
))
# fmt: on
_PHONE_IN_WORD = re.compile("phone|mobile|msisdn|telef")
_OF_A_NUMBER = frozenset(("address", "first", "last", "line", "list"))
# "Phone type" is no number, "Phone (first)" and "DNC list" are.
_ABOUT_A_PHONE = _OTHER_WORDS - _OF_A_NUMBER


# Ranks of a heading.
OF_PHONES, PERHAPS, UNKNOWN, OF_OTHER_THINGS = 2, 1, 0, -1


@lru_cache(maxsize=256)
def rank_heading(name: str) -> int:
    """How likely telephone numbers stand below this heading: one of the ranks above."""
    words = _split(name)
    if not 0 < len(words) <= _MAX_WORDS or len(name) > _MAX_HEADING:
        return UNKNOWN
    of_phones = _PHONE_WORDS & set(words) or _PHONE_IN_WORD.search("".join(words))
    if of_phones and (words[-1] not in _ABOUT_A_PHONE or words == ["caller", "id"]):
        return OF_PHONES
    if _NUMBER_WORDS & set(words) and len(words) == 1:
        return PERHAPS
    # "First number" may be one of two telephone numbers, "account number" is none.
    about = set(words) - _OF_A_NUMBER if _NUMBER_WORDS & set(words) else set(words)
    return OF_OTHER_THINGS if _OTHER_WORDS & about or words[-1].endswith("id") else UNKNOWN


def heading_key(name: str) -> str:
    """`Area Code`, `area_code` and `AreaCode` are the same."""
    return "".join(_split(name))


def _split(name: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(name)]
