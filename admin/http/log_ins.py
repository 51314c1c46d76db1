"""Limits on guessing passwords, per address and per account, such that nobody can lock others out.

- One account from one address: after a few wrong passwords each further attempt needs a pause, twice as long each
  time.
- One address with any accounts, one account from any addresses: too many wrong passwords make attempts slow, never
  impossible. Behind a proxy that we do not know, all users have one address.
- A browser in which the account was logged in before has a device cookie, and its own few attempts: whatever others
  do with the account or at the address, its user gets in.

Counts are shared by all processes through Redis, and kept by each for itself while Redis is away.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

import redis

from admin.http.addresses import household
from admin.http.crowd import aside
from admin.http.limits import Guesses
from admin.http.problems import ApiError
from ivr.secrets import Sealer

T = TypeVar("T")

OF_PAIR = 5
OF_ACCOUNT = 20
PERIOD_S = 900
FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 300.0
SLOW_S = 2.0
# Attempts that are being slowed down in a process; more are refused.
SLOWED_AT_ONCE = 64
_MAX_NAMES = 10_000
_PAUSE = "digitree:log-in-pause:"
_PAUSES = "digitree:log-in-pauses:"
_DEVICE = "device of "
_TICKET = "log-in until "
TICKET_S = 300
# In the place of an address: six digits must not be guessed from many of them.
ANYWHERE = "anywhere"


class LogInTickets:
    """What stands between the two steps of a log-in: whose password was right, for a few minutes."""

    def __init__(self, sealer: Sealer, clock: Callable[[], float] = time.time) -> None:
        self._sealer, self._clock = sealer, clock

    def issue(self, user_id: str, name: str) -> str:
        return self._sealer.seal(f"{_TICKET}{self._clock() + TICKET_S:.0f} {user_id} {name}")

    def find(self, ticket: str) -> tuple[str, str] | None:
        """(user id, name); None when it is no ticket, or too old."""
        text = self._sealer.find(ticket) or ""
        if not text.startswith(_TICKET):
            return None
        until, user_id, name = text.removeprefix(_TICKET).split(" ", 2)
        return (user_id, name) if self._clock() < int(until) else None


class Pauses:
    """Pauses between attempts, each twice as long as the one before; forgotten PERIOD_S after the last began."""

    def __init__(self, client: redis.Redis | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._local: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def step(self, name: str) -> float:
        """The seconds that an attempt has to wait; 0: it may go on, and the next pause has begun."""
        if self._client is not None:
            with contextlib.suppress(redis.RedisError, ValueError):
                return self._shared_step(self._client, name)
        begun, until = self._local.get(name, (0, 0.0))
        now = self._clock()
        if now < until:
            return until - now
        begun = 0 if now > until + PERIOD_S else begun
        self._local[name] = begun + 1, now + _pause_s(begun)
        self._local.move_to_end(name)
        if len(self._local) > _MAX_NAMES:
            self._local.popitem(last=False)
        return 0.0 if begun else _pause_s(0)

    def _shared_step(self, client: redis.Redis, name: str) -> float:
        begun = int(client.get(_PAUSES + name) or 0)
        if not client.set(_PAUSE + name, 1, px=round(_pause_s(begun) * 1000), nx=True):
            return max(1.0, float(client.pttl(_PAUSE + name)) / 1000)
        with client.pipeline() as pipe:
            pipe.incr(_PAUSES + name)
            pipe.expire(_PAUSES + name, PERIOD_S + round(LONGEST_PAUSE_S))
            first = int(pipe.execute()[0]) == 1
        return _pause_s(0) if first else 0.0

    def forget(self, name: str) -> None:
        self._local.pop(name, None)
        if self._client is not None:
            with contextlib.suppress(redis.RedisError):
                self._client.delete(_PAUSE + name, _PAUSES + name)


def _pause_s(begun: int) -> float:
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(begun, 20))


class LogIns:
    """One per process. `addresses` counts wrong keys and passwords of an address."""

    def __init__(
        self,
        client: redis.Redis | None,
        addresses: Guesses,
        sealer: Sealer,
        of_pair: int = OF_PAIR,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._addresses = addresses
        self._accounts = Guesses(client, OF_ACCOUNT, PERIOD_S)
        self._pairs = Guesses(client, of_pair, PERIOD_S)
        self._pauses = Pauses(client)
        self._sealer = sealer
        self._sleep = sleep
        self._slowed = threading.BoundedSemaphore(SLOWED_AT_ONCE)

    def attempt(self, address: str, account: str, device: str, check: Callable[[], T | None]) -> T | None:
        """The result of `check`, which verifies what proves this account; None is a wrong guess. `device`: the
        browser's device cookie. It is counted before the check: a password takes long to verify, and many at once
        would all pass otherwise. Raises ApiError 429."""
        account = account.lower()
        known = self._is_known(device, account)
        place = f"device {device}" if known else f"address {household(address)}"
        pair = "pair " + _digest(f"{place}\n{account}")
        everywhere = "account " + _digest(account)
        taken = self._pairs.take(pair)
        if not taken and (wait_s := self._pauses.step(pair)):
            raise _too_many(wait_s)
        counted = [(self._pairs, pair)] if taken else []
        if not known:
            slow = False
            for guesses, name in ((self._addresses, address), (self._accounts, everywhere)):
                if guesses.take(name):
                    counted.append((guesses, name))
                else:
                    slow = True
            if slow:
                self.slow_down()
        try:
            found = check()
        except Exception:
            _give_back(counted)
            raise
        if found is not None:
            _give_back(counted)
            self._pauses.forget(pair)
        return found

    def slow_down(self) -> None:
        """Wait, where an address or account had too many wrong guesses; raises ApiError 429 when too many wait."""
        if not self._slowed.acquire(blocking=False):
            raise _too_many(SLOW_S)
        try:
            with aside():
                self._sleep(SLOW_S)
        finally:
            self._slowed.release()

    def device_cookie(self, account: str) -> str:
        """For a browser in which this account was logged in."""
        return self._sealer.seal(_DEVICE + account.lower())

    def _is_known(self, device: str, account: str) -> bool:
        return bool(device) and self._sealer.find(device) == _DEVICE + account.removeprefix("code of ")


def _give_back(counted: list[tuple[Guesses, str]]) -> None:
    for guesses, name in counted:
        guesses.give_back(name)


def _digest(text: str) -> str:
    """Of what people typed: not readable in Redis."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _too_many(wait_s: float) -> ApiError:
    seconds = max(1, round(wait_s))
    return ApiError(
        429,
        "too_many_wrong_keys",
        f"too many wrong passwords; try again in {seconds} s",
        headers={"Retry-After": str(seconds)},
    )
