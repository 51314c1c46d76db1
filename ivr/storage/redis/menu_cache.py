"""The menus in Redis, as calls read them. Written by `ivr.storage.menu_publisher` alone, under its lock.

| key | holds |
|---|---|
| `digitree:did:<E164>` | `ivr_abc:7`, the DID's menu and version; `ivr_abc:7:es`: the language of its callers, too |
| `digitree:tree:ivr_abc:7` | the published document, never changed; expires 2 h after it was replaced |
| `digitree:live:ivr_abc` | `7`, the version that the cache has now and a swap replaces |
| `digitree:complete` | exists while the cache has everything; holds the generation (see menu_publisher) |
| `digitree:test-<32 hex>` | a ticket: the menu of a test call that dials it (`ivr.domain.tickets`); expires |
| `digitree:optouts` | opt-outs that neither journal nor Postgres took, oldest first |

All but `digitree:live` is signed (`ivr.domain.signed_values`); that one decides only how long a replaced document
stays.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ivr.domain.errors import StorageUnavailable
from ivr.domain.menu.published import PublishedMenu, did_pointer, parse_published_menu
from ivr.domain.signed_values import ForgedValue, SignedValues
from ivr.domain.tickets import Ticket, is_draft
from ivr.storage.redis.chunks import chunks
from ivr.storage.redis.known_dids import KnownDids
from ivr.storage.redis.lookups import Lookups
from ivr.storage.redis.sentinel import SCHEME, connect_by_sentinel
from ivr.storage.redis.unavailable import translated

PREFIX = "digitree:"
COMPLETE = PREFIX + "complete"
OPT_OUTS = PREFIX + "optouts"
REPLACED_TTL_S = 7200
READ_TIMEOUT_S = 0.2
WRITE_TIMEOUT_S = 2.0


# A menu as calls read it, and its DIDs, each with the language of its callers (empty: none of its own).
CachedMenu: TypeAlias = tuple[PublishedMenu, Mapping[str, str]]


def did_key(did: str) -> str:
    return f"{PREFIX}did:{did}"


def menu_key(ivr_id: str, version: int) -> str:
    return f"{PREFIX}tree:{ivr_id}:{version}"


def live_key(ivr_id: str) -> str:
    return f"{PREFIX}live:{ivr_id}"


def connect(url: str, *, timeout_s: float, max_connections: int = 16) -> redis.Redis:
    """A pooled client that never retries and never waits longer than `timeout_s` for a step. Connects at first
    use."""
    if url.startswith(SCHEME):
        return connect_by_sentinel(url, timeout_s=timeout_s)
    pool = redis.BlockingConnectionPool.from_url(
        url,
        max_connections=max_connections,
        timeout=timeout_s,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
        # Saves two round trips when connecting; RESP2 has all that is needed.
        protocol=2,
        driver_info=None,
    )
    return redis.Redis(connection_pool=pool)


class CacheReader:
    """For calls: short time-outs, no retries. Raises StorageUnavailable, and ForgedValue for a value whose signature
    is not right."""

    def __init__(
        self, url: str, signed: SignedValues, *, timeout_s: float = READ_TIMEOUT_S, max_connections: int = 16
    ) -> None:
        self._redis: Any = connect(url, timeout_s=timeout_s, max_connections=max_connections)
        self._signed = signed
        self._known = KnownDids(self._redis.connection_pool, did_key(""))
        self._lookups = Lookups(self._redis.connection_pool, self._known, signed)

    def watch(self) -> None:
        """Run in a greenlet of its own, and do not return: from then on a DID is looked up once until it changes."""
        self._known.watch()

    def pointer_of(self, did: str) -> bytes | None:
        """The pointer of a DID, like `b"ivr_abc:7"`. None proves that it is unassigned only when `is_complete()`."""
        key = did_key(did).encode()
        pointer = self._known.find(key)
        if pointer is not None:
            return pointer
        try:
            return self._lookups.get(key)
        except (redis.RedisError, OSError) as error:
            raise StorageUnavailable(f"Redis: {error}") from error

    def document(self, ivr_id: str, version: int) -> bytes | None:
        return self._get(menu_key(ivr_id, version))

    def menu(self, ivr_id: str, version: int) -> PublishedMenu | None:
        """The published menu; raises ValueError (ForgedValue, too) or InvalidMenu for a malformed document."""
        document = self.document(ivr_id, version)
        return parse_published_menu(document) if document is not None else None

    def ticket(self, dialled: str) -> bytes | None:
        """The content of a test call's ticket."""
        return self._get(PREFIX + dialled)

    def is_complete(self) -> bool:
        return self._get(COMPLETE) is not None

    def close(self) -> None:
        self._lookups.close()
        self._redis.close()

    def _get(self, key: str) -> bytes | None:
        with translated():
            found = self._redis.get(key)
        return None if found is None else self._signed.value(key, found)


