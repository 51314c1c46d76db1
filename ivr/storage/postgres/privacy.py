"""Finds and erases what Postgres has about a caller's number: a Privacy."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from ivr.ports.kept_languages import ErasableLanguages, NothingKept
from ivr.ports.privacy import AboutCaller, Erased
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.call_months import lock_calls
from ivr.storage.postgres.call_rows import COLUMNS, record_of_row
from ivr.storage.postgres.call_writes import ERASED
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.outgoing import erase_outgoing

_BUDGET_S = 60.0
# Shorter texts that a trunk sent as the caller's number could be anything.
_SHORTEST_FORM = 7
_OF_AUDIT = ("at", "actor", "action", "subject", "before", "after")
_OF_OUTGOING = ("id", "at", "trunk", "ivr_id", "state", "result", "reason", "variables")
_OPT_OUTS = "select to_jsonb(e) as event from suppression_event e where number = %s order by pressed_at"
_LISTS = """
    select list_name as list, added_at as at, expires_at, note from listed_number where number = %s order by list_name
"""
_SOUNDS = "select sound, began_at as at, ms, mailbox, call_id from sound where caller = %s order by began_at"
_OUTGOING = """
    select id, created_at as at, trunk, ivr_id, state, result, reason, document -> 'variables' as variables
    from outgoing_call where number = %s order by created_at
"""
_AUDIT = """
    select at, actor, action, subject, before, after from audit_log
    where subject = any(%(forms)s) or before::text like any(%(like)s) or after::text like any(%(like)s) order by id
"""
# Of the calls of a number, and text messages of others, which may go to it.
_NOTICES = """
    select * from (
        select n.message_id, n.service, n.left_at, n.sealed, n.order_no,
            n.call_id in (select c.call_id from call_record c where c.ani = %s) as of_caller
        from service_notice n where n.sealed is not null
    ) n
    where n.of_caller or starts_with(n.service, 'sms:') order by n.order_no
"""
_MESSAGES = """
    select message_id, event, at, coalesce(body::json, data) as content,
        event like 'dnc.%%' and exists (
            select from webhook_delivery d where d.message_id = m.message_id and d.state = 'waiting') as must_go
    from webhook_message m where data::text like any(%(like)s) or body like any(%(like)s) or subject = any(%(forms)s)
    order by at
