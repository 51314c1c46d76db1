"""Menus of FreePBX in a table: a line for each key, with the columns of its tables `ivr_entries` and `ivr_details`.

`selection` and `dest` are the key and where it leads, `ivr_id` or `name` says of which menu; all other columns are of
the menu, and its first line counts.
"""

from __future__ import annotations

import csv
import io
from typing import Any

from ivr.domain.imports.report import NotReadable

_MOST_LINES = 20_000
_OTHERS = {"digits": "selection", "digit": "selection", "destination": "dest", "ivr": "name", "ivr_name": "name"}
_OF_A_KEY = ("ivr_id", "selection", "dest", "ivr_ret")


def reads(text: str) -> bool:
    """Whether this text is a table with the columns of menus."""
    columns = _columns(text)
    return {"selection", "dest"} <= set(columns) and bool({"ivr_id", "id", "name"} & set(columns))


def document_of(text: str) -> dict[str, Any]:
    """The same as the module Ivr says it. Raises NotReadable."""
    columns = _columns(text)
    ivrs: dict[str, dict[str, str]] = {}
    entries: list[dict[str, str]] = []
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
        next(lines)
        for number, line in enumerate(lines, 1):
            if number > _MOST_LINES:
                raise NotReadable(f"this table has more than {_MOST_LINES:,} lines")
            _take(dict(zip(columns, (each.strip() for each in line), strict=False)), ivrs, entries)
    except csv.Error as error:
        raise NotReadable(f"this table cannot be read: {error}") from None
    return {"ivrs": list(ivrs.values()), "entries": entries}


def _take(row: dict[str, str], ivrs: dict[str, dict[str, str]], entries: list[dict[str, str]]) -> None:
    key = row.get("ivr_id") or row.get("id") or row.get("name") or ""
    if not key:
        return
    details = {name: value for name, value in row.items() if name not in _OF_A_KEY}
    ivrs.setdefault(key, {**details, "id": key})
    if row.get("selection"):
        entries.append({name: row.get(name, "") for name in _OF_A_KEY} | {"ivr_id": key})


def _columns(text: str) -> list[str]:
    first = text.lstrip("\ufeff \r\n").partition("\n")[0]
    names = [each.strip().strip('"').lower() for each in first[:4000].split(_delimiter(text))]
    return [_OTHERS.get(each, each) for each in names]


def _delimiter(text: str) -> str:
    first = text.lstrip("\ufeff \r\n").partition("\n")[0]
    return max(",;\t", key=first.count)
