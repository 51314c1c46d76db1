"""The API over real stores, with the real call server, keeper and phone behind it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from admin.app import create_app
from admin.http.services import Services
from admin.wiring import connect_stores, make_services
from ivr.ports.keys import KeyStore
from ivr.settings import Settings
from ivr.storage.menu_publisher import CachePublisher
from tests.admin.conftest import Api
from tests.calling import call_processes
from tests.rig import write_wav
from tts.client.client import Speech, TtsUnavailable, VoiceInfo

MENU: dict[str, Any] = {
    "name": "Qualifier",
    "nodes": {
        "welcome": {"gather": {"1": "area", "9": "dnc"}, "timeout_node": "welcome"},
        "area": {"gather": {"1": "agent", "2": "bye"}},
        "agent": {"action": "transfer"},
        "bye": {"action": "hangup"},
        "dnc": {"action": "suppress"},
    },
}
DID = "+14155550100"
CALLER = "+14805551234"


class Voice:
    """Says everything in a second of silence; nothing when `away`."""

    def __init__(self, prompts: Path) -> None:
        self.prompts = prompts
        self.away = False
        self.said: list[str] = []

    def speak(self, text: str, voice: str, fragment: bool = False, *, rate: float = 1.0) -> Speech:
        if self.away:
            raise TtsUnavailable("the speech process does not answer", 3.0)
        self.said.append(text)
        file = hashlib.sha256(text.encode()).hexdigest()[:32] + ".wav"
        write_wav(self.prompts / file, 1000)
        return Speech(file, voice, "silence", 1000, cached=False)

    def voices(self) -> list[VoiceInfo]:
        return [VoiceInfo("joe", "Joe", "en-us", "silence", default=True, alias_of=None)]


@pytest.fixture(scope="package")
def processes(
    migrated_postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    with call_processes(tmp_path_factory.mktemp("trying"), migrated_postgres_url, redis_url) as env:
        yield env


@pytest.fixture
def voice(processes: dict[str, str]) -> Voice:
    return Voice(Path(processes["DIGITREE_HOME"]) / "prompts")


@pytest.fixture
def services(
    processes: dict[str, str], voice: Voice, database: str, cache: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Services]:
    for name, value in processes.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR")
    settings = Settings()
    stores = connect_stores(settings)
    CachePublisher(stores.postgres.database, stores.cache).rebuild()
    yield make_services(settings, stores, speaker=voice)  # type: ignore[arg-type]
    stores.close()


@pytest.fixture
def key(services: Services) -> str:
    return services.get(KeyStore).create("tests")[1]


@pytest.fixture
def api(services: Services, key: str) -> Api:
    return Api(create_app(services=services).test_client(), key)


@pytest.fixture
def menu(api: Api) -> str:
    return api.create(MENU)


def events_of(api: Api, call: str, query: str = "", headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """The whole stream, which ends by itself."""
    answer = api("GET", f"/test-calls/{call}/events{query}", headers=headers or {})
    assert answer.status_code == 200
    assert answer.mimetype == "text/event-stream"
    events = []
    for block in answer.text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in lines:
            event = json.loads(lines["data"])
            assert lines["id"] == str(event["n"])
            assert lines["event"] == event["kind"]
            events.append(event)
    return events
