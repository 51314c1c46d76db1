"""A switch: the way chosen by a value that the call knows, without a word to FreeSWITCH."""

from __future__ import annotations

from esl_server.call.call import Call, now_ms
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.effects.effect import After
from esl_server.call.playing import is_full, pass_silently, play_step
from ivr.domain.call_records import Step
from ivr.domain.menu import interpreter
from ivr.domain.menu.interpreter import Act
from ivr.domain.menu.moves import Position
from ivr.domain.menu.switch import DEFAULT, SwitchNode
from ivr.domain.menu.variables import Memory
from ivr.domain.tickets import NODE_VARIABLE

MAX_SHOWN = 64


def choose(call: Call, menu: CompiledMenu, position: Position, act: Act[SwitchNode]) -> After:
    """Its prompt, if it has one, is played before the next question, as a message's is: only then does the channel
    carry this position. A worker lost without having played anything leaves the call where it was, and the next one
    chooses again."""
    node, memory, tree, moment_ms = act.node, position.memory, menu.tree, now_ms()
    prompt = None if node.audio is None else menu.spoken(node.audio, memory)
    # A test is told of each, and a prompt takes time.
    if prompt is None and call.story is None and not is_full(call.lead):
        return _choose_silently(call, menu, position, node, moment_ms)
    nodes = tree.nodes
    if prompt is not None:
        call.set_for_phone(NODE_VARIABLE, node.id)
    value = node.value(memory, _World(call, menu, moment_ms), nodes)
    case = node.find_case(value, memory, nodes)
    play_step(call, node, position, "switch", prompt, *_shown(node, case, value, memory))
    return interpreter.follow(tree, position, node.leave(case, nodes), call.elapsed_s(moment_ms))


def _choose_silently(
    call: Call, menu: CompiledMenu, position: Position, node: SwitchNode, moment_ms: int
) -> After:
    """Switches that follow each other and play nothing are passed in the same moment."""
    memory, nodes, world = position.memory, menu.tree.nodes, _World(call, menu, moment_ms)
    at_ms = call.next_at_ms(moment_ms)
    steps: list[Step] = []

    def take(node: SwitchNode) -> str | None:
        value = node.value(memory, world, nodes)
        case = node.find_case(value, memory, nodes)
        key, shown = _shown(node, case, value, memory)
        steps.append(Step(node.id, 1, "switch", key, at_ms, 0, None, None, None, shown))
        return case

    after = interpreter.pass_switches(menu.tree, position, node, take, call.elapsed_s(moment_ms))
    pass_silently(call, steps)
    return after


class _World:
    """What is so outside the call: hours as its version of the menu has them, lists as they are now."""

    __slots__ = ("_call", "_menu", "_moment_ms")

    def __init__(self, call: Call, menu: CompiledMenu, moment_ms: int) -> None:
        self._call = call
        self._menu = menu
        self._moment_ms = moment_ms

    def random(self) -> int:
        return self._menu.published.given.random or self._call.services.random()

    def state_of(self, hours: str) -> str:
        return self._menu.word_of(hours, self._moment_ms)

    def is_on(self, list_name: str) -> bool | None:
        if list_name in self._call.listed:
            return self._call.listed[list_name]
        lists = self._call.find_lists()
        return None if lists is None else list_name in lists


def _shown(node: SwitchNode, case: str | None, value: str, memory: Memory) -> tuple[str | None, str | None]:
    """Case and value for the record. Of what is secret neither, for the case may be it; a number of the call is left
    out: it is there already, where it can be erased."""
    if memory.secrets and node.is_secret(case, memory):
        return None, None
    key, caller, called = DEFAULT if case is None else case, memory.caller, memory.called
    if (caller and caller in value) or (called and called in value):
        return key, None
    return key, value[:MAX_SHOWN]
