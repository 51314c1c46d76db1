"""Stored values as the API's JSON: plain dicts in the shape of `admin.http.models`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from admin.http.problems import fault_json
from admin.prompts.service import SpokenPrompt, heard_at, nodes_playing
from ivr.domain.call_records import CallRecord
from ivr.domain.live_calls import LiveCall
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.lint import lint
from ivr.domain.menu.published import PROMPT_FILE
from ivr.ports.audit import AuditEntry
from ivr.ports.keys import ApiKey
from ivr.ports.menus import DidBinding, MenuSummary, Prompt, StoredMenu
from ivr.ports.pages import ListPage
from ivr.storage.disk.prompt_files import SYSTEM_NAME
from tts.client.results import VoiceInfo


def time_json(moment: datetime) -> str:
    """`2026-03-09T12:00:00.000Z`"""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def maybe_time(moment: datetime | None) -> str | None:
    return None if moment is None else time_json(moment)


def page_json(page: ListPage[Any], items: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"items": list(items), "next_cursor": page.next_cursor}


def prompt_url(file: str | None) -> str | None:
    """Where the API has what a record says was played: a menu's prompt or one of ours; None for two tones."""
    if file is None:
        return None
    if PROMPT_FILE.fullmatch(file):
        return f"/prompts/{file}"
    name = file.removeprefix("system/").removesuffix(".wav")
    return f"/prompts/system/{name}" if file == f"system/{name}.wav" and SYSTEM_NAME.fullmatch(name) else None


def summary_json(menu: MenuSummary) -> dict[str, Any]:
    return {
        "id": menu.ivr_id,
        "name": menu.name,
        "status": menu.status,
        "created_at": time_json(menu.created_at),
        "updated_at": time_json(menu.updated_at),
        "version": menu.version,
        "dids": list(menu.dids),
    }


def menu_json(stored: StoredMenu, ready: Collection[str]) -> dict[str, Any]:
    """A whole menu; `ready` are the audio names whose file is on disk."""
    tree = parse_menu(stored.document)
    return {
        **summary_json(stored),
        "start": tree.start,
        "nodes": tree.source,
        "prompts": _prompts(stored, ready),
        "warnings": [fault_json(each) for each in lint(tree, ready, stored.agents, stored.spoken)],
    }


def _prompts(stored: StoredMenu, ready: Collection[str]) -> list[dict[str, Any]]:
    playing: dict[str, list[str]] = {}
    for node_id, node in stored.document["nodes"].items():
        for audio in heard_at(node):
            playing.setdefault(audio, []).append(node_id)
    names = [*playing, *(name for name in stored.prompts if name not in playing)]
    return [_prompt(stored, name, playing.get(name, []), ready) for name in names]


def _prompt(stored: StoredMenu, audio: str, nodes: list[str], ready: Collection[str]) -> dict[str, Any]:
    prompt = stored.prompts.get(audio)
    state = "missing" if prompt is None else "ready" if audio in ready else "lost"
    return {
        "audio": audio,
        "state": state,
        "source": prompt.source if prompt else None,
        "voice": prompt.voice if prompt else None,
        "text": prompt.text if prompt else None,
        "duration_seconds": prompt.duration_ms / 1000 if prompt else None,
        "url": audio_url(stored.ivr_id, audio) if state == "ready" else None,
        "nodes": nodes,
    }


def audio_url(ivr_id: str, audio: str) -> str:
    """Where to listen, relative to the API's root: behind a proxy we do not know our own name."""
    return f"/ivr/{quote(ivr_id)}/audio/{quote(audio)}"


def spoken_json(node: str, spoken: SpokenPrompt) -> dict[str, Any]:
    """`cost_usd` has at most four decimal places, which a JSON number of this size carries exactly."""
    prompt = spoken.prompt
    return {
        "node": node,
        "audio": prompt.audio,
        "voice": prompt.voice,
        "text": prompt.text,
        "duration_seconds": prompt.duration_ms / 1000,
        "cost_usd": float(prompt.cost_usd),
        "url": audio_url(prompt.ivr_id, prompt.audio),
        "cached": spoken.cached,
        "audio_added": spoken.audio_added,
        "nodes": nodes_playing(spoken.stored.document, prompt.audio),
        "version": spoken.stored.version,
    }


def uploaded_json(stored: StoredMenu, prompt: Prompt) -> dict[str, Any]:
    return {
        "audio": prompt.audio,
        "duration_seconds": prompt.duration_ms / 1000,
        "url": audio_url(prompt.ivr_id, prompt.audio),
        "nodes": nodes_playing(stored.document, prompt.audio),
        "version": stored.version,
    }


def did_json(binding: DidBinding) -> dict[str, Any]:
    return {
        "did": binding.did,
        "ivr_id": binding.ivr_id,
        "name": binding.name,
        "assigned_at": time_json(binding.assigned_at),
    }


def call_json(record: CallRecord) -> dict[str, Any]:
    """A call record; its path has one entry per stay at a node, with the key and milliseconds."""
    document = record.to_json()
    document["id"] = document.pop("call_id")
    document["started_at"] = time_json(record.started_at)
    document["ended_at"] = maybe_time(record.ended_at)
    document |= {"menu_ms": record.menu_ms, "talk_ms": record.talk_ms}
    for step, shown in zip(record.path, document["path"], strict=True):
        shown["into_prompt_ms"] = step.into_prompt_ms
    return document


def key_json(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.key_id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": list(key.scopes),
        "created_at": time_json(key.created_at),
        "last_used_at": maybe_time(key.last_used_at),
        "revoked_at": maybe_time(key.revoked_at),
    }


def audit_json(entry: AuditEntry) -> dict[str, Any]:
    return {
        "at": time_json(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "before": entry.before,
        "after": entry.after,
    }


def voices_json(voices: Sequence[VoiceInfo]) -> dict[str, Any]:
    return {
        "items": [
            {
                "id": voice.id,
                "label": voice.label,
                "language": voice.language,
                "model": voice.model,
                "default": voice.default,
                "alias_of": voice.alias_of,
            }
            for voice in voices
        ],
        "next_cursor": None,
    }


def live_json(call: LiveCall) -> dict[str, Any]:
    return {
        "call_id": call.call_id,
        "did": call.did,
        "ani": call.ani,
        "ivr_id": call.ivr_id,
        "ivr_version": call.ivr_version,
        "node": call.node,
        "phase": call.phase,
        "started_at": _moment(call.started_ms),
        "since": _moment(call.since_ms),
        "take_overs": call.take_overs,
    }


def _moment(epoch_ms: int) -> str:
    return time_json(datetime.fromtimestamp(epoch_ms / 1000, UTC))
