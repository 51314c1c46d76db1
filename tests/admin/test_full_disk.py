"""A full disk: everything can be read, a write gets a 507, and /readyz says it."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from flask import Flask

from admin.app import create_app
from admin.prompts import uploads
from admin.wiring import connect_stores, make_services
from ivr.settings import Settings
from tests.admin.conftest import Api, SilentSpeech, check_problem
from tests.admin.pages import PAGE_TREE
from tests.faults.site import tone
from tests.helpers import as_superuser
from tts.client.errors import PromptStoreFull

NO_ROOM = "the disk is full; nothing was changed"


@pytest.fixture
def full_postgres(database: str) -> Any:
    """A Postgres that cannot make its table of menus longer."""
    with psycopg.connect(as_superuser(database), autocommit=True) as connection:
        connection.execute(
            "create function no_room() returns trigger language plpgsql as $$ begin"
            " raise exception 'could not extend file' using errcode = 'disk_full'; end $$"
        )
        connection.execute("create trigger no_room before insert on ivr execute function no_room()")
        yield
        connection.execute("drop function no_room cascade")


def _is_refused(answer: Any) -> None:
    assert (answer.status_code, answer.json["detail"].startswith(NO_ROOM)) == (507, True), answer.text
    check_problem(answer)


@pytest.mark.usefixtures("full_postgres")
def test_a_write_that_postgres_has_no_room_for_is_507_and_what_is_there_is_read(api: Api) -> None:
    _is_refused(api("POST", "/ivr", PAGE_TREE))
    assert api("GET", "/ivr").json["items"] == []


def test_a_prompt_that_the_disk_has_no_room_for_is_507(
    api: Api, silent_speech: SilentSpeech, monkeypatch: pytest.MonkeyPatch
) -> None:
    menu = api.create()

    def full(*_: object, **__: object) -> None:
        raise PromptStoreFull("the prompt cannot be kept", 30.0)

    monkeypatch.setattr(silent_speech, "speak", full)
    _is_refused(api("POST", f"/ivr/{menu}/audio", {"node": "welcome", "text": "Hello"}))


def test_a_recording_that_cannot_be_received_is_507(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    menu = api.create()
    with open("/dev/full", "r+b", 0) as full:
        monkeypatch.setattr(uploads.tempfile, "SpooledTemporaryFile", lambda **_: full)
        _is_refused(api("PUT", f"/ivr/{menu}/audio/welcome.wav", tone(100)))


@pytest.fixture
def without_postgres(settings: Settings, silent_speech: SilentSpeech, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An app whose Postgres has ended because the disk is full."""
    stores = connect_stores(settings.model_copy(update={"database_url": "postgresql://127.0.0.1:1/x"}))
    monkeypatch.setattr("ivr.storage.disk.room.free_bytes", lambda _: 4096)
    yield create_app(settings, make_services(settings, stores, speaker=silent_speech))
    stores.close()


def test_a_store_that_the_full_disk_has_ended_is_507_for_writes_alone(
    without_postgres: Flask, api_key: str
) -> None:
    without = Api(without_postgres.test_client(), api_key)
    _is_refused(without("POST", "/ivr", PAGE_TREE))
    assert without("GET", "/ivr").status_code == 503


def test_readyz_says_that_the_disk_is_full(without_postgres: Flask) -> None:
    answer = without_postgres.test_client().get("/readyz")
    (line,) = [check for check in answer.json["checks"] if check["name"] == "disk"]
    assert (line["ok"], "is full: calls go on" in line["detail"]) == (False, True)
