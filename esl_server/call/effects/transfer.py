"""A transfer: the agent prepared, its addresses tried in order, and what follows the talk or the failure."""

from __future__ import annotations

import logging

from esl_server.agents.dialling import DialTarget
from esl_server.agents.prepare import PrepareResult
from esl_server.call.acted import has_acted_at, has_acted_since_question
from esl_server.call.call import Call, now_ms
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.effects.effect import After
from esl_server.call.notes import note_action
from esl_server.call.opt_out import opt_out_of
from esl_server.call.sequence import PlayedSequence
from esl_server.call.test_calls import needs_sample_agent
from esl_server.switch import commands
from esl_server.switch.bridged import Bridged
from ivr.domain.call_records import AgentAttempt, Outcome
from ivr.domain.errors import CallerHungUp, CallSentOn
from ivr.domain.menu import interpreter
from ivr.domain.menu.interpreter import Act, Next
from ivr.domain.menu.moves import NoWayOn, Position
from ivr.domain.menu.transfer import NO_AGENT, OPT_OUT_REPORT, TransferNode, agent_hung_up

log = logging.getLogger(__name__)

# A reply of the prepare URL within this time needs no ringing.
_QUIET_S = 0.3
_RING_PIECE = commands.playback(commands.RING_PIECE)


def hand_off(call: Call, menu: CompiledMenu, position: Position, act: Act[TransferNode]) -> After:
    """Nothing follows a transfer that is reached again with nothing new in between: it would never end. Raises
    CallerHungUp."""
    if has_acted_since_question(call.record.path, position.node):
        return position, NoWayOn()
    call.enter_action(position)
    own_audio = menu.own_audio(act.node, position.memory)
    note_action(call, act.node, own_audio)
    return Transfer(call, menu, act.node).run(position, own_audio)


def continue_transfer(call: Call, menu: CompiledMenu, node: TransferNode, bridged: Bridged | None) -> After:
    """After a takeover; `bridged` is how the last attempt ended, None if it did not take place. Raises
    CallerHungUp."""
    return Transfer(call, menu, node).continue_after(bridged)


