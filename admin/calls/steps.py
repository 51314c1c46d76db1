"""The steps of a call as the page shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from admin.http.language import later, t
from admin.http.words import (
    EACH,
    IGNORED,
    MESSAGES,
    NOTICES,
    RECORDED,
    SERVICE_FAILURES,
    STEP_RESULTS,
    UNLISTED,
    Word,
    word_of,
)
from ivr.domain.call_records import OF_A_QUESTION
from ivr.domain.menu.kinds import find_kind
from ivr.domain.menu.switch import DEFAULT

# In place of digits that stand in no record.
HIDDEN = "•••"
# Where callers were who hung up.
_DURING = {"menu": later("in the menu"), "ringing": later("while an agent was rung"), "talk": later("in the talk")}

# What ended a wait.
_WAITED = {
    "person": later("until somebody answered"),
    "no_answer": later("as long as they may, and nobody answered"),
    "full": later("not: the line was full"),
    "closed": later("not: nobody was on duty"),
    "left": later("until the caller hung up"),
}


class ShownStep(NamedTuple):
    """`key` is shown as a key, `beside` as a text, `word` as a badge. `attempt` and `ms` are None where they say
    nothing."""

    key: str | None
    beside: str
    word: Word | None
    attempt: int | None
    ms: int | None

    @property
    def note(self) -> str:
        """In few words."""
        done = " ".join(filter(None, (self.beside or self.key, self.word.text if self.word else "")))
        return done if self.word else t("key %(key)s", key=done)


def shown_step(step: Mapping[str, Any], node: Mapping[str, Any]) -> ShownStep:
    """`step` as the API answers it; `node` is its node, empty where that is not known."""
    asked = step["result"] in OF_A_QUESTION
    key, beside, word = _parts(step, node)
    attempt = step["attempt"] if asked else None
    return ShownStep(key, beside, word, attempt, step["ms"] if asked or step["ms"] else None)


def _parts(step: Mapping[str, Any], node: Mapping[str, Any]) -> tuple[str | None, str, Word | None]:
    key, value, result = step["key"], step["value"], step["result"]
    word = word_of(STEP_RESULTS, result)
    match result:
        case "action":
            kind = find_kind(node)
            return None, "", Word(t(kind.label).lower()) if kind else word
        case "switch":
            case = t("otherwise") if key == DEFAULT else key
            found = "" if value in (None, case) else value or t("empty")
            return (t("empty") if case == "" else case), found, word
        case "request" if value in NOTICES:
            return key, "", word_of(NOTICES, value)
        case "request" if value in SERVICE_FAILURES:
            return key, "", word_of(SERVICE_FAILURES, value)
        case "request":
            return key, f"HTTP {value}" if value else "", word
        case "sent":
            return key, "", word_of(MESSAGES, value or "left")
        case "each":
            return None, t("number %(number)s", number=value) if value else "", word_of(EACH, key) if key else word
        case "record":
            return None, "", word_of(RECORDED, key) if key else word
        case "hung_up":
            return None, t(_DURING.get(key or "", "")), word
        case "waited":
            return None, (t(_WAITED[key]) if key in _WAITED else t("key %(key)s", key=key)), word
        case "callback" if key is None:
            return None, "", Word("no number to call back", "warn")
        case "callback":
            return None, f"{key}, {value}" if value else key or "", word
        case "listed" if value == "off":
            return key, "", UNLISTED
        case "listed":
            return key, t("for good") if value == "on" else t("for %(time)s", time=value), word
        case _:
            hidden = result == "key" and value is None and key is not None and not key.isdigit() and key not in "*#"
            beside = HIDDEN if hidden else value if value is not None and value != key else ""
            if step["ignored"]:
                return key, beside, word_of(IGNORED, step["ignored"])
            return key, beside, None if result == "key" else word
