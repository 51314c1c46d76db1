"""Sounds that callers left: their names, what is known of them, and how long they are kept. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

PREFIX = "sound_"
SOUND = re.compile(r"sound_[0-9a-f]{32}_[0-9]{1,4}", re.ASCII)
# Behind the name of a variable that holds a sound: a link to it.
LINK = ".link"
# The most bytes of a name, and of a link, as JSON.
MAX_NAME, MAX_LINK = 46, 210
_CALL_ID = re.compile(r"call_([0-9a-f]{32})", re.ASCII)


def name_sound(call_id: str, steps: int) -> str:
    """The name of the sound that a call keeps at this step: the same for every worker. ValueError for an id that is
    no call's."""
    match = _CALL_ID.fullmatch(call_id)
    if match is None:
        raise ValueError(f"{call_id[:80]!r} is the id of no call")
    return f"{PREFIX}{match[1]}_{steps}"


@dataclass(frozen=True, slots=True)
class SoundNote:
    """What is known of a sound before it is recorded: it lies beside the switch's file, for whoever finds that."""

    sound: str
    call_id: str
    node: str
    ivr_id: str | None
    caller: str | None
    mailbox: str | None
    began_at: datetime
    test: bool = False
    # A message, or a whole call.
    kind: Literal["message", "call"] = "message"

    def to_json(self) -> dict[str, Any]:
        """What `parse_note` reads."""
        return {
            "sound": self.sound,
            "call_id": self.call_id,
            "node": self.node,
            "ivr_id": self.ivr_id,
            "caller": self.caller,
            "mailbox": self.mailbox,
            "began_at": self.began_at.isoformat(),
            "test": self.test,
            "kind": self.kind,
        }


def parse_note(document: Any) -> SoundNote:
    """The inverse of `to_json`; raises ValueError, KeyError or TypeError."""
    note = SoundNote(**{**document, "began_at": datetime.fromisoformat(document["began_at"])})
    if note.kind not in ("message", "call") or not SOUND.fullmatch(note.sound):
        raise ValueError(f"{note.sound[:80]!r} is the name of no sound")
    return note
