"""Which menu answers for a DID: one GET to Redis, and the last good one when Redis is away.

The DID's entry is a pointer (`ivr_abc:7`); the menu behind a pointer never changes, so it is read and built
once per process. When Redis fails, its next question waits until a second has passed, and until then DIDs are
answered from memory, then from the snapshot on disk, which also serves a process that has just started. A
Redis that has been emptied is told from an unassigned DID by its `complete` marker.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from typing import Protocol

from esl_server.menu import Menu, PromptPaths
from ivr.domain.errors import InvalidTree, StorageUnavailable
from ivr.domain.numbers import E164
from ivr.domain.published import Published

log = logging.getLogger(__name__)

RETRY_CACHE_S = 1.0
MAX_MENUS = 5000
MAX_DIDS = 200_000


class MenuCache(Protocol):
    """Redis; every method raises StorageUnavailable, within a fraction of a second."""

    def find_pointer(self, did: E164) -> str | None: ...

    def find_tree(self, pointer: str) -> Published | None: ...

    def is_complete(self) -> bool: ...


class MenuSnapshot(Protocol):
    """The menus this machine knew, on disk."""

    def find_pointer(self, did: E164) -> str | None: ...

    def find_tree(self, pointer: str) -> Published | None: ...


class Menus:
    def __init__(self, cache: MenuCache, snapshot: MenuSnapshot, paths: PromptPaths) -> None:
        self._cache = cache
        self._snapshot = snapshot
        self._paths = paths
        self._pointers: OrderedDict[str, str] = OrderedDict()
        self._menus: OrderedDict[str, Menu] = OrderedDict()
        self._cache_away_until = 0.0
        self.hits = 0
        self.misses = 0
        self.cache_failures = 0

    def find(self, did: E164) -> Menu | None:
        """The menu of a DID, None when it is bound to none; StorageUnavailable when nobody knows."""
        if time.monotonic() >= self._cache_away_until:
            try:
                pointer = self._cache.find_pointer(did)
                if pointer is None and self._cache.is_complete():
                    self._pointers.pop(did, None)
                    return None
                if pointer is not None:
                    self._remember(did, pointer)
                    return self.version(pointer)
            except StorageUnavailable as error:
                self._note_failure(error)
        pointer = self._pointers.get(did) or self._snapshot.find_pointer(did)
        if pointer is None:
            raise StorageUnavailable(f"the cache is away and no menu is known for {did}")
        return self.version(pointer)

    def version(self, pointer: str) -> Menu:
        """One version of a menu, also one that has been replaced; StorageUnavailable when it is gone."""
        menu = self._menus.get(pointer)
        if menu is not None:
            self.hits += 1
            return menu
        self.misses += 1
        published = self._read(pointer)
        if published is None:
            raise StorageUnavailable(f"menu {pointer} is in neither cache nor snapshot")
        menu = self._menus[pointer] = Menu.of(published, self._paths)
        while len(self._menus) > MAX_MENUS:
            self._menus.popitem(last=False)
        return menu

    def _read(self, pointer: str) -> Published | None:
        if time.monotonic() >= self._cache_away_until:
            try:
                published = self._cache.find_tree(pointer)
                if published is not None:
                    return published
            except StorageUnavailable as error:
                self._note_failure(error)
            except (ValueError, InvalidTree):
                log.exception("the cached menu %s is unreadable; trying the snapshot", pointer)
        return self._snapshot.find_tree(pointer)

    def _remember(self, did: str, pointer: str) -> None:
        self._pointers[did] = pointer
        if len(self._pointers) > MAX_DIDS:
            self._pointers.popitem(last=False)

    def _note_failure(self, error: StorageUnavailable) -> None:
        self.cache_failures += 1
        self._cache_away_until = time.monotonic() + RETRY_CACHE_S
        log.warning("menu cache away, serving the last good menus: %s", error)
