"""Fields that say something to callers: names of prompts, words, and voices, each in one of the shapes of
`sequences`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ivr.domain.menu.fields import Fault, Field, WordField
from ivr.domain.menu.sequences import LANGUAGE, LANGUAGE_RULE, MAX_LANGUAGES, MAX_PIECES
from ivr.domain.menu.templates import AUDIO_TEMPLATE, MAX_AUDIO_NAME

AUDIO_NAME_RULE = (
    "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav; a variable may stand in it, "
    "as in open-{line}.wav, or in its place, as in {sound}"
)
# What a prompt may say: line breaks and tabs are blanks to the voice, other control characters are nothing.
_UNSPEAKABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_SPEAKABLE_PATTERN = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
_VISIBLE_PATTERN = r"[^\s\x00-\x1f\x7f-\x9f]"

_AUDIO_NAME_REF = {"$ref": "#/components/schemas/AudioName"}
_LANGUAGES_SCHEMA = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": MAX_LANGUAGES,
    "propertyNames": {"pattern": f"^{LANGUAGE.pattern}$"},
}


@dataclass(frozen=True, kw_only=True)
class SaidField(Field):
    """One item, several in sequence, or either for each language. `by_attempt`: a list has one item for each attempt,
    each of which may be a list itself."""

    code: str
    by_attempt: bool = False

    def find_fault(self, item: object) -> str | None:
        """What is wrong with one item; None: nothing."""
        raise NotImplementedError

    def item_schema(self) -> dict[str, Any]:
        """One item as JSON Schema."""
        raise NotImplementedError

    def read(self, value: Any, fault: Fault) -> Any:
        if not isinstance(value, Mapping):
            self._read_list(value, fault, (self.name,), 2 if self.by_attempt else 1)
            return value
        if not 1 <= len(value) <= MAX_LANGUAGES:
            fault(self.code, f"{self.name} names 1 to {MAX_LANGUAGES} languages, or is the same in all", self.name)
        for language, each in value.items():
            if not LANGUAGE.fullmatch(language):
                fault("invalid_language", LANGUAGE_RULE, self.name, language)
            self._read_list(each, fault, (self.name, language), 2 if self.by_attempt else 1)
        return value

    def _read_list(self, value: object, fault: Fault, path: tuple[str, ...], lists: int) -> None:
        if isinstance(value, list) and not lists:
            outer = "the list of one attempt" if self.by_attempt else "a list"
            fault(self.code, f"{self.name} has no list inside {outer}: write its items one after the other", *path)
            return
        if not isinstance(value, list):
            if (text := self.find_fault(value)) is not None:
                fault(self.code, text, *path)
            return
        if not 1 <= len(value) <= MAX_PIECES:
            fault(self.code, f"a list in {self.name} has 1 to {MAX_PIECES} items", *path)
        for at, each in enumerate(value):
            self._read_list(each, fault, (*path, str(at)), lists - 1)

    def schema(self) -> dict[str, Any]:
        one = self.item_schema()
        for _ in range(2 if self.by_attempt else 1):
            one = {"anyOf": [one, {"type": "array", "minItems": 1, "maxItems": MAX_PIECES, "items": one}]}
        return self._described({"anyOf": [*one["anyOf"], {**_LANGUAGES_SCHEMA, "additionalProperties": one}]})

    def limits(self) -> dict[str, Any]:
        return {"by_attempt": self.by_attempt}


@dataclass(frozen=True, kw_only=True)
class AudioField(SaidField):
    """Names of prompts; `instead` is what callers hear while one has no file."""

    type: ClassVar[str] = "audio"

    code: str = "invalid_audio"
    instead: str = "nothing in its place"

    def find_fault(self, item: object) -> str | None:
        is_name = isinstance(item, str) and len(item) <= MAX_AUDIO_NAME and AUDIO_TEMPLATE.fullmatch(item)
        return None if is_name else AUDIO_NAME_RULE

    def item_schema(self) -> dict[str, Any]:
        return dict(_AUDIO_NAME_REF)

    def limits(self) -> dict[str, Any]:
        return {**SaidField.limits(self), "pattern": AUDIO_TEMPLATE.pattern, "rule": AUDIO_NAME_RULE}


@dataclass(frozen=True, kw_only=True)
class OneAudioField(AudioField):
    """The name of one prompt, the same in every language."""

    type: ClassVar[str] = "word"

    def read(self, value: Any, fault: Fault) -> Any:
        if (text := self.find_fault(value)) is not None:
            fault(self.code, text, self.name)
        return value

    def schema(self) -> dict[str, Any]:
        inline = {"type": "string", "maxLength": MAX_AUDIO_NAME, "pattern": f"^{AUDIO_TEMPLATE.pattern}$"}
        return self._described(inline) if self.description else self.item_schema()

    def limits(self) -> dict[str, Any]:
        return {"pattern": AUDIO_TEMPLATE.pattern, "rule": AUDIO_NAME_RULE}


@dataclass(frozen=True, kw_only=True)
class TextField(SaidField):
    """Words to be spoken."""

    type: ClassVar[str] = "text"

    max_length: int
    code: str = "invalid_text"

    def find_fault(self, item: object) -> str | None:
        if not isinstance(item, str) or not 0 < len(item.strip()) <= len(item) <= self.max_length:
            return f"a prompt's text is 1 to {self.max_length} characters"
        return "a prompt's text has no control characters" if _UNSPEAKABLE.search(item) else None

    def item_schema(self) -> dict[str, Any]:
        return {
            "type": "string",
            "minLength": 1,
            "maxLength": self.max_length,
            "pattern": f"^{_SPEAKABLE_PATTERN}*{_VISIBLE_PATTERN}{_SPEAKABLE_PATTERN}*$",
        }

    def limits(self) -> dict[str, Any]:
        return {**SaidField.limits(self), "max_length": self.max_length}


class VoiceField(WordField):
    """The name of a voice, which need not exist, or one for each language."""

    type: ClassVar[str] = "voice"

    def read(self, value: Any, fault: Fault) -> Any:
        if not isinstance(value, Mapping):
            return WordField.read(self, value, fault)
        if not 1 <= len(value) <= MAX_LANGUAGES:
            fault(self.code, f"{self.name} names 1 to {MAX_LANGUAGES} languages, or is the same in all", self.name)
        for language, voice in value.items():
            if not LANGUAGE.fullmatch(language):
                fault("invalid_language", LANGUAGE_RULE, self.name, language)
            if not isinstance(voice, str) or not self.pattern.fullmatch(voice):
                fault(self.code, self.rule, self.name, language)
        return value

    def schema(self) -> dict[str, Any]:
        one = {"type": "string", "pattern": f"^{self.pattern.pattern}$"}
        return self._described({"anyOf": [one, {**_LANGUAGES_SCHEMA, "additionalProperties": one}]})
