"""The chain of a do-not-call list: nothing of it can be changed unseen."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path

import psycopg
import pytest

from ivr.domain.dnc.chain import first_hash
from ivr.domain.errors import ListNotFound, ListTaken, StorageError
from ivr.domain.signed_heads import Anchor
from ivr.ports.dnc import DncFilter
from ivr.storage.postgres.database import Connection
from ivr.storage.postgres.dnc_verify import verify_list
from ivr.storage.postgres.migrate import upgrade
from ivr.storage.postgres.stores import PostgresStores
from launcher.embedded.postgres import embedded_postgres
from tests.helpers import as_superuser as superuser_url
from tests.storage.conftest import AT, opt_out

NUMBER = "+14805551234"


@pytest.fixture
def database(database: str) -> str:
    """In the role that may do all: the application's may not even try."""
    return superuser_url(database)


@contextmanager
def as_superuser(stores: PostgresStores) -> Iterator[Connection]:
    """Triggers off: what a thief with the keys to the database can do."""
    with stores.database.transaction() as connection:
        connection.execute("set local session_replication_role = replica")
        yield connection


def fill(stores: PostgresStores, count: int = 5) -> None:
    for n in range(count):
        stores.dnc.record(opt_out(f"+1480555{n:04d}", after_s=n, event_id=f"optout_{n}"))


@pytest.mark.parametrize(
    ("verstat", "language", "form"),
    [(None, None, 1), ("passed_a", None, 2), (None, "es", 3), ("passed_a", "pt-BR", 3)],
)
def test_an_events_hash_can_be_had_with_a_few_lines_of_anybodys_python(
    stores: PostgresStores, verstat: str | None, language: str | None, form: int
) -> None:
    raw = '4805551234 "\u00fc\u2028\x7f\n'
    stores.dnc.record(opt_out(number_raw=raw, key="9", ms_into_question=812, verstat=verstat, language=language))
    (event,) = stores.dnc.events(NUMBER)
    document = {"format": form}
    for name in event.__slots__:
        value = getattr(event, name)
        if name.endswith("_at") or name == "honour_by":
            value = value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        document[name] = value
    if form < 3:
        del document["language"]
    if form < 2:
        del document["verstat"]
    stated = document.pop("hash")
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert stated == hashlib.sha256(text.encode()).hexdigest()
    assert document["previous_hash"] == hashlib.sha256(b"digitree do-not-call list default").hexdigest()


