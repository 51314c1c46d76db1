"""Idempotency-Key: every POST is done once, however often and however many at once it is sent."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from admin.endpoints import ENDPOINTS
from admin.http.idempotency import MAX_KEPT_BYTES, RUNNING_S, Once
from admin.http.services import Services
from admin.wiring import Stores
from ivr.domain.errors import StorageUnavailable
from tests.admin.conftest import Api
from tests.admin.pages import PAGE_DID, PAGE_TREE
from tests.admin.test_preconditions import AGENT, CHANNEL, HOURS, SERVICE, TRUNK, USER, WEBHOOK
from tests.admin.test_preconditions import TEST as MENU_TEST
from tests.channels import mail_channel
from tests.domain.imports.samples import flow
from tests.domain.test_bundles import MENU as BUNDLED
from tests.domain.test_bundles import packed

REPORT = {"every": "day", "addresses": ["boss@example.com"]}
# Each POST that these tests can have done: a body for it, and another one. None: it has none.
DONE: dict[str, tuple[Any, Any]] = {
    "/ivr": (PAGE_TREE, {**PAGE_TREE, "name": "Other"}),
    "/ivr/bundle": (packed(), packed({**BUNDLED, "name": "Other"})),
    "/imports": (flow(), flow("https://media.example.com/other.mp3")),
    "/ivr/<ivr_id>/assign": ({"did": PAGE_DID}, {"did": "+14155550111"}),
    "/ivr/<ivr_id>/versions/<version>/restore": (None, None),
    "/ivr/<ivr_id>/check": ({"name": "x"}, {"name": "y"}),
    "/ivr/<ivr_id>/audio": ({"node": "welcome", "text": "Hello."}, {"node": "welcome", "text": "Hi."}),
    "/ivr/<ivr_id>/speech": (None, None),
    "/ivr/<ivr_id>/draft/audio": ({"node": "welcome", "text": "Hello."}, {"node": "welcome", "text": "Hi."}),
    "/ivr/<ivr_id>/draft/speech": (None, None),
    "/ivr/<ivr_id>/draft/publish": (None, None),
    "/ivr/<ivr_id>/duplicate": (None, None),
    "/bin/<bin_id>/restore": (None, None),
    "/ivr/<ivr_id>/tests": (MENU_TEST, {**MENU_TEST, "name": "other"}),
    "/agents": (AGENT, {**AGENT, "name": "other"}),
    "/lists": ({"name": "vip"}, {"name": "other"}),
    "/lists/<list_name>/numbers": ({"numbers": ["+14805551234"]}, {"numbers": ["+14805551235"]}),
    "/lists/<list_name>/import": (b"number\n+14805551236\n", b"number\n+14805551237\n"),
    "/services": (SERVICE, {**SERVICE, "name": "other"}),
    "/services/<service>/rotate": (None, None),
    "/services/<service>/replay": (None, None),
    "/services/<service>/try": ({}, {"variables": {"a": 1}}),
    "/channels": (CHANNEL, {**CHANNEL, "name": "other"}),
    "/channels/<channel>/replay": (None, None),
    "/trunks": (TRUNK, {**TRUNK, "name": "other"}),
    "/trunks/<trunk>/test": (None, None),
    "/hours": (HOURS, {**HOURS, "name": "other"}),
    "/dnc": ({"number": "+14805551234"}, {"number": "+14805551235"}),
    "/dnc/<entry:number>/release": ({"reason": "asked for it"}, {"reason": "other"}),
    "/words/check": ({"text": "one"}, {"text": "two"}),
    "/dnc/check": ({"numbers": ["+14805551234"]}, {"numbers": ["+14805551235"]}),
    "/dnc/lists": ({"id": "one", "scope": "list"}, {"id": "two", "scope": "list"}),
    "/dnc/import": (b"number\n+14805551236\n", b"number\n+14805551237\n"),
    "/keys": ({"name": "k", "scopes": ["read"]}, {"name": "l", "scopes": ["read"]}),
    "/people": ({"name": "ann", "address": "sip:ann@192.0.2.1"}, {"name": "ben", "address": "sip:ben@192.0.2.1"}),
    "/callbacks": ({"number": "+14155552671"}, {"number": "+14155552672"}),
    "/users": (USER, {**USER, "name": "other"}),
    "/users/<user_id>/second-factor": (None, None),
    "/voices": (
        {"name": "nova", "engine": "openai", "voice": "alloy"},
        {"name": "eva", "engine": "openai", "voice": "alloy"},
    ),
    "/alerts/test": (None, None),
    "/mailed-reports": (REPORT, {**REPORT, "every": "week"}),
    "/mailed-reports/<report_id>/send": (None, None),
    "/webhooks": (WEBHOOK, {**WEBHOOK, "url": "https://example.com/other"}),
    "/webhooks/<webhook_id>/rotate": (None, None),
    "/webhooks/<webhook_id>/ping": (None, None),
    "/webhooks/<webhook_id>/replay": (None, None),
}
# They need a menu from elsewhere, a phone, a switch, a trunk, a call under way, a channel, a message that was sent or
# the code of an app.
REFUSED_HERE = {
    "/ivr/<ivr_id>/import/sounds",
    "/ivr/<ivr_id>/tests/run",
    "/test-calls",
    "/test-calls/<test_call_id>/keys",
    "/telephones",
    "/telephones/<telephone>/code",
    "/telephones/<telephone>/verify",
    "/telephone-calls",
    "/agents/<agent>/ring",
    "/sounds/<sound>/links",
    "/calls",
    "/callbacks/<callback>/dial",
    "/calls/<call_id>/hangup",
    "/calls/<call_id>/move",
    "/users/<user_id>/second-factor/confirm",
    "/services/<service>/notices/<message_id>/replay",
    "/channels/<channel>/try",
    "/channels/<channel>/messages/<message_id>/replay",
    "/webhooks/<webhook_id>/deliveries/<message_id>/replay",
}


@pytest.fixture
def parts(api: Api, stores: Stores) -> dict[str, str]:
    menu = api.create()
    api("PATCH", f"/ivr/{menu}", {"name": "Two"})
    api("PUT", f"/ivr/{menu}/draft", {**PAGE_TREE, "name": "Three"})
    api("POST", "/dnc", {"number": "+14805550000"})
    api("DELETE", f"/ivr/{api.create()}")
    binned = api("GET", "/bin").json["items"][0]["id"]
    api("POST", "/lists", {"name": "blocked"})
    webhook = api("POST", "/webhooks", WEBHOOK).json["id"]
    api("POST", "/services", {**SERVICE, "name": "there"})
    api("POST", "/channels", {**CHANNEL, "name": "there"})
    api("POST", "/trunks", {"name": "there", "allowed": ["192.0.2.1"]})
    user = api("POST", "/users", {**USER, "name": "with-a-factor"}).json["id"]
    report = api("POST", "/mailed-reports", REPORT).json["id"]
    stores.postgres.channels.create(mail_channel(25), actor="tests")
    stores.postgres.system_mail.choose("office", actor="tests")
    api("PUT", "/alerts/settings", {"recipients": [{"channel": "office"}]})
    return {
        "<bin_id>": binned,
        "<report_id>": report,
        "<user_id>": user, "<list_name>": "blocked", "<service>": "there", "<trunk>": "there", "<channel>": "there",
        "<ivr_id>": menu, "<version>": "1", "<entry:number>": "+14805550000", "<webhook_id>": webhook,
        "<test_call_id>": "tc_1", "<telephone>": "+14155552671", "<callback>": f"cbk_{32 * '0'}",
        "<sound>": f"sound_{'0' * 32}_1", "<call_id>": "call_1", "<message_id>": "msg_1",
    }  # fmt: skip


def filled(path: str, parts: dict[str, str]) -> str:
    for name, value in parts.items():
        path = path.replace(name, value)
    return path


def send(api: Api, path: str, body: Any, key: str) -> TestResponse:
    kind = {}
    if isinstance(body, bytes):
        kind = {"Content-Type": "application/zip" if body.startswith(b"PK") else "text/csv"}
    return api("POST", path, body, headers={"Idempotency-Key": key, **kind})


def changes(stores: Stores) -> int:
    with stores.postgres.database.transaction() as connection:
        row = connection.execute("select count(*) as n from audit_log").fetchone()
    assert row is not None
    return int(row["n"])


def test_these_are_all_posts_there_are() -> None:
    assert {each.path for each in ENDPOINTS if each.method == "POST"} == {*DONE, *REFUSED_HERE}
    assert all(each.once for each in ENDPOINTS if each.method == "POST")


@pytest.mark.parametrize("path", DONE)
def test_a_post_that_is_repeated_is_done_once(api: Api, stores: Stores, parts: dict[str, str], path: str) -> None:
    body, other = DONE[path]
    first = send(api, filled(path, parts), body, "order-1")
    assert first.status_code in (200, 201, 202), first.text
    done = changes(stores)
    for _ in range(2):
        again = send(api, filled(path, parts), body, "order-1")
        assert (again.status_code, again.data) == (first.status_code, first.data)
        assert again.headers["Idempotency-Replayed"] == "true"
        for name in ("Location", "ETag", "Content-Type"):
            assert again.headers.get(name) == first.headers.get(name)
    assert changes(stores) == done
    if other is not None:
        refused = send(api, filled(path, parts), other, "order-1")
        assert (refused.status_code, refused.json["code"]) == (422, "idempotency_key_reused")
        assert refused.json["errors"][0]["pointer"] == "/headers/Idempotency-Key"
        assert changes(stores) == done


def test_no_post_overlooks_the_header(api: Api, parts: dict[str, str]) -> None:
    bodies = {path: body for path, (body, _) in DONE.items()} | {
        "/ivr/<ivr_id>/tests/run": {},
        "/test-calls": {"ivr_id": parts["<ivr_id>"]},
        "/test-calls/<test_call_id>/keys": {"keys": "1"},
        "/telephones": {"number": "+14155552671", "trunk": "carrier"},
        "/telephones/<telephone>/code": {"trunk": "carrier"},
        "/telephones/<telephone>/verify": {"code": "000000"},
        "/callbacks/<callback>/dial": {"person": "+14155552671", "trunk": "carrier"},
        "/telephone-calls": {"ring": "+14155552671", "trunk": "carrier", "ivr_id": parts["<ivr_id>"]},
        "/sounds/<sound>/links": {},
        "/calls": {"to": "+14155552671", "trunk": "carrier", "ivr_id": parts["<ivr_id>"]},
        "/calls/<call_id>/move": {"node": "welcome"},
        "/channels/<channel>/try": {},
        "/users/<user_id>/second-factor/confirm": {"code": "000000"},
    }
    for path in sorted({*DONE, *REFUSED_HERE}):
        for key in ("", "a b", "x" * 256, "\u00e4"):
            refused = send(api, filled(path, parts), bodies.get(path), key)
            assert (path, refused.status_code, refused.json["code"]) == (path, 422, "invalid_idempotency_key")


def test_another_query_is_another_request(api: Api) -> None:
    assert send(api, "/ivr", PAGE_TREE, "order-1").status_code == 201
    assert send(api, "/ivr?strict=true", PAGE_TREE, "order-1").status_code == 422


def test_a_key_belongs_to_who_sent_it(api: Api, stores: Stores) -> None:
    other = api.as_key(stores.postgres.keys.create("other")[1])
    first, second = (send(each, "/ivr", PAGE_TREE, "order-1").json["id"] for each in (api, other))
    assert first != second
    assert send(other, "/ivr", PAGE_TREE, "order-1").json["id"] == second


def test_what_is_shown_once_lies_nowhere_in_clear(api: Api, stores: Stores) -> None:
    secret = send(api, "/keys", {"name": "k", "scopes": ["read"]}, "order-1").json["key"]
    with stores.postgres.database.transaction() as connection:
        (row,) = connection.execute("select * from kept_answer").fetchall()
    assert secret not in str(row)
    assert "order-1" not in str(row)
    assert send(api, "/keys", {"name": "k", "scopes": ["read"]}, "order-1").json["key"] == secret


def test_of_many_at_once_one_is_done_and_the_others_are_told(api: Api, services: Services) -> None:
    """Each of them comes while the first is at work."""
    once = services.get(Once)
    ready, go, told = threading.Event(), threading.Event(), []

    def slowly(produce: Callable[[], Any]) -> Callable[[], Any]:
        def work() -> Any:
            ready.set()
            go.wait(30)
            return produce()

        return work

    class Slow(Once):
        def run(self, actor: str, produce: Callable[[], Any]) -> Any:
            return super().run(actor, slowly(produce))

    services._by_class[Once] = Slow(once.answers, once.sealer)
    first = threading.Thread(target=lambda: told.append(send(api, "/ivr", PAGE_TREE, "order-1")))
    first.start()
    assert ready.wait(30)
    for _ in range(3):
        busy = send(api, "/ivr", PAGE_TREE, "order-1")
        assert (busy.status_code, busy.json["code"]) == (409, "still_running")
        assert int(busy.headers["Retry-After"]) > 0
    go.set()
    first.join()
    assert send(api, "/ivr", PAGE_TREE, "order-1").json == told[0].json
    assert len(api("GET", "/ivr").json["items"]) == 1


def test_a_refusal_leaves_its_key_free(api: Api, parts: dict[str, str]) -> None:
    where = f"/dnc/{parts['<entry:number>']}/release"
    assert send(api, "/dnc/+14805559999/release", {"reason": "x"}, "order-1").status_code == 404
    assert send(api, where, {"reason": "x"}, "order-1").status_code == 200


def test_a_request_that_died_is_not_done_again_and_says_so(api: Api, stores: Stores) -> None:
    send(api, "/ivr", PAGE_TREE, "order-1")
    age_statement = "update kept_answer set status = null, begun_at = begun_at - make_interval(secs => %s)"
    with stores.postgres.database.transaction() as connection:
        connection.execute(age_statement, (RUNNING_S + 1,))
    unknown = send(api, "/ivr", PAGE_TREE, "order-1")
    assert (unknown.status_code, unknown.json["code"]) == (409, "outcome_unknown")
    assert len(api("GET", "/ivr").json["items"]) == 1


def test_a_fault_of_ours_is_not_taken_for_a_refusal(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it had done before nobody knows."""
    from ivr.storage.postgres.menus import PostgresMenus

    def broken(*_: Any, **__: Any) -> Any:
        raise ValueError("a fault")

    with monkeypatch.context() as patched:
        patched.setattr(PostgresMenus, "create", broken)
        assert send(api, "/ivr", PAGE_TREE, "order-1").status_code == 500
    assert send(api, "/ivr", PAGE_TREE, "order-1").status_code == 409


