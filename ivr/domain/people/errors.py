"""Refusals of people."""

from __future__ import annotations

from ivr.domain.errors import IvrError, StorageConflict


class PersonNotFound(IvrError):
    """No such person."""

    code = "person_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is nobody called {name[:64]} among the people")


class PersonTaken(StorageConflict):
    """A person with this name exists."""

    code = "person_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a person {name}")


class TooManyPeople(IvrError):
    """More people than there may be; nothing was changed."""

    code = "too_many_people"

    def __init__(self, most: int) -> None:
        super().__init__(f"there may be {most} people; delete one who is in no group any more")
