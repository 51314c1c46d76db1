"""Alerts in Postgres: their settings, their history, and what is sent of them, in one transaction with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from psycopg.types.json import Json

from ivr.domain.alerts.judging import Alert
from ivr.domain.alerts.settings import AlertSettings, parse_alert_settings
from ivr.domain.call_records import utc_now
from ivr.domain.notices import Notice
from ivr.ports.alerts import StoredAlertSettings
from ivr.ports.checks import accept
from ivr.ports.pages import DEFAULT_LIMIT, ListPage
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.installation_zone import installation_zone
from ivr.storage.postgres.notice_outbox import write_notice
from ivr.storage.postgres.paging import make_page, pack_cursor, rows_wanted, unpack_time_cursor

_SETTINGS = "select document, version, updated_at from alert_settings"
_ALERT = "select alert_id, kind, subject, detail, began_at, ended_at, told from alert"
# Alerts that ended longer ago are forgotten.
KEPT_DAYS = 365

# (message id, reference of the channel, sealed text)
Sealed = tuple[str, str, str]


class AlertState(NamedTuple):
    """`channels` are the kinds of channels by their names, `told` the latest alert of each subject that was told."""

    settings: AlertSettings
    zone: ZoneInfo
    channels: Mapping[str, str]
    open: Sequence[Alert]
    told: Sequence[Alert]


class PostgresAlerts:
    """An AlertStore; `state` and `note` are for the keeper."""

    def __init__(self, database: Database, first_zone: str = "") -> None:
        self._database, self._first_zone = database, first_zone

    def settings(self) -> StoredAlertSettings:
        return _settings(self._database.fetch_one(_SETTINGS))

    def put_settings(
        self, settings: AlertSettings, *, actor: str, check: Callable[[StoredAlertSettings], object] = accept
    ) -> StoredAlertSettings:
        with self._database.transaction() as connection:
            first = Json(AlertSettings().to_json())
            connection.execute(
                "insert into alert_settings (document, version) values (%s, 0) on conflict do nothing", (first,)
            )
            before = _settings(connection.execute(_SETTINGS + " for update").fetchone())
            check(before)
            if before.version and before.settings == settings:
                return before
            row = connection.execute(
                "update alert_settings set document = %s, version = version + 1, updated_at = clock_timestamp()"
                " returning document, version, updated_at",
                (Json(settings.to_json()),),
            ).fetchone()
            write_audit(connection, actor, "alerts.put", "alerts", before.settings.to_json(), settings.to_json())
            return _settings(row)

    def list(
        self, *, open_only: bool = False, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> ListPage[Alert]:
        after = unpack_time_cursor(cursor)
        wanted: dict[str, Any] = {"limit": rows_wanted(limit)}
        found = _ALERT + (" where ended_at is null" if open_only else " where true")
        if after is not None:
            wanted |= {"at": after[0], "id": after[1]}
            found += " and (began_at, alert_id) < (%(at)s, %(id)s)"
        with self._database.transaction() as connection:
            rows = connection.execute(f"{found} order by began_at desc, alert_id desc limit %(limit)s", wanted)
            return make_page(
                rows.fetchall(), limit, lambda row: Alert(**row),
                lambda row: pack_cursor(row["began_at"].isoformat(), row["alert_id"]),
            )  # fmt: skip

    def post(self, messages: Sequence[Sealed], *, actor: str) -> None:
        with self._database.transaction() as connection:
            _write(connection, messages, utc_now(), None)
            write_audit(connection, actor, "alerts.test", "alerts", None, {"messages": len(messages)})

    def state(self) -> AlertState:
        with self._database.transaction() as connection:
            settings = _settings(connection.execute(_SETTINGS).fetchone()).settings
            zone = installation_zone(connection, self._first_zone)
            kinds = connection.execute("select name, document ->> 'kind' as kind from channel").fetchall()
            opened = connection.execute(f"{_ALERT} where ended_at is null").fetchall()
            told = connection.execute(
                _ALERT.replace("select", "select distinct on (kind, subject)", 1)
                + " where told order by kind, subject, began_at desc"
            ).fetchall()
        by_name = {row["name"]: row["kind"] for row in kinds}
        return AlertState(
            settings, zone, by_name, [Alert(**row) for row in opened], [Alert(**row) for row in told]
        )

    def note(self, alert: Alert, messages: Sequence[Sealed], not_before: datetime | None) -> bool:
        """Keep an alert's beginning or end, and put its messages into the outbox: both or neither, and once. False
        when another machine's keeper did it."""
        with self._database.transaction() as connection:
            if alert.ended_at is None:
                done = connection.execute(
                    "insert into alert (alert_id, kind, subject, detail, began_at, told)"
                    " values (%s, %s, %s, %s, %s, %s) on conflict do nothing",
                    (alert.alert_id, alert.kind, alert.subject, alert.detail, alert.began_at, alert.told),
                )
            else:
                done = connection.execute(
                    "update alert set ended_at = %s where kind = %s and subject = %s and ended_at is null",
                    (alert.ended_at, alert.kind, alert.subject),
                )
            if not done.rowcount:
                return False
            _write(connection, messages, alert.ended_at or alert.began_at, not_before)
        return True

    def prune(self) -> int:
        with self._database.transaction() as connection:
            done = connection.execute(
                "delete from alert where ended_at < clock_timestamp() - make_interval(days => %s)", (KEPT_DAYS,)
            )
        return done.rowcount


def _write(connection: Connection, messages: Sequence[Sealed], at: datetime, not_before: datetime | None) -> None:
    for message_id, reference, sealed in messages:
        write_notice(connection, Notice(message_id, reference, message_id, sealed, at))
        # Its day of attempts begins then, too.
        connection.execute(
            "update service_notice set next_at = coalesce(%(at)s, next_at),"
            " waits_since = coalesce(%(at)s, clock_timestamp()) where message_id = %(id)s",
            {"at": not_before, "id": message_id},
        )


def _settings(row: Mapping[str, Any] | None) -> StoredAlertSettings:
    if row is None:
        return StoredAlertSettings(AlertSettings())
    return StoredAlertSettings(parse_alert_settings(row["document"]), row["version"], row["updated_at"])