def test_an_answer_that_cannot_be_kept_is_given_all_the_same(
    api: Api, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = services.get(Once).answers

    def away(*_: Any) -> None:
        raise StorageUnavailable("away")

    monkeypatch.setattr(type(store), "keep", away)
    assert send(api, "/ivr", PAGE_TREE, "order-1").status_code == 201
    assert send(api, "/ivr", PAGE_TREE, "order-1").status_code == 409


def test_answers_are_kept_for_a_day_and_then_go(api: Api, stores: Stores) -> None:
    for number in range(3):
        send(api, "/ivr", PAGE_TREE, f"order-{number}")
    with stores.postgres.database.transaction() as connection:
        connection.execute("update kept_answer set begun_at = begun_at - interval '25 hours'")
    assert "Idempotency-Replayed" not in send(api, "/ivr", PAGE_TREE, "order-1").headers
    with stores.postgres.database.transaction() as connection:
        assert len(connection.execute("select 1 from kept_answer").fetchall()) == 1


def test_a_file_is_a_part_of_its_request(api: Api) -> None:
    """It is received before its key is looked up, and imported as it came."""
    rows = b"number\n" + b"".join(b"+1480555%04d\n" % number for number in range(2000)) * 80
    assert len(rows) > 1024 * 1024
    first = send(api, "/dnc/import", rows, "order-1")
    assert (first.status_code, first.json["added"]) == (200, 2000)
    again = send(api, "/dnc/import", rows, "order-1")
    assert (again.headers["Idempotency-Replayed"], again.json["added"]) == ("true", 2000)
    assert send(api, "/dnc/import", rows + b"+14805560000\n", "order-1").status_code == 422


def test_of_an_answer_that_is_too_large_its_status_is_kept(api: Api) -> None:
    body = b"number\n+14805551234\n" + b"x\n" * 10
    headers = {"Idempotency-Key": "order-1", "Content-Type": "text/csv", "Accept": "text/csv"}
    assert api("POST", "/dnc/import", body, headers=headers).status_code == 200
    again = api("POST", "/dnc/import", body, headers=headers)
    assert (again.status_code, again.json["code"]) == (409, "answer_not_kept")
    assert "status 200" in again.json["detail"]
    assert MAX_KEPT_BYTES > 10_000 * 100, "a check of 10,000 numbers is kept"


def test_other_methods_are_the_same_when_repeated(api: Api) -> None:
    """So they need no key, and none is kept."""
    menu = api.create()
    for _ in range(2):
        answer = api("PATCH", f"/ivr/{menu}", {"name": "Two"}, headers={"Idempotency-Key": "order-1"})
        assert (answer.status_code, answer.json["version"]) == (200, 2)
