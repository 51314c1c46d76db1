"""A switch: the way chosen by a value that the call knows, without a word to FreeSWITCH."""

from __future__ import annotations

from esl_server.call.call import Call
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.effects.effect import After
from esl_server.call.playing import play_step
from ivr.domain.call_records import utc_now
from ivr.domain.hours.state import state_at
from ivr.domain.menu import interpreter
from ivr.domain.menu.interpreter import Act
from ivr.domain.menu.moves import Position
from ivr.domain.menu.published import PublishedMenu
from ivr.domain.menu.switch import DEFAULT, SwitchNode
from ivr.domain.menu.variables import Memory
from ivr.domain.tickets import NODE_VARIABLE

MAX_SHOWN = 64


def choose(call: Call, menu: CompiledMenu, position: Position, act: Act[SwitchNode]) -> After:
    """Its prompt, if it has one, is played before the next question, as a message's is: only then does the channel
    carry this position. A worker lost without having played anything leaves the call where it was, and the next one
    chooses again."""
    node = act.node
    prompt = menu.spoken(node.audio, position.memory)
    if prompt is not None:
        call.set_for_phone(NODE_VARIABLE, node.id)
    value = node.value(position.memory, _World(call, menu.published), menu.tree.nodes)
    case = node.find_case(value, position.memory, menu.tree.nodes)
    shown = _shown(node, case, value, position.memory)
    play_step(call, node, position, "switch", prompt, *shown)
    return interpreter.step(menu.tree, position, value, call.elapsed_s())


class _World:
    """What is so outside the call: hours as its version of the menu has them, lists as they are now."""

    def __init__(self, call: Call, published: PublishedMenu) -> None:
        self._call = call
        self._published = published

    def random(self) -> int:
        return self._published.given.random or self._call.services.random()

    def state_of(self, hours: str) -> str:
        found = self._published.hours.get(hours)
        return "" if found is None else state_at(found, self._published.given.at or utc_now()).word

    def is_on(self, list_name: str) -> bool | None:
        if list_name in self._call.listed:
            return self._call.listed[list_name]
        lists = self._call.find_lists()
        return None if lists is None else list_name in lists


def _shown(node: SwitchNode, case: str | None, value: str, memory: Memory) -> tuple[str | None, str | None]:
    """Case and value for the record. Of what is secret neither, for the case may be it; a number of the call is left
    out: it is there already, where it can be erased."""
    if node.is_secret(case, memory):
        return None, None
    has_number = any(number and number in value for number in (memory.caller, memory.called))
    return DEFAULT if case is None else case, None if has_number else value[:MAX_SHOWN]
