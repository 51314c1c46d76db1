"""Agents in Postgres, and the menus that name them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from ivr.domain.agents import Agent, Target
from ivr.domain.errors import AgentInUse, AgentTaken
from ivr.domain.menu.published import parse_published_menu
from ivr.storage.menu_publisher import CachePublisher
from ivr.storage.postgres.stores import PostgresStores
from ivr.storage.redis.menu_cache import CacheReader, CacheWriter
from tests.helpers import SIGNED
from tests.storage.conftest import DID

SEALED = "gAAAA" + "x" * 95
SALES = Agent("sales", (Target("sip:a@192.0.2.1", "user", SEALED), Target("sip:b@192.0.2.2")), ring_s=7)
MENU = {"name": "m", "nodes": {"go": {"action": "transfer", "agent": "sales"}}}
PLAIN = {"name": "p", "nodes": {"go": {"action": "transfer"}}}


@pytest.fixture
def publisher(stores: PostgresStores, cache: str) -> CachePublisher:
    publisher = CachePublisher(stores.database, CacheWriter(cache, SIGNED))
    publisher.rebuild()
    return publisher


def test_an_agent_is_kept_whole_and_its_name_is_taken(stores: PostgresStores) -> None:
    stored = stores.agents.create(SALES, actor="key_1")
    assert stored.agent == SALES
    assert stores.agents.find("sales") == stored
    with pytest.raises(AgentTaken):
        stores.agents.create(replace(SALES, ring_s=1), actor="key_1")
    assert stores.agents.find("sales") == stored


def test_what_is_not_there_is_not_found_by_anything(stores: PostgresStores) -> None:
    assert stores.agents.find("sales") is None
    assert stores.agents.edit("sales", lambda agent: agent, actor="key_1") is None
    assert stores.agents.delete("sales", actor="key_1") is False
    assert stores.agents.existing(["sales"]) == set()


def test_agents_come_by_name_in_pages(stores: PostgresStores) -> None:
    for name in ("c", "a", "b"):
        stores.agents.create(replace(SALES, name=name), actor="key_1")
    page = stores.agents.list(limit=2)
    assert [each.agent.name for each in page.items] == ["a", "b"]
    rest = stores.agents.list(limit=2, cursor=page.next_cursor)
    assert ([each.agent.name for each in rest.items], rest.next_cursor) == (["c"], None)


def test_calls_read_the_agent_with_the_menu_and_each_change_is_a_version(
    stores: PostgresStores, publisher: CachePublisher, cache: str
) -> None:
    stores.menus.create("ivr_abcdef", MENU, actor="key_1")
    stores.menus.create("ivr_plain1", PLAIN, actor="key_1")
    stores.menus.assign("ivr_abcdef", DID, actor="key_1")
    publisher.publish()
    reader = CacheReader(cache, SIGNED, timeout_s=10)

    def live() -> tuple[int, dict[str, Agent]]:
        pointer = reader.pointer_of(DID)
        assert pointer is not None
        version = int(pointer.decode().split(":")[1])
        published = reader.menu("ivr_abcdef", version)
        assert published is not None
        return version, dict(published.agents)

    assert live() == (1, {})
    stores.agents.create(SALES, actor="key_1")
    publisher.publish()
    assert live() == (2, {"sales": SALES})
    stores.agents.edit("sales", lambda agent: replace(agent, ring_s=9), actor="key_1")
    publisher.publish()
    assert live() == (3, {"sales": replace(SALES, ring_s=9)})
    stores.agents.delete("sales", actor="key_1", force=True)
    publisher.publish()
    assert live() == (4, {})
    assert stores.menus.get("ivr_plain1").version == 1


def test_a_change_that_changes_nothing_makes_no_version(stores: PostgresStores) -> None:
    stores.menus.create("ivr_abcdef", MENU, actor="key_1")
    stores.agents.create(SALES, actor="key_1")
    stores.agents.edit("sales", lambda agent: agent, actor="key_1")
    assert stores.menus.get("ivr_abcdef").version == 2


def test_a_menu_knows_which_of_its_agents_exist(stores: PostgresStores) -> None:
    assert stores.menus.create("ivr_abcdef", MENU, actor="key_1").agents == ()
    stores.agents.create(SALES, actor="key_1")
    assert stores.menus.get("ivr_abcdef").agents == ("sales",)
    published = stores.menus.find_version("ivr_abcdef", 2)
    assert published is not None
    assert parse_published_menu(published.to_json()) == published
    assert published.agents == {"sales": SALES}


def test_an_agent_that_a_menu_names_is_deleted_by_force_alone(stores: PostgresStores) -> None:
    stores.agents.create(SALES, actor="key_1")
    stores.menus.create("ivr_abcdef", MENU, actor="key_1")
    with pytest.raises(AgentInUse, match="ivr_abcdef"):
        stores.agents.delete("sales", actor="key_1")
    assert stores.agents.delete("sales", actor="key_1", force=True) is True
    assert stores.agents.find("sales") is None


def test_no_password_is_in_the_audit_log(stores: PostgresStores) -> None:
    stores.agents.create(SALES, actor="key_1")
    stores.agents.edit("sales", lambda agent: replace(agent, ring_s=9), actor="key_1")
    stores.agents.delete("sales", actor="key_1")
    entries = stores.audit.list(subject="agent/sales").items
    assert [entry.action for entry in entries] == ["agent.delete", "agent.change", "agent.create"]
    assert SEALED not in json.dumps([[entry.before, entry.after] for entry in entries])
    assert SEALED not in repr(stores.agents.find("sales")) + repr(SALES)


def test_whoever_changes_menu_or_agent_last_calls_read_both_as_they_are(
    stores: PostgresStores, publisher: CachePublisher, cache: str
) -> None:
    """Menus take the agent on while it changes: whatever is published in the end has the agent's last state."""
    stores.agents.create(SALES, actor="key_1")
    ids = [f"ivr_race{number:02d}" for number in range(6)]
    for ivr_id in ids:
        stores.menus.create(ivr_id, PLAIN, actor="key_1")
        stores.menus.assign(ivr_id, f"+1415555{ids.index(ivr_id):04d}", actor="key_1")

    def run(work: Callable[[], object]) -> threading.Thread:
        thread = threading.Thread(target=work)
        thread.start()
        return thread

    def change_agent() -> None:
        for _ in range(10):
            stores.agents.edit("sales", lambda agent: replace(agent, ring_s=agent.ring_s + 1), actor="a")
            publisher.publish()

    def change_menus() -> None:
        for ivr_id in ids:
            stores.menus.edit(ivr_id, lambda _: MENU, actor="b")
            publisher.publish()

    for thread in [run(change_agent), run(change_menus)]:
        thread.join(30)
        assert not thread.is_alive()
    publisher.publish()
    reader = CacheReader(cache, SIGNED, timeout_s=10)
    for ivr_id in ids:
        published = reader.menu(ivr_id, stores.menus.get(ivr_id).version)
        assert published is not None
        assert published.agents["sales"].ring_s == SALES.ring_s + 10
