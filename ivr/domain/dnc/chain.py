"""The chain of a do-not-call list: every event carries the hash of the one before it.

An event's hash is the SHA-256 of its canonical JSON (RFC 8785 for these values: the fields of HASHED in alphabetical
order, no spaces, UTF-8), which includes `previous_hash`. So a changed byte shows at its own event, and a removed or
inserted event shows at the next. The list's head shows whether the end was cut off.

This rule never changes, since stored hashes were made with it. Another rule is another `format`, that of the events
which have what it adds: 2 has `verstat`, the verdict on the caller's number, behind the fields of format 1; 3 has
`language`, that of the caller, at its place in the alphabet, and `verstat`, which may be null.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

FORMAT, FORMAT_WITH_VERSTAT, FORMAT_WITH_LANGUAGE = 1, 2, 3
HASHED = (
    "actor",
    "call_id",
    "did",
    "effective_at",
    "event_id",
    "format",
    "honour_by",
    "ivr_id",
    "ivr_version",
    "key",
    "kind",
    "list_id",
    "ms_into_question",
    "node",
    "number",
    "number_raw",
    "pressed_at",
    "previous_hash",
    "prompt_file",
    "prompt_text",
    "reason",
    "recorded_at",
    "seq",
    "source",
)
# In alphabetical order behind all of HASHED.
VERSTAT = "verstat"
LANGUAGE = "language"
# Written out, since a list has millions of events: json.dumps of the whole costs three times as much.
_NAMES = tuple((name, ("," if place else "{") + json.dumps(name) + ":") for place, name in enumerate(HASHED))
_NAMES_WITH_LANGUAGE = (
    *(each for each in _NAMES if each[0] < LANGUAGE),
    (LANGUAGE, f',"{LANGUAGE}":'),
    *(each for each in _NAMES if each[0] > LANGUAGE),
)
_quoted = json.encoder.encode_basestring


def first_hash(list_id: str) -> str:
    """The `previous_hash` of a list's first event."""
    return hashlib.sha256(f"digitree do-not-call list {list_id}".encode()).hexdigest()


def chain_json(event: Mapping[str, Any]) -> str:
    """The canonical JSON of an event; `event` has every field of HASHED but `format`, and may have VERSTAT and
    LANGUAGE. Times, with their zone, become UTC: `2026-03-09T12:00:00.123456Z`."""
    form = _format_of(event)
    values = [before + _value(form if name == "format" else event[name]) for name, before in _names_of(form)]
    return "".join(values) + _end(event)


def chain_hash(event: Mapping[str, Any]) -> str:
    """64 hex digits."""
    return hashlib.sha256(chain_json(event).encode(errors="surrogatepass")).hexdigest()


class ChainRun:
    """chain_hash for many events that differ only in their number: an import has a million of them."""

    _VARYING = ("event_id", "number", "number_raw", "previous_hash", "seq")

    def __init__(self, event: Mapping[str, Any]) -> None:
        parts, form = [""], _format_of(event)
        for name, before in _names_of(form):
            parts[-1] += before
            if name in self._VARYING:
                parts.append("")
            else:
                parts[-1] += _value(form if name == "format" else event[name])
        parts[-1] += _end(event)
        self._parts = tuple(parts)

    def hash(self, event_id: str, number: str, number_raw: str, previous_hash: str, seq: int) -> str:
        a, b, c, d, e, f = self._parts
        text = (
            f"{a}{_quoted(event_id)}{b}{_quoted(number)}{c}{_quoted(number_raw)}{d}{_quoted(previous_hash)}{e}{seq}{f}"
        )
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _format_of(event: Mapping[str, Any]) -> int:
    if event.get(LANGUAGE) is not None:
        return FORMAT_WITH_LANGUAGE
    return FORMAT if event.get(VERSTAT) is None else FORMAT_WITH_VERSTAT


def _names_of(form: int) -> tuple[tuple[str, str], ...]:
    return _NAMES_WITH_LANGUAGE if form == FORMAT_WITH_LANGUAGE else _NAMES


def _end(event: Mapping[str, Any]) -> str:
    told = event.get(VERSTAT)
    return "}" if told is None and event.get(LANGUAGE) is None else f',"{VERSTAT}":{_value(told)}}}'


def _value(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, datetime):
        return f'"{value.astimezone(UTC).isoformat(timespec="microseconds")[:-6]}Z"'
    if type(value) is int:
        return str(value)
    raise TypeError(f"an event cannot have a {type(value).__name__}")


class ChainCheck:
    """Checks a list's events, one after the other in the order of `seq`."""

    def __init__(self, list_id: str) -> None:
        self.list_id = list_id
        self.seq = 0
        self.hash = first_hash(list_id)

    def find_fault(self, event: Mapping[str, Any]) -> str | None:
        """What is wrong with the next event, or None; after a fault the check is over. `event` is as for
        chain_json, with its `hash`."""
        if event["seq"] != self.seq + 1:
            return f"event {self.seq + 1} is missing: after {self.seq} comes {event['seq']} ({event['event_id']})"
        name = f"event {event['seq']} ({event['event_id']})"
        if event["previous_hash"] != self.hash:
            return f"{name} does not follow event {self.seq}: its previous_hash is not that event's hash"
        if chain_hash(event) != event["hash"]:
            return f"{name} was changed: its content does not give its hash"
        self.seq, self.hash = event["seq"], event["hash"]
        return None
