"""Prompts of a menu: spoken, uploaded, found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

from admin.menus.service import MenuService, Versions
from admin.prompts.errors import (
    NameHasVariables,
    NodeNotFound,
    NothingToSpeak,
    PlaceNotFound,
    PromptNotFound,
    TooManyPrompts,
)
from admin.prompts.holders import PromptHolder
from admin.prompts.spoken_texts import speak_text
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.kinds import sounds_of
from ivr.domain.menu.outdated import rate_of
from ivr.domain.menu.slots import Slot, slots_of, with_names, with_voice, with_words
from ivr.domain.menu.spoken_as import DEFAULT_LANGUAGE
from ivr.domain.said.own_words import words_in
from ivr.domain.said.said import Said
from ivr.ports.menu_drafts import Spoken
from ivr.ports.menus import Prompt, StoredMenu
from ivr.storage.disk.prompt_files import PromptFiles
from tts.client.results import Recording, Speech, VoiceInfo
from tts.client.voice_names import DEFAULT_VOICE

USD_PER_SECOND = Decimal("0.01")
CENT_HUNDREDTH = Decimal("0.0001")
MAX_PROMPTS = 1000


class Speaker(Protocol):
    """The part of tts.client.client.TtsClient that prompts need."""

    def speak(self, text: str, voice: str, fragment: bool = False, *, rate: float = 1.0) -> Speech: ...

    def want_pieces(self, voice: str) -> bool: ...

    def convert(
        self, recording: bytes | BinaryIO, raw_format: str = "", *, keep_silence: bool = False
    ) -> Recording: ...

    def voices(self) -> list[VoiceInfo]: ...


@dataclass(frozen=True, slots=True)
class SpokenPrompt:
    """`stored` is the menu with the prompt; `audio_added`: the node had no audio until now. `instead_because`: why
    another voice spoke; empty: it was the one asked for."""

    stored: StoredMenu
    prompt: Prompt
    cached: bool
    audio_added: bool
    said: Said
    instead_because: str = ""


@dataclass(frozen=True)
class PromptService:
    """Prompts of what the `holder` holds: menus, or their drafts."""

    menus: MenuService
    holder: PromptHolder
    speaker: Speaker
    prompts: PromptFiles
    usd_per_second: Decimal = USD_PER_SECOND

    def speak(
        self,
        ivr_id: str,
        node_id: str,
        text: str | None,
        voice: str | None,
        at: str | None = None,
        *,
        rate: float | None = None,
        actor: str,
        if_match: Versions = None,
    ) -> SpokenPrompt:
        """Speak a prompt of a node, the one at the place `at` (see `Slot`), with `text` None its own words; when the
        menu is live, calls hear it at once. `rate`: how fast; None: as the node or the menu has it. If the node has
        the same words in the same file already, nothing is written: no version, no charge, no entry in the audit
        log."""
        stored, expected = self.holder.get(ivr_id, if_match)
        slot = _slot_of(stored.document, node_id, at)
        voice = voice or slot.voice
        text = slot.text if text is None else text
        if text is None:
            raise NothingToSpeak(node_id)
        if slot.audio is not None and "{" in slot.audio:
            raise NameHasVariables(slot.audio)
        node = stored.document["nodes"][node_id]
        usual = rate_of(node.get("rate"), stored.document.get("rate"))
        rate = usual if rate is None else rate
        own = _Words(slot, text, voice, None if rate == usual else rate)
        if _slot_of(_as_spoken({**stored.document}, node_id, own), node_id, slot.at).audio is None:
            raise PlaceNotFound(node_id, [each.at for each in slots_of(stored.document["nodes"][node_id])])
        self._room_for(stored, slot.audio or node_id)
        self.holder.need_cache(stored)
        speaker = voice or self._voice_for(slot.language)
        words = self._words_for(stored, speaker, slot.language)
        spoken = speak_text(self.speaker, ivr_id, text, speaker, words, rate)
        speech, cached = spoken.whole, spoken.cached
        there = stored.prompts.get(slot.audio) if slot.audio is not None else None
        if (
            there is not None
            and there.rate == rate
            and _is_said(there, node, own, speech)
            and spoken.is_stored(stored.prompts)
        ):
            self.holder.settle(stored)
            return SpokenPrompt(stored, there, cached, False, spoken.said, speech.instead_because)
        audio_added = slot.audio is None
        made: list[Prompt] = []

        def make(document: Mapping[str, Any]) -> Spoken:
            prompt = Prompt(
                ivr_id=ivr_id,
                audio=str(_slot_of(document, node_id, slot.at).audio),
                file=speech.file,
                source="tts",
                duration_ms=speech.duration_ms,
                cost_usd=cost_usd(spoken.charged_ms, _price_of(speech) or self.usd_per_second),
                created_at=datetime.now(UTC),
                # The voice as asked for: `rachel` stays rachel whichever model speaks; `model` names that model.
                voice=voice or speech.voice,
                model=speech.model,
                text=text,
                spoken_as=spoken.said.text,
                language=speech.language,
                rate=rate,
                engine=speech.engine,
            )
            made[:] = [prompt]
            return Spoken(prompt, spoken.parts)

        def change(document: dict[str, Any]) -> dict[str, Any]:
            return _as_spoken(document, node_id, own)

        stored = self.holder.put(ivr_id, change, make, actor=actor, expected=expected)
        return SpokenPrompt(stored, made[0], cached, audio_added, spoken.said, speech.instead_because)

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
        stored, expected = self.holder.get(ivr_id, if_match)
        self._room_for(stored, audio)
        self.holder.need_cache(stored)
        prompt, converted = self.convert(ivr_id, audio, recording, raw_format, keep_silence=keep_silence)
        stored = self.holder.put(ivr_id, _same, lambda _: Spoken(prompt), actor=actor, expected=expected)
        return stored, prompt, converted

    def convert(
        self, ivr_id: str, audio: str, recording: BinaryIO, raw_format: str, *, keep_silence: bool = False
    ) -> tuple[Prompt, Recording]:
        """The prompt that a recording would be, which nothing is written of yet."""
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
        return prompt, converted

    def find_file(self, ivr_id: str, audio: str) -> Path:
        """The file behind an audio name; raises PromptNotFound."""
        prompt = self.holder.get(ivr_id)[0].prompts.get(audio)
        if prompt is None:
            raise PromptNotFound(f"{audio} is not spoken or uploaded yet")
        path = self.prompts.path_of(prompt.file)
        if not self.prompts.exists(prompt.file):
            raise PromptNotFound(f"the file of {audio} is gone; speak or upload it again")
        return path

    def _voice_for(self, language: str | None) -> str:
        """The default voice, or the first that speaks this language, if one does."""
        if language is None:
            return DEFAULT_VOICE
        return voice_speaking(language, self.speaker.voices())

    def _words_for(self, stored: StoredMenu, voice: str, language: str | None) -> dict[str, str]:
        """The words for this voice's language; of an unknown voice for that of the text."""
        spoken = (self.menus.voices.find() or {}).get(voice) or language or DEFAULT_LANGUAGE
        return words_in({**stored.words, **stored.document.get("words", {})}, spoken)

    def _room_for(self, stored: StoredMenu, audio: str) -> None:
        if audio not in stored.prompts and len(stored.prompts) >= MAX_PROMPTS:
            raise TooManyPrompts(f"a menu may have {MAX_PROMPTS:,} prompts; this one has {len(stored.prompts):,}")


