"""A talk of all who answer: several people rung at once, each of whom joins the caller when they answer.

As with `Ringing`, one command does it all, so FreeSWITCH goes on with the talk when the worker is lost; the next one
finds on the caller's channel what became of each leg.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from operator import itemgetter

from esl_server.agents.dialling import DialTarget, attempt_result
from esl_server.agents.race import leg_ids
from esl_server.call.call import now_ms
from esl_server.call.effects.somebody import reaches_nobody
from esl_server.call.ringing import Ringing, Rung, first_of_each, result_of
from esl_server.call.test_calls import needs_sample_agent
from esl_server.switch import bridging, joining
from esl_server.switch.bridged import Bridged
from esl_server.switch.joining import Joined, Joining, JoiningLeg
from ivr.domain.call_records import AgentAttempt
from ivr.domain.errors import CallerHungUp
from ivr.domain.menu.moves import Position
from ivr.domain.menu.transfer import OPT_OUT_REPORT
from ivr.domain.menu.transfer_fields import ANSWERED, JOINED_PERSON

log = logging.getLogger(__name__)

# Of who had not answered when the talk was over, or the caller gone.
_LET_GO = "ORIGINATOR_CANCEL"


class Together(Ringing):
    """For one node of one call. Its verbs return when the talk has ended, and raise CallerHungUp where the caller
    left before anybody had answered."""

    # Where the talk is recorded, if it is.
    recorded: str | None = None

    def join_all(self, targets: Sequence[DialTarget], position: Position) -> Rung:
        """Ring them all, and have the caller hear the hold audio until the first has joined. On a switch that cannot
        do it the first to answer has the call."""
        call = self._call
        if not call.leg.mixes:
            log.critical(
                "%s: the switch has no mod_conference: only the first who answers joins", call.record.call_id
            )
            call.services.counters.not_joined += 1
            return self.all_at_once(targets, position)
        legs = self._legs(targets)
        self._tell(legs)
        return self._join(legs, position, dials=True)

    def continue_talk(self, targets: Sequence[DialTarget], position: Position) -> Rung:
        """After a takeover: read what became of the talk, or go on with it where it had not begun."""
        legs, channel = self._legs(targets), self._call.leg.channel
        going = self._joining(legs, position)
        earlier = joining.find_earlier(channel, going)
        if earlier is not None:
            return self._after(legs, earlier)
        return self._join(legs, position, dials=not joining.has_dialled(channel, going))

    def _join(self, legs: Sequence[DialTarget], position: Position, *, dials: bool) -> Rung:
        call, going = self._call, self._joining(legs, position)
        state, _ = self._stand(position)
        call.leg.store_with_next(state)
        return self._after(legs, joining.join(call.leg, going, dials=dials))

    def _legs(self, targets: Sequence[DialTarget]) -> Sequence[DialTarget]:
        call = self._call
        if needs_sample_agent(call.record, call.leg.channel):
            return [call.services.agents.sample_for(targets[0])]
        # In a test one address stands for all.
        return targets if reaches_nobody(call) else first_of_each(targets)

    def _joining(self, legs: Sequence[DialTarget], position: Position) -> Joining:
        call, node = self._call, self._node
        record, before = call.record, len(call.record.agent)
        elapsed_s, chosen = int(call.elapsed_s()), self._headers(position)
        made = []
        for target, leg in zip(legs, leg_ids(record.channel_uuid, before, len(legs)), strict=True):
            headers = target.headers(record, node.outcome, elapsed_s, (), chosen)
            shown = record.ani if target.shown is None else target.shown
            variables = bridging.leg_variables(target.dial, shown, headers)
            made.append(JoiningLeg(leg, variables, target.dial.dialled, self._heard(target, position)))
        return Joining(
            joining.conference_name(record.channel_uuid, before),
            made,
            max(each.dial.ring_s for each in legs),
            self._menu.ringback(node, position.memory),
            node.end_key,
            self.recorded,
        )

    def _heard(self, target: DialTarget, position: Position) -> str | None:
        """What all hear when this one joins."""
        memory = position.memory.keeping(JOINED_PERSON, target.person or "", False)
        played = self._menu.spoken(self._node.joined_audio, memory)
        return None if played is None or not played.duration_ms else played.path

    def _after(self, legs: Sequence[DialTarget], joined: Sequence[Joined]) -> Rung:
        """Record what became of each. Raises CallerHungUp."""
        call, began_ms, ended_ms = self._call, self._call.state.asked_ms, now_ms()
        self._end_talk()
        attempts = [
            self._attempt(target, each, began_ms, ended_ms) for target, each in zip(legs, joined, strict=True)
        ]
        talked = [
            (each.left_ms or ended_ms, attempt)
            for attempt, each in zip(attempts, joined, strict=True)
            if each.has_joined
        ]
        answered = [attempt for _, attempt in talked]
        for attempt in (*(each for each in attempts if each not in answered), *answered):
            self._record(attempt)
        if answered:
            reporter = _reporter([attempt for _, attempt in sorted(talked, key=itemgetter(0))])
            if not reaches_nobody(call):
                for attempt in answered:
                    if attempt is not reporter:
                        call.services.people.note_talk(str(attempt.person), ended_ms)
            return Rung(ANSWERED, reporter)
        if call.leg.hung_up:
            raise CallerHungUp
        log.warning("%s: none of %d joined", call.record.call_id, len(attempts))
        return Rung(result_of([each.result for each in attempts]))

    def _attempt(self, target: DialTarget, joined: Joined, began_ms: int, ended_ms: int) -> AgentAttempt:
        label = self._node.outcome
        if joined.has_joined:
            ring_ms = talk_ms = None
            if joined.answered_ms is not None:
                ring_ms = max(0, joined.answered_ms - began_ms)
                talk_ms = max(0, (joined.left_ms or ended_ms) - joined.answered_ms)
            bridged = Bridged("SUCCESS", joined.cause, None, talk_ms, ring_ms, joined.reported)
            return target.attempt(bridged, label, None)
        cause = joined.cause or _LET_GO
        rang_ms = None if joined.cause else ended_ms - began_ms
        return AgentAttempt(
            target.uri, attempt_result(cause, cause), cause, ring_ms=rang_ms, label=label, person=target.person
        )


def _reporter(answered: Sequence[AgentAttempt]) -> AgentAttempt:
    """Whose report counts, of those who have talked by when they left: that of the last who gave one; before it that
    of whoever takes the caller off."""
    said = [each for each in answered if each.reported is not None]
    opted_out = [each for each in said if str(each.reported).lower() == OPT_OUT_REPORT]
    return (opted_out or said or answered)[-1]
