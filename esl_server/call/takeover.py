"""The plan of a takeover: what a worker does first with a call that another worker began.

Pure: the plan follows from the call state and the channel data. It is what the channel says about the time without a
worker: a digit pressed for the question, a bridge that has ended, an order to go to another node.
"""

from __future__ import annotations

from typing import NamedTuple

from esl_server.call.state import CallState, find_digit, find_digits, find_entry
from esl_server.switch.bridged import Bridged, find_earlier_bridge
from esl_server.switch.channel_data import ChannelData
from esl_server.switch.leg import REFER_TO
from esl_server.switch.recording import Recorded, find_earlier_recording
from ivr.domain import orders
from ivr.domain.menu.document import Menu
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.node import Node
from ivr.domain.menu.record import RecordNode
from ivr.domain.menu.suppress import SuppressNode
from ivr.domain.menu.transfer import TransferNode


class BeginAgain(NamedTuple):
    """Begin the call, in the same record: its worker failed before it knew the menu."""


class RepeatNode(NamedTuple):
    """Enter the node once more; `keep_digits`: digits in the channel's queue are the reply to its question;
    `pressed`: the key that cut what was played before it, which answers the next question."""

    keep_digits: bool
    pressed: str | None = None


class ApplyDigit(NamedTuple):
    """Take this digit as the reply to the question; `forget_order`: the order on the channel came too late."""

    node: GatherNode
    digit: str
    forget_order: bool


class ContinueEntry(NamedTuple):
    """Collect the rest of an entry, of which these digits were keyed."""

    node: GatherNode
    digits: str


class ObeyOrder(NamedTuple):
    """Go to the node `target`, to which the call was sent from the question `node`."""

    node: GatherNode
    target: str


class ContinueTransfer(NamedTuple):
    """Continue after the attempt to reach an agent; None: that attempt did not take place."""

    node: TransferNode
    bridged: Bridged | None


class ContinueWaiting(NamedTuple):
    """Go on waiting in the line; `key` was pressed meanwhile."""

    node: TransferNode
    key: str | None


class ContinueReferral(NamedTuple):
    """The agent sends the caller on to `refer_to`; `bridged` is their talk."""

    node: TransferNode
    bridged: Bridged | None
    refer_to: str


class ContinueRecording(NamedTuple):
    """Continue after a recording that has ended meanwhile."""

    node: RecordNode
    recorded: Recorded


class ContinueKeyedNumber(NamedTuple):
    """Continue asking for the caller's number; `reply` is what was keyed meanwhile: the number, or a digit."""

    node: SuppressNode
    reply: str | None


class CannotContinue(NamedTuple):
    """Say that there is trouble, and hang up."""

    reason: str


Plan = (
    BeginAgain
    | RepeatNode
    | ApplyDigit
    | ContinueEntry
    | ObeyOrder
    | ContinueTransfer
    | ContinueWaiting
    | ContinueReferral
    | ContinueRecording
    | ContinueKeyedNumber
    | CannotContinue
)


def plan_takeover(
    state: CallState, channel: ChannelData, menu: Menu | None, ordered: str | None, now_ms: int
) -> Plan:
    """`menu` is the version that the call is pinned to, None when it is gone; `ordered` the node of a valid order on
    the channel. A digit that the caller pressed goes before an order."""
    if not state.pointer:
        return BeginAgain()
    if menu is None:
        return CannotContinue(f"menu {state.pointer} is gone")
    node = menu.nodes.get(state.position.node)
    if state.phase == "bridging" and isinstance(node, TransferNode):
        bridged, refer_to = find_earlier_bridge(channel, state.asked_ms, now_ms), channel.find(f"variable_{REFER_TO}")
        return ContinueReferral(node, bridged, refer_to) if refer_to else ContinueTransfer(node, bridged)
    if state.phase == "waiting" and isinstance(node, TransferNode):
        return ContinueWaiting(node, find_digit(channel, state.position))
    if state.phase == "keying" and isinstance(node, SuppressNode):
        return ContinueKeyedNumber(node, find_digits(channel, state.position))
    if state.phase == "confirming" and isinstance(node, SuppressNode):
        return ContinueKeyedNumber(node, find_digit(channel, state.position))
    if state.phase == "recording" and isinstance(node, RecordNode):
        recorded = find_earlier_recording(channel)
        return RepeatNode(False) if recorded is None else ContinueRecording(node, recorded)
    if state.phase != "asking" or node is None:
        return CannotContinue(f"the call state is {state.phase} at {state.position.node}, which has no such phase")
    return _at_node(node, state, channel, ordered)


def _at_node(node: Node, state: CallState, channel: ChannelData, ordered: str | None) -> Plan:
    if not isinstance(node, GatherNode):
        return RepeatNode(False, None if node.waits else find_digit(channel, state.position))
    has_order = channel.find(f"variable_{orders.VARIABLE}") is not None
    if node.entries.is_single:
        digit = find_digit(channel, state.position)
    else:
        more = find_entry(channel, state)
        heard = node.entries.hear(state.keyed, more or "", node.entries.stage(state.keyed).digits)
        if not heard.is_over:
            return ContinueEntry(node, heard.digits)
        digit = heard.digits or None
    if digit is not None:
        return ApplyDigit(node, digit, forget_order=has_order)
    return ObeyOrder(node, ordered) if ordered is not None else RepeatNode(keep_digits=True)
