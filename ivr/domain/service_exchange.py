"""What a service is sent and what its answer is worth, as plain values.

An answer counts if it is JSON by its text, whatever it calls itself: one that says it is HTML, that repeats a name of
an object or has a number that JSON does not have is none.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode

from ivr.domain.service_definition import Service
from ivr.domain.services import Failure

MAX_ANSWER_BYTES = 64 * 1024
MAX_DEPTH = 32
# Longer numbers with decimals are rounded to the nearest double.
MAX_WRITTEN = 40

_BRACKET_OR_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[{]|[\]}]', re.DOTALL)
_NOT_STORABLE = re.compile(r"[\x00\ud800-\udfff]")
_MAX_AGE = re.compile(r"max-age=([0-9]{1,9})", re.ASCII)
_NOT_KEPT = frozenset({"no-store", "no-cache", "private"})


class Sent(NamedTuple):
    """The query string that the URL gets, without its question mark, and the body; a GET has no body."""

    query: str
    body: bytes


def sent_to(service: Service, variables: Mapping[str, Any], call_id: str) -> Sent:
    """What a service is sent: the variables, and which call asks which service. Raises ValueError for what neither
    JSON nor UTF-8 can hold."""
    content = {**variables, "call_id": call_id, "service": service.name}
    if service.method == "GET":
        return Sent(urlencode({name: _query_text(value) for name, value in content.items()}), b"")
    return Sent("", _json_text(content).encode())


def content_key(variables: Mapping[str, Any]) -> str:
    """The same for the same variables, in whatever order they stand."""
    return json.dumps(variables, sort_keys=True, separators=(",", ":"))


def _query_text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else _json_text(value)


def _json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


class Judged(NamedTuple):
    """The parsed JSON of an answer; None where it failed, and for 204."""

    body: Any
    failure: Failure | None = None


def judge(status: int, content_type: str, body: bytes) -> Judged:
    """The worth of an answer. Other statuses than 2xx fail, redirects among them."""
    if not 200 <= status < 300:
        return Judged(None, "status")
    if status == 204:
        return Judged(None)
    if len(body) > MAX_ANSWER_BYTES:
        return Judged(None, "too_large")
    if content_type.partition(";")[0].strip().lower() in ("text/html", "application/xhtml+xml"):
        return Judged(None, "not_json")
    try:
        return Judged(parse_answer(body))
    except (ValueError, RecursionError):
        return Judged(None, "not_json")


def parse_answer(text: bytes) -> Any:
    """The value of a JSON text; raises ValueError (RecursionError) for what is none, or is nested too deeply. Numbers
    with decimals are Decimals, so that 152.40 stays 152.40; those with an exponent, or of more than MAX_WRITTEN
    characters, are floats. Texts are without NUL and halves of surrogate pairs."""
    if _depth_exceeds(text, MAX_DEPTH):
        raise ValueError("nested too deeply")
    value = json.loads(
        text.decode("utf-8-sig"),
        parse_constant=_refuse,
        parse_float=_as_written,
        object_pairs_hook=_without_repeats,
    )
    return _storable(value) if b"\\u" in text else value


def kept_s(service: Service, cache_control: str) -> int:
    """For how many seconds an answer may be used again: as the service said with it, `cache_s` at most."""
    said = {each.strip().lower() for each in cache_control.split(",")}
    if any(each.partition("=")[0] in _NOT_KEPT for each in said):
        return 0
    ages = [int(found[1]) for found in map(_MAX_AGE.fullmatch, said) if found]
    return min(service.cache_s, *ages) if ages else 0


def _depth_exceeds(text: bytes, most: int) -> bool:
    if text.count(b"[") + text.count(b"{") <= most:
        return False
    depth = 0
    for found in _BRACKET_OR_TEXT.finditer(text):
        match found[0]:
            case b"[" | b"{":
                depth += 1
                if depth > most:
                    return True
            case b"]" | b"}":
                depth -= 1
    return False


def _storable(value: Any) -> Any:
    """Texts without what no store takes: NUL, and half of a surrogate pair, which JSON can write."""
    if isinstance(value, str):
        return _NOT_STORABLE.sub("", value)
    if isinstance(value, list):
        return [_storable(each) for each in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(each) for name, each in value.items()}
    return value


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _as_written(text: str) -> Decimal | float:
    if len(text) <= MAX_WRITTEN and "e" not in text.lower():
        return Decimal(text)
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number beyond all bounds")
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object repeats a name")
    return found
