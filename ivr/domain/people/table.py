"""All people with the hours of their duty, and the numbers that may be shown, as one text that calls read. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ivr.domain.hours.document import parse_hours
from ivr.domain.hours.known_word import KnownWord
from ivr.domain.hours.model import Hours
from ivr.domain.people.model import Person, parse_person


def on_no_list(person: Person) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class PeopleTable:
    """`verified`: telephone numbers that somebody has shown to be theirs."""

    people: Mapping[str, Person] = field(default_factory=dict)
    words: Mapping[str, KnownWord] = field(default_factory=dict)
    verified: Collection[str] = ()
    # Those of each group, in their places.
    groups: Mapping[str, Sequence[Person]] = field(init=False)

    def __post_init__(self) -> None:
        groups: dict[str, list[Person]] = {}
        for person in sorted(self.people.values(), key=lambda each: (each.place, each.name)):
            for name in person.groups:
                groups.setdefault(name, []).append(person)
        object.__setattr__(self, "groups", groups)

    def on_duty(
        self, group: str, moment_ms: int, is_listed: Callable[[Person], bool] = on_no_list
    ) -> list[Person] | None:
        """Those of a group who are on duty at a moment (epoch milliseconds), in their places; None: nobody is in it.
        `is_listed`: asked of those whose duty is by a list."""
        members = self.groups.get(group)
        if members is None:
            return None
        return [
            each
            for each in members
            if each.is_on_duty(self._word(each, moment_ms), is_listed=each.duty == "list" and is_listed(each))
        ]

    def _word(self, person: Person, moment_ms: int) -> str:
        known = self.words.get(person.hours or "")
        return "" if known is None else known.at(moment_ms)


def table_text(people: Iterable[Person], hours: Iterable[Hours], verified: Iterable[str]) -> str:
    """The same text for the same rows."""
    document = {
        "people": {each.name: each.to_json() for each in people},
        "hours": {each.name: each.to_json() for each in hours},
        "verified": sorted(verified),
    }
    return json.dumps(document, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def parse_table(text: str | bytes) -> PeopleTable:
    """Raises ValueError for another text."""
    try:
        document = json.loads(text)
        return PeopleTable(
            {name: parse_person(name, each) for name, each in document["people"].items()},
            {name: KnownWord(parse_hours(name, each), None) for name, each in document["hours"].items()},
            frozenset(document["verified"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a table of people: {error!r}") from error
