"""What webhooks are told of changed menus."""

from __future__ import annotations

from collections.abc import Sequence

from ivr.domain.call_records import new_id
from ivr.domain.webhooks import WebhookNote
from ivr.storage.postgres.database import Connection
from ivr.storage.postgres.webhook_outbox import note

_MENUS = """
    select i.id, i.version, i.name, array(select d.did from did d where d.ivr_id = i.id order by d.did) as dids
    from ivr i where i.id = any(%s)
"""


def note_menu_changes(connection: Connection, ivr_ids: Sequence[str]) -> None:
    """Each menu as this transaction leaves it; to be called after its last statement about them, with their rows
    locked."""
    rows = {row.pop("id"): row for row in connection.execute(_MENUS, ([*ivr_ids],)).fetchall()}
    notes = [
        WebhookNote(
            new_id("msg_ivr"),
            "ivr.changed",
            ivr_id,
            ivr_id,
            {"ivr_id": ivr_id, "deleted": ivr_id not in rows, **rows.get(ivr_id, {})},
            order_key=f"menu {ivr_id}",
        )
        for ivr_id in ivr_ids
    ]
    note(connection, *notes)
