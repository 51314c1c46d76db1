"""Services for calls of tests: they answer what they are given, at once or when they are let."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gevent.event import Event

from ivr.domain.channels.message import Message
from ivr.domain.services import Failure, ServiceAnswer


class FakeServices:
    """`answers` are the bodies of each service, one after the other, the last one again and again; a text that begins
    with `!` is a failure, an exception is raised. `asked` and `notices` are what came, as (service, sent)."""

    def __init__(self, **answers: list[Any]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self.notices: list[tuple[str, Mapping[str, Any]]] = []
        self.takes_notices = True
        # What was left for channels, by their references.
        self.messages: list[tuple[str, Message]] = []
        # The call and the place in it of each notice.
        self.places: list[str] = []
        # Whoever asks waits until it is set; `waiting` is set meanwhile.
        self.let = Event()
        self.let.set()
        self.waiting = Event()

    def ask(self, service: str, sent: Mapping[str, Any], call_id: str) -> ServiceAnswer:
        self.asked.append((service, dict(sent)))
        self.waiting.set()
        self.let.wait(20)
        bodies = self.answers.get(service)
        if not bodies:
            return ServiceAnswer(0, failure="unknown")
        body = bodies.pop(0) if bodies[1:] else bodies[0]
        if isinstance(body, Exception):
            raise body
        if isinstance(body, str) and body.startswith("!"):
            failure: Failure = body[1:]  # type: ignore[assignment]
            return ServiceAnswer(7, failure=failure)
        return ServiceAnswer(7, 200, body)

    def notify(self, service: str, sent: Mapping[str, Any], call_id: str, place: str = "") -> bool:
        self.notices.append((service, dict(sent)))
        self.places.append(f"{call_id} {place}")
        return self.takes_notices

    def send(self, channel: str, message: Message, call_id: str, place: str) -> bool:
        self.messages.append((channel, message))
        self.places.append(f"{call_id} {place}")
        return self.takes_notices
