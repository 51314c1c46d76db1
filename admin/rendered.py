"""Menus as JSON text, kept: parsing, linting and rendering one costs more than all the rest of a read.

A version of a menu never changes its content, so nothing here can be stale: what may change beside the version (its
numbers, the words a prompt's file was made of, files gone from disk) is part of the name it is kept under.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from datetime import datetime

from admin.routing import dump_json
from admin.views import menu_json
from ivr.domain.ports import StoredTree

MAX_KEPT_BYTES = 32 * 1024 * 1024

_Name = tuple[str, int, tuple[str, ...], datetime | None, frozenset[str]]


class RenderedMenus:
    """One per process."""

    def __init__(self, max_bytes: int = MAX_KEPT_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[_Name, str] = OrderedDict()

    def menu(self, stored: StoredTree, ready: Collection[str]) -> str:
        """The menu as `GET /ivr/{id}` answers it; `ready` are the audio names whose file is on disk."""
        spoken_at = max((prompt.created_at for prompt in stored.prompts.values()), default=None)
        name = (stored.ivr_id, stored.version, tuple(stored.dids), spoken_at, frozenset(ready))
        text = self._kept.pop(name, None)
        if text is None:
            text = dump_json(menu_json(stored, ready))
            self._bytes += len(text)
        self._kept[name] = text
        while self._bytes > self._max_bytes and len(self._kept) > 1:
            _, old = self._kept.popitem(last=False)
            self._bytes -= len(old)
        return text
