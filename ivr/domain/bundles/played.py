"""The prompts of a menu that its callers may hear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ivr.domain.menu.playing import playing
from ivr.domain.menu.published import PromptFile
from ivr.domain.menu.templates import fixed_parts, part_audio


def played(document: Mapping[str, Any], prompts: Mapping[str, PromptFile]) -> list[str]:
    """Their audio names, sorted: those that nodes play, and the recorded parts of those that say variables."""
    found = {audio for audio in playing(document, prompts) if audio in prompts}
    for prompt in [prompts[audio] for audio in found]:
        if prompt.template is not None and prompt.voice is not None:
            parts = (part_audio(part, prompt.voice) for part in fixed_parts(prompt.template))
            found |= {audio for audio in parts if audio in prompts}
    return sorted(found)
