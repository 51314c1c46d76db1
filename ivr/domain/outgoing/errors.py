"""Refusals of calls that we are to make."""

from __future__ import annotations

from ivr.domain.errors import IvrError, StorageConflict
from ivr.domain.numbers import E164


class OrderNotFound(IvrError):
    """No such order."""

    code = "outgoing_call_not_found"

    def __init__(self) -> None:
        super().__init__("there is no such call")


class OrderOver(StorageConflict):
    """What has ended cannot be cancelled."""

    code = "outgoing_call_over"

    def __init__(self) -> None:
        super().__init__("this call is over already")


class NumberListed(IvrError):
    """A number on a list that is not called."""

    code = "number_listed"

    def __init__(self, number: E164, where: str) -> None:
        super().__init__(f"{number} is on {where}; it is not called")


class HoursNeverRight(IvrError):
    """Hours that no moment fits."""

    code = "no_calling_hours"


class MenuNotForCalls(IvrError):
    """A menu that calls we make may not have."""

    code = "menu_not_for_calls"


class TooManyOrders(IvrError):
    """More waiting orders than there may be."""

    code = "too_many_outgoing_calls"
    retryable = True

    def __init__(self, most: int) -> None:
        super().__init__(f"{most:,} calls are waiting to be made; wait until some are over")
