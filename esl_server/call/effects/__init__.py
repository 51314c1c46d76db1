"""What a call does at a node, by the node's kind: one file and one line of the table per kind."""

from __future__ import annotations

from collections.abc import Mapping

from esl_server.call.effects.ask import ask
from esl_server.call.effects.ask_language import ask_language
from esl_server.call.effects.callback import ask_for_call
from esl_server.call.effects.each import go_through
from esl_server.call.effects.effect import Effect
from esl_server.call.effects.hangup import hang_up
from esl_server.call.effects.message import play_message
from esl_server.call.effects.record import record
from esl_server.call.effects.reject import reject
from esl_server.call.effects.request import request
from esl_server.call.effects.send import send
from esl_server.call.effects.send_digits import send_digits
from esl_server.call.effects.suppress import opt_out
from esl_server.call.effects.switch import choose
from esl_server.call.effects.transfer import hand_off
from ivr.domain.menu.ask_language import AskLanguageNode
from ivr.domain.menu.callback import CallbackNode
from ivr.domain.menu.each import EachNode
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.hangup import HangupNode
from ivr.domain.menu.message import MessageNode
from ivr.domain.menu.node import Node
from ivr.domain.menu.record import RecordNode
from ivr.domain.menu.reject import RejectNode
from ivr.domain.menu.request import RequestNode
from ivr.domain.menu.send import SendNode
from ivr.domain.menu.send_digits import SendDigitsNode
from ivr.domain.menu.suppress import SuppressNode
from ivr.domain.menu.switch import SwitchNode
from ivr.domain.menu.transfer import TransferNode

EFFECTS: Mapping[type[Node], Effect] = {
    AskLanguageNode: ask_language,
    CallbackNode: ask_for_call,
    EachNode: go_through,
    GatherNode: ask,
    HangupNode: hang_up,
    MessageNode: play_message,
    RecordNode: record,
    RejectNode: reject,
    RequestNode: request,
    SendNode: send,
    SendDigitsNode: send_digits,
    SuppressNode: opt_out,
    SwitchNode: choose,
    TransferNode: hand_off,
}
