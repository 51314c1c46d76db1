"""What a menu may ask of other systems while a call is on: the port, and what comes back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from ivr.domain.channels.message import Message

SERVICE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
Failure = Literal["timeout", "status", "not_json", "too_large", "refused", "unreachable", "circuit_open", "unknown"]


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """What a service answered: `body` is its parsed JSON, None where it failed; `status` its HTTP status where there
    was one; `ms` how long the caller waited for it."""

    ms: int
    status: int | None = None
    body: Any = None
    failure: Failure | None = None


class Services(Protocol):
    """Each says what came of it; none raises."""

    def ask(self, service: str, sent: Mapping[str, Any], call_id: str) -> ServiceAnswer:
        """Ask a service by its name and wait for its answer."""

    def notify(self, service: str, sent: Mapping[str, Any], call_id: str, place: str = "") -> bool:
        """Leave a notice for a service, which is sent later and until it is taken; False: nothing could take it. Left
        again at the same place of the same call it is the same notice; without a place it is another one."""

    def send(self, channel: str, message: Message, call_id: str, place: str) -> bool:
        """Leave a message for a channel, by its reference; as a notice is left."""


class NoServices:
    """Knows no service."""

    def ask(self, service: str, sent: Mapping[str, Any], call_id: str) -> ServiceAnswer:
        return ServiceAnswer(0, failure="unknown")

    def notify(self, service: str, sent: Mapping[str, Any], call_id: str, place: str = "") -> bool:
        return False

    def send(self, channel: str, message: Message, call_id: str, place: str) -> bool:
        return False
