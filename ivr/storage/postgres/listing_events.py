"""Changes of lists of numbers that menus made, written from the journal."""

from __future__ import annotations

import logging

from ivr.domain.listing_events import ListingEvent
from ivr.domain.number_lists import MAX_NUMBERS
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Connection

log = logging.getLogger(__name__)

# A journal may be read again for so long, which changes nothing; what has been changed by hand meanwhile stays.
_KEPT_DAYS = 400
_NEW = "insert into listing_event (event_id, at) values (%s, %s) on conflict do nothing returning event_id"
_OLD = "delete from listing_event where at < clock_timestamp() - make_interval(days => %s)"
_PUT = """
    insert into listed_number (list_name, number, expires_at, added_at, added_by)
    select %(list_name)s, %(number)s, %(until)s, %(at)s, %(actor)s
    where (select count(*) from listed_number where list_name = %(list_name)s) < %(most)s
        or exists (select from listed_number where list_name = %(list_name)s and number = %(number)s)
    on conflict (list_name, number) do update
        set expires_at = excluded.expires_at, added_at = excluded.added_at, added_by = excluded.added_by
    returning number
"""
_REMOVE = "delete from listed_number where list_name = %s and number = %s returning number"


def write_listing(connection: Connection, event: ListingEvent) -> None:
    """Change the list, once for each event; a list that is gone or full stays as it is. Calls read the change once
    the lists have been published."""
    if connection.execute(_NEW, (event.event_id, event.at)).fetchone() is None:
        return
    connection.execute(_OLD, (_KEPT_DAYS,))
    query = "select from number_list where name = %s for update"
    if connection.execute(query, (event.list_name,)).fetchone() is None:
        log.warning("call %s: %s changes a list that is not there: %s", event.call_id, event.actor, event.list_name)
        return
    if event.is_on:
        values = {
            "list_name": event.list_name,
            "number": event.number,
            "until": event.until,
            "at": event.at,
            "actor": event.actor,
            "most": MAX_NUMBERS,
        }
        row = connection.execute(_PUT, values).fetchone()
        if row is None:
            log.error("call %s: the list %s is full, nobody was put on it", event.call_id, event.list_name)
    else:
        row = connection.execute(_REMOVE, (event.list_name, event.number)).fetchone()
    if row is None:
        return
    connection.execute("insert into listed_outbox (number) values (%s)", (event.number,))
    about = {
        "number": event.number,
        "expires_at": None if event.until is None else event.until.isoformat(),
        "call_id": event.call_id,
    }
    action, before, after = ("list.add", None, about) if event.is_on else ("list.remove", about, None)
    write_audit(connection, event.actor, action, f"list/{event.list_name}", before, after)
