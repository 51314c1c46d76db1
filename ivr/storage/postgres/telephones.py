"""Telephones in Postgres, and the calls to them with their limits."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from ivr.domain.numbers import E164
from ivr.domain.telephones import model
from ivr.domain.telephones.errors import (
    NoCode,
    RingLimitReached,
    TelephoneNotFound,
    TelephoneNotVerified,
    TelephoneVerified,
    TooManyTelephones,
    WrongCode,
)
from ivr.domain.telephones.model import NewRing, Ring, RingEnd, RingLimits, Telephone, VerifiedOver, cost_usd
from ivr.ports.pages import DEFAULT_LIMIT, ListPage
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.paging import make_page, pack_cursor, rows_wanted, unpack_cursor

_TELEPHONE = "number, added_by, added_at, verified_at"
_VERIFIED_OVER = """
    select number, trunk, goes_to from telephone_trunk where number = any(%s) order by trunk
"""
_VERIFY = """
    insert into telephone_trunk (number, trunk, goes_to) values (%(number)s, %(code_trunk)s, %(code_goes_to)s)
    on conflict (number, trunk) do update set goes_to = excluded.goes_to, verified_at = clock_timestamp()
"""
_RING = (
    "id, number, trunk, purpose, actor, ivr_id, version, state, started_at, usd, answered_at, ended_at, result,"
    " reason, sip_status, call_id"
)
_WRITERS_LOCK = 0x7269_6E67
_COUNT = """
    select count(*) as calls, coalesce(sum(usd), 0) as usd, min(started_at) as first,
        count(*) filter (where purpose = 'code') as codes,
        min(started_at) filter (where purpose = 'code') as first_code,
        count(*) filter (where purpose = 'code' and number = %(number)s) as codes_there,
        min(started_at) filter (where purpose = 'code' and number = %(number)s) as first_code_there,
        count(*) filter (where state not in ('ended', 'lost')) as under_way, clock_timestamp() as now
    from telephone_call where started_at > clock_timestamp() - %(day)s
"""
_FORGET_LOST = """
    update telephone_call set state = 'lost', ended_at = started_at + %(over)s
    where state not in ('ended', 'lost') and started_at < clock_timestamp() - %(over)s
