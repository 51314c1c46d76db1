"""The call carries its own state: a signed text in a channel variable, set before each question.

Channel variables survive our process. When it dies, FreeSWITCH finishes the running gather, keeps the key in
the gather's variable and opens a new socket; whoever answers there reads both from the channel data and goes
on. Each question has a variable of its own (`ivr_key_7`), so that a key left by an earlier question is never
taken for the answer to this one. The signature covers the channel's id: a state cannot be forged by a caller,
nor carried from one call to another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from esl_server.agents.prepare import PrepareResult
from esl_server.switch.commands import DIGIT_VARIABLE, STATE_VARIABLE, State
from esl_server.switch.leg import DIGITS
from esl_server.switch.session import ChannelData
from ivr.domain.call_records import AgentAttempt, CallRecord, Ignored, Step, StepResult
from ivr.domain.menu.fields import DTMF_DIGITS
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.moves import Position
from ivr.domain.menu.node import Node
from ivr.domain.menu.published import PublishedMenu

# keying: a caller without a number is asked for it; confirming: it was read back to him.
Phase = Literal["asking", "bridging", "keying", "confirming"]

# Where prompts of ours lie under the prompt directory, and what stands for one when there is no file at all.
SYSTEM = "system/"
TONES = "tones"

_FORMAT = "3"
_KEY_VARIABLE = DIGIT_VARIABLE.encode("ascii")
_RESULT_LETTERS: dict[StepResult, str] = {
    "key": "k", "no_match": "x", "no_input": "n", "hang_up": "h", "action": "a",
    "moved": "m",
}
_RESULTS = {letter: result for result, letter in _RESULT_LETTERS.items()}
_PHASE_LETTERS: dict[Phase, str] = {"asking": "q", "bridging": "b", "keying": "n", "confirming": "c"}
_PHASES = {letter: phase for phase, letter in _PHASE_LETTERS.items()}


@dataclass(slots=True)
class CallState:
    """All that a new worker needs. Times are epoch milliseconds; `asked_ms` is when the question began."""

    call_id: str
    pointer: str
    position: Position
    phase: Phase
    started_ms: int
    answered_ms: int
    asked_ms: int
    take_overs: int = 0
    path: list[Step] = field(default_factory=list)
    # The path as it is encoded: a step is encoded once, and not again with each question.
    path_text: str = ""
    attempts: list[AgentAttempt] = field(default_factory=list)
    prepared: PrepareResult | None = None
    # Spent with agents, ringing and talking: no time in the menu.
    away_ms: int = 0
    # The number read back, while he is asked whether it is his.
    keyed: str = ""

    def add(self, step: Step) -> None:
        self.path.append(step)
        self.path_text += ("," if self.path_text else "") + _encode_step(step)


def encode_state(state: CallState, channel_uuid: str, secret: bytes) -> State:
    """Text of letters, digits and `:;.,_-*#` only, so that it needs no quoting on its way: ids of calls, menus and
    nodes, keys and numbers are of nothing else."""
    node, failures, steps = state.position
    text = (
        f"{_FORMAT};{state.call_id};{state.pointer};{node};{failures};{steps};{_PHASE_LETTERS[state.phase]};"
        f"{state.started_ms};{state.answered_ms};{state.asked_ms};{state.take_overs};{state.path_text};"
        f"{_encode_attempts(state.attempts)};{_encode_json(state.prepared) if state.prepared else ''};"
        f"{state.away_ms};{state.keyed}"
    )
    return State(f"{text};{_signature(text, channel_uuid, secret)}")


def decode_state(text: str, channel_uuid: str, secret: bytes) -> CallState | None:
    """The call state, or None when it is not one that we signed for this very channel."""
    body, _, signature = text.rpartition(";")
    if not hmac.compare_digest(signature.encode(), _signature(body, channel_uuid, secret).encode()):
        return None
    fields = body.split(";")
    if fields[0] != _FORMAT or len(fields) != 16:
        return None
    path = []
    for item in fields[11].split(",") if fields[11] else ():
        node, attempt, result, at_ms, ms, *played = item.split(".")
        path.append(
            Step(
                node, int(attempt), _RESULTS[result[0]], result[1:] or None, int(at_ms), int(ms),
                _system_prompt(played[0]) if played else None,
            )
        )  # fmt: skip
    return CallState(
        call_id=fields[1],
        pointer=fields[2],
        position=Position(fields[3], int(fields[4]), int(fields[5])),
        phase=_PHASES[fields[6]],
        started_ms=int(fields[7]),
        answered_ms=int(fields[8]),
        asked_ms=int(fields[9]),
        take_overs=int(fields[10]),
        path=path,
        path_text=fields[11],
        attempts=[AgentAttempt(**each) for each in _decode_json(fields[12])] if fields[12] else [],
        prepared=_decode_prepared(fields[13]) if fields[13] else None,
        away_ms=int(fields[14]),
        keyed=fields[15],
    )


def _encode_step(step: Step) -> str:
    """A node's own prompt is not said: `complete_path` finds it again. What was played in its place is, in brief."""
    text = f"{step.node}.{step.attempt}.{_RESULT_LETTERS[step.result]}{step.key or ''}.{step.at_ms}.{step.ms}"
    if step.prompt is not None and (step.prompt == TONES or step.prompt.startswith(SYSTEM)):
        text += f".{step.prompt.removeprefix(SYSTEM).removesuffix('.wav')}"
    return text


