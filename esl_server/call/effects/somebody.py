"""Who a transfer rings in place of an agent: the number or the SIP address of its `to`, or its people on duty."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from esl_server.agents.addresses import RING_S, Rung, over_gateways, read_address, targets_at
from esl_server.agents.calls_out import Reservation, SpendingLimitReached
from esl_server.agents.dialling import DialTarget
from esl_server.call.call import Call, now_ms
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.notes import note_not_said
from esl_server.call.system_prompts import ANNOUNCEMENT, length_ms
from esl_server.call.test_calls import has_pretended_agent
from esl_server.switch import commands
from esl_server.switch.bridging import Confirm
from ivr.domain.agents import MAX_TALK_S, TEL
from ivr.domain.call_records import AgentAttempt, Step, utc_now
from ivr.domain.errors import InvalidNumber, IvrError, StorageUnavailable
from ivr.domain.menu.given import group_address
from ivr.domain.menu.transfer import TransferNode
from ivr.domain.menu.transfer_fields import CALLERS_OWN, CLOSED, LONGEST_IDLE, NUMBER_DIALLED
from ivr.domain.menu.variables import Memory, names_in, text_of
from ivr.domain.numbers import E164
from ivr.domain.people.model import Person
from ivr.domain.telephones.errors import DestinationRefused, NoWayOut

log = logging.getLogger(__name__)

# How long whoever answers has for the key, behind what they hear; without a key for the sound to come to its end.
ACCEPT_S, PLAYED_S = 10, 3
_NOT_RUNG = (InvalidNumber, DestinationRefused, NoWayOut, SpendingLimitReached)


class Somebody(NamedTuple):
    """Ready to be dialled; `reserved` is what the talk may cost, `refused` are those who are not rung. Without
    targets `result` is why nobody is."""

    targets: list[DialTarget]
    refused: Sequence[AgentAttempt] = ()
    result: str = "unreachable"
    reserved: Reservation | None = None


def reaches_nobody(call: Call) -> bool:
    """Whether it is a call of a test, but the one that rings a real agent."""
    return call.story is not None or has_pretended_agent(call.record, call.leg.channel)


def find_shown(call: Call, node: TransferNode) -> E164 | None:
    """The number that whoever is rung sees; None: the call has none that may be shown."""
    if node.caller_id in (None, CALLERS_OWN):
        return call.record.ani
    if node.caller_id == NUMBER_DIALLED:
        return call.record.did
    number = E164(str(node.caller_id))
    if reaches_nobody(call) or call.services.calls_out.may_show(number):
        return number
    log.error("%s: %s is no number of ours, so it is not shown", call.record.call_id, number)
    return None


def find_confirm(call: Call, menu: CompiledMenu, node: TransferNode, memory: Memory) -> Confirm | None:
    """What whoever answers hears and presses; None: nothing. Where a key is wanted and no prompt is there, they hear
    which key it is. Who is rung instead of an agent hears first that the talk is recorded, if it is. The record says
    once what of it cannot be said."""
    played = None if node.whisper_audio is None else menu.spoken(node.whisper_audio, memory)
    if played is not None and not any(_is_left_out(step, node) for step in call.record.path):
        note_not_said(call, node, played)
    path, ms = (None, 0) if played is None or not played.duration_ms else (played.path, played.duration_ms)
    if path is None and node.accept_key is not None:
        offered = menu.paths.keys_prompt(node.accept_key, memory.language)
        path, ms = (None, 0) if offered is None else (str(offered), 2000)
    told = recording_note(menu, node, memory)
    if told is not None:
        note, note_ms = told
        path, ms = (note, note_ms) if path is None else (commands.joined([note, path]), note_ms + ms)
    if path is None and node.accept_key is None:
        return None
    wait_s = PLAYED_S if node.accept_key is None else ACCEPT_S
    return Confirm(path, node.accept_key, -(-ms // 1000) + wait_s)


def recording_note(menu: CompiledMenu, node: TransferNode, memory: Memory) -> tuple[str, int] | None:
    """The path of what tells them, in the caller's language, that the talk is recorded, and its milliseconds, 0 where
    there is no such file; None: nobody is to be told."""
    if not node.record or node.rings_an_agent:
        return None
    path = menu.paths.heard_system(ANNOUNCEMENT, memory.language)
    return str(path), length_ms(path)


def _is_left_out(step: Step, node: TransferNode) -> bool:
    return step.node == node.id and step.result == "not_said"


def _how(call: Call, menu: CompiledMenu, node: TransferNode, memory: Memory) -> Rung:
    return Rung(
        node.ring_timeout_s or RING_S,
        node.max_talk_s or MAX_TALK_S,
        find_shown(call, node),
        call.record.trunk,
        reaches_nobody(call),
        call.services.region,
        find_confirm(call, menu, node, memory),
    )


class Group:
    """The people of a group, for callers who wait (`esl_server.call.waiting.Members`)."""

    def __init__(self, call: Call, menu: CompiledMenu, node: TransferNode, memory: Memory) -> None:
        self._call, self._node = call, node
        how = _how(call, menu, node, memory)
        # In a test call the one who stands for the group may take as long as a caller waits.
        self._how = replace(how, ring_s=node.wait_s or how.ring_s) if how.is_test else how
        self._refused: set[str] = set()
        self.line = str(node.people)

    def on_duty(self) -> Sequence[str]:
        """Those who can be rung, in the group's order."""
        call = self._call
        if reaches_nobody(call):  # one person stands for a group
            return [self.line]
        people = call.services.people.on_duty(self.line, now_ms()) or ()
        return [each.name for each in people if each.name not in self._refused]

    def targets(self, person: str) -> list[DialTarget]:
        """Empty where this person is not to be rung (any more)."""
        call, services = self._call, self._call.services
        if reaches_nobody(call):
            address: str | None = group_address(person)
        else:
            address = next((each.address for each in services.people.named([person])), None)
        try:
            if address is not None:
                return targets_at(services.agents, services.calls_out, address, self._how, person)
        except _NOT_RUNG as error:
            log.warning("%s: %s is not rung: %s", call.record.call_id, person, error)
            call.record.agent.append(_refused(person, error, self._node))
        self._refused.add(person)
        return []


