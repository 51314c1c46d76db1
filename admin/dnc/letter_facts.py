"""What the letter of a proof says of calls, checks and menus, gathered from their stores."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from admin.dnc.letter import MOST_CALLS, CallFacts, LetterFacts
from admin.dnc.proof import OptOutProof
from ivr.domain.call_records import CallRecord
from ivr.domain.dnc.events import DncEvent
from ivr.domain.errors import MenuNotFound, VersionNotFound
from ivr.domain.menu.kinds import find_kind
from ivr.domain.menu.suppress import SuppressNode
from ivr.domain.numbers import E164
from ivr.domain.system_prompts.languages import ENGLISH, find_text
from ivr.ports.calls import CallFilter, CallStore
from ivr.ports.dnc import Asked, DncStore
from ivr.ports.firm import Firm
from ivr.ports.menu_versions import MenuVersion, VersionStore
from ivr.ports.outgoing import OrderFilter, OrderStore

# Of the number's newest orders for calls that we make.
_ORDERS = 100


class Sources(NamedTuple):
    """The stores that a letter is written from."""

    dnc: DncStore
    calls: CallStore
    versions: VersionStore
    orders: OrderStore


def gather(proof: OptOutProof, firm: Firm, sources: Sources) -> LetterFacts:
    """Raises StorageUnavailable."""
    calls: dict[str, CallFacts] = {}
    for proved in proof.events:
        event = proved.event
        if event.call_id and event.call_id not in calls:
            calls[event.call_id] = _call(event, sources)
    number, since = proof.entry.number, _listed_since(proof)
    if number is None or since is None:
        return LetterFacts(proof, firm, calls, Asked(0, 0), 0, ())
    from_it = CallFilter(ani=number, since=since, test=False)
    # The call of the opt-out itself began before it.
    called_us = sources.calls.count(from_it, at_most=MOST_CALLS)
    return LetterFacts(
        proof, firm, calls, sources.dnc.asked(number, since), called_us, _dialled(E164(number), since, sources.orders)
    )


def _listed_since(proof: OptOutProof) -> datetime | None:
    """When the number came onto the list that it is on now; None: it is on it no more."""
    since = None
    for proved in proof.events:
        if proved.event.kind == "release":
            since = None
        elif since is None:
            since = proved.event.effective_at
    return since


def _call(event: DncEvent, sources: Sources) -> CallFacts:
    record = sources.calls.find(event.call_id) if event.call_id else None
    version = _version(event, sources.versions)
    menu = str(version.document.get("name", "")) if version else None
    if record is None:
        return CallFacts(menu=menu)
    return CallFacts(record.test, record.outgoing is not None, menu, _said_after(record, version, sources.dnc))


def _version(event: DncEvent, versions: VersionStore) -> MenuVersion | None:
    if event.ivr_id is None or event.ivr_version is None:
        return None
    try:
        return versions.get(event.ivr_id, event.ivr_version)
    except (MenuNotFound, VersionNotFound):
        return None


def _said_after(record: CallRecord, version: MenuVersion | None, dnc: DncStore) -> str | None:
    """What the opt-out said; None where that is not known."""
    nodes = version.document.get("nodes", {}) if version else {}
    for step in reversed(record.path):
        node = nodes.get(step.node)
        if step.result == "action" and node is not None and find_kind(node) is SuppressNode:
            if step.prompt is None:
                # Digitree's own sentence; in other languages it may have been heard in English.
                return ENGLISH.prompts["opted_out"] if record.language is None else None
            return step.heard or find_text(step.prompt) or dnc.words_of(step.prompt)
    return None


def _dialled(number: E164, since: datetime, orders: OrderStore) -> list[datetime]:
    found = orders.list(OrderFilter(to=number), limit=_ORDERS).items
    return [attempt.started_at for order in found for attempt in order.attempts if attempt.started_at >= since]
