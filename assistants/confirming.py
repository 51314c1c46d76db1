"""Confirmations: what callers hear is changed only by a request that repeats what was shown before.

The first call of a tool shows what would happen and gives a token; the second, with the token, does it. A token is an
HMAC with a secret of this process over the API key, the tool, its arguments and the state that was shown (the draft's
revision, the menu's version), and its end: nothing that a caller says and nothing in a menu can be one, another key's
token is none, and one for a draft that was changed since is none either. It is good once.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

GOOD_FOR_S = 300
_PREFIX = "confirm"
_MAX_USED = 10_000
_AGAIN = "call the tool again without a confirmation to see what would happen, and get a new one"


class NotConfirmed(Exception):
    """The token is none for this; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be done: a tool with its arguments, by the owner of a key, in the state that was shown."""

    key: str = field(repr=False)
    tool: str
    arguments: Mapping[str, Any]
    shown: Mapping[str, Any]

    def digest(self) -> bytes:
        plain = [hashlib.sha256(self.key.encode()).hexdigest(), self.tool, dict(self.arguments), dict(self.shown)]
        return json.dumps(plain, sort_keys=True, ensure_ascii=True).encode()


class Confirmations:
    """One per process; a token dies with it."""

    def __init__(self, clock: Callable[[], float] = time.time, secret: bytes | None = None) -> None:
        self._clock = clock
        self._secret = secret or secrets.token_bytes(32)
        self._used: dict[str, float] = {}

    def offer(self, deed: Deed) -> str:
        """A token for this deed."""
        head = f"{_PREFIX}.{int(self._clock()) + GOOD_FOR_S}.{secrets.token_hex(8)}"
        return f"{head}.{self._signature(head, deed)}"

    def redeem(self, deed: Deed, token: str) -> None:
        """Use the token up; raises NotConfirmed unless it was offered for just this deed and is still good."""
        head, _, signature = token.rpartition(".")
        parts = head.split(".")
        if len(parts) != 3 or parts[0] != _PREFIX or not (parts[1].isascii() and parts[1].isdigit()):
            raise NotConfirmed(f"this is no confirmation; {_AGAIN}")
        if not hmac.compare_digest(signature.encode(), self._signature(head, deed).encode()):
            raise NotConfirmed(
                "this confirmation is for something else: other arguments, another API key, or a menu or draft that "
                f"was changed since. Nothing was done; {_AGAIN}"
            )
        now = self._clock()
        if int(parts[1]) < now:
            raise NotConfirmed(f"this confirmation has ended. Nothing was done; {_AGAIN}")
        self._use_up(token, int(parts[1]), now)

    def _use_up(self, token: str, ends: float, now: float) -> None:
        if token in self._used:
            raise NotConfirmed(f"this confirmation was used before. Nothing was done; {_AGAIN}")
        self._used = {each: end for each, end in self._used.items() if end >= now}
        if len(self._used) >= _MAX_USED:
            raise NotConfirmed("too many confirmations are in use; wait some minutes")
        self._used[token] = ends

    def _signature(self, head: str, deed: Deed) -> str:
        return hmac.new(self._secret, head.encode() + b"\0" + deed.digest(), hashlib.sha256).hexdigest()
