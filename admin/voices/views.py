"""Voices as the API's JSON: plain dicts in the shape of `admin.voices.schema`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tts.client.results import VoiceInfo


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
