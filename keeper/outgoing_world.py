"""What calls that we make depend on, as Postgres and the switch have it."""

from __future__ import annotations

from collections.abc import Callable

from ivr.domain.errors import MenuNotFound
from ivr.domain.menu.published import PublishedMenu
from ivr.domain.outgoing.model import NewOrder
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.menus import PostgresMenus
from ivr.storage.postgres.outgoing_listed import PostgresCallLists
from ivr.storage.postgres.trunks import PostgresTrunks
from keeper.dialler import World

_ACTOR = "outgoing"


def outgoing_world(database: Database, has_channel: Callable[[str], bool]) -> World:
    menus, lists = PostgresMenus(database), PostgresCallLists(database)

    def menu_of(ivr_id: str) -> PublishedMenu | None:
        try:
            return menus.find_version(ivr_id, menus.state(ivr_id).version)
        except MenuNotFound:
            return None

    def listed(order: NewOrder) -> str | None:
        return lists.find(order.to, order.dnc_list, order.lists, actor=_ACTOR)

    return World(PostgresTrunks(database).all, menu_of, listed, has_channel)
