"""Where a caller stands in a menu, and the moves that a node may ask for."""

from __future__ import annotations

from typing import Literal, NamedTuple

GiveUpReason = Literal["no_input", "no_match", "steps", "seconds"]


class Position(NamedTuple):
    """Node, failures in a row at it, questions asked in the whole call."""

    node: str
    failures: int = 0
    steps: int = 0


class GoTo(NamedTuple):
    """The call goes on at this node, which exists."""

    node: str


class AskAgain(NamedTuple):
    """The same question once more; `after_no_match`: the caller pressed a wrong key."""

    after_no_match: bool


class GiveUp(NamedTuple):
    """Say goodbye and hang up."""

    reason: GiveUpReason


class NoWayOn(NamedTuple):
    """Nothing follows: the call ends as the node's own action has it."""


Move = GoTo | AskAgain | GiveUp | NoWayOn
