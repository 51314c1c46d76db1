"""Requests on a call: asked without the caller noticing where the answer comes at once, with words meanwhile where it
does not, again by the next worker, which says nothing twice; notices left on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import gevent
import pytest

from devswitch.caller import AgentBook, ScriptedAgent
from devswitch.channel import ChannelNote
from esl_server.switch.session import Session
from ivr.domain.menu.published import Given
from ivr.domain.reports.funnel import funnel_of
from ivr.domain.services import Failure
from ivr.storage.postgres.calls import call_from_json
from tests.calls.fake_services import FakeServices
from tests.calls.test_messages import BYE, DIALECTS, HELLO, WELCOME, cut_all, cut_at, path, publish, record
from tests.calls.test_switches import ANI, call
from tests.rig import Rig

FIND: dict[str, Any] = {
    "ask": {"audio": "welcome.wav", "gather": {"XXX": "find"}, "save": "code"},
    "find": {"action": "request", "audio": "hello.wav", "service": "codes", "send": ["code", "caller"],
             "save": "found", "next": "known", "fail_node": "down"},
    "known": {"switch": "found.known", "case": {"true": "bye"}, "default": "agent"},
    "down": {"action": "hangup"},
    "agent": {"action": "transfer"},
    "bye": {"action": "hangup", "audio": "bye.wav"},
}  # fmt: skip
ASKED = ("codes", {"code": "123", "caller": ANI})


def served(rig: Rig, services: FakeServices) -> FakeServices:
    rig.server._services = replace(rig.server._services, services=services)
    return services


def slow(rig: Rig, services: FakeServices) -> FakeServices:
    """Answers only once the caller hears something of the request."""
    services.let.clear()
    return served(rig, services)


def let(services: FakeServices, file: str) -> Any:
    def watch(note: ChannelNote) -> None:
        if note.kind == "play" and file in note.text:
            services.let.set()

    return watch


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    written: list[bytes] = []
    send = Session._send

    def noted(self: Session, data: bytes) -> None:
        written.append(data)
        send(self, data)

    monkeypatch.setattr(Session, "_send", noted)
    return written


@DIALECTS
def test_an_answer_that_comes_at_once_costs_no_round_trip_and_is_not_heard(
    rig: Rig, writes: list[bytes], variables: dict[str, str]
) -> None:
    services = served(rig, FakeServices(codes=[{"known": True}]))
    publish(rig, {**FIND, "known": {**FIND["known"], "case": {"true": "more"}}, "more": FIND["ask"]})
    result = call(rig, "123", extra_variables=variables)
    assert HELLO not in result.prompt_names
    assert services.asked[0] == ASKED
    assert path(rig)[:3] == [("ask", "key", "XXX"), ("find", "request", "codes"), ("known", "switch", "true")]
    step = record(rig)["path"][1]
    assert (step["value"], step["ms"], step["attempt"]) == ("200", 7, 1)
    assert len([data for data in writes if b"ivr_state" in data and b"play_and_get_digits" not in data]) == 0


@DIALECTS
def test_whoever_waits_for_an_answer_hears_the_prompt_of_the_request_in_one_write_with_the_state(
    rig: Rig, writes: list[bytes], variables: dict[str, str]
) -> None:
    services = slow(rig, FakeServices(codes=[{"known": True}]))
    publish(rig, FIND)
    result = call(rig, "123", on_note=let(services, HELLO), extra_variables=variables)
    assert result.prompt_names == [WELCOME, HELLO, BYE]
    (waiting,) = [data for data in writes if HELLO.encode() in data]
    assert waiting.index(b"pfind.0.") < waiting.index(HELLO.encode())
    assert path(rig) == [("ask", "key", "XXX"), ("find", "played", None), ("find", "request", "codes"),
                         ("known", "switch", "true"), ("bye", "action", None)]  # fmt: skip
    assert len(services.asked) == 1


@DIALECTS
def test_a_worker_lost_in_a_request_leaves_it_to_the_next_which_asks_again_and_says_nothing_twice(
    rig: Rig, variables: dict[str, str]
) -> None:
    services = slow(rig, FakeServices(codes=[{"known": True}]))
    publish(rig, FIND)

    def watch(note: ChannelNote) -> None:
        if note.kind == "play" and HELLO in note.text:
            gevent.spawn(lose)

    def lose() -> None:
        cut_all(rig)
        rig.until(lambda: len(services.asked) == 2)
        services.let.set()

    result = call(rig, "123", on_note=watch, extra_variables=variables)
    assert result.connections == 2
    assert services.asked == [ASKED, ASKED]
    assert result.prompt_names == [WELCOME, HELLO, BYE]
    assert path(rig) == [("ask", "key", "XXX"), ("find", "played", None), ("find", "request", "codes"),
                         ("known", "switch", "true"), ("bye", "action", None)]  # fmt: skip
    assert (record(rig)["outcome"], record(rig)["take_overs"]) == ("hung_up", 1)


@pytest.mark.parametrize("failure", get_args(Failure))
def test_a_request_that_fails_leads_to_its_fail_node_and_changes_nothing(rig: Rig, failure: str) -> None:
    served(rig, FakeServices(codes=[f"!{failure}"]))
    publish(rig, FIND)
    call(rig, "123")
    assert path(rig)[-2:] == [("find", "request", "codes"), ("down", "action", None)]
    assert record(rig)["path"][1]["value"] == failure


def test_a_service_that_breaks_its_promise_fails_and_the_call_goes_on(rig: Rig) -> None:
    served(rig, FakeServices(codes=[RuntimeError("broken")]))
    publish(rig, FIND)
    call(rig, "123")
    assert path(rig)[-1] == ("down", "action", None)


def test_a_caller_without_a_number_is_sent_as_null_and_texts_are_filled(rig: Rig) -> None:
    send = {"who": "{caller}", "Why": "code {code}", "gone": "{nothing}", "n": 5, "list": "{found.l}"}
    again = {**FIND["find"], "send": send, "fail_node": "down", "next": "bye"}
    services = served(rig, FakeServices(codes=[{"l": ["a", 1, {"b": False}]}]))
    publish(rig, {**FIND, "known": again})
    call(rig, "123", ani="anonymous")
    assert services.asked == [
        ("codes", {"code": "123", "caller": None}),
        ("codes", {"who": None, "Why": "code 123", "gone": None, "n": 5, "list": ["a", 1, {"b": False}]}),
    ]  # fmt: skip


def test_what_does_not_fit_is_left_out_by_its_name_and_the_call_goes_on(rig: Rig) -> None:
    big = {f"n{number}": "x" * 400 for number in range(8)}
    served(rig, FakeServices(codes=[{"known": True, **big, "last": 1, "__proto__": 1}]))
    publish(rig, {**FIND, "known": {"switch": "found.last", "case": {"1": "bye"}, "default": "down"}})
    call(rig, "123")
    unset = [key for node, result, key in path(rig) if result == "not_set"]
    assert unset == ["found.n4", "found.n5", "found.n6", "found"]
    assert path(rig)[-1] == ("bye", "action", None)
    counts = funnel_of(call_from_json(record(rig)))
    assert (counts["find"].entered, counts["find"].onward) == (1, {"n:known": 1})


HOSTILE = '${system(rm -rf /)} "quoted" \'; drop table call_record; -- <img src=x onerror=alert(1)>\r\n\x00\ud800'


def test_a_hostile_answer_is_harmless(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """The development switch refuses whatever FreeSWITCH would misunderstand."""
    body = {"known": HOSTILE, "caller": HOSTILE, "__proto__": {"x": 1}, "list": [HOSTILE, {"k": HOSTILE}], HOSTILE: 1}
    nodes = {
        **FIND,
        "known": {"switch": "found.known", "case": {"${system*": "each"}, "default": "down"},
        "each": {"action": "each", "list": "found.list", "save": "one", "next": "more", "done_node": "bye"},
        "more": {"audio": "welcome.wav", "set": {"copy": "{one}{one.k}"}, "gather": {"1": "tell"}},
        "tell": {**FIND["find"], "send": ["copy", "found.list"], "save": "other", "next": "each"},
    }
    services = served(rig, FakeServices(codes=[body]))
    publish(rig, nodes)
    call(rig, "123,1,1")
    assert path(rig)[-1] == ("bye", "action", None)
    clean = '${system(rm -rf /)} "quoted" \'; drop table call_record; -- <img src=x onerror=alert(1)> '
    assert services.asked[1] == ("codes", {"copy": clean, "found.list": [clean, {"k": clean}]})
    assert record(rig)["path"][3]["value"] == clean[:64]
    assert "system(" not in caplog.text


def test_the_prompt_of_a_request_and_its_answer_are_one_visit(rig: Rig) -> None:
    services = slow(rig, FakeServices(codes=[{"known": True}]))
    publish(rig, FIND)
    call(rig, "123", on_note=let(services, HELLO))
    counts = funnel_of(call_from_json(record(rig)))
    assert (counts["find"].entered, counts["find"].onward) == (1, {"n:known": 1})


def test_the_first_node_of_a_menu_may_be_a_request_and_a_worker_lost_in_it_leaves_one_record(rig: Rig) -> None:
    services = slow(rig, FakeServices(codes=[{"known": True}]))
    publish(rig, {name: FIND[name] for name in ("find", "known", "down", "agent", "bye")})

    def watch(note: ChannelNote) -> None:
        if note.kind == "play" and HELLO in note.text:
            gevent.spawn(lose)

    def lose() -> None:
        cut_all(rig)
        rig.until(lambda: len(services.asked) == 2)
        services.let.set()

    result = call(rig, "-", on_note=watch)
    assert (result.connections, result.prompt_names) == (2, [HELLO, BYE])
    assert path(rig)[-1] == ("bye", "action", None)


def test_a_list_is_compared_by_its_values(rig: Rig) -> None:
    nodes = {**FIND, "known": {"switch": "found.flags", "case": {"blocked": "bye", "": "agent"}, "default": "down"}}
    served(rig, FakeServices(codes=[{"flags": ["new", "blocked"]}]))
    publish(rig, nodes)
    call(rig, "123")
    assert path(rig)[-2:] == [("known", "switch", "blocked"), ("bye", "action", None)]


def test_a_secret_answer_is_in_no_record_and_encrypted_in_the_state(
    rig: Rig, writes: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    nodes = {
        **FIND,
        "find": {**FIND["find"], "secret": True},
        "known": {"switch": "found.pin", "case": {"pin-4711": "more"}, "default": "down"},
        "more": {"audio": "welcome.wav", "set": {"copy": "{found.pin}"}, "gather": {"1": "tell"}},
        "tell": {**FIND["find"], "send": ["copy", "found.pin"], "next": "bye"},
    }
    services = served(rig, FakeServices(codes=[{"pin": "pin-4711"}]))
    publish(rig, nodes)
    call(rig, "123,1")
    assert services.asked[1] == ("codes", {"copy": "pin-4711", "found.pin": "pin-4711"})
    assert path(rig)[-1] == ("bye", "action", None)
    assert "pin-4711" not in str(record(rig))
    assert "pin-4711" not in caplog.text
    assert not any(b"pin-4711" in data for data in writes)
    assert any(b";V" in data for data in writes)


# -- notices ------------------------------------------------------------------------------------------------------

TELL: dict[str, Any] = {
    "ask": {"audio": "welcome.wav", "gather": {"1": "tell"}},
    "tell": {"action": "request", "wait": False, "service": "desk", "send": {"number": "{caller}"}, "next": "more"},
    "more": {"audio": "welcome.wav", "gather": {"1": "bye"}},
    "bye": FIND["bye"],
}


@pytest.mark.parametrize("is_taken", [True, False])
def test_a_notice_costs_no_round_trip_and_the_call_goes_on_whatever_comes_of_it(
    rig: Rig, writes: list[bytes], is_taken: bool
) -> None:
    services = served(rig, FakeServices())
    services.takes_notices = is_taken
    publish(rig, TELL)
    call(rig, "1,1")
    assert services.notices == [("desk", {"number": ANI})]
    assert services.asked == []
    assert record(rig)["path"][1]["value"] == ("left" if is_taken else "not_left")
    assert path(rig)[-1] == ("bye", "action", None)
    assert len([data for data in writes if b"play_and_get_digits" in data]) == 2


def test_a_notice_that_nothing_takes_leads_to_its_fail_node_if_it_has_one(rig: Rig) -> None:
    services = served(rig, FakeServices())
    services.takes_notices = False
    publish(rig, {**TELL, "tell": {**TELL["tell"], "fail_node": "bye"}})
    call(rig, "1")
    assert path(rig)[-1] == ("bye", "action", None)


def test_a_worker_lost_in_the_prompt_of_a_notice_does_not_send_it_again(rig: Rig) -> None:
    services = served(rig, FakeServices())
    publish(rig, {**TELL, "tell": {**TELL["tell"], "audio": "hello.wav"}})
    result = call(rig, "1,1", on_note=cut_at(rig, HELLO))
    assert result.connections == 2
    assert len(services.notices) == 1
    assert path(rig) == [("ask", "key", "1"), ("tell", "request", "desk"), ("tell", "played", None),
                         ("more", "key", "1"), ("bye", "action", None)]  # fmt: skip
    assert funnel_of(call_from_json(record(rig)))["tell"].entered == 1


@DIALECTS
def test_a_notice_left_again_by_the_next_worker_is_the_same_and_that_of_another_visit_is_another(
    rig: Rig, variables: dict[str, str]
) -> None:
    """The worker is lost before the channel's state tells of the notice."""
    again = {"audio": "hello.wav", "gather": {"1": "tell", "2": "bye"}}
    services = served(rig, FakeServices())
    publish(rig, {**TELL, "more": again})
    result = call(rig, "1,1,2", on_note=cut_at(rig, HELLO), extra_variables=variables)
    assert result.connections == 2
    first, second = list(dict.fromkeys(services.places))
    assert (first.partition(" ")[2], second.partition(" ")[2]) == ("tell.0", "tell.1")
    assert first.partition(" ")[0] == second.partition(" ")[0] == record(rig)["call_id"]


