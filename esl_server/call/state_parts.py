"""Parts of the call state's text that all its formats share: the path, the attempts, the reply of a prepare URL."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from functools import lru_cache
from typing import Any

from esl_server.agents.prepare import PrepareResult
from ivr.domain.call_records import STEP_LETTERS, AgentAttempt, Step, StepResult
from ivr.domain.menu.variables import Memory, read_memory

# The folder of the shared prompts under the prompt directory, and the word for two tones, which have no file.
SYSTEM = "system/"
TONES = "tones"

_RESULTS = {letter: result for result, letter in STEP_LETTERS.items()}
_RARE = frozenset({"sent_on_to", "tls", "person"})
_ATTEMPT_FIELDS = frozenset(each.name for each in fields(AgentAttempt))


# Stands before a key that is not a single digit: the entry, case or variable of the menu's author, in base64.
_WORD = "+"
# As a text has them: no key, and single digits.
PLAIN_KEYS: frozenset[str | None] = frozenset({None, *"0123456789*#ABCDF"})
# Format 4 does not know them.
NEW_RESULTS: frozenset[StepResult] = frozenset(
    {
        "switch", "not_set", "not_said", "request", "each", "listed", "not_listed", "hung_up", "record", "callback",
        "waited", "sent", "keys_sent", "known",
    }
)


def encode_step(step: Step) -> str:
    """`node.attempt.result and digit.at_ms.ms`, then the prompt where it is not the node's own, which the menu tells
    again (`complete_path`), then the value where there is one."""
    prompt, value = step.prompt, step.value
    text = f"{_encode_head(step.node, step.attempt, step.result, step.key)}{step.at_ms}.{step.ms}"
    if prompt is not None and (prompt == TONES or prompt.startswith(SYSTEM)):
        text += f".{prompt.removeprefix(SYSTEM).removesuffix('.wav')}"
        return text if value is None else f"{text}.{_encode_value(value)}"
    return text if value is None else f"{text}..{_encode_value(value)}"


def decode_path(text: str) -> list[Step]:
    """The steps of a text of `encode_step`s joined by commas; raises ValueError or LookupError."""
    path = []
    for item in text.split(",") if text else ():
        node, attempt, result, at_ms, ms, *more = item.split(".")
        key = str(_decode_json(result[2:])) if result[1:2] == _WORD else result[1:] or None
        prompt = _system_prompt(more[0]) if more and more[0] else None
        value = str(_decode_json(more[1])) if more[1:] else None
        path.append(Step(node, int(attempt), _RESULTS[result[0]], key, int(at_ms), int(ms), prompt, value=value))
    return path


def _system_prompt(name: str) -> str:
    return name if name == TONES else f"{SYSTEM}{name}.wav"


def encode_attempts(attempts: Iterable[AgentAttempt]) -> str:
    """Without the fields of _RARE where there is none: rarely there, and new."""
    return _encode_json([_without_rare(asdict(each)) for each in attempts])


def _without_rare(attempt: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attempt.items() if name not in _RARE or value is not None}


def decode_attempts(text: str) -> list[AgentAttempt]:
    """Raises ValueError or TypeError; fields that a later release added are ignored."""
    attempts = _decode_json(text) if text else []
    return [
        AgentAttempt(**{name: value for name, value in each.items() if name in _ATTEMPT_FIELDS}) for each in attempts
    ]


def encode_prepared(prepared: PrepareResult) -> str:
    return _encode_json(prepared)


def decode_prepared(text: str) -> PrepareResult | None:
    """Raises ValueError or TypeError; None for no text."""
    if not text:
        return None
    said, uri, headers = _decode_json(text)
    return PrepareResult(said, uri, tuple((name, value) for name, value in headers))


def encode_memory(memory: Memory) -> str:
    return _encode_text(memory.to_text())


def decode_memory(text: str) -> Memory:
    """Raises ValueError or TypeError; without the numbers, which each worker reads from the channel."""
    return read_memory(_decode_text(text))


_JSON = json.JSONEncoder(separators=(",", ":"))


def _encode_json(value: Any) -> str:
    return _encode_text(_JSON.encode(value))


def _decode_json(text: str) -> Any:
    return json.loads(_decode_text(text))


def _encode_word(word: str) -> str:
    return _WORD + _encode_json(word)


# Of a menu's nodes and the ways out of them, so the same in call after call.
@lru_cache(maxsize=8192)
def _encode_head(node: str, attempt: int, result: StepResult, key: str | None) -> str:
    if key is None:
        key = ""
    elif key not in PLAIN_KEYS:
        key = _encode_word(key)
    return f"{node}.{attempt}.{STEP_LETTERS[result]}{key}."


def _encode_value(value: str) -> str:
    return _OFTEN.get(value) or _encode_json(value)


def _encode_text(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode_text(text: str) -> str:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


# What hours and lists say.
_OFTEN = {word: _encode_json(word) for word in ("open", "closed", "holiday", "true", "false")}
