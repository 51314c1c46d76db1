"""Whatever is sent, the answer is a problem document with the right status, never a 5xx, and nothing is changed."""

from __future__ import annotations

import json
import threading
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client

from admin.http import body as bodies
from admin.http import streams
from admin.http.crowd import RETRY_AFTER_S, Crowd, Shedding
from admin.http.json_body import parse_json
from admin.http.problems import ApiError
from tests.admin.conftest import Api, SilentSpeech
from tests.admin.pages import PAGE_DID, PAGE_TREE

DEEP = b'{"name": "x", "nodes": ' + b'{"a":' * 100_00 + b"1" + b"}" * 100_00 + b"}"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "empty_body"),
        (b"{", 400, "broken_json"),
        (b"[1,]", 400, "broken_json"),
        (b'{"name": "x"} trailing', 400, "broken_json"),
        (b'{"name": "x", "name": "y"}', 400, "duplicate_key"),
        (b'{"name": "x", "nodes": {"a": {"action": "hangup"}, "a": {}}}', 400, "duplicate_key"),
        (b'{"name": NaN}', 400, "broken_json"),
        (b'{"name": -Infinity}', 400, "broken_json"),
        (b'{"timeout_s": 1e999}', 400, "number_out_of_range"),
        (b'{"timeout_s": ' + b"9" * 5000 + b"}", 400, "number_out_of_range"),
        (b'{"name": "\xff\xfe"}', 400, "not_utf8"),
        ('{"name": "ü"}'.encode("latin-1"), 400, "not_utf8"),
        ('{"name": "x"}'.encode("utf-16"), 400, "not_utf8"),
        (b"[" * 50 + b"]" * 50, 400, "too_deep"),
        (b"[" * 100_000, 400, "too_deep"),
        (DEEP, 400, "too_deep"),
        (b'{"name": "a\\u0000b"}', 422, "invalid_request"),
        (b'{"name": "a\\ud800b"}', 422, "invalid_request"),
        (b'{"n\\u0000": 1}', 422, "invalid_request"),
        (b"null", 422, "invalid_tree"),
        (b"[]", 422, "invalid_tree"),
        (b'"text"', 422, "invalid_tree"),
        (b"{}", 422, "invalid_tree"),
        (b'{"name": "x", "nodes": []}', 422, "invalid_tree"),
        (b'{"name": 7, "nodes": {"a": 7}}', 422, "invalid_tree"),
        (b'{"name": "x\\ny", "nodes": {"a": {"action": "hangup"}}}', 422, "invalid_tree"),
    ],
)
def test_a_body_that_is_no_menu(api: Api, body: bytes, status: int, code: str) -> None:
    response = api("POST", "/ivr", body)
    assert (response.status_code, response.json["code"]) == (status, code)
    assert response.json["errors"]
    assert api("GET", "/ivr").json["items"] == []


def test_a_nul_is_named_with_its_pointer(api: Api) -> None:
    response = api("POST", "/ivr", b'{"name": "x", "nodes": {"a": {"gather": {"1": "b\\u0000"}}}}')
    assert [(each["pointer"], each["code"]) for each in response.json["errors"]] == [
        ("/nodes/a/gather/1", "invalid_string")
    ]


def test_numbers_that_are_too_large_are_named_with_their_pointers_and_hide_nothing_beside() -> None:
    body = (
        b'{"name": "x\\u0000", "nodes": {"a": {"set": {"n": 123456789012345678901, "m": 1}, "timeout_s": 1e999},'
        b' "b": {"case": [1, -123456789012345678901]}}}'
    )
    with pytest.raises(ApiError) as refused:
        parse_json(body)
    assert (refused.value.status, refused.value.code) == (400, "number_out_of_range")
    assert {(each.pointer, each.code) for each in refused.value.faults} == {
        ("/nodes/a/set/n", "number_out_of_range"), ("/nodes/a/timeout_s", "number_out_of_range"),
        ("/nodes/b/case/1", "number_out_of_range"), ("/name", "invalid_string"),
    }  # fmt: skip


def test_a_number_that_is_too_large_is_answered_with_its_place(api: Api) -> None:
    response = api("POST", "/ivr", b'{"name": "x", "nodes": {"a": {"set": {"n": 123456789012345678901}}}}')
    assert response.status_code == 400
    assert [(each["pointer"], each["code"]) for each in response.json["errors"]] == [
        ("/nodes/a/set/n", "number_out_of_range")
    ]


def test_a_body_over_256_kb_is_413(api: Api) -> None:
    tree = {**PAGE_TREE, "padding": "x" * 256 * 1024}
    response = api("POST", "/ivr", tree)
    assert (response.status_code, response.json["code"]) == (413, "too_large")


def test_a_tree_of_just_under_256_kb_is_taken(api: Api) -> None:
    nodes = {f"n{number}": {"action": "hangup"} for number in range(499)}
    body = json.dumps({"name": "big", "nodes": nodes}).encode()
    assert api("POST", "/ivr", body + b" " * (256 * 1024 - len(body))).status_code == 201
    assert api("POST", "/ivr", body + b" " * (256 * 1024 - len(body) + 1)).status_code == 413


@pytest.mark.parametrize(
    "kind", ["text/xml", "text/plain", "multipart/form-data; boundary=x", "image/png", "nonsense"]
)
def test_a_body_of_another_kind_is_415(api: Api, kind: str) -> None:
    assert api("POST", "/ivr", PAGE_TREE, headers={"Content-Type": kind}).status_code == 415


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/ivr/", "//ivr", "/ivr//x", "/dnc/", "/static/x", "/%00", "/ivr/%ff"]
)
def test_an_unknown_path_is_a_404_problem(api: Api, path: str) -> None:
    assert api("GET", path).status_code == 404


