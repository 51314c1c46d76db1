"""Refusals of trunks."""

from __future__ import annotations

from collections.abc import Sequence

from ivr.domain.errors import NAME_TAKEN, IvrError, StorageConflict
from ivr.domain.problems import Problem, pointer


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
        super().__init__(f"there is a trunk {name}; {NAME_TAKEN}")


class NumberOnOtherTrunk(StorageConflict):
    """A number comes by one trunk; `index`: which of a trunk's numbers it is."""

    code = "number_on_other_trunk"

    def __init__(self, number: str, trunk: str, index: int) -> None:
        text = f"{number} comes by the trunk {trunk}; take it from there first, or leave it out here"
        super().__init__(text)
        self.problems = [Problem(pointer("numbers", index), self.code, text)]
