"""The prompts that every menu shares, as ready commands."""

from __future__ import annotations

from dataclasses import dataclass

from esl_server import commands
from esl_server.menu import PromptPaths


@dataclass(frozen=True, slots=True)
class SystemPrompts:
    """One playback each; FreeSWITCH passes over a file that is missing without a sound or a wait."""

    invalid: bytes
    goodbye: bytes
    apology: bytes
    opted_out: bytes
    trouble: bytes


def system_prompts(paths: PromptPaths) -> SystemPrompts:
    return SystemPrompts(
        **{name: commands.playback(str(paths.system(name))) for name in SystemPrompts.__dataclass_fields__}
    )