"""


class PostgresPrivacy:
    """`find_text` opens a sealed text, or gives None. `languages` are in another store, which is erased first: should
    it fail, nothing was erased."""

    def __init__(
        self,
        database: Database,
        find_text: Callable[[str], str | None],
        languages: ErasableLanguages | None = None,
    ) -> None:
        self._database = database
        self._find_text = find_text
        self._languages = languages or NothingKept()

    def export(self, number: str) -> AboutCaller:
        language = self._languages.find(number) or None
        with self._database.transaction(budget_s=_BUDGET_S) as connection:
            rows = connection.execute(
                f"select {COLUMNS} from call_record where ani = %s order by started_at",  # noqa: S608
                (number,),
            ).fetchall()
            values = _values(number, [row["ani_raw"] for row in rows])
            return AboutCaller(
                number,
                [record_of_row(row) for row in rows],
                [row["event"] for row in connection.execute(_OPT_OUTS, (number,)).fetchall()],
                _shown(connection.execute(_AUDIT, values).fetchall(), *_OF_AUDIT),
                [
                    *_shown(connection.execute(_MESSAGES, values).fetchall(), "message_id", "event", "at", "content"),
                    *self._notices(connection, number),
                ],
                len(self._answers(connection, values["forms"])),
                _shown(connection.execute(_LISTS, (number,)).fetchall(), "list", "at", "expires_at", "note"),
                _shown(connection.execute(_SOUNDS, (number,)).fetchall(), "sound", "at", "ms", "mailbox", "call_id"),
                _shown(connection.execute(_OUTGOING, (number,)).fetchall(), *_OF_OUTGOING),
                language,
            )

    def erase(self, number: str, *, actor: str) -> Erased:
        languages = self._languages.forget(number)
        with self._database.transaction(budget_s=_BUDGET_S) as connection:
            lock_calls(connection)
            rows = connection.execute("select ani_raw from call_record where ani = %s", (number,)).fetchall()
            values = _values(number, [row["ani_raw"] for row in rows])
            notices = [each["message_id"] for each in self._notices(connection, number)]
            connection.execute("delete from service_notice where message_id = any(%s)", (notices,))
            calls = connection.execute(
                "update call_record set ani = null, ani_raw = %s where ani = %s", (ERASED, number)
            ).rowcount
            outgoing = erase_outgoing(connection, number)
            messages, waiting = _erase_messages(connection, values)
            messages += len(notices)
            answers = self._answers(connection, values["forms"])
            for row in answers:
                connection.execute(
                    "update kept_answer set body = null where actor = %(actor)s and key_hash = %(key_hash)s", row
                )
            lists = connection.execute("delete from listed_number where number = %s", (number,)).rowcount
            if lists:
                connection.execute("insert into listed_outbox (number) values (%s)", (number,))
            # The keeper deletes what a sound without a row holds.
            sounds = connection.execute("delete from sound where caller = %s", (number,)).rowcount
            # One of the telephones that menus ring: its calls stay, since they count towards the limits.
            connection.execute("delete from telephone where number = %s", (number,))
            connection.execute("delete from callback where number = %s", (number,))
            connection.execute("update telephone_call set number = 'erased' where number = %s", (number,))
            erased = Erased(
                calls,
                messages,
                len(answers),
                len(connection.execute(_OPT_OUTS, (number,)).fetchall()),
                len(connection.execute(_AUDIT, values).fetchall()),
                waiting,
                lists,
                sounds,
                outgoing,
                languages,
            )
            # Whose number it was is what must not stand here.
            done = {"calls": calls, "messages": messages, "answers": len(answers), "lists": lists, "sounds": sounds}
            done |= {"outgoing": outgoing, "languages": languages}
            write_audit(connection, actor, "privacy.erase", "a caller", None, done)
        return erased

    def _notices(self, connection: Connection, number: str) -> list[dict[str, Any]]:
        """What calls of this number left for services and channels, and text messages to it, as far as they were not
        delivered."""
        found = []
        for row in connection.execute(_NOTICES, (number,)).fetchall():
            content = json.loads(self._find_text(row["sealed"]) or "null")
            is_channel = ":" in row["service"]
            if row["of_caller"] or (is_channel and isinstance(content, dict) and content.get("to") == number):
                found.append(
                    {
                        "message_id": row["message_id"],
                        "event": f"{'message by' if is_channel else 'notice for'} {row['service']}",
                        "at": row["left_at"].isoformat(),
                        "content": content,
                    }
                )
        return found

    def _answers(self, connection: Connection, forms: Sequence[str]) -> list[dict[str, Any]]:
        rows = connection.execute("select actor, key_hash, body from kept_answer where body is not null").fetchall()
        found = []
        for row in rows:
            text = self._find_text(row["body"]) or ""
            if any(form in text for form in forms):
                found.append({"actor": row["actor"], "key_hash": row["key_hash"]})
        return found


def _values(number: str, raw: Sequence[str]) -> dict[str, list[str]]:
    """The number in each form in which it came, the longest first."""
    known = {each for each in raw if sum(map(str.isdigit, each)) >= _SHORTEST_FORM}
    forms = sorted({number, *known}, key=lambda form: (-len(form), form))
    # As JSON has them, and without special meaning in a pattern.
    texts = [json.dumps(form)[1:-1].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for form in forms]
    return {"forms": forms, "like": [f"%{text}%" for text in texts]}


def _erase_messages(connection: Connection, values: dict[str, list[str]]) -> tuple[int, int]:
    """(erased, left until they are delivered)."""
    rows = connection.execute(_MESSAGES, values).fetchall()
    going = [row["message_id"] for row in rows if not row["must_go"]]
    for form in values["forms"]:
        connection.execute(
            "update webhook_message set data = replace(data::text, %(form)s, %(erased)s)::json,"
            " body = replace(body, %(form)s, %(erased)s),"
            " subject = case when subject = %(plain)s then %(erased)s else subject end"
            " where message_id = any(%(ids)s)",
            {"form": json.dumps(form)[1:-1], "plain": form, "erased": ERASED, "ids": going},
        )
    return len(going), len(rows) - len(going)


def _shown(rows: Sequence[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return [{**{name: row[name] for name in names}, "at": row["at"].isoformat()} for row in rows]
