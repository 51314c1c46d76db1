"""HTTP as clients, browsers and proxies use it: Host, OPTIONS, HEAD, compression, parts of audio files."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.http import http_date

from admin.endpoints import ENDPOINTS
from ivr.settings import Settings
from tests.admin.conftest import Api, SilentSpeech

GZIP = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.mark.parametrize(
    "host",
    ["", " ", "a b", "a/b", "a@b", "a,b", "x:y", "x:123456", "[::1", "::1", "ex\u00e4mple", "x\tx", "<script>",
     "127.0.0.1:99999", "x:65536", "[::1]:70000", "x:0", "x::", "x:80:", ":", ":80"],
)
def test_a_host_that_can_be_none_is_refused(api: Api, host: str) -> None:
    for path in ("/healthz", "/ivr", "/ui/login", "/nothing"):
        answer = api("GET", path, environ_overrides={"HTTP_HOST": host})
        assert (answer.status_code, answer.json["code"]) == (400, "bad_host"), path


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1:8080", "[::1]:8080", "my_host.example.com", "x.", "EXAMPLE.com", "x:65535", "x:1",
     "x:00080", "x:", "[::1]:"],
)
def test_a_host_as_clients_write_it_is_taken(api: Api, host: str) -> None:
    assert api("GET", "/healthz", environ_overrides={"HTTP_HOST": host}).status_code == 200


def test_a_request_of_http_1_0_needs_no_host(app: Flask) -> None:
    def status(protocol: str) -> str:
        environ: dict[str, Any] = {"REQUEST_METHOD": "GET", "PATH_INFO": "/healthz", "SERVER_NAME": "x"}
        environ |= {"SERVER_PORT": "80", "SERVER_PROTOCOL": protocol, "wsgi.url_scheme": "http"}
        told: list[str] = []
        list(app.wsgi_app(environ, lambda line, _headers: told.append(line)))  # type: ignore[arg-type]
        return told[0]

    assert status("HTTP/1.0").startswith("200")
    assert status("HTTP/1.1").startswith("400")


def test_options_says_what_a_path_takes_and_needs_no_key(api: Api) -> None:
    nobody = api.as_key(None)
    allowed: dict[str, set[str]] = {}
    for endpoint in ENDPOINTS:
        allowed.setdefault(endpoint.path, {"OPTIONS"}).update(
            {endpoint.method, "HEAD"} if endpoint.method == "GET" else {endpoint.method}
        )
    for path, methods in allowed.items():
        # Of the paths that share a form with others those with parameters say more, which is tested by one.
        if "<" not in path:
            answer = nobody("OPTIONS", path)
            assert (answer.status_code, answer.data) == (204, b""), path
            assert set(answer.headers["Allow"].split(", ")) == methods, path
    one = nobody("OPTIONS", "/ivr/ivr_abc123")
    assert set(one.headers["Allow"].split(", ")) == {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}
    assert set(api("OPTIONS", "/ui/login").headers["Allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}
    assert api("OPTIONS", "/nothing").status_code == 404
    assert api("OPTIONS", "/*").status_code == 404


def test_options_of_the_server_itself_says_all_that_it_takes(api: Api) -> None:
    answer = api.as_key(None)("OPTIONS", "/", environ_overrides={"PATH_INFO": "*"})
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
    assert api("GET", "/", environ_overrides={"PATH_INFO": "*"}).status_code == 404


def test_head_is_get_without_a_body(api: Api) -> None:
    menu = api.create()
    for path in (f"/ivr/{menu}", "/ivr", "/dnc.csv", "/usage.csv", "/openapi.json", "/docs", "/metrics"):
        whole, head = api("GET", path), api("HEAD", path)
        assert (head.status_code, head.data) == (200, b""), path
        assert head.headers["Content-Type"] == whole.headers["Content-Type"]
        assert head.headers.get("ETag") == whole.headers.get("ETag")


@pytest.mark.parametrize("path", ["/ivr/{menu}", "/openapi.json", "/dnc.csv", "/calls?limit=200"])
def test_what_is_large_is_compressed_for_those_who_take_it(api: Api, path: str) -> None:
    nodes = {f"node_{number}": {"action": "hangup"} for number in range(100)}
    menu = api.create({"name": "large", "nodes": nodes})
    where = path.format(menu=menu)
    plain, packed = api("GET", where), api("GET", where, headers=GZIP)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert packed.headers.get("ETag") == plain.headers.get("ETag")
    if path.startswith("/calls"):
        assert "Content-Encoding" not in packed.headers, "it is small"
        return
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    if path != "/dnc.csv":
        assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 2
    assert "Content-Encoding" not in api("GET", where, headers={"Accept-Encoding": "gzip;q=0"}).headers
    # The answer of a write is one, too.
    if menu in where:
        assert gzip.decompress(api("PATCH", where, {"name": "x"}, headers=GZIP).data).startswith(b'{"id"')


def test_a_refusal_with_many_faults_is_compressed(api: Api) -> None:
    nodes = {f"n{number}": {"action": "explode"} for number in range(100)}
    refused = api.client.post(
        "/ivr",
        data=json.dumps({"name": "x", "nodes": nodes}),
        headers={"Authorization": f"Bearer {api.key}", "Content-Type": "application/json", **GZIP},
    )
    assert len(json.loads(gzip.decompress(refused.data))["errors"]) == 100


def test_pages_with_a_csrf_token_are_never_compressed(api: Api) -> None:
    assert api.client.post("/ui/login", headers=GZIP).headers.get("Content-Encoding") is None
    page = api.client.get("/ui/login", headers=GZIP)
    assert page.status_code == 200
    assert len(page.data) > 1024
    assert "Content-Encoding" not in page.headers


@pytest.fixture
def sounds(api: Api, silent_speech: SilentSpeech, settings: Settings) -> list[str]:
    """The address of one sound under each of its names; it has 1004 bytes."""
    menu = api.create()
    api("POST", f"/ivr/{menu}/audio", {"node": "welcome", "text": "Hello."})
    (file,) = Path(settings.prompts).glob("*.wav")
    (settings.prompts / "system" / "goodbye.wav").write_bytes(file.read_bytes())
    return [f"/ivr/{menu}/audio/welcome.wav", f"/prompts/{file.name}", "/prompts/system/goodbye"]


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-9", 206, (0, 9)),
        ("bytes=1000-", 206, (1000, 1003)),
        ("bytes=-4", 206, (1000, 1003)),
        ("bytes=1000-99999", 206, (1000, 1003)),
        ("bytes=-99999", 206, (0, 1003)),
        ("bytes=1004-", 416, None),
        ("bytes=-0", 416, None),
        # Overlooked: of no unit that we have, malformed, several at once.
        ("lines=1-2", 200, None),
        ("bytes=9-1", 200, None),
        ("bytes=x", 200, None),
        ("bytes=0-0,5-6", 200, None),
        ("bytes=" + "9" * 400 + "-", 200, None),
    ],
)
def test_a_part_of_a_sound(
    api: Api, sounds: list[str], asked: str, status: int, part: tuple[int, int] | None
) -> None:
    for url in sounds:
        whole = api("GET", url)
        assert (whole.status_code, len(whole.data), whole.headers["Accept-Ranges"]) == (200, 1004, "bytes")
        answer = api("GET", url, headers={"Range": asked, **GZIP})
        assert answer.status_code == status, url
        assert "Content-Encoding" not in answer.headers
        if status == 200:
            assert answer.data == whole.data
        elif part is None:
            assert answer.headers["Content-Range"] == "bytes */1004"
        else:
            first, last = part
            assert answer.headers["Content-Range"] == f"bytes {first}-{last}/1004"
            assert answer.data == whole.data[first : last + 1]


def test_a_part_of_another_content_is_the_whole(api: Api, sounds: list[str]) -> None:
    for url in sounds:
        whole = api("GET", url)
        tag = whole.headers["ETag"]
        assert api("GET", url, headers={"Range": "bytes=0-9", "If-Range": tag}).status_code == 206
        date, written = whole.headers["Last-Modified"], whole.last_modified
        assert api("GET", url, headers={"Range": "bytes=0-9", "If-Range": date}).status_code == 206
        assert written is not None
        later = http_date(written + timedelta(days=1))
        for other in ('"other"', f"W/{tag}", tag.strip('"'), f'"x", {tag}', '"*"', "*", "", later, "yesterday"):
            answer = api("GET", url, headers={"Range": "bytes=0-9", "If-Range": other})
            assert (answer.status_code, answer.data) == (200, whole.data), other
            behind = api("GET", url, headers={"Range": "bytes=9999-", "If-Range": other})
            assert behind.status_code == 200, other
        assert api("GET", url, headers={"If-None-Match": tag}).status_code == 304
        head = api("HEAD", url, headers={"Range": "bytes=0-9"})
        assert (head.status_code, head.headers["Content-Length"]) == (200, "1004")
