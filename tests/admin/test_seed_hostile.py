"""Each request of the page that promises this API, spoiled in every way: refused with a pointer, nothing changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from admin.wiring import Stores
from tests.admin.conftest import Api
from tests.admin.pages import PAGE_DID, PAGE_PATCH, PAGE_TREE, WELCOME_TEXT

SPEAK = {"node": "welcome", "text": WELCOME_TEXT, "voice": "rachel"}
# (method, path below /ivr, body)
REQUESTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "create": ("POST", "", PAGE_TREE),
    "speak": ("POST", "/{}/audio", SPEAK),
    "assign": ("POST", "/{}/assign", {"did": "+14155559877"}),
    "patch": ("PATCH", "/{}", PAGE_PATCH),
}
LONE, NUL = "\ud800", "\x00"


def spoiled_bytes(body: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """The body as bytes that are not JSON as we take it."""
    plain = json.dumps(body)
    first, value = next(iter(body.items()))
    yield "nothing", b""
    yield "blanks", b" \n\t "
    yield "cut short", plain[:-1].encode()
    yield "twice", (plain * 2).encode()
    yield "a trailing comma", plain[:-1].encode() + b",}"
    yield "single quotes", plain.replace('"', "'").encode()
    yield "a byte order mark", b"\xef\xbb\xbf" + plain.encode()
    yield "UTF-16", plain.encode("utf-16")
    yield "UTF-32", plain.encode("utf-32")
    yield "not UTF-8", plain.encode().replace(b'"', b'"\xff', 1)
    yield "an overlong slash", plain.encode().replace(b'"', b'"\xc0\xaf', 1)
    yield "half a surrogate pair in UTF-8", plain.encode().replace(b'"', b'"\xed\xa0\x80', 1)
    yield "a key twice", f'{{{json.dumps(first)}: {json.dumps(value)}, {plain[1:]}'.encode()
    yield "a key twice, escaped", f'{{"\\u{ord(first[0]):04x}{first[1:]}": 1, {plain[1:]}'.encode()
    yield "too large", plain.encode() + b" " * (256 * 1024)
    yield "a number too large", (plain[:-1] + ', "x": ' + "9" * 400_000 + "}").encode()[:250_000] + b"}"
    yield "a number beyond all bounds", (plain[:-1] + ', "x": 1e999}').encode()
    yield "NaN", (plain[:-1] + ', "x": NaN}').encode()
    yield "too deep", (plain[:-1] + ', "x": ' + "[" * 5000 + "]" * 5000 + "}").encode()
    yield "too deep by objects", (plain[:-1] + ', "x": ' + '{"a":' * 5000 + "1" + "}" * 5001).encode()


def spoiled_values(body: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """JSON, but not what was asked for. The escapes are those of json.dumps."""
    first = next(iter(body))
    for what, value in (("null", None), ("a list", [body]), ("text", json.dumps(body)), ("a number", 7)):
        yield what, value
        if not (first == "nodes" and value is None):
            yield f"{first} is {what}", {**body, first: value}
    yield "an unknown field", {**body, "__proto__": {"admin": True}}
    yield "an unknown field of another alphabet", {**body, "n\u0430me": "x"}
    for what, bad in (("NUL", NUL), ("half a pair", LONE)):
        yield f"{what} in a field", {**body, bad: 1}
        yield f"{what} in a text", {**body, first: bad}
        yield f"{what} deep below", {**body, first: {"a": [{"b": bad}]}}




# What only one of the requests can have wrong.
OWN: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "create": [
        ("/name", {**PAGE_TREE, "name": "x" * 100_000}),
        ("/name", {**PAGE_TREE, "name": "line\u2028line"}),
        ("/nodes/dnc/action", {**PAGE_TREE, "nodes": {**PAGE_TREE["nodes"], "dnc": {"action": "Suppress"}}}),
        ("/nodes/dnc/action", {**PAGE_TREE, "nodes": {**PAGE_TREE["nodes"], "dnc": {"action": "s\u0443ppress"}}}),
        ("/nodes/dnc/audio", {"name": "x", "nodes": {"dnc": {"action": "hangup", "audio": "../../etc/passwd"}}}),
        ("/nodes/dnc/audio", {"name": "x", "nodes": {"dnc": {"action": "hangup", "audio": "/etc/x.wav"}}}),
        ("/nodes/dnc/audio", {"name": "x", "nodes": {"dnc": {"action": "hangup", "audio": "..\\x.wav"}}}),
        ("/nodes/dnc/audio", {"name": "x", "nodes": {"dnc": {"action": "hangup", "audio": "x.wav\n"}}}),
        ("/nodes/dnc/audio", {"name": "x", "nodes": {"dnc": {"action": "hangup", "audio": "\uff58.wav"}}}),
        ("/nodes/w\u0435lcome", {"name": "x", "nodes": {"w\u0435lcome": {"action": "hangup"}}}),
        ("/nodes/a/gather/\u0661", {"name": "x", "nodes": {"a": {"gather": {"\u0661": "a"}}}}),
        ("/nodes/a/gather/1A", {"name": "x", "nodes": {"a": {"gather": {"1A": "a"}}}}),
        ("/nodes/a/timeout_s", {"name": "x", "nodes": {"a": {"gather": {"1": "a"}, "timeout_s": 10**19}}}),
        ("/nodes/a/timeout_s", {"name": "x", "nodes": {"a": {"gather": {"1": "a"}, "timeout_s": 1e308}}}),
        ("/nodes/a/max_attempts", {"name": "x", "nodes": {"a": {"gather": {"1": "a"}, "max_attempts": 2**63}}}),
        ("/nodes/a/max_attempts", {"name": "x", "nodes": {"a": {"gather": {"1": "a"}, "max_attempts": True}}}),
    ],
    "speak": [
        ("/node", {**SPEAK, "node": "../welcome"}),
        ("/node", {**SPEAK, "node": "welc\u043eme"}),
        ("/node", {**SPEAK, "node": "nobody"}),
        ("/text", {**SPEAK, "text": ""}),
        ("/text", {**SPEAK, "text": "x" * 30_000}),
        ("/voice", {**SPEAK, "voice": "x" * 65}),
        ("/voice", {**SPEAK, "voice": 7}),
    ],
    "assign": [
        ("/did", {"did": "+1415555987"}),
        ("/did", {"did": "+1 415 555 987"}),
        ("/did", {"did": "${+14155559877}"}),
        ("/did", {"did": "x" * 64}),
        ("/did", {"did": "+" + "1" * 5000}),
        ("/did", {"did": 14155559877}),
        ("/did", {"did": "+14155559877\nx"}),
        ("/replace", {"did": "+14155559877", "replace": "yes"}),
    ],
    "patch": [
        ("/nodes", {"nodes": {}, "start": "nowhere", "name": "x"} | {"nodes": "all"}),
        ("/nodes/welcome", {"nodes": {"welcome": []}}),
        ("/nodes/welcome/gather/x", {"nodes": {"welcome": {"gather": {"x": "dnc"}}}}),
        ("/nodes/welcome/audio", {"nodes": {"welcome": {"audio": "../welcome.wav", "gather": {"1": "dnc"}}}}),
        ("/nodes/constructor/action", {"nodes": {"constructor": {"action": "eval"}}}),
    ],
}


@pytest.fixture
def menu(api: Api) -> str:
    """The page's menu, live and with a prompt."""
    made = api.create()
    assert api("POST", f"/ivr/{made}/assign", {"did": PAGE_DID}).status_code == 200
    assert api("POST", f"/ivr/{made}/audio", {"node": "has_license", "text": "Hello."}).status_code == 201
    return made


