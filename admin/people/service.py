"""People: what is written of them is checked against the rules of calls out, and calls get to know it at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from admin.menus.errors import SavedNotLive
from admin.menus.service import MenuService
from ivr.domain.call_records import utc_now
from ivr.domain.errors import IvrError, StorageUnavailable
from ivr.domain.hours.state import state_at
from ivr.domain.numbers import E164, is_e164_form
from ivr.domain.people.model import Person
from ivr.domain.problems import Problem, pointer
from ivr.domain.telephones.destinations import find_refusal
from ivr.ports.checks import accept
from ivr.ports.hours import HoursStore
from ivr.ports.number_lists import NumberListStore
from ivr.ports.people import PeoplePublisher, PersonStore, StoredPerson
from ivr.ports.trunks import TrunkStore

Check = Callable[[Person], object]


class InvalidPerson(IvrError):
    """A person with faults that no form tells: `problems` names each."""

    code = "invalid_person"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(each.message for each in problems))
        self.problems = problems


@dataclass(frozen=True)
class PersonDesk:
    """A change applies from the next transfer on. `countries`: where else than in those of trunks a number may be."""

    store: PersonStore
    publisher: PeoplePublisher
    menus: MenuService
    hours: HoursStore
    trunks: TrunkStore
    lists: NumberListStore
    countries: Collection[str]
    clock: Callable[[], datetime] = utc_now

    def create(self, name: str, body: Mapping[str, Any], *, actor: str) -> StoredPerson:
        """Raises InvalidPerson, PersonTaken, TooManyPeople."""
        person = self._checked(_laid_over(Person(name, ""), body))
        self.menus.ask_cache()
        stored = self.store.create(person, actor=actor)
        self._publish()
        return stored

    def patch(
        self, name: str, body: Mapping[str, Any], *, actor: str, check: Check = accept
    ) -> StoredPerson | None:
        """Replace the fields in `body`; None when there is no such person. Raises InvalidPerson."""

        def change(person: Person) -> Person:
            check(person)
            return self._checked(_laid_over(person, body))

        self.menus.ask_cache()
        stored = self.store.edit(name, change, actor=actor)
        if stored is not None:
            self._publish()
        return stored

    def delete(self, name: str, *, actor: str, check: Check = accept) -> bool:
        """False when there is no such person."""
        self.menus.ask_cache()
        deleted = self.store.delete(name, actor=actor, check=check)
        if deleted:
            self._publish()
        return deleted

    def is_on_duty(self, person: Person) -> bool:
        """At this moment."""
        now, word, is_listed = self.clock(), "", False
        found = self.hours.find(person.hours) if person.duty == "hours" and person.hours is not None else None
        if found is not None:
            word = state_at(found.hours, now).word
        if person.duty == "list" and person.duty_list is not None:
            listing = self.lists.find_number(person.duty_list, E164(person.address))
            is_listed = listing is not None and listing.listed.holds_at(now)
        return person.is_on_duty(word, is_listed=is_listed)

    def _checked(self, person: Person) -> Person:
        faults = []
        if person.duty == "hours" and person.hours is None:
            faults.append(Problem(pointer("hours"), "hours_missing", "duty by hours needs the name of opening hours"))
        if person.hours is not None and not self.hours.existing([person.hours]):
            text = f"there are no opening hours {person.hours}; make them first, or choose others"
            faults.append(Problem(pointer("hours"), "hours_not_found", text))
        if person.duty == "list":
            faults += self._faults_of_list(person)
        if is_e164_form(person.address):
            countries = {*self.countries, *(each.country for each in self.trunks.all())}
            refusal = find_refusal(E164(person.address), countries)
            if refusal is not None:
                faults.append(Problem(pointer("address"), "destination_refused", refusal))
        if faults:
            raise InvalidPerson(faults)
        return person

    def _faults_of_list(self, person: Person) -> list[Problem]:
        if person.duty_list is None:
            return [Problem(pointer("duty_list"), "list_missing", "duty by a list needs the name of a list")]
        if not self.lists.existing([person.duty_list]):
            text = f"there is no list called {person.duty_list}; make it first, or choose another"
            return [Problem(pointer("duty_list"), "list_not_found", text)]
        if not is_e164_form(person.address):
            text = "only a telephone number can be on a list; give one, or another duty"
            return [Problem(pointer("duty"), "no_number", text)]
        return []

    def _publish(self) -> None:
        try:
            self.publisher.publish()
        except StorageUnavailable as error:
            raise SavedNotLive(None) from error


def _laid_over(person: Person, body: Mapping[str, Any]) -> Person:
    changes = {**body}
    if "groups" in changes:
        changes["groups"] = tuple(dict.fromkeys(changes["groups"]))
    return replace(person, **changes)
