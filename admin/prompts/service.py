"""Prompts of a menu: spoken, uploaded, found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from admin.menus.service import MenuService, Versions, expected_version
from admin.prompts.errors import NodeNotFound, PromptNotFound, TooManyPrompts
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.kinds import sounds_of
from ivr.ports.menus import Prompt, StoredMenu
from ivr.storage.disk.prompt_files import PromptFiles
from tts.client.results import Recording, Speech, VoiceInfo
from tts.client.voice_names import DEFAULT_VOICE

USD_PER_SECOND = Decimal("0.01")
CENT_HUNDREDTH = Decimal("0.0001")
MAX_PROMPTS = 1000


class Speaker(Protocol):
    """The part of tts.client.client.TtsClient that prompts need."""

    def speak(self, text: str, voice: str) -> Speech: ...

    def convert(
        self, recording: bytes | BinaryIO, raw_format: str = "", *, keep_silence: bool = False
    ) -> Recording: ...

    def voices(self) -> list[VoiceInfo]: ...


@dataclass(frozen=True, slots=True)
class SpokenPrompt:
    """`stored` is the menu with the prompt; `audio_added`: the node had no audio until now."""

    stored: StoredMenu
    prompt: Prompt
    cached: bool
    audio_added: bool


@dataclass(frozen=True)
class PromptService:
    menus: MenuService
    speaker: Speaker
    prompts: PromptFiles
    usd_per_second: Decimal = USD_PER_SECOND

    def speak(
        self, ivr_id: str, node_id: str, text: str, voice: str | None, *, actor: str, if_match: Versions = None
    ) -> SpokenPrompt:
        """Speak a node's prompt; when the menu is live, calls hear it at once. If the node has the same words in the
        same file already, nothing is written: no version, no charge, no entry in the audit log."""
        stored = self.menus.store.get(ivr_id)
        expected = expected_version(stored, if_match)
        audio = _audio_of(stored.document, node_id)
        voice = voice or stored.document["nodes"][node_id].get("voice")
        self._room_for(stored, audio or node_id)
        self.menus.need_cache(stored)
        speech = self.speaker.speak(text, voice or DEFAULT_VOICE)
        there = stored.prompts.get(audio) if audio is not None else None
        if there is not None and _is_said(there, stored.document["nodes"][node_id], text, voice, speech):
            self.menus.publish(stored)
            return SpokenPrompt(stored, there, speech.cached, audio_added=False)
        audio_added = audio is None
        stored = self.menus.store.edit(
            ivr_id,
            lambda document: _as_spoken(_with_audio(document, node_id), node_id, text, voice),
            actor=actor,
            expected_version=expected,
        )
        audio = str(_audio_of(stored.document, node_id))
        prompt = Prompt(
            ivr_id=ivr_id,
            audio=audio,
            file=speech.file,
            source="tts",
            duration_ms=speech.duration_ms,
            cost_usd=cost_usd(speech.duration_ms, self.usd_per_second),
            created_at=datetime.now(UTC),
            # The voice as asked for: `rachel` stays rachel whichever model speaks; `model` names that model.
            voice=voice or speech.voice,
            model=speech.model,
            text=text,
        )
        # A node that was changed was so at the version expected; the prompt belongs to the same change.
        expected = expected if stored.version == expected else None
        stored = self.menus.store.put_prompt(prompt, actor=actor, expected_version=expected)
        self.menus.publish(stored)
        return SpokenPrompt(stored, prompt, speech.cached, audio_added)

    def upload(
        self,
        ivr_id: str,
        audio: str,
        recording: BinaryIO,
        raw_format: str,
        *,
        keep_silence: bool,
        actor: str,
        if_match: Versions = None,
    ) -> tuple[StoredMenu, Prompt, Recording]:
        """Store a recording under an audio name, whether a node plays it yet or not."""
        stored = self.menus.store.get(ivr_id)
        expected = expected_version(stored, if_match)
        self._room_for(stored, audio)
        self.menus.need_cache(stored)
        converted = self.speaker.convert(recording, raw_format, keep_silence=keep_silence)
        prompt = Prompt(
            ivr_id=ivr_id,
            audio=audio,
            file=converted.file,
            source="upload",
            duration_ms=converted.duration_ms,
            cost_usd=Decimal(0),
            created_at=datetime.now(UTC),
        )
        stored = self.menus.store.put_prompt(prompt, actor=actor, expected_version=expected)
        self.menus.publish(stored)
        return stored, prompt, converted

    def find_file(self, ivr_id: str, audio: str) -> Path:
        """The file behind an audio name; raises PromptNotFound."""
        prompt = self.menus.store.get(ivr_id).prompts.get(audio)
        if prompt is None:
            raise PromptNotFound(f"{audio} is not spoken or uploaded yet")
        path = self.prompts.path_of(prompt.file)
        if not self.prompts.exists(prompt.file):
            raise PromptNotFound(f"the file of {audio} is gone; speak or upload it again")
        return path

    def _room_for(self, stored: StoredMenu, audio: str) -> None:
        if audio not in stored.prompts and len(stored.prompts) >= MAX_PROMPTS:
            raise TooManyPrompts(
                f"a menu may have {MAX_PROMPTS:,} prompts; this one has {len(stored.prompts):,}"
            )


def cost_usd(duration_ms: int, usd_per_second: Decimal = USD_PER_SECOND) -> Decimal:
    """What a prompt costs, to a hundredth of a cent."""
    return (Decimal(duration_ms) / 1000 * usd_per_second).quantize(CENT_HUNDREDTH, ROUND_HALF_UP)


def _audio_of(document: Mapping[str, Any], node_id: str) -> str | None:
    nodes = document["nodes"]
    if node_id not in nodes:
        raise NodeNotFound(node_id, list(nodes))
    audio = nodes[node_id].get("audio")
    return None if audio is None else str(audio)


def _with_audio(document: dict[str, Any], node_id: str) -> dict[str, Any]:
    """The menu with `<node>.wav` as that node's audio, or the first such name that no other node plays."""
    if _audio_of(document, node_id) is not None:
        return document
    taken = {audio for node in document["nodes"].values() for audio in sounds_of(node)}
    names = (f"{node_id}.wav", *(f"{node_id[:58]}-{count}.wav" for count in range(2, 1000)))
    audio = next(name for name in names if name not in taken)
    node = {"audio": audio, **document["nodes"][node_id]}
    return parse_menu({**document, "nodes": {**document["nodes"], node_id: node}}).to_json()


def _is_said(prompt: Prompt, node: Mapping[str, Any], text: str, voice: str | None, speech: Speech) -> bool:
    """Whether the prompt is this speech already, and the node has the same words."""
    asked = ("tts", text, voice or speech.voice, speech.file, speech.duration_ms, speech.model)
    known = (prompt.source, prompt.text, prompt.voice, prompt.file, prompt.duration_ms, prompt.model)
    return known == asked and _with_words(node, text, voice) == node


def _with_words(node: Mapping[str, Any], text: str, voice: str | None) -> dict[str, Any]:
    """The node with the spoken text and voice in place of its own, so that neither looks changed since; a node
    without text gets none."""
    return {**node, **({"text": text} if "text" in node else {}), **({"voice": voice} if "voice" in node else {})}


def _as_spoken(document: dict[str, Any], node_id: str, text: str, voice: str | None) -> dict[str, Any]:
    node = document["nodes"][node_id]
    new = _with_words(node, text, voice)
    if new == node:
        return document
    return parse_menu({**document, "nodes": {**document["nodes"], node_id: new}}).to_json()
