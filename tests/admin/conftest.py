"""The admin app over real stores; speech is the real process where a test asks for `speech_client`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from admin.app import create_app
from admin.http.services import Services
from admin.wiring import Stores, connect_stores, make_services
from ivr.settings import Settings
from ivr.storage.disk.prompt_files import write_wav
from ivr.storage.menu_publisher import CachePublisher
from tests.admin.pages import PAGE_TREE
from tts.client.client import Recording, Speech, TtsUnavailable, VoiceInfo


class SilentSpeech:
    """Stands in where a test is about menus and not about sound: short files, or no answer when `away`."""

    def __init__(self, prompts: Path) -> None:
        self.prompts = prompts
        self.away = False

    def speak(self, text: str, voice: str, fragment: bool = False, *, rate: float = 1.0) -> Speech:
        file = self._file(text if rate == 1 else f"{text} at {rate}")
        return Speech(file, voice, "silence", 1230, cached=False, spoken_as=text, language="en-us", engine="piper")

    def want_pieces(self, voice: str) -> bool:
        self._need()
        return True

    def convert(
        self, recording: bytes | BinaryIO, raw_format: str = "", *, keep_silence: bool = False
    ) -> Recording:
        content = recording if isinstance(recording, bytes) else recording.read()
        return Recording(self._file(content[:100].hex()), 500)

    def voices(self) -> list[VoiceInfo]:
        self._need()
        added = sorted(path.name.partition(".")[0] for path in self.prompts.parent.glob("voices/*.voice.json"))
        names = {"joe": "Joe"} | {name: name for name in added}
        return [VoiceInfo(id, name, "en-us", "silence", id == "joe", None) for id, name in names.items()]

    def _file(self, seed: str) -> str:
        self._need()
        digest = hashlib.sha256(seed.encode())
        name = digest.hexdigest()[:32] + ".wav"
        write_wav(self.prompts / name, digest.digest() * 30)
        return name

    def _need(self) -> None:
        if self.away:
            raise TtsUnavailable("the speech process does not answer", 3.0)


@pytest.fixture
def settings(database: str, cache: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DIGITREE_HOME", str(home))
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("REDIS_URL", cache)
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    for name in ("prompts/system", "journal", "run", "metrics"):
        (home / name).mkdir(parents=True)
    return Settings()


@pytest.fixture
def stores(settings: Settings) -> Iterator[Stores]:
    connected = connect_stores(settings)
    # As the first start does: a cache that is whole.
    CachePublisher(connected.postgres.database, connected.cache).rebuild()
    yield connected
    connected.close()


@pytest.fixture
def silent_speech(settings: Settings) -> SilentSpeech:
    return SilentSpeech(settings.prompts)


@pytest.fixture
def services(settings: Settings, stores: Stores, silent_speech: SilentSpeech) -> Services:
    return make_services(settings, stores, speaker=silent_speech)


@pytest.fixture(scope="session")
def mounted() -> dict[str, Any]:
    """The app of this process of tests, once there is one, and its services."""
    return {}


@pytest.fixture
def app(services: Services, mounted: dict[str, Any]) -> Flask:
    """Over this test's services. The routes stay: to make them takes longer than most tests."""
    if not mounted:
        mounted["services"] = Services(services._by_class)
        mounted["app"] = create_app(services=mounted["services"])
    mounted["services"]._by_class = services._by_class
    app: Flask = mounted["app"]
    return app


@pytest.fixture
def api_key(stores: Stores) -> str:
    """A key with every scope."""
    return stores.postgres.keys.create("tests")[1]


@pytest.fixture
def api(app: Flask, api_key: str) -> Api:
    return Api(app.test_client(), api_key)


class Api:
    """A client that sends JSON with a key and checks of every answer what must hold of all."""

    def __init__(self, client: FlaskClient, key: str | None) -> None:
        self.client = client
        self.key = key

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        headers = dict(options.pop("headers", {}))
        if self.key is not None:
            headers.setdefault("Authorization", f"Bearer {self.key}")
        if body is not None:
            options["data"] = body if isinstance(body, bytes) else json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        response = self.client.open(path, method=method, headers=headers, **options)
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        if response.status_code >= 400:
            check_problem(response)
        return response

    def create(self, tree: Any = None) -> str:
        """The id of a new menu."""
        response = self("POST", "/ivr", PAGE_TREE if tree is None else tree)
        assert response.status_code == 201, response.text
        return str(response.json["id"])

    def as_key(self, key: str | None) -> Api:
        return Api(self.client, key)


def check_problem(response: TestResponse) -> None:
    """RFC 9457, as all our errors are."""
    if response.json is not None and "checks" in response.json:
        return  # /readyz answers its lines also when it is 503
    assert response.content_type == "application/problem+json"
    problem = json.loads(response.data)
    assert set(problem) >= {"type", "title", "status", "detail", "code", "errors"}
    assert problem["status"] == response.status_code
    for fault in problem["errors"]:
        assert set(fault) == {"pointer", "code", "message", "node"}
    if response.status_code == 503:
        assert int(response.headers["Retry-After"]) >= 1
    if response.status_code == 401:
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.fixture
def cached(cache: str) -> Callable[[str], str | None]:
    """What Redis holds under a key of the cache, without its signature."""
    import redis

    client = redis.Redis.from_url(cache, decode_responses=True)

    def value(name: str) -> str | None:
        found = client.get("digitree:" + name)
        return str(found).rpartition(" ")[0] if found is not None else None

    return value
