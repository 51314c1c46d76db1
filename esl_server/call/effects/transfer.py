"""A transfer: the agent prepared, its addresses tried in order, and what follows the talk or the failure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property

from esl_server.agents.dialling import DialTarget
from esl_server.call.acted import has_acted_at, has_acted_since_question
from esl_server.call.call import Call, now_ms
from esl_server.call.call_recording import announce_talk, end_talk
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.effects.effect import After
from esl_server.call.effects.somebody import (
    Group,
    Somebody,
    find_confirm,
    find_shown,
    find_somebody,
    reaches_nobody,
    recording_note,
    with_trunks,
)
from esl_server.call.effects.together import Together
from esl_server.call.notes import note_action
from esl_server.call.opt_out import opt_out_of
from esl_server.call.ringing import Ringing, Rung, first_of_each, result_of, shown_as
from esl_server.call.sequence import PlayedSequence
from esl_server.call.waiting import Wait, Waited
from esl_server.switch import commands
from esl_server.switch.bridged import Bridged
from ivr.domain.call_records import AgentAttempt, Outcome
from ivr.domain.errors import CallerHungUp
from ivr.domain.menu import interpreter
from ivr.domain.menu.interpreter import Act, Next
from ivr.domain.menu.moves import NoWayOn, Position
from ivr.domain.menu.transfer import OPT_OUT_REPORT, TransferNode, agent_hung_up, nobody
from ivr.domain.menu.transfer_fields import ALL, ANSWERED

# All people are in other calls, of a line for instance.
BUSY = "busy"
# Between the end of ringing and talking and what the switch tells of it.
_SLACK_S = 30
# Where it is not known why nobody was reached.
NOBODY = "unreachable"
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
    transfer = Transfer(call, menu, act.node)
    with _record_of_talk(call, act.node):
        if act.node.record:
            transfer.announce(position, own_audio)
        note_action(call, act.node, own_audio)
        return transfer.run(position, own_audio)


def continue_waiting(call: Call, menu: CompiledMenu, node: TransferNode, key: str | None) -> After:
    """After a takeover in a waiting line; `key` was pressed meanwhile. Raises CallerHungUp."""
    with _record_of_talk(call, node):
        return Transfer(call, menu, node).continue_waiting(key)


def continue_transfer(call: Call, menu: CompiledMenu, node: TransferNode, bridged: Bridged | None) -> After:
    """After a takeover; `bridged` is how the last attempt ended, None if it did not take place. Raises
    CallerHungUp."""
    with _record_of_talk(call, node):
        return Transfer(call, menu, node).continue_after(bridged)


@contextmanager
def _record_of_talk(call: Call, node: TransferNode) -> Iterator[None]:
    """A caller who hangs up while they wait or it rings has had no talk."""
    try:
        yield
    except CallerHungUp:
        if node.record:
            end_talk(call, took_place=False)
        raise


class Transfer:
    """One transfer node of one call. Its verbs raise CallerHungUp, and CallSentOn when the agent sends the caller
    on."""

    def __init__(self, call: Call, menu: CompiledMenu, node: TransferNode) -> None:
        self._call = call
        self._menu = menu
        self._node = node
        self._name: str | None = None
        self._targets: list[DialTarget] = []
        self._held: list[str] = []
        self._busy: set[str] | None = None
        self._refused: list[AgentAttempt] = []
        if node.rings_an_agent:
            self._name, self._targets = menu.targets(node, call.services.agents)
            self._find_ways()
        self.ringing = Ringing(call, menu, node, self._name)

    def _find_ways(self) -> None:
        """Of an agent's addresses: over which trunk its telephone numbers are dialled, and the number that is shown.
        Nearly all agents have no number, and show the caller's."""
        node = self._node
        if node.caller_id is not None:
            self._targets = shown_as(self._targets, find_shown(self._call, node))
        for each in self._targets:
            if each.number is not None:
                self._targets, self._refused = with_trunks(self._call, node, self._targets, self._name)
                return

    @cached_property
    def together(self) -> Together:
        return Together(self._call, self._menu, self._node)

    def announce(self, position: Position, own_audio: PlayedSequence | None) -> None:
        """Have the talk recorded: where both sides can be told."""
        told = recording_note(self._menu, self._node, position.memory)
        if told is not None and not told[1]:
            own_audio = None
        by_conference = self._node.joins_all and self._call.leg.mixes
        recorded = announce_talk(self._call, position, own_audio, begins=not by_conference)
        if self._node.joins_all:
            self.together.recorded = recorded

    def run(self, position: Position, own_audio: PlayedSequence | None = None) -> After:
        if self._node.is_plain and self._targets:
            # As nearly always: nobody is chosen, held or paid for, and nothing is said to whoever answers.
            if self._refused:
                self._call.record.agent += self._refused
            self._prepare(own_audio)
            return self._try(position)
        wait = self._find_wait(position)
        if wait is not None:
            self._prepare(own_audio)
            return self._after_wait(position, wait.run(position))
        somebody = self._find_targets(position, is_new=True)
        self._prepare(own_audio)
        self._call.record.agent += somebody.refused
        if not somebody.targets:
            return self.without_agent(position, somebody.result)
        before = len(self._call.record.agent)
        try:
            return self._try(position)
        finally:
            self._release()
            made = self._call.record.agent[before:]
            # A talk of unknown length counts in full.
            if somebody.reserved is not None and all(each.result != ANSWERED or each.talk_ms for each in made):
                talked_ms = sum(each.talk_ms or 0 for each in made)
                self._call.services.calls_out.settle(somebody.reserved, talked_ms / 1000)

    def continue_waiting(self, key: str | None = None) -> After:
        position = self._call.state.position
        wait = self._find_wait(position)
        if wait is None:
            return self.without_agent(position)
        return self._after_wait(position, wait.continue_waiting(position, key))

    def continue_after(self, bridged: Bridged | None) -> After:
        position = self._call.state.position
        if self._call.state.place is not None and (wait := self._find_wait(position)) is not None:
            if bridged is None:
                return self._after_wait(position, wait.continue_waiting(position, None, is_held=False))
            return self._after_wait(position, wait.continue_rung(position, bridged))
        self._find_targets(position, is_new=False)
        self._held = list(self._call.state.rung) if self._holds_people else []
        try:
            return self._go_on(position, bridged)
        finally:
            self._release()

    def _go_on(self, position: Position, bridged: Bridged | None) -> After:
        if self._targets and self._node.joins_all and self._call.leg.mixes:
            return self._after_race(position, self.together.continue_talk(self._targets, position))
        if bridged is None:
            return self._try(position, position.failures)
        if not self._targets:  # they are gone meanwhile
            self._targets = self._call.services.agents.default
        if self._is_race:
            return self._after_race(position, self.ringing.after_race(bridged, first_of_each(self._targets)))
        attempt = self.last_attempt(bridged)
        if self.ringing.has_answered(attempt, self._targets[0]):
            return self.after_talk(position, attempt)
        return self._try(position, position.failures + 1, attempt.result)

    @property
    def _is_race(self) -> bool:
        """Whether several are rung at once."""
        rings_all = self._node.ring == ALL or self._node.joins_all
        return rings_all and len({each.uri for each in self._targets}) > 1

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

    @property
    def _holds_people(self) -> bool:
        """Whether people are held while they ring and talk, so that nobody else rings them meanwhile."""
        return self._node.people is not None and not reaches_nobody(self._call)

    def _hold(self, *people: str | None) -> list[str]:
        """Hold those of them whom no other call holds, and nobody else any more."""
        names = [*dict.fromkeys(str(each) for each in people)]
        if self._held != names:
            self._release()
            targets = [each for each in self._targets if each.person in names]
            # A worker that is lost may leave them held for so long: one of them talks, all may have rung.
            longest_s = sum(each.dial.ring_s for each in targets) + max(each.agent.max_talk_s for each in targets)
            lines, call_id = self._call.services.lines, self._call.record.call_id
            self._held = lines.hold(call_id, names, now_ms() + 1000 * (longest_s + _SLACK_S))
        return self._held

    def _may_ring(self, target: DialTarget) -> bool:
        """Whether no other call holds whom this target is of; this one does from now on. Of a large group most may be
        held: they are looked up at once, again after somebody was rung."""
        if not self._holds_people:
            return True
        if self._busy is None:
            self._busy = self._call.services.lines.held_by_others(self._call.record.call_id)
        if target.person in self._busy or not self._hold(target.person):
            return False
        self._busy = None
        return True

    def _release(self) -> None:
        """Who has answered had their turn."""
        call, made = self._call, self._call.record.agent
        last = made[-len(self._held) :] if self._node.joins_all else made[-1:]
        talked = {attempt.person for attempt in last if attempt.result == ANSWERED}
        for had_turn in (False, True):
            if people := [each for each in self._held if (each in talked) is had_turn]:
                call.services.lines.release(call.record.call_id, people, had_turn=had_turn)
        self._held = []

    def _find_wait(self, position: Position) -> Wait | None:
        """Where the caller may wait for one of several people."""
        call, node = self._call, self._node
        if node.wait_s is None or node.people is None:
            return None
        return Wait(call, self._menu, node, Group(call, self._menu, node, position.memory), self.ringing)

    def _after_wait(self, position: Position, waited: Waited) -> After:
        if waited.answered is not None:
            return self.after_talk(position, waited.answered)
        if waited.key is not None:
            if self._node.record:
                end_talk(self._call, took_place=False)
            return interpreter.step(self._menu.tree, position, waited.key, self._call.elapsed_s())
        return self.without_agent(position, waited.result)

    def _find_targets(self, position: Position, *, is_new: bool) -> Somebody:
        call, node, memory = self._call, self._node, position.memory
        if node.rings_an_agent:
            confirm = find_confirm(call, self._menu, node, memory)
            if confirm is not None:
                # Whoever listens may be silent.
                _, targets = self._menu.targets(node, call.services.agents)
                agent = replace(node.limited(targets[0].agent), silent_s=0)
                self._targets = call.services.agents.targets_of(agent, confirm)
                self._find_ways()
            return Somebody(self._targets, self._refused)
        found = find_somebody(call, self._menu, node, memory, is_new=is_new)
        self._targets = found.targets
        return found

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

    def _try(self, position: Position, first: int = 0, *before: str) -> After:
        """Try the addresses from the index `first` on; then take the fallback. `before`: results of those that were
        tried."""
        if (self._is_race or self._node.joins_all) and self._holds_people:
            held = self._hold(*(each.person for each in self._targets))
            self._targets = [each for each in self._targets if each.person in held]
            self._call.state.rung = tuple(held)
        if not self._targets:
            return self.without_agent(position, BUSY)
        if self._node.joins_all:
            return self._after_race(position, self.together.join_all(self._targets, position))
        if self._is_race:
            return self._after_race(position, self.ringing.all_at_once(self._targets, position))
        prepared = self._call.state.prepared
        targets = self._call.services.agents.prepared_targets(self._targets, prepared)
        rung = self.ringing.in_turn(targets, position, prepared, first, self._may_ring)
        if rung.answered is not None:
            return self.after_talk(position, rung.answered)
        return self.without_agent(position, result_of([rung.result, *before]))

    def _after_race(self, position: Position, rung: Rung) -> After:
        if rung.answered is not None:
            return self.after_talk(position, rung.answered)
        return self.without_agent(position, rung.result)

    def after_talk(self, position: Position, attempt: AgentAttempt) -> After:
        """Act on the agent's report: `dnc` opts the caller out. Otherwise a caller who is still connected continues
        at `on_agent_hangup`."""
        call = self._call
        if self._node.record:
            end_talk(call)
        if self._node.people is not None and attempt.person is not None and not (call.record.test or call.story):
            call.services.people.note_talk(attempt.person, now_ms())
        if attempt.reported is None or attempt.reported.lower() != OPT_OUT_REPORT:
            goes_on = not call.leg.hung_up and self._node.goes_on_after_talks
            next_ = self._next(position, agent_hung_up(attempt.reported)) if goes_on else None
            return next_ or Outcome.TRANSFERRED
        return call.record_opt_out(opt_out_of(call.record, "agent", self._node.id)) or Outcome.TRANSFERRED

    def without_agent(self, position: Position, result: str = NOBODY) -> After:
        """Continue by the result or at `fallback_node`; without one, apologise."""
        call = self._call
        if self._node.record:
            end_talk(call, took_place=False)
        next_ = self._next(position, nobody(result))
        if next_ is not None:
            return next_
        call.record.outcome = Outcome.AGENT_UNAVAILABLE
        call.say("apology")
        return Outcome.AGENT_UNAVAILABLE

    def _next(self, position: Position, result: str) -> tuple[Position, Next] | None:
        """None where nothing follows, or only an action that this call has already performed: two agents that fall
        back on each other with nothing new between them would never end."""
        position, following = interpreter.step(self._menu.tree, position, result, self._call.elapsed_s())
        if isinstance(following, NoWayOn) or has_acted_at(self._call.record.path, position.node):
            return None
        return position, following