class CacheWriter:
    """For the publisher and the keeper. Raises StorageUnavailable; every write may be repeated."""

    def __init__(self, url: str, signed: SignedValues, *, timeout_s: float = WRITE_TIMEOUT_S) -> None:
        self._redis: Any = connect(url, timeout_s=timeout_s, max_connections=4)
        self._signed = signed

    def swap(
        self,
        menus: Sequence[CachedMenu],
        *,
        unbound: Iterable[str] = (),
        deleted: Iterable[str] = (),
        generation: tuple[str | None, str] | None = None,
    ) -> None:
        """Write, in one MULTI, these menus with all their DIDs, the DIDs that are unassigned now, and the menus
        that were deleted.

        `generation` (from, to) changes the complete marker if and only if it is at `from`.
        """
        deleted = list(deleted)
        ids = [published.ivr_id for published, _ in menus] + deleted
        with translated():
            values = self._redis.mget([COMPLETE, *map(live_key, ids)])
            marker, *versions = values
            before = {ivr_id: _number(version) for ivr_id, version in zip(ids, versions, strict=True)}
            with self._redis.pipeline(transaction=True) as multi:
                for published, dids in menus:
                    self._put(multi, published, dids, before[published.ivr_id])
                for ivr_id in deleted:
                    multi.delete(live_key(ivr_id))
                    if (old := before[ivr_id]) is not None:
                        multi.expire(menu_key(ivr_id, old), REPLACED_TTL_S)
                for did in unbound:
                    multi.delete(did_key(did))
                if generation is not None and self._generation(marker) == generation[0]:
                    # xx: if Redis loses everything at this moment, the marker must not come back alone.
                    multi.set(COMPLETE, self._signed.sign(COMPLETE, generation[1]), xx=True)
                multi.execute()

    def generation(self) -> str | None:
        """The generation in the complete marker; None when the cache was emptied, or filled by somebody else."""
        with translated():
            return self._generation(self._redis.get(COMPLETE))

    def rebuild(self, menus: Iterable[CachedMenu], generation: str) -> int:
        """Write everything, remove what no longer exists, then set the marker; returns the number of menus. Calls may
        read meanwhile: whatever is still valid is never missing."""
        witness = f"{PREFIX}rebuild:{secrets.token_hex(8)}"
        known_dids: set[str] = set()
        known_menus: set[str] = set()
        known_ids: set[str] = set()
        with translated():
            # Missing at the end when Redis was emptied or restarted meanwhile: then the marker would be false.
            self._redis.set(witness, "1", ex=600)
            for some in chunks(menus, 50):
                self.swap(some)
                for published, dids in some:
                    known_dids.update(map(did_key, dids))
                    known_menus.add(menu_key(published.ivr_id, published.version))
                    known_ids.add(live_key(published.ivr_id))
            self._sweep("did:*", known_dids)
            self._sweep("live:*", known_ids)
            for key in self._scan("tree:*"):
                if key not in known_menus and self._redis.ttl(key) == -1:
                    self._redis.expire(key, REPLACED_TTL_S)
            with self._redis.pipeline(transaction=True) as multi:
                multi.watch(witness)
                if not multi.exists(witness):
                    raise StorageUnavailable("Redis was emptied while it was being filled")
                multi.multi()
                multi.set(COMPLETE, self._signed.sign(COMPLETE, generation))
                multi.delete(witness)
                multi.execute()
        return len(known_menus)

    def issue(self, dialled: str, ticket: Ticket, published: PublishedMenu, *, ttl_s: int) -> None:
        """Let a test call dial this ticket for `ttl_s`. Its menu stays for twice as long, so that a late takeover
        finds it; a menu that is in the cache already stays as it is."""
        with translated(), self._redis.pipeline(transaction=True) as multi:
            key = menu_key(published.ivr_id, published.version)
            multi.set(key, self._signed.sign(key, published.to_json()), nx=True, ex=2 * ttl_s)
            multi.set(PREFIX + dialled, self._signed.sign(PREFIX + dialled, ticket.to_json()), ex=ttl_s)
            multi.execute()

    def withdraw(self, dialled: str, published: PublishedMenu) -> None:
        """Remove the ticket, and the menu when it is a draft."""
        with translated(), self._redis.pipeline(transaction=True) as multi:
            multi.delete(PREFIX + dialled)
            if is_draft(published.ivr_id):
                multi.delete(menu_key(published.ivr_id, published.version))
            multi.execute()

    def push_opt_out(self, document: str) -> None:
        with translated():
            self._redis.rpush(OPT_OUTS, self._signed.sign(OPT_OUTS, document))

    def peek_opt_outs(self, count: int = 100) -> list[bytes]:
        """The oldest ones, which stay until `drop_opt_out`."""
        with translated():
            return list(self._redis.lrange(OPT_OUTS, 0, count - 1))

    def opt_out(self, raw: bytes) -> bytes:
        """The document of an opt-out as `peek_opt_outs` returned it. Raises ForgedValue."""
        return self._signed.value(OPT_OUTS, raw)

    def drop_opt_out(self, raw: bytes) -> None:
        """Remove it by value, not by index: two keepers may drain the list at once."""
        with translated():
            self._redis.lrem(OPT_OUTS, 1, raw)

    def count_opt_outs(self) -> int:
        with translated():
            return int(self._redis.llen(OPT_OUTS))

    def check(self) -> None:
        with translated():
            self._redis.ping()

    def close(self) -> None:
        self._redis.close()

    def _put(self, multi: Any, published: PublishedMenu, dids: Mapping[str, str], before: int | None) -> None:
        ivr_id, version = published.ivr_id, published.version
        document = menu_key(ivr_id, version)
        multi.set(document, self._signed.sign(document, published.to_json()))
        multi.set(live_key(ivr_id), version)
        if before is not None and before != version:
            multi.expire(menu_key(ivr_id, before), REPLACED_TTL_S)
        for did, language in dids.items():
            key = did_key(did)
            multi.set(key, self._signed.sign(key, did_pointer(ivr_id, version, language)))

    def _generation(self, marker: bytes | None) -> str | None:
        try:
            return None if marker is None else self._signed.value(COMPLETE, marker).decode()
        except ForgedValue:
            return None

    def _scan(self, pattern: str) -> Iterator[str]:
        for key in self._redis.scan_iter(match=PREFIX + pattern, count=500):
            yield key.decode("utf-8", "replace")

    def _sweep(self, pattern: str, known: set[str]) -> None:
        strays = [key for key in self._scan(pattern) if key not in known]
        if strays:
            self._redis.delete(*strays)


def _number(version: bytes | None) -> int | None:
    return int(version) if version is not None and version.isdigit() and len(version) < 10 else None
