"""/lists: numbers put on, taken off, imported, exported, and what calls read at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
import redis
from werkzeug.test import TestResponse

from admin.wiring import Stores
from ivr.domain.number_lists import MAX_NUMBERS
from ivr.storage.listed_publisher import PostgresListedPublisher
from ivr.storage.redis.listed_numbers import ListedReader
from tests.admin.conftest import Api

ONE, TWO = "+14805551234", "+14805551235"
NOW = datetime.now(UTC)


@pytest.fixture
def vip(api: Api, stores: Stores) -> str:
    """The path of a list, as after the keeper's first look."""
    PostgresListedPublisher(stores.postgres.database, stores.listed).rebuild()
    made = api("POST", "/lists", {"name": "vip"})
    assert (made.status_code, made.headers["Location"]) == (201, "/lists/vip")
    return "/lists/vip"


@pytest.fixture
def calls(cache: str, stores: Stores) -> ListedReader:
    return ListedReader(cache, stores.listed._signed, timeout_s=10)


def send_file(api: Api, path: str, text: str, query: str = "") -> TestResponse:
    return api("POST", f"{path}/import{query}", text.encode(), headers={"Content-Type": "text/csv"})


def test_a_number_is_on_a_list_for_the_next_call_until_it_is_taken_off(
    api: Api, vip: str, calls: ListedReader
) -> None:
    made = api("PUT", f"{vip}/numbers/(480) 555-1234", {"note": "Ann"})
    assert made.status_code == 201
    shown = dict(made.json or {})
    del shown["added_at"]
    assert shown == {"number": ONE, "expires_at": None, "expired": False, "note": "Ann"}
    assert calls.lists_of(ONE, NOW) == {"vip"}
    assert api("GET", f"{vip}/numbers/{ONE}").json == made.json
    assert api("GET", vip).json["numbers_count"] == 1
    assert api("PUT", f"{vip}/numbers/{ONE}", {"note": "Ann"}).status_code == 200
    assert api("DELETE", f"{vip}/numbers/%2B14805551234").status_code == 204
    assert calls.lists_of(ONE, NOW) == frozenset()
    for method in ("GET", "DELETE"):
        gone = api(method, f"{vip}/numbers/{ONE}")
        assert (gone.status_code, gone.json["code"]) == (404, "number_not_listed")


def test_a_ban_ends_after_its_days(api: Api, vip: str, calls: ListedReader) -> None:
    made = api("PUT", f"{vip}/numbers/{ONE}", {"days": 30}).json
    end = datetime.fromisoformat(made["expires_at"])
    assert timedelta(days=29, hours=23) < end - NOW < timedelta(days=30, hours=1)
    assert calls.lists_of(ONE, end - timedelta(seconds=2)) == {"vip"}
    assert calls.lists_of(ONE, end + timedelta(seconds=2)) == frozenset()


def test_an_entry_that_has_ended_is_seen_and_is_not_on_the_list(api: Api, vip: str, stores: Stores) -> None:
    api("PUT", f"{vip}/numbers/{ONE}", {"days": 1})
    with stores.postgres.database.transaction() as connection:
        connection.execute("update listed_number set expires_at = now() - interval '1 hour'")
    assert api("GET", f"{vip}/numbers/{ONE}").status_code == 404
    assert [each["expired"] for each in api("GET", f"{vip}/numbers").json["items"]] == [True]
    assert api("GET", vip).json["numbers_count"] == 0


