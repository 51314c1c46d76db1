"""Calls that may be with an agent, and the note for webhooks that one of them is.

Only at its end does a call's record tell whether an agent answered. Until then it tells that the call came to a node
that acts, and the switch has to be asked.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from ivr.domain.call_records import utc_now
from ivr.domain.webhooks import hand_off_of_call
from ivr.storage.postgres.call_months import lock_calls
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.webhook_outbox import note

# No call lasts longer: what is older was lost.
_LONGEST = timedelta(hours=12)
AT_ONCE = 500

_ACTING = """
    select call_id, channel_uuid, ivr_id from call_record c
    where outcome is null and ended_at is null and not test and started_at > %(since)s
        and path -> -1 ->> 'result' = 'action'
        and exists (select from webhook w where w.active and 'call.transferred' = any(w.events)
            and (w.ivr_id is null or w.ivr_id = c.ivr_id))
        and not exists (select from webhook_message m where m.message_id = 'msg_transfer_' || c.call_id)
    order by started_at desc limit %(limit)s
"""


class ActingCall(NamedTuple):
    """A call under way whose last step is not a question."""

    call_id: str
    channel_uuid: str
    ivr_id: str | None


def find_acting(database: Database) -> list[ActingCall]:
    """Newest first; none whose hand-off was noted or interests nobody."""
    with database.transaction() as connection:
        rows = connection.execute(_ACTING, {"since": utc_now() - _LONGEST, "limit": AT_ONCE}).fetchall()
    return [ActingCall(**row) for row in rows]


def note_hand_off(database: Database, call: ActingCall) -> None:
    """Does nothing when the call has ended: the hand-off was noted with its end."""
    with database.transaction() as connection:
        lock_calls(connection)
        if _is_under_way(connection, call.call_id):
            note(connection, hand_off_of_call(call.call_id, call.ivr_id))


def _is_under_way(connection: Connection, call_id: str) -> bool:
    since = utc_now() - _LONGEST
    row = connection.execute(
        "select from call_record where call_id = %s and started_at > %s and outcome is null and ended_at is null",
        (call_id, since),
    ).fetchone()
    return row is not None
