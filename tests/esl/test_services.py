"""What calls get of services: definitions, kept answers, breakers. Nothing of it raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import gevent
import pytest

from esl_server.services import answers
from esl_server.services.answers import Kept, KeptAnswers
from esl_server.services.breakers import FAILURES_IN_A_ROW, OPEN_S, Breakers, is_well
from esl_server.services.client import NetworkServices
from ivr.clients.service_http import Asked
from ivr.domain.errors import StorageUnavailable
from ivr.domain.service_definition import Service
from ivr.domain.services import ServiceAnswer
from ivr.storage.redis.service_health import Noted
from tests.service_stub import service

CRM = service("http://crm.test/")
# By which its breaker is known.
AT = "crm http://crm.test/"
OK = Asked(ServiceAnswer(5, 200, {"known": True}), b'{"known": true}')
AWAY = Asked(ServiceAnswer(3000, failure="timeout"))


@dataclass
class Http:
    """Answers with these in turn, the last for ever."""

    answers: list[Asked]
    asked: list[tuple[Service, Mapping[str, Any], str]] = field(default_factory=list)

    def ask(self, service: Service, variables: Mapping[str, Any], call_id: str) -> Asked:
        self.asked.append((service, variables, call_id))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Known(dict[str, Service]):
    def find(self, name: str) -> Service | None:
        return self.get(name)


@dataclass
class World:
    """`now` is the time of everything."""

    http: Http
    now: float = 1000.0
    known: Known = field(default_factory=lambda: Known(crm=CRM))
    counted: list[tuple[str, str, int]] = field(default_factory=list)
    left: list[tuple[str, Mapping[str, Any], str]] = field(default_factory=list)
    services: NetworkServices = field(init=False)

    def __post_init__(self) -> None:
        self.services = NetworkServices(
            self.known,
            self.http,
            self.leave,
            lambda *each: self.counted.append(each),
            Breakers(lambda: self.now),
            clock=lambda: self.now,
        )

    def leave(self, *notice: Any) -> bool:
        self.left.append(notice)
        return True

    def ask(self, name: str = "crm", **sent: Any) -> ServiceAnswer:
        return self.services.ask(name, sent, "call_1")

    def failures(self, count: int) -> list[str | None]:
        return [self.ask(n=n).failure for n in range(count)]


def world(*answers: Asked) -> World:
    return World(Http(list(answers)))


def test_a_service_is_asked_with_what_the_menu_sends() -> None:
    calls = world(OK)
    assert calls.ask(caller="+14155550100") == ServiceAnswer(5, 200, {"known": True})
    assert calls.http.asked == [(CRM, {"caller": "+14155550100"}, "call_1")]
    assert calls.counted == [("crm", "ok", 5)]


def test_what_comes_of_an_answer_has_a_turn_of_its_own() -> None:
    it, order = world(OK), list[int]()
    services = NetworkServices(it.known, it.http, it.leave, pause=lambda: order.append(len(it.http.asked)))
    services.ask("crm", {}, "call_1")
    assert order == [1]


def test_an_answer_that_came_in_time_counts_however_long_it_waits_for_its_turn() -> None:
    it = world(OK)
    it.known["crm"] = replace(CRM, timeout_s=0.01)
    busy = NetworkServices(it.known, it.http, it.leave, pause=lambda: gevent.sleep(30))
    assert busy.ask("crm", {}, "call_1") == OK.answer


def test_a_service_that_there_is_none_of_is_unknown_and_not_counted() -> None:
    calls = world(OK)
    assert calls.ask("other") == ServiceAnswer(0, failure="unknown")
    assert (calls.http.asked, calls.counted) == ([], [])


def test_what_is_no_json_is_not_sent() -> None:
    assert world(OK).ask(x={1, 2}).failure == "refused"


def test_a_notice_is_left_even_for_a_service_that_is_not_known_here() -> None:
    calls = world(OK)
    assert calls.services.notify("other", {"a": 1}, "call_1", "tell.0") is True
    assert calls.left == [("other", {"a": 1}, "call_1", "tell.0")]


def test_an_answer_is_used_again_while_the_service_allows_it() -> None:
    calls = world(OK._replace(kept_s=60), Asked(ServiceAnswer(5, 200, {"known": False}), b"{}"))
    first = calls.ask(caller="+1")
    first.body["known"] = "changed by the call"
    calls.now += 59.9
    assert calls.ask(caller="+1") == ServiceAnswer(0, 200, {"known": True})
    assert calls.counted[-1] == ("crm", "kept", 0)
    assert len(calls.http.asked) == 1
    assert calls.ask(caller="+2").body == {"known": False}
    calls.now += 0.1
    assert calls.ask(caller="+1").body == {"known": False}


def test_an_answer_is_not_used_again_after_a_change_of_the_service() -> None:
    calls = world(OK._replace(kept_s=60))
    calls.ask()
    calls.known["crm"] = replace(CRM, url="http://other.test/")
    calls.ask()
    assert len(calls.http.asked) == 2


def test_answers_that_are_kept_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MOST_ANSWERS", 3)
    monkeypatch.setattr(answers, "MOST_BYTES", 100)
    kept = KeptAnswers()
    for n in range(4):
        kept.keep((CRM, str(n)), Kept(200, b"x" * 9, 10.0))
    assert [kept.find((CRM, str(n)), 0.0) is not None for n in range(4)] == [False, True, True, True]
    assert kept.find((CRM, "1"), 0.0) is not None  # used last
    kept.keep((CRM, "big"), Kept(200, b"x" * 80, 10.0))
    assert [kept.find((CRM, n), 0.0) is not None for n in ("1", "2", "3", "big")] == [True, False, False, True]
    kept.keep((CRM, "too big"), Kept(200, b"x" * 101, 10.0))
    assert kept.find((CRM, "too big"), 0.0) is None
    assert kept.find((CRM, "1"), 0.0) is None
    assert kept._bytes == 0


def test_a_service_that_failed_five_times_in_a_row_is_left_alone() -> None:
    calls = world(AWAY)
    assert calls.failures(7) == ["timeout"] * FAILURES_IN_A_ROW + ["circuit_open"] * 2
    assert len(calls.http.asked) == FAILURES_IN_A_ROW
    calls.now += OPEN_S - 0.1
    assert calls.ask() == ServiceAnswer(0, failure="circuit_open")


def test_after_its_rest_one_call_asks_and_the_others_do_not_wait_for_it() -> None:
    calls = world(AWAY)
    calls.failures(FAILURES_IN_A_ROW)
    calls.now += OPEN_S
    breakers = calls.services.breakers
    assert [breakers.lets_through(AT) for _ in range(3)] == [True, False, False]
    breakers.note(AT, answered=False)
    assert not breakers.lets_through(AT)
    calls.now += OPEN_S
    assert breakers.lets_through(AT)
    breakers.note(AT, answered=True)
    assert [breakers.lets_through(AT) for _ in range(3)] == [True] * 3


def test_a_call_that_never_came_back_from_asking_holds_the_others_up_for_five_seconds() -> None:
    calls = world(AWAY)
    calls.failures(FAILURES_IN_A_ROW)
    calls.now += OPEN_S
    assert calls.services.breakers.lets_through(AT)
    calls.now += 5
    assert calls.services.breakers.lets_through(AT)


def test_an_answer_in_between_begins_the_count_again() -> None:
    calls = world(*[AWAY] * 4, OK, *[AWAY] * 4, OK)
    assert "circuit_open" not in calls.failures(11)


def test_a_service_that_got_another_address_is_asked_at_once() -> None:
    calls = world(AWAY)
    calls.failures(FAILURES_IN_A_ROW)
    assert calls.ask().failure == "circuit_open"
    calls.known["crm"] = replace(CRM, url="http://other.test/")
    assert calls.ask().failure == "timeout"


def test_one_service_that_fails_is_no_other() -> None:
    calls = world(AWAY)
    calls.known["pay"] = replace(CRM, name="pay")
    calls.failures(FAILURES_IN_A_ROW)
    assert calls.ask().failure == "circuit_open"
    assert calls.ask("pay").failure == "timeout"


@pytest.mark.parametrize(
    ("answer", "well"),
    [
        (ServiceAnswer(1, 200, {}), True),
        (ServiceAnswer(1, 404, failure="status"), True),
        (ServiceAnswer(1, 302, failure="status"), True),
        (ServiceAnswer(1, failure="refused"), True),
        (ServiceAnswer(1, 500, failure="status"), False),
        (ServiceAnswer(1, 200, failure="not_json"), False),
        (ServiceAnswer(1, 200, failure="too_large"), False),
        (ServiceAnswer(1, failure="timeout"), False),
        (ServiceAnswer(1, failure="unreachable"), False),
    ],
)
def test_what_counts_as_a_failure_of_the_service(answer: ServiceAnswer, well: bool) -> None:
    assert is_well(answer) is well


@dataclass
class Redis:
    """What the processes share: `opened` is answered."""

    opened: frozenset[str] = frozenset()
    away: bool = False
    got: list[dict[str, Noted]] = field(default_factory=list)

    def exchange(self, noted: dict[str, Noted], failures_in_a_row: int, open_s: float) -> frozenset[str]:
        if self.away:
            raise StorageUnavailable("away")
        self.got.append(noted)
        return self.opened


def test_a_service_that_failed_elsewhere_is_left_alone_here_and_then_asked_by_one() -> None:
    calls, redis = world(OK), Redis(frozenset({AT}))
    calls.services.breakers.share(redis)
    assert calls.ask().failure == "circuit_open"
    redis.opened = frozenset()
    calls.services.breakers.share(redis)
    breakers = calls.services.breakers
    assert [breakers.lets_through(AT) for _ in range(2)] == [True, False]
    breakers.note(AT, answered=True)
    assert calls.ask().failure is None


def test_without_redis_each_process_goes_by_what_it_saw_and_tells_it_later() -> None:
    calls, redis = world(AWAY), Redis(frozenset({AT}), away=True)
    calls.services.breakers.share(redis)
    assert calls.failures(6) == ["timeout"] * 5 + ["circuit_open"]
    calls.services.breakers.share(redis)
    redis.away = False
    calls.services.breakers.share(redis)
    calls.services.breakers.share(redis)
    assert redis.got == [{AT: Noted(failures=5)}, {}]
