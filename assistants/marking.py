"""Words of others, marked as such before a language model reads them.

A model cannot see who wrote what it reads. So nothing that a caller keyed, said or signalled, and nothing that
somebody wrote into a menu, leaves a tool as a bare text: it is the value of `said_by_caller`, `said_by_agent` or
`written_by_others`. A text is bare only under a name that Digitree fills itself, and only while it looks like what
Digitree writes there: an id, a time, a word without blanks. Sentences of Digitree about a menu may quote it, so they
are the value of `digitree_says_of_it`.

Neutral is a text without control and invisible characters, brackets and backticks. A whole menu keeps its brackets,
which its variables need, so that it can be sent back as it is; it is marked as a whole.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

CALLER, AGENT, OTHERS = "said_by_caller", "said_by_agent", "written_by_others"
OURS = "digitree_says_of_it"
MAX_TEXT = 500
MAX_SENTENCE = 1000
_MAX_ITEMS = 500
_MAX_DEPTH = 30

# What Digitree writes: ids, times, words of its own, addresses of its API. No blank is in it.
_PLAIN = re.compile(r"[A-Za-z0-9_.:+/?=&%-]{0,200}", re.ASCII)
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_URL = re.compile(r"/[A-Za-z0-9_.:+/?=&%~-]{0,2000}", re.ASCII)

_OURS = frozenset(
    (
        *("id", "ivr_id", "call_id", "channel_uuid", "event_id", "next_cursor", "previous_cursor", "actor"),
        *("version", "ivr_version", "versions", "revision", "based_on", "at", "since", "first_day", "last_day", "tz"),
        *("day", "state", "status", "kind", "source", "change", "code", "outcome", "hangup_cause", "result", "cause"),
        *("ignored", "dtmf_type", "verstat", "trunk", "outgoing", "answered_by", "hung_up_by", "tls", "prepare"),
        *("node", "nodes", "path", "start", "phase", "audio", "prompt", "voice", "engine", "format", "language"),
        *("languages", "list", "lists", "channel", "pointer"),
    )
)
_NUMBERS = frozenset(("did", "ani", "dids", "number"))
_CALLERS = frozenset(
    ("ani_raw", "did_raw", "number_raw", "key", "keys", "value", "heard", "digits", "caller_name", "transcript")
)
_AGENTS = frozenset(("reported", "note", "notes", "label"))
_SENTENCES = frozenset(("message", "detail", "faults", "summary"))

_BRACKETS = str.maketrans({"<": "\u2039", ">": "\u203a", "[": "(", "]": ")", "{": "(", "}": ")", "`": "'"})
# Indic and Arabic spelling need them, as do emoji; they hide nothing.
_JOINERS = "\u200c\u200d"
# A text that is read as markup somewhere on its way is none any more, and JSON all the same.
_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "`": "\\u0060"}


def neutral(text: str, limit: int = MAX_TEXT) -> str:
    """Without characters that control, hide or mark up anything, and of this length at most."""
    seen = "".join(" " if _is_unseen(char) else char for char in text[: 4 * limit]).translate(_BRACKETS)
    short = " ".join(seen.split())
    return short if len(short) <= limit and len(text) <= 4 * limit else f"{short[:limit]} (cut, {len(text)} in all)"


def menu_of_others(document: Mapping[str, Any]) -> dict[str, Any]:
    """A whole menu or test as it is, but for invisible characters, so that it can be sent back."""
    return {OTHERS: _visible(document)}


def mark(value: Any, name: str = "") -> Any:
    """An answer of the API with everything marked that others said or wrote; `name` is the field that has it."""
    return _mark(value, name, 0)


def sentence(text: str) -> str:
    """A sentence of Digitree, with the names of others in it."""
    return neutral(text, MAX_SENTENCE)


def said_of_it(text: str) -> dict[str, str]:
    return {OURS: sentence(text)}


def as_text(value: Any) -> str:
    """JSON for the model to read, in which no character begins markup."""
    written = json.dumps(value, ensure_ascii=False, indent=1)
    return "".join(_ESCAPED.get(char, char) for char in written)


def _mark(value: Any, name: str, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        return None
    if isinstance(value, str):
        return _mark_text(value, name)
    if isinstance(value, Mapping):
        # A name that Digitree does not give was given by somebody: the names of a map's entries are data as well.
        plain = {key: each for key, each in value.items() if _is_field(key)}
        marked = {key: _mark(each, key, depth + 1) for key, each in plain.items()}
        others = [{"name": {OTHERS: neutral(str(key))}, "value": _mark(each, "", depth + 1)}
                  for key, each in value.items() if not _is_field(key)]  # fmt: skip
        return {**marked, "more": others} if others else marked
    if isinstance(value, list | tuple):
        return [_mark(each, name, depth + 1) for each in value[:_MAX_ITEMS]]
    return value


def _mark_text(text: str, name: str) -> Any:
    if name in _NUMBERS and (_NUMBER.fullmatch(text) or not text):
        return text
    if (name in _OURS or name.endswith("_at")) and _PLAIN.fullmatch(text):
        return text
    if name in ("url", "events") and _URL.fullmatch(text):
        return text
    if name in _SENTENCES:
        return said_of_it(text)
    if name in _CALLERS or name in _NUMBERS:
        return {CALLER: neutral(text)}
    return {AGENT if name in _AGENTS else OTHERS: neutral(text)}


def _visible(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(" " if _is_unseen(char) and char not in "\n\t" + _JOINERS else char for char in value)
    if isinstance(value, Mapping):
        return {_visible(str(key)): _visible(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_visible(each) for each in value]
    return value


def _is_field(name: object) -> bool:
    return isinstance(name, str) and re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name, re.ASCII) is not None


def _is_unseen(char: str) -> bool:
    """A control, a format character, half a surrogate, one that no standard gives a meaning, or a line break."""
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
