"""The question for the caller's language: asked like any other, unless the language is known."""

from __future__ import annotations

from esl_server.call.call import Call
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.effects.ask import ask
from esl_server.call.effects.effect import After
from ivr.domain.call_records import Step
from ivr.domain.menu import interpreter
from ivr.domain.menu.ask_language import KNOWN, AskLanguageNode
from ivr.domain.menu.interpreter import Ask
from ivr.domain.menu.moves import Position
from ivr.domain.menu.variables import LANGUAGE


def ask_language(call: Call, menu: CompiledMenu, position: Position, asking: Ask) -> After:
    """Nothing is asked where the number called, an earlier call or a node has told the language, nor in a menu of one
    language. Raises CallerHungUp."""
    node = asking.node
    if not isinstance(node, AskLanguageNode) or position.failures:
        return ask(call, menu, position, asking)
    known, told_by = position.memory.known_language, None
    if known:
        told_by = "number" if known == call.language_of_number else None
    elif node.remember and (kept := call.find_kept_language()):
        position = position._replace(memory=position.memory.keeping(LANGUAGE, kept, is_secret=False))
        known, told_by = position.memory.known_language, "earlier"
    if not known and len(node.offered) > 1:
        return ask(call, menu, position, asking)
    step = Step(node.id, 1, "known", known or None, call.next_at_ms(), 0, value=told_by if known else None)
    call.state.add(step)
    move = node.step(KNOWN, position, menu.tree.nodes)
    return interpreter.follow(menu.tree, position, move, call.elapsed_s())
