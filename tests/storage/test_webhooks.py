"""Webhooks: noted with the fact, sent by the keeper's thread to a real receiver, tried again, given up, replayed."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.clients import outbound_http
from ivr.clients.outbound_http import Outbound
from ivr.domain.call_records import AgentAttempt, Outcome, utc_now
from ivr.domain.dnc.import_file import NumberFile
from ivr.domain.signing import is_signed, new_secret
from ivr.domain.webhooks import GIVE_UP_AFTER_S, RETRY_AFTER_S, Webhook, retry_after_s, state_after
from ivr.storage.disk.journal import Journal, make_writer_name
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.stores import PostgresStores
from ivr.storage.postgres.webhook_outbox import WebhookOutbox
from keeper.flush import Flusher
from keeper.lost_calls import sweep_lost
from tests.helpers import wait_until
from tests.storage.conftest import AT, call, opt_out
from tests.storage.webhook_receiver import SEALER, Receiver, deliveries, hook, make_due, receiving, sending

MakeMenu = Callable[..., str]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def ended(**fields: Any):
    given = {"ended_at": AT + timedelta(seconds=9), "duration_ms": 9000, "outcome": Outcome.HUNG_UP}
    return call(**{**given, **fields})


def flush(database: str, directory: Path, *records: Any) -> None:
    directory.mkdir(exist_ok=True)
    journal = Journal(directory, make_writer_name("test"))
    for record in records:
        journal.append("call_ended", record)
    journal.close()
    pool = Database(database)
    Flusher(directory, pool).flush()
    pool.close()


def test_the_end_of_a_call_is_told_once_signed_with_its_record(
    stores: PostgresStores, database: str, receiver: Receiver, tmp_path: Path
) -> None:
    webhook, secret = hook(stores, receiver.url, "call.ended", "call.transferred")
    record = ended(outcome=Outcome.TRANSFERRED, agent=[AgentAttempt("sip:a@192.0.2.1", "answered", None)])
    flush(database, tmp_path / "journal", record)
    flush(database, tmp_path / "again", record)  # a keeper that died between commit and removal
    with sending(database):
        wait_until(lambda: len(receiver.got) == 2, 10, "both messages came")
        wait_until(lambda: {each[1] for each in deliveries(stores, webhook)} == {"delivered"}, 5, "they are settled")
    told = {body["type"]: body for body in receiver.bodies()}
    assert set(told) == {"call.ended", "call.transferred"}
    assert told["call.ended"]["data"]["call_id"] == record.call_id
    assert told["call.ended"]["data"]["agent"][0]["uri"] == "sip:a@192.0.2.1"
    for headers, body in receiver.got:
        assert is_signed(secret, headers, body, time.time())
        assert not is_signed(new_secret(), headers, body, time.time())
        assert headers["content-type"] == "application/json"


def test_a_call_that_is_found_lost_has_ended_for_whoever_wants_to_hear_of_it(
    stores: PostgresStores, database: str, receiver: Receiver, tmp_path: Path
) -> None:
    webhook, _ = hook(stores, receiver.url, "call.ended")
    record = call(started_at=utc_now() - timedelta(hours=3))
    stores.calls.started(record)
    stores.calls.started(replace(call(started_at=record.started_at), call_id="call_tried", test=True))
    assert sweep_lost(tmp_path, stores.database) == 2
    page = stores.webhooks.deliveries(webhook.webhook_id)
    assert [(each.event, each.subject) for each in page.items] == [("call.ended", record.call_id)]
    flush(database, tmp_path / "journal", replace(record, outcome=Outcome.HUNG_UP, ended_at=utc_now(), duration_ms=1))
    assert len(stores.webhooks.deliveries(webhook.webhook_id).items) == 1, "an end after all is the same end"


def test_a_journal_of_an_earlier_version_is_told_as_far_as_it_knows(
    stores: PostgresStores, database: str, receiver: Receiver, tmp_path: Path
) -> None:
    webhook, _ = hook(stores, receiver.url, "call.ended", "agent.unreachable")
    document = ended().to_json() | {"agent": [{"uri": "sip:a@192.0.2.1", "result": "unreachable", "cause": "X"}]}
    del document["ivr_id"], document["test"]
    flush(database, tmp_path / "journal", document)
    assert sorted(each[0] for each in deliveries(stores, webhook)) == ["agent.unreachable", "call.ended"]


def test_every_fact_is_noted_with_it_and_only_for_who_wants_it(
    stores: PostgresStores, database: str, receiver: Receiver, make_menu: MakeMenu, tmp_path: Path
) -> None:
    unwanted = make_menu()
    everything, _ = hook(
        stores, receiver.url, "call.ended", "dnc.added", "ivr.changed", "agent.unreachable", "call.transferred"
    )
    menu = make_menu("+14155550100")
    of_one, _ = hook(stores, receiver.url, "ivr.changed", "call.ended", ivr_id=menu)
    stores.menus.edit(unwanted, lambda document: {**document, "name": "Other"}, actor="test")
    stores.menus.edit(menu, lambda document: {**document, "name": "New"}, actor="test")
    stores.dnc.record(opt_out())
    away = [AgentAttempt("sip:a@192.0.2.1", "unreachable", "X"), AgentAttempt("sip:b@192.0.2.1", "busy", "X")]
    flush(
        database, tmp_path / "journal",
        ended(ivr_id=menu, ivr_version=1, agent=away), ended(ivr_id=unwanted, ivr_version=1, agent=away),
    )  # fmt: skip
    events = [each[0] for each in deliveries(stores, everything)]
    assert sorted(events) == [
        "agent.unreachable",  # one of two calls within ten minutes
        "call.ended", "call.ended", "dnc.added", "ivr.changed", "ivr.changed", "ivr.changed", "ivr.changed",
    ]  # fmt: skip
    assert sorted(each[0] for each in deliveries(stores, of_one)) == ["call.ended", "ivr.changed"]


def test_an_import_is_told_once_with_where_its_numbers_begin(
    stores: PostgresStores, database: str, receiver: Receiver
) -> None:
    webhook, _ = hook(stores, receiver.url, "dnc.added", "dnc.imported")
    stores.dnc.record(opt_out())
    content = b"number\n+14155550111\n+14155550112\n+14155550112\n"
    for _ in range(2):  # the second time nothing is added, and nothing is told
        stores.dnc.import_numbers(NumberFile(BytesIO(content)), actor="key_1")
    assert sorted(each[0] for each in deliveries(stores, webhook)) == ["dnc.added", "dnc.imported"]
    with sending(database):
        wait_until(lambda: len(receiver.got) == 2, 5, "both messages")
    (told,) = [each["data"] for each in receiver.bodies() if each["type"] == "dnc.imported"]
    assert told == {
        "list_id": "default", "actor": "key_1", "numbers": 3, "added": 2, "passed_over": 0, "since": 1,
        "from_seq": 2, "to_seq": 3,
    }  # fmt: skip
    numbers = [each.number for each in stores.dnc.changes("default", told["since"], limit=10)]
    assert numbers == ["+14155550111", "+14155550112"]


def test_a_change_that_is_taken_back_is_not_told(
    stores: PostgresStores, receiver: Receiver, make_menu: MakeMenu
) -> None:
    menu = make_menu()
    webhook, _ = hook(stores, receiver.url, "ivr.changed")

    def fail(_: object) -> dict[str, Any]:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        stores.menus.edit(menu, fail, actor="test")
    assert deliveries(stores, webhook) == []


def _waits_after(stores: PostgresStores, webhook: Webhook, tries: int, answered: int) -> bool:
    _, state, tried, status, _ = deliveries(stores, webhook)[0]
    return (state, tried, status) == ("waiting", tries, answered)


def test_what_fails_is_tried_again_with_the_same_message_until_it_is_taken(
    stores: PostgresStores, database: str, receiver: Receiver
) -> None:
    webhook, _ = hook(stores, receiver.url, "dnc.added")
    receiver.statuses = [500, 307, 204]
    stores.dnc.record(opt_out())
    with sending(database):
        for tries, answered in ((1, 500), (2, 307)):
            wait_until(partial(_waits_after, stores, webhook, tries, answered), 10, f"it waits after {tries}")
            assert len(receiver.got) == tries
            make_due(database)
        wait_until(lambda: deliveries(stores, webhook)[0][1] == "delivered", 10, "it was taken")
    assert deliveries(stores, webhook) == [("dnc.added", "delivered", 3, 204, None)]
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len({body for _, body in receiver.got}) == 1
    assert len(receiver.got) == 3  # the redirect was not followed


def test_after_a_day_a_delivery_is_dead_and_can_be_replayed(
    stores: PostgresStores, database: str, receiver: Receiver
) -> None:
    webhook, _ = hook(stores, receiver.url, "dnc.added")
    receiver.statuses = [503]
    stores.dnc.record(opt_out())
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("update webhook_delivery set waits_since = waits_since - interval '1 day'")
    with sending(database) as sender:
        wait_until(lambda: deliveries(stores, webhook)[0][1] == "dead", 10, "it is dead")
        assert sender.counters["dead"] == 1
        receiver.statuses = [200]
        assert stores.webhooks.replay_dead(webhook.webhook_id, actor="test") == 1
        wait_until(lambda: deliveries(stores, webhook)[0][1] == "delivered", 10, "it was taken")
        message_id = stores.webhooks.deliveries(webhook.webhook_id).items[0].message_id
        assert stores.webhooks.replay(webhook.webhook_id, message_id, actor="test") is not None
        wait_until(lambda: len(receiver.got) == 3, 10, "it came again")
    assert stores.webhooks.replay(webhook.webhook_id, "msg_none", actor="test") is None


def test_a_receiver_that_is_gone_for_good_ends_its_webhook(
    stores: PostgresStores, database: str, receiver: Receiver
) -> None:
    webhook, _ = hook(stores, receiver.url, "dnc.added")
    receiver.statuses = [410]
    stores.dnc.record(opt_out())
    with sending(database):
        wait_until(lambda: deliveries(stores, webhook)[0][1] == "dead", 10, "it is dead")
    stored = stores.webhooks.find(webhook.webhook_id)
    assert stored is not None
    assert not stored.active
    assert "410" in str(stored.why_inactive)
    stores.dnc.record(opt_out("+14805550001"))
    assert len(deliveries(stores, webhook)) == 1


def test_private_addresses_are_refused_unless_a_setting_allows_them(
    stores: PostgresStores, database: str, receiver: Receiver
) -> None:
    webhook, _ = hook(stores, receiver.url, "dnc.added")
    stores.dnc.record(opt_out())
    with sending(database, allow_private=False):
        wait_until(lambda: deliveries(stores, webhook)[0][4] is not None, 10, "it was tried")
    assert deliveries(stores, webhook) == [("dnc.added", "waiting", 1, None, "private_address")]
    assert receiver.got == []


def test_after_a_rotation_both_secrets_sign_for_a_day(
    stores: PostgresStores, database: str, receiver: Receiver
) -> None:
    webhook, old = hook(stores, receiver.url, "dnc.added")
    new = new_secret()
    assert stores.webhooks.rotate(webhook.webhook_id, SEALER.seal(new), actor="test") is not None
    stores.webhooks.ping(webhook.webhook_id, actor="test")
    with sending(database):
        wait_until(lambda: len(receiver.got) == 1, 10, "the ping came")
        headers, body = receiver.got[0]
        assert is_signed(old, headers, body, time.time())
        assert is_signed(new, headers, body, time.time())
        assert json.loads(body)["type"] == "ping"
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("update webhook set previous_until = clock_timestamp()")
        stores.webhooks.ping(webhook.webhook_id, actor="test")
        wait_until(lambda: len(receiver.got) == 2, 10, "the second ping came")
    headers, body = receiver.got[1]
    assert not is_signed(old, headers, body, time.time())
    assert is_signed(new, headers, body, time.time())


def test_a_receiver_that_never_ends_its_answer_is_cut_off_and_holds_up_no_other(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would drip for three hours. The time is up as soon as it drips."""
    asked_s = []

    class WhenItDrips(threading.Thread):
        def __init__(self, interval: float, cut: Callable[[], None]) -> None:
            super().__init__()
            asked_s.append(interval)
            self.cut = cut

        def run(self) -> None:
            receiver.drips.wait(20)
            self.cut()

        def cancel(self) -> None:
            return

    monkeypatch.setattr(outbound_http.threading, "Timer", WhenItDrips)
    outbound = Outbound(allow_private=True, timeout_s=20, whole_s=0.5)
    assert outbound.post(receiver.url + "/drip", b"{}", {}).status == 200
    assert asked_s == [0.5]


