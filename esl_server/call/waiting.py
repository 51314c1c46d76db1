"""A caller who waits in a line: hold audio on their own leg, keys, and a person rung as soon as it is their turn.

The hold audio is FreeSWITCH's own loop, which goes on whatever becomes of the worker. Beside it the leg plays silence
in pieces, in which a key is heard: after each piece the call looks whether the desk has an offer for it. A worker
that is lost leaves the piece to end by itself; the next one goes on with the place that the call state has.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple, Protocol, cast

from esl_server.agents.dialling import DialTarget
from esl_server.call.call import Call, now_ms
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.notes import note_not_said
from esl_server.call.ringing import Ringing, Rung, first_of_each, result_of
from esl_server.call.state import digit_variable
from esl_server.lines.desk import LineDesk, Standing
from esl_server.switch import bridging, commands
from esl_server.switch.bridged import Bridged
from ivr.domain.call_records import AgentAttempt, Step, utc_now
from ivr.domain.errors import CallerHungUp
from ivr.domain.lines.estimates import estimated_wait_s, mean_held_s, spoken_minutes
from ivr.domain.lines.events import LineEvent, LineEventName
from ivr.domain.lines.limits import CLOSED, FULL, WAITED, piece_s, refusal, remaining_s
from ivr.domain.lines.offers import Offer, Ring
from ivr.domain.lines.places import Place, Waiting
from ivr.domain.menu.moves import Position
from ivr.domain.menu.transfer import TransferNode
from ivr.domain.menu.transfer_fields import ANSWERED
from ivr.domain.menu.waiting_fields import MINUTES, POSITION

log = logging.getLogger(__name__)

# What the record says of a wait that a person ended, and of a caller who hung up.
_PERSON, _LEFT = "person", "left"
# For so long nobody else is offered to a person who did not answer, was busy, or could not be reached.
_REST_S = {"busy": 15.0, "unreachable": 60.0}
_USUAL_REST_S = 30.0
# Between the offer and the answers of the switch.
_SLACK_S = 30


class Members(Protocol):
    """The people of a group; the line has its name."""

    @property
    def line(self) -> str: ...

    def on_duty(self) -> Sequence[str]:
        """Their names, in the group's order."""

    def targets(self, person: str) -> list[DialTarget]:
        """Where this person is rung."""


class Waited(NamedTuple):
    """How a wait ended: ANSWERED, and the attempt that was; why not (`lines.limits`); or the key that was pressed."""

    result: str
    answered: AgentAttempt | None = None
    key: str | None = None


