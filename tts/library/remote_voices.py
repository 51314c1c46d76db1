"""Voices that a server elsewhere speaks: what is known of each, in a file NAME.voice.json whose key is sealed."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import os
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tts.library import places
from tts.library.places import VoiceError

MAX_DEFINITION_BYTES = 20_000
WORD = re.compile(r"[\x21-\x7e]{1,200}")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,2}")
PRICE = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,8})?", re.ASCII)
REGION = re.compile(r"[a-z0-9-]{2,40}")


@dataclass(frozen=True)
class RemoteEngine:
    """`url` is where it is asked unless the owner says otherwise; `{region}` in it is the owner's."""

    title: str
    url: str
    model: str
    key: str


ENGINES = {
    "openai": RemoteEngine(
        "OpenAI, or any server with its /v1/audio/speech", "https://api.openai.com/v1/audio/speech",
        "gpt-4o-mini-tts", "the API key; none where the server asks for none",
    ),
    "elevenlabs": RemoteEngine(
        "ElevenLabs", "https://api.elevenlabs.io/v1/text-to-speech", "eleven_multilingual_v2", "the API key"
    ),
    "azure": RemoteEngine(
        "Azure Speech", "https://{region}.tts.speech.microsoft.com/cognitiveservices/v1", "",
        "the key of the resource",
    ),
    "polly": RemoteEngine(
        "Amazon Polly", "https://polly.{region}.amazonaws.com", "neural", "ACCESS_KEY_ID:SECRET_ACCESS_KEY"
    ),
}  # fmt: skip


@dataclass(frozen=True)
class RemoteVoice:
    """`voice` and `model` are the engine's own names. `fallback` speaks when the engine does not; empty: an error
    says so. `usd_per_second` is what the owner pays for a second of sound; empty: the price of all speech."""

    engine: str
    voice: str
    language: str
    url: str
    model: str = ""
    region: str = ""
    fallback: str = ""
    usd_per_second: str = ""
    sealed_key: str = ""

    def sound_hash(self) -> str:
        """Of what shapes the sound: not of the key, which changes, nor of what it costs."""
        parts = [self.engine, self.url, self.voice, self.model, self.language]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def checked(voice: RemoteVoice) -> RemoteVoice:
    """With the engine's own address and model where the owner gave none. VoiceError says what is wrong."""
    engine = ENGINES.get(voice.engine)
    if engine is None:
        raise VoiceError(f"{voice.engine[:40]!r} is no engine; there are: {', '.join(ENGINES)}")
    if not WORD.fullmatch(voice.voice):
        raise VoiceError("say which of the engine's voices is meant: --voice NAME, as its maker writes it")
    if not LANGUAGE.fullmatch(voice.language):
        raise VoiceError(f"{voice.language[:40]!r} is no language; write it as en-us, es or pt-br")
    if voice.fallback:
        places.check_name(voice.fallback)
    if voice.usd_per_second and not PRICE.fullmatch(voice.usd_per_second):
        raise VoiceError(f"{voice.usd_per_second[:40]!r} is no price of a second; write it as 0.0003")
    url = voice.url or engine.url
    # Of Polly the signature names it, whatever the address.
    if ("{region}" in url or voice.engine == "polly") and not REGION.fullmatch(voice.region):
        raise VoiceError(f"{engine.title} needs its region, as its console shows it")
    return replace(voice, url=_checked_url(url.replace("{region}", voice.region)), model=voice.model or engine.model)


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not WORD.fullmatch(url):
        raise VoiceError(f"{url[:200]} is no address; write it as https://speech.example.com/v1/audio/speech")
    if parts.scheme == "http" and not _is_near(parts.hostname):
        raise VoiceError(f"{url[:200]}: write https, or the key and the texts can be read on their way")
    return url


def _is_near(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".localhost"))


def write_remote_voice(voices_dir: Path, name: str, voice: RemoteVoice) -> None:
    """OSError. Only our own account can read the file, though its key is sealed."""
    places.check_name(name)
    path = places.remote_path(voices_dir, name)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    text = json.dumps(asdict(voice), indent=1) + "\n"
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if os.geteuid() == 0:
        owner = voices_dir.stat()
        os.chown(part, owner.st_uid, owner.st_gid)
    part.replace(path)


def find_remote_voice(path: Path) -> RemoteVoice | None:
    """The voice of such a file; None if it is no definition."""
    try:
        if path.stat().st_size > MAX_DEFINITION_BYTES:
            return None
        fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not all(isinstance(value, str) for value in fields.values()):
            return None
        return checked(RemoteVoice(**fields))
    except (OSError, ValueError, TypeError, AttributeError, VoiceError):
        return None
