"""A store that is away: a clear 503, and a menu is wholly old or wholly new."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from admin.app import create_app
from admin.http.services import Services
from admin.wiring import Stores, connect_stores, make_services
from ivr.settings import Settings
from ivr.storage.menu_publisher import CachePublisher
from ivr.storage.redis.menu_cache import CacheWriter
from tests.admin.conftest import Api, SilentSpeech
from tests.admin.pages import PAGE_DID, PAGE_PATCH, PAGE_TREE

Cached = Callable[[str], "str | None"]
NOWHERE = {"redis": {"redis_url": "redis://127.0.0.1:1"}, "postgres": {"database_url": "postgresql://127.0.0.1:1/x"}}


@pytest.fixture
def without(settings: Settings, silent_speech: SilentSpeech) -> Iterator[Callable[[str], Services]]:
    """Services of a process that cannot reach `redis` or `postgres`."""
    connected: list[Stores] = []

    def make(store: str) -> Services:
        changed = settings.model_copy(update=NOWHERE[store])
        connected.append(connect_stores(changed))
        return make_services(changed, connected[-1], speaker=silent_speech)

    yield make
    for each in connected:
        each.close()


@pytest.fixture
def without_redis(without: Callable[[str], Services], api_key: str) -> Api:
    return Api(create_app(services=without("redis")).test_client(), api_key)


@pytest.fixture
def dying_redis(
    without: Callable[[str], Services], api_key: str, monkeypatch: pytest.MonkeyPatch
) -> Api:
    """Redis answers when it is asked beforehand and is gone when it is to be written."""
    monkeypatch.setattr(CacheWriter, "check", lambda _: None)
    services = without("redis")
    return Api(create_app(services=services).test_client(), api_key)


@pytest.fixture
def live(api: Api) -> str:
    menu_id = api.create()
    assert api("POST", f"/ivr/{menu_id}/assign", {"did": PAGE_DID}).status_code == 200
    return menu_id


def test_without_redis_a_live_menu_is_not_changed(api: Api, without_redis: Api, live: str, cached: Cached) -> None:
    before = api("GET", f"/ivr/{live}").json
    for method, path, body in (
        ("PATCH", "", PAGE_PATCH),
        ("POST", "/audio", {"node": "welcome", "text": "Hello."}),
        ("PUT", "/audio/welcome.wav", b"sound"),
        ("POST", "/assign", {"did": "+14155550111"}),
        ("DELETE", f"/assign/{PAGE_DID}", None),
        ("DELETE", "?force=true", None),
    ):
        response = without_redis(method, f"/ivr/{live}{path}", body)
        assert (response.status_code, response.json["code"]) == (503, "cache_unavailable")
    assert api("GET", f"/ivr/{live}").json == before
    assert cached(f"did:{PAGE_DID}") == f"{live}:1"


def test_without_redis_drafts_are_written_and_everything_is_read(without_redis: Api, live: str) -> None:
    menu_id = without_redis.create()
    assert without_redis("PATCH", f"/ivr/{menu_id}", PAGE_PATCH).status_code == 200
    assert without_redis("POST", f"/ivr/{menu_id}/audio", {"node": "dnc", "text": "Bye."}).status_code == 201
    for path in (f"/ivr/{live}", "/ivr", "/dids", "/dnc", "/calls", "/keys"):
        assert without_redis("GET", path).status_code == 200
    assert without_redis("POST", "/dnc", {"number": "+14805551234"}).status_code == 201


def test_without_redis_an_idempotency_key_is_honoured_all_the_same(without_redis: Api) -> None:
    for _ in range(2):
        assert without_redis("POST", "/ivr", PAGE_TREE, headers={"Idempotency-Key": "x"}).status_code == 201
    assert len(without_redis("GET", "/ivr").json["items"]) == 1


def test_when_redis_dies_in_between_the_version_is_saved_and_goes_live_by_itself(
    api: Api, dying_redis: Api, stores: Stores, live: str, cached: Cached
) -> None:
    response = dying_redis("PATCH", f"/ivr/{live}", PAGE_PATCH)
    assert (response.status_code, response.json["code"]) == (503, "saved_not_live")
    assert "version 2 is saved" in response.json["detail"]
    assert api("GET", f"/ivr/{live}").json["version"] == 2
    assert cached(f"did:{PAGE_DID}") == f"{live}:1", "calls have the old menu, whole"
    # What the keeper does, a moment later.
    CachePublisher(stores.postgres.database, stores.cache).publish()
    assert cached(f"did:{PAGE_DID}") == f"{live}:2"


def test_when_redis_dies_in_between_the_same_request_may_be_sent_again(
    api: Api, dying_redis: Api, live: str, cached: Cached
) -> None:
    assert dying_redis("PATCH", f"/ivr/{live}", PAGE_PATCH).status_code == 503
    again = api("PATCH", f"/ivr/{live}", PAGE_PATCH)
    assert (again.status_code, again.json["version"]) == (200, 2)
    assert cached(f"did:{PAGE_DID}") == f"{live}:2", "a request that changes nothing still brings it to calls"


def test_without_postgres_every_request_is_503_and_soon(
    without: Callable[[str], Services], api_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = Api(create_app(services=without("postgres")).test_client(), api_key)
    tried, connect = [], psycopg.Connection.connect

    def counted(*args: Any, **options: Any) -> Any:
        tried.append(options["connect_timeout"])
        return connect(*args, **options)

    monkeypatch.setattr(psycopg.Connection, "connect", counted)
    for method, path, body in (("GET", "/ivr", None), ("POST", "/ivr", PAGE_TREE), ("GET", "/dnc.csv", None)):
        response = api(method, path, body)
        assert (response.status_code, response.json["code"]) == (503, "storage_unavailable")
        assert tried == [2], "once, and not for long"
        tried.clear()


def test_the_address_of_a_store_is_in_no_answer(without: Callable[[str], Services], api_key: str) -> None:
    api = Api(create_app(services=without("postgres")).test_client(), api_key)
    assert "127.0.0.1" not in api("GET", "/ivr").text