def _system_prompt(brief: str) -> str:
    return brief if brief == TONES else f"{SYSTEM}{brief}.wav"


def complete_path(path: list[Step], menu: PublishedMenu) -> None:
    """What a decoded path lacks and its menu knows: the nodes' own prompts, why a key was not taken."""
    for step in path:
        node = menu.tree.nodes.get(step.node)
        if node is None:
            continue
        prompt = menu.prompts.get(node.audio) if node.audio else None
        if step.prompt is None and prompt is not None:
            step.prompt, step.prompt_ms = prompt.file, prompt.duration_ms
        if step.result == "no_match":
            step.ignored = ignored_because(node, step.key)


def ignored_because(node: Node, key: str | None) -> Ignored:
    """Why a key that leads nowhere does."""
    return "no_target" if isinstance(node, GatherNode) and key in node.gather else "not_offered"


def _encode_attempts(attempts: list[AgentAttempt]) -> str:
    """Rare, and long: a call whose first address was not to be had."""
    return _encode_json([asdict(each) for each in attempts]) if attempts else ""


def _decode_prepared(text: str) -> PrepareResult:
    said, uri, headers = _decode_json(text)
    return PrepareResult(said, uri, tuple((name, value) for name, value in headers))


def _encode_json(value: Any) -> str:
    text = json.dumps(value, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode_json(text: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def find_call_state(channel: ChannelData, channel_uuid: str, secret: bytes) -> CallState | None:
    """The state that an earlier worker left on this channel, if any."""
    text = channel.find(f"variable_{STATE_VARIABLE}")
    return decode_state(text, channel_uuid, secret) if text else None


def find_digit(channel: ChannelData, position: Position) -> str | None:
    """The key pressed for this position's question while no worker was there."""
    key = channel.find(f"variable_{digit_variable(position).decode()}")
    return key if key and len(key) == 1 and key in DTMF_DIGITS else None


def find_digits(channel: ChannelData, position: Position) -> str | None:
    """`find_digit` for a question that takes several."""
    digits = channel.find(f"variable_{digit_variable(position).decode()}")
    return digits if digits and DIGITS.fullmatch(digits) else None


def digit_variable(position: Position) -> bytes:
    return b"%b%d" % (_KEY_VARIABLE, position.steps)


def apply_to_record(state: CallState, record: CallRecord) -> None:
    """Make a fresh record the continuation of the one that the lost worker kept."""
    record.call_id = state.call_id
    record.started_at = datetime.fromtimestamp(state.started_ms / 1000, UTC)
    record.take_overs = state.take_overs
    record.path = state.path
    record.agent = state.attempts
    if not state.pointer:
        return
    ivr_id, _, version = state.pointer.partition(":")
    record.ivr_id, record.ivr_version = ivr_id, int(version)


def _signature(text: str, channel_uuid: str, secret: bytes) -> str:
    return hashlib.blake2b(f"{channel_uuid};{text}".encode(), key=secret[:64], digest_size=16).hexdigest()
