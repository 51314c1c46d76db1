"""/bin: what was deleted and can still be brought back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Response

from admin.bin.schema import BIN_ID_PATH, BinPageSchema, RestoredSchema
from admin.bin.service import BinService
from admin.http.models import PageQuery
from admin.http.problems import not_found
from admin.http.rank import need_rank
from admin.http.routing import Answer, ApiCall, Routes, json_answer
from admin.http.views import maybe_time, page_json, time_json
from ivr.domain.retention import Retention
from ivr.ports.bin import BinEntry, BinStore

routes = Routes("bin", BIN_ID_PATH)


@routes(
    "GET",
    "/bin",
    scope="read",
    query=PageQuery,
    answers=(Answer(200, "What was deleted last comes first", BinPageSchema),),
    problems=(422,),
)
def list_bin(call: ApiCall) -> Response:
    """List what was deleted and can still be restored.

    Deleted menus, with their prompts, versions and tests, and deleted agents are kept for DIGITREE_KEEP_BIN_DAYS
    days.
    """
    days = call.service(Retention).bin
    page = call.service(BinStore).list(limit=call.query.limit, cursor=call.query.cursor)
    return json_answer(page_json(page, (_entry_json(each, days) for each in page.items)))


@routes(
    "POST",
    "/bin/<bin_id>/restore",
    scope="write",
    answers=(Answer(200, "It is there again", RestoredSchema),),
    problems=(404, 409, 422),
)
def restore_bin(call: ApiCall) -> Response:
    """Restore a deleted menu with its prompts, versions and tests, or a deleted agent, as it was.

    It needs the scope that the deletion needed. An agent is refused (409) while another one has its name. Of a menu's
    numbers those lead to it again that have no other menu meanwhile; the others are `taken`.
    """
    restored = call.service(BinService).restore(_bin_id(call), actor=call.actor, check=_rank_of(call))
    entry, taken = restored.entry, set(restored.taken)
    return json_answer(
        {
            "kind": entry.kind,
            "id": entry.subject,
            "name": entry.name,
            "numbers": [number for number in entry.numbers if number not in taken],
            "taken": list(restored.taken),
        }
    )


@routes(
    "DELETE",
    "/bin/<bin_id>",
    scope="write",
    answers=(Answer(204, "It is gone for good"),),
    problems=(404, 422),
)
def delete_bin(call: ApiCall) -> Response:
    """Delete for good what is in the bin."""
    call.service(BinService).delete(_bin_id(call), actor=call.actor, check=_rank_of(call))
    return Response(status=204)


def _rank_of(call: ApiCall) -> Callable[[BinEntry], None]:
    """As for the deletion itself."""
    return lambda entry: need_rank(call.principal, {"admin"} if entry.guarded else ())


def _bin_id(call: ApiCall) -> str:
    text = call.path["bin_id"]
    if not text.isascii() or not text.isprintable():
        raise not_found("the bin has no such entry", "bin_entry_not_found")
    return text


def _entry_json(entry: BinEntry, days: int) -> dict[str, Any]:
    until = entry.deleted_at + timedelta(days=days) if days else None
    return {
        "id": entry.bin_id,
        "kind": entry.kind,
        "subject": entry.subject,
        "name": entry.name,
        "numbers": list(entry.numbers),
        "actor": entry.actor,
        "deleted_at": time_json(entry.deleted_at),
        "kept_until": maybe_time(until),
    }