"""


class PostgresTelephones:
    """A TelephoneStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, number: E164, *, actor: str) -> Telephone:
        with self._database.transaction() as connection:
            _take_turn(connection)
            known = _find(connection, number)
            if known is not None:
                return known
            count = connection.execute("select count(*) as n from telephone").fetchone()
            if count is not None and count["n"] >= model.MAX_TELEPHONES:
                raise TooManyTelephones(model.MAX_TELEPHONES)
            (row,) = connection.execute(
                f"insert into telephone (number, added_by) values (%s, %s) returning {_TELEPHONE}",  # noqa: S608
                (number, actor),
            ).fetchall()
            write_audit(connection, actor, "telephone.add", _subject(number), None, {"number": number})
            return Telephone(**row)

    def find(self, number: E164) -> Telephone | None:
        with self._database.transaction() as connection:
            return _find(connection, number)

    def list(self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> ListPage[Telephone]:
        after = unpack_cursor(cursor, 1)[0] if cursor is not None else ""
        with self._database.transaction() as connection:
            rows = connection.execute(
                f"select {_TELEPHONE} from telephone where number > %s order by number limit %s",  # noqa: S608
                (after, rows_wanted(limit)),
            ).fetchall()
            over = _verified_over(connection, [row["number"] for row in rows])
        return make_page(
            rows,
            limit,
            lambda row: Telephone(**row, verified_over=over.get(row["number"], ())),
            lambda row: pack_cursor(row["number"]),
        )

    def delete(self, number: E164, *, actor: str) -> bool:
        with self._database.transaction() as connection:
            done = connection.execute("delete from telephone where number = %s", (number,))
            if done.rowcount:
                write_audit(connection, actor, "telephone.delete", _subject(number), {"number": number}, None)
        return done.rowcount > 0

    def set_code(self, number: E164, digest: bytes, over: VerifiedOver) -> None:
        with self._database.transaction() as connection:
            known = _find(connection, number)
            if known is None:
                raise TelephoneNotFound(number)
            if over in known.verified_over:
                raise TelephoneVerified(number)
            connection.execute(
                "update telephone set code = %s, code_until = clock_timestamp() + %s, tries_left = %s,"
                " code_trunk = %s, code_goes_to = %s where number = %s",
                (digest, model.CODE_FOR, model.CODE_TRIES, over.trunk, over.goes_to, number),
            )

    def verify(self, number: E164, digest: bytes, *, actor: str) -> Telephone:
        with self._database.transaction() as connection:
            known = _find(connection, number)
            if known is None:
                raise TelephoneNotFound(number)
            used = connection.execute(
                "update telephone set tries_left = tries_left - 1 where number = %s and code is not null"
                " and tries_left > 0 and code_until > clock_timestamp()"
                " returning number, code, tries_left, code_trunk, code_goes_to",
                (number,),
            ).fetchone()
            if used is not None and hmac.compare_digest(bytes(used["code"]), digest):
                connection.execute(_VERIFY, used)
                connection.execute(
                    "update telephone set verified_at = clock_timestamp(), code = null, code_until = null"
                    " where number = %s",
                    (number,),
                )
                after = {"number": number, "trunk": used["code_trunk"]}
                write_audit(connection, actor, "telephone.verify", _subject(number), None, after)
                return _find(connection, number) or known
        # After the commit: the try is used up.
        if used is None:
            raise TelephoneVerified(number) if known.verified_over else NoCode(number)
        raise WrongCode(used["tries_left"])

    def reserve(self, ring: NewRing, limits: RingLimits, over: VerifiedOver) -> Ring:
        with self._database.transaction() as connection:
            _take_turn(connection)
            if ring.purpose != "code":
                known = _find(connection, ring.number)
                if known is None or over not in known.verified_over:
                    raise TelephoneNotVerified(ring.number, ring.trunk)
            connection.execute(_FORGET_LOST, {"over": limits.over_after})
            connection.execute(
                "delete from telephone_call where started_at < clock_timestamp() - %s", (model.KEPT,)
            )
            (counted,) = connection.execute(_COUNT, {"number": ring.number, "day": model.DAY}).fetchall()
            _check_limits(ring, limits, counted)
            (row,) = connection.execute(
                "insert into telephone_call (id, number, trunk, purpose, actor, ivr_id, version, usd)"  # noqa: S608
                f" values (%s, %s, %s, %s, %s, %s, %s, %s) returning {_RING}",
                (ring.ring_id, ring.number, ring.trunk, ring.purpose, ring.actor, ring.ivr_id, ring.version,
                 limits.reserved_usd),
            ).fetchall()  # fmt: skip
            after = {"trunk": ring.trunk, "for": ring.purpose, "ivr_id": ring.ivr_id, "call": ring.ring_id}
            write_audit(connection, ring.actor, "telephone.ring", _subject(ring.number), None, after)
            return _ring(row)

    def is_own(self, number: E164) -> bool:
        return self._database.fetch_one("select 1 as it from did where did = %s", (number,)) is not None

    def note(self, ring_id: str, state: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "update telephone_call set state = %(state)s,"
                " answered_at = case when %(state)s = 'answered' then clock_timestamp() end"
                " where id = %(id)s and state in ('dialling', 'ringing')",
                {"state": state, "id": ring_id},
            )

    def end(self, ring_id: str, end: RingEnd, limits: RingLimits) -> None:
        usd = cost_usd(end.talked_s, limits.usd_min)
        with self._database.transaction() as connection:
            connection.execute(
                "update telephone_call set state = 'ended', ended_at = clock_timestamp(), usd = %s, result = %s,"
                " reason = %s, sip_status = %s, call_id = %s where id = %s and state <> 'ended'",
                (usd, end.result, end.reason, end.sip_status, end.call_id, ring_id),
            )

    def find_ring(self, ring_id: str, limits: RingLimits) -> Ring | None:
        with self._database.transaction() as connection:
            connection.execute(_FORGET_LOST, {"over": limits.over_after})
            row = connection.execute(
                f"select {_RING} from telephone_call where id = %s",  # noqa: S608
                (ring_id,),
            ).fetchone()
        return _ring(row) if row else None


def _check_limits(ring: NewRing, limits: RingLimits, counted: Mapping[str, Any]) -> None:
    # The oldest of the day makes room first. With none there is nothing to wait for but another setting.
    wait = counted["first"] + model.DAY - counted["now"] if counted["first"] else model.DAY
    most = limits.calls_day
    if counted["calls"] >= most:
        raise RingLimitReached(f"{most} calls to telephones were made in 24 hours, which is the limit", wait)
    if counted["usd"] + limits.reserved_usd > limits.usd_day:
        left = max(limits.usd_day - counted["usd"], 0)
        raise RingLimitReached(
            f"this call may cost ${limits.reserved_usd:.2f}, and ${left:.2f} of the ${limits.usd_day:.2f} for 24"
            " hours are left",
            wait,
        )
    if counted["under_way"] >= model.MAX_AT_ONCE:
        raise RingLimitReached(
            f"{model.MAX_AT_ONCE} calls to telephones are under way; wait until one is over", timedelta(seconds=30)
        )
    if ring.purpose == "code":
        for count, most, first in (
            (counted["codes_there"], model.CODES_A_DAY, counted["first_code_there"]),
            (counted["codes"], model.ALL_CODES_A_DAY, counted["first_code"]),
        ):
            if count >= most:
                raise RingLimitReached(
                    f"in 24 hours a code is called to a telephone {model.CODES_A_DAY} times at most, and"
                    f" {model.ALL_CODES_A_DAY} times to all of them",
                    first + model.DAY - counted["now"],
                )


def _take_turn(connection: Connection) -> None:
    connection.execute("select pg_advisory_xact_lock(%s)", (_WRITERS_LOCK,))


def _find(connection: Connection, number: E164) -> Telephone | None:
    row = connection.execute(
        f"select {_TELEPHONE} from telephone where number = %s for update",  # noqa: S608
        (number,),
    ).fetchone()
    if row is None:
        return None
    return Telephone(**row, verified_over=_verified_over(connection, [number]).get(number, ()))


def _verified_over(connection: Connection, numbers: Sequence[str]) -> dict[str, tuple[VerifiedOver, ...]]:
    found: dict[str, tuple[VerifiedOver, ...]] = {}
    for row in connection.execute(_VERIFIED_OVER, ([*numbers],)):
        found[row["number"]] = (*found.get(row["number"], ()), VerifiedOver(row["trunk"], row["goes_to"]))
    return found


def _ring(row: Mapping[str, Any]) -> Ring:
    names = ("number", "trunk", "purpose", "actor", "ivr_id", "version")
    rest = {name: value for name, value in row.items() if name not in (*names, "id")}
    return Ring(NewRing(row["id"], **{name: row[name] for name in names}), **rest)


def _subject(number: E164) -> str:
    return f"telephone/{number}"
