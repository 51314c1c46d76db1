"""What the caller's way through a menu does to lists of numbers."""

from __future__ import annotations

from collections.abc import Iterable

from esl_server.call.call import Call
from esl_server.call.notes import note
from ivr.domain.call_records import new_id, utc_now
from ivr.domain.listing_events import ListingEvent
from ivr.domain.menu.listings import Listing


def change_lists(call: Call, node_id: str, listings: Iterable[Listing]) -> None:
    """Put the caller on lists or take them off, each with a step in the path. It is in the journal before the caller
    hears anything more; the call's own switches know it at once. A test call changes no list, nor does a caller
    without a number."""
    record = call.record
    for listing in listings:
        note(call, node_id, "listed" if record.ani is not None else "not_listed", listing.list_name, listing.word)
        if record.ani is None:
            continue
        call.listed[listing.list_name] = listing.is_on
        if call.story is not None:
            call.story.tell("listed", list=listing.list_name, given=listing.word)
        if record.test:
            continue
        now = utc_now()
        event = ListingEvent(
            *(new_id("lst"), listing.list_name, record.ani, listing.is_on, listing.until(now), now),
            *(record.call_id, record.ivr_id or "", node_id),
        )
        call.services.recorder.listing(event)
