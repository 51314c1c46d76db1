"""Calls that dial a ticket: test calls, and calls that we make. The menu that it stands for."""

from __future__ import annotations

from typing import NamedTuple

from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.menu_cache import CompiledMenus
from esl_server.switch.channel_data import ChannelData
from esl_server.switch.signalled import dialled_of
from ivr.domain.call_records import CallRecord
from ivr.domain.errors import StorageUnavailable
from ivr.domain.outgoing_ticket import Outgoing
from ivr.domain.tickets import RUNG, TELEPHONE_VARIABLE, TESTED, TICKET, Ticket, is_outgoing, rings_for_real

# Recorded in place of the ticket of a call that we make from a number that is not known any more.
_CALLED_OUT = "out"


class FoundMenu(NamedTuple):
    """`outgoing`: what a call that we make brings with it. `language`: that of the number's callers, or the one in
    which a test begins; empty: not known."""

    menu: CompiledMenu
    outgoing: Outgoing | None = None
    language: str = ""


def find_menu(menus: CompiledMenus, record: CallRecord) -> FoundMenu | None:
    """The menu of the DID or ticket dialled, None when there is none; raises StorageUnavailable."""
    if record.did is not None:
        found = menus.find(record.did)
        return FoundMenu(found[0], language=found[1]) if found is not None else None
    if not TICKET.fullmatch(record.did_raw):
        return None
    with_ticket = menus.find_ticket(record.did_raw)
    if with_ticket is None:
        return None
    menu, ticket = with_ticket
    _mark(record, ticket)
    return FoundMenu(menu, ticket.outgoing, ticket.language)


def mark_taken_over(menus: CompiledMenus, record: CallRecord) -> None:
    """Mark a call that was taken over: its call state proves that the ticket was valid, though it may have
    expired."""
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


def has_pretended_agent(record: CallRecord, channel: ChannelData) -> bool:
    """Whether it is a test call that reaches nobody real: any but the test that rings an agent."""
    return record.test and not rings_for_real(dialled_of(channel))


def _mark(record: CallRecord, ticket: Ticket | None) -> None:
    is_ours = is_outgoing(record.did_raw)
    did = ticket.did if ticket is not None else None
    stands = RUNG if rings_for_real(record.did_raw) else _CALLED_OUT if is_ours else TESTED
    record.test, record.did, record.did_raw = not is_ours, did, did or stands
    if ticket is not None and ticket.outgoing is not None:
        record.outgoing = ticket.outgoing.order_id
