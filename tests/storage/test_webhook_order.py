"""What webhooks are told of one list, one menu or one call comes in its order, also when deliveries fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ivr.clients.switch import SwitchUnavailable
from ivr.domain.call_records import AgentAttempt, CallRecord, Outcome, Step, utc_now
from ivr.domain.dnc.events import OptOut
from ivr.domain.dnc.import_file import NumberFile
from ivr.storage.disk.journal import Journal, Kind, make_writer_name
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.stores import PostgresStores
from keeper.flush import Flusher
from keeper.hand_offs import HandOffs
from keeper.lost_calls import sweep_lost
from tests.helpers import wait_until
from tests.storage.conftest import call, opt_out
from tests.storage.webhook_receiver import Receiver, deliveries, hook, make_due, receiving, sending

MakeMenu = Callable[..., str]
ACTING = Step("agent", 1, "action", None, 2000, 0)
ANSWERED = AgentAttempt("sip:a@192.0.2.1", "answered", None, talk_ms=4000)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def pool(database: str) -> Iterator[Database]:
    pool = Database(database)
    yield pool
    pool.close()


def numbers_told(receiver: Receiver) -> list[str]:
    return [body["data"]["number"] for body in receiver.bodies()]


def settled(stores: PostgresStores, webhook: Any) -> bool:
    return all(each[1] != "waiting" for each in deliveries(stores, webhook))


def test_what_is_told_of_a_list_has_its_place_in_the_chain(
    stores: PostgresStores, database: str, receiver: Receiver
) -> None:
    webhook, _ = hook(stores, receiver.url, "dnc.added", "dnc.released", "dnc.imported")
    stores.dnc.record(opt_out("+14805550001"))
    assert stores.dnc.release("+14805550001", actor="key_1", reason="asked for it")
    assert not stores.dnc.release("+14805550001", actor="key_1", reason="again")
    stores.dnc.import_numbers(NumberFile(BytesIO(b"number\n+14155550111\n+14155550112\n")), actor="key_1")
    stores.dnc.record(opt_out("+14805550002"))
    with sending(database):
        wait_until(lambda: len(receiver.got) == 4, 10, "all four came")
    added, released, imported, again = receiver.bodies()
    assert [added["type"], released["type"], imported["type"], again["type"]] == [
        "dnc.added", "dnc.released", "dnc.imported", "dnc.added",
    ]  # fmt: skip
    assert [added["data"]["seq"], released["data"]["seq"], again["data"]["seq"]] == [1, 2, 5]
    assert (imported["data"]["from_seq"], imported["data"]["to_seq"]) == (3, 4)
    told = released["data"]
    assert (told["number"], told["list_id"], told["actor"], told["reason"]) == (
        "+14805550001", "default", "key_1", "asked for it",
    )  # fmt: skip
    assert {each[0] for each in deliveries(stores, webhook)} == {"dnc.added", "dnc.released", "dnc.imported"}


def test_a_delivery_that_fails_holds_up_those_of_its_own_list_alone(
    stores: PostgresStores, database: str, receiver: Receiver
) -> None:
    webhook, _ = hook(stores, receiver.url, "dnc.added")
    stores.dnc.create_list("other", "list")
    receiver.statuses = [500, 200]
    stores.dnc.record(opt_out("+14805550001"))
    with sending(database):
        wait_until(lambda: len(receiver.got) == 1, 10, "the first was tried")
        stores.dnc.record(opt_out("+14805550002"))
        stores.dnc.record(opt_out("+14805550003"))
        stores.dnc.record(replace_list(opt_out("+14805550004"), "other"))
        wait_until(lambda: len(receiver.got) == 2, 10, "the other list's came")
        # What is due is claimed in one go: had the second or third been free, it would have come along.
        assert numbers_told(receiver) == ["+14805550001", "+14805550004"]
        make_due(database)
        wait_until(lambda: settled(stores, webhook), 10, "all are taken")
    assert numbers_told(receiver) == [
        "+14805550001", "+14805550004", "+14805550001", "+14805550002", "+14805550003",
    ]  # fmt: skip


def test_a_dead_delivery_lets_those_behind_it_go_and_each_of_them_is_tried(
    stores: PostgresStores, database: str, receiver: Receiver
) -> None:
    webhook, _ = hook(stores, receiver.url, "dnc.added")
    receiver.statuses = [503, 503, 200]
    for number in ("+14805550001", "+14805550002", "+14805550003"):
        stores.dnc.record(opt_out(number))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("update webhook_delivery set waits_since = waits_since - interval '1 day'")
    with sending(database):
        wait_until(lambda: settled(stores, webhook), 10, "all are settled")
        assert [each[1:3] for each in reversed(deliveries(stores, webhook))] == [
            ("dead", 1), ("dead", 1), ("delivered", 1),
        ]  # fmt: skip
        # Sent again, they come in their order once more, and have another day.
        receiver.statuses = [500, 200]
        assert stores.webhooks.replay_dead(webhook.webhook_id, actor="test") == 2
        wait_until(lambda: len(receiver.got) == 4, 10, "the first was tried again")
        wait_until(lambda: deliveries(stores, webhook)[2][1:4] == ("waiting", 1, 500), 10, "it waits, not dead")
        make_due(database)
        wait_until(lambda: settled(stores, webhook), 10, "all are taken")
    assert numbers_told(receiver)[3:] == ["+14805550001", "+14805550001", "+14805550002"]


def test_one_webhook_that_fails_holds_up_no_other(stores: PostgresStores, database: str, receiver: Receiver) -> None:
    with receiving() as broken:
        broken.statuses = [500]
        hook(stores, broken.url, "dnc.added")
        webhook, _ = hook(stores, receiver.url, "dnc.added")
        for number in ("+14805550001", "+14805550002"):
            stores.dnc.record(opt_out(number))
        with sending(database):
            wait_until(lambda: settled(stores, webhook), 10, "they are taken")
    assert numbers_told(receiver) == ["+14805550001", "+14805550002"]


def renamed(name: str, document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "name": name}


def test_every_change_of_a_menu_is_told_with_its_own_version_in_order(
    stores: PostgresStores, database: str, receiver: Receiver, make_menu: MakeMenu
) -> None:
    webhook, _ = hook(stores, receiver.url, "ivr.changed")
    menu = make_menu()
    for number in range(2, 12):
        stores.menus.edit(menu, partial(renamed, f"N{number}"), actor="test")
    stores.menus.assign(menu, "+14155550100", actor="test")
    stores.menus.unassign(menu, "+14155550100", actor="test")
    stores.menus.delete(menu, actor="test")
    with sending(database):
        wait_until(lambda: settled(stores, webhook), 20, "all are taken")
    told = [body["data"] for body in receiver.bodies()]
    assert [each.get("version") for each in told] == [*range(1, 12), 11, 11, None]
    assert [each.get("name") for each in told[1:11]] == [f"N{number}" for number in range(2, 12)]
    assert [each.get("dids") for each in told[-3:]] == [["+14155550100"], [], None]
    assert [each["deleted"] for each in told] == [False] * 13 + [True]


def test_a_menu_that_loses_a_number_to_another_is_told(
    stores: PostgresStores, database: str, receiver: Receiver, make_menu: MakeMenu
) -> None:
    first, second = make_menu("+14155550100"), make_menu()
    webhook, _ = hook(stores, receiver.url, "ivr.changed")
    stores.menus.assign(second, "+14155550100", actor="test", replace=True)
    with sending(database):
        wait_until(lambda: settled(stores, webhook), 10, "both are taken")
    told = {body["data"]["ivr_id"]: body["data"]["dids"] for body in receiver.bodies()}
    assert told == {first: [], second: ["+14155550100"]}


def replace_list(event: OptOut, list_id: str) -> OptOut:
    return replace(event, list_id=list_id)


def ringing(**fields: Any) -> CallRecord:
    """A call whose caller was sent to an agent."""
    return call(started_at=utc_now() - timedelta(seconds=8), path=[ACTING], **fields)


def write(pool: Database, directory: Path, kind: Kind, record: CallRecord) -> None:
    journal = Journal(directory, make_writer_name("test"))
    journal.append(kind, record.to_json())
    journal.close()
    Flusher(directory, pool).flush()


def end(record: CallRecord, *agent: AgentAttempt, outcome: Outcome = Outcome.TRANSFERRED) -> CallRecord:
    return replace(record, agent=[*agent], outcome=outcome, ended_at=utc_now(), duration_ms=8000)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    (tmp_path / "journal").mkdir()
    return tmp_path / "journal"


def test_the_hand_off_is_told_while_they_talk_and_once(
    stores: PostgresStores, pool: Database, database: str, receiver: Receiver, journal: Path
) -> None:
    webhook, _ = hook(stores, receiver.url, "call.transferred", "call.ended")
    answered: dict[str, int] = {}
    hand_offs = HandOffs(pool, lambda asked: {each: answered[each] for each in asked if each in answered})
    record = ringing()
    write(pool, journal, "call_started", record)
    write(pool, journal, "call_started", replace(ringing(call_id="call_tried"), test=True, channel_uuid="tried"))
    hand_offs.look()
    assert deliveries(stores, webhook) == []
    answered |= {record.channel_uuid: 1, "tried": 1}
    with sending(database):
        for _ in range(2):  # another keeper's look, or the next one
            hand_offs.look()
            wait_until(lambda: settled(stores, webhook), 10, "it is taken")
        (told,) = receiver.bodies()
        assert (told["type"], told["data"]["call_id"], told["data"]["outcome"]) == (
            "call.transferred", record.call_id, None,
        )  # fmt: skip
        write(pool, journal, "call_ended", end(record, ANSWERED))
        hand_offs.look()
        wait_until(lambda: len(receiver.got) == 2 and settled(stores, webhook), 10, "the end is taken")
    assert [each["type"] for each in receiver.bodies()] == ["call.transferred", "call.ended"]


def test_without_the_switch_the_hand_off_is_told_at_the_end_before_the_end(
    stores: PostgresStores, pool: Database, database: str, receiver: Receiver, journal: Path
) -> None:
    webhook, _ = hook(stores, receiver.url, "call.transferred", "call.ended")
    record = ringing()
    write(pool, journal, "call_started", record)

    def away(_: object) -> dict[str, int]:
        raise SwitchUnavailable("nothing listens there")

    with pytest.raises(SwitchUnavailable):
        HandOffs(pool, away).look()
    receiver.statuses = [500, 200]
    # Their agent hung up and they went on in the menu: they were with an agent all the same.
    write(pool, journal, "call_ended", end(record, ANSWERED, outcome=Outcome.HUNG_UP))
    with sending(database):
        wait_until(lambda: deliveries(stores, webhook)[1][1:4] == ("waiting", 1, 500), 10, "the first has failed")
        make_due(database)
        wait_until(lambda: settled(stores, webhook), 10, "both are taken")
    assert [each["type"] for each in receiver.bodies()] == ["call.transferred"] * 2 + ["call.ended"]


def test_a_call_that_no_agent_answered_was_not_transferred(
    stores: PostgresStores, pool: Database, receiver: Receiver, journal: Path
) -> None:
    webhook, _ = hook(stores, receiver.url, "call.transferred", "call.ended")
    silent = replace(ANSWERED, result="answered_silent")
    write(pool, journal, "call_ended", end(ringing(), silent, outcome=Outcome.AGENT_UNAVAILABLE))
    assert [each[0] for each in deliveries(stores, webhook)] == ["call.ended"]


def test_a_hand_off_that_is_learnt_after_the_end_was_told_is_not_told(
    stores: PostgresStores, pool: Database, receiver: Receiver, journal: Path
) -> None:
    webhook, _ = hook(stores, receiver.url, "call.transferred", "call.ended")
    record = replace(ringing(), started_at=utc_now() - timedelta(hours=3))
    write(pool, journal, "call_started", record)
    assert sweep_lost(journal, pool) == 1
    write(pool, journal, "call_ended", end(record, ANSWERED))
    assert [each[0] for each in deliveries(stores, webhook)] == ["call.ended"]
