"""Refusals of trunks."""

from __future__ import annotations

from collections.abc import Sequence

from ivr.domain.errors import IvrError, StorageConflict
from ivr.domain.problems import Problem


class InvalidTrunk(IvrError):
    """A trunk with faults; `problems` names each."""

    code = "invalid_trunk"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(each.message for each in problems))
        self.problems = list(problems)


class TooManyTrunks(IvrError):
    """More trunks than there may be; nothing was changed."""

    code = "too_many_trunks"

    def __init__(self, most: int) -> None:
        super().__init__(f"there may be {most} trunks; delete one that no calls come by")


class TrunkTaken(StorageConflict):
    """A trunk with this name exists."""

    code = "trunk_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a trunk {name}")


class NumberOnOtherTrunk(StorageConflict):
    """A number comes by one trunk."""

    code = "number_on_other_trunk"

    def __init__(self, number: str, trunk: str) -> None:
        super().__init__(f"{number} comes by the trunk {trunk}; take it from there first")
