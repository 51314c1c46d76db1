"""A call under way: its leg, its record, the state it carries, and what is kept of each step."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from esl_server.agents.dialling import Agents
from esl_server.agents.prepare import Preparer
from esl_server.call.call_end import dtmf_type
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.menu_cache import CompiledMenus
from esl_server.call.state import CallState, Phase, ignored_because
from esl_server.call.state_text import encode_state
from esl_server.call.system_prompts import SystemPrompts
from esl_server.records.counters import CallCounters
from esl_server.records.live_calls import LiveCallBoard
from esl_server.records.recorder import Recorder
from esl_server.switch import commands
from esl_server.switch.leg import Keypress, Leg, caller_of, printable
from esl_server.switch.session import Session
from esl_server.switch.turn import Turn
from ivr.domain.call_records import CallRecord, Ignored, Outcome, Step, StepResult, new_id, utc_now
from ivr.domain.dnc.events import OptOut
from ivr.domain.errors import EslError, InvalidNumber, StorageError
from ivr.domain.live_calls import LivePhase
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.moves import Position
from ivr.domain.menu.node import Node
from ivr.domain.numbers import parse_did
from ivr.domain.tickets import is_draft

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CallServices:
    """What every call of a process uses."""

    menus: CompiledMenus
    recorder: Recorder
    prompts: SystemPrompts
    agents: Agents
    preparer: Preparer
    secret: bytes
    region: str
    turn: Turn
    live: LiveCallBoard = field(default_factory=LiveCallBoard)
    counters: CallCounters = field(default_factory=CallCounters)


class Call:
    """`state` is what the channel carries and shares the record's path and attempts; `menu` is the version
    the call is pinned to, None until it is known."""

    def __init__(self, services: CallServices, session: Session) -> None:
        self.services = services
        self.leg = leg = Leg(session, services.counters.thought_s)
        channel = leg.channel
        did_raw = channel.find("Caller-Destination-Number") or ""
        ani, ani_raw = caller_of(channel, services.region)
        try:
            did = parse_did(did_raw, services.region)
        except InvalidNumber:
            did = None
        started_ms = now_ms()
        self.record = CallRecord(
            call_id=new_id("call"),
            channel_uuid=leg.channel_uuid,
            did=did,
            did_raw=printable(did_raw),
            ani=ani,
            ani_raw=ani_raw,
            # A record's key in Postgres: whoever goes on with the call has it from the call state, in milliseconds.
            started_at=datetime.fromtimestamp(started_ms / 1000, UTC),
            dtmf_type=dtmf_type(channel),
        )
        self.state = CallState(
            self.record.call_id,
            "",
            Position(""),
            "asking",
            started_ms,
            started_ms,
            started_ms,
            path=self.record.path,
            attempts=self.record.agent,
        )
        self.menu: CompiledMenu | None = None

    def elapsed_s(self) -> float:
        """In the menu, agents apart."""
        return max(0.0, (now_ms() - self.state.answered_ms - self.state.away_ms) / 1000)

    def stand(self, position: Position, asked_ms: int, phase: Phase = "asking") -> commands.State:
        """The call state as the channel is to carry it."""
        state = self.state
        state.position, state.asked_ms, state.phase = position, asked_ms, phase
        live_phase: LivePhase = "bridging" if phase == "bridging" else "asking"
        self.services.live.stands(self.record, position.node, live_phase, asked_ms)
        return encode_state(state, self.record.channel_uuid, self.services.secret)

    def leave_name(self) -> None:
        """For a call that failed before it had a call state: whoever goes on with it writes this very record."""
        self.state.pointer, self.state.position = "", Position("")
        try:
            self.leg.store_only(encode_state(self.state, self.record.channel_uuid, self.services.secret))
        except EslError as error:
            log.warning("%s: %s; another record of the same call may follow", self.record.call_id, error)

    def note_question(
        self,
        node: GatherNode,
        position: Position,
        answer: Keypress,
        asked_ms: int,
        played: tuple[str, int | None],
        *,
        moved: bool = False,
    ) -> None:
        """`moved`: no key ended the question but somebody who sent the call elsewhere."""
        key = answer.digit
        result: StepResult = "key"
        ignored: Ignored | None = None
        if moved:
            result, key = "moved", None
        elif key is None:
            result = "hang_up" if self.leg.hung_up else "no_input"
        elif self.menu is None or node.gather.get(key) not in self.menu.tree.nodes:
            result, ignored = "no_match", ignored_because(node, key)
        at_ms = max(0, asked_ms - self.state.answered_ms)
        self.state.add(Step(node.id, position.failures + 1, result, key, at_ms, answer.ms, *played, ignored))

    def note_action(self, node: Node) -> None:
        at = now_ms()
        self.services.live.stands(self.record, node.id, node.live_phase, at)
        prompt = self.menu.published.prompts.get(node.audio) if self.menu and node.audio else None
        played = (prompt.file, prompt.duration_ms) if prompt else (None, None)
        self.state.add(Step(node.id, 1, "action", None, max(0, at - self.state.answered_ms), 0, *played))

    def acted_at(self, node_id: str) -> bool:
        return any(step.node == node_id and step.result == "action" for step in self.record.path)

    def record_opt_out(self, opt_out: OptOut) -> Outcome | None:
        """None when it is on disk; else the caller has been told."""
        record = self.record
        if is_draft(record.ivr_id):
            return None  # nobody was ever offered this menu
        try:
            self.services.recorder.opt_out(opt_out)
        except StorageError:
            log.critical(
                "OPT-OUT LOST: no store took the opt-out of %s (call %s)",
                record.ani or record.ani_raw,
                record.call_id,
            )
            record.outcome = Outcome.OPT_OUT_FAILED
            self.leg.play(self.services.prompts.trouble)
            return Outcome.OPT_OUT_FAILED
        return None

    def set_for_phone(self, variable: str, value: str) -> None:
        """What only the phone of a test call is told."""
        if self.record.test:
            self.leg.with_next(commands.set_variable(variable, value))

    def finish(self) -> None:
        """The record, ended."""
        record = self.record
        self.services.live.ended(record)
        record.ended_at = utc_now()
        record.duration_ms = max(0, round((record.ended_at - record.started_at).total_seconds() * 1000))
        self.services.recorder.ended(record)


def now_ms() -> int:
    return time.time_ns() // 1_000_000
