"""What follows when a call has come to a node: a question asked, or an action performed."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.node import Node

AnyNode = TypeVar("AnyNode", bound=Node)


class Ask(NamedTuple):
    """Ask this node's question; `after_no_match`: the caller just pressed a wrong key; `after_silence`: they just
    pressed none."""

    node: GatherNode
    after_no_match: bool = False
    after_silence: bool = False


class Act(NamedTuple, Generic[AnyNode]):
    """Perform this node's action; the call may go on after it."""

    node: AnyNode
