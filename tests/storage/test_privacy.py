"""What is kept about a caller: all of it is shown, and erased but for what the law wants kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from ivr.domain.call_records import Outcome, utc_now
from ivr.domain.notices import Notice
from ivr.domain.numbers import E164
from ivr.domain.telephones.errors import RingLimitReached
from ivr.domain.telephones.model import NewRing, RingLimits, VerifiedOver, new_ring_id
from ivr.ports.sounds import NewSound, SoundFilter
from ivr.secrets import Sealer
from ivr.storage.disk.journal import Journal
from ivr.storage.disk.segments import encode_record
from ivr.storage.disk.set_aside import erase_set_aside, records_about
from ivr.storage.postgres.notice_outbox import write_notice
from ivr.storage.postgres.privacy import PostgresPrivacy
from ivr.storage.postgres.stores import PostgresStores
from ivr.storage.redis.live_calls import LiveReader, LiveWriter
from tests.storage.conftest import call, opt_out

CALLER, OTHER = E164("+14805550001"), E164("+14805550002")
SEALER = Sealer(lambda: b"0" * 32)


@pytest.fixture
def privacy(stores: PostgresStores) -> PostgresPrivacy:
    return PostgresPrivacy(stores.database, SEALER.find)


@pytest.fixture
def called(stores: PostgresStores, database: str) -> PostgresStores:
    """Two calls of the caller, one of another; an opt-out; an entry of the audit log; two messages that were sent;
    an answer to a repeated request."""
    now = utc_now()
    for days, ani, raw in ((40, CALLER, "(480) 555-0001"), (1, CALLER, str(CALLER)), (1, OTHER, str(OTHER))):
        ended = call(
            started_at=now - timedelta(days=days), ended_at=now - timedelta(days=days), ani=ani, ani_raw=raw,
            outcome=Outcome.HUNG_UP,
        )  # fmt: skip
        stores.calls.ended(ended)
    stores.dnc.record(opt_out(str(CALLER)))
    stores.audit.add("a", "dnc.look", "list", after={"number": str(CALLER)})
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "insert into webhook_message (message_id, event, subject, data, body) values"
            " ('m1', 'call.ended', 'c1', %s, %s), ('m2', 'dnc.added', 'default', %s, null),"
            " ('m3', 'x', 'y', '{}', '{}')",
            (f'{{"ani": "{CALLER}"}}', '{"ani_raw": "(480) 555-0001"}', f'{{"number": "{CALLER}"}}'),
        )
        connection.execute(
            "insert into kept_answer (actor, key_hash, request_hash, status, body) values ('a', 'k1', 'r', 201, %s),"
            " ('a', 'k2', 'r', 201, %s)",
            (SEALER.seal(f'{{"number": "{CALLER}"}}'), SEALER.seal("{}")),
        )
    return stores


@pytest.mark.usefixtures("called")
def test_all_that_is_kept_is_shown(privacy: PostgresPrivacy) -> None:
    about = privacy.export(CALLER)
    assert len(about.calls) == 2
    assert [event["number"] for event in about.opt_outs] == [CALLER]
    assert [entry["action"] for entry in about.audit] == ["dnc.look"]
    assert [message["message_id"] for message in about.messages] == ["m1", "m2"]
    assert about.answers == 1


def test_only_what_the_law_wants_kept_has_the_number_afterwards(
    called: PostgresStores, privacy: PostgresPrivacy, database: str
) -> None:
    done = privacy.erase(CALLER, actor="a")
    assert (done.calls, done.messages, done.answers) == (2, 2, 1)
    assert (done.opt_outs_kept, done.audit_kept, done.messages_kept) == (1, 1, 0)
    with psycopg.connect(database) as connection:
        tables = connection.execute(
            "select quote_ident(relname) from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
        ).fetchall()
        found = set()
        for (table,) in tables:
            with_number = "t::text like '%4805550001%' or t::text like '%555-0001%'"
            row = connection.execute(f"select count(*) from {table} t where {with_number}").fetchone()  # noqa: S608
            if row != (0,):
                found.add(table)
    assert found == {"audit_log", "suppression", "suppression_event"}
    assert len(called.calls.list().items) == 3, "the records stay"
    again = privacy.erase(CALLER, actor="a")
    assert (again.calls, again.messages, again.answers) == (0, 0, 0)


def test_sounds_of_a_caller_are_shown_and_go(stores: PostgresStores, privacy: PostgresPrivacy) -> None:
    now = utc_now()
    for number, caller in ((1, CALLER), (2, OTHER)):
        call_id = f"call_{number:032x}"
        stores.sounds.write(
            NewSound(f"sound_{number:032x}_1", "message", "", call_id, "say", None, caller, "box", 2000, 9, b"", now)
        )
    assert [each["sound"] for each in privacy.export(CALLER).sounds] == [f"sound_{1:032x}_1"]
    assert privacy.erase(CALLER, actor="a").sounds == 1
    assert privacy.export(CALLER).sounds == []
    assert [each.kept.caller for each in stores.sounds.list(SoundFilter()).items] == [OTHER]


def test_notices_that_calls_left_are_shown_and_go(stores: PostgresStores, privacy: PostgresPrivacy) -> None:
    calls = [call(ani=ani, outcome=Outcome.HUNG_UP, ended_at=utc_now()) for ani in (CALLER, OTHER)]
    sealed = SEALER.seal(f'{{"caller": "{CALLER}", "tries": 2}}')
    with stores.database.transaction() as connection:
        for each in calls:
            write_notice(connection, Notice(f"msg_{each.ani}", "crm", each.call_id, sealed, utc_now()))
    for each in calls:
        stores.calls.ended(each)
    (shown,) = privacy.export(CALLER).messages
    assert (shown["event"], shown["content"]) == ("notice for crm", {"caller": CALLER, "tries": 2})
    assert privacy.erase(CALLER, actor="a").messages == 1
    with stores.database.transaction() as connection:
        left = connection.execute("select message_id from service_notice").fetchall()
    assert [row["message_id"] for row in left] == [f"msg_{OTHER}"]


def test_text_messages_to_the_number_go_whoever_had_them_sent(
    stores: PostgresStores, privacy: PostgresPrivacy
) -> None:
    other = call(ani=OTHER, outcome=Outcome.HUNG_UP, ended_at=utc_now())
    stores.calls.ended(other)
    with stores.database.transaction() as connection:
        for name, to in (("a", CALLER), ("b", OTHER)):
            sealed = SEALER.seal(f'{{"to": "{to}", "text": "x"}}')
            write_notice(connection, Notice(f"msg_{name}", "sms:sms", other.call_id, sealed, utc_now()))
    (shown,) = privacy.export(CALLER).messages
    assert (shown["message_id"], shown["event"]) == ("msg_a", "message by sms:sms")
    assert privacy.erase(CALLER, actor="a").messages == 1
    assert [each.message_id for each in stores.messages.of_call(other.call_id)] == ["msg_b"]


def test_a_record_that_comes_again_does_not_bring_the_number_back(
    stores: PostgresStores, privacy: PostgresPrivacy
) -> None:
    lost = replace(call(ani=CALLER, ani_raw=str(CALLER)), outcome=Outcome.FAILED)
    stores.calls.ended(lost)
    privacy.erase(CALLER, actor="a")
    stores.calls.ended(replace(lost, outcome=Outcome.HUNG_UP, ended_at=lost.started_at))
    found = stores.calls.find(lost.call_id)
    assert (found.ani, found.ani_raw, found.outcome) == (None, "erased", Outcome.HUNG_UP)


def test_news_of_an_opt_out_keep_it_until_they_are_delivered(
    called: PostgresStores, privacy: PostgresPrivacy, database: str
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("insert into webhook (webhook_id, url, events, secret) values ('w', 'u', '{}', 's')")
        connection.execute(
            "insert into webhook_delivery (webhook_id, message_id, next_at) values ('w', 'm2', now())"
        )
        assert privacy.erase(CALLER, actor="a").messages_kept == 1
        connection.execute("update webhook_delivery set state = 'delivered'")
    assert privacy.erase(CALLER, actor="a").messages == 1


def test_records_that_were_set_aside_go_and_opt_outs_among_them_stay(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "esl-here-1-a")
    journal.append("call_started", call(ani=CALLER, ani_raw=str(CALLER)))
    rejected = tmp_path / "rejected"
    rejected.mkdir()
    for name, kind in (("a", "call_ended"), ("b", "opt_out")):
        (rejected / f"{name}.log").write_bytes(encode_record(kind, {"number": str(CALLER)}, 1))
    (rejected / "c.log").write_bytes(encode_record("call_ended", {"number": str(OTHER)}, 1))
    assert records_about(tmp_path, [CALLER]) == 1
    assert erase_set_aside(tmp_path, [CALLER]) == (1, 1)
    assert sorted(path.name for path in rejected.iterdir()) == ["b.log", "c.log"]
    journal.close()


def test_the_live_view_forgets_calls_that_are_over(cache: str) -> None:
    writer, reader = LiveWriter(cache, "esl-here-1-a"), LiveReader(cache)
    text = f"uuid;+14155550100;{CALLER};ivr_a;1;welcome;asking;1000;1000;0"
    writer.tell_all({"call_a": text, "call_b": text})
    writer.tell({}, ["call_a"])
    assert reader.forget_caller(CALLER) == 1
    assert set(reader.last_of(["call_a", "call_b"])) == {"call_b"}
    assert reader.changes("0-0", 0.001)[1] == []
    writer.close()
    reader.close()


def test_a_telephone_that_menus_ring_is_forgotten_and_its_calls_still_count(
    stores: PostgresStores, privacy: PostgresPrivacy
) -> None:
    stores.telephones.add(CALLER, actor="a")
    limits, over = RingLimits(calls_day=1), VerifiedOver("carrier", "its host")
    stores.telephones.set_code(CALLER, b"r" * 32, over)
    stores.telephones.verify(CALLER, b"r" * 32, actor="a")
    ring = stores.telephones.reserve(NewRing(new_ring_id(), CALLER, "carrier", "code", "a"), limits, over)
    privacy.erase(CALLER, actor="a")
    assert stores.telephones.list().items == []
    known = stores.telephones.find_ring(ring.order.ring_id, RingLimits())
    assert known is not None
    assert known.order.number == "erased"
    with pytest.raises(RingLimitReached):
        stores.telephones.reserve(NewRing(new_ring_id(), CALLER, "carrier", "code", "a"), limits, over)
