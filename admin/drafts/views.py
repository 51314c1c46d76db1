"""Drafts as the API's JSON: plain dicts in the shape of `admin.drafts.schema`."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from admin.http.views import time_json
from admin.menus.service import MenuService
from admin.menus.views import menu_json
from ivr.domain.menu.templates import PART_AUDIO
from ivr.ports.menu_drafts import MenuDraft


def draft_json(draft: MenuDraft, menus: MenuService) -> dict[str, Any]:
    menu, head = draft.menu, draft.head
    shown = menu_json(
        menu,
        menus.ready_prompts(menu),
        menus.voices.find(),
        menus.prompts.system_languages(),
        menus.sentences.outdated(menu.document),
        draft_audio_url,
    )
    return {
        **shown,
        "revision": head.revision,
        "based_on": head.based_on,
        "behind": draft.behind,
        "updated_at": time_json(head.updated_at),
        "actor": head.actor,
        "sounds": [audio for audio in sorted(draft.sounds) if not PART_AUDIO.fullmatch(audio)],
    }


def draft_audio_url(ivr_id: str, audio: str) -> str:
    """Where to listen to a prompt as the draft has it."""
    return f"/ivr/{quote(ivr_id)}/draft/audio/{quote(audio)}"
