"""Keys, scopes, limits, the audit log."""

from __future__ import annotations

import socket

import pytest
import redis
from flask import Flask

from admin.app import create_app
from admin.http.auth import Auth
from admin.http.limits import Guesses, SharedLimits
from admin.http.log_ins import LogIns
from admin.http.problems import ApiError
from admin.http.services import Services
from admin.wiring import Stores, make_services
from ivr.domain.errors import StorageUnavailable
from ivr.domain.roles import SCOPES
from ivr.ports.keys import ApiKey
from ivr.settings import Settings
from tests.admin.conftest import Api, SilentSpeech
from tests.admin.pages import PAGE_DID, PAGE_TREE, is_page

OPEN = {"/healthz", "/readyz", "/openapi.json", "/docs", "/docs/<asset>", "/sounds/links/<link>"}


def test_everything_but_health_and_documentation_needs_a_key(app: Flask, api: Api) -> None:
    nobody = api.as_key(None)
    for rule in app.url_map.iter_rules():
        path = rule.rule
        if is_page(path):
            continue  # tests/web
        for name, value in (
            ("ivr_id", "ivr_abc123"),
            ("did", PAGE_DID),
            ("number", PAGE_DID),
            ("file", "a.wav"),
            ("call_id", "call_0"),
            ("key_id", "key_0"),
            ("user_id", "user_0"),
            ("session_id", "session_0"),
            ("asset", "docs.js"),
        ):
            path = path.replace(f"<{name}>", value)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            status = nobody(method, path).status_code
            assert (rule.rule, status == 401) == (rule.rule, rule.rule not in OPEN)


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer a b",
        "bearer \x7f",
        "Bearer " + "x" * 9000,
        "Bearer dt_wrong_but_well_formed",
    ],
)
def test_a_wrong_header_is_401_with_a_challenge(api: Api, header: str) -> None:
    response = api.as_key(None)("GET", "/ivr", headers={"Authorization": header})
    assert response.status_code == 401


def test_scopes_are_kept(api: Api, stores: Stores) -> None:
    reader = api.as_key(stores.postgres.keys.create("r", ["read"])[1])
    caller = api.as_key(stores.postgres.keys.create("c", ["calls"])[1])
    writer = api.as_key(stores.postgres.keys.create("w", ["write"])[1])
    assert reader("GET", "/ivr").status_code == 200
    assert reader("POST", "/ivr", PAGE_TREE).status_code == 403
    assert reader("GET", "/calls").status_code == 403
    assert caller("GET", "/calls").status_code == 200
    assert caller("GET", "/ivr").status_code == 403
    assert writer("POST", "/ivr", PAGE_TREE).status_code == 201
    assert writer("GET", "/calls").status_code == 403


def test_a_key_is_shown_once_and_revoked_at_once(api: Api) -> None:
    made = api("POST", "/keys", {"name": "shop", "scopes": ["read", "read"]})
    assert made.status_code == 201
    assert made.json["scopes"] == ["read"]
    other = api.as_key(made.json["key"])
    assert other("GET", "/ivr").status_code == 200
    listed = {each["id"]: each for each in api("GET", "/keys").json["items"]}
    assert listed[made.json["id"]]["last_used_at"] is not None
    assert made.json["key"] not in api("GET", "/keys").text
    assert api("DELETE", f"/keys/{made.json['id']}").status_code == 204
    assert other("GET", "/ivr").status_code == 401
    assert api("DELETE", f"/keys/{made.json['id']}").status_code == 404


def test_a_key_gives_away_no_scope_it_lacks_and_does_not_revoke_itself(api: Api, stores: Stores) -> None:
    key, secret = stores.postgres.keys.create("w", ["write", "admin"])
    writer = api.as_key(secret)
    assert writer("POST", "/keys", {"name": "all", "scopes": ["write", "calls"]}).status_code == 403
    assert writer("DELETE", f"/keys/{key.key_id}").status_code == 409
    assert writer("GET", "/keys").status_code == 200


def test_changes_are_in_the_audit_log_with_who_and_what(api: Api, stores: Stores) -> None:
    menu_id = api.create()
    api("PATCH", f"/ivr/{menu_id}", {"name": "Renamed"})
    api("POST", f"/ivr/{menu_id}/assign", {"did": PAGE_DID})
    made = api("POST", "/keys", {"name": "shop", "scopes": ["read"]}).json
    entries = api("GET", "/audit").json["items"]
    actions = [(each["action"], each["subject"]) for each in entries]
    assert ("key.create", made["id"]) in actions
    assert ("did.assign", PAGE_DID) in actions
    (own,) = [key.key_id for key in stores.postgres.keys.list() if key.name == "tests"]
    assert {each["actor"] for each in entries if each["subject"] != own} == {own}
    assert made["key"] not in api("GET", "/audit").text
    of_menu = api("GET", f"/audit?subject={menu_id}").json["items"]
    assert of_menu[0]["after"]["name"] == "Renamed"
    assert of_menu[0]["before"]["name"] == PAGE_TREE["name"]


