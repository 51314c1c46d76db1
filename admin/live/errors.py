"""Refusals of an order to a call under way."""

from __future__ import annotations

from ivr.domain.errors import IvrError


class CallNotLive(IvrError):
    """No call under way has this id."""

    code = "call_not_live"

    def __init__(self) -> None:
        super().__init__("no such call under way")


class NotOnThisSwitch(IvrError):
    """The switch of this machine does not know the call's channel."""

    code = "not_on_this_switch"

    def __init__(self) -> None:
        super().__init__("this machine's switch does not know the call's channel; it may be over")


class NodeNotInVersion(IvrError):
    """The version that the call began with has no such node."""

    code = "unknown_node"

    def __init__(self, version: int) -> None:
        super().__init__(f"version {version} of the call's menu has no such node")


class NotAtQuestion(IvrError):
    """The call is at no question, so it cannot be moved."""

    code = "not_at_a_question"

    def __init__(self, phase: str) -> None:
        super().__init__(f"the call is {phase}; only at a question can it be moved")


class NotMoved(IvrError):
    """The call's worker did not take the order in time."""

    code = "not_moved"

    def __init__(self) -> None:
        super().__init__("the call did not take the order; it may be at no question just now")


class SwitchAway(IvrError):
    """The switch's event socket cannot be reached."""

    code = "switch_unavailable"
    retryable = True