def with_trunks(
    call: Call, node: TransferNode, targets: Sequence[DialTarget], name: str | None
) -> tuple[list[DialTarget], list[AgentAttempt]]:
    """An agent's addresses, its telephone numbers over the trunk of this call; and the numbers that are not rung."""
    out, shown = call.services.calls_out, find_shown(call, node)
    ready: list[DialTarget] = []
    refused: list[AgentAttempt] = []
    for each in targets:
        if each.number is None:
            ready.append(each)
            continue
        try:
            if reaches_nobody(call):
                way = out.test_way(each.number, shown, call.services.region)
            else:
                way = out.way(each.number, caller=shown, came_by=call.record.trunk)
            ready += over_gateways(each, way)
        except _NOT_RUNG as error:
            log.warning("%s: %s is not rung: %s", call.record.call_id, each.uri, error)
            refused.append(AgentAttempt(each.uri, "refused", error.code, agent=name, label=node.outcome))
    return ready, refused


def find_somebody(
    call: Call, menu: CompiledMenu, node: TransferNode, memory: Memory, *, is_new: bool
) -> Somebody:
    """`is_new`: nobody was rung by this node yet. Then the people on duty are chosen, and what a talk with a number
    that a variable named may cost is reserved."""
    how = _how(call, menu, node, memory)
    if node.to is None:
        return _people(call, node, how, is_new=is_new)
    names = names_in(node.to)
    given = text_of(memory.fill(node.to)) if names else node.to
    who = node.to if any(name in memory.secrets for name in names) else given[:64]
    try:
        address = read_address(given, how.region)
        targets = targets_at(call.services.agents, call.services.calls_out, address, how)
        counts = is_new and bool(names) and targets[0].uri.startswith(TEL) and not how.is_test
        return Somebody(targets, reserved=call.services.calls_out.reserve(how.max_talk_s) if counts else None)
    except _NOT_RUNG as error:
        log.warning("%s: %s is not rung: %s", call.record.call_id, node.to, error)
        return Somebody([], [_refused(who, error, node)])


def _people(call: Call, node: TransferNode, how: Rung, *, is_new: bool) -> Somebody:
    if is_new or how.is_test:
        people = _on_duty(call, node)
        call.state.rung = tuple(each.name for each in people)
    else:
        people = call.services.people.named(call.state.rung)
    targets: list[DialTarget] = []
    refused = []
    for person in people:
        try:
            targets += targets_at(call.services.agents, call.services.calls_out, person.address, how, person.name)
        except _NOT_RUNG as error:
            log.warning("%s: %s is not rung: %s", call.record.call_id, person.name, error)
            refused.append(_refused(person.name, error, node))
    return Somebody(targets, refused, "unreachable" if people else CLOSED)


def _on_duty(call: Call, node: TransferNode) -> Sequence[Person]:
    group = str(node.people)
    if reaches_nobody(call):  # one person stands for a group, or as many as answers are given
        count = len(call.story.given.people.get(group, ())) if node.joins_all and call.story is not None else 1
        return [Person(group, group_address(group))] * max(1, count)
    people = call.services.people.on_duty(group, now_ms(), partial(_is_listed, call))
    if people is None:
        log.error("%s: nobody is in the group %s", call.record.call_id, group)
        return []
    return call.services.people.by_idleness(people) if node.ring == LONGEST_IDLE else people


def _is_listed(call: Call, person: Person) -> bool:
    """Where no store can say they are rung: rather somebody who is off duty than nobody."""
    try:
        return person.duty_list in call.services.lists_of(person.address, utc_now())
    except StorageUnavailable as error:
        log.error("%s: whether %s is on duty is not known: %s", call.record.call_id, person.name, error)
        return True


def _refused(who: str, error: IvrError, node: TransferNode) -> AgentAttempt:
    return AgentAttempt(who, "refused", error.code, label=node.outcome, person=who)
