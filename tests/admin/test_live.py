"""/calls/live: the calls under way, asked for and followed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from admin.app import create_app
from admin.http import auth, sessions, streams
from admin.live.service import LiveService
from admin.wiring import Stores, make_services
from ivr.domain.call_records import CallRecord
from ivr.domain.errors import StorageUnavailable
from ivr.domain.live_calls import LivePhase, encode_live
from ivr.domain.numbers import E164
from ivr.settings import Settings
from ivr.storage.redis.live_calls import LiveReader, LiveWriter
from tests.admin.conftest import Api
from tests.admin.running import RunningAdmin, make_ready, run_admin, telling

BEGAN = datetime(2026, 3, 9, 12, tzinfo=UTC)


SINCE_MS = 1_773_057_605_000


def told(
    call_id: str, node: str = "welcome", take_overs: int = 0, phase: LivePhase = "asking"
) -> dict[str, str]:
    record = CallRecord(
        call_id, f"uuid-{call_id}", E164("+14155550100"), "", E164("+14805551234"), "", BEGAN,
        ivr_id="ivr_seed01", ivr_version=3, take_overs=take_overs,
    )  # fmt: skip
    return {call_id: encode_live(record, node, phase, SINCE_MS)}


@pytest.fixture
def server(cache: str) -> Iterator[LiveWriter]:
    """What a call server's process tells."""
    with telling(cache) as writer:
        yield writer


def events(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    """(kind, data) of each event, heartbeats left out."""
    kind = ""
    for line in lines:
        if line.startswith("event: "):
            kind = line[7:]
        elif line.startswith("data: "):
            yield kind, json.loads(line[6:])


def test_live_calls_are_listed_newest_first_with_their_node(api: Api, server: LiveWriter, cache: str) -> None:
    assert api("GET", "/calls/live").json == {"items": [], "next_cursor": None}
    server.tell({**told("call_1"), **told("call_2", "area")}, [])
    first, second = api("GET", "/calls/live").json["items"]
    assert (first["call_id"], second["call_id"]) == ("call_2", "call_1")
    assert first == {
        "call_id": "call_2",
        "did": "+14155550100",
        "ani": "+14805551234",
        "ivr_id": "ivr_seed01",
        "ivr_version": 3,
        "node": "area",
        "phase": "asking",
        "started_at": "2026-03-09T12:00:00.000Z",
        "since": "2026-03-09T12:00:05.000Z",
        "take_overs": 0,
        "test": False,
    }


@pytest.mark.parametrize(
    ("answered_ms", "phase", "since_ms"),
    [
        (SINCE_MS + 700, "talking", SINCE_MS + 700),
        # FreeSWITCH's clock is a little behind: this agent answered at once.
        (SINCE_MS - 20, "talking", SINCE_MS),
        (SINCE_MS - 5_000, "bridging", SINCE_MS),
        (None, "bridging", SINCE_MS),
    ],
    ids=["later", "at once", "the agent of an earlier talk", "not yet"],
)
def test_an_agent_has_answered_when_the_switch_says_so(
    server: LiveWriter, cache: str, answered_ms: int | None, phase: str, since_ms: int
) -> None:
    server.tell(told("call_1", phase="bridging"), [])
    moments = {} if answered_ms is None else {"uuid-call_1": answered_ms}
    (call,) = LiveService(LiveReader(cache), lambda _: moments).calls()
    assert (call.phase, call.since_ms) == (phase, since_ms)


def test_a_call_that_was_taken_over_stands_once_where_the_second_worker_has_it(
    api: Api, server: LiveWriter, cache: str
) -> None:
    server.tell(told("call_1"), [])
    second = LiveWriter(cache, "esl-b")
    second.tell_all(told("call_1", "area", take_overs=1))
    assert [(each["node"], each["take_overs"]) for each in api("GET", "/calls/live").json["items"]] == [("area", 1)]
    server.tell({}, ["call_1"])  # the first worker's socket closes at last
    assert [each["node"] for each in api("GET", "/calls/live").json["items"]] == ["area"]
    second.close()


def test_live_calls_need_the_scope_calls(api: Api, stores: Stores) -> None:
    other = api.as_key(stores.postgres.keys.create("r", ["read", "write"])[1])
    assert other("GET", "/calls/live").status_code == 403
    assert other("GET", "/calls/live/events").status_code == 403


@pytest.fixture
def admin(api_key: str, home: Path, free_port: int, settings: Settings) -> Iterator[RunningAdmin]:
    make_ready(home)
    env = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url}
    with run_admin(home, free_port, api_key, env) as running:
        yield running


