"""Key scripts as tests of a menu: kept with it, run on the real call server, in the way of a bad change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from admin.menu_tests import service as menu_tests
from admin.menu_tests.service import MenuTestService
from ivr.clients.phone import PhoneClient
from ivr.ports.menus import MenuStore
from tests.helpers import wait_until
from tests.test_calls.conftest import CALLER, MENU

REACHES = {"name": "reaches the agent", "script": "1,1", "expected": {"outcome": "transferred", "node": "agent"}}
LETS_OUT = {"name": "9 lets out", "script": "9", "expected": {"outcome": "opted_out", "path": ["welcome", "dnc"]}}
SILENT = {"name": "silence", "script": "-,1,2", "expected": {"path": ["welcome", "welcome", "area", "bye"]}}
BROKEN = {"nodes": {"area": {"gather": {"2": "bye"}}}}


def add(api: Any, menu: str, *tests: dict[str, Any]) -> list[str]:
    ids = []
    for test in tests:
        answer = api("POST", f"/ivr/{menu}/tests", test)
        assert answer.status_code == 201, answer.text
        ids.append(answer.json["id"])
    return ids


def test_tests_are_made_read_changed_and_deleted(api, menu):
    (test,) = add(api, menu, REACHES)
    shown = api("GET", f"/ivr/{menu}/tests/{test}").json
    assert {name: shown[name] for name in REACHES} == REACHES
    assert shown["agent"] == "answers"
    assert api("PUT", f"/ivr/{menu}/tests/{test}", {**REACHES, "script": "1,-,1"}).json["script"] == "1,-,1"
    listed = api("GET", f"/ivr/{menu}/tests").json
    assert [each["id"] for each in listed["items"]] == [test]
    assert listed["run"] is None
    assert api("DELETE", f"/ivr/{menu}/tests/{test}").status_code == 204
    assert api("GET", f"/ivr/{menu}/tests/{test}").json["code"] == "test_not_found"
    assert api("DELETE", f"/ivr/{menu}/tests/{test}").status_code == 404
    actions = [each["action"] for each in api("GET", "/audit").json["items"]]
    assert actions[:3] == ["test.delete", "test.change", "test.create"]


def test_two_tests_of_one_menu_have_two_names(api, menu):
    first, second = add(api, menu, REACHES, LETS_OUT)
    assert api("POST", f"/ivr/{menu}/tests", REACHES).json["code"] == "test_taken"
    assert api("PUT", f"/ivr/{menu}/tests/{second}", REACHES).json["code"] == "test_taken"
    assert api("PUT", f"/ivr/{menu}/tests/{first}", REACHES).status_code == 200


def test_tests_go_with_their_menu(api, menu):
    add(api, menu, REACHES)
    api("POST", f"/ivr/{menu}/tests/run", {})
    assert api("DELETE", f"/ivr/{menu}").status_code == 204
    assert api("GET", f"/ivr/{menu}/tests").status_code == 404


def test_a_test_of_another_menu_is_not_found(api, menu):
    (test,) = add(api, menu, REACHES)
    other = api.create(MENU)
    assert api("GET", f"/ivr/{other}/tests/{test}").status_code == 404
    assert api("PUT", f"/ivr/{other}/tests/{test}", REACHES).status_code == 404


def test_a_run_says_of_each_test_whether_it_passed_and_what_happened(api, menu):
    wrong = {**REACHES, "name": "wrong", "script": "1,2"}
    wrong["expected"] = {"outcome": "transferred", "node": "agent", "path": ["area"]}
    add(api, menu, REACHES, LETS_OUT, SILENT, wrong)
    run = api("POST", f"/ivr/{menu}/tests/run", {}).json
    assert [each["passed"] for each in run["results"]] == [True, True, True, False]
    assert (run["passed"], run["failed"], run["version"]) == (3, 1, 1)
    assert run["results"][3]["faults"] == [
        "the outcome is hung_up, not transferred",
        "it ends at bye, not at agent",
        "the way is welcome > area > bye, not area",
    ]
    assert run["results"][0]["path"] == ["welcome", "area", "agent"]
    assert api("GET", f"/calls/{run['results'][0]['call_id']}").json["test"] is True
    kept = api("GET", f"/ivr/{menu}/tests").json["run"]
    assert kept == run


def test_tests_of_a_live_menu_put_nobody_on_the_list(api, menu):
    api("POST", f"/ivr/{menu}/assign", {"did": "+14155550100"})
    add(api, menu, LETS_OUT)
    assert api("POST", f"/ivr/{menu}/tests/run", {}).json["failed"] == 0
    assert api("GET", f"/dnc/{CALLER}").status_code == 404


def test_a_run_on_a_draft_changes_nothing(api, menu):
    add(api, menu, REACHES)
    draft = {**MENU, "nodes": {**MENU["nodes"], **BROKEN["nodes"]}}
    run = api("POST", f"/ivr/{menu}/tests/run", {"draft": draft}).json
    assert (run["version"], run["failed"]) == (None, 1)
    assert api("GET", f"/ivr/{menu}/tests").json["run"] is None
    assert api("GET", f"/ivr/{menu}").json["version"] == 1


def test_a_run_without_tests_is_nothing_and_quick(api, menu):
    run = api("POST", f"/ivr/{menu}/tests/run", {}).json
    assert (run["passed"], run["failed"], run["results"]) == (0, 0, [])


def test_the_agent_of_a_test_behaves_as_it_says(api, menu):
    add(api, menu, {**REACHES, "agent": "busy", "expected": {"outcome": "agent_unavailable"}})
    assert api("POST", f"/ivr/{menu}/tests/run", {}).json["failed"] == 0


def test_each_save_runs_the_tests_and_the_result_stands_with_the_version(api, menu):
    add(api, menu, REACHES)
    assert api("PATCH", f"/ivr/{menu}", BROKEN).status_code == 200
    run = wait_until(lambda: api("GET", f"/ivr/{menu}/tests").json["run"], 30, "the tests have run")
    assert (run["version"], run["failed"]) == (2, 1)
    assert api("PUT", f"/ivr/{menu}", MENU).status_code == 200
    wait_until(lambda: api("GET", f"/ivr/{menu}/tests").json["run"]["version"] == 3, 30, "they have run again")
    assert api("GET", f"/ivr/{menu}/tests").json["run"]["failed"] == 0


def test_a_change_that_fails_a_test_is_refused_where_that_is_asked_for(api, menu):
    add(api, menu, REACHES)
    for method, body in (("PATCH", BROKEN), ("PUT", {**MENU, "nodes": {**MENU["nodes"], **BROKEN["nodes"]}})):
        answer = api(method, f"/ivr/{menu}?require_tests=true", body)
        assert answer.status_code == 409
        assert answer.json["code"] == "tests_failed"
        assert answer.json["results"][0]["passed"] is False
    assert api("GET", f"/ivr/{menu}").json["version"] == 1
    good = {"nodes": {"area": {"gather": {"1": "agent", "3": "bye"}}}}
    assert api("PATCH", f"/ivr/{menu}?require_tests=true", good).json["version"] == 2


def test_a_return_to_a_version_that_fails_a_test_is_refused_where_that_is_asked_for(api, menu):
    api("PATCH", f"/ivr/{menu}", BROKEN)
    api("PUT", f"/ivr/{menu}", MENU)
    add(api, menu, REACHES)
    answer = api("POST", f"/ivr/{menu}/versions/2/restore?require_tests=true")
    assert (answer.status_code, answer.json["code"]) == (409, "tests_failed")
    assert answer.json["results"][0]["passed"] is False
    assert api("GET", f"/ivr/{menu}").json["version"] == 3
    assert api("POST", f"/ivr/{menu}/versions/9/restore?require_tests=true").json["code"] == "version_not_found"
    assert api("POST", f"/ivr/{menu}/versions/1/restore?require_tests=true").status_code == 200
    assert api("POST", f"/ivr/{menu}/versions/2/restore").json["version"] == 4


def test_a_change_cannot_be_tested_while_the_phone_is_away(api, menu, services, monkeypatch):
    add(api, menu, REACHES)
    away = PhoneClient("http://127.0.0.1:1", lambda: "x")
    monkeypatch.setattr(services.get(PhoneClient), "_http", away._http)
    assert api("PATCH", f"/ivr/{menu}?require_tests=true", BROKEN).status_code == 503
    assert api("GET", f"/ivr/{menu}").json["version"] == 1
    assert api("PATCH", f"/ivr/{menu}", BROKEN).status_code == 200


SENSELESS: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "/name"),
    ({"name": " x"}, "/name"),
    ({"name": "a\nb"}, "/name"),
    ({"script": ""}, "/script"),
    ({"script": "1,x"}, "/script"),
    ({"script": "1" * 25}, "/script"),
    ({"script": ",".join(["1"] * 101)}, "/script"),
    ({"script": ["1"]}, "/script"),
    ({"expected": {}}, "/expected"),
    ({"expected": {"outcome": "won"}}, "/expected/outcome"),
    ({"expected": {"node": "a b"}}, "/expected/node"),
    ({"expected": {"path": []}}, "/expected/path"),
    ({"agent": "sip:root@example.org"}, "/agent"),
]


def test_a_test_that_makes_no_sense_is_refused_with_a_pointer(api, menu):
    for change, pointer in SENSELESS:
        answer = api("POST", f"/ivr/{menu}/tests", {**REACHES, **change})
        assert answer.status_code == 422, change
        assert answer.json["errors"][0]["pointer"] == pointer, change


def test_a_menu_holds_only_so_many_tests(api, menu, monkeypatch):
    monkeypatch.setattr("ivr.storage.postgres.menu_tests.MAX_TESTS", 1)
    add(api, menu, REACHES)
    assert api("POST", f"/ivr/{menu}/tests", LETS_OUT).json["code"] == "too_many_tests"


def test_of_many_saves_at_once_the_last_one_is_tested(api, menu, services):
    add(api, menu, REACHES)
    waiting: list[Any] = []
    tests = replace(services.get(MenuTestService), in_background=waiting.append)
    for name in ("one", "two", "three"):
        tests.after_save(
            services.get(MenuStore).edit(menu, lambda document, name=name: {**document, "name": name}, actor="test")
        )
    assert len(waiting) == 1
    waiting.pop()()
    assert api("GET", f"/ivr/{menu}/tests").json["run"]["version"] == 4
    tests.after_save(services.get(MenuStore).get(menu))
    assert len(waiting) == 1


def test_runs_beyond_a_few_at_once_are_told_to_come_again(api, menu, services, monkeypatch):
    add(api, menu, REACHES)
    monkeypatch.setattr(menu_tests, "_BUSY_S", 0.1)
    for _ in range(menu_tests.MAX_RUNS):
        assert services.get(MenuTestService).turns.acquire(blocking=False)
    assert api("POST", f"/ivr/{menu}/tests/run", {}).json["code"] == "phone_busy"
    services.get(MenuTestService).turns.release()
    assert api("POST", f"/ivr/{menu}/tests/run", {}).json["passed"] == 1


def test_chance_is_the_same_in_every_run_unless_the_run_says_otherwise(api):
    half = {"switch": "random", "case": {"1..50": "bye"}, "default": "dnc"}
    ends = {"bye": {"action": "hangup"}, "dnc": {"action": "suppress"}}
    menu = api.create({"name": "M", "nodes": {"half": half, **ends}})
    add(api, menu, {"name": "bye", "script": "-", "expected": {"node": "bye"}})
    run = f"/ivr/{menu}/tests/run"
    assert [api("POST", run, {}).json["passed"] for _ in range(3)] == [1, 1, 1]
    other = api("POST", run, {"given": {"random": 51}}).json
    assert (other["passed"], other["results"][0]["path"]) == (0, ["half", "dnc"])
    assert api("GET", f"/ivr/{menu}/tests").json["run"]["passed"] == 1, "nothing of it is kept"
    assert api("POST", run, {"given": {"random": 101}}).status_code == 422


def test_hours_are_asked_at_the_time_that_a_run_is_given(api):
    week = {"mon": ["09:00-17:00"]}
    made = api("POST", "/hours", {"name": "office", "zone": "America/New_York", "week": week})
    assert made.status_code == 201
    asks = {"switch": "hours:office", "case": {"open": "here"}, "default": "away"}
    ends = {"here": {"action": "hangup"}, "away": {"action": "hangup"}}
    menu = api.create({"name": "M", "nodes": {"asks": asks, **ends}})
    add(api, menu, {"name": "open", "script": "-", "expected": {"node": "here"}})
    for at, passed in (("2026-03-09T09:00:00-04:00", 1), ("2026-03-09T12:59:59Z", 0)):
        assert api("POST", f"/ivr/{menu}/tests/run", {"given": {"at": at}}).json["passed"] == passed