def test_many_numbers_are_put_on_at_once_and_shown_as_understood(api: Api, vip: str) -> None:
    done = api("POST", f"{vip}/numbers", {"numbers": ["(480) 555-1234", TWO, ONE], "days": 2, "note": "x"}).json
    assert done == {"added": 2, "changed": 0, "understood": [{"given": "(480) 555-1234", "number": ONE}]}
    assert [each["number"] for each in api("GET", f"{vip}/numbers").json["items"]] == [ONE, TWO]
    again = api("POST", f"{vip}/numbers", {"numbers": [TWO]}).json
    assert (again["added"], again["changed"]) == (0, 1)


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"numbers": ["12", ONE, "anonymous"]}, ["/numbers/0", "/numbers/2"]),
        ({"numbers": []}, ["/numbers"]),
        ({"numbers": [ONE], "days": 0}, ["/days"]),
        ({"numbers": [ONE], "days": 3651}, ["/days"]),
        ({"numbers": [ONE], "days": 1, "expires_at": "2999-01-01T00:00:00Z"}, ["/days"]),
        ({"numbers": [ONE], "expires_at": "2020-01-01T00:00:00Z"}, ["/expires_at"]),
        ({"numbers": [ONE], "expires_at": "9999-12-31T23:59:59-23:59"}, ["/expires_at"]),
        ({"numbers": [ONE], "note": "\u202e"}, ["/note"]),
        ({"numbers": [ONE], "note": "x" * 81}, ["/note"]),
        ({"numbers": [ONE], "list": "x"}, ["/list"]),
    ],
)
def test_each_fault_is_named_and_nothing_is_listed(
    api: Api, vip: str, body: dict[str, Any], pointers: list[str]
) -> None:
    refused = api("POST", f"{vip}/numbers", body)
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json["errors"]] == pointers
    assert api("GET", f"{vip}/numbers").json["items"] == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("DELETE", "", None),
        ("GET", "/numbers", None),
        ("GET", "/numbers.csv", None),
        ("POST", "/numbers", {"numbers": [ONE]}),
        ("GET", f"/numbers/{ONE}", None),
        ("PUT", f"/numbers/{ONE}", {}),
        ("POST", "/import", b"number\n+14805551234\n"),
    ],
)
@pytest.mark.parametrize("name", ["nothing", "a b"])
def test_a_list_that_is_not_there_is_not_found(api: Api, method: str, path: str, body: Any, name: str) -> None:
    kind = {"Content-Type": "text/csv"} if isinstance(body, bytes) else {}
    answer = api(method, f"/lists/{name}{path}", body, headers=kind)
    assert (answer.status_code, answer.json["code"]) == (404, "number_list_not_found")


def test_a_name_is_taken_once_and_a_list_with_numbers_is_deleted_by_force(
    api: Api, vip: str, calls: ListedReader
) -> None:
    again = api("POST", "/lists", {"name": "vip"})
    assert (again.status_code, again.json["code"]) == (409, "number_list_taken")
    assert [each["pointer"] for each in again.json["errors"]] == ["/name"]
    assert api("POST", "/lists", {"name": "a b"}).json["errors"][0]["pointer"] == "/name"
    api("PUT", f"{vip}/numbers/{ONE}", {})
    refused = api("DELETE", vip)
    assert (refused.status_code, refused.json["code"]) == (409, "number_list_not_empty")
    assert calls.lists_of(ONE, NOW) == {"vip"}
    assert api("DELETE", f"{vip}?force=true").status_code == 204
    assert calls.lists_of(ONE, NOW) == frozenset()
    assert api("GET", vip).status_code == 404


def test_a_file_is_read_as_people_have_it_with_the_ends_beside_the_numbers(api: Api, vip: str) -> None:
    text = (
        "Name;Phone;expires_at;note\n"
        "Ann;(480) 555-1234;2035-01-01T00:00:00Z;first\n"
        "Bob;480 555 1235;;\n"
        "Cas;480 555 1236;whenever;\n"
        "Dee;12;;\n"
    )
    tried = send_file(api, vip, text, "?dry_run=true&days=5").json
    assert (tried["numbers_count"], tried["added"], tried["dry_run"]) == (2, 0, True)
    done = send_file(api, vip, text, "?days=5").json
    assert (done["numbers_count"], done["added"], done["changed"], done["bad_count"]) == (2, 2, 0, 2)
    assert [(each["line"], each["number"]) for each in done["bad"]] == [(4, "whenever"), (5, "12")]
    ann, bob = api("GET", f"{vip}/numbers").json["items"]
    assert (ann["number"], ann["expires_at"], ann["note"]) == (ONE, "2035-01-01T00:00:00.000Z", "first")
    assert timedelta(days=4) < datetime.fromisoformat(bob["expires_at"]) - NOW < timedelta(days=6)