class Wait:
    """One transfer node of one call whose caller may wait. Its verbs raise CallerHungUp, and CallSentOn."""

    def __init__(
        self, call: Call, menu: CompiledMenu, node: TransferNode, members: Members, ringing: Ringing
    ) -> None:
        self._call, self._menu, self._node = call, menu, node
        self._members, self._ringing = members, ringing
        # A test call stands in no line: one person stands for the group, and is free.
        self._is_test = call.record.test or call.story is not None
        self._desk = LineDesk() if self._is_test else call.services.lines
        # The file that the switch plays again and again to the caller.
        self._holding: str | None = None
        self._said_at_ms: int | None = None
        self._has_listened = False

    def run(self, position: Position) -> Waited:
        """Come to the line."""
        story = self._call.story
        if story is not None and (given := story.refuses(self._members.line)) is not None:
            return self._refused(given)
        if refusal(len(self._members.on_duty()), 0, self._node.max_waiting) is not None:
            return self._refused(CLOSED)
        return self._wait(position, Place(self._node.priority, now_ms()), is_new=True)

    def continue_waiting(self, position: Position, key: str | None, *, is_held: bool = True) -> Waited:
        """After a takeover; `key` was pressed meanwhile. `is_held`: the caller hears the hold audio."""
        place, self._has_listened = self._take_place(), True
        self._holding = self._hold_path(position) if is_held else None
        self._desk.let_go(self._call.record.call_id)
        if key is not None and self._leads_on(key):
            self._stop_holding()
            self._note(key, place)
            return Waited(key, key=key)
        return self._wait(position, place)

    def continue_rung(self, position: Position, bridged: Bridged) -> Waited:
        """After a takeover: people were rung by the worker that is lost, and this is how it ended."""
        call, place, people = self._call, self._take_place(), list(self._call.state.rung)
        targets = [each for person in people for each in self._members.targets(person)]
        if not targets:  # they are gone meanwhile
            return self.continue_waiting(position, None, is_held=False)
        if people[1:]:
            rung = self._ringing.after_race(bridged, first_of_each(targets))
        else:
            target = targets[min(position.failures, len(targets) - 1)]
            attempt = target.attempt(bridged, self._node.outcome, None)
            is_answered = self._ringing.has_answered(attempt, target)
            rung = Rung(attempt.result, attempt if is_answered else None)
        self._release(people, rung)
        if rung.answered is not None:
            self._note(_PERSON, place)
            call.state.place = None
            return Waited(ANSWERED, rung.answered)
        return self._wait(position, place)

    def _take_place(self) -> Place:
        return self._call.state.place or Place(self._node.priority, now_ms())

    def _wait(self, position: Position, place: Place, *, is_new: bool = False) -> Waited:
        call, members = self._call, self._members
        call.state.place, call.state.rung = place, ()
        record = call.record
        told = {"number": record.ani, "ivr_id": record.ivr_id, "node": self._node.id}
        standing = self._desk.enter(
            members.line, Waiting(record.call_id, place), told, members.on_duty, cast(Ring, self._node.ring)
        )
        ended = _LEFT
        call.services.counters.waiting += 1
        if is_new:
            self._tell("line.entered", place)
        try:
            waited = self._serve(standing, position, place, is_new)
            ended = _PERSON if waited.answered is not None else waited.result
            return waited
        finally:
            call.services.counters.waiting -= 1
            self._desk.leave(standing)
            self._note(ended, place)
            self._stop_holding()
            call.state.place, call.state.rung = None, ()

    def _serve(self, standing: Standing, position: Position, place: Place, is_new: bool) -> Waited:
        if is_new and standing.offer is None and standing.waiting > self._node.max_waiting:
            return Waited(FULL)
        while True:
            offer = self._desk.take(standing)
            if offer is not None:
                rung = self._ring(offer, position)
                if rung.answered is not None or self._is_test:
                    return Waited(rung.result, rung.answered)
                self._desk.look_again(standing)
                continue
            on_duty = len(self._members.on_duty())
            if not on_duty:
                return Waited(CLOSED)
            left_s = remaining_s(place.entered_ms, now_ms(), int(self._node.wait_s or 0))
            if not left_s:
                return Waited(WAITED)
            key = self._listen(standing, position, on_duty, left_s)
            if key is not None and self._leads_on(key):
                return Waited(key, key=key)
            self._note_place_key(key)

    def _note_place_key(self, key: str | None) -> None:
        """By this key they hear at once what is said to those who wait."""
        if key is not None and key == self._node.place_key:
            self._said_at_ms = None

    def _ring(self, offer: Offer, position: Position) -> Rung:
        """Ring those who are offered, at once if they are several."""
        call, call_id, began_ms = self._call, self._call.record.call_id, now_ms()
        by_person = {person: self._members.targets(person) for person in offer.people}
        targets = [each for those in by_person.values() for each in those]
        ring_s = max((sum(each.dial.ring_s for each in those) for those in by_person.values()), default=0)
        talk_s = max((each.agent.max_talk_s for each in targets), default=0)
        until_ms = began_ms + 1000 * (ring_s + talk_s + _SLACK_S)
        held = self._desk.hold(call_id, [person for person, those in by_person.items() if those], until_ms)
        if len(held) < len(by_person):
            self._desk.release(call_id, [person for person in by_person if person not in held], had_turn=False)
        if not held:
            return Rung(result_of([]))
        self._stop_holding()
        call.state.rung = tuple(held)
        rung = None
        try:
            if held[1:]:
                rung = self._ringing.all_at_once([each for person in held for each in by_person[person]], position)
            else:
                rung = self._ringing.in_turn(by_person[held[0]], position)
        finally:
            call.state.rung = ()
            self._release(held, rung)
        if rung.answered is not None:
            self._desk.note_held(self._members.line, now_ms() - began_ms + self._node.wrap_up_s * 1000)
        return rung

    def _release(self, people: Sequence[str], rung: Rung | None) -> None:
        """They get other calls: who has talked after the time for what is to do then, who did not answer after a
        rest; at once those for whom another was faster, and if the caller left (None)."""
        call_id = self._call.record.call_id
        talked = rung.answered.person if rung is not None and rung.answered is not None else None
        free = list(people) if rung is None else [each for each in people if talked not in (None, each)]
        if free:
            self._desk.release(call_id, free, had_turn=False)
        if rung is not None and (others := [each for each in people if each not in free]):
            rests_s = self._node.wrap_up_s if talked is not None else _REST_S.get(rung.result, _USUAL_REST_S)
            self._desk.release(call_id, others, rests_s)

    def _listen(self, standing: Standing, position: Position, on_duty: int, left_s: float) -> str | None:
        """Have the caller hear the hold audio for some seconds; the key that they press."""
        key = self._say(standing, position, on_duty)
        if key is not None:
            return key
        piece = piece_s(standing.position, on_duty, left_s)
        if self._holding is None:
            self._holding = self._hold_path(position)
            self._call.leg.with_next(commands.start_hold_audio(self._holding))
        return self._play(commands.silence(piece * 1000), piece * 1000, position)

    def _say(self, standing: Standing, position: Position, on_duty: int) -> str | None:
        """Say what is to be said to those who wait, where it is time for that."""
        node, now = self._node, now_ms()
        is_time = self._said_at_ms is None or now - self._said_at_ms >= node.wait_every_s * 1000
        if node.wait_audio is None or not is_time or not standing.position:
            return None
        self._said_at_ms = now
        wait_s = estimated_wait_s(standing.position, on_duty, mean_held_s(standing.held_ms))
        memory = position.memory.keeping(POSITION, standing.position, False)
        memory = memory.keeping(MINUTES, spoken_minutes(wait_s), False)
        prompt = self._menu.spoken(node.wait_audio, memory)
        if prompt is None or not prompt.duration_ms:
            return None
        note_not_said(self._call, node, prompt)
        self._stop_holding()
        return self._play(prompt.path, prompt.duration_ms, position)

    def _play(self, path: str, ms: int, position: Position) -> str | None:
        """Play it until a key is pressed. Raises CallerHungUp."""
        call, leg, began_ms = self._call, self._call.leg, now_ms()
        state = call.stand(position, began_ms, "waiting")
        leg.play_with_next(path, ms, lambda: state, keeps=self._has_listened)
        self._has_listened = True
        key = leg.play_until_key(digit_variable(position), state)
        call.state.away_ms += max(0, now_ms() - began_ms)
        if leg.hung_up:
            raise CallerHungUp
        return key

    def _hold_path(self, position: Position) -> str:
        path = self._menu.ringback(self._node, position.memory)
        return commands.HOLD_TONE if path == bridging.RINGING else path

    def _stop_holding(self) -> None:
        if self._holding is not None:
            self._call.leg.with_next(commands.stop_hold_audio(self._holding))
            self._holding = None

    def _leads_on(self, key: str) -> bool:
        return (self._node.wait_keys or {}).get(key) in self._menu.tree.nodes

    def _refused(self, why: str) -> Waited:
        self._note(why, Place(0, now_ms()))
        return Waited(why)

    def _tell(self, event: LineEventName, place: Place, waited_ms: int = 0, ended: str | None = None) -> None:
        record = self._call.record
        if self._is_test:
            return
        about = self._members.line, record.call_id, record.ivr_id or "", self._node.id, record.ani
        told = LineEvent(event, *about, place.priority, place.entered_ms, utc_now(), waited_ms, ended)
        self._call.services.recorder.line(told)

    def _note(self, ended: str, place: Place) -> None:
        call = self._call
        waited_ms = max(0, now_ms() - place.entered_ms)
        if ended == _PERSON and call.record.agent:
            # The talk is over: it was no part of the wait.
            waited_ms = max(0, waited_ms - (call.record.agent[-1].talk_ms or 0))
        at_ms = call.since_answer_ms(place.entered_ms)
        call.state.add(Step(self._node.id, 1, "waited", ended, at_ms, waited_ms, value=self._members.line))
        call.services.counters.waited.append((ended, waited_ms))
        self._tell("line.abandoned" if ended == _LEFT else "line.left", place, waited_ms, ended)
        log.info("%s: waited %d ms in %s: %s", call.record.call_id, waited_ms, self._members.line, ended)
