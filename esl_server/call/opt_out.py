"""The event that an opt-out is kept as."""

from __future__ import annotations

from ivr.domain.call_records import CallRecord, utc_now
from ivr.domain.dnc.events import OptOut, Source, opt_out_id


def opt_out_of(
    record: CallRecord,
    source: Source,
    node: str,
    digit: str | None = None,
    ms: int | None = None,
    heard: tuple[str | None, str | None] = (None, None),
) -> OptOut:
    """The opt-out of a call; `heard` is the prompt's file and its words."""
    return OptOut(
        event_id=opt_out_id(record.call_id),
        number=record.ani,
        number_raw=record.ani_raw,
        source=source,
        pressed_at=utc_now(),
        call_id=record.call_id,
        did=record.did,
        ivr_id=record.ivr_id,
        ivr_version=record.ivr_version,
        node=node,
        key=digit,
        ms_into_question=ms,
        prompt_file=heard[0],
        prompt_text=heard[1],
        verstat=record.verstat,
        language=record.language,
    )