def test_another_method_is_405_with_allow(app: Flask, api: Api) -> None:
    response = api("PUT", "/ivr")
    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}
    for method in ("TRACE", "BREW"):
        assert api(method, "/ivr").status_code == 405


HOSTILE = [
    "${system(touch /tmp/x)}",
    "../../etc/passwd",
    "a\r\nX-Header: 1",
    "a\nexecute-app-name: system",
    "<script>alert(1)</script>",
    "'; drop table ivr; --",
    "%s%n",
    "\u202e\u2028",
    "a" * 5000,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_refused_or_harmless_in_every_field(api: Api, text: str) -> None:
    menu_id = api.create()
    hangup = {"action": "hangup"}
    menus = [
        {"name": "x", "nodes": {text: hangup}},
        {"name": "x", "nodes": {"a": {"gather": {text: "a"}}}},
        {"name": "x", "nodes": {"a": {"gather": {"1": text}}}},
        {"name": "x", "nodes": {"a": {"action": text}}},
        {"name": "x", "nodes": {"a": {**hangup, "audio": text}}},
        {"name": "x", "nodes": {"a": {**hangup, "audio": text + ".wav"}}},
        {"name": "x", "nodes": {"a": hangup}, "start": text},
        {"name": "x", "nodes": {"a": hangup}, text: 1},
    ]
    for menu in menus:
        assert api("POST", "/ivr", menu).status_code == 422
    for path, body in (
        (f"/ivr/{menu_id}/assign", {"did": text}),
        (f"/ivr/{menu_id}/audio", {"node": text, "text": "Hello."}),
        ("/dnc", {"number": text}),
        ("/dnc", {"number": "+14805551234", "source": text}),
        ("/keys", {"name": "x", "scopes": [text]}),
    ):
        assert api("POST", path, body).status_code == 422
    for path in ("/ivr/{}", f"/ivr/{menu_id}/audio/{{}}", "/dnc/{}", "/calls/{}", f"/ivr/{menu_id}/assign/{{}}"):
        method = "DELETE" if "assign" in path else "GET"
        assert api(method, path.format(text.replace("?", ""))).status_code in (404, 422)
    named = api("POST", "/ivr", {"name": text, "nodes": {"a": hangup}})
    if named.status_code == 201:
        assert named.json["name"] == text, "a name is shown, as JSON, and goes nowhere else"
    assert api("POST", f"/ivr/{menu_id}/assign", {"did": PAGE_DID}).status_code == 200


def test_an_answer_names_no_more_than_a_thousand_faults(api: Api) -> None:
    response = api(
        "POST", "/ivr", {"name": "x", "nodes": {"a": {"action": "hangup"}}, **dict.fromkeys(map(str, range(5000)))}
    )
    assert response.status_code == 422
    assert len(response.json["errors"]) == 1000


@pytest.mark.parametrize("seconds_left", [0.0, 600.0])
def test_a_body_that_still_arrives_when_the_server_stops_has_a_moment_and_then_an_answer(
    api: Api, monkeypatch: pytest.MonkeyPatch, seconds_left: float
) -> None:
    ending = threading.Event()
    monkeypatch.setattr(streams, "ending", ending)
    monkeypatch.setattr(bodies, "STOPPING_S", seconds_left)
    row = b"+14805550123\n"
    reads: list[int] = []

    class Arriving(BytesIO):
        def readinto(self, buffer: Any) -> int:
            ending.set()
            chunk = super().read(len(row))
            buffer[: len(chunk)] = chunk
            reads.append(len(chunk))
            return len(chunk)

    answer = api.client.post(
        "/dnc/import",
        input_stream=Arriving(row * 5),
        content_length=len(row) * 5,
        content_type="text/csv",
        headers={"Authorization": f"Bearer {api.key}"},
    )
    assert answer.status_code == 503, answer.text
    assert answer.get_json()["code"] == "stopping"
    assert reads == [len(row)] * (1 if seconds_left == 0 else 5)
    assert api("GET", "/dnc").json["items"] == []


def test_a_request_that_is_refused_when_its_body_comes_is_a_503_that_says_when_to_come_again(
    app: Flask, api: Api
) -> None:
    crowd = Crowd(at_once=1, queue=0)

    class Late(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            assert crowd.enter(), "another request has the place meanwhile"
            return super().read(size)

    body = json.dumps(PAGE_TREE).encode()
    headers = {"Authorization": f"Bearer {api.key}", "Content-Type": "application/json"}
    answer = Client(Shedding(app, crowd)).post(
        "/ivr", input_stream=Late(body), content_length=len(body), headers=headers
    )
    assert (answer.status_code, answer.get_json()["code"]) == (503, "too_busy")
    assert answer.headers["Retry-After"] == str(RETRY_AFTER_S)
    assert api("GET", "/ivr").json["items"] == []


def test_the_log_has_no_line_for_a_request_that_was_answered_and_one_for_a_failure(
    api: Api, silent_speech: SilentSpeech, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        menu = api.create(PAGE_TREE)
        assert api("GET", "/ivr/nowhere").status_code == 404
        assert caplog.records == []
        silent_speech.away = True
        assert api("POST", f"/ivr/{menu}/audio", {"node": "welcome", "text": "Hello"}).status_code == 503
    assert [record.levelname for record in caplog.records if record.name == "admin.access"] == ["WARNING"]
