"""The world of a test's call, and the story of it that the phone is told: what was heard, and what was sent.

A test touches nothing real: its services are those that it gives, and its notices go nowhere.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from esl_server.switch.commands import story_variable
from ivr.domain.channels.message import Message
from ivr.domain.menu.given import ANSWERS_WITHIN_S, LINE_RESULTS, Given, GivenAnswer
from ivr.domain.menu.heard import Before, words_heard
from ivr.domain.menu.variables import NOTHING_KNOWN
from ivr.domain.services import ServiceAnswer
from ivr.domain.sounds import PREFIX

MAX_EVENTS = 400
MAX_BYTES = 4000
_TIMED_OUT = ServiceAnswer(round(ANSWERS_WITHIN_S * 1000), failure="timeout")
HIDDEN = "(secret)"


class Story:
    """Also the Services of this call. `write` takes commands for the switch; `sources` are the menu's nodes as JSON;
    `memory` is what the call knows now."""

    def __init__(
        self,
        given: Given,
        sources: Mapping[str, Mapping[str, Any]],
        write: Callable[[bytes], None],
    ) -> None:
        self.memory = NOTHING_KNOWN
        self.given = given
        self._sources = sources
        self._write = write
        self._told = 0
        self._used: set[tuple[str, int]] = set()
        # Names of sounds differ from call to call: a test sees how long each is.
        self._sounds: dict[str, str] = {}

    def heard(self, node_id: str, attempt: int = 1, before: Before | None = None) -> bool:
        """The words of a node, if it has any."""
        text, said = words_heard(self._sources[node_id], self.memory, attempt, before, self.memory.language)
        if text or said:
            self.tell("heard", node=node_id, text=self._shown(text), said=self._shown(said))
        return bool(text or said)

    def heard_system(self, node_id: str, text: str | None) -> None:
        """The words of a prompt that every menu shares, heard at this node; none where it has no file."""
        if text:
            self.tell("heard", node=node_id, text=text, said=text, system=True)

    def refuses(self, group: str) -> str | None:
        """Why nobody of this group is rung, where that is given."""
        turns = self.given.people.get(group, ())
        return next((each.result for each in turns[:1] if each.result in LINE_RESULTS), None)

    def rang(self, node_id: str, to: str, caller_id: str) -> None:
        """Somebody is rung, who sees this number and hears the node's whisper."""
        source = self._sources[node_id]
        whisper = {"text": source.get("whisper_text"), "audio": source.get("whisper_audio")}
        words = words_heard(whisper, self.memory, language=self.memory.language)
        self.tell("rang", node=node_id, to=to, caller_id=caller_id, whisper=self._shown(words.text))

    def recorded(self, node_id: str, sound: str, seconds: int) -> None:
        """A sound that the caller left."""
        self._sounds[sound] = f"{seconds} s"
        self.tell("recorded", node=node_id, seconds=seconds)

    def tell(self, what: str, **more: Any) -> None:
        """Set the next variable of the channel; what is too long, or one too many, is left out."""
        text = json.dumps({"what": what, **more}, ensure_ascii=False, default=str).encode()
        if self._told < MAX_EVENTS and len(text) <= MAX_BYTES:
            self._told += 1
            self._write(story_variable(self._told, base64.urlsafe_b64encode(text).rstrip(b"=")))

    def ask(self, service: str, sent: Mapping[str, Any], call_id: str) -> ServiceAnswer:
        sent = {name: self._shown(value) for name, value in sent.items()}
        self._tell_sent("request", service, sent)
        found = self._next(service, sent)
        if found is None:
            return ServiceAnswer(0, failure="unknown")
        if found.fails == "timeout" or found.delay_s >= ANSWERS_WITHIN_S:
            return _TIMED_OUT
        ms = round(found.delay_s * 1000)
        if found.fails is not None:
            return ServiceAnswer(ms, 500 if found.fails == "status" else None, failure=found.fails)
        return ServiceAnswer(ms, 200, found.answer)

    def notify(self, service: str, sent: Mapping[str, Any], call_id: str, place: str = "") -> bool:
        sent = {name: self._shown(value) for name, value in sent.items()}
        self._tell_sent("notice", service, sent)
        found = self._next(service, sent)
        return found is None or found.fails is None

    def send(self, channel: str, message: Message, call_id: str, place: str) -> bool:
        attached = {"attach": [sound for _, sound in message.attach]} if message.attach else {}
        self.tell("sent", by=channel, to=message.to, text=message.text, **attached)
        return True

    def _next(self, service: str, sent: Mapping[str, Any]) -> GivenAnswer | None:
        """The first answer given for this that was not taken yet; then the last one again."""
        fitting = [(at, each) for at, each in enumerate(self.given.services.get(service, ())) if each.fits(sent)]
        for at, each in fitting:
            if (service, at) not in self._used:
                self._used.add((service, at))
                return each
        return fitting[-1][1] if fitting else None

    def _shown(self, value: Any) -> Any:
        """With the length of each sound in place of its name."""
        if isinstance(value, str) and PREFIX in value:
            for sound, length in self._sounds.items():
                value = value.replace(sound, length)
        return value

    def _tell_sent(self, what: str, service: str, sent: Mapping[str, Any]) -> None:
        secrets = self.memory.secrets
        self.tell(what, service=service, sent={n: HIDDEN if n in secrets else value for n, value in sent.items()})
