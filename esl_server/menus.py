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


class MenuStore(Protocol):
    """Menus by DID and by version: Redis, or the snapshot on disk. Raises StorageUnavailable, within a fraction
    of a second; ValueError or InvalidTree when a document is not one of ours."""

    def pointer_of(self, did: str) -> bytes | None: ...

    def tree(self, ivr_id: str, version: int) -> Published | None: ...


class MenuCache(MenuStore, Protocol):
    def is_complete(self) -> bool:
        """Whether a missing DID proves that it is bound to nothing."""
        ...


class Menus:
    def __init__(self, cache: MenuCache, snapshot: MenuStore, paths: PromptPaths) -> None:
        self._cache = cache
        self._snapshot = snapshot
        self._paths = paths
        self._pointers: OrderedDict[str, bytes] = OrderedDict()
        self._menus: OrderedDict[bytes, Menu] = OrderedDict()
        self._cache_away_until = 0.0
        self.hits = 0
        self.misses = 0
        self.cache_failures = 0

    def find(self, did: E164) -> Menu | None:
        """The menu of a DID, None when it is bound to none; StorageUnavailable when nobody knows."""
        if time.monotonic() >= self._cache_away_until:
            try:
                pointer = self._cache.pointer_of(did)
                if pointer is None and self._cache.is_complete():
                    self._pointers.pop(did, None)
                    return None
                if pointer is not None:
                    self._remember(did, pointer)
                    return self.version(pointer)
            except StorageUnavailable as error:
                self._note_failure(error)
        pointer = self._pointers.get(did) or self._snapshot.pointer_of(did)
        if pointer is None:
            raise StorageUnavailable(f"the cache is away and no menu is known for {did}")
        return self.version(pointer)

    def version(self, pointer: bytes) -> Menu:
        """One version of a menu, also one that has been replaced; StorageUnavailable when it is gone."""
        menu = self._menus.get(pointer)
        if menu is not None:
            self.hits += 1
            return menu
        self.misses += 1
        published = self._read(pointer.decode("ascii"))
        if published is None:
            raise StorageUnavailable(f"menu {pointer!r} is in neither cache nor snapshot")
        menu = self._menus[pointer] = Menu.of(published, self._paths)
        while len(self._menus) > MAX_MENUS:
            self._menus.popitem(last=False)
        return menu

    def _read(self, pointer: str) -> Published | None:
        ivr_id, _, version = pointer.partition(":")
        if time.monotonic() >= self._cache_away_until:
            try:
                published = self._cache.tree(ivr_id, int(version))
                if published is not None:
                    return published
            except StorageUnavailable as error:
                self._note_failure(error)
            except (ValueError, InvalidTree):
                log.exception("the cached menu %s is unreadable; trying the snapshot", pointer)
        return self._snapshot.tree(ivr_id, int(version))

    def _remember(self, did: str, pointer: bytes) -> None:
        self._pointers[did] = pointer
        if len(self._pointers) > MAX_DIDS:
            self._pointers.popitem(last=False)

    def _note_failure(self, error: StorageUnavailable) -> None:
        self.cache_failures += 1
        self._cache_away_until = time.monotonic() + RETRY_CACHE_S
        log.warning("menu cache away, serving the last good menus: %s", error)
