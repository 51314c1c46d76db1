"""Names of prompt files: a hash of the request, so that the same prompt is never made twice.

A name is `<32 hex>.wav`. Everything that changes how a prompt sounds is in the hash, so a file is
never rewritten with other content while a call plays it.
"""

from __future__ import annotations

import hashlib
import json
import re

SAMPLE_RATE_HZ = 8000
# Raised when trimming, loudness or limiting of that kind changes, so that old files are not mistaken for new ones.
FORMAT_VERSION = 1
RECORDING_VERSION = 2
PROMPT_FILE = re.compile(r"^[0-9a-f]{32}\.wav$")


def speech_file(
    text: str, voice: str, model: str, model_sha256: str, fragment: bool, rate: float = 1.0
) -> str:
    """Name of a spoken prompt.

    `text` is normalised and `voice` resolved (an alias and its target share files). The model's hash is
    in the name because a model can be replaced under the same name.
    """
    parts = ["speech", FORMAT_VERSION, text, voice, model, model_sha256, SAMPLE_RATE_HZ, fragment]
    if rate != 1.0:
        parts.append(rate)
    return _file_name(hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest())


def recording_hash(raw_format: str = "", keep_silence: bool = False) -> hashlib._Hash:
    """A running hash that is fed the bytes of an upload; its hexdigest goes to `recording_file`."""
    parts = ["recording", RECORDING_VERSION, SAMPLE_RATE_HZ, raw_format, keep_silence]
    return hashlib.sha256(json.dumps(parts).encode() + b"\n")


def recording_file(hexdigest: str) -> str:
    """Name of a converted upload."""
    return _file_name(hexdigest)


def _file_name(hexdigest: str) -> str:
    return f"{hexdigest[:32]}.wav"
