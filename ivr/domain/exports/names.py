"""Names that are taken once."""

from __future__ import annotations


class Names:
    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, wanted: str) -> str:
        """This name, or the first with a number behind it that is free."""
        name, number = wanted, 2
        while name in self._taken:
            name = f"{wanted}_{number}"
            number += 1
        self._taken.add(name)
        return name