class DraftPromptService(PromptService):
    """Prompts of drafts."""


def cost_usd(duration_ms: int, usd_per_second: Decimal = USD_PER_SECOND) -> Decimal:
    """What a prompt costs, to a hundredth of a cent."""
    return (Decimal(duration_ms) / 1000 * usd_per_second).quantize(CENT_HUNDREDTH, ROUND_HALF_UP)


def _price_of(speech: Speech) -> Decimal | None:
    """What its owner said that a second of this voice costs."""
    return Decimal(speech.usd_per_second) if speech.usd_per_second else None


def voice_speaking(language: str, voices: Sequence[VoiceInfo]) -> str:
    """The default voice if it speaks this language, else the first that does; the default voice where none does."""
    wanted = language.lower()
    exact = [each for each in voices if each.language.lower() == wanted]
    alike = [each for each in voices if each.language.lower().partition("-")[0] == wanted.partition("-")[0]]
    found = exact or alike
    return DEFAULT_VOICE if not found or any(each.id == DEFAULT_VOICE for each in found) else found[0].id


def _slot_of(document: Mapping[str, Any], node_id: str, at: str | None) -> Slot:
    """The place of a node that is spoken; None: the only one of `audio`."""
    nodes = document["nodes"]
    if node_id not in nodes:
        raise NodeNotFound(node_id, list(nodes))
    slots = list(slots_of(nodes[node_id]))
    found = [slot for slot in slots if slot.at == at or (at is None and slot.path[0] == "audio")]
    if len(found) != 1:
        raise PlaceNotFound(node_id, [slot.at for slot in slots])
    return found[0]


def _same(document: dict[str, Any]) -> dict[str, Any]:
    return document


class _Words(NamedTuple):
    """What is spoken at a place; `voice`, `rate`: None where the node's own holds."""

    slot: Slot
    text: str
    voice: str | None
    rate: float | None


def _is_said(prompt: Prompt, node: Mapping[str, Any], own: _Words, speech: Speech) -> bool:
    """Whether the prompt is this speech already, and the node has the same words."""
    asked = ("tts", own.text, own.voice or speech.voice, speech.file, speech.duration_ms, speech.model)
    known = (prompt.source, prompt.text, prompt.voice, prompt.file, prompt.duration_ms, prompt.model)
    return known == asked and _with_words(node, own) == node


def _with_words(node: Mapping[str, Any], own: _Words) -> dict[str, Any]:
    """The node with the spoken text, voice and rate in place of its own, so that none looks changed since; a node
    without text gets none."""
    spoken = with_words(node, own.slot.path, own.text)
    spoken = spoken if own.voice is None else with_voice(spoken, own.slot.language, own.voice)
    return spoken if own.rate is None else {**spoken, "rate": own.rate}


def _as_spoken(document: dict[str, Any], node_id: str, own: _Words) -> dict[str, Any]:
    """The menu with an audio name for each text of the node, and the node with these words at the place spoken. A
    name is `<node>.wav`, or the first such name that no other node plays."""
    node = document["nodes"][node_id]
    taken = {audio for each in document["nodes"].values() for audio in sounds_of(each)}
    new = _with_words(with_names(node, node_id, taken, own.slot.path[0]), own)
    if new == node:
        return document
    return parse_menu({**document, "nodes": {**document["nodes"], node_id: new}}).to_json()
