"""Ringing for one call: addresses one after the other, until somebody answers or nobody is left.

Nothing here knows why somebody is rung, or what follows: a transfer does, and whatever else has a caller wait for
somebody. Each bridge is one command, so FreeSWITCH goes on with it when the worker is lost; the call state says
which address it was (`position.failures`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from esl_server.agents.dialling import DialTarget
from esl_server.agents.prepare import Headers, PrepareResult
from esl_server.agents.race import attempts_of_race, bridge_race, leg_ids
from esl_server.call.call import Call, now_ms
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.test_calls import has_pretended_agent, needs_sample_agent
from esl_server.switch import commands
from esl_server.switch.bridged import Bridged
from ivr.domain.agents import TEL
from ivr.domain.call_records import AgentAttempt
from ivr.domain.errors import CallerHungUp, CallSentOn
from ivr.domain.menu.given import DEFAULT_AGENT
from ivr.domain.menu.moves import Position
from ivr.domain.menu.transfer import TransferNode
from ivr.domain.menu.transfer_fields import ANSWERED

log = logging.getLogger(__name__)

_END_KEY = "bridge_terminate_key"
_FORGET_END_KEY = commands.execute("unset", _END_KEY)
# What tells most of several that were rung, first: a telephone that rang is more than one that is engaged.
_BY_WEIGHT = ("no_answer", "declined", "busy", "unreachable")


class Rung(NamedTuple):
    """What came of ringing: ANSWERED, and the attempt that was, or one of NOT_REACHED."""

    result: str
    answered: AgentAttempt | None = None


class Ringing:
    """For one node of one call; `name` is what the record calls its agent. Its verbs return when a talk has ended."""

    def __init__(self, call: Call, menu: CompiledMenu, node: TransferNode, name: str | None = None) -> None:
        self._call, self._menu, self._node, self._name = call, menu, node, name

    def in_turn(
        self,
        targets: Sequence[DialTarget],
        position: Position,
        prepared: PrepareResult | None = None,
        first: int = 0,
        may_ring: Callable[[DialTarget], bool] = lambda _: True,
    ) -> Rung:
        """Ring the addresses from the index `first` on, until one answers. Those that rest are left out, and further
        gateways to a number that was reached by one. `may_ring` is asked of each; who may not be rung is busy. Raises
        CallerHungUp, and CallSentOn when an agent sends the caller on."""
        results: list[str] = []
        # After a takeover the last attempt is one of another worker.
        reached = reached_by(self._call.record.agent[-1]) if first and self._call.record.agent else None
        for at in self._call.services.agents.worth_trying(list(targets), first):
            target = targets[at]
            if target.uri == reached:
                continue
            if not may_ring(target):
                results.append("busy")
                continue
            place = position if at == position.failures else position._replace(failures=at)
            attempt = self.ring(target, place, prepared)
            if target.agent.may_transfer_to and self._call.leg.is_sent_on():
                raise CallSentOn
            if self.has_answered(attempt, target):
                return Rung(ANSWERED, attempt)
            results.append(attempt.result)
            reached = reached_by(attempt)
        return Rung(result_of(results))

    def all_at_once(self, targets: Sequence[DialTarget], position: Position) -> Rung:
        """Ring them all; the first to answer has the call. Of a number that is dialled by several gateways the first
        is taken. Raises CallerHungUp."""
        legs = first_of_each(targets)
        call, node = self._call, self._node
        if needs_sample_agent(call.record, call.leg.channel):
            legs = [call.services.agents.sample_for(legs[0])]
        ids = leg_ids(call.record.channel_uuid, len(call.record.agent), len(legs))
        self._tell(legs)
        state, ringback = self._stand(position)
        bridge = bridge_race(
            *(legs, ids, call.record, node.outcome, int(call.elapsed_s()), ringback, self._headers(position)),
            again=bool(call.record.agent),
            passwords=call.leg.passwords,
        )
        return self.after_race(call.leg.bridge(bridge, state), legs)

    def after_race(self, bridged: Bridged, legs: Sequence[DialTarget]) -> Rung:
        """Record what became of a race. Raises CallerHungUp."""
        call = self._call
        ids = leg_ids(call.record.channel_uuid, len(call.record.agent), len(legs))
        made = attempts_of_race(bridged, legs, ids, self._node.outcome, cancelled=call.leg.hung_up)
        self._end_talk()
        for attempt in made:
            self._record(attempt)
        answered = next((each for each in made if each.result == ANSWERED), None)
        if answered is not None:
            return Rung(ANSWERED, answered)
        if call.leg.hung_up:
            raise CallerHungUp
        log.warning("%s: none of %d answered", call.record.call_id, len(made))
        return Rung(result_of([each.result for each in made]))

    def ring(
        self, target: DialTarget, position: Position, prepared: PrepareResult | None = None
    ) -> AgentAttempt:
        """Ring one address; returns when the talk has ended or it did not answer."""
        call, node = self._call, self._node
        if needs_sample_agent(call.record, call.leg.channel):
            target = call.services.agents.sample_for(target)
        if target.agent.may_transfer_to:
            call.carry_numbers()
        self._tell([target])
        state, ringback = self._stand(position)
        elapsed_s, again = int(call.elapsed_s()), bool(call.record.agent)
        bridge = target.bridge(
            *(call.record, node.outcome, elapsed_s, ringback, prepared, self._headers(position)),
            again=again,
            passwords=call.leg.passwords,
        )
        return target.attempt(call.leg.bridge(bridge, state), node.outcome, self._name, prepared)

    def _stand(self, position: Position) -> tuple[commands.State, str]:
        """The call state while it rings, and what the caller hears meanwhile."""
        call, node = self._call, self._node
        state = call.stand(position, now_ms(), "bridging")
        call.services.recorder.with_agent(call.record)
        if node.end_key is not None:
            call.leg.with_next(commands.set_variable(_END_KEY, node.end_key))
        return state, self._menu.ringback(node, position.memory)

    def _tell(self, targets: Sequence[DialTarget]) -> None:
        """Of the call of a test."""
        call = self._call
        if call.story is None:
            return
        for each in targets:
            to, shown = each.person or self._name or DEFAULT_AGENT, each.shown or call.record.ani or ""
            call.story.rang(self._node.id, to, shown)

    def _headers(self, position: Position) -> Headers:
        return self._node.chosen_headers(position.memory) if self._node.headers is not None else ()

    def has_answered(self, attempt: AgentAttempt, target: DialTarget) -> bool:
        """Record the attempt; True when it was answered. Raises CallerHungUp when the caller left before."""
        call = self._call
        self._end_talk()
        if not has_pretended_agent(call.record, call.leg.channel):
            attempt = call.services.agents.explained(attempt, target.agent)
        self._record(attempt)
        if attempt.result == ANSWERED:
            return True
        if call.leg.hung_up:
            raise CallerHungUp
        log.warning("%s: agent %s: %s", call.record.call_id, attempt.result, attempt.cause)
        return False

    def _end_talk(self) -> None:
        call = self._call
        call.state.away_ms += max(0, now_ms() - call.state.asked_ms)
        if self._node.end_key is not None and not call.leg.hung_up:
            call.leg.with_next(_FORGET_END_KEY)

    def _record(self, attempt: AgentAttempt) -> None:
        call = self._call
        call.record.agent.append(attempt)
        if has_pretended_agent(call.record, call.leg.channel):
            return
        if attempt.person is None and not attempt.uri.startswith(TEL):
            call.services.agents.health.note(attempt.uri, attempt.result)
        if attempt.ring_ms is not None:
            call.services.counters.rang.append((attempt.result, attempt.ring_ms))


def reached_by(attempt: AgentAttempt) -> str | None:
    """The address that needs no further gateway."""
    if attempt.result == "unreachable" or (attempt.person is None and not attempt.uri.startswith(TEL)):
        return None
    return attempt.uri


def first_of_each(targets: Sequence[DialTarget]) -> list[DialTarget]:
    """One target for each address, the first."""
    return list({each.uri: each for each in reversed(targets)}.values())[::-1]


def result_of(results: Sequence[str]) -> str:
    """The one result of NOT_REACHED for several attempts that were not answered."""
    return next((each for each in _BY_WEIGHT if each in results), "unreachable")


def shown_as(targets: Sequence[DialTarget], shown: str | None) -> list[DialTarget]:
    """The same, with this number shown to whoever is rung; None: the caller's."""
    return [*targets] if shown is None else [replace(each, shown=shown) for each in targets]
