"""Trunks in Postgres."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from ivr.domain.numbers import E164
from ivr.domain.trunks import model
from ivr.domain.trunks.errors import NumberOnOtherTrunk, TooManyTrunks, TrunkTaken
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Credentials, Registration, Trunk
from ivr.domain.trunks.networks import parse_network
from ivr.ports.trunks import StoredTrunk
from ivr.storage.postgres import trunks as postgres_trunks
from ivr.storage.postgres.stores import PostgresStores

ONE, OTHER = E164("+14155550100"), E164("+14155550101")
CARRIER = Trunk("carrier", allowed=(parse_network("198.51.100.0/24"),), numbers=(ONE,))
ACCOUNT = Trunk(
    "account",
    registration=Registration(Host("sip.example.com")),
    credentials=Credentials("1000", "x" * 100, realm="example.com"),
    numbers=(OTHER,),
)


def audited(stores: PostgresStores) -> list[tuple[str, str, str]]:
    return [(each.actor, each.action, each.subject) for each in stores.audit.list(limit=50).items]


def test_a_trunk_is_kept_whole_and_its_name_is_taken(stores: PostgresStores) -> None:
    stored = stores.trunks.create(CARRIER, actor="key_1")
    assert stored.trunk == CARRIER
    assert stores.trunks.find("carrier") == stored
    with pytest.raises(TrunkTaken):
        stores.trunks.create(replace(ACCOUNT, name="carrier"), actor="key_1")
    assert stores.trunks.find("carrier") == stored


def test_what_is_not_there_is_not_found_by_anything(stores: PostgresStores) -> None:
    assert stores.trunks.find("carrier") is None
    assert stores.trunks.edit("carrier", lambda each: each, actor="key_1") is None
    assert not stores.trunks.delete("carrier", actor="key_1")
    assert stores.trunks.all() == []


def test_trunks_are_listed_by_name_a_page_at_a_time(stores: PostgresStores) -> None:
    for trunk in (CARRIER, ACCOUNT):
        stores.trunks.create(trunk, actor="key_1")
    first = stores.trunks.list(limit=1)
    second = stores.trunks.list(limit=1, cursor=first.next_cursor)
    assert [each.trunk for each in (*first.items, *second.items)] == [ACCOUNT, CARRIER] == stores.trunks.all()
    assert second.next_cursor is None


def test_a_number_comes_by_one_trunk(stores: PostgresStores) -> None:
    stores.trunks.create(CARRIER, actor="key_1")
    with pytest.raises(NumberOnOtherTrunk, match=r"\+14155550100 comes by the trunk carrier"):
        stores.trunks.create(replace(ACCOUNT, numbers=(OTHER, ONE)), actor="key_1")
    assert stores.trunks.find("account") is None
    stores.trunks.create(ACCOUNT, actor="key_1")
    with pytest.raises(NumberOnOtherTrunk):
        stores.trunks.edit("account", lambda each: replace(each, numbers=(ONE,)), actor="key_1")
    stores.trunks.edit("carrier", lambda each: replace(each, numbers=()), actor="key_1")
    moved = stores.trunks.edit("account", lambda each: replace(each, numbers=(ONE,)), actor="key_1")
    assert moved is not None
    assert moved.trunk.numbers == (ONE,)


def test_two_who_claim_a_number_at_once_do_not_both_get_it(stores: PostgresStores) -> None:
    for trunk in (replace(CARRIER, numbers=()), replace(ACCOUNT, numbers=())):
        stores.trunks.create(trunk, actor="key_1")
    held, waited = threading.Event(), threading.Event()
    made: list[StoredTrunk | None] = []

    def first(trunk: Trunk) -> Trunk:
        held.set()
        assert waited.wait(20)
        return replace(trunk, numbers=(ONE,))

    thread = threading.Thread(target=lambda: made.append(stores.trunks.edit("carrier", first, actor="a")))
    thread.start()
    assert held.wait(20)
    waited.set()
    with pytest.raises(NumberOnOtherTrunk):
        stores.trunks.edit("account", lambda each: replace(each, numbers=(ONE,)), actor="b")
    thread.join()
    assert [each.trunk.numbers for each in made if each] == [(ONE,)]


def test_every_change_is_in_the_audit_log_and_no_password(stores: PostgresStores) -> None:
    stores.trunks.create(ACCOUNT, actor="key_1")
    stores.trunks.edit("account", lambda each: each, actor="key_2")
    assert ACCOUNT.credentials is not None
    other = replace(ACCOUNT.credentials, sealed="y" * 100)
    stores.trunks.edit("account", lambda each: replace(each, credentials=other), actor="key_3")
    stores.trunks.delete("account", actor="key_4")
    assert audited(stores) == [
        ("key_4", "trunk.delete", "trunk/account"),
        ("key_3", "trunk.change", "trunk/account"),
        ("key_1", "trunk.create", "trunk/account"),
    ]
    entries = stores.audit.list(limit=50).items
    assert entries[1].after["secrets"] == "changed"
    assert "xxxx" not in str(entries)
    assert "yyyy" not in str(entries)


def test_what_a_check_refuses_is_not_deleted(stores: PostgresStores) -> None:
    stores.trunks.create(CARRIER, actor="key_1")

    def refuse(trunk: Trunk) -> None:
        raise LookupError(trunk.name)

    with pytest.raises(LookupError):
        stores.trunks.delete("carrier", actor="key_1", check=refuse)
    assert stores.trunks.find("carrier") is not None


def test_there_are_only_so_many_trunks(stores: PostgresStores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_trunks, "MAX_TRUNKS", 1)
    assert model.MAX_TRUNKS == 100
    stores.trunks.create(CARRIER, actor="key_1")
    with pytest.raises(TooManyTrunks):
        stores.trunks.create(ACCOUNT, actor="key_1")
    assert stores.trunks.all() == [CARRIER]
