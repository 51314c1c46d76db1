"""One call: decision, effect, decision. The interpreter decides, the leg does, this module goes between.

Whatever goes wrong here ends in one call record and a closed socket. A socket that is closed while the caller
is still there is no dropped call: FreeSWITCH goes on with the next action of its dialplan, another worker
answers there and takes the place that the channel carries.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from esl_server import commands, handoff, parting, resume, trying
from esl_server.figures import Figures
from esl_server.leg import Answer, Leg, caller_of, printable
from esl_server.live import LiveCalls
from esl_server.menu import Menu
from esl_server.menus import Menus
from esl_server.opting_out import NumberAsked, opt_out_of
from esl_server.prepare import Preparer
from esl_server.prompts import SystemPrompts
from esl_server.recorder import Recorder
from esl_server.session import Session
from ivr.domain import interpreter, orders
from ivr.domain.calls import AgentAttempt, CallRecord, Ignored, Outcome, Step, StepResult, new_id, utc_now
from ivr.domain.dnc import OptOut
from ivr.domain.errors import (
    CallerHungUp,
    EslConnectionLost,
    InvalidNumber,
    StorageError,
    StorageUnavailable,
)
from ivr.domain.interpreter import Ask, End, GiveUp, Next, Place
from ivr.domain.live import LivePhase
from ivr.domain.numbers import parse_did
from ivr.domain.tickets import CALL_VARIABLE, NODE_VARIABLE, OUTCOME_VARIABLE, is_draft
from ivr.domain.tree import ActionNode, GatherNode

log = logging.getLogger(__name__)

# An answer that comes within this is not worth a sound.
_QUIET_S = 0.3
_RING_PIECE = commands.playback(commands.RING_PIECE)
_GIVE_UP_OUTCOMES: dict[interpreter.GiveUpReason, Outcome] = {
    "no_input": Outcome.NO_INPUT,
    "no_match": Outcome.NO_MATCH,
    "steps": Outcome.BUDGET_SPENT,
    "seconds": Outcome.BUDGET_SPENT,
}
# What a caller does after his talk with the agent changes nothing about it, unless it is one of these.
_SAYS_MORE_THAN_A_TALK = frozenset({Outcome.OPTED_OUT, Outcome.OPT_OUT_FAILED, Outcome.FAILED, Outcome.LOST})


@dataclass(frozen=True, slots=True)
class Services:
    """What every call of a process uses."""

    menus: Menus
    recorder: Recorder
    prompts: SystemPrompts
    agents: handoff.Agents
    preparer: Preparer
    secret: bytes
    region: str
    live: LiveCalls = field(default_factory=LiveCalls)
    figures: Figures = field(default_factory=Figures)


class CallWorker:
    """The life of one call, from the connected socket to its record."""

    def __init__(self, services: Services, session: Session) -> None:
        self._services = services
        self._leg = leg = Leg(session, services.figures.thought_s)
        channel = leg.channel
        did_raw = channel.find("Caller-Destination-Number") or ""
        ani, ani_raw = caller_of(channel, services.region)
        try:
            did = parse_did(did_raw, services.region)
        except InvalidNumber:
            did = None
        started_ms = _now_ms()
        self.record = CallRecord(
            call_id=new_id("call"),
            channel_uuid=leg.channel_uuid,
            did=did,
            did_raw=printable(did_raw),
            ani=ani,
            ani_raw=ani_raw,
            # A record's key in Postgres: whoever goes on with the call has it from its place, in milliseconds.
            started_at=datetime.fromtimestamp(started_ms / 1000, UTC),
            dtmf_type=parting.dtmf_type(channel),
        )
        # Shares the record's path.
        self._call = resume.CallState(
            self.record.call_id, "", Place(""), "asking", started_ms, started_ms, started_ms, path=self.record.path,
            attempts=self.record.agent,
        )
        self._menu: Menu | None = None
        self._refused = False
        self._unannounced = False
        # The node that somebody sent the call to, until it is obeyed.
        self._sent_to: str | None = None

    def run(self, *, over_capacity: bool = False) -> None:
        """Serve the call to its end; raises nothing but what kills the process."""
        record = self.record
        try:
            record.outcome = self._serve(over_capacity)
            parting.note(record, self._leg, refused=self._refused)
        except CallerHungUp:
            record.outcome = record.outcome or Outcome.CALLER_HUNG_UP
            parting.note(record, self._leg)
        except EslConnectionLost:
            gone = Outcome.CALLER_HUNG_UP if self._leg.hung_up else Outcome.LOST
            record.outcome = record.outcome or gone
            record.hung_up_by = "caller" if self._leg.hung_up else None
        except Exception:
            log.exception("%s: call failed", record.call_id)
            record.outcome = record.outcome or Outcome.FAILED
            self._finish_record()
            return  # without a hang-up: the next socket action of the dialplan takes the call on
        if record.outcome not in _SAYS_MORE_THAN_A_TALK and any(each.result == "answered" for each in record.agent):
            record.outcome = Outcome.TRANSFERRED
        self._finish_record()
        if not self._refused:
            self._tell_phone(OUTCOME_VARIABLE, str(record.outcome))
            self._leg.hang_up()

    def _serve(self, over_capacity: bool) -> Outcome:
        state = resume.find_state(self._leg.channel, self._leg.channel_uuid, self._services.secret)
        if state is not None:
            return self._take_over(state)
        if over_capacity:
            return self._refuse(503, Outcome.OVER_CAPACITY)
        try:
            menu = trying.find_menu(self._services.menus, self.record)
        except StorageUnavailable as error:
            log.error("%s: %s", self.record.call_id, error)
            return self._refuse(503, Outcome.FAILED)
        if menu is None:
            return self._refuse(404, Outcome.UNASSIGNED)
        self._menu = menu
        self.record.ivr_id = menu.published.ivr_id
        self.record.ivr_version = menu.published.version
        self._unannounced = True
        self._tell_phone(CALL_VARIABLE, self.record.call_id)
        self._call.pointer = menu.pointer
        self._call.answered_ms = _now_ms()
        self._leg.answer()
        return self._walk(menu, *interpreter.begin(menu.tree))

    def _refuse(self, status: int, outcome: Outcome) -> Outcome:
        cause = "UNALLOCATED_NUMBER" if status == 404 else "NORMAL_TEMPORARY_FAILURE"
        self.record.outcome, self.record.hangup_cause = outcome, cause
        self._refused = True
        if self._leg.answered:
            self._leg.hang_up(cause)
        else:
            self._leg.refuse(status)
        return outcome

    def _take_over(self, state: resume.CallState) -> Outcome:
        """Go on where a lost worker stood; the key pressed meanwhile counts."""
        state.take_overs += 1
        record = self.record
        resume.apply_to_record(state, record)
        self._call = state
        trying.mark_taken_over(self._services.menus, record)
        log.warning("%s: taken over at %s", record.call_id, state.place.node)
        self._services.recorder.started(record)
        self._leg.carry_on()
        try:
            menu = self._menu = self._services.menus.get_version(state.pointer)
        except StorageUnavailable:
            log.exception("%s: its menu is gone", record.call_id)
            self._leg.tell(self._services.prompts.trouble)
            return Outcome.FAILED
        resume.complete_path(record.path, menu.published)
        if state.phase == "bridging":
            return self._resume_transfer(menu, state)
        place = state.place
        standing = menu.tree.nodes[place.node]
        if state.phase in ("keying", "confirming") and isinstance(standing, ActionNode):
            record.outcome = Outcome.OPTED_OUT
            return self._identify(menu, standing)
        self._sent_to = self._ordered(menu, self._leg.channel.find(f"variable_{orders.VARIABLE}"))
        if self._sent_to is not None:
            return self._walk(menu, *self._obey(menu, place, self._sent_to))
        key = resume.find_key(self._leg.channel, place)
        if key is None:
            return self._walk(menu, *interpreter.resume(menu.tree, place, self._elapsed_s()))
        node = menu.tree.nodes[place.node]
        if isinstance(node, GatherNode):
            answer = Answer(key, max(0, _now_ms() - state.asked_ms))
            self._note(node, place, answer, state.asked_ms, menu.played(node))
        return self._walk(menu, *interpreter.step(menu.tree, place, key, self._elapsed_s()))

    def _walk(self, menu: Menu, place: Place, following: Next) -> Outcome:
        while isinstance(following, Ask):
            answer = self._ask(menu, place, following)
            if answer.key is None and self._leg.hung_up:
                raise CallerHungUp
            if self._sent_to is not None:
                place, following = self._obey(menu, place, self._sent_to)
            else:
                place, following = interpreter.step(menu.tree, place, answer.key, self._elapsed_s())
        if self._unannounced:
            self._announce()
        if isinstance(following, End):
            return self._act(menu, place, following.node)
        return self._give_up(following)

    def _obey(self, menu: Menu, place: Place, node_id: str) -> tuple[Place, Next]:
        log.warning("%s: sent from %s to %s", self.record.call_id, place.node, node_id)
        self._sent_to = None
        self._leg.with_next(commands.FORGET_ORDER)
        return interpreter.go_to(menu.tree, place, node_id, self._elapsed_s())

    def _ordered(self, menu: Menu, order: str | None) -> str | None:
        """The node of an order that we signed for this call."""
        node_id = order and orders.decode_order(order, self.record.channel_uuid, self._services.secret)
        return node_id if node_id in menu.tree.nodes else None

    def _announce(self) -> None:
        """The call's first record, written when its place is on the channel: a worker that is lost before that leaves
        nothing, and the next one begins the call; after it the next one goes on with this very record."""
        self._unannounced = False
        self._services.recorder.started(self.record)

    def _ask(self, menu: Menu, place: Place, ask: Ask) -> Answer:
        node = ask.node
        self._tell_phone(NODE_VARIABLE, node.id)
        # What is heard before the question is no part of it.
        lead_ms = 0 if self.record.path else commands.SILENCE_AFTER_ANSWER_MS
        if ask.after_no_match:
            self._leg.with_next(self._services.prompts.invalid)
            lead_ms = self._services.prompts.invalid_ms
        asked_ms = _now_ms() + lead_ms
        state = self._state(place, asked_ms)
        asked = menu.gather(node)
        sent = self._announce if self._unannounced else None
        answer = self._leg.ask(asked, resume.key_variable(place), state, node.timeout_s, sent)
        # A file may go between our look at it and its turn, which comes after the silence of the answer.
        for instead in (menu.keys_read_out, menu.tones):
            if answer.key is not None or self._leg.hung_up:
                break
            if menu.is_still_there(node, asked) or self._leg.listened():
                break
            log.warning("%s: the prompt of %s could not be opened", self.record.call_id, node.id)
            asked = instead(node)
            answer = self._leg.ask(asked, resume.key_variable(place), state, node.timeout_s)
        if answer.key == orders.KEY:
            self._sent_to = self._ordered(menu, self._leg.find_order())
        answer = Answer(answer.key, max(0, answer.ms - lead_ms))
        self._note(node, place, answer, asked_ms, menu.played(node, asked))
        return answer

    def _note(
        self, node: GatherNode, place: Place, answer: Answer, asked_ms: int, played: tuple[str, int | None]
    ) -> None:
        key = answer.key
        result: StepResult = "key"
        ignored: Ignored | None = None
        if self._sent_to is not None:
            result, key = "moved", None
        elif key is None:
            result = "hang_up" if self._leg.hung_up else "no_input"
        elif self._menu is None or node.gather.get(key) not in self._menu.tree.nodes:
            result, ignored = "no_match", resume.ignored_because(node, key)
        at_ms = max(0, asked_ms - self._call.answered_ms)
        self._call.add(Step(node.id, place.failures + 1, result, key, at_ms, answer.ms, *played, ignored))

    def _state(self, place: Place, asked_ms: int, phase: resume.Phase = "asking") -> commands.State:
        """The call's place as the channel is to carry it."""
        call = self._call
        call.place, call.asked_ms, call.phase = place, asked_ms, phase
        self._services.live.stands(self.record, place.node, "bridging" if phase == "bridging" else "asking", asked_ms)
        return resume.encode_state(call, self.record.channel_uuid, self._services.secret)

    def _act(self, menu: Menu, place: Place, node: ActionNode) -> Outcome:
        own_audio = menu.ending(node)
        self._tell_phone(NODE_VARIABLE, node.id)
        if node.action == "suppress":
            return self._opt_out(menu, place, node, own_audio)
        self._note_action(node)
        if node.action == "hangup":
            self.record.outcome = Outcome.HUNG_UP
            if own_audio is not None:
                self._leg.tell(own_audio)
            return Outcome.HUNG_UP
        self._prepare(menu, node, own_audio)
        return self._transfer(menu, place, node)

    def _prepare(self, menu: Menu, node: ActionNode, own_audio: bytes | None) -> None:
        """The node's own audio, while the agent's prepare URL is asked; ringing, while it thinks longer."""
        asked = self._services.preparer.begin(menu.agent(node), self.record, node.id, node.outcome)
        try:
            if own_audio is not None:
                self._leg.tell(own_audio)
            if asked is None:
                self._call.prepared = None
                return
            asked.join(_QUIET_S)
            while not asked.ready():
                self._leg.tell(_RING_PIECE)
            self._call.prepared = asked.value
        finally:
            if asked is not None:
                asked.kill(block=False)

    def _opt_out(self, menu: Menu, place: Place, node: ActionNode, own_audio: bytes | None) -> Outcome:
        """On disk first; only then does the caller hear anything more."""
        record = self.record
        pressed = record.path[-1] if record.path else None
        question = menu.tree.nodes.get(pressed.node) if pressed else None
        heard = menu.heard(question) if isinstance(question, GatherNode) else (None, None)
        opt_out = opt_out_of(
            record,
            "ani",
            pressed.node if pressed else node.id,
            pressed.key if pressed else None,
            pressed.ms if pressed else None,
            heard,
        )
        self._note_action(node)
        failed = self._keep(opt_out)
        if failed is not None:
            return failed
        record.outcome = Outcome.OPTED_OUT
        if record.ani is None:
            return self._identify(menu, node, place)
        self._leg.tell(own_audio or self._services.prompts.opted_out)
        return Outcome.OPTED_OUT

    def _identify(self, menu: Menu, node: ActionNode, place: Place | None = None) -> Outcome:
        """A caller who is on the list without a number may key it; without `place`: goes on where he was asked."""
        asked = NumberAsked(self._leg, menu.paths, self._services.region, self._call, self._state)
        keyed = None
        if asked.can_be_asked():
            keyed = asked.ask(place) if place is not None else asked.go_on()
        failed = self._keep(keyed.event(self.record, node.id)) if keyed is not None else None
        if failed is not None:
            return failed
        self._leg.tell(menu.ending(node) or self._services.prompts.opted_out)
        return Outcome.OPTED_OUT

    def _keep(self, opt_out: OptOut) -> Outcome | None:
        """None when it is on disk; else the caller has been told."""
        record = self.record
        if is_draft(record.ivr_id):
            return None  # nobody was ever offered this menu
        try:
            self._services.recorder.opt_out(opt_out)
        except StorageError:
            log.critical("OPT-OUT LOST: no store took the opt-out of %s (call %s)", record.ani or record.ani_raw,
                         record.call_id)
            record.outcome = Outcome.OPT_OUT_FAILED
            self._leg.tell(self._services.prompts.trouble)
            return Outcome.OPT_OUT_FAILED
        return None

    def _transfer(self, menu: Menu, place: Place, node: ActionNode, first: int = 0) -> Outcome:
        """The agent's addresses one after the other, from the place `first` on; then the fallback."""
        agents = self._services.agents
        name, lines = menu.lines(node, agents)
        prepared = self._call.prepared
        lines = agents.prepared_lines(lines, prepared)
        for at in agents.worth_trying(lines, first):
            state = self._state(Place(place.node, at, place.steps), _now_ms(), "bridging")
            self._services.recorder.started(self.record)
            elapsed_s, again = int(self._elapsed_s()), bool(self.record.agent)
            bridge = lines[at].bridge(
                self.record, node.outcome, elapsed_s, menu.ringback(node), prepared, again=again
            )
            attempt = lines[at].attempt(self._leg.bridge(bridge, state), node.outcome, name, prepared)
            if self._after_bridge(attempt):
                return self._after_talk(menu, place, node, attempt)
        return self._without_agent(menu, place, node)

    def _resume_transfer(self, menu: Menu, state: resume.CallState) -> Outcome:
        """A bridge went on while its worker was lost."""
        place, node = state.place, menu.tree.nodes[state.place.node]
        if not isinstance(node, ActionNode):
            return Outcome.FAILED
        bridged = self._leg.earlier_bridge(state.asked_ms)
        if bridged is None:
            return self._transfer(menu, place, node, place.failures)
        name, lines = menu.lines(node, self._services.agents)
        lines = self._services.agents.prepared_lines(lines, state.prepared)
        at = min(place.failures, len(lines) - 1)
        attempt = lines[at].attempt(bridged, node.outcome, name, state.prepared)
        if self._after_bridge(attempt):
            return self._after_talk(menu, place, node, attempt)
        return self._transfer(menu, place, node, at + 1)

    def _after_bridge(self, attempt: AgentAttempt) -> bool:
        """True when the agent had the call; raises CallerHungUp when he did not and the caller is gone."""
        self._call.away_ms += max(0, _now_ms() - self._call.asked_ms)
        self.record.agent.append(attempt)
        if attempt.ring_ms is not None:
            self._services.figures.rang.append((attempt.result, attempt.ring_ms))
        if not self.record.test:  # who tries a menu is answered by an agent of the phone's own
            self._services.agents.health.note(attempt.uri, attempt.result)
        if attempt.result == "answered":
            return True
        if self._leg.hung_up:
            raise CallerHungUp
        log.warning("%s: agent %s: %s", self.record.call_id, attempt.result, attempt.cause)
        return False

    def _after_talk(self, menu: Menu, place: Place, node: ActionNode, attempt: AgentAttempt) -> Outcome:
        """What the agent reports is done: `dnc` opts the caller out as his own key would. Else a caller who is still
        there goes on at `on_agent_hangup`."""
        record = self.record
        if attempt.reported is None or attempt.reported.lower() != handoff.OPT_OUT_REPORT:
            on = None if self._leg.hung_up else interpreter.after_talk(menu.tree, place, self._elapsed_s())
            # From one agent to another and back without a question would go round for ever.
            if on is None or self._acted_at(on[0].node):
                return Outcome.TRANSFERRED
            return self._walk(menu, *on)
        return self._keep(opt_out_of(record, "agent", node.id)) or Outcome.TRANSFERRED

    def _without_agent(self, menu: Menu, place: Place, node: ActionNode) -> Outcome:
        """The author's own way on, unless it leads to a transfer that was tried before; else an apology."""
        on = interpreter.fallback(menu.tree, place, self._elapsed_s())
        if on is not None and not self._acted_at(on[0].node):
            return self._walk(menu, *on)
        self.record.outcome = Outcome.AGENT_UNAVAILABLE
        self._leg.tell(self._services.prompts.apology)
        return Outcome.AGENT_UNAVAILABLE

    def _acted_at(self, node_id: str) -> bool:
        return any(step.node == node_id and step.result == "action" for step in self.record.path)

    def _give_up(self, end: GiveUp) -> Outcome:
        self.record.outcome = outcome = _GIVE_UP_OUTCOMES[end.reason]
        self._leg.tell(self._services.prompts.goodbye)
        return outcome

    def _note_action(self, node: ActionNode) -> None:
        now_ms = _now_ms()
        phase: LivePhase = "bridging" if node.action == "transfer" else "ending"
        self._services.live.stands(self.record, node.id, phase, now_ms)
        at_ms = max(0, now_ms - self._call.answered_ms)
        prompt = self._menu.published.prompts.get(node.audio) if self._menu and node.audio else None
        played = (prompt.file, prompt.duration_ms) if prompt else (None, None)
        self._call.add(Step(node.id, 1, "action", None, at_ms, 0, *played))

    def _tell_phone(self, variable: str, value: str) -> None:
        if self.record.test:
            self._leg.with_next(commands.set_variable(variable, value))

    def _elapsed_s(self) -> float:
        """In the menu, agents apart."""
        return max(0.0, (_now_ms() - self._call.answered_ms - self._call.away_ms) / 1000)

    def _finish_record(self) -> None:
        record = self.record
        self._services.live.ended(record)
        record.ended_at = utc_now()
        record.duration_ms = max(0, round((record.ended_at - record.started_at).total_seconds() * 1000))
        try:
            self._services.recorder.ended(record)
        except StorageError:
            log.critical("call record not kept: %s", record.to_json())


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

