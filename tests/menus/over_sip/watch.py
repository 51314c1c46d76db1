"""Where every call of the product stands, as the API says it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime

import httpx

_EVERY_S = 0.15
_LONGEST_S = 150


@dataclass(frozen=True)
class Standing:
    """A call at a node; `since_s` is epoch seconds."""

    call_id: str
    node: str
    phase: str
    since_s: float


class Watch:
    """By the number dialled and the caller's, all that a call was seen at, oldest first."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._seen: dict[str, list[Standing]] = {}
        self._news = threading.Condition()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join(5)

    def of(self, number: str) -> list[Standing]:
        with self._news:
            return list(self._seen.get(number, ()))

    def comes_to(self, number: str, node: str, after_s: float, over: threading.Event) -> Standing | None:
        """Once this call stands at the node since a later moment; None: it is over first, or does not come."""
        until = time.monotonic() + _LONGEST_S
        with self._news:
            while time.monotonic() < until:
                for each in self._seen.get(number, ()):
                    if each.node == node and each.since_s > after_s:
                        return each
                if over.is_set():
                    return None
                self._news.wait(0.2)
        return None

    def _look(self) -> None:
        while not self._over.wait(_EVERY_S):
            try:
                items = self._http.get("/calls/live").raise_for_status().json()["items"]
            except httpx.HTTPError:
                continue
            with self._news:
                for each in items:
                    since_s = datetime.fromisoformat(each["since"]).timestamp()
                    standing = Standing(each["call_id"], each["node"], each["phase"], since_s)
                    for number in filter(None, (each["did"], each["ani"])):
                        seen = self._seen.setdefault(number, [])
                        if standing not in seen:
                            seen.append(standing)
                self._news.notify_all()
