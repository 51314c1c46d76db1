"""/services: what is answered, what is refused, and that nothing secret comes back or lies about in clear."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
import redis

from admin.wiring import Stores
from ivr.domain.errors import StorageUnavailable
from ivr.domain.service_definition import MAX_SERVICES
from ivr.secrets import Sealer, read_or_make_secret, signed_values
from ivr.settings import Settings
from ivr.storage.redis.services import ServicesReader, ServicesWriter
from ivr.storage.service_source import ServiceSource
from tests.admin.conftest import Api
from tests.service_stub import ServiceStub, answer, serving

CRM: dict[str, Any] = {
    "name": "crm",
    "url": "https://crm.example.com/callers",
    "headers": {"Authorization": "Bearer 5up3r-s3cret", "X-Shop": "7"},
}
MENU = {
    "name": "m",
    "nodes": {"a": {"action": "request", "service": "crm", "next": "b", "fail_node": "b"}, "b": {"action": "hangup"}},
}


@pytest.fixture
def crm(api: Api) -> dict[str, Any]:
    made = api("POST", "/services", CRM)
    assert made.status_code == 201, made.text
    assert made.headers["Location"] == "/services/crm"
    return dict(made.json or {})


def test_a_service_is_answered_whole_but_for_its_secrets(api: Api, crm: dict[str, Any]) -> None:
    shown = {name: value for name, value in crm.items() if name not in ("created_at", "updated_at", "secret")}
    assert shown == {
        **{"name": "crm", "url": CRM["url"], "method": "POST", "headers": ["Authorization", "X-Shop"]},
        **{"timeout_s": 3.0, "cache_s": 300, "allow_private": False},
    }
    assert crm["secret"].startswith("whsec_")
    assert api("GET", "/services/crm").json == {**crm, "secret": None}
    assert api("GET", "/services").json["items"] == [{**crm, "secret": None}]


def test_a_secret_of_ones_own_is_taken_and_not_shown(api: Api) -> None:
    secret = "whsec_" + "A" * 44
    made = api("POST", "/services", {**CRM, "secret": secret}).json
    assert made["secret"] is None


def test_nothing_secret_lies_in_clear_anywhere(api: Api, settings: Settings, database: str, cache: str) -> None:
    made = api("POST", "/services", CRM).json
    api("PATCH", "/services/crm", {"headers": {"Authorization": "Bearer an0ther-one"}})
    hidden = [b"5up3r-s3cret", b"an0ther-one", made["secret"].encode(), made["secret"][6:].encode()]
    with redis.Redis.from_url(cache) as connection:
        texts = [key for key in connection.keys("digitree:*") if connection.type(key) == b"string"]
        stored = [bytes(connection.get(key) or b"") for key in texts]
    with psycopg.connect(database) as connection:
        for table in ("service", "audit_log", "kept_answer"):
            rows = connection.execute(f"select * from {table}").fetchall()  # noqa: S608
            stored += [str(row).encode() for row in rows]
    stored += [path.read_bytes() for path in settings.home.rglob("*") if path.is_file()]
    everything = b"\n".join([*stored, api("GET", "/services/crm").data, api("GET", "/audit").data])
    assert b"crm.example.com" in everything
    for each in hidden:
        assert each not in everything


def known(settings: Settings) -> ServiceSource:
    """As a call server knows the services from Redis."""
    reader = ServicesReader(settings.redis_url, signed_values(settings), timeout_s=10)
    return ServiceSource(reader, settings.home / "absent", clock=iter(range(0, 10_000, 10)).__next__)


def test_calls_know_a_service_once_its_change_is_answered(api: Api, settings: Settings, crm: dict[str, Any]) -> None:
    calls, sealer = known(settings), Sealer(read_or_make_secret(settings).encode)
    service = calls.find("crm")
    assert service is not None
    assert sealer.find(service.secret) == crm["secret"]
    assert sealer.find(dict(service.headers)["Authorization"]) == "Bearer 5up3r-s3cret"
    api("PATCH", "/services/crm", {"timeout_s": 0.5, "method": "GET"})
    changed = calls.find("crm")
    assert changed is not None
    assert (changed.timeout_s, changed.method, changed.headers) == (0.5, "GET", service.headers)
    rotated = api("POST", "/services/crm/rotate").json["secret"]
    turned = calls.find("crm")
    assert turned is not None
    assert sealer.find(turned.secret) == rotated != crm["secret"]
    assert api("DELETE", "/services/crm").status_code == 204
    assert calls.find("crm") is None


@pytest.mark.usefixtures("crm")
def test_headers_are_replaced_and_null_keeps_a_value(api: Api, settings: Settings) -> None:
    before = known(settings).find("crm")
    changed = api("PATCH", "/services/crm", {"headers": {"authorization": None, "X-New": "1"}})
    assert changed.json["headers"] == ["authorization", "X-New"]
    after = known(settings).find("crm")
    assert before is not None
    assert after is not None
    assert dict(after.headers)["authorization"] == dict(before.headers)["Authorization"]
    assert api("PATCH", "/services/crm", {"headers": {}}).json["headers"] == []


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"name": "a b"}, ["/name"]),
        ({"url": "ftp://crm.example.com/"}, ["/url"]),
        ({"url": "https://user:pass@crm.example.com/"}, ["/url"]),
        ({"url": "https://crm.example.com/ a"}, ["/url"]),
        ({"url": "https://crm.example.com/\r\nX: y"}, ["/url"]),
        ({"url": "https://[fe80::1%25eth0]/"}, ["/url"]),
        ({"method": "DELETE"}, ["/method"]),
        ({"headers": {"Host": "inside"}}, ["/headers/Host"]),
        ({"headers": {"a b/c": "1"}}, ["/headers/a b~1c"]),
        ({"headers": {"X-A\r\nHost": "1"}}, ["/headers/X-A\r\nHost"]),
        ({"headers": {"content-LENGTH": "5"}}, ["/headers/content-LENGTH"]),
        ({"headers": {"Transfer-Encoding": "chunked"}}, ["/headers/Transfer-Encoding"]),
        ({"headers": {"webhook-signature": "v1,x"}}, ["/headers/webhook-signature"]),
        ({"headers": {"X-A": "a\r\nHost: inside"}}, ["/headers/X-A"]),
        ({"headers": {"X-A": "\u00e4"}}, ["/headers/X-A"]),
        ({"headers": {"X-A": ""}}, ["/headers/X-A"]),
        ({"headers": {"X-A": None}}, ["/headers/X-A"]),
        ({"headers": {"X-A": "1", "x-a": "2"}}, ["/headers/x-a"]),
        ({"headers": {f"X-{n}": "1" for n in range(11)}}, ["/headers"]),
        ({"secret": "whsec_short"}, ["/secret"]),
        ({"timeout_s": 3.5}, ["/timeout_s"]),
        ({"timeout_s": 0}, ["/timeout_s"]),
        ({"timeout_s": "3"}, ["/timeout_s"]),
        ({"cache_s": -1}, ["/cache_s"]),
        ({"cache_s": 1.5}, ["/cache_s"]),
        ({"allow_private": "yes"}, ["/allow_private"]),
        ({"colour": "red"}, ["/colour"]),
    ],
)
def test_what_cannot_be_a_service_is_refused(api: Api, changes: dict[str, Any], pointers: list[str]) -> None:
    refused = api("POST", "/services", {**CRM, **changes})
    assert refused.status_code == 422, refused.text
    assert [each["pointer"] for each in refused.json["errors"]] == pointers
    assert api("GET", "/services").json["items"] == []


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "10.1.2.3", "2130706433", "0177.0.0.1",
     "localhost", "[fd00::1]", "100.64.0.1"],
)  # fmt: skip
def test_an_address_inside_is_refused_unless_the_service_may_be_there(api: Api, host: str) -> None:
    inside = {**CRM, "url": f"http://{host}:8080/"}
    refused = api("POST", "/services", inside)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/url")
    assert api("POST", "/services", {**inside, "allow_private": True}).status_code == 201
    for change in ({"allow_private": False}, {"url": inside["url"], "allow_private": False}):
        assert api("PATCH", "/services/crm", change).status_code == 422


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]", "2852039166", "0.0.0.0", "[::]", "224.0.0.1"]
)
def test_an_address_that_is_never_asked_is_refused_whatever_the_service_may(api: Api, host: str) -> None:
    assert api("POST", "/services", CRM).status_code == 201
    url = f"http://{host}:8080/latest"
    for allowed in (True, False):
        for refused in (
            api("POST", "/services", {**CRM, "name": "meta", "url": url, "allow_private": allowed}),
            api("PATCH", "/services/crm", {"url": url, "allow_private": allowed}),
        ):
            assert refused.status_code == 422, refused.text
            (error,) = refused.json["errors"]
            assert (error["pointer"], error["code"]) == ("/url", "private_address")
            assert "is never asked" in error["message"]
    assert [each["url"] for each in api("GET", "/services").json["items"]] == [CRM["url"]]


@pytest.mark.usefixtures("crm")
def test_a_name_is_taken_once_and_what_is_not_there_is_not_found(api: Api) -> None:
    taken = api("POST", "/services", CRM)
    assert (taken.status_code, taken.json["code"]) == (409, "service_taken")
    for method, path in [
        *(("GET", "/services/no"), ("DELETE", "/services/no"), ("POST", "/services/no/rotate")),
        *(("PATCH", "/services/no"), ("POST", "/services/no/try"), ("GET", "/services/a%20b")),
    ]:
        body: Any = {} if method == "PATCH" or path.endswith("try") else None
        missing = api(method, path, body)
        assert (missing.status_code, missing.json["code"]) == (404, "service_not_found"), path


def test_there_may_be_so_many_services(api: Api, database: str) -> None:
    api("POST", "/services", CRM)
    with psycopg.connect(database) as connection:
        connection.execute(
            "insert into service (name, document) select 's' || n, document from service, generate_series(2, %s) n",
            (MAX_SERVICES,),
        )
    full = api("POST", "/services", {**CRM, "name": "more"})
    assert (full.status_code, full.json["code"]) == (422, "too_many_services")


@pytest.fixture
def stub() -> Iterator[ServiceStub]:
    with serving(answer({"known": True})) as stub:
        yield stub


def test_a_service_is_tried_as_a_call_would_ask_it(api: Api, stub: ServiceStub) -> None:
    api("POST", "/services", {**CRM, "url": stub.url, "allow_private": True})
    answered = api("POST", "/services/crm/try", {"variables": {"caller": "+14155550100"}})
    tried = dict(answered.json or {})
    assert tried.pop("ms") >= 0
    assert tried == {"status": 200, "failure": None, "body": '{"known": true}', "truncated": False}
    sent = json.loads(stub.got[0].body)
    assert sent.pop("call_id").startswith("try_")
    assert sent == {"caller": "+14155550100", "service": "crm"}
    assert stub.got[0].headers["authorization"] == "Bearer 5up3r-s3cret"


def test_what_a_trial_shows_of_a_failure(api: Api, stub: ServiceStub) -> None:
    stub.answers = [answer(b"<p>" + b"\xff" * 3000, "Content-Type: text/html", status="500 x")]
    api("POST", "/services", {**CRM, "url": stub.url, "allow_private": True})
    tried = api("POST", "/services/crm/try", {}).json
    assert (tried["status"], tried["failure"], len(tried["body"]), tried["truncated"]) == (500, "status", 2000, True)


@pytest.mark.usefixtures("crm")
def test_a_change_that_calls_could_not_read_is_not_made(api: Api, stores: Stores) -> None:
    with patch.object(stores.cache, "_redis") as away:
        away.ping.side_effect = redis.ConnectionError
        for method, body in (("PATCH", {"timeout_s": 1}), ("DELETE", None)):
            assert api(method, "/services/crm", body).json["code"] == "cache_unavailable"
    assert api("GET", "/services/crm").json["timeout_s"] == 3.0


@pytest.mark.usefixtures("crm")
def test_a_change_whose_publication_is_lost_says_so(api: Api) -> None:
    with patch.object(ServicesWriter, "write", side_effect=StorageUnavailable("Redis")):
        assert api("PATCH", "/services/crm", {"timeout_s": 1}).json["code"] == "saved_not_live"
    assert api("GET", "/services/crm").json["timeout_s"] == 1.0


@pytest.mark.usefixtures("crm")
def test_every_change_is_in_the_audit_log(api: Api) -> None:
    api("PATCH", "/services/crm", {"headers": {}})
    api("POST", "/services/crm/rotate")
    api("POST", "/services/crm/try", {"variables": {"caller": "+14155550100"}})
    api("DELETE", "/services/crm")
    log = [each for each in api("GET", "/audit").json["items"] if each["subject"] == "service/crm"]
    actions = [each["action"].partition(".")[2] for each in log]
    assert actions == ["delete", "try", "change", "change", "create"]
    assert all(each["after"]["secrets"] == "changed" for each in log[2:4])
    assert "+14155550100" not in str(log)
