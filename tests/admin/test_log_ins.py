"""Limits on log-ins: who guesses gets slower, and nobody else is locked out."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient

from admin.http.limits import Guesses
from admin.http.log_ins import FIRST_PAUSE_S, OF_ACCOUNT, SLOWED_AT_ONCE, LogIns, Pauses
from admin.http.problems import ApiError
from admin.http.services import Services
from admin.wiring import Stores
from ivr.secrets import Sealer
from tests.admin.test_believed_keys import Clock

PASSWORD = "correct horse battery"
ORIGIN = {"Origin": "http://localhost"}
ADDRESS, ELSEWHERE = "192.0.2.1", "198.51.100.7"
SEALER = Sealer(lambda: b"s" * 32)


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture(params=["redis", "alone"])
def log_ins(request: pytest.FixtureRequest, cache: str, slept: list[float]) -> LogIns:
    client = redis.Redis.from_url(cache) if request.param == "redis" else None
    return LogIns(client, Guesses(client, 8, 60), SEALER, 3, slept.append)


def _right() -> str:
    return "ada"


def _wrong() -> None:
    return None


def _unasked() -> None:
    pytest.fail("the password is verified")


def test_one_account_from_one_address_is_paused_and_from_another_is_not(log_ins: LogIns, slept: list[float]) -> None:
    assert [log_ins.attempt(ADDRESS, "ada", "", _wrong) for _ in range(3)] == [None] * 3
    for _ in range(3):
        with pytest.raises(ApiError) as error:
            log_ins.attempt(ADDRESS, "ADA", "", _unasked)
        assert error.value.status == 429
        assert 1 <= int(error.value.headers["Retry-After"]) <= FIRST_PAUSE_S
    assert log_ins.attempt(ADDRESS, "bob", "", _right) == "ada", "another account at this address"
    assert log_ins.attempt(ELSEWHERE, "ada", "", _right) == "ada", "the same account from elsewhere"
    assert slept == []


def test_each_pause_is_twice_as_long_as_the_one_before() -> None:
    clock = Clock()
    pauses = Pauses(None, clock)
    waits = []
    for _ in range(8):
        waits.append(pauses.step("pair") or pauses.step("pair"))
        clock.now += waits[-1]
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300]
    pauses.forget("pair")
    assert pauses.step("pair") == 5


def test_an_address_that_tries_many_accounts_makes_others_there_slow_and_locks_none_out(
    log_ins: LogIns, slept: list[float]
) -> None:
    for number in range(30):
        log_ins.attempt(ADDRESS, f"made up {number}", "", _wrong)
    assert len(slept) == 30 - 8
    assert log_ins.attempt(ADDRESS, "ada", "", _right) == "ada"
    assert len(slept) == 30 - 8 + 1
    assert log_ins.attempt(ELSEWHERE, "ada", "", _right) == "ada"
    assert len(slept) == 30 - 8 + 1, "elsewhere nobody waits"


def test_an_account_that_is_tried_from_everywhere_is_slow_for_strangers_alone(
    log_ins: LogIns, slept: list[float]
) -> None:
    device = log_ins.device_cookie("ada")
    for number in range(OF_ACCOUNT + 5):
        log_ins.attempt(f"198.51.100.{number}", "ada", "", _wrong)
    assert len(slept) == 5
    assert log_ins.attempt("192.0.2.200", "ada", "", _right) == "ada"
    assert len(slept) == 6
    assert log_ins.attempt("192.0.2.201", "ada", device, _right) == "ada"
    assert len(slept) == 6, "a browser that she used before is no stranger"


@pytest.mark.parametrize(
    "device",
    ["", "made-up", SEALER.seal("device of bob"), SEALER.seal("ada")],
    ids=["none", "made up", "another's", "sealed for something else"],
)
def test_only_a_device_of_this_account_is_known(log_ins: LogIns, device: str) -> None:
    for _ in range(3):
        log_ins.attempt(ADDRESS, "ada", "", _wrong)
    with pytest.raises(ApiError):
        log_ins.attempt(ADDRESS, "ada", device, _unasked)


def test_a_known_device_has_a_few_guesses_too_and_no_more(log_ins: LogIns) -> None:
    device = log_ins.device_cookie("ada")
    for _ in range(3):
        log_ins.attempt(ADDRESS, "ada", device, _wrong)
    with pytest.raises(ApiError):
        log_ins.attempt(ADDRESS, "ada", device, _unasked)


def test_a_right_password_and_a_check_that_fails_use_up_nothing(log_ins: LogIns, slept: list[float]) -> None:
    numbers = count()

    def breaks() -> str:
        next(numbers)
        raise ConnectionError

    for _ in range(20):
        assert log_ins.attempt(ADDRESS, "ada", "", _right) == "ada"
        with pytest.raises(ConnectionError):
            log_ins.attempt(ADDRESS, "ada", "", breaks)
    assert (next(numbers), slept) == (20, [])


def test_no_more_than_so_many_are_slowed_at_once(cache: str) -> None:
    alone: LogIns
    depth = count()

    def while_slowed(_seconds: float) -> None:
        if next(depth) < SLOWED_AT_ONCE - 1:
            alone.slow_down()
        else:
            with pytest.raises(ApiError) as error:
                alone.slow_down()
            assert error.value.status == 429

    alone = LogIns(None, Guesses(None), SEALER, sleep=while_slowed)
    alone.slow_down()
    assert next(depth) == SLOWED_AT_ONCE


@pytest.fixture
def log_in(app: Flask, services: Services, stores: Stores) -> Callable[[FlaskClient, str], int]:
    stores.postgres.users.create("ada", PASSWORD, ["read"], actor="tests")
    services.get(LogIns)._sleep = lambda _: None

    def send(client: FlaskClient, password: str) -> int:
        return client.post("/ui/login", data={"name": "ada", "password": password}, headers=ORIGIN).status_code

    return send


def test_behind_one_address_a_browser_that_was_logged_in_before_stays_able_to(
    app: Flask, log_in: Callable[[FlaskClient, str], int]
) -> None:
    hers, attacker, hers_at_home = app.test_client(), app.test_client(), app.test_client()
    assert log_in(hers, PASSWORD) == 303
    found = [log_in(attacker, f"wrong password {n}") for n in range(100)]
    assert (found.count(401), found.count(429)) == (5, 95)
    assert log_in(attacker, PASSWORD) == 429, "not even with the right one"
    assert log_in(hers, PASSWORD) == 303
    hers_at_home.environ_base = {"REMOTE_ADDR": ELSEWHERE}
    assert log_in(hers_at_home, PASSWORD) == 303
