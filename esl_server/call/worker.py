"""One call: decision, effect, decision. The interpreter decides, the leg does, this module goes between.

Whatever goes wrong here ends in one call record and a closed socket. A socket that is closed while the caller
is still there is no dropped call: FreeSWITCH goes on with the next action of its dialplan, another worker
answers there and takes the position that the channel carries.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from esl_server.call.call import Call, CallServices, now_ms
from esl_server.call.call_end import record_end
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.opting_out import NumberAsked, opt_out_of
from esl_server.call.state import (
    CallState,
    apply_to_record,
    complete_path,
    digit_variable,
    find_digit,
)
from esl_server.call.state_text import find_call_state
from esl_server.call.test_calls import find_menu, mark_taken_over
from esl_server.call.transfer import After, Transfer
from esl_server.switch import commands
from esl_server.switch.leg import Keypress
from esl_server.switch.session import Session
from ivr.domain import orders
from ivr.domain.call_records import CallRecord, Outcome
from ivr.domain.errors import CallerHungUp, EslConnectionLost, StorageUnavailable
from ivr.domain.menu import interpreter
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.hangup import HangupNode
from ivr.domain.menu.interpreter import Act, Ask, Next
from ivr.domain.menu.moves import GiveUp, GiveUpReason, NoWayOn, Position
from ivr.domain.menu.node import Node
from ivr.domain.menu.suppress import SuppressNode
from ivr.domain.menu.transfer import TransferNode
from ivr.domain.tickets import CALL_VARIABLE, NODE_VARIABLE, OUTCOME_VARIABLE

log = logging.getLogger(__name__)

_GIVE_UP_OUTCOMES: dict[GiveUpReason, Outcome] = {
    "no_input": Outcome.NO_INPUT,
    "no_match": Outcome.NO_MATCH,
    "steps": Outcome.BUDGET_SPENT,
    "seconds": Outcome.BUDGET_SPENT,
}
# What a caller does after his talk with the agent changes nothing about it, unless it is one of these.
_SAYS_MORE_THAN_A_TALK = frozenset({Outcome.OPTED_OUT, Outcome.OPT_OUT_FAILED, Outcome.FAILED, Outcome.LOST})


class CallWorker:
    """The life of one call, from the connected socket to its record."""

    def __init__(self, services: CallServices, session: Session) -> None:
        self._services = services
        self._call = call = Call(services, session)
        self._leg = call.leg
        self._refused = False
        # No other worker could go on with this call yet: no state on its channel.
        self._unannounced = True
        # The node that somebody sent the call to, until it is obeyed.
        self._sent_to: str | None = None

    @property
    def record(self) -> CallRecord:
        return self._call.record

    def run(self, *, over_capacity: bool = False) -> None:
        """Serve the call to its end; raises nothing but what kills the process."""
        record = self.record
        try:
            record.outcome = self._serve(over_capacity)
            record_end(record, self._leg, refused=self._refused)
        except CallerHungUp:
            record.outcome = record.outcome or Outcome.CALLER_HUNG_UP
            record_end(record, self._leg)
        except EslConnectionLost:
            gone = Outcome.CALLER_HUNG_UP if self._leg.hung_up else Outcome.LOST
            record.outcome = record.outcome or gone
            record.hung_up_by = "caller" if self._leg.hung_up else None
        except Exception:
            log.exception("%s: call failed", record.call_id)
            record.outcome = record.outcome or Outcome.FAILED
            if self._unannounced:
                self._call.leave_name()
            self._call.finish()
            return  # without a hang-up: the next socket action of the dialplan takes the call on
        if record.outcome not in _SAYS_MORE_THAN_A_TALK and any(each.result == "answered" for each in record.agent):
            record.outcome = Outcome.TRANSFERRED
        self._call.finish()
        if not self._refused:
            self._call.set_for_phone(OUTCOME_VARIABLE, str(record.outcome))
            self._leg.hang_up()

    def _serve(self, over_capacity: bool) -> Outcome:
        state = find_call_state(self._leg.channel, self._leg.channel_uuid, self._services.secret)
        if state is not None and state.pointer:
            self._unannounced = False
            return self._take_over(state)
        if state is not None:
            # Its worker failed before it knew more of the call than that it is there.
            state.take_overs += 1
            apply_to_record(state, self.record)
            self._call.state = state
        elif over_capacity:
            return self._refuse(503, Outcome.OVER_CAPACITY)
        try:
            menu = find_menu(self._services.menus, self.record)
        except StorageUnavailable as error:
            log.error("%s: %s", self.record.call_id, error)
            return self._refuse(503, Outcome.FAILED)
        if menu is None:
            return self._refuse(404, Outcome.UNASSIGNED)
        self._call.menu = menu
        self.record.ivr_id = menu.published.ivr_id
        self.record.ivr_version = menu.published.version
        self._call.set_for_phone(CALL_VARIABLE, self.record.call_id)
        self._call.state.pointer = menu.pointer
        self._call.state.answered_ms = now_ms()
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

    def _take_over(self, state: CallState) -> Outcome:
        """Go on where a lost worker stood; the key pressed meanwhile counts."""
        state.take_overs += 1
        record = self.record
        apply_to_record(state, record)
        self._call.state = state
        mark_taken_over(self._services.menus, record)
        log.warning("%s: taken over at %s", record.call_id, state.position.node)
        self._services.recorder.started(record)
        self._leg.begin_takeover()
        try:
            menu = self._call.menu = self._services.menus.get_version(state.pointer)
        except StorageUnavailable:
            log.exception("%s: its menu is gone", record.call_id)
            self._leg.play(self._services.prompts.trouble)
            return Outcome.FAILED
        complete_path(record.path, menu.published)
        position = state.position
        standing = menu.tree.nodes[position.node]
        if state.phase == "bridging":
            if not isinstance(standing, TransferNode):
                return Outcome.FAILED
            return self._after(menu, Transfer(self._call, menu, standing).go_on())
        if state.phase in ("keying", "confirming") and isinstance(standing, SuppressNode):
            record.outcome = Outcome.OPTED_OUT
            return self._identify(menu, standing)
        if not isinstance(standing, GatherNode):
            return self._walk(menu, *interpreter.resume(menu.tree, position, self._call.elapsed_s()))
        order = self._leg.channel.find(f"variable_{orders.VARIABLE}")
        sent_to = self._ordered(menu, order)
        key = find_digit(self._leg.channel, position)
        if key is None and sent_to is None:
            # One that he pressed after the question and before we came still waits.
            self._leg.keep_digits()
            return self._walk(menu, *interpreter.resume(menu.tree, position, self._call.elapsed_s()))
        moved = key is None
        answer = Keypress(key, max(0, now_ms() - state.asked_ms))
        self._call.note_question(standing, position, answer, state.asked_ms, menu.played(standing), moved=moved)
        if key is None and sent_to is not None:
            return self._walk(menu, *self._obey(menu, position, sent_to))
        if order is not None:
            # The caller was faster; it must not be found again.
            self._leg.with_next(commands.FORGET_ORDER)
        return self._walk(menu, *interpreter.step(menu.tree, position, key, self._call.elapsed_s()))

    def _walk(self, menu: CompiledMenu, position: Position, following: Next) -> Outcome:
        while isinstance(following, Ask):
            answer = self._ask(menu, position, following)
            if answer.digit is None and self._leg.hung_up:
                raise CallerHungUp
            if self._sent_to is not None:
                position, following = self._obey(menu, position, self._sent_to)
            else:
                position, following = interpreter.step(menu.tree, position, answer.digit, self._call.elapsed_s())
        if self._unannounced:
            self._announce_without_question(position)
        if isinstance(following, Act):
            return self._after(menu, self._act(menu, position, following.node))
        return self._part(following)

    def _after(self, menu: CompiledMenu, after: After) -> Outcome:
        """Bounded: nobody goes on at a node that acted in this call."""
        return after if isinstance(after, Outcome) else self._walk(menu, *after)

    def _obey(self, menu: CompiledMenu, position: Position, node_id: str) -> tuple[Position, Next]:
        log.warning("%s: sent from %s to %s", self.record.call_id, position.node, node_id)
        self._sent_to = None
        self._leg.with_next(commands.FORGET_ORDER)
        return interpreter.go_to(menu.tree, position, node_id, self._call.elapsed_s())

    def _ordered(self, menu: CompiledMenu, order: str | None) -> str | None:
        """The node of an order that we signed for this call."""
        node_id = order and orders.decode_order(order, self.record.channel_uuid, self._services.secret)
        return node_id if node_id in menu.tree.nodes else None

    def _announce(self) -> None:
        """The call's first record, written when its position is on the channel: a worker that is lost before that
        leaves nothing, and the next one begins the call; after it the next one goes on with this very record."""
        self._unannounced = False
        self._services.recorder.started(self.record)

    def _announce_without_question(self, position: Position) -> None:
        """Where the menu begins with an action."""
        state = self._call.stand(position, now_ms())
        try:
            self._leg.store_state(state)
        except EslConnectionLost:
            # What he called for, to be taken off a list for one, is done all the same; then it shows again.
            log.debug("%s: gone before its state was stored", self.record.call_id)
        self._announce()

    def _ask(self, menu: CompiledMenu, position: Position, ask: Ask) -> Keypress:
        node = ask.node
        self._call.set_for_phone(NODE_VARIABLE, node.id)
        # What is heard before the question is no part of it.
        lead_ms = 0 if self.record.path else commands.SILENCE_AFTER_ANSWER_MS
        if ask.after_no_match:
            self._leg.with_next(self._services.prompts.invalid)
            lead_ms = self._services.prompts.invalid_ms
        asked_ms = now_ms() + lead_ms
        state = self._call.stand(position, asked_ms)
        asked = menu.gather(node)
        sent = self._announce if self._unannounced else None
        answer = self._leg.ask(asked, digit_variable(position), state, node.timeout_s, sent)
        # A file may go between our look at it and its turn, which comes after the silence of the answer.
        for instead in (menu.digits_read_out, menu.tones):
            if answer.digit is not None or self._leg.hung_up:
                break
            if menu.is_still_there(node, asked) or self._leg.has_listened():
                break
            log.warning("%s: the prompt of %s could not be opened", self.record.call_id, node.id)
            asked = instead(node)
            answer = self._leg.ask(asked, digit_variable(position), state, node.timeout_s)
        if answer.digit == orders.KEY:
            self._sent_to = self._ordered(menu, self._leg.find_order())
        if lead_ms:
            answer = Keypress(answer.digit, max(0, answer.ms - lead_ms))
        moved = self._sent_to is not None
        self._call.note_question(node, position, answer, asked_ms, menu.played(node, asked), moved=moved)
        return answer

    def _act(self, menu: CompiledMenu, position: Position, node: Node) -> After:
        self._call.set_for_phone(NODE_VARIABLE, node.id)
        return EFFECTS[type(node)](self, menu, position, node)

    def _hang_up(self, menu: CompiledMenu, position: Position, node: HangupNode) -> After:
        self._call.note_action(node)
        self.record.outcome = Outcome.HUNG_UP
        own_audio = menu.ending(node)
        if own_audio is not None:
            self._leg.play(own_audio)
        return Outcome.HUNG_UP

    def _transfer(self, menu: CompiledMenu, position: Position, node: TransferNode) -> After:
        self._call.note_action(node)
        return Transfer(self._call, menu, node).run(position)

    def _opt_out(self, menu: CompiledMenu, position: Position, node: SuppressNode) -> After:
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
        self._call.note_action(node)
        failed = self._call.record_opt_out(opt_out)
        if failed is not None:
            return failed
        record.outcome = Outcome.OPTED_OUT
        if record.ani is None:
            return self._identify(menu, node, position)
        self._leg.play(menu.ending(node) or self._services.prompts.opted_out)
        return Outcome.OPTED_OUT

    def _identify(self, menu: CompiledMenu, node: SuppressNode, position: Position | None = None) -> Outcome:
        """A caller who is on the list without a number may key it; without `position`: a lost worker had asked."""
        asked = NumberAsked(self._leg, menu.paths, self._services.region, self._call.state, self._call.stand)
        keyed = None
        if asked.can_be_asked():
            keyed = asked.ask(position) if position is not None else asked.go_on()
        failed = self._call.record_opt_out(keyed.event(self.record, node.id)) if keyed is not None else None
        if failed is not None:
            return failed
        self._leg.play(menu.ending(node) or self._services.prompts.opted_out)
        return Outcome.OPTED_OUT

    def _part(self, end: GiveUp | NoWayOn) -> Outcome:
        """Goodbye: the menu has nothing more for this caller."""
        outcome = _GIVE_UP_OUTCOMES[end.reason] if isinstance(end, GiveUp) else Outcome.HUNG_UP
        self.record.outcome = outcome
        self._leg.play(self._services.prompts.goodbye)
        return outcome


# What is done at a node that is no question, by its class.
EFFECTS: Mapping[type[Node], Callable[[CallWorker, CompiledMenu, Position, Any], After]] = {
    HangupNode: CallWorker._hang_up,
    SuppressNode: CallWorker._opt_out,
    TransferNode: CallWorker._transfer,
}
