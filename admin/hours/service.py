"""Opening hours. What is stored has the dates of its holidays, so that nothing has to be looked up in a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from admin.menus.service import MenuService
from ivr.domain.call_records import utc_now
from ivr.domain.errors import IvrError
from ivr.domain.hours.document import find_faults, parse_hours
from ivr.domain.hours.holiday_dates import find_set_faults, with_dates, years_kept
from ivr.domain.hours.model import LONGEST_CLOSURE, Closure, Hours
from ivr.domain.problems import Problem
from ivr.ports.checks import accept
from ivr.ports.hours import HoursStore, StoredHours

Check = Callable[[Hours], object]


class InvalidHours(IvrError):
    """Hours with faults that no form tells: `problems` names each."""

    code = "invalid_hours"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(each.message for each in problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class HoursService:
    """A change applies from the next call of every menu that asks the hours, and keeps what closes them by hand.
    `check` may refuse the hours that are there by an exception."""

    store: HoursStore
    menus: MenuService
    clock: Callable[[], datetime] = utc_now

    def create(self, name: str, document: Mapping[str, Any], *, actor: str) -> StoredHours:
        """Create hours from a document of admin.hours.schema; raises InvalidHours, HoursTaken."""
        hours = self._read(name, document)
        self.menus.ask_cache()
        stored = self.store.create(hours, actor=actor)
        self.menus.publish_all()
        return stored

    def replace(
        self, name: str, document: Mapping[str, Any], *, actor: str, check: Check = accept
    ) -> StoredHours | None:
        """Raises InvalidHours; None when there are no such hours."""
        return self._change_document(name, lambda _: document, actor, check)

    def patch(
        self, name: str, fields: Mapping[str, Any], *, actor: str, check: Check = accept
    ) -> StoredHours | None:
        """Replace the fields given; as `replace`."""
        return self._change_document(name, lambda hours: {**hours.to_json(), **fields}, actor, check)

    def close(
        self, name: str, until: datetime | None, label: str, *, actor: str, check: Check = accept
    ) -> StoredHours | None:
        """Close by hand from now on; raises InvalidHours for an end that has passed."""
        now = self.clock()
        if until is not None and until <= now:
            text = "this moment has passed; name a later one, or none to close until further notice"
            raise InvalidHours([Problem("/until", "moment_has_passed", text)])
        if until is not None and until - now > LONGEST_CLOSURE:
            text = f"a closure may last {LONGEST_CLOSURE.days:,} days; name none to close until further notice"
            raise InvalidHours([Problem("/until", "too_far_ahead", text)])

        def change(hours: Hours) -> Hours:
            check(hours)
            since = hours.closure.since if hours.closure is not None and hours.closure.holds_at(now) else now
            return replace(hours, closure=Closure(since, until, label))

        return self._edit(name, change, actor)

    def reopen(self, name: str, *, actor: str, check: Check = accept) -> StoredHours | None:
        """End what closes them by hand; hours that nobody closed stay as they are."""

        def change(hours: Hours) -> Hours:
            check(hours)
            return replace(hours, closure=None)

        return self._edit(name, change, actor)

    def delete(self, name: str, *, force: bool, actor: str, check: Check = accept) -> bool:
        """False when there are no such hours. Raises HoursInUse."""
        self.menus.ask_cache()
        deleted = self.store.delete(name, actor=actor, force=force, check=check)
        if deleted:
            self.menus.publish_all()
        return deleted

    def at(self, hours: Hours, moment: datetime) -> Hours:
        """The hours with the holidays around a moment, which may lie beyond those that are stored."""
        wanted = range(moment.year - 1, moment.year + 3)
        kept = years_kept(self.clock().date())
        return hours if {*wanted[:3]} <= {*kept} else with_dates(hours, wanted)

    def _change_document(
        self, name: str, document: Callable[[Hours], Mapping[str, Any]], actor: str, check: Check
    ) -> StoredHours | None:
        def change(hours: Hours) -> Hours:
            check(hours)
            return replace(self._read(name, document(hours)), closure=hours.closure)

        return self._edit(name, change, actor)

    def _edit(self, name: str, change: Callable[[Hours], Hours], actor: str) -> StoredHours | None:
        self.menus.ask_cache()
        stored = self.store.edit(name, change, actor=actor)
        if stored is not None:
            self.menus.publish_all()
        return stored

    def _read(self, name: str, document: Mapping[str, Any]) -> Hours:
        years = years_kept(self.clock().date())
        faults = list(find_faults(document))
        if faults:
            raise InvalidHours(faults)
        hours = parse_hours(name, document)
        faults = list(find_set_faults(hours.holiday_sets, years))
        if faults:
            raise InvalidHours(faults)
        return with_dates(hours, years)
