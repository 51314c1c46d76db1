"""The call state: all that a worker needs to take over a call, and how the channel's digits belong to it.

Channel variables survive the call server's process. When it dies, FreeSWITCH finishes the running gather, keeps the
digit in the gather's variable and opens a new socket; the worker that answers there reads both from the channel data
and takes the call over. Each question has a variable of its own (`ivr_key_7`), so a digit left by an earlier question
is never taken for the reply to this one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Literal, NamedTuple

from esl_server.agents.prepare import PrepareResult
from esl_server.call.sequence import recorded
from esl_server.call.state_parts import NEW_RESULTS, PLAIN_KEYS, encode_step
from esl_server.switch.channel_data import ChannelData
from esl_server.switch.commands import DIGIT_VARIABLE
from esl_server.switch.keyed import DIGITS, ENTRY, WITHOUT_EXTRA
from ivr.domain.call_records import BESIDE, AgentAttempt, CallRecord, Ignored, Step
from ivr.domain.lines.places import Place
from ivr.domain.menu.fields import DTMF_DIGITS
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.language_sentences import SENTENCE_FILE
from ivr.domain.menu.moves import Position
from ivr.domain.menu.node import Node
from ivr.domain.menu.published import PublishedMenu
from ivr.domain.menu.sequences import sequence_of
from ivr.domain.verstat import Verstat

# recording: the caller speaks; keying: a caller without a number is asked for it; confirming: the number was read
# back to them; waiting: in a line.
Phase = Literal["asking", "bridging", "recording", "keying", "confirming", "waiting"]

_DIGIT_VARIABLE = DIGIT_VARIABLE.encode("ascii")


class Signalled(NamedTuple):
    """The number dialled and the caller's, as received."""

    did_raw: str
    ani_raw: str


@dataclass(slots=True)
class CallState:
    """Times are epoch milliseconds; `asked_ms` is when the question, or the attempt to reach an agent, began.
    `pointer` names the menu's version; it is empty until that is known."""

    call_id: str
    pointer: str
    position: Position
    phase: Phase
    started_ms: int
    answered_ms: int
    asked_ms: int
    take_overs: int = 0
    path: list[Step] = field(default_factory=list)
    # The encoded path, as far as it was asked for: each step is encoded once, and not again with each question.
    encoded_path: str = ""
    encoded_steps: int = 0
    attempts: list[AgentAttempt] = field(default_factory=list)
    prepared: PrepareResult | None = None
    # Spent with agents, ringing and talking; it does not count as time in the menu.
    away_ms: int = 0
    # The number read back, while the caller is asked to confirm it, or the digits of an entry so far.
    keyed: str = ""
    keyed_is_secret: bool = False
    # Whether the path has steps that format 4 of its text does not know.
    has_new_steps: bool = field(default=False, compare=False)
    # The number dialled and the caller's as received: a channel that an agent has sent on has others in their place.
    signalled: Signalled | None = None
    # What a carrier said about the caller's number: From may be another later, in the ACK or a re-INVITE.
    verstat: Verstat | None = None
    # The name of the trunk that the call came by: there may be others when it is taken over.
    trunk: str | None = None
    # The people who are rung, by their names in order: others may be on duty when the call is taken over.
    rung: tuple[str, ...] = ()
    # Of a call that waits in a line, or came to a person by one: its place there.
    place: Place | None = None

    def add(self, step: Step) -> None:
        """Add the next step. It begins no earlier than the one before it, whose beginning may have been foreseen."""
        path = self.path
        if path and path[-1].at_ms > step.at_ms:
            step.at_ms = path[-1].at_ms
        path.append(step)
        if step.result in NEW_RESULTS or step.value is not None or step.key not in PLAIN_KEYS:
            self.has_new_steps = True

    def add_at_once(self, steps: list[Step]) -> None:
        """Add steps of switches, which all begin at the same moment."""
        path = self.path
        if path and path[-1].at_ms > steps[0].at_ms:
            for step in steps:
                step.at_ms = path[-1].at_ms
        path += steps
        self.has_new_steps = True

    @property
    def path_text(self) -> str:
        path, text = self.path, self.encoded_path
        new = len(path) - self.encoded_steps
        if new:
            encoded = encode_step(path[-1]) if new == 1 else ",".join([encode_step(step) for step in path[-new:]])
            self.encoded_path = text = f"{text},{encoded}" if text else encoded
            self.encoded_steps += new
        return text

    def revise(self, step: Step) -> None:
        """Encode the path again from this step on: steps of it were corrected, or are no longer in it."""
        if not self.encoded_steps:
            return
        path = self.path
        at = len(path) - 1
        while at > 0 and path[at] is not step:
            at -= 1
        if at < self.encoded_steps:
            kept = max(0, at)
            self.encoded_path = ",".join(self.encoded_path.split(",", kept)[:kept]) if kept else ""
            self.encoded_steps = kept

    def as_it_stands(self) -> Callable[[], CallState]:
        """Makes a copy of the state as it stands now, whose steps may still be corrected. It is hardly ever wanted,
        and is made only then."""
        values, path, attempts = _values_of(self), self.path[:], self.attempts[:]

        def copy() -> CallState:
            state = CallState(*values)
            state.path, state.attempts = path, attempts
            return state

        return copy


