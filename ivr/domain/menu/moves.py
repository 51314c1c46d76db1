"""Where a caller stands in a menu, and the moves that a node may ask for."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ivr.domain.menu.variables import NOTHING_KNOWN, Memory

GiveUpReason = Literal["no_input", "no_match", "steps", "seconds"]


class Position(NamedTuple):
    """Node, failures in a row at it, steps of the whole call (see `Node.is_step`), what the call knows, and how many
    of the failures were silences."""

    node: str
    failures: int = 0
    steps: int = 0
    memory: Memory = NOTHING_KNOWN
    silences: int = 0


class Kept(NamedTuple):
    """What was keyed, for a variable."""

    name: str
    digits: str
    is_secret: bool


class GoTo(NamedTuple):
    """Continue at this node, which exists, with what is kept of the entry that leads there."""

    node: str
    kept: Kept | None = None


class AskAgain(NamedTuple):
    """Ask the same question again; `after_no_match`: the caller pressed a wrong digit. `counts_apart`: silences and
    wrong digits have limits of their own."""

    after_no_match: bool
    counts_apart: bool = False


class GiveUp(NamedTuple):
    """Say goodbye and hang up."""

    reason: GiveUpReason


class NoWayOn(NamedTuple):
    """Nothing follows: the call ends, after a goodbye unless the node's own action ends it."""


Move = GoTo | AskAgain | GiveUp | NoWayOn