def test_a_worker_lost_right_after_a_notice_leaves_the_same_again(rig: Rig) -> None:
    services = served(rig, FakeServices())
    leave = services.notify

    def lost(*notice: Any) -> bool:
        is_taken = leave(*notice)
        if len(services.notices) == 1:
            cut_all(rig)
        return is_taken

    services.notify = lost  # type: ignore[method-assign, assignment]
    publish(rig, TELL)
    result = call(rig, "1,1")
    assert result.connections == 2
    assert len(services.places) == 2
    assert len(set(services.places)) == 1
    assert path(rig)[-1] == ("bye", "action", None)


def test_a_test_of_a_menu_asks_no_service(rig: Rig) -> None:
    services = served(rig, FakeServices(codes=[{"known": True}]))
    publish(rig, FIND)
    menu = rig.menus.menus["ivr_seed01:4"]
    rig.menus.publish(replace(menu, version=5, given=Given(random=1)), "+14155550100")
    call(rig, "123")
    assert services.asked == []
    assert record(rig)["path"][1]["value"] == "unknown"


def test_a_transfer_may_ring_again_with_another_answer(rig: Rig) -> None:
    nodes = {
        "bid": {"action": "request", "service": "bids", "next": "ring", "fail_node": "bye", "max_visits": 2,
                "over_node": "bye"},
        "ring": {"action": "transfer", "fallback_node": "bid"},
        "bye": FIND["bye"],
    }  # fmt: skip
    served(rig, FakeServices(bids=[{}]))
    publish(rig, nodes)
    result = call(rig, "-", agents=AgentBook(default=ScriptedAgent.busy()))
    assert len(result.bridges) == 2
    assert path(rig) == [("bid", "request", "bids"), ("ring", "action", None)] * 2 + [("bye", "action", None)]
