"""Menus in Postgres: order, versions, DIDs, and two who write at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ivr.domain.errors import DidsBound, DidTaken, InvalidCursor, MenuNotFound, VersionReplaced
from ivr.ports.menus import Prompt
from ivr.storage.postgres.stores import PostgresStores
from tests.storage.conftest import AT, DID, DOCUMENT, OTHER_DID, put_prompt

MakeMenu = Callable[..., str]


def prompt(ivr_id: str, audio: str = "welcome.wav", file: str = "a", **fields: Any) -> Prompt:
    given: dict[str, Any] = {
        "source": "tts", "duration_ms": 1500, "cost_usd": Decimal("0.015"), "created_at": AT, "voice": "joe",
        "model": "en_US-joe-medium", "text": "Hi.",
    }  # fmt: skip
    return Prompt(ivr_id=ivr_id, audio=audio, file=file * 32 + ".wav", **{**given, **fields})


def rename(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda document: {**document, "name": name}


def test_a_new_menu_is_a_draft_of_version_one_in_the_authors_order(stores: PostgresStores) -> None:
    document = {"name": "m", "nodes": {"zebra": {"gather": {"9": "a", "1": "a"}}, "a": {"action": "hangup"}}}
    made = stores.menus.create("ivr_abcdef", document, actor="key_1")
    stored = stores.menus.get("ivr_abcdef")
    assert stored == made
    assert (stored.status, stored.version, stored.dids, stored.prompts) == ("draft", 1, (), {})
    assert list(stored.document["nodes"]) == ["zebra", "a"]
    assert list(stored.document["nodes"]["zebra"]["gather"]) == ["9", "1"]
    assert stored.created_at.tzinfo is not None


def test_many_menus_are_read_at_once_in_the_order_asked_without_those_that_are_gone(
    stores: PostgresStores, make_menu: MakeMenu
) -> None:
    first, second = make_menu(), make_menu()
    found = stores.menus.get_many((second, "ivr_goneforever", first))
    assert list(found) == [stores.menus.get(second), stores.menus.get(first)]


def test_a_menu_that_is_not_there_is_not_found_by_anything(stores: PostgresStores) -> None:
    menus = stores.menus
    with pytest.raises(MenuNotFound):
        menus.get("ivr_nobody")
    with pytest.raises(MenuNotFound):
        menus.edit("ivr_nobody", dict, actor="test")
    with pytest.raises(MenuNotFound):
        menus.delete("ivr_nobody", actor="test")
    with pytest.raises(MenuNotFound):
        menus.assign("ivr_nobody", DID, actor="test")
    with pytest.raises(MenuNotFound):
        put_prompt(menus, prompt("ivr_nobody"), actor="test")
    assert menus.find_version("ivr_nobody", 1) is None


def test_every_change_is_a_version_and_the_old_ones_stay(stores: PostgresStores, make_menu: MakeMenu) -> None:
    ivr_id = make_menu()
    changed = stores.menus.edit(ivr_id, rename("other"), actor="test")
    assert (changed.version, changed.name) == (2, "other")
    assert changed.updated_at > changed.created_at
    first = stores.menus.find_version(ivr_id, 1)
    assert first is not None
    assert first.tree.name == "Plumber"
    assert stores.menus.find_version(ivr_id, 3) is None


def test_writing_the_same_again_makes_no_version_and_another_order_does(
    stores: PostgresStores, make_menu: MakeMenu
) -> None:
    ivr_id = make_menu()
    assert stores.menus.edit(ivr_id, dict, actor="test").version == 1

    def backwards(document: dict[str, Any]) -> dict[str, Any]:
        return {**document, "nodes": dict(reversed(document["nodes"].items()))}

    changed = stores.menus.edit(ivr_id, backwards, actor="test")
    assert changed.version == 2
    assert next(iter(changed.document["nodes"])) == "dnc"


def test_a_change_that_raises_changes_nothing(stores: PostgresStores, make_menu: MakeMenu) -> None:
    ivr_id = make_menu()

    def fail(_document: dict[str, Any]) -> dict[str, Any]:
        raise KeyError("no")

    with pytest.raises(KeyError):
        stores.menus.edit(ivr_id, fail, actor="test")
    assert stores.menus.get(ivr_id).version == 1


def test_a_client_that_expects_another_version_is_refused(stores: PostgresStores, make_menu: MakeMenu) -> None:
    ivr_id = make_menu()
    stores.menus.edit(ivr_id, rename("x"), actor="test", expected_version=1)
    with pytest.raises(VersionReplaced) as refused:
        stores.menus.edit(ivr_id, rename("y"), actor="test", expected_version=1)
    assert refused.value.current == 2


def test_changes_at_the_same_time_all_count(stores: PostgresStores, make_menu: MakeMenu) -> None:
    ivr_id = make_menu()

    def add(number: int) -> None:
        def change(document: dict[str, Any]) -> dict[str, Any]:
            return {**document, "nodes": {**document["nodes"], f"n{number}": {"action": "hangup"}}}

        stores.menus.edit(ivr_id, change, actor=f"key_{number}")

    threads = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = stores.menus.get(ivr_id)
    assert stored.version == 13
    assert {f"n{number}" for number in range(12)} < set(stored.document["nodes"])


class TestPrompts:
    def test_a_prompt_makes_a_version_that_calls_read(self, stores: PostgresStores, make_menu: MakeMenu) -> None:
        ivr_id = make_menu()
        stored = put_prompt(stores.menus, prompt(ivr_id), actor="test")
        assert stored.version == 2
        assert stored.prompts == {"welcome.wav": prompt(ivr_id)}
        assert stored.prompts["welcome.wav"].cost_usd == Decimal("0.015")
        published = stores.menus.find_version(ivr_id, 2)
        assert published == stored.published()
        assert published is not None
        assert published.prompts["welcome.wav"].file == "a" * 32 + ".wav"

    def test_the_same_file_again_makes_no_version(self, stores: PostgresStores, make_menu: MakeMenu) -> None:
        ivr_id = make_menu()
        put_prompt(stores.menus, prompt(ivr_id), actor="test")
        again = put_prompt(stores.menus, prompt(ivr_id, voice="rachel", cost_usd=Decimal(0)), actor="test")
        assert again.version == 2
        assert again.prompts["welcome.wav"].voice == "rachel"

    def test_an_older_version_keeps_its_own_file(self, stores: PostgresStores, make_menu: MakeMenu) -> None:
        ivr_id = make_menu()
        put_prompt(stores.menus, prompt(ivr_id, file="a"), actor="test")
        put_prompt(stores.menus, prompt(ivr_id, file="b"), actor="test")
        old = stores.menus.find_version(ivr_id, 2)
        assert old is not None
        assert old.prompts["welcome.wav"].file == "a" * 32 + ".wav"

    def test_every_spoken_prompt_is_charged_exactly(self, stores: PostgresStores, make_menu: MakeMenu) -> None:
        ivr_id = make_menu()
        for file in "abc":
            put_prompt(stores.menus, prompt(ivr_id, file=file, cost_usd=Decimal("0.0100001")), actor="test")
        put_prompt(stores.menus, prompt(ivr_id, file="d", source="upload", cost_usd=Decimal(0)), actor="test")
        with stores.database.transaction() as connection:
            row = connection.execute("select sum(cost_usd) as total, count(*) as n from tts_charge").fetchone()
        assert row is not None
        assert (row["total"], row["n"]) == (Decimal("0.030000"), 3)

    def test_a_prompt_with_variables_and_its_parts_are_one_version(
        self, stores: PostgresStores, make_menu: MakeMenu
    ) -> None:
        ivr_id = make_menu()
        parts = [prompt(ivr_id, f"said-{letter * 24}.wav", letter, cost_usd=Decimal(0)) for letter in "bc"]
        text = "Hello {name}. Bye."
        stored = put_prompt(stores.menus, prompt(ivr_id, text=text), actor="test", parts=parts)
        assert stored.version == 2
        published = stores.menus.find_version(ivr_id, 2)
        assert published is not None
        assert published == stored.published()
        assert len(published.prompts) == 3
        assert (published.prompts["welcome.wav"].template, published.prompts["welcome.wav"].voice) == (text, "joe")
        assert published.prompts[parts[0].audio].template is None
        again = put_prompt(stores.menus, prompt(ivr_id, text=text), actor="test", parts=parts)
        assert again.version == 2
        # The file shows what it is like, and may be the same for another variable.
        other = put_prompt(stores.menus, prompt(ivr_id, text="Hello {nick}. Bye."), actor="test", parts=parts)
        assert other.version == 3

    def test_a_restored_version_says_its_own_variables(self, stores: PostgresStores, make_menu: MakeMenu) -> None:
        ivr_id = make_menu()
        for text in ("Hello {name}.", "Hello {nick}."):
            put_prompt(stores.menus, prompt(ivr_id, text=text), actor="test")
        back = stores.menus.restore(ivr_id, 2, actor="test", playable=lambda file: True)
        assert back.prompts["welcome.wav"].template == "Hello {name}."
        assert back.version == 4
        assert stores.menus.restore(ivr_id, 2, actor="test", playable=lambda file: True).version == 4

    def test_a_recording_says_no_variables(self, stores: PostgresStores, make_menu: MakeMenu) -> None:
        ivr_id = make_menu()
        upload = prompt(ivr_id, source="upload", voice=None, model=None, text=None)
        stored = put_prompt(stores.menus, upload, actor="test")
        assert stored.published().prompts["welcome.wav"].template is None


class TestDids:
    def test_a_menu_is_live_while_a_did_leads_to_it(self, stores: PostgresStores, make_menu: MakeMenu) -> None:
        ivr_id = make_menu()
        assert stores.menus.assign(ivr_id, DID, actor="test").status == "live"
        assert stores.menus.assign(ivr_id, DID, actor="test").dids == (DID,)
        stores.menus.unassign(ivr_id, DID, actor="test")
        assert stores.menus.get(ivr_id).status == "draft"

    def test_a_did_of_another_menu_is_refused_unless_it_is_to_be_replaced(
        self, stores: PostgresStores, make_menu: MakeMenu
    ) -> None:
        owner, other = make_menu(DID), make_menu()
        with pytest.raises(DidTaken) as refused:
            stores.menus.assign(other, DID, actor="test")
        assert (refused.value.did, refused.value.ivr_id) == (DID, owner)
        assert stores.menus.assign(other, DID, actor="test", replace=True).dids == (DID,)
        assert stores.menus.get(owner).dids == ()

    def test_a_did_that_does_not_lead_here_cannot_be_taken_away(
        self, stores: PostgresStores, make_menu: MakeMenu
    ) -> None:
        make_menu(DID)
        other = make_menu()
        with pytest.raises(MenuNotFound):
            stores.menus.unassign(other, DID, actor="test")

    def test_of_two_menus_that_want_one_did_at_once_one_gets_it(
        self, stores: PostgresStores, make_menu: MakeMenu
    ) -> None:
        menus = [make_menu() for _ in range(6)]
        outcomes: list[str] = []

        def claim(ivr_id: str) -> None:
            try:
                stores.menus.assign(ivr_id, DID, actor="test")
                outcomes.append("mine")
            except DidTaken:
                outcomes.append("taken")

        threads = [threading.Thread(target=claim, args=(ivr_id,)) for ivr_id in menus]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["mine"] + ["taken"] * 5

    def test_a_live_menu_is_deleted_only_by_force_and_its_dids_are_free_then(
        self, stores: PostgresStores, make_menu: MakeMenu
    ) -> None:
        ivr_id = make_menu(DID, OTHER_DID)
        with pytest.raises(DidsBound) as refused:
            stores.menus.delete(ivr_id, actor="test")
        assert refused.value.dids == [DID, OTHER_DID]
        stores.menus.delete(ivr_id, actor="test", force=True)
        with pytest.raises(MenuNotFound):
            stores.menus.get(ivr_id)
        assert stores.menus.assign(make_menu(), DID, actor="test").dids == (DID,)

    def test_dids_are_listed_in_the_order_of_the_numbers(self, stores: PostgresStores, make_menu: MakeMenu) -> None:
        ivr_id = make_menu(OTHER_DID, DID, "+442079460958")
        page = stores.menus.list_dids(limit=2)
        assert [each.did for each in page.items] == [DID, OTHER_DID]
        rest = stores.menus.list_dids(limit=2, cursor=page.next_cursor)
        assert [(each.did, each.ivr_id) for each in rest.items] == [("+442079460958", ivr_id)]
        assert rest.next_cursor is None


def test_a_list_goes_through_all_menus_newest_first_also_while_new_ones_come(
    stores: PostgresStores, make_menu: MakeMenu
) -> None:
    made = [make_menu() for _ in range(7)]
    seen, cursor = [], None
    while True:
        page = stores.menus.list(limit=3, cursor=cursor)
        seen += [each.ivr_id for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
        make_menu()
    assert seen == made[::-1]


@pytest.mark.parametrize(
    "cursor", ["", "x", "%%%", "W10", "WyJhIiwiYiJd", "bnVsbA", "W1sxXSxbMl1d", "é", "WyJcdTAwMDAiXQ"]
)
def test_a_cursor_of_somebody_else_is_refused(stores: PostgresStores, cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        stores.menus.list(cursor=cursor)
    with pytest.raises(InvalidCursor):
        stores.dnc.list(cursor=cursor)
    with pytest.raises(InvalidCursor):
        stores.calls.list(cursor=cursor)
    with pytest.raises(InvalidCursor):
        stores.audit.list(cursor=cursor)


def test_the_audit_log_knows_who_changed_what_and_how_it_was_before(
    stores: PostgresStores, make_menu: MakeMenu
) -> None:
    ivr_id = make_menu(DID)
    stores.menus.edit(ivr_id, rename("new"), actor="key_2")
    put_prompt(stores.menus, prompt(ivr_id), actor="key_3")
    stores.menus.delete(ivr_id, actor="key_4", force=True)
    stores.audit.add("key_5", "key.revoke", "key_9", before={"a": 1})
    log = list(reversed(stores.audit.list().items))
    assert [(each.actor, each.action) for each in log] == [
        ("test", "ivr.create"), ("test", "did.assign"), ("key_2", "ivr.change"), ("key_3", "prompt.put"),
        ("key_4", "ivr.delete"), ("key_5", "key.revoke"),
    ]  # fmt: skip
    change = log[2]
    assert (change.before["name"], change.after["name"]) == ("Plumber", "new")
    assert log[4].before["document"]["name"] == "new"
    assert [each.action for each in stores.audit.list(subject=DID).items] == ["did.assign"]
    first = stores.audit.list(limit=4)
    assert len(stores.audit.list(limit=4, cursor=first.next_cursor).items) == 2


def test_what_is_stored_is_what_was_given_even_when_the_caller_changes_it_later(stores: PostgresStores) -> None:
    document = {**DOCUMENT, "nodes": dict(DOCUMENT["nodes"])}
    stored = stores.menus.create("ivr_abcdef", document, actor="test")
    document["nodes"].clear()
    assert stores.menus.get("ivr_abcdef") == replace(stored)
