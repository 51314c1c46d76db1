"""Prompts as the API's JSON: plain dicts in the shape of `admin.prompts.schema`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from admin.menus.audio_names import nodes_playing
from admin.menus.views import audio_url
from admin.prompts.service import SpokenPrompt
from ivr.domain.menu.kinds import sounds_of
from ivr.domain.menu.language_sentences import SENTENCE_FILE
from ivr.domain.menu.published import PROMPT_FILE
from ivr.domain.system_prompts.languages import read_file
from ivr.ports.menus import Prompt, StoredMenu
from ivr.storage.disk.prompt_files import SYSTEM_NAME
from tts.client.results import Recording

_NAMED = 10


def prompt_url(file: str | None) -> str | None:
    """The API's path of a file named in a call record, of a menu's prompt, a language's sentence or a system
    prompt; None for tones."""
    if file is None:
        return None
    if PROMPT_FILE.fullmatch(file):
        return f"/prompts/{file}"
    if SENTENCE_FILE.fullmatch(file):
        return f"/prompts/{file.removesuffix('.wav')}"
    found = read_file(file)
    return f"/prompts/{file.removesuffix('.wav')}" if found is not None and SYSTEM_NAME.fullmatch(found[1]) else None


def spoken_json(node: str, spoken: SpokenPrompt) -> dict[str, Any]:
    """`cost_usd` has at most four decimal places, so that a JSON number of this size is exact."""
    prompt = spoken.prompt
    return {
        "node": node,
        "audio": prompt.audio,
        "voice": prompt.voice,
        "rate": prompt.rate,
        "text": prompt.text,
        "spoken_as": spoken.said.text,
        "warnings": [{"code": each.code, "message": each.message} for each in spoken.said.doubts],
        "duration_seconds": prompt.duration_ms / 1000,
        "cost_usd": float(prompt.cost_usd),
        "url": audio_url(prompt.ivr_id, prompt.audio),
        "cached": spoken.cached,
        "audio_added": spoken.audio_added,
        "nodes": nodes_playing(spoken.stored.document, prompt.audio),
        "version": spoken.stored.version,
        "instead_because": spoken.instead_because or None,
    }


def uploaded_json(stored: StoredMenu, prompt: Prompt, converted: Recording) -> dict[str, Any]:
    return {
        "audio": prompt.audio,
        "duration_seconds": prompt.duration_ms / 1000,
        "url": audio_url(prompt.ivr_id, prompt.audio),
        "nodes": nodes_playing(stored.document, prompt.audio),
        "version": stored.version,
        "trimmed_ms": {"start": converted.trimmed_start_ms, "end": converted.trimmed_end_ms},
        "warnings": [
            *({"code": each.code, "message": each.message} for each in converted.warnings),
            *_not_played(stored, prompt.audio),
        ],
    }


def _not_played(stored: StoredMenu, audio: str) -> Iterator[dict[str, str]]:
    """A recording may be uploaded before its node is there; more often the name is misspelt."""
    if not nodes_playing(stored.document, audio):
        played = dict.fromkeys(name for node in stored.document["nodes"].values() for name in sounds_of(node))
        named = f"; the menu plays {', '.join(list(played)[:_NAMED])}" if played else ""
        yield {"code": "not_played", "message": f"it is stored, but no node of the menu plays {audio}{named}"}
