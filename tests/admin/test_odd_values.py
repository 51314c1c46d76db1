"""Values that somebody hostile or careless sends or leaves: ports, names, cells, addresses, entries in Redis."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from admin.dnc.import_progress import ImportBoard
from admin.http.limits import Guesses
from ivr.domain.dnc.csv_cells import safe_cell
from ivr.ports.pages import SYSTEM
from ivr.storage.disk.snapshot import SnapshotWriter
from tests.admin.conftest import Api
from tests.admin.pages import PAGE_TREE

UNSEEN = ("\u200b", "\u2060\ufeff", "\u202eevil", "Sales\u2066x", "\u00ad")
HOOK: dict[str, Any] = {"events": ["ivr.changed"]}


@pytest.mark.parametrize(
    ("port", "status"), [(0, 422), (99999, 422), (65536, 422), ("05060", 422), (1, 201), (65535, 201)]
)
def test_a_port_is_one_that_there_can_be(api: Api, port: object, status: int) -> None:
    agent = {"name": "sales", "targets": [{"uri": f"sip:a@192.0.2.10:{port}"}]}
    assert api("POST", "/agents", agent).status_code == status
    hook = api("POST", "/webhooks", {**HOOK, "url": f"https://example.com:{port}/x"})
    assert hook.status_code == status
    prepared = {"name": "other", "targets": [{"uri": "sip:a@192.0.2.10"}], "prepare_url": f"https://example.com:{port}/"}
    assert api("POST", "/agents", prepared).status_code == status


@pytest.mark.parametrize("name", UNSEEN)
def test_a_name_can_be_seen_and_turns_no_text_around(api: Api, name: str) -> None:
    refused = api("POST", "/ivr", {**PAGE_TREE, "name": name})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/name")
    assert api("POST", "/keys", {"name": name}).status_code == 422
    assert api("POST", "/dnc/lists", {"id": "x", "scope": "seller", "seller": name}).status_code == 422
    menu = api.create()
    assert api("PATCH", f"/ivr/{menu}", {"name": name}).status_code == 422
    assert api("POST", f"/ivr/{menu}/check", {"name": name}).status_code == 422
    for good in ("Caf\u00e9 \U0001f468\u200d\U0001f469", "\u05e9\u05dc\u05d5\u05dd"):
        assert api("PATCH", f"/ivr/{menu}", {"name": good}).status_code == 200


@pytest.mark.parametrize("text", ["\uff1d1+1", "\uff0b1", "\uff20SUM(1)", "\ufe63x", "=1+1", "+1+1", "-1"])
def test_no_cell_is_a_formula_in_wide_letters_either(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x", "http://10.0.0.1:8080/", "http://169.254.169.254/latest", "http://localhost/",
        "http://0.0.0.0/", "https://192.168.1.1",
    ],
)  # fmt: skip
def test_an_address_in_a_private_network_is_refused_when_it_is_given(api: Api, url: str) -> None:
    refused = api("POST", "/webhooks", {**HOOK, "url": url})
    assert (refused.status_code, refused.json["code"]) == (422, "private_address")
    assert refused.json["errors"][0]["pointer"] == "/url"
    hook = api("POST", "/webhooks", {**HOOK, "url": "https://example.com/x"}).json["id"]
    assert api("PATCH", f"/webhooks/{hook}", {"url": url}).status_code == 422
    agent = {"name": "sales", "targets": [{"uri": "sip:a@192.0.2.10"}]}
    refused = api("POST", "/agents", {**agent, "prepare_url": url})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/prepare_url")
    assert api("POST", "/agents", agent).status_code == 201
    assert api("PATCH", "/agents/sales", {"prepare_url": url}).status_code == 422


def test_a_key_says_who_made_it(api: Api) -> None:
    first = api("GET", "/keys").json["items"][0]
    made = api("POST", "/keys", {"name": "by a key"}).json
    assert made["created_by"] == first["id"]
    listed = {each["id"]: each["created_by"] for each in api("GET", "/keys").json["items"]}
    assert listed == {first["id"]: SYSTEM, made["id"]: first["id"]}


@pytest.fixture
def client(cache: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(cache, decode_responses=True) as client:
        yield client


@pytest.mark.parametrize("left", ["many", "", "1e9", "{}"])
def test_what_somebody_left_in_redis_is_no_fault_of_the_request(api: Api, client: redis.Redis, left: str) -> None:
    client.set("digitree:wrong-keys:192.0.2.1", left)
    guesses = Guesses(client, 2)
    assert not guesses.exceeded("192.0.2.1")
    assert [guesses.take("192.0.2.1") for _ in range(3)] == [True, True, False]
    client.set("digitree:wrong-keys:127.0.0.1", left)
    answer = api("GET", "/ivr", headers={"Authorization": "Bearer dk_wrong"})
    assert (answer.status_code, answer.json["code"]) == (401, "key_unknown")


@pytest.mark.parametrize("left", ["many", "[]", "{}", '{"stage": "x", "done": 1, "total": 1}', "\x00"])
def test_a_progress_that_is_none_is_unknown(client: redis.Redis, left: str) -> None:
    board = ImportBoard(client)
    board.reporter("key_1", "an_import_of_mine", 10)("read", 1, 0)
    assert board.find("key_1", "an_import_of_mine") == {"stage": "reading", "done": 1, "total": 10}
    (name,) = client.keys("digitree:dnc-import:*")
    client.set(name, left)
    assert board.find("key_1", "an_import_of_mine") is None


def test_the_snapshot_of_menus_is_nobody_elses_to_read(tmp_path: Path) -> None:
    path = tmp_path / "run" / "menus.db"
    path.parent.mkdir()
    path.touch(0o644)
    writer = SnapshotWriter(path)
    writer.still_true()
    files = list(path.parent.iterdir())
    assert len(files) > 1
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    writer.close()
