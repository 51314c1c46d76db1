"""Where a call gets its menu: Redis, else what this process or this machine knew last.

Parsed menus are kept, since a version never changes: a call costs one GET of its DID's pointer, unless that is
known. After Redis has failed to answer it is not asked for a moment, so that a frozen Redis delays one call by a
quarter of a second and not every call.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable

from ivr.domain.errors import InvalidMenu, InvalidNumber, StorageUnavailable
from ivr.domain.menu.published import AssignedMenu, PublishedMenu, cache_pointer
from ivr.domain.signed_values import ForgedValue
from ivr.domain.tickets import Ticket, parse_ticket
from ivr.storage.disk.snapshot import SnapshotReader
from ivr.storage.redis.menu_cache import CacheReader

log = logging.getLogger(__name__)

_POINTER = re.compile(rb"(ivr_[A-Za-z0-9]{6,40}):([0-9]{1,9})")
REST_S = 1.0
# Each call finds a forged value again.
QUIET_S = 10.0
KEPT_MENUS = 2000
KEPT_DIDS = 20_000


class LayeredMenuSource:
    """A MenuSource, one for each process, for greenlets: none waits between reading a value and storing it."""

    def __init__(
        self, cache: CacheReader, snapshot: SnapshotReader, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cache = cache
        self._snapshot = snapshot
        self._clock = clock
        self._rest_until = 0.0
        self._quiet_until = float("-inf")
        self._parsed: OrderedDict[bytes, PublishedMenu] = OrderedDict()
        self._fetching: dict[bytes, threading.Lock] = {}
        # DID -> (pointer, unix time of Redis's answer)
        self._last: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        # How often DIDs were found in Redis and how often without it, and where documents came from.
        self.found_in: Counter[str] = Counter()

    @property
    def resting(self) -> bool:
        """Whether Redis failed a moment ago, so that menus come from what is known."""
        return self._clock() < self._rest_until

    def find(self, did: str) -> AssignedMenu | None:
        if not self.resting:
            try:
                pointer = self._cache.pointer_of(did)
                if pointer is not None:
                    menu = self._assigned(pointer)
                    if menu is not None:
                        self._remember(did, pointer)
                        self.found_in["redis"] += 1
                        return menu
                elif self._cache.is_complete():
                    self._last.pop(did, None)
                    self.found_in["nowhere"] += 1
                    return None
            except StorageUnavailable as error:
                self._rest(error)
            except ForgedValue as error:
                self._say(error)
        menu = self._last_good(did)
        self.found_in["last_good" if menu is not None else "nowhere"] += 1
        return menu

    def find_version(self, ivr_id: str, version: int) -> PublishedMenu | None:
        return self._menu(cache_pointer(ivr_id, version).encode())

    def find_ticket(self, dialled: str) -> tuple[PublishedMenu, Ticket] | None:
        try:
            text = self._cache.ticket(dialled)
            if text is None:
                return None
            ticket = parse_ticket(text)
        except (ValueError, InvalidNumber, RecursionError) as error:
            self._say(error)
            return None
        menu = self._menu(ticket.pointer.encode())
        return (menu, ticket) if menu is not None else None

    def _last_good(self, did: str) -> AssignedMenu | None:
        """The pointer that this process or the machine's snapshot knew last, whichever is newer: the snapshot follows
        Postgres unless the keeper is away, and the process's memory follows its calls."""
        remembered, at = self._last.get(did, (None, 0.0))
        try:
            if self._snapshot.checked_at() >= at:
                remembered = self._snapshot.pointer_of(did)
        except StorageUnavailable:
            if remembered is None:
                raise
        return self._assigned(remembered) if remembered is not None else None

    def _assigned(self, pointer: bytes) -> AssignedMenu | None:
        """What a DID's pointer names, such as `ivr_abc:7` or `ivr_abc:7:es`."""
        language = b""
        if pointer.count(b":") > 1:
            pointer, _, language = pointer.rpartition(b":")
        menu = self._menu(pointer)
        return None if menu is None else AssignedMenu(menu, language.decode("ascii", "replace"))

    def _menu(self, pointer: bytes) -> PublishedMenu | None:
        menu = self._parsed.get(pointer)
        if menu is not None:
            self._parsed.move_to_end(pointer)
            return menu
        match = _POINTER.fullmatch(pointer)
        if match is None:
            log.error("a DID has the malformed pointer %r", pointer[:80])
            return None
        # One call fetches, and calls that want the same document wait for it: a hundred calls of a new version at
        # once would use up the connections to Redis.
        with self._fetching.setdefault(pointer, threading.Lock()):
            menu = self._parsed.get(pointer)
            if menu is not None:
                return menu
            self.found_in["document_read"] += 1
            menu = self._fetch(match[1].decode(), int(match[2]))
            self._fetching.pop(pointer, None)
            if menu is not None:
                self._parsed[pointer] = menu
                if len(self._parsed) > KEPT_MENUS:
                    self._parsed.popitem(last=False)
            return menu

    def _fetch(self, ivr_id: str, version: int) -> PublishedMenu | None:
        if not self.resting:
            try:
                menu = self._cache.menu(ivr_id, version)
                if menu is not None:
                    return menu
            except StorageUnavailable as error:
                self._rest(error)
            except (ValueError, InvalidMenu, KeyError, TypeError, RecursionError) as error:
                log.error("the cached menu %s:%d is malformed: %s", ivr_id, version, error)
        try:
            return self._snapshot.menu(ivr_id, version)
        except StorageUnavailable:
            return None
        except (ValueError, InvalidMenu, KeyError, TypeError, RecursionError) as error:
            log.error("the menu %s:%d in the snapshot is malformed: %s", ivr_id, version, error)
            return None

    def _remember(self, did: str, pointer: bytes) -> None:
        self._last[did] = pointer, time.time()
        self._last.move_to_end(did)
        if len(self._last) > KEPT_DIDS:
            self._last.popitem(last=False)

    def _say(self, error: Exception) -> None:
        self.found_in["forged"] += 1
        if self._clock() >= self._quiet_until:
            self._quiet_until = self._clock() + QUIET_S
            log.error("a value that is not believed: %s", error)

    def _rest(self, error: StorageUnavailable) -> None:
        if not self.resting:
            log.error("%s: calls use the last good menus", error)
        self._rest_until = self._clock() + REST_S
