"""People as calls read them: from Redis, else from the machine's disk; who has been idle; the keeper."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.domain.errors import StorageUnavailable
from ivr.domain.people.model import Person
from ivr.domain.people.table import parse_table, table_text
from ivr.storage.disk.text_snapshot import read_text, write_text
from ivr.storage.people_source import RENEW_S, PeopleSource
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.people import PostgresPeople, people_text
from ivr.storage.redis.people import PeopleReader, PeopleWriter
from keeper.published_texts import PublishedTextKeeper
from tests.helpers import SIGNED

ANN, BEN = Person("ann", "+14155552671", ("office",), 20), Person("ben", "sip:ben@192.0.2.1", ("office",), 10)
AWAY = "redis://127.0.0.1:1/0"


def test_a_table_says_who_of_a_group_is_on_duty_in_their_places() -> None:
    off = Person("cat", "sip:cat@192.0.2.3", ("office", "night"), duty="off")
    by_hours = Person("dan", "sip:dan@192.0.2.4", ("night",), duty="hours", hours="gone")
    text = table_text([ANN, BEN, off, by_hours], [], ["+14155552671"])
    table = parse_table(text)
    assert [each.name for each in table.on_duty("office", 0) or ()] == ["ben", "ann"]
    assert table.on_duty("night", 0) == []
    assert table.on_duty("gone", 0) is None
    assert table.verified == {"+14155552671"}
    for broken in ("{}", "[]", text.replace("+14155552671", "ann"), text.replace('"off"', '"maybe"')):
        with pytest.raises(ValueError, match=r"people|person"):
            parse_table(broken)


def test_while_redis_is_away_people_are_those_of_the_disk_and_ring_in_their_places(tmp_path: Path) -> None:
    snapshot = tmp_path / "people.json"
    write_text(snapshot, table_text([ANN, BEN], [], []))
    source = PeopleSource(PeopleReader(AWAY, SIGNED), snapshot)
    people = source.on_duty("office", 0)
    assert people == [BEN, ANN]
    assert source.by_idleness(people) == [BEN, ANN]
    source.note_talk("ann", 1)
    assert source.named(["ann", "gone"]) == [ANN]


def test_a_change_is_read_within_a_second_and_a_forged_text_changes_nothing(cache: str) -> None:
    now = 0.0
    writer = PeopleWriter(cache, SIGNED)
    source = PeopleSource(PeopleReader(cache, SIGNED), clock=lambda: now)
    writer.write(table_text([ANN], [], []))
    assert source.on_duty("office", 0) == [ANN]
    writer.write(table_text([ANN, BEN], [], []))
    now = RENEW_S
    assert source.on_duty("office", 0) == [BEN, ANN]
    writer._redis.set("digitree:people", b"forged")
    now *= 3
    assert source.on_duty("office", 0) == [BEN, ANN]
    source.note_talk("ben", 2000)
    source.note_talk("ann", 1000)
    assert source.by_idleness([BEN, ANN]) == [ANN, BEN]
    writer.close()


def test_the_keeper_fills_redis_and_the_disk_again(database: str, cache: str, tmp_path: Path) -> None:
    stores, snapshot = Database(database, max_size=2), tmp_path / "run" / "people.json"
    PostgresPeople(stores).create(ANN, actor="key_1")
    keeper = PublishedTextKeeper(stores, PeopleWriter(cache, SIGNED), people_text, snapshot)
    keeper.look()
    reader = PeopleReader(cache, SIGNED)
    assert parse_table(reader.text()).people == {"ann": ANN}
    assert parse_table(read_text(snapshot)).people == {"ann": ANN}
    reader._redis.flushdb()
    with pytest.raises(StorageUnavailable):
        reader.text()
    keeper.look()
    assert parse_table(reader.text()).people == {"ann": ANN}
    stores.close()