@pytest.fixture
def small_limits(settings: Settings, stores: Stores, silent_speech: SilentSpeech) -> Services:
    """In a minute that does not end."""
    few = settings.model_copy(update={"requests_per_minute": 20})
    services = make_services(few, stores, speaker=silent_speech, wrong_keys_per_minute=3)
    services.get(Auth)._limits._clock = lambda: 1_800_000_010.0
    services.get(LogIns)._sleep = lambda _: None
    return services


def test_wrong_keys_are_limited_per_address_for_all_processes(
    small_limits: Services, settings: Settings, stores: Stores, silent_speech: SilentSpeech, api_key: str
) -> None:
    good = Api(create_app(services=small_limits).test_client(), api_key)
    assert good("GET", "/ivr").status_code == 200
    wrong = good.as_key("dt_no_such_key")
    assert [wrong("GET", "/ivr").status_code for _ in range(5)] == [401, 401, 401, 429, 429]
    assert good("GET", "/ivr").status_code == 200, "who works behind the same address goes on working"
    other_process = make_services(settings, stores, speaker=silent_speech, wrong_keys_per_minute=3)
    slowed: list[float] = []
    other_process.get(LogIns)._sleep = slowed.append
    there = Api(create_app(services=other_process).test_client(), api_key)
    assert there.as_key("dt_no_such_key")("GET", "/ivr").status_code == 429
    assert there("GET", "/ivr").status_code == 200
    new_key = stores.postgres.keys.create("never seen here")[1]
    assert len(slowed) == 1
    assert there.as_key(new_key)("GET", "/ivr").status_code == 200, "somebody who guesses locks nobody out"
    assert len(slowed) == 2, "but slows them down"
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert there.as_key(new_key)("GET", "/ivr", environ_base=elsewhere).status_code == 200


def test_requests_per_key_are_limited_with_headers(small_limits: Services, api_key: str) -> None:
    api = Api(create_app(services=small_limits).test_client(), api_key)
    first = api("GET", "/ivr")
    assert first.headers["RateLimit-Limit"] == "20"
    assert first.headers["RateLimit-Remaining"] == "19"
    for _ in range(19):
        assert api("GET", "/ivr").status_code == 200
    refused = api("GET", "/ivr")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) <= 60


def test_requests_of_a_key_are_counted_over_all_processes(cache: str) -> None:
    now = [1_800_000_000.0]
    with redis.Redis.from_url(cache) as client:
        one, other = (SharedLimits(client, 1000, 60, clock=lambda: now[0]) for _ in range(2))
        allowed = sum(not process.count("key_1").exceeded for _ in range(800) for process in (one, other))
        assert allowed == 1000
        assert one.count("key_2").remaining == 999
        now[0] += 60
        assert other.count("key_1").remaining == 999


def test_a_busy_key_does_not_ask_redis_for_every_request(cache: str) -> None:
    with redis.Redis.from_url(cache) as client:
        limits = SharedLimits(client, 300_000, 60, clock=lambda: 1_800_000_000.0)
        before = client.info("commandstats").get("cmdstat_incrby", {"calls": 0})["calls"]
        for _ in range(2000):
            limits.count("key_1")
        assert client.info("commandstats")["cmdstat_incrby"]["calls"] - before < 5


def test_without_redis_each_process_counts_for_itself_and_asks_seldom() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # never listens
        client = redis.Redis(port=nobody.getsockname()[1])
        now = [1_800_000_000.0]
        limits = SharedLimits(client, 10, 60, clock=lambda: now[0])
        assert sum(not limits.count("key_1").exceeded for _ in range(20)) == 10
        assert limits._paused_until == now[0] + 5


class _Keys:
    """A key store whose answers a test sets."""

    def __init__(self, key: ApiKey | None) -> None:
        self.key = key
        self.away = False
        self.asked = 0

    def find(self, secret: str) -> ApiKey | None:
        self.asked += 1
        if self.away:
            raise StorageUnavailable("away")
        return self.key


def _auth(keys: _Keys, now: list[float]) -> Auth:
    return Auth(keys, Guesses(None), SharedLimits(None, 1000, 60), clock=lambda: now[0])  # type: ignore[arg-type]


def test_a_verified_key_is_asked_for_once_in_three_seconds(stores: Stores) -> None:
    keys, now = _Keys(stores.postgres.keys.create("x")[0]), [0.0]
    auth = _auth(keys, now)
    for _ in range(10):
        auth.verify("secret-of-ours", "::1")
    assert keys.asked == 1
    now[0] = 3.1
    keys.key = None
    with pytest.raises(ApiError):
        auth.verify("secret-of-ours", "::1")


def test_a_key_seen_good_is_believed_while_postgres_is_away(stores: Stores) -> None:
    keys, now = _Keys(stores.postgres.keys.create("x")[0]), [0.0]
    auth = _auth(keys, now)
    auth.verify("secret-of-ours", "::1")
    keys.away = True
    now[0] = 600.0
    assert auth.verify("secret-of-ours", "::1").scopes == set(SCOPES)
    with pytest.raises(StorageUnavailable):
        auth.verify("another-secret", "::1")
    now[0] = 1000.0
    with pytest.raises(StorageUnavailable):
        auth.verify("secret-of-ours", "::1")
