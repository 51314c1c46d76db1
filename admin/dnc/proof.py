"""The proof of an opt-out: what the caller heard and pressed, when it took effect, and how to check it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from ivr.domain.call_records import BESIDE, utc_now
from ivr.domain.dnc.chain import chain_hash, chain_json, first_hash
from ivr.domain.dnc.events import DncEvent
from ivr.domain.menu.published import PROMPT_FILE
from ivr.domain.numbers import E164
from ivr.ports.dnc import DncEntry, DncList, DncStore

EVENTS_SHOWN = 500
HOW_TO_CHECK = (
    "The SHA-256 of an event's `content`, exactly as shown here in UTF-8, is its `hash`.",
    "`content` holds `previous_hash`: the `hash` of the list's previous event by `seq`.",
    "GET /dnc/changes returns all events of the list, and so the whole chain up to `head_hash`.",
    "`digitree dnc verify` checks every event of every list and names the first that was altered.",
    "`signed_head` is signed with Ed25519 by a key that is not in the database: a copy of it that was kept elsewhere"
    " shows whether the chain was computed again or cut off later.",
    "A prompt's file is named by the beginning of a SHA-256 of its text and voice: another text has another name.",
)


@dataclass(frozen=True, slots=True)
class ProvedEvent:
    """An event, its canonical JSON, and whether that still has the recorded hash."""

    event: DncEvent
    content: str
    hash_matches: bool

    @property
    def prompt_hash(self) -> str | None:
        """The hash in the prompt file's name, or those of several joined as the files are; None if the menu's own
        prompt was not heard."""
        files = (self.event.prompt_file or "").split(BESIDE)
        if not all(PROMPT_FILE.fullmatch(file) for file in files):
            return None
        return BESIDE.join(file.removesuffix(".wav") for file in files)


@dataclass(frozen=True, slots=True)
class OptOutProof:
    entry: DncEntry
    list: DncList
    first_hash: str
    events: Sequence[ProvedEvent]
    stated_at: datetime


def find_proof(dnc: DncStore, number: E164, list_id: str) -> OptOutProof | None:
    """The proof for a number; None if it was never on the list. Raises ListNotFound."""
    entry = dnc.find(number, list_id)
    of = dnc.find_list(list_id)
    if entry is None or of is None:
        return None
    events = dnc.events(entry.entry_id, list_id, limit=EVENTS_SHOWN)
    return OptOutProof(entry, of, first_hash(list_id), [_prove(each) for each in events], utc_now())


def _prove(event: DncEvent) -> ProvedEvent:
    values = asdict(event)
    return ProvedEvent(event, chain_json(values), chain_hash(values) == event.hash)
