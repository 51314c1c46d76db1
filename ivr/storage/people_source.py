"""Where calls get people from: this process's memory, renewed from Redis, else from the machine's snapshot."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Protocol

from ivr.domain.errors import StorageUnavailable
from ivr.domain.people.model import Person
from ivr.domain.people.table import PeopleTable, on_no_list, parse_table
from ivr.storage.disk.text_snapshot import read_text
from ivr.storage.menu_source import QUIET_S

log = logging.getLogger(__name__)

RENEW_S = 1.0


class PeopleCache(Protocol):
    """Raises StorageUnavailable; `text` ValueError, too."""

    def text(self) -> bytes: ...

    def idle_since(self, names: Sequence[str]) -> list[int]: ...

    def note_talk(self, name: str, ended_ms: int) -> None: ...


class NoPeople:
    """A PeopleCache where no store of people is known."""

    def text(self) -> bytes:
        raise StorageUnavailable("no store has people")

    def idle_since(self, names: Sequence[str]) -> list[int]:
        raise StorageUnavailable("no store has people")

    def note_talk(self, name: str, ended_ms: int) -> None:
        raise StorageUnavailable("no store has people")


class PeopleSource:
    """One for each process, for greenlets. At most one request to Redis in RENEW_S for all that is asked of people,
    and one for who has been idle for longest. Does not raise."""

    def __init__(
        self,
        cache: PeopleCache | None = None,
        snapshot: Path = Path("/none"),
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cache = cache or NoPeople()
        self._snapshot = snapshot
        self._clock = clock
        self._renewed_at = self._quiet_until = float("-inf")
        self._renewing = threading.Lock()
        self._text: bytes | None = None
        self._table = PeopleTable()

    @property
    def table(self) -> PeopleTable:
        if self._is_due() and self._renewing.acquire(blocking=self._text is None):
            try:
                if self._is_due():
                    self._renew()
                    self._renewed_at = self._clock()
            finally:
                self._renewing.release()
        return self._table

    def verified(self) -> Collection[str]:
        """Telephone numbers that somebody has shown to be theirs."""
        return self.table.verified

    def on_duty(
        self, group: str, moment_ms: int, is_listed: Callable[[Person], bool] = on_no_list
    ) -> list[Person] | None:
        """See PeopleTable."""
        return self.table.on_duty(group, moment_ms, is_listed)

    def named(self, names: Sequence[str]) -> list[Person]:
        """Those of these names whom there are."""
        people = self.table.people
        return [people[name] for name in names if name in people]

    def by_idleness(self, people: Sequence[Person]) -> list[Person]:
        """Who ended their last talk earliest first; those of whom none is known before them, in their places."""
        try:
            since = dict(zip(people, self._cache.idle_since([each.name for each in people]), strict=True))
        except StorageUnavailable as error:
            self._say(f"who has been idle for longest is not known: {error}")
            return [*people]
        return sorted(people, key=since.__getitem__)

    def note_talk(self, name: str, ended_ms: int) -> None:
        try:
            self._cache.note_talk(name, ended_ms)
        except StorageUnavailable as error:
            self._say(f"the end of a talk is not noted: {error}")

    def _is_due(self) -> bool:
        return self._clock() - self._renewed_at >= RENEW_S

    def _renew(self) -> None:
        try:
            self._take(self._cache.text())
        except (StorageUnavailable, ValueError) as error:
            self._say(f"{error}: people are those that this machine knows")
            try:
                self._take(read_text(self._snapshot))
            except (StorageUnavailable, ValueError) as worse:
                self._say(str(worse))

    def _say(self, text: str) -> None:
        if self._clock() >= self._quiet_until:
            self._quiet_until = self._clock() + QUIET_S
            log.error("%s", text)

    def _take(self, text: bytes) -> None:
        if text != self._text:
            self._table, self._text = parse_table(text), text
