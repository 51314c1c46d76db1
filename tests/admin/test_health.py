"""/healthz, /readyz, /metrics."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from admin.app import create_app
from admin.health.service import NotReady, Readiness
from admin.wiring import Stores, make_services
from ivr.clients.switch import Switch
from ivr.domain.dnc.events import OptOut
from ivr.domain.trunks.state import Refusal, TrunkState
from ivr.settings import Settings
from ivr.storage.disk.keeper_status import KeeperStatus, StatusFile, status_path
from ivr.storage.disk.trunk_states import trunk_states_path, write_states
from tests.admin.conftest import Api, SilentSpeech
from tests.admin.running import greeting_call_server, make_ready
from tests.helpers import wait_until


@pytest.fixture
def ready_settings(settings: Settings) -> Iterator[Settings]:
    """Everything there that /readyz asks for."""
    make_ready(settings.home)
    with greeting_call_server() as esl:
        yield settings.model_copy(update={"esl": esl})


def _api(settings: Settings, stores: Stores, speech: SilentSpeech) -> Api:
    services = make_services(settings, stores, speaker=speech, readiness_kept_s=0)
    return Api(create_app(services=services).test_client(), None)


def _lines(api: Api) -> tuple[int, dict[str, bool]]:
    response = api("GET", "/readyz")
    return response.status_code, {line["name"]: line["ok"] for line in json.loads(response.data)["checks"]}


def test_healthz_asks_nobody(settings: Settings, stores: Stores, silent_speech: SilentSpeech) -> None:
    nowhere = settings.model_copy(
        update={"database_url": "postgresql://127.0.0.1:1/x", "redis_url": "redis://127.0.0.1:1"}
    )
    response = Api(create_app(nowhere).test_client(), None)("GET", "/healthz")
    assert (response.status_code, response.json) == (200, {"status": "ok"})


def test_ready_is_200_with_one_line_a_dependency(
    ready_settings: Settings, stores: Stores, silent_speech: SilentSpeech
) -> None:
    api = _api(ready_settings, stores, silent_speech)
    status, lines = _lines(api)
    assert status == 200
    names = ("postgres", "redis", "tts", "esl", "keeper", "prompts", "disk", "phone", "trunks",
             "conferences", "opt_outs", "messages")
    assert lines == dict.fromkeys(names, True)
    text = api("GET", "/readyz").text
    assert all(sum(f'"{name}"' in line for line in text.splitlines()) == 1 for name in lines)
    plain = api("GET", "/readyz", headers={"Accept": "text/plain"})
    assert plain.text.splitlines()[0] == "ok   postgres: answers"


def test_an_opt_out_without_a_number_is_a_warning_and_calls_are_taken_all_the_same(
    ready_settings: Settings, stores: Stores, silent_speech: SilentSpeech
) -> None:
    api = _api(ready_settings, stores, silent_speech)

    def detail() -> str:
        (line,) = [each for each in api("GET", "/readyz").json["checks"] if each["name"] == "opt_outs"]
        assert line["ok"]
        return str(line["detail"])

    assert "WARNING" not in detail()
    stores.postgres.dnc.record(OptOut("optout_1", None, "anonymous", "ani", datetime.now(UTC)))
    assert detail().startswith("WARNING: 1 of the last 7 days have no number")
    with_key = api.as_key(stores.postgres.keys.create("x")[1])
    assert "digitree_opt_outs_unidentified 1.0" in with_key("GET", "/metrics").text


def test_a_message_that_was_given_up_is_a_warning_for_a_day(
    ready_settings: Settings, stores: Stores, silent_speech: SilentSpeech
) -> None:
    api = _api(ready_settings, stores, silent_speech)

    def detail() -> str:
        (line,) = [each for each in api("GET", "/readyz").json["checks"] if each["name"] == "messages"]
        assert line["ok"]
        return str(line["detail"])

    assert "WARNING" not in detail()
    with stores.postgres.database.transaction() as connection:
        for at, service in (("now()", "mail:office"), ("now() - interval '2 days'", "sms:a"), ("now()", "crm")):
            connection.execute(
                "insert into service_notice (message_id, service, call_id, sealed, left_at, state, tried_at)"  # noqa: S608
                f" values (%s, %s, 'call_1', 'x', now(), 'dead', {at})",
                (f"msg_{service}", service),
            )
    assert detail().startswith("WARNING: 1 messages of the last day")


def test_a_trunk_that_is_refused_is_a_warning_that_names_nobody(
    ready_settings: Settings, stores: Stores, silent_speech: SilentSpeech
) -> None:
    api = _api(ready_settings, stores, silent_speech)
    states = {"carrier": TrunkState("refused", 1.0, Refusal(403, "", 1.0)), "pbx": TrunkState("answers", 1.0)}
    write_states(trunk_states_path(ready_settings.home), states)
    response = api("GET", "/readyz")
    (line,) = [each for each in response.json["checks"] if each["name"] == "trunks"]
    assert (response.status_code, line["ok"]) == (200, True)
    assert line["detail"].startswith("WARNING: 1 of 2 trunks refused us, or do not answer")
    assert "carrier" not in response.text


def test_a_phone_that_is_away_is_a_warning_for_calls_go_past_it(
    ready_settings: Settings, stores: Stores, silent_speech: SilentSpeech
) -> None:
    away = ready_settings.model_copy(update={"phone": "127.0.0.1:1"})
    api = _api(away, stores, silent_speech)
    response = api("GET", "/readyz")
    (line,) = [each for each in response.json["checks"] if each["name"] == "phone"]
    assert (response.status_code, line["ok"]) == (200, True)
    assert line["detail"].startswith("WARNING: 127.0.0.1:1: Connection refused")


def test_what_is_missing_is_named_and_503(
    ready_settings: Settings, stores: Stores, silent_speech: SilentSpeech
) -> None:
    silent_speech.away = True
    (ready_settings.prompts / "system" / "goodbye.wav").unlink()
    status, lines = _lines(_api(ready_settings, stores, silent_speech))
    assert status == 503
    assert {name for name, ok in lines.items() if not ok} == {"tts", "prompts"}


def test_a_call_server_whose_processes_are_gone_is_not_ready_though_its_socket_listens(
    ready_settings: Settings, stores: Stores, silent_speech: SilentSpeech
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        settings = ready_settings.model_copy(update={"esl": f"127.0.0.1:{held.getsockname()[1]}"})
        status, lines = _lines(_api(settings, stores, silent_speech))
    assert status == 503
    assert {name for name, ok in lines.items() if not ok} == {"esl"}


def test_a_store_that_is_down_is_named_without_its_address(
    ready_settings: Settings, stores: Stores, silent_speech: SilentSpeech
) -> None:
    urls = {"database_url": "postgresql://someone:secret@127.0.0.1:1/x", "redis_url": "redis://:secret@127.0.0.1:1"}
    app = create_app(ready_settings.model_copy(update=urls))
    response = app.test_client().get("/readyz")
    assert response.status_code == 503
    assert "secret" not in response.text
    assert {line["name"] for line in json.loads(response.data)["checks"] if not line["ok"]} >= {"postgres", "redis"}


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (
            KeeperStatus(backlog_records=3, backlog_oldest_age_s=500.0, cache_in_step=True),
            "3 records wait, the oldest for 500 s",
        ),
        (KeeperStatus(cache_in_step=False), "is behind Postgres"),
        (None, "has not reported"),
    ],
)
def test_the_keepers_trouble_is_told(
    ready_settings: Settings, stores: Stores, silent_speech: SilentSpeech, status: KeeperStatus | None, word: str
) -> None:
    path = status_path(ready_settings.home)
    path.unlink()
    if status is not None:
        StatusFile(path).write(status)
    response = _api(ready_settings, stores, silent_speech)("GET", "/readyz")
    (line,) = [each for each in json.loads(response.data)["checks"] if each["name"] == "keeper"]
    assert not line["ok"]
    assert word in line["detail"]


def test_a_keeper_that_fell_silent_is_told(
    ready_settings: Settings, stores: Stores, silent_speech: SilentSpeech
) -> None:
    path = status_path(ready_settings.home)
    old = json.loads(path.read_text())
    path.write_text(json.dumps({**old, "written_at": time.time() - 60}))
    status, lines = _lines(_api(ready_settings, stores, silent_speech))
    assert (status, lines["keeper"]) == (503, False)


def test_checks_run_at_once_and_no_longer_than_their_time() -> None:
    over, late = threading.Event(), []

    def slow() -> str:
        over.wait(20)
        late.append(1)
        return "late"

    def refuses() -> str:
        raise NotReady("the reason")

    def breaks() -> str:
        raise ValueError("password=hunter2")

    lines = Readiness({"a": slow, "b": slow, "c": refuses, "d": breaks, "e": lambda: "fine"}, timeout_s=3).run()
    assert not late, "both hang yet"
    over.set()
    assert [(line.name, line.ok) for line in lines] == [
        ("a", False),
        ("b", False),
        ("c", False),
        ("d", False),
        ("e", True),
    ]
    assert [line.detail for line in lines][2:] == ["the reason", "ValueError", "fine"]


def test_metrics_count_requests_by_route_and_never_by_what_was_written(api: Api) -> None:
    api("GET", "/ivr/ivr_secretname")
    api("GET", "/no/such/path")
    api("BREW", "/ivr")
    text = api("GET", "/metrics").text
    assert 'digitree_http_requests_total{method="GET",route="/ivr/<ivr_id>",status="404"}' in text
    assert 'digitree_http_requests_total{method="GET",route="none",status="404"}' in text
    assert "secretname" not in text
    assert "BREW" not in text
    assert "digitree_keeper_up 0.0" in text


def test_however_many_ask_the_dependencies_are_asked_once_a_second() -> None:
    asked, begun, go_on = [], threading.Event(), threading.Event()

    def check() -> str:
        asked.append(1)
        begun.set()
        assert go_on.wait(20)
        return "fine"

    readiness = Readiness({"a": check}, timeout_s=20, kept_s=3600)
    with ThreadPoolExecutor(50) as threads:
        answers = [threads.submit(readiness.run) for _ in range(200)]
        assert begun.wait(20)
        go_on.set()
        assert all(answer.result()[0].ok for answer in answers)
    assert len(asked) == 1


def test_results_are_kept_no_longer_than_said() -> None:
    seen = iter(["first", "second"])
    readiness = Readiness({"a": lambda: next(seen)}, kept_s=0)
    assert [readiness.run()[0].detail for _ in range(2)] == ["first", "second"]


def test_a_failure_is_forgotten_before_a_good_result_is() -> None:
    answers = iter(["away"])

    def check() -> str:
        if next(answers, None):
            raise NotReady("away")
        return "fine"

    readiness = Readiness({"a": check}, kept_s=3600)
    assert [line.ok for line in readiness.run()] == [False]
    wait_until(lambda: readiness.run()[0].ok, 5, "it is asked again")


TALK_OF_ALL = {
    "name": "T",
    "nodes": {"ring": {"action": "transfer", "people": "team", "join": "all", "fallback_node": "end"},
              "end": {"action": "hangup"}},
}  # fmt: skip


@pytest.mark.parametrize("can", [True, False])
def test_a_menu_with_a_talk_of_all_is_a_warning_where_the_switch_cannot_make_one(
    ready_settings: Settings, stores: Stores, silent_speech: SilentSpeech, can: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Switch, "has_conferences", lambda _: can)
    api = _api(ready_settings, stores, silent_speech)

    def detail() -> str:
        (line,) = [each for each in api("GET", "/readyz").json["checks"] if each["name"] == "conferences"]
        assert line["ok"]
        return str(line["detail"])

    assert "WARNING" not in detail()
    stores.postgres.menus.create("ivr_talk0001", TALK_OF_ALL, actor="test")
    assert detail().startswith("WARNING: 1 menus have talks of all") != can


def test_a_switch_that_cannot_be_asked_is_no_warning(
    ready_settings: Settings, stores: Stores, silent_speech: SilentSpeech
) -> None:
    stores.postgres.menus.create("ivr_talk0001", TALK_OF_ALL, actor="test")
    away = ready_settings.model_copy(update={"freeswitch_event": "127.0.0.1:1"})
    lines = _api(away, stores, silent_speech)("GET", "/readyz").json["checks"]
    assert [each["detail"].split(":")[0] for each in lines if each["name"] == "conferences"] == ["not known"]
