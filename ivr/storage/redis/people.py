"""People in Redis, as calls read them: the text of `ivr.domain.people.table`.

`digitree:people:idle`, when each of them last ended a talk (epoch milliseconds), is written by calls.
"""

from __future__ import annotations

from collections.abc import Sequence

from ivr.storage.redis.menu_cache import PREFIX
from ivr.storage.redis.published_text import PublishedTextReader, PublishedTextWriter
from ivr.storage.redis.unavailable import translated

_IDLE = PREFIX + "people:idle"


class PeopleReader(PublishedTextReader):
    NAME = "people"

    def idle_since(self, names: Sequence[str]) -> list[int]:
        """When each of them last ended a talk; 0: not known. Raises StorageUnavailable."""
        with translated():
            return [int(each or 0) for each in self._redis.hmget(_IDLE, names)]

    def note_talk(self, name: str, ended_ms: int) -> None:
        """Raises StorageUnavailable."""
        with translated():
            self._redis.hset(_IDLE, name, ended_ms)


class PeopleWriter(PublishedTextWriter):
    NAME = "people"
