"""The do-not-call lists as the API's JSON: plain dicts in the shape of `admin.dnc.schema`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from admin.dnc.proof import HOW_TO_CHECK, OptOutProof, ProvedEvent
from admin.http.views import encodable, maybe_time, time_json
from admin.prompts.views import prompt_url
from ivr.domain.dnc.events import DncEvent
from ivr.domain.dnc.import_file import NumberFile, Understood
from ivr.domain.signed_heads import SignedHead
from ivr.ports.dnc import DncCheck, DncEntry, DncList, DncMatch, Imported


def dnc_json(entry: DncEntry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "number_raw": entry.number_raw,
        "list": entry.list_id,
        "state": "released" if entry.released_at else "listed",
        "source": entry.source,
        "first_at": time_json(entry.first_at),
        "last_at": time_json(entry.last_at),
        "effective_at": time_json(entry.first_at),
        "must_honour_by": time_json(entry.honour_by),
        "released_at": maybe_time(entry.released_at),
        "events_count": entry.events,
    }


def event_json(event: DncEvent) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "kind": event.kind,
        "seq": event.seq,
        "source": event.source,
        "pressed_at": time_json(event.pressed_at),
        "effective_at": time_json(event.effective_at),
        "must_honour_by": time_json(event.honour_by),
        "recorded_at": time_json(event.recorded_at),
        "number_raw": event.number_raw,
        "call_id": event.call_id,
        "did": event.did,
        "ivr_id": event.ivr_id,
        "ivr_version": event.ivr_version,
        "node": event.node,
        "key": event.key,
        "ms_into_question": event.ms_into_question,
        "prompt_file": event.prompt_file,
        "prompt_text": event.prompt_text,
        "actor": event.actor,
        "reason": event.reason,
        "verstat": event.verstat,
        "language": event.language,
        "previous_hash": event.previous_hash,
        "hash": event.hash,
    }


def change_json(event: DncEvent) -> dict[str, Any]:
    return {**event_json(event), "number": event.number}


def list_json(each: DncList) -> dict[str, Any]:
    return {
        "id": each.list_id,
        "scope": each.scope,
        "seller": each.seller,
        "created_at": time_json(each.created_at),
        "events_count": each.head_seq,
        "head_hash": each.head_hash,
        "signed_head": _head_json(each.signed_head),
    }


def logged_json(check: DncCheck) -> dict[str, Any]:
    return {
        "check_id": check.check_id,
        "at": time_json(check.at),
        "actor": check.actor,
        "list": check.list_id,
        "seller": check.seller,
        "numbers_count": check.numbers,
        "listed_count": check.listed,
        "numbers_sha256": check.numbers_sha256,
    }


def listed_json(each: DncMatch) -> dict[str, Any]:
    return {"number": each.number, "list": each.list_id, "since": time_json(each.first_at)}


def imported_json(numbers: NumberFile, done: Imported, *, dry_run: bool) -> dict[str, Any]:
    return {
        "numbers_count": done.numbers,
        "added": done.added,
        "passed_over": done.passed_over,
        "bad_count": done.refused,
        "bad": [
            {"line": bad.line, "number": encodable(bad.raw), "reason": encodable(bad.reason)} for bad in numbers.bad
        ],
        "dry_run": dry_run,
        "understood": _understood_json(numbers.understood),
    }


def _understood_json(understood: Understood) -> dict[str, Any]:
    layout = understood.layout
    return {
        "format": understood.form,
        "encoding": understood.encoding or None,
        "separator": understood.separator or None,
        "sheet": encodable(understood.sheet) or None,
        "sheets": [
            {"name": encodable(each.name), "chosen": each.name == understood.sheet, "numbers_count": each.numbers}
            for each in understood.sheets
        ],
        "heading": layout.heading_rows > 0,
        "chosen": ["+".join(str(part + 1) for part in pick.parts) for pick in layout.picks],
        "columns": [
            {
                "name": encodable(column.name),
                "chosen": layout.is_chosen(place),
                "samples": [encodable(sample) for sample in column.samples],
                "numbers_count": column.numbers,
            }
            for place, column in enumerate(layout.columns)
        ],
    }


def _head_json(head: SignedHead | None) -> dict[str, Any] | None:
    return None if head is None else asdict(head)


def proof_json(proof: OptOutProof) -> dict[str, Any]:
    return {
        **dnc_json(proof.entry),
        "stated_at": time_json(proof.stated_at),
        "events": [_proved_json(each) for each in proof.events],
        "chain": {
            "first_hash": proof.first_hash,
            "events_count": proof.list.head_seq,
            "head_hash": proof.list.head_hash,
            "signed_head": _head_json(proof.list.signed_head),
        },
        "how_to_check": list(HOW_TO_CHECK),
    }


def _proved_json(proved: ProvedEvent) -> dict[str, Any]:
    event = proved.event
    return {
        **event_json(event),
        "heard": {
            "file": event.prompt_file,
            "hash": proved.prompt_hash,
            "text": event.prompt_text,
            "url": prompt_url(event.prompt_file),
        },
        "content": proved.content,
        "hash_matches": proved.hash_matches,
    }
