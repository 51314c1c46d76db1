"""The life of one call: the interpreter decides, an effect performs the decision and returns the next one.

Whatever goes wrong ends in one call record and a closed socket. Closing the socket while the caller is connected does
not drop the call: FreeSWITCH continues with the next action of its dialplan, and another worker answers there and
takes over at the position that the channel carries.
"""

from __future__ import annotations

import logging

from esl_server.call.call import Call, Pressed, now_ms
from esl_server.call.call_end import record_end, record_lost
from esl_server.call.call_recording import record_all
from esl_server.call.call_services import CallServices
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.effects import EFFECTS
from esl_server.call.effects.ask import continue_entry, obey_order
from esl_server.call.effects.effect import After
from esl_server.call.effects.entry import forget
from esl_server.call.effects.record import continue_recording
from esl_server.call.effects.referral import continue_referral
from esl_server.call.effects.suppress import continue_keyed_number
from esl_server.call.effects.transfer import continue_transfer, continue_waiting
from esl_server.call.entering import enter
from esl_server.call.hung_up import run_hung_up
from esl_server.call.notes import note_lost, note_question
from esl_server.call.outcomes import classify, outcome_of_end, outcome_with_talk
from esl_server.call.outgoing import begin_outgoing, still_answered_by
from esl_server.call.refusal import refuse
from esl_server.call.signed_number import check_signature
from esl_server.call.state import CallState, complete_path, digit_variable
from esl_server.call.state_text import find_call_state
from esl_server.call.takeover import (
    ApplyDigit,
    BeginAgain,
    CannotContinue,
    ContinueEntry,
    ContinueKeyedNumber,
    ContinueRecording,
    ContinueReferral,
    ContinueTransfer,
    ContinueWaiting,
    ObeyOrder,
    Plan,
    RepeatNode,
    plan_takeover,
)
from esl_server.call.test_calls import find_menu, mark_taken_over
from esl_server.call.trunk_limits import is_beyond_limits
from esl_server.switch.keyed import Keypress
from esl_server.switch.session import Session
from ivr.domain import orders
from ivr.domain.call_records import CallRecord, Outcome
from ivr.domain.errors import CallerHungUp, CallSentOn, StorageUnavailable
from ivr.domain.menu import interpreter
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.interpreter import Act, Ask, Next
from ivr.domain.menu.moves import GiveUp, NoWayOn, Position
from ivr.domain.menu.variables import LANGUAGE, NOTHING_KNOWN
from ivr.domain.tickets import CALL_VARIABLE, OUTCOME_VARIABLE

log = logging.getLogger(__name__)


