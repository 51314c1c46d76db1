"""What a call does at nodes once its caller has hung up: nothing of it is heard, and nothing waits."""

from __future__ import annotations

import logging

from esl_server.call.call import Call
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.effects import EFFECTS
from esl_server.call.effects.effect import After
from esl_server.call.entering import enter
from esl_server.call.notes import note
from esl_server.call.playing import play_step
from ivr.domain.call_records import CallRecord, Outcome
from ivr.domain.errors import EslError
from ivr.domain.menu import interpreter
from ivr.domain.menu.ending import EndNode
from ivr.domain.menu.hung_up import During, memory_of
from ivr.domain.menu.interpreter import Act
from ivr.domain.menu.message import MessageNode
from ivr.domain.menu.transfer import TransferNode

log = logging.getLogger(__name__)


def run_hung_up(call: Call) -> None:
    """Perform the nodes from the menu's `hung_up_node` on, if the caller ended the call before the menu did. Raises
    nothing: the record of a call is written whatever becomes of this."""
    menu = call.menu
    if menu is None or menu.tree.hung_up_node is None or not _left_by_caller(call.record):
        return
    try:
        _walk(call, menu)
        if call.story is not None:
            call.leg.flush_pending()
    except EslError as error:
        log.debug("%s: the test is not told what followed the hang-up: %s", call.record.call_id, error)
    except Exception:
        log.exception("%s: what is to be done after the hang-up failed", call.record.call_id)


def _left_by_caller(record: CallRecord) -> bool:
    """Whether nothing had ended the call before: with another outcome the menu had."""
    if record.outcome is Outcome.TRANSFERRED:
        return record.hung_up_by == "caller"
    return record.outcome is Outcome.CALLER_HUNG_UP


def _walk(call: Call, menu: CompiledMenu) -> None:
    record = call.record
    at = record.path[-1].node if record.path else call.position.node
    during = _during(call, menu)
    memory = memory_of(call.position.memory, at, during, round(record.talk_ms / 1000))
    call.lead.take()
    after: After | None = interpreter.begin_hung_up(menu.tree, memory)
    if after is not None and not isinstance(after, Outcome):
        note(call, after[0].node, "hung_up", during)
    while after is not None and not isinstance(after, Outcome):
        position, following = after
        position = enter(call, position)
        if not isinstance(following, Act) or isinstance(following.node, EndNode):
            return
        if isinstance(following.node, MessageNode):
            play_step(call, following.node, position, "skipped", None)
            after = interpreter.step(menu.tree, position, None, 0.0)
        else:
            after = EFFECTS[type(following.node)](call, menu, position, following)


def _during(call: Call, menu: CompiledMenu) -> During:
    record = call.record
    if record.outcome is Outcome.TRANSFERRED:
        return "talk"
    last = record.path[-1] if record.path else None
    node = menu.tree.nodes.get(last.node) if last is not None and last.result == "action" else None
    return "ringing" if isinstance(node, TransferNode) else "menu"
