"""Refusals of calls to telephones."""

from __future__ import annotations

from datetime import timedelta

from ivr.domain.errors import IvrError, StorageConflict
from ivr.domain.numbers import E164


class TelephoneNotFound(IvrError):
    """No such telephone."""

    code = "telephone_not_found"

    def __init__(self, number: E164) -> None:
        super().__init__(f"{number} is not among the telephones")


class TelephoneVerified(StorageConflict):
    """The telephone needs no further code."""

    code = "telephone_verified"

    def __init__(self, number: E164) -> None:
        super().__init__(f"{number} is verified already, and can be rung")


class TooManyTelephones(IvrError):
    """More telephones than there may be."""

    code = "too_many_telephones"

    def __init__(self, most: int) -> None:
        super().__init__(f"there may be {most} telephones; delete one that is not rung any more")


class TelephoneNotVerified(IvrError):
    """A call for a menu to a number that nobody has shown to be theirs, over a trunk as it is now."""

    code = "telephone_not_verified"

    def __init__(self, number: E164, trunk: str) -> None:
        super().__init__(
            f"{number} is not verified over the trunk {trunk}; under telephones have it called with a code over this"
            " trunk, and give back what it hears"
        )


class DestinationRefused(IvrError):
    """A number that is never rung."""

    code = "destination_refused"


class NoWayOut(IvrError):
    """A trunk over which no call can go out."""

    code = "no_way_out"


class WrongCode(IvrError):
    """Not the code that the telephone heard; `left`: how many tries there are."""

    code = "wrong_code"

    def __init__(self, left: int) -> None:
        more = f"{left} more {'try' if left == 1 else 'tries'}" if left else "have another code called"
        super().__init__(f"this is not the code that the telephone heard; {more}")
        self.left = left


class NoCode(StorageConflict):
    """No code is waiting to be given back."""

    code = "no_code"

    def __init__(self, number: E164) -> None:
        super().__init__(f"the code of {number} is used up or too old; have another one called")


class RingLimitReached(IvrError):
    """More calls, or money, than there may be in a day."""

    code = "ring_limit"
    retryable = True

    def __init__(self, text: str, wait: timedelta) -> None:
        super().__init__(text)
        self.retry_after_s = max(1.0, wait.total_seconds())


class RingNotFound(IvrError):
    """No such call."""

    code = "telephone_call_not_found"

    def __init__(self) -> None:
        super().__init__("there is no such call to a telephone; they are kept for 30 days")