def test_an_export_that_is_imported_elsewhere_is_the_same_list(api: Api, vip: str) -> None:
    api("PUT", f"{vip}/numbers/{ONE}", {"expires_at": "2030-05-01T10:00:00.250Z", "note": "=1+1"})
    api("PUT", f"{vip}/numbers/{TWO}", {})
    exported = api("GET", f"{vip}/numbers.csv")
    assert exported.content_type == "text/csv; charset=utf-8"
    assert "'=1+1" in exported.text
    api("POST", "/lists", {"name": "copy"})
    assert send_file(api, "/lists/copy", exported.text).json["added"] == 2

    def entries(path: str) -> list[Any]:
        return [
            (each["number"], each["expires_at"], each["note"]) for each in api("GET", f"{path}/numbers").json["items"]
        ]

    assert entries("/lists/copy") == entries(vip)
    assert entries(vip)[0] == (ONE, "2030-05-01T10:00:00.250Z", "=1+1")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("number\n12\n", "bad_lines"),
        ("", "empty_file"),
        ("number,expires_at\n+14805551234,x\n", "bad_lines"),
        ("number,expires_at\n+14805551234,9999-12-31T23:59:59-23:59\n", "bad_lines"),
    ],
)
def test_a_file_without_a_good_line_is_refused(api: Api, vip: str, text: str, code: str) -> None:
    refused = send_file(api, vip, text)
    assert (refused.status_code, refused.json["code"]) == (422, code)
    assert api("GET", f"{vip}/numbers").json["items"] == []


def test_a_file_of_too_many_numbers_is_refused_whole(api: Api, vip: str) -> None:
    text = "number\n" + "".join(f"+1480{2000000 + n}\n" for n in range(MAX_NUMBERS + 1))
    refused = send_file(api, vip, text)
    assert (refused.status_code, refused.json["code"]) == (422, "number_list_full")
    assert api("GET", vip).json["numbers_count"] == 0


def test_a_file_of_another_kind_is_refused(api: Api, vip: str) -> None:
    assert api("POST", f"{vip}/import", {"numbers": [ONE]}).status_code == 415


def test_nothing_is_changed_while_calls_could_not_be_told(api: Api, vip: str, stores: Stores) -> None:
    api("PUT", f"{vip}/numbers/{ONE}", {})
    with patch.object(stores.listed._redis, "ping", side_effect=redis.ConnectionError("away")):
        for method, path, body in (
            ("PUT", f"/numbers/{TWO}", {}),
            ("DELETE", f"/numbers/{ONE}", None),
            ("DELETE", "?force=true", None),
            ("POST", "/numbers", {"numbers": [TWO]}),
        ):
            refused = api(method, vip + path, body)
            assert (refused.status_code, refused.json["code"]) == (503, "cache_unavailable")
    assert [each["number"] for each in api("GET", f"{vip}/numbers").json["items"]] == [ONE]


def test_a_change_that_redis_lost_is_told_by_the_keeper(
    api: Api, vip: str, stores: Stores, calls: ListedReader
) -> None:
    with patch.object(stores.listed._redis, "pipeline", side_effect=redis.ConnectionError("away")):
        answer = api("PUT", f"{vip}/numbers/{ONE}", {})
    assert (answer.status_code, answer.json["code"]) == (503, "saved_not_live")
    PostgresListedPublisher(stores.postgres.database, stores.listed).publish()
    assert calls.lists_of(ONE, NOW) == {"vip"}


def test_what_is_kept_about_a_caller_has_their_lists_and_erasure_takes_them_off(
    api: Api, vip: str, stores: Stores, calls: ListedReader
) -> None:
    api("PUT", f"{vip}/numbers/{ONE}", {"expires_at": "2030-05-01T10:00:00Z", "note": "Ann"})
    about = api("GET", f"/privacy/{ONE}").json["lists"]
    assert [(each["list"], each["expires_at"], each["note"]) for each in about] == [
        ("vip", "2030-05-01T10:00:00.000Z", "Ann")
    ]
    assert api("DELETE", f"/privacy/{ONE}").json["erased"]["lists"] == 1
    assert api("GET", f"{vip}/numbers/{ONE}").status_code == 404
    PostgresListedPublisher(stores.postgres.database, stores.listed).publish()
    assert calls.lists_of(ONE, NOW) == frozenset()


def test_a_number_that_stands_for_a_withheld_one_is_put_on_no_list(api: Api, vip: str) -> None:
    refused = api("PUT", f"{vip}/numbers/+266696687", {})
    assert refused.status_code == 422
    assert "stands for a withheld number" in refused.json["errors"][0]["message"]
