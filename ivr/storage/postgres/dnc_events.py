"""Appends events to the chain of a do-not-call list.

The list's row is the head of its chain; its lock, held to the end of the transaction, puts all writers of the list
in a row. Two round trips an event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from ivr.domain.call_records import new_id, utc_now
from ivr.domain.dnc.chain import chain_hash, first_hash
from ivr.domain.dnc.events import DEFAULT_LIST, MUST_HONOUR_WITHIN, DncEvent, OptOut
from ivr.domain.errors import ListNotFound
from ivr.domain.webhooks import WebhookEvent, WebhookNote
from ivr.storage.postgres.database import Connection, clean_text
from ivr.storage.postgres.webhook_outbox import note

EVENT_FIELDS = tuple(each.name for each in fields(DncEvent))
EVENT_COLUMNS = ", ".join(EVENT_FIELDS)
_OPT_OUT_FIELDS = tuple(each.name for each in fields(OptOut))

# The fields of an opt-out, and of a release, that webhooks get.
_TOLD = ("seq", "event_id", "list_id", "number", "number_raw", "source", "pressed_at", "call_id", "did", "ivr_id")
_TOLD_OF_RELEASE = ("seq", "event_id", "list_id", "number", "actor", "reason", "effective_at")

# The words of a prompt's files; null when those of one of them are not known.
_WORDS = """
    select case when bool_and(t.text is not null) then string_agg(t.text, ' ' order by f.place) end as prompt_text
    from unnest(string_to_array(%s, '+')) with ordinality as f(file, place) left join prompt_text t using (file)
"""
# Not `for update`: a transaction that inserts an entry holds a share lock on the key of its list's row.
_HEAD = f"""
    select head_seq, head_hash, clock_timestamp() as recorded_at, ({_WORDS}) as prompt_text
    from suppression_list where list_id = %s for no key update
"""  # noqa: S608
_INSERT = f"""
    with event as (
        insert into suppression_event (entry_id, {EVENT_COLUMNS})
        values (%(entry_id)s, {", ".join(f"%({name})s" for name in EVENT_FIELDS)})
        on conflict (event_id) do nothing
        returning *
    ), head as (
        update suppression_list set head_seq = %(seq)s, head_hash = %(hash)s
        where list_id = %(list_id)s and exists (select from event)
    )
"""  # noqa: S608
# Whatever order the events of several machines come in, the earliest is the one that put the number on the list.
# A late one lists a number again that was released meanwhile: the release was made without knowing of it.
LAID_OVER = """
    on conflict (list_id, entry_id) do update set
        events = s.events + 1,
        released_at = null,
        last_at = greatest(s.last_at, excluded.last_at),
        number_raw = case when excluded.first_at < s.first_at then excluded.number_raw else s.number_raw end,
        source = case when excluded.first_at < s.first_at then excluded.source else s.source end,
        honour_by = least(s.honour_by, excluded.honour_by),
        first_at = least(s.first_at, excluded.first_at)
"""
_OPT_OUT = f"""
    {_INSERT}
    insert into suppression as s
        (list_id, entry_id, number, number_raw, source, first_at, last_at, honour_by)
    select list_id, entry_id, number, number_raw, source, pressed_at, pressed_at, honour_by from event
    {LAID_OVER}
    returning entry_id
"""  # noqa: S608
_RELEASE = f"""
    {_INSERT}
    update suppression s set events = s.events + 1, released_at = event.pressed_at
    from event where s.list_id = event.list_id and s.entry_id = event.entry_id
    returning s.entry_id
