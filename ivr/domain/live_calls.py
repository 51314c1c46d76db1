"""A live call as its call server publishes it: one short text, written with every batch of changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from ivr.domain.call_records import CallRecord

# asking: at a question; bridging: an agent is rung; talking: an agent has answered; ending: the last prompt is played
LivePhase = Literal["asking", "bridging", "talking", "ending"]
_PHASES = frozenset(get_args(LivePhase))
_TEST = ";test"


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call's node and phase. Times are epoch milliseconds; `since_ms` is when it came to this node and phase."""

    call_id: str
    channel_uuid: str
    did: str | None
    ani: str | None
    ivr_id: str
    ivr_version: int
    node: str
    phase: LivePhase
    started_ms: int
    since_ms: int
    take_overs: int = 0
    test: bool = False


def encode_live(record: CallRecord, node: str, phase: LivePhase, since_ms: int) -> str:
    """Fields joined by semicolons, which none of them can contain: ids, numbers, node names. A test call has one
    field more, so that the others can be read by an earlier release."""
    return (
        f"{record.channel_uuid};{record.did or ''};{record.ani or ''};{record.ivr_id};{record.ivr_version};{node};"
        f"{phase};{int(record.started_at.timestamp() * 1000)};{since_ms};{record.take_overs}"
        f"{_TEST if record.test else ''}"
    )


def decode_live(call_id: str, text: str) -> LiveCall:
    """The call of such a text; raises ValueError for one in another form."""
    test = text.endswith(_TEST)
    fields = text.removesuffix(_TEST).split(";")
    channel_uuid, did, ani, ivr_id, version, node, phase, started_ms, since_ms, take_overs = fields
    if phase not in _PHASES:
        raise ValueError(f"not a phase of a call: {phase!r}")
    return LiveCall(
        call_id,
        channel_uuid,
        did or None,
        ani or None,
        ivr_id,
        int(version),
        node,
        phase,  # type: ignore[arg-type]
        int(started_ms),
        int(since_ms),
        int(take_overs),
        test,
    )