def test_events_are_chained_without_a_gap_however_many_write_at_once(stores: PostgresStores) -> None:
    def write(first: int) -> None:
        for n in range(20):
            stores.dnc.record(opt_out(f"+1480555{first + n:04d}"))
            stores.dnc.record(opt_out(NUMBER, event_id=f"optout_same_{n}"))

    threads = [threading.Thread(target=write, args=(1000 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = verify_list(stores.database, "default")
    assert (report.fault, report.events) == (None, 4 * 20 + 20)


def test_an_empty_list_is_right(stores: PostgresStores) -> None:
    stores.dnc.create_list("acme", "list")
    report = verify_list(stores.database, "acme")
    assert (report.fault, report.events, report.head_hash) == (None, 0, first_hash("acme"))
    with pytest.raises(ListNotFound):
        verify_list(stores.database, "nobody")


@pytest.mark.parametrize(
    "change",
    [
        "number_raw = '+14805550003'",
        "pressed_at = pressed_at + interval '1 microsecond'",
        "actor = ''",
        "key = '8'",
        "effective_at = effective_at + interval '1 day'",
        "hash = repeat('0', 64)",
        "recorded_at = recorded_at - interval '1 second'",
    ],
)
def test_a_changed_byte_is_found_at_its_event(stores: PostgresStores, change: str) -> None:
    fill(stores)
    assert verify_list(stores.database, "default").fault is None
    with as_superuser(stores) as connection:
        connection.execute(f"update suppression_event set {change} where event_id = 'optout_2'")  # noqa: S608
    report = verify_list(stores.database, "default")
    assert report.events == 2
    assert report.fault is not None
    assert "event 3 (optout_2) was changed" in report.fault


def test_an_event_taken_out_is_missed(stores: PostgresStores) -> None:
    fill(stores)
    with as_superuser(stores) as connection:
        connection.execute("delete from suppression_event where event_id = 'optout_2'")
    assert "event 3 is missing" in str(verify_list(stores.database, "default").fault)
    with as_superuser(stores) as connection:
        connection.execute("update suppression_event set seq = seq - 1 where seq > 3")
    assert "event 3 (optout_3) does not follow event 2" in str(verify_list(stores.database, "default").fault)


def test_an_end_cut_off_is_missed(stores: PostgresStores) -> None:
    fill(stores)
    with as_superuser(stores) as connection:
        connection.execute("delete from suppression_event where seq > 3")
        connection.execute("delete from suppression where entry_id in ('+14805550003', '+14805550004')")
    assert "the end is missing: 5 events were written, 3 are there" in str(
        verify_list(stores.database, "default").fault
    )
    with as_superuser(stores) as connection:
        connection.execute("update suppression_list set head_seq = 3")
    assert "the list's head" in str(verify_list(stores.database, "default").fault)


def test_a_chain_made_anew_does_not_have_the_hash_that_was_noted(stores: PostgresStores) -> None:
    fill(stores, 3)
    noted = verify_list(stores.database, "default")
    anchors = [Anchor(noted.events, noted.head_hash, "noted elsewhere")]
    with as_superuser(stores) as connection:
        connection.execute("truncate suppression_event, suppression, suppression_list")
    fill(stores, 4)
    assert verify_list(stores.database, "default").fault is None
    assert "event 3 does not have the hash that was noted elsewhere" in str(
        verify_list(stores.database, "default", anchors=anchors).fault
    )
    beyond = [Anchor(9, "0" * 64, "noted elsewhere")]
    assert "event 9 was noted elsewhere, 4 are there" in str(
        verify_list(stores.database, "default", anchors=beyond).fault
    )


@pytest.mark.parametrize(
    "change",
    [
        "delete from suppression where entry_id = '+14805550002'",
        "update suppression set released_at = now() where entry_id = '+14805550002'",
        "update suppression set events = 7 where entry_id = '+14805550002'",
        "update suppression set entry_id = '+14805559999', number = '+14805559999' where entry_id = '+14805550002'",
    ],
)
def test_an_entry_that_does_not_say_what_its_events_say_is_found(stores: PostgresStores, change: str) -> None:
    fill(stores)
    with as_superuser(stores) as connection:
        connection.execute(change)
    assert "+14805550002" in str(verify_list(stores.database, "default").fault)


@pytest.mark.parametrize(
    "sql",
    [
        "update suppression_event set actor = 'me'",
        "delete from suppression_event",
        "delete from suppression_event where pressed_at < now() - interval '5 years'",
        "truncate suppression_event",
        "delete from suppression",
        "truncate suppression",
        "delete from suppression_list",
        "truncate suppression_list cascade",
    ],
)
def test_the_database_lets_nothing_be_changed_or_deleted(stores: PostgresStores, sql: str) -> None:
    stores.dnc.record(opt_out(after_s=-6 * 366 * 86_400))
    stores.dnc.record(opt_out("+14805550001"))
    with pytest.raises(StorageError, match="kept for good"), stores.database.transaction() as connection:
        connection.execute(sql)
    assert verify_list(stores.database, "default").events == 2


def test_a_release_is_an_event_and_a_later_opt_out_lists_the_number_again(stores: PostgresStores) -> None:
    first = opt_out()
    stores.dnc.record(first)
    assert stores.dnc.release(NUMBER, actor="key_1", reason="asked in writing, letter of 3 May")
    entry = stores.dnc.find(NUMBER)
    assert entry is not None
    assert entry.released_at is not None
    release = stores.dnc.events(NUMBER)[-1]
    assert (release.kind, release.actor, release.reason) == ("release", "key_1", "asked in writing, letter of 3 May")
    assert not stores.dnc.release(NUMBER, actor="key_1", reason="again"), "it is not on the list"
    assert not stores.dnc.record(first), "the same event again is no new opt-out"
    entry = stores.dnc.find(NUMBER)
    assert entry is not None
    assert entry.released_at is not None
    stores.dnc.record(opt_out(after_s=60))
    entry = stores.dnc.find(NUMBER)
    assert entry is not None
    assert (entry.released_at, entry.events, entry.first_at) == (None, 3, AT)
    assert verify_list(stores.database, "default").fault is None


def test_a_number_nobody_put_there_cannot_be_released(stores: PostgresStores) -> None:
    assert not stores.dnc.release(NUMBER, actor="key_1", reason="x")
    assert verify_list(stores.database, "default").events == 0


def test_each_list_has_its_own_entries_and_chain(stores: PostgresStores) -> None:
    stores.dnc.create_list("acme", "seller", "Acme Inc")
    with pytest.raises(ListTaken):
        stores.dnc.create_list("acme", "list")
    stores.dnc.record(opt_out())
    stores.dnc.record(opt_out(list_id="acme"))
    stores.dnc.release(NUMBER, actor="key_1", reason="x", list_id="acme")
    ours, theirs = stores.dnc.find(NUMBER), stores.dnc.find(NUMBER, "acme")
    assert ours is not None
    assert theirs is not None
    assert (ours.released_at, ours.events, theirs.events) == (None, 1, 2)
    assert [each.list_id for each in stores.dnc.list(DncFilter(list_id="acme")).items] == ["acme"]
    assert [(each.list_id, each.head_seq) for each in stores.dnc.lists()] == [("acme", 2), ("default", 1)]
    assert verify_list(stores.database, "acme").events == 2
    with pytest.raises(ListNotFound):
        stores.dnc.record(opt_out(list_id="nobody"))


def test_the_words_of_a_prompt_are_in_the_event_though_the_menu_speaks_others_now(stores: PostgresStores) -> None:
    file = "0123456789abcdef0123456789abcdef.wav"
    with stores.database.transaction() as connection:
        connection.execute("insert into ivr (id, name, version) values ('ivr_abc123', 'x', 1)")
        connection.execute(
            "insert into prompt (ivr_id, audio, file, source, duration_ms, cost_usd, text, created_at)"
            " values ('ivr_abc123', 'a.wav', %s, 'tts', 1000, 0, 'Press 9 to opt out.', now())",
            (file,),
        )
        connection.execute("update prompt set file = %s, text = 'Hello.'", ("f" * 32 + ".wav",))
    stores.dnc.record(opt_out(prompt_file=file))
    (event,) = stores.dnc.events(NUMBER)
    assert (event.prompt_file, event.prompt_text) == (file, "Press 9 to opt out.")
    both = f"{'f' * 32}.wav+{file}"
    stores.dnc.record(opt_out(number="+14805550009", number_raw="+14805550009", prompt_file=both))
    (event,) = stores.dnc.events("+14805550009")
    assert (event.prompt_file, event.prompt_text) == (both, "Hello. Press 9 to opt out.")


def test_opt_outs_of_the_time_before_chains_are_chained_by_the_migration(tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine

    import ivr.storage.postgres.migrate

    with embedded_postgres(tmp_path / "pg", durable=False) as application:
        url = superuser_url(application)
        config = Config()
        migrations = Path(ivr.storage.postgres.migrate.__file__).parent / "migrations"
        config.set_main_option("script_location", str(migrations))
        with create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url)).connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
            connection.commit()
        with psycopg.connect(url) as raw:
            raw.execute(
                "insert into suppression (entry_id, number, number_raw, source, first_at, last_at, honour_by)"
                " select n, n, n, 'ani', %(at)s, %(at)s, %(at)s from (select '+1480555' || (1000 + i) as n"
                " from generate_series(1, 50) i) numbers",
                {"at": AT},
            )
            raw.execute(
                "insert into suppression_event (event_id, entry_id, number, number_raw, source, pressed_at)"
                " select 'optout_' || entry_id, entry_id, number, number_raw, source, first_at from suppression"
            )
        upgrade(url)
        stores = PostgresStores(url)
        try:
            report = verify_list(stores.database, "default")
            assert (report.fault, report.events) == (None, 50)
            stores.dnc.record(opt_out())
            assert verify_list(stores.database, "default").events == 51
        finally:
            stores.close()
