"""The parts of a bundle: one menu as a ZIP file, to be kept or taken to another installation.

    manifest.json       format, the SHA-256 of every other part, the names of what the menu needs beside itself
    menu.json           the menu, as POST /ivr takes it
    prompts.json        audio name -> its sound and what is known of it
    tests.json          the menu's tests, sorted by name
    prompts/<hash>.wav  a sound, named by its SHA-256

Nothing in it depends on the installation or on the time: the same menu is always the same bytes.
"""

from __future__ import annotations

import io
import re
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivr.domain.agents import agents_named
from ivr.domain.channels.names import channels_named
from ivr.domain.errors import IvrError
from ivr.domain.hours.document import hours_named
from ivr.domain.number_lists import lists_named
from ivr.domain.problems import Problem
from ivr.domain.service_definition import services_named

FORMAT = 1
MANIFEST, MENU, PROMPTS, TESTS = "manifest.json", "menu.json", "prompts.json", "tests.json"
TEXTS = (MENU, PROMPTS, TESTS)
SOUND = re.compile(r"prompts/(?P<sha256>[0-9a-f]{64})\.wav", re.ASCII)
MAX_BYTES = 128 * 1024 * 1024
MAX_TEXT_BYTES = 2 * 1024 * 1024
MAX_SOUNDS = 2000
MAX_SOUND_S = 300
_RATE_HZ, _SAMPLE_BYTES, _HEADER_BYTES = 8000, 2, 44
_KINDS = ("agents", "channels", "groups", "hours", "lists", "services", "voices")


class InvalidBundle(IvrError):
    """A file that is no bundle, or a damaged or a forged one; `problems` names each fault, with a part of the bundle
    as its place."""

    code = "invalid_bundle"

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(each.message for each in problems))
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class Needs:
    """The names, sorted, of what a menu needs beside itself; channels by their references, such as mail:office,
    people by the groups that are rung."""

    agents: tuple[str, ...] = ()
    hours: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    voices: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def to_json(self) -> dict[str, list[str]]:
        return {kind: list(getattr(self, kind)) for kind in _KINDS}


def needs_of(document: Mapping[str, Any], prompts: Mapping[str, Mapping[str, Any]]) -> Needs:
    """The needs of a menu's document (see parse_menu) with these prompts."""
    voices = {voice for part in (*document["nodes"].values(), *prompts.values()) for voice in _voices(part)}
    return Needs(
        tuple(agents_named(document)),
        tuple(hours_named(document)),
        tuple(lists_named(document)),
        tuple(services_named(document)),
        tuple(channels_named(document)),
        tuple(sorted(voices)),
        tuple(sorted({node["people"] for node in document["nodes"].values() if node.get("people")})),
    )


def _voices(part: Mapping[str, Any]) -> list[str]:
    """Of a node, which may have one for each language, or of a prompt."""
    voice = part.get("voice")
    if isinstance(voice, Mapping):
        return [str(each) for each in voice.values()]
    return [] if voice is None else [str(voice)]


def sound_part(sha256: str) -> str:
    return f"prompts/{sha256}.wav"


def find_sound_ms(content: bytes) -> int | None:
    """The length of a sound; None for what is not written as every prompt is: a WAV file with the shortest header,
    8 kHz, mono, 16 bit."""
    try:
        with wave.open(io.BytesIO(content), "rb") as sound:
            form = (sound.getframerate(), sound.getnchannels(), sound.getsampwidth(), sound.getcomptype())
            frames = sound.getnframes()
    except (EOFError, wave.Error):
        return None
    whole = len(content) == _HEADER_BYTES + frames * _SAMPLE_BYTES and content[36:40] == b"data"
    if form != (_RATE_HZ, 1, _SAMPLE_BYTES, "NONE") or not whole or not 0 < frames <= MAX_SOUND_S * _RATE_HZ:
        return None
    return frames * 1000 // _RATE_HZ
