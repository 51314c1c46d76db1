"""Menus as the API's JSON: plain dicts in the shape of `admin.menus.schema`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import quote

from admin.http.views import fault_json, time_json
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.lint import lint
from ivr.domain.menu.playing import playing
from ivr.domain.menu.templates import PART_AUDIO
from ivr.ports.menus import DraftHead, MenuSummary, StoredMenu


def summary_json(menu: MenuSummary) -> dict[str, Any]:
    return {
        "id": menu.ivr_id,
        "name": menu.name,
        "status": menu.status,
        "created_at": time_json(menu.created_at),
        "updated_at": time_json(menu.updated_at),
        "version": menu.version,
        "dids": list(menu.dids),
        "draft": _draft_json(menu.draft),
    }


def _draft_json(draft: DraftHead | None) -> dict[str, Any] | None:
    if draft is None:
        return None
    return {
        "revision": draft.revision,
        "based_on": draft.based_on,
        "updated_at": time_json(draft.updated_at),
        "actor": draft.actor,
    }


def menu_json(
    stored: StoredMenu,
    ready: Collection[str],
    voices: Mapping[str, str] | None = None,
    system_languages: Collection[str] | None = None,
    old_sentences: Collection[str] = (),
    url: Callable[[str, str], str] | None = None,
) -> dict[str, Any]:
    """A whole menu; `ready` are the audio names whose file is on disk, `voices` those there are, `system_languages`
    those that the system prompts are spoken in, if that is known; `old_sentences` the files of the sentences that the
    voice of their language did not speak; `url`: where to listen to a prompt, if not at `audio_url`."""
    menu = parse_menu(stored.document)
    resources = stored.hours, stored.services, stored.lists
    outdated = stored.outdated_in(menu, voices or {})
    there = voices, stored.channels, stored.groups
    warnings = lint(
        menu,
        ready,
        stored.agents,
        stored.spoken,
        *resources,
        *there,
        words=stored.words,
        outdated={*outdated, *old_sentences},
        numbers=stored.number_languages,
        system_languages=system_languages,
    )
    return {
        **summary_json(stored),
        "start": menu.start,
        "answer": menu.answer,
        "languages": list(menu.languages),
        "max_menu_s": menu.max_menu_s,
        "rate": menu.rate,
        "record_call": menu.record_call,
        "hung_up_node": menu.hung_up_node,
        "words": dict(menu.words),
        "nodes": menu.source,
        "prompts": _prompts(stored, ready, outdated, url or audio_url),
        "warnings": [fault_json(each) for each in warnings],
    }


def _prompts(
    stored: StoredMenu, ready: Collection[str], outdated: Collection[str], url: Callable[[str, str], str]
) -> list[dict[str, Any]]:
    played = playing(stored.document, stored.prompts)
    unused = (name for name in stored.prompts if name not in played and not PART_AUDIO.fullmatch(name))
    names = [*played, *unused]
    return [_prompt(stored, name, played.get(name, []), ready, outdated, url) for name in names]


def _prompt(
    stored: StoredMenu,
    audio: str,
    nodes: list[str],
    ready: Collection[str],
    outdated: Collection[str],
    url: Callable[[str, str], str],
) -> dict[str, Any]:
    prompt = stored.prompts.get(audio)
    state = "missing" if prompt is None else "ready" if audio in ready else "lost"
    return {
        "audio": audio,
        "state": state,
        "source": prompt.source if prompt else None,
        "voice": prompt.voice if prompt else None,
        "rate": prompt.rate if prompt and prompt.source == "tts" else None,
        "text": prompt.text if prompt else None,
        "spoken_as": prompt.spoken_as if prompt else None,
        "outdated": audio in outdated,
        "duration_seconds": prompt.duration_ms / 1000 if prompt else None,
        "url": url(stored.ivr_id, audio) if state == "ready" else None,
        "nodes": nodes,
    }


def audio_url(ivr_id: str, audio: str) -> str:
    """Where to listen to a prompt, relative to the API's root: behind a proxy the API's own address is unknown."""
    return f"/ivr/{quote(ivr_id)}/audio/{quote(audio)}"