class CallWorker:
    """One call, from the connected socket to its record."""

    def __init__(self, services: CallServices, session: Session) -> None:
        self._services = services
        self._call = call = Call(services, session)
        self._leg = call.leg

    @property
    def record(self) -> CallRecord:
        return self._call.record

    def run(self, *, over_capacity: bool = False) -> None:
        """Serve the call to its end; raises only what ends the process."""
        record, leg = self.record, self._leg
        try:
            record.outcome = self._serve(over_capacity)
            record_end(record, leg, refused=self._call.is_refused)
        except CallSentOn:
            self._services.live.ended(record)
            return  # without a record of an end: the switch asks a worker for the call again
        except Exception as error:
            outcome = classify(error, hung_up=leg.hung_up)
            record.outcome = record.outcome or outcome
            if outcome is Outcome.FAILED:
                log.exception("%s: call failed", record.call_id)
                if not self._call.is_announced:
                    self._call.store_id()
                self._call.finish()
                return  # without a hang-up: the next socket action of the dialplan takes the call over
            if isinstance(error, CallerHungUp):
                record_end(record, leg)
            else:
                note_lost(self._call, outcome)
                record_lost(record, leg)
        run_hung_up(self._call)
        record.outcome = outcome_with_talk(record.outcome, record.agent)
        self._call.finish()
        if not self._call.is_refused:
            self._call.set_for_phone(OUTCOME_VARIABLE, str(record.outcome))
            leg.hang_up()

    def _serve(self, over_capacity: bool) -> Outcome:
        state = find_call_state(self._leg.channel, self._leg.channel_uuid, self._services.secret)
        if state is not None:
            return self._take_over(state)
        if over_capacity or is_beyond_limits(self._call):
            return self._turn_away(503, Outcome.OVER_CAPACITY)
        return self._begin()

    def _begin(self) -> Outcome:
        call, record = self._call, self.record
        try:
            found = find_menu(self._services.menus, record)
        except StorageUnavailable as error:
            log.error("%s: %s", record.call_id, error)
            return self._turn_away(503, Outcome.FAILED)
        if found is None:
            why = self._call.unread or f"no menu has {self.record.did}"
            self._services.unassigned.note(self.record.call_id, self.record.did_raw, why)
            return self._turn_away(404, Outcome.UNASSIGNED)
        menu, outgoing, language = found
        call.pin_to(menu)
        check_signature(call)
        known = begin_outgoing(call, outgoing) if outgoing is not None else NOTHING_KNOWN
        record.ivr_id, record.ivr_version = menu.published.ivr_id, menu.published.version
        call.set_for_phone(CALL_VARIABLE, record.call_id)
        call.state.pointer = menu.pointer
        call.state.answered_ms = now_ms()
        if menu.tree.answer or self._leg.answered:
            call.answer()
        else:
            call.rings = True
        memory = known if call.story is None else menu.published.given.memory()
        if language and menu.tree.languages:
            memory = call.knowing(memory.keeping(LANGUAGE, language, is_secret=False))
            call.language_of_number = memory.known_language
        return self._walk(menu, interpreter.begin(menu.tree, call.knowing(memory)))

    def _turn_away(self, status: int, outcome: Outcome) -> Outcome:
        """Refuse a call that has no menu; its outcome is this even when the caller leaves first."""
        self.record.outcome = outcome
        return refuse(self._call, status, outcome)

    def _take_over(self, state: CallState) -> Outcome:
        """Continue a call that another worker began; a digit pressed meanwhile counts."""
        call = self._call
        call.adopt(state)
        menu = self._announce_takeover(state) if state.pointer else None
        channel = self._leg.channel
        ordered = None
        if menu is not None:
            ordered = call.find_ordered(channel.find(f"variable_{orders.VARIABLE}"), menu.tree)
        state.position = call.position = state.position._replace(memory=call.knowing(state.position.memory))
        call.note_language(state.position.memory)
        still_answered_by(call)
        if menu is not None:
            complete_path(self.record.path, menu.published, state.position.memory.language)
        plan = plan_takeover(state, channel, menu.tree if menu else None, ordered, now_ms())
        if isinstance(plan, BeginAgain):
            return self._begin()
        if isinstance(plan, CannotContinue) or menu is None:
            log.error("%s cannot be continued: %s", self.record.call_id, plan)
            if call.rings:
                call.answer_late()
            call.say("trouble")
            return Outcome.FAILED
        return self._walk(menu, self._continue(plan, menu))

    def _announce_takeover(self, state: CallState) -> CompiledMenu | None:
        """The menu's version that the call is pinned to, None when it is gone."""
        call, record = self._call, self.record
        mark_taken_over(self._services.menus, record)
        log.warning("%s: taken over at %s", record.call_id, state.position.node)
        call.announce()
        try:
            call.pin_to(self._services.menus.get_version(state.pointer))
        except StorageUnavailable as error:
            log.warning("%s: %s", record.call_id, error)
        if self._leg.answered:
            self._leg.linger()
        elif call.menu is None or call.menu.tree.answer:
            call.answer()
        else:
            call.rings = True
        return call.menu

    def _continue(self, plan: Plan, menu: CompiledMenu) -> After:
        call, position = self._call, self._call.state.position
        match plan:
            case ContinueTransfer(node, bridged):
                return continue_transfer(call, menu, node, bridged)
            case ContinueWaiting(node, key):
                return continue_waiting(call, menu, node, key)
            case ContinueReferral(node, bridged, refer_to):
                return continue_referral(call, menu, node, bridged, refer_to)
            case ContinueRecording(node, recorded):
                return continue_recording(call, menu, position, node, recorded)
            case ContinueKeyedNumber(node, reply):
                return continue_keyed_number(call, menu, node, reply)
            case ApplyDigit(node, digit, forget_order):
                self._note_reply(menu, node, digit)
                if forget_order:
                    call.forget_order()
                return interpreter.step(menu.tree, position, digit, call.elapsed_s())
            case ContinueEntry(node, digits):
                return continue_entry(call, menu, position, node, digits)
            case ObeyOrder(node, target):
                self._note_reply(menu, node, None)
                return obey_order(call, menu, position, target)
            case RepeatNode(keep_digits, pressed):
                if keep_digits or pressed:
                    self._leg.keep_digits()
                if pressed:
                    call.pressed = Pressed(pressed, digit_variable(position))
        return interpreter.resume(menu.tree, position, call.elapsed_s())

    def _note_reply(self, menu: CompiledMenu, node: GatherNode, digit: str | None) -> None:
        """Record the question that ended while no worker was connected; None: an order ended it."""
        state = self._call.state
        if node.entry_s is not None:
            self._leg.stop_clock()
        if node.secret:
            forget(self._call, node, digit_variable(state.position, len(state.keyed)), digit)
        state.keyed, state.keyed_is_secret = "", False
        reply = Keypress(digit, max(0, now_ms() - state.asked_ms))
        played = menu.played(node, None, state.position.memory)
        note_question(self._call, node, state.position, reply, state.asked_ms, played, moved=digit is None)

    def _walk(self, menu: CompiledMenu, after: After) -> Outcome:
        """Perform one decision after the other. Bounded: the interpreter limits the steps, and no transfer leads to
        an action that was performed before with nothing new since."""
        call, entered = self._call, None
        # Whether a call does nothing but what its nodes say: nearly every one.
        is_usual = not (call.rings or menu.tree.record_call or call.story is not None)
        while isinstance(after, tuple):
            position, following = after
            call.position = position
            memory = position.memory
            if memory is not entered:
                if memory.no_room or memory.listings:
                    position = enter(call, position)
                entered = position.memory
                if entered.languages:
                    call.note_language(entered)
            if not is_usual:
                self._come_to(menu, position, following)
            if isinstance(following, (Ask, Act)):
                after = EFFECTS[type(following.node)](call, menu, position, following)
            else:
                after = self._say_goodbye(position, following)
        return after

    def _come_to(self, menu: CompiledMenu, position: Position, following: Next) -> None:
        """Answer a call that rings before its first sound, keep the sound of one that is recorded, tell a test."""
        call = self._call
        if call.rings and not menu.leaves_unanswered(following, position.memory):
            call.answer_late()
        if menu.tree.record_call and not call.rings:
            record_all(call, menu, position)
        if call.story is not None:
            call.story.memory = position.memory

    def _say_goodbye(self, position: Position, end: GiveUp | NoWayOn) -> Outcome:
        """Where the menu has nothing more for this caller."""
        self._call.announce_at(position)
        outcome = self.record.outcome = outcome_of_end(end)
        self._call.say("goodbye")
        return outcome