def test_the_old_is_removed_and_what_waits_is_not(
    stores: PostgresStores, database: str, receiver: Receiver
) -> None:
    webhook, _ = hook(stores, receiver.url, "dnc.added")
    for number in ("+14805550001", "+14805550002", "+14805550003"):
        stores.dnc.record(opt_out(number))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("update webhook_message set at = at - interval '8 days'")
        connection.execute("update webhook_delivery set created_at = created_at - interval '8 days'")
        connection.execute(
            "update webhook_delivery set state = case when message_id = (select min(message_id) from"
            " webhook_delivery) then 'delivered' when message_id = (select max(message_id) from webhook_delivery)"
            " then 'dead' else 'waiting' end"
        )
    pool = Database(database)
    assert WebhookOutbox(pool).prune() == 1
    pool.close()
    assert sorted(each[1] for each in deliveries(stores, webhook)) == ["dead", "waiting"]


@given(st.integers(1, 300), st.floats(0, 1, exclude_max=True), st.floats(0, 2 * GIVE_UP_AFTER_S))
def test_what_others_wait_for_is_tried_every_ten_minutes_for_a_day_by_the_clock(
    attempts: int, chance: float, waited_s: float
) -> None:
    wait_s = retry_after_s(attempts, chance, ordered=True, waited_s=waited_s)
    assert (wait_s is None) == (waited_s >= GIVE_UP_AFTER_S)
    if wait_s is not None:
        assert 4 <= wait_s <= 720