def test_a_stream_tells_all_first_and_then_each_change(
    admin: RunningAdmin, server: LiveWriter, cache: str
) -> None:
    server.tell(told("call_1"), [])
    with admin.http.stream("GET", "/calls/live/events") as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        following = events(response.iter_lines())
        kind, data = next(following)
        assert (kind, [each["node"] for each in data["calls"]]) == ("snapshot", ["welcome"])
        for node in ("area", "welcome", "area"):
            server.tell(told("call_1", node), [])
            kind, data = next(following)
            assert (kind, [each["node"] for each in data["calls"]], data["ended"]) == ("change", [node], [])
        server.tell({}, ["call_1"])
        assert next(following) == ("change", {"calls": [], "ended": ["call_1"]})

        # A process that is killed says nothing more: its calls vanish all the same.
        dying = LiveWriter(cache, "esl-b")
        dying.tell_all(told("call_9"))
        assert [each["call_id"] for each in next(following)[1]["calls"]] == ["call_9"]
        dying.close()
        assert next(following) == ("change", {"calls": [], "ended": ["call_9"]})


def test_a_key_has_so_many_streams_and_they_end_when_the_server_does(
    admin: RunningAdmin, server: LiveWriter, cache: str
) -> None:
    with ExitStack() as opened:
        statuses, streams = [], []
        for _ in range(11):  # 5 in each of two processes
            response = opened.enter_context(admin.http.stream("GET", "/calls/live/events"))
            statuses.append(response.status_code)
            if response.status_code == 200:
                streams.append(response)
        assert statuses[:5] == [200] * 5
        assert 429 in statuses
        admin.process.terminate()
        for response in streams:
            response.read()  # to its proper end: gunicorn itself would cut it off


def stream_of(client: FlaskClient, headers: dict[str, str]) -> Iterator[bytes]:
    answer = client.get("/calls/live/events?seconds=150", headers=headers, buffered=False)
    assert answer.status_code == 200
    parts: Iterator[Any] = iter(answer.response)
    assert next(parts).startswith(b"retry")
    return parts


def ends(parts: Iterator[bytes]) -> bool:
    """By itself, before it has said a thousand times that it is still here."""
    return len(list(islice(parts, 1000))) < 1000


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds are tenths."""
    monkeypatch.setattr(streams, "STANDING_S", 0.5)
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.01)
    monkeypatch.setattr(streams, "_LOOK_S", 0.01)
    monkeypatch.setattr(auth, "FRESH_S", 0.3)
    monkeypatch.setattr(sessions, "FRESH_S", 0.3)


def test_a_stream_ends_soon_after_its_key_is_revoked_elsewhere_and_no_other_does(
    impatient: None, api: Api, stores: Stores, server: LiveWriter
) -> None:
    key, secret = stores.postgres.keys.create("passing")
    passing = stream_of(api.client, {"Authorization": f"Bearer {secret}"})
    staying = stream_of(api.client, {"Authorization": f"Bearer {api.key}"})
    stores.postgres.keys.revoke(key.key_id)
    assert ends(passing)
    server.tell(told("call_7"), [])
    assert any(b"call_7" in part for part in staying)


def test_a_stream_ends_with_its_session(impatient: None, api: Api, stores: Stores, server: LiveWriter) -> None:
    key, _ = stores.postgres.keys.create("somebody")
    token, session = stores.postgres.sessions.open(key.key_id)
    api.client.set_cookie("digitree", token)
    watching = stream_of(api.client, {})
    stores.postgres.sessions.close(session.session_id, actor=key.key_id)
    assert ends(watching)


def test_while_postgres_is_away_a_stream_goes_on(
    impatient: None, api: Api, stores: Stores, server: LiveWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    watching = stream_of(api.client, {"Authorization": f"Bearer {api.key}"})
    asked = threading.Event()

    def away(_: str) -> None:
        asked.set()
        raise StorageUnavailable("away")

    monkeypatch.setattr(stores.postgres.keys, "find", away)
    assert any(asked.is_set() for _ in islice(watching, 10_000))
    server.tell(told("call_after"), [])
    assert any(b"call_after" in part for part in watching)


def test_without_redis_live_calls_are_a_503_and_a_stream_says_away(
    settings: Any, stores: Stores, api_key: str
) -> None:

    nowhere = replace(stores, live=LiveReader("redis://127.0.0.1:1/0"))
    client = create_app(services=make_services(settings, nowhere)).test_client()
    answer = Api(client, api_key)("GET", "/calls/live")
    assert (answer.status_code, answer.json["code"]) == (503, "storage_unavailable")
    answer = client.get(
        "/calls/live/events?seconds=1", headers={"Authorization": f"Bearer {api_key}"}, buffered=False
    )
    assert [kind for kind, _ in events(iter(answer.text.splitlines()))] == ["away"]
