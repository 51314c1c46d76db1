"""Where a voice's files lie in DIGITREE_HOME/voices, and which names it may have.

    NAME.onnx, NAME.onnx.json      a Piper model, with NAME.MODEL_CARD where one came with it
    NAME.voice.json                a voice of a server elsewhere (tts.library.remote_voices)
    kokoro/                        Kokoro's model and the styles of its voices (tts.library.kokoro)

A file whose name begins with a dot is unfinished.
"""

from __future__ import annotations

import re
from pathlib import Path

VOICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)


class VoiceError(Exception):
    """A voice cannot be added or removed; the text says what to do. Nothing was changed."""


def check_name(name: str) -> str:
    if not VOICE_NAME.fullmatch(name):
        raise VoiceError(f"{name[:80]!r} is not a name of a voice: 1 to 64 letters, digits, _ and -")
    return name


def model_path(voices_dir: Path, name: str) -> Path:
    return voices_dir / f"{name}.onnx"


def config_path(voices_dir: Path, name: str) -> Path:
    return voices_dir / f"{name}.onnx.json"


def card_path(voices_dir: Path, name: str) -> Path:
    return voices_dir / f"{name}.MODEL_CARD"


def remote_path(voices_dir: Path, name: str) -> Path:
    return voices_dir / f"{name}.voice.json"