class Transfer:
    """One transfer node of one call. Its verbs raise CallerHungUp, and CallSentOn when the agent sends the caller
    on."""

    def __init__(self, call: Call, menu: CompiledMenu, node: TransferNode) -> None:
        self._call = call
        self._menu = menu
        self._node = node
        self._name, self._targets = menu.targets(node, call.services.agents)

    def run(self, position: Position, own_audio: PlayedSequence | None = None) -> After:
        self._prepare(own_audio)
        return self._try(position)

    def continue_after(self, bridged: Bridged | None) -> After:
        position = self._call.state.position
        if bridged is None:
            return self._try(position, position.failures)
        attempt = self.last_attempt(bridged)
        if self.has_answered(attempt):
            return self.after_talk(position, attempt)
        return self._try(position, position.failures + 1)

    def last_attempt(self, bridged: Bridged) -> AgentAttempt:
        """The attempt that the call state stands for, and how it ended."""
        call, prepared = self._call, self._call.state.prepared
        sent_on_to = call.record.agent[-1].sent_on_to if call.record.agent else None
        if sent_on_to is not None:
            target = call.services.agents.sent_on_target(self._targets[0].agent, sent_on_to)
            return target.attempt(bridged, self._node.outcome, self._name)
        targets = call.services.agents.prepared_targets(self._targets, prepared)
        at = min(call.state.position.failures, len(targets) - 1)
        return targets[at].attempt(bridged, self._node.outcome, self._name, prepared)

    def _prepare(self, own_audio: PlayedSequence | None) -> None:
        """Play the node's own audio while the agent's prepare URL is requested; then ringing until it has replied."""
        call, node = self._call, self._node
        request = call.services.preparer.start(self._menu.agent(node), call.record, node.id, node.outcome)
        try:
            if own_audio is not None:
                call.leg.play(own_audio.playback)
            if request is None:
                call.state.prepared = None
                return
            request.join(_QUIET_S)
            while not request.ready():
                call.leg.play(_RING_PIECE)
            call.state.prepared = request.value
        finally:
            if request is not None:
                request.kill(block=False)

    def _try(self, position: Position, first: int = 0) -> After:
        """Try the addresses from the index `first` on; then take the fallback."""
        call = self._call
        agents, prepared = call.services.agents, call.state.prepared
        targets = agents.prepared_targets(self._targets, prepared)
        for at in agents.worth_trying(targets, first):
            node_id, _, steps, memory, silences = position
            attempt = self.ring(targets[at], Position(node_id, at, steps, memory, silences), prepared)
            if targets[at].agent.may_transfer_to and call.leg.is_sent_on():
                raise CallSentOn
            if self.has_answered(attempt):
                return self.after_talk(position, attempt)
        return self.without_agent(position)

    def ring(self, target: DialTarget, position: Position, prepared: PrepareResult | None = None) -> AgentAttempt:
        """Ring one address; returns when the talk has ended or it did not answer."""
        call, node = self._call, self._node
        if needs_sample_agent(call.record, call.leg.channel):
            target = call.services.agents.sample_for(target)
        if target.agent.may_transfer_to:
            call.carry_numbers()
        state = call.stand(position, now_ms(), "bridging")
        call.services.recorder.with_agent(call.record)
        ringback = self._menu.ringback(node, position.memory)
        elapsed_s, again = int(call.elapsed_s()), bool(call.record.agent)
        how = call.leg.passwords
        chosen = node.chosen_headers(position.memory) if node.headers is not None else ()
        bridge = target.bridge(
            call.record, node.outcome, elapsed_s, ringback, prepared, chosen, again=again, passwords=how
        )
        return target.attempt(call.leg.bridge(bridge, state), node.outcome, self._name, prepared)

    def has_answered(self, attempt: AgentAttempt) -> bool:
        """Record the attempt; True when the agent answered. Raises CallerHungUp when the caller left before."""
        call = self._call
        call.state.away_ms += max(0, now_ms() - call.state.asked_ms)
        if not call.record.test:
            attempt = call.services.agents.explained(attempt, self._targets[0].agent)
        call.record.agent.append(attempt)
        if not call.record.test:  # the phone of a test call has an agent of its own
            call.services.agents.health.note(attempt.uri, attempt.result)
            if attempt.ring_ms is not None:
                call.services.counters.rang.append((attempt.result, attempt.ring_ms))
        if attempt.result == "answered":
            return True
        if call.leg.hung_up:
            raise CallerHungUp
        log.warning("%s: agent %s: %s", call.record.call_id, attempt.result, attempt.cause)
        return False

    def after_talk(self, position: Position, attempt: AgentAttempt) -> After:
        """Act on the agent's report: `dnc` opts the caller out. Otherwise a caller who is still connected continues
        at `on_agent_hangup`."""
        call = self._call
        if attempt.reported is None or attempt.reported.lower() != OPT_OUT_REPORT:
            next_ = None if call.leg.hung_up else self._next(position, agent_hung_up(attempt.reported))
            return next_ or Outcome.TRANSFERRED
        return call.record_opt_out(opt_out_of(call.record, "agent", self._node.id)) or Outcome.TRANSFERRED

    def without_agent(self, position: Position) -> After:
        """Continue at `fallback_node`; without one, apologise."""
        call = self._call
        next_ = self._next(position, NO_AGENT)
        if next_ is not None:
            return next_
        call.record.outcome = Outcome.AGENT_UNAVAILABLE
        call.leg.play(call.services.prompts.apology)
        return Outcome.AGENT_UNAVAILABLE

    def _next(self, position: Position, result: str) -> tuple[Position, Next] | None:
        """None where nothing follows, or only an action that this call has already performed: two agents that fall
        back on each other with nothing new between them would never end."""
        position, following = interpreter.step(self._menu.tree, position, result, self._call.elapsed_s())
        if isinstance(following, NoWayOn) or has_acted_at(self._call.record.path, position.node):
            return None
        return position, following
