"""The prompts in English that exist from the first start, whatever the menus.

They lie in PROMPTS/system under their names. Those in other languages are the speech process's work
(`tts.server.system_prompts`): they lie in PROMPTS/system/LANGUAGE where a voice speaks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ivr.domain.system_prompts.languages import ENGLISH, FOLDER
from tts.client.client import TtsClient
from tts.client.named_recordings import Progress, Recordings, no_progress
from tts.client.voice_names import DEFAULT_VOICE

FRAGMENTS: Mapping[str, str] = ENGLISH.fragments
SYSTEM_PROMPTS: Mapping[str, str] = ENGLISH.prompts


def ensure_system_prompts(client: TtsClient, prompts_dir: Path, progress: Progress = no_progress) -> list[str]:
    """Speaks the system prompts that are missing, damaged or of another wording; returns their names.

    If nothing is missing, no speech process is needed. `progress(name, done, total)` is called after each
    prompt. Finished prompts stay when a later one fails (TtsError), so a retry continues from there.
    If a fragment is among the names, sentences joined from fragments are out of date.
    """
    recordings = Recordings(client.speak, prompts_dir, prompts_dir / FOLDER, DEFAULT_VOICE)
    return recordings.ensure(SYSTEM_PROMPTS, FRAGMENTS, progress)
