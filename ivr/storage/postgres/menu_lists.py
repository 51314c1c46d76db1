"""The lists of menus and of their numbers, sorted and searched."""

from __future__ import annotations

from typing import Any

from ivr.domain.searched import Searched
from ivr.ports.menus import DidBinding, MenuSummary
from ivr.ports.pages import ListPage
from ivr.storage.postgres.database import Connection
from ivr.storage.postgres.menu_rows import DRAFT_HEAD, read_head
from ivr.storage.postgres.searches import found_by, has_part
from ivr.storage.postgres.sorting import SortedList, SortKey, without_keys

_MENUS = SortedList(
    f"i.id as ivr_id, i.name, i.version, i.created_at, i.updated_at, {DRAFT_HEAD},"  # noqa: S608
    " array(select d.did from did d where d.ivr_id = i.id order by d.did) as dids",
    "ivr i",
    {
        "name": SortKey("lower(i.name)"),
        "created_at": SortKey("i.created_at", "time"),
        "updated_at": SortKey("i.updated_at", "time"),
    },
    "-created_at",
    "i.id",
)
_DIDS = SortedList(
    "d.did, d.ivr_id, d.assigned_at, d.language, i.name, coalesce(v.document -> 'languages', '[]') as languages",
    "did d join ivr i on i.id = d.ivr_id join ivr_version v on v.ivr_id = i.id and v.version = i.version",
    {"did": SortKey("d.did"), "name": SortKey("lower(i.name)"), "assigned_at": SortKey("d.assigned_at", "time")},
    "did",
    "d.did",
)


def list_menus(connection: Connection, search: Searched, **part: Any) -> ListPage[MenuSummary]:
    """`part` as SortedList.read takes it."""
    found, values = found_by(search, _name_has, _did_has)
    return _MENUS.read(connection, _summary, [found], values, **part)


def _summary(row: dict[str, Any]) -> MenuSummary:
    return MenuSummary(**{**without_keys(row), "draft": read_head(row["draft"])})


def list_dids(connection: Connection, search: Searched, **part: Any) -> ListPage[DidBinding]:
    found, values = found_by(search, _name_has, lambda digits: f"strpos(d.did, {digits}) > 0")
    return _DIDS.read(connection, lambda row: DidBinding(**without_keys(row)), [found], values, **part)


def _name_has(word: str) -> str:
    return has_part("i.name", word)


def _did_has(digits: str) -> str:
    return f"exists (select 1 from did d where d.ivr_id = i.id and strpos(d.did, {digits}) > 0)"  # noqa: S608
