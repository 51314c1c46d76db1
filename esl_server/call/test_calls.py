"""Test calls: the menu that a ticket stands for."""

from __future__ import annotations

from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.menu_cache import CompiledMenus
from esl_server.switch.session import ChannelData
from ivr.domain.call_records import CallRecord
from ivr.domain.errors import StorageUnavailable
from ivr.domain.numbers import E164
from ivr.domain.tickets import TELEPHONE_VARIABLE, TESTED, TICKET


def find_menu(menus: CompiledMenus, record: CallRecord) -> CompiledMenu | None:
    """The menu of the DID or ticket dialled, None when there is none; raises StorageUnavailable."""
    if record.did is not None:
        return menus.find(record.did)
    if not TICKET.fullmatch(record.did_raw):
        return None
    found = menus.find_ticket(record.did_raw)
    if found is None:
        return None
    _mark(record, found[1])
    return found[0]


def mark_taken_over(menus: CompiledMenus, record: CallRecord) -> None:
    """Mark a taken-over test call: its call state proves that the ticket was valid, though it may have expired."""
    if not TICKET.fullmatch(record.did_raw):
        return
    try:
        found = menus.find_ticket(record.did_raw)
    except StorageUnavailable:
        found = None
    _mark(record, found[1] if found else None)


def needs_sample_agent(record: CallRecord, channel: ChannelData) -> bool:
    """Whether a real switch makes this test call, to somebody's telephone: it would dial the real agent. The phone of
    the page has an agent of its own."""
    return record.test and channel.find_raw(f"variable_{TELEPHONE_VARIABLE}") is not None


def _mark(record: CallRecord, did: E164 | None) -> None:
    record.test, record.did, record.did_raw = True, did, did or TESTED
