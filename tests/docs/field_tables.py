"""Tables of fields on the pages, and what a JSON schema says that they must say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ivr.domain.menu.variables import MAX_NUMBER

FIELDS_HEAD = "| field | takes | if absent | what it does |"


def rows(text: str, head: str = FIELDS_HEAD) -> dict[str, list[str]]:
    """The rows of all tables with this head, by the names in their first cell; empty where there are none."""
    found: dict[str, list[str]] = {}
    for table in text.split(head)[1:]:
        for line in table.split("\n")[2:]:
            if not line.startswith("|"):
                break
            cells = [each.strip() for each in re.split(r"(?<!\\)\|", line)[1:-1]]
            found |= dict.fromkeys(re.findall(r"`(\w+)`", cells[0]), cells)
    return found


def bounds(schema: Any) -> Iterator[str]:
    """The bounds in a schema as a page has them: of a number, of how many there may be, of a length."""
    if isinstance(schema, Mapping):
        for least, most in (("minimum", "maximum"), ("minItems", "maxItems"), ("minProperties", "maxProperties")):
            if least in schema and most in schema:
                yield _range(schema[least], schema[most])
            elif most in schema:
                yield f"{schema[most]:,}"
        if "maxLength" in schema:
            yield _range(schema.get("minLength", 0), schema["maxLength"], " characters")
    for each in schema.values() if isinstance(schema, Mapping) else schema if isinstance(schema, list) else ():
        yield from bounds(each)


def _range(least: float, most: float, of: str = "") -> str:
    if most == MAX_NUMBER:
        return f"{len(str(most))} digits at most"
    return f"{most:,}{of} at most" if of and least == 0 else f"{least:,g} to {most:,g}"


def default_of(schema: Mapping[str, Any]) -> str | None:
    """As the cell `if absent` has it; None: there is none."""
    value = schema.get("default")
    if value is None:
        return None
    return f"`{value:g}`" if isinstance(value, float) else f"`{json.dumps(value)}`".replace('"', "")