"""  # noqa: S608


def write_opt_out(connection: Connection, opt_out: OptOut) -> bool:
    """Writes the event and its entry; True when the event was new. Raises ListNotFound."""
    event = clean_text({name: getattr(opt_out, name) for name in _OPT_OUT_FIELDS})
    event |= {"kind": "opt_out", "reason": None, "effective_at": opt_out.pressed_at}
    event["honour_by"] = opt_out.pressed_at + MUST_HONOUR_WITHIN
    new = _append(connection, _OPT_OUT, event)
    if new:
        _note(connection, "dnc.added", event, _TOLD)
    return new


def write_release(connection: Connection, number: str, list_id: str, actor: str, reason: str) -> bool:
    """Releases a listed number; False when it is not on the list. Raises ListNotFound."""
    lock_head(connection, list_id)
    row = connection.execute(
        "select number_raw from suppression where list_id = %s and number = %s and released_at is null",
        (list_id, number),
    ).fetchone()
    if row is None:
        return False
    now = utc_now()
    event: dict[str, Any] = dict.fromkeys(EVENT_FIELDS)
    event |= {"event_id": new_id("release"), "kind": "release", "list_id": list_id, "number": number}
    event |= {"number_raw": row["number_raw"], "source": "api", "actor": actor, "reason": clean_text(reason)}
    event |= {"pressed_at": now, "effective_at": now, "honour_by": now}
    new = _append(connection, _RELEASE, event)
    if new:
        _note(connection, "dnc.released", event, _TOLD_OF_RELEASE)
    return new


def order_of(list_id: str) -> str:
    """Of the messages about one list: they are sent as they stand in its chain."""
    return f"list {list_id}"


def require_list(connection: Connection, list_id: str) -> None:
    """Create the default list, which always exists for clients. Raises ListNotFound for any other."""
    if list_id == DEFAULT_LIST:
        connection.execute(
            "insert into suppression_list (list_id, scope, head_hash) values (%s, 'all', %s) on conflict do nothing",
            (list_id, first_hash(list_id)),
        )
    else:
        require_known(connection, list_id)


def require_known(connection: Connection, list_id: str) -> None:
    """Raises ListNotFound; the default list is there without having been made."""
    if list_id == DEFAULT_LIST:
        return
    if connection.execute("select from suppression_list where list_id = %s", (list_id,)).fetchone() is None:
        raise ListNotFound(list_id)


def words_of(connection: Connection, prompt_file: str) -> str | None:
    """What was spoken into this file, or these joined by BESIDE, while the menus that had it were written."""
    row = connection.execute(_WORDS, (prompt_file,)).fetchone()
    return row["prompt_text"] if row else None


def lock_head(connection: Connection, list_id: str, prompt_file: str | None = None) -> Mapping[str, Any]:
    """The head of the chain: `head_seq`, `head_hash`, the time, and the words of `prompt_file`. Nobody else appends
    before this transaction ends. Raises ListNotFound."""
    row = connection.execute(_HEAD, (prompt_file, list_id)).fetchone()
    if row is None:
        require_list(connection, list_id)
        row = connection.execute(_HEAD, (prompt_file, list_id)).fetchone()
    if row is None:
        raise ListNotFound(list_id)
    return row


def chained(event: dict[str, Any], seq: int, previous_hash: str, recorded_at: Any) -> dict[str, Any]:
    """The event with its `seq` in the chain and its hash."""
    event["seq"], event["previous_hash"], event["recorded_at"] = seq, previous_hash, recorded_at
    event["hash"] = chain_hash(event)
    return event


def _append(connection: Connection, statement: str, event: dict[str, Any]) -> bool:
    head = lock_head(connection, event["list_id"], event["prompt_file"])
    event["prompt_text"] = event["prompt_text"] or head["prompt_text"]
    event = chained(event, head["head_seq"] + 1, head["head_hash"], head["recorded_at"])
    event["entry_id"] = event["number"] or event["event_id"]
    return connection.execute(statement, event).fetchone() is not None


def _note(connection: Connection, kind: WebhookEvent, event: Mapping[str, Any], told: tuple[str, ...]) -> None:
    """For webhooks, while the head's lock is held: the notes of a list are in the order of its chain."""
    message = WebhookNote(
        f"msg_dnc_{event['event_id']}",
        kind,
        event["number"] or event["event_id"],
        event["ivr_id"],
        {name: event[name] for name in told},
        order_key=order_of(event["list_id"]),
    )
    note(connection, message)