def everything(api: Api, stores: Stores) -> Any:
    with stores.postgres.database.transaction() as connection:
        writes = connection.execute(
            "select (select count(*) from audit_log) as audited, (select count(*) from ivr_version) as versions,"
            " (select count(*) from prompt) as prompts, (select count(*) from did) as dids"
        ).fetchone()
    return [writes, *(api("GET", f"/ivr/{each['id']}").data for each in api("GET", "/ivr").json["items"])]


@pytest.mark.parametrize("name", REQUESTS)
def test_a_spoiled_request_is_refused_and_changes_nothing(
    api: Api, menu: str, stores: Stores, name: str
) -> None:
    method, path, body = REQUESTS[name]
    path = "/ivr" + path.format(menu)
    before = everything(api, stores)
    wrong: list[tuple[str, int, str]] = []

    def send(what: str, raw: bytes, statuses: tuple[int, ...], pointer: str | None = None) -> None:
        answer = api(method, path, raw)
        pointers = [each["pointer"] for each in answer.json.get("errors", [])]
        fits = bool(pointers) or answer.status_code == 413 if pointer is None else pointer in pointers
        if answer.status_code not in statuses or not fits:
            wrong.append((what, answer.status_code, answer.text[:500]))

    for what, raw in spoiled_bytes(body):
        send(what, raw, (400, 413))
    for what, value in spoiled_values(body):
        send(what, json.dumps(value).encode(), (422,))
    for pointer, value in OWN[name]:
        send(pointer, json.dumps(value).encode(), (422,), pointer)
    assert wrong == []
    for kind in ("text/plain", "application/xml", "multipart/form-data; boundary=x", "application/jsonp"):
        assert api(method, path, body, headers={"Content-Type": kind}).status_code == 415, kind
    for other in {"GET", "PUT", "DELETE", "POST", "PATCH", "TRACE"} - _allowed(api, path):
        assert api(other, path, body).status_code == 405, other
    assert everything(api, stores) == before


def test_as_the_page_has_them_they_work(api: Api, menu: str) -> None:
    """Else the test above could not fail."""
    statuses = [api(method, "/ivr" + path.format(menu), body).status_code for method, path, body in REQUESTS.values()]
    assert statuses == [201, 201, 200, 200]


def _allowed(api: Api, path: str) -> set[str]:
    return set(api("BREW", path).headers["Allow"].split(", "))


@pytest.mark.parametrize(
    "name",
    [
        "..%2F..%2F..%2Fetc%2Fpasswd", "%2e%2e/%2e%2e/x.wav", "..%5cx.wav", "..%252fx.wav", "%c0%ae%c0%ae/x.wav",
        "x.wav%00.png", "x.wav%0d%0aX: 1", ".hidden.wav", "a/b.wav", "C:x.wav", "~root.wav", "$HOME.wav", "x.WAV.exe",
        "%EF%BC%8E%EF%BC%8E.wav", "system/goodbye.wav",
    ],
)  # fmt: skip
def test_an_audio_name_leads_nowhere_but_to_the_menus_prompts(
    api: Api, menu: str, stores: Stores, name: str
) -> None:
    before = everything(api, stores)
    for method, body in (("GET", None), ("PUT", b"x" * 100)):
        answer = api(method, f"/ivr/{menu}/audio/{name}", body, headers={"Content-Type": "audio/wav"})
        assert answer.status_code in (404, 405, 422), answer.text
    assert everything(api, stores) == before