@given(st.integers(1, 30), st.floats(0, 1, exclude_max=True))
def test_tries_take_about_a_day_in_all_and_then_end(attempts: int, chance: float) -> None:
    wait_s = retry_after_s(attempts, chance)
    if attempts > len(RETRY_AFTER_S):
        assert wait_s is None
    else:
        assert wait_s is not None
        assert 0.8 * RETRY_AFTER_S[attempts - 1] <= wait_s <= 1.2 * RETRY_AFTER_S[attempts - 1]
    assert 22 * 3600 < sum(RETRY_AFTER_S) < 28 * 3600


@pytest.mark.parametrize(
    ("attempts", "came", "state"),
    [
        (1, {"taken": True}, "delivered"),
        (99, {"taken": True, "ordered": True, "waited_s": 2 * GIVE_UP_AFTER_S}, "delivered"),
        (1, {"taken": False}, "waiting"),
        (1, {"taken": False, "refused": True}, "dead"),
        (len(RETRY_AFTER_S), {"taken": False}, "waiting"),
        (len(RETRY_AFTER_S) + 1, {"taken": False}, "dead"),
        (99, {"taken": False, "ordered": True, "waited_s": GIVE_UP_AFTER_S - 1}, "waiting"),
        (1, {"taken": False, "ordered": True, "waited_s": GIVE_UP_AFTER_S}, "dead"),
    ],
)
def test_what_a_message_is_after_an_attempt(attempts: int, came: dict[str, Any], state: str) -> None:
    found, wait_s = state_after(attempts, **came)
    assert found == state
    assert (wait_s > 0) is (state == "waiting")
