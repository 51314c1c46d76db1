"""Voices as the API's JSON: plain dicts in the shape of `admin.voices.schema`."""

from __future__ import annotations

from typing import Any

from tts.client.results import VoiceInfo


def voice_json(voice: VoiceInfo) -> dict[str, Any]:
    return {
        "id": voice.id,
        "label": voice.label,
        "language": voice.language,
        "model": voice.model,
        "default": voice.default,
        "alias_of": voice.alias_of,
        "engine": voice.engine,
        "live": voice.live,
        "licence": voice.licence,
        "licence_source": voice.licence_source,
        "commerce": voice.commerce,
        "licence_note": voice.licence_note,
    }
