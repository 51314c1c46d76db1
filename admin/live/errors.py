"""Errors of orders to a call under way."""

from __future__ import annotations

from ivr.domain.errors import IvrError


class CallNotLive(IvrError):
    """No call under way has this id."""

    code = "call_not_live"

    def __init__(self) -> None:
        super().__init__("there is no such call under way; it may have ended")


class NotOnThisSwitch(IvrError):
    """The switch of this machine does not know the call's channel."""

    code = "not_on_this_switch"

    def __init__(self) -> None:
        super().__init__("this machine's switch does not know the call's channel; the call may have ended")


class NodeNotInVersion(IvrError):
    """The version that the call began with has no such node."""

    code = "unknown_node"

    def __init__(self, version: int) -> None:
        super().__init__(f"the call runs version {version} of its menu, which has no such node")


class NotAtQuestion(IvrError):
    """The call is not at a question, so it cannot be moved."""

    code = "not_at_a_question"

    def __init__(self, phase: str) -> None:
        super().__init__(f"a call can be moved only at a question; this one is {phase}")


class NotMoved(IvrError):
    """The call's worker did not follow the order in time."""

    code = "not_moved"

    def __init__(self) -> None:
        super().__init__("the call was not moved in time; it may have left its question, so look at it again")


class SwitchAway(IvrError):
    """The switch's event socket cannot be reached."""

    code = "switch_unavailable"
    retryable = True