_values_of = attrgetter(*(each.name for each in fields(CallState)))


def complete_path(path: list[Step], menu: PublishedMenu, language: str = "") -> None:
    """Add what the text of a path leaves to its menu: the nodes' own prompts, in the language that the caller has
    now, and why a digit was not taken."""
    for step in path:
        node = menu.tree.nodes.get(step.node)
        if node is None:
            continue
        if step.prompt is None and step.result != "known":
            step.prompt, step.prompt_ms = _prompt_of(node, step.attempt, menu, language)
        if step.result == "no_match":
            step.ignored = ignored_because(node, step.key or step.value)


def _prompt_of(node: Node, attempt: int, menu: PublishedMenu, language: str) -> tuple[str | None, int | None]:
    languages = menu.tree.languages
    names = sequence_of(node.audio, language, languages)
    if isinstance(node, GatherNode):
        names = node.prompt_at(0, language, languages)
    if isinstance(node, GatherNode) and attempt > 1:
        again = node.prompt_at(attempt - 1, language, languages)
        names = again if again and all(name in menu.prompts for name in again) else names
    if any(map(SENTENCE_FILE.fullmatch, names)):
        # How long they are is not known here.
        files = [menu.prompts[name].file if name in menu.prompts else name for name in names]
        return BESIDE.join(files), None
    prompts = [menu.prompts[name] for name in names if name in menu.prompts and menu.prompts[name].template is None]
    if not prompts or (isinstance(node, GatherNode) and len(prompts) < len(names)):
        return None, None
    return recorded(prompts)


def shown_of(node: GatherNode, digits: str) -> tuple[str | None, str | None]:
    """What the record shows of digits: a single key as it is; of an entry its name in the menu and the digits. What
    is secret is shown by its entry alone."""
    if node.secret:
        return node.find_entry(digits), None
    return (digits, None) if node.entries.is_single else (node.find_entry(digits), digits)


def ignored_because(node: Node, digits: str | None) -> Ignored:
    """Why a digit or an entry was not taken."""
    is_offered = isinstance(node, GatherNode) and digits is not None and node.find_entry(digits) is not None
    return "no_target" if is_offered else "not_offered"


def apply_to_record(state: CallState, record: CallRecord) -> None:
    """Make a fresh record the continuation of the one that the lost worker kept."""
    record.call_id = state.call_id
    record.started_at = datetime.fromtimestamp(state.started_ms / 1000, UTC)
    record.take_overs = state.take_overs
    record.path = state.path
    record.agent = state.attempts
    record.verstat, record.trunk = state.verstat, state.trunk
    if not state.pointer:
        return
    ivr_id, _, version = state.pointer.partition(":")
    record.ivr_id, record.ivr_version = ivr_id, int(version)


def find_digit(channel: ChannelData, position: Position) -> str | None:
    """The digit pressed for this position's question while no worker was connected."""
    digit = channel.find(f"variable_{digit_variable(position).decode()}")
    return digit if digit and len(digit) == 1 and digit in DTMF_DIGITS else None


def find_digits(channel: ChannelData, position: Position) -> str | None:
    """`find_digit` for a question that takes several."""
    digits = channel.find(f"variable_{digit_variable(position).decode()}")
    return digits if digits and DIGITS.fullmatch(digits) else None


def find_entry(channel: ChannelData, state: CallState) -> str | None:
    """What was keyed for this call's question while no worker was connected, behind what was keyed before."""
    digits = channel.find(f"variable_{digit_variable(state.position, len(state.keyed)).decode()}")
    digits = digits.translate(WITHOUT_EXTRA) if digits else ""
    return digits if ENTRY.fullmatch(digits) else None


def digit_variable(position: Position, keyed: int = 0) -> bytes:
    """`keyed`: so many digits of the entry were collected before."""
    return _digit_variable(position.steps, keyed)


@lru_cache(maxsize=1024)
def _digit_variable(steps: int, keyed: int) -> bytes:
    variable = b"%b%d" % (_DIGIT_VARIABLE, steps)
    return b"%b_%d" % (variable, keyed) if keyed else variable
