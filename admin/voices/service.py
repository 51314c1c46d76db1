"""Voices of servers elsewhere: added and removed. Their keys are sealed, and given out nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from admin.prompts.service import Speaker
from ivr.domain.errors import IvrError
from ivr.ports.audit import AuditLog
from tts.client.results import VoiceInfo
from tts.library import kokoro
from tts.library.installing import make_directory, remove_voice
from tts.library.places import VOICE_NAME, VoiceError, remote_path
from tts.library.remote_voices import RemoteVoice, checked, find_remote_voice, write_remote_voice


class InvalidVoice(IvrError):
    """A voice that cannot be added as it is described."""

    code = "invalid_voice"


class VoiceTaken(IvrError):
    """Another voice has this name."""

    code = "voice_taken"


class AddedVoiceNotFound(IvrError):
    """No voice of a server elsewhere has this name."""

    code = "added_voice_not_found"


@dataclass(frozen=True)
class VoiceService:
    """`seal` seals the key of an engine."""

    voices_dir: Path
    speaker: Speaker
    seal: Callable[[str], str]
    audit: AuditLog

    def add(self, name: str, voice: RemoteVoice, key: str, *, actor: str) -> VoiceInfo:
        """It can speak at once; whether its engine takes the key shows when it does. Raises InvalidVoice, VoiceTaken,
        TtsUnavailable."""
        there = {each.id for each in self.speaker.voices()}
        if name in there:
            raise VoiceTaken(f"there is a voice called {name}: choose another name, or remove that one first")
        if voice.fallback and voice.fallback not in there:
            raise InvalidVoice(f"there is no voice called {voice.fallback} to speak in its place")
        try:
            voice = checked(voice)
            make_directory(self.voices_dir)
            write_remote_voice(self.voices_dir, name, replace(voice, sealed_key=self.seal(key) if key else ""))
        except VoiceError as error:
            raise InvalidVoice(str(error)) from error
        found = {each.id: each for each in self.speaker.voices()}.get(name)
        if found is None:
            remove_voice(self.voices_dir, name)
            raise InvalidVoice("the speech process does not take it: its log says why")
        self.audit.add(actor, "voice.add", f"voice/{name}", after=_shown(voice))
        return found

    def remove(self, name: str, *, actor: str) -> None:
        """Prompts that it spoke stay. Raises AddedVoiceNotFound."""
        path = remote_path(self.voices_dir, name)
        voice = find_remote_voice(path) if VOICE_NAME.fullmatch(name) else None
        if voice is None:
            text = f"no voice of a server elsewhere is called {name}; others are removed on the machine"
            if name in kokoro.NAMES:
                text += ", those of Kokoro all together"
            added_as = kokoro.DIRECTORY if name in kokoro.NAMES else name
            raise AddedVoiceNotFound(f"{text}: digitree voices remove {added_as}")
        remove_voice(self.voices_dir, name)
        self.audit.add(actor, "voice.remove", f"voice/{name}", before=_shown(voice))


def _shown(voice: RemoteVoice) -> dict[str, str]:
    """Without its key."""
    return {name: value for name, value in asdict(voice).items() if name != "sealed_key" and value}
