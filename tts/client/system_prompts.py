"""The prompts that exist from the first start, whatever the menus.

They lie in PROMPTS/system under their names. Fragments are single words that are joined to sentences
("Press 1, or 9") without the speech process, so that a menu without audio can still be used.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tts.client.client import TtsClient
from tts.client.named_recordings import Progress, Recordings, no_progress
from tts.client.voice_names import DEFAULT_VOICE

SENTENCES: Mapping[str, str] = {
    "invalid": "Sorry, that is not one of the choices.",
    "goodbye": "Thank you for calling. Goodbye.",
    "apology": "We are sorry, nobody can take your call right now. Please call again later. Goodbye.",
    "opted_out": "Your number has been removed from our list. Goodbye.",
    "number_unknown": (
        "We could not see your number, so we could not take it off our list. "
        "To have it removed, please call again and key it in, or call without hiding it. Goodbye."
    ),
    "key_number": "To have your number taken off our list, key it in now, and then press pound.",
    "confirm_number": "If this is your number, press 1. To key it in again, press 2.",
    "trouble": "We are sorry, something went wrong on our side. Please call again later. Goodbye.",
    "not_recorded": "We are sorry, what you said could not be recorded.",
    "call_recorded": "This call is recorded.",
    "sample_agent": (
        "You have reached the sample agent of Digitree. "
        "In a real installation, your agent would be speaking to you now. Goodbye."
    ),
}
# Digits are spoken with falling intonation, since any of them can end a sentence; the two words never do.
FRAGMENTS: Mapping[str, str] = {
    "press": "Press,",
    "or": "or,",
    "0": "zero.",
    "1": "one.",
    "2": "two.",
    "3": "three.",
    "4": "four.",
    "5": "five.",
    "6": "six.",
    "7": "seven.",
    "8": "eight.",
    "9": "nine.",
    "star": "star.",
    "pound": "pound.",
}
SYSTEM_PROMPTS: Mapping[str, str] = {**SENTENCES, **FRAGMENTS}

def ensure_system_prompts(client: TtsClient, prompts_dir: Path, progress: Progress = no_progress) -> list[str]:
    """Speaks the system prompts that are missing, damaged or of another wording; returns their names.

    If nothing is missing, no speech process is needed. `progress(name, done, total)` is called after each
    prompt. Finished prompts stay when a later one fails (TtsError), so a retry continues from there.
    If a fragment is among the names, sentences joined from fragments are out of date.
    """
    recordings = Recordings(client.speak, prompts_dir, prompts_dir / "system", DEFAULT_VOICE)
    return recordings.ensure(SYSTEM_PROMPTS, FRAGMENTS, progress)
