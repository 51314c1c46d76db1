"""Limits on guesses and on requests, on a clock of the test's own and a Redis that can be away."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import pytest
import redis

from admin.http import limits
from admin.http.limits import Guesses, Limiter, SharedLimits, Window

T = TypeVar("T")


class Clock:
    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class MemoryRedis:
    """What the limits ask of a Redis, for several processes to share. `away` makes every call fail."""

    def __init__(self) -> None:
        self.values: dict[str, int] = {}
        self.expiries: dict[str, int] = {}
        self.calls = 0
        self.away = False

    def pipeline(self, transaction: bool = True) -> Pipeline:
        return Pipeline(self)

    def get(self, key: str) -> int | None:
        return self._do(lambda: self.values.get(key))

    def exists(self, key: str) -> int:
        return self._do(lambda: int(key in self.values))

    def set(self, key: str, value: int, ex: int, nx: bool = False) -> None:
        def put() -> None:
            if not nx or key not in self.values:
                self.values[key] = value
                self.expiries[key] = ex

        self._do(put)

    def _do(self, work: Callable[[], T]) -> T:
        self.calls += 1
        if self.away:
            raise redis.ConnectionError("away")
        return work()


class Pipeline:
    def __init__(self, server: MemoryRedis) -> None:
        self._server = server
        self._steps: list[Callable[[], Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return

    def incrby(self, key: str, step: int) -> None:
        def add() -> int:
            self._server.values[key] = self._server.values.get(key, 0) + step
            return self._server.values[key]

        self._steps.append(add)

    def expire(self, key: str, seconds: int) -> None:
        self._steps.append(lambda: self._server.expiries.__setitem__(key, seconds))

    def set(self, key: str, value: int, ex: int, nx: bool = False) -> None:
        self._steps.append(lambda: self._server.set(key, value, ex, nx))

    def execute(self) -> list[Any]:
        return self._server._do(lambda: [step() for step in self._steps])


@pytest.fixture
def server() -> MemoryRedis:
    return MemoryRedis()


# -- in one process -----------------------------------------------------------------------------------------------


def test_a_name_has_its_limit_in_each_window() -> None:
    clock = Clock(120.0)
    limiter = Limiter(2, 60, clock)
    assert limiter.look("a") == Window(2, 2, 60, 60, exceeded=False)
    assert limiter.count("a") == Window(2, 1, 60, 60, exceeded=False)
    clock.now = 179.0
    assert limiter.count("a") == Window(2, 0, 1, 60, exceeded=False)
    assert limiter.count("a") == Window(2, 0, 1, 60, exceeded=True)
    assert limiter.count("b") == Window(2, 1, 1, 60, exceeded=False)
    clock.now = 180.0
    assert limiter.look("a") == Window(2, 2, 60, 60, exceeded=False)
    assert limiter.count("a").remaining == 1


def test_the_wait_is_a_second_at_least() -> None:
    assert Limiter(1, 60, Clock(59.9)).count("a").reset_s == 1
    assert Limiter(1, 60, Clock(20.0)).count("a").reset_s == 40


def test_what_is_given_back_may_be_used_again_and_no_more_than_that() -> None:
    limiter = Limiter(2, 60, Clock())
    limiter.count("a")
    limiter.count("a")
    limiter.give_back("a")
    assert limiter.look("a").remaining == 1
    limiter.give_back("a")
    assert limiter.look("a").remaining == 2
    limiter.give_back("a")
    limiter.count("a")
    assert limiter.look("a").remaining == 1


def test_the_names_used_last_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MAX_NAMES", 2)
    limiter = Limiter(9, 60, Clock())
    for name in ("a", "b", "a", "c"):
        limiter.count(name)
    assert [limiter.look(name).remaining for name in "abc"] == [7, 9, 8]


# -- over several processes ---------------------------------------------------------------------------------------


def test_processes_share_a_keys_requests(server: MemoryRedis) -> None:
    clock = Clock(600.0)
    one, other = (SharedLimits(server, 4, 60, clock) for _ in range(2))  # type: ignore[arg-type]
    assert one.count("k") == Window(4, 3, 60, 60, exceeded=False)
    assert other.count("k") == Window(4, 2, 60, 60, exceeded=False)
    clock.now += 0.25
    assert one.count("k") == Window(4, 1, 60, 60, exceeded=False)
    clock.now += 0.25
    assert other.count("k") == Window(4, 0, 60, 60, exceeded=False)
    clock.now += 0.25
    assert one.count("k") == Window(4, 0, 59, 60, exceeded=True)
    assert server.values == {"digitree:requests:k:10": 5}
    assert server.expiries == {"digitree:requests:k:10": 120}
    clock.now = 660.0
    assert one.count("k") == Window(4, 3, 60, 60, exceeded=False)
    assert server.values["digitree:requests:k:11"] == 1


def test_far_from_the_limit_redis_is_asked_four_times_a_second_and_near_it_each_time(server: MemoryRedis) -> None:
    clock = Clock(600.0)
    shared = SharedLimits(server, 1000, 60, clock)  # type: ignore[arg-type]
    for _ in range(40):
        shared.count("k")
    assert server.calls == 1
    clock.now += 0.249
    shared.count("k")
    assert server.calls == 1
    clock.now += 0.001
    shared.count("k")
    assert (server.calls, server.values["digitree:requests:k:10"]) == (2, 42)
    for _ in range(45):  # a twentieth of what is left: 913 / 20 is 45.65
        shared.count("k")
    assert server.calls == 2
    shared.count("k")
    assert (server.calls, server.values["digitree:requests:k:10"]) == (3, 88)

    near = SharedLimits(server, 20, 60, clock)  # type: ignore[arg-type]
    before = server.calls
    for _ in range(20):
        near.count("n")
    assert server.calls == before + 20
    for _ in range(9):  # beyond it nobody need know how far
        near.count("n")
    assert server.calls == before + 20


def test_what_other_processes_used_counts_for_how_near_the_limit_is(server: MemoryRedis) -> None:
    server.values["digitree:requests:k:10"] = 800
    shared = SharedLimits(server, 1000, 60, Clock(600.0))  # type: ignore[arg-type]
    assert shared.count("k").remaining == 199
    for _ in range(9):
        shared.count("k")
    assert server.calls == 1
    shared.count("k")
    assert (server.calls, server.values["digitree:requests:k:10"]) == (2, 811)


def test_redis_is_told_at_a_twentieth_of_what_is_left_and_after_a_quarter_of_a_second(server: MemoryRedis) -> None:
    clock = Clock(600.0)
    shared = SharedLimits(server, 22, 60, clock)  # type: ignore[arg-type]
    shared.count("k")
    shared.count("k")  # 20 are left
    assert server.calls == 2
    busy = SharedLimits(server, 9000, 60, clock)  # type: ignore[arg-type]
    busy.count("b")
    clock.now = 600.25
    busy.count("b")
    assert server.calls == 4


def test_without_redis_each_process_counts_for_itself_and_says_so_once_in_five_seconds(
    server: MemoryRedis, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock(600.0)
    shared = SharedLimits(server, 3, 60, clock)  # type: ignore[arg-type]
    server.away = True
    assert [shared.count("k").remaining for _ in range(3)] == [2, 1, 0]
    assert shared.count("k").exceeded
    assert server.calls == len(caplog.messages) == 1
    assert "in this process alone" in caplog.text
    server.away = False
    clock.now = 604.999
    shared.count("k")
    assert server.calls == 1
    clock.now = 605.0
    shared.count("k")
    assert server.calls == 2
    assert server.values["digitree:requests:k:10"] == 6, "what was counted meanwhile is told"
    alone = SharedLimits(None, 1, 60, clock)
    assert [alone.count("k").exceeded for _ in range(2)] == [False, True]


def test_keys_used_last_are_remembered(server: MemoryRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MAX_NAMES", 2)
    shared = SharedLimits(None, 9, 60, Clock())
    assert [shared.count(name).remaining for name in ("a", "b", "a", "c", "b", "c")] == [8, 8, 7, 8, 8, 7]


# -- guesses ------------------------------------------------------------------------------------------------------


def test_wrong_keys_of_an_address_count_in_every_process(server: MemoryRedis) -> None:
    one, other = (Guesses(server, limit=3, period_s=60) for _ in range(2))  # type: ignore[arg-type]
    one.count("192.0.2.1")
    one.count("192.0.2.1")
    assert not other.exceeded("192.0.2.1")
    other.count("192.0.2.1")
    assert one.exceeded("192.0.2.1")
    assert other.exceeded("192.0.2.1")
    assert not other.exceeded("192.0.2.2")
    assert server.values["digitree:wrong-keys:192.0.2.1"] == 3
    assert server.expiries["digitree:wrong-keys:192.0.2.1"] == 60


def test_an_address_from_which_nothing_was_guessed_may_try_once_where_one_guess_is_the_limit(
    server: MemoryRedis,
) -> None:
    guesses = Guesses(server, limit=1, period_s=60)  # type: ignore[arg-type]
    assert not guesses.exceeded("192.0.2.1")
    guesses.count("192.0.2.1")
    assert guesses.exceeded("192.0.2.1")


def test_a_guess_is_taken_before_it_is_known_to_be_wrong(server: MemoryRedis) -> None:
    one, other = (Guesses(server, limit=2, period_s=60) for _ in range(2))  # type: ignore[arg-type]
    assert one.take("a")
    assert other.take("a")
    assert not other.take("a"), "the third, though here it is the second"
    one.give_back("a")
    other.give_back("a")
    assert server.values["digitree:wrong-keys:a"] == 1
    assert one.take("a")


def test_while_redis_is_away_guesses_count_here(server: MemoryRedis, caplog: pytest.LogCaptureFixture) -> None:
    server.away = True
    guesses = Guesses(server, limit=2, period_s=60)  # type: ignore[arg-type]
    assert [guesses.take("a") for _ in range(3)] == [True, True, False]
    assert guesses.exceeded("a")
    assert not guesses.exceeded("b")
    assert "in this process alone" in caplog.text
    alone = Guesses(None, limit=1)
    alone.count("a")
    assert alone.exceeded("a")


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::9", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("2001:db8:0:2::1", "2001:db8:0:3::1", False),
        ("2001:db8::1", "2001:db8::8000:0:0:1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("a:b:nonsense", "a:b:other", False),
    ],
)
def test_a_household_is_an_ipv4_address_or_64_bits_of_ipv6(one: str, other: str, is_one: bool) -> None:
    guesses = Guesses(None, limit=1)
    guesses.count(one)
    assert guesses.exceeded(one)
    assert guesses.exceeded(other) is is_one


def test_a_key_that_was_good_from_an_address_is_known_everywhere_for_a_day(server: MemoryRedis) -> None:
    one, other = (Guesses(server) for _ in range(2))  # type: ignore[arg-type]
    assert not one.was_good(b"digest", "a")
    one.note_good(b"digest", "a")
    one.note_good(b"digest", "a")
    assert other.was_good(b"digest", "a")
    assert not other.was_good(b"digest", "b")
    assert not other.was_good(b"tsegid", "a")
    ((name, expiry),) = server.expiries.items()
    assert expiry == 86_400
    assert "digest" not in name
    server.away = True
    assert one.was_good(b"digest", "a"), "it was noted here"
    assert not other.was_good(b"digest", "a")


def test_good_keys_noted_last_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MAX_NAMES", 2)
    guesses = Guesses(None)
    for digest in (b"1", b"2", b"3"):
        guesses.note_good(digest, "a")
    assert [guesses.was_good(digest, "a") for digest in (b"1", b"2", b"3")] == [False, True, True]


def test_twenty_wrong_keys_a_minute_are_the_limit_unless_another_is_given() -> None:
    guesses = Guesses(None)
    assert (guesses.limit, guesses.period_s) == (20, 60)
