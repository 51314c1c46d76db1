"""Services over real sockets: bounded in time and bytes, on connections that are used again, and never inside."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ivr.clients import kept_connections
from ivr.clients.bounded_socket import BoundedSocket
from ivr.clients.kept_connections import Idle
from ivr.clients.service_http import MAX_HEAD_BYTES, ServiceHttp
from ivr.domain.service_definition import Service
from ivr.domain.service_exchange import MAX_ANSWER_BYTES
from ivr.domain.signing import is_signed
from tests.service_stub import (
    SEALER,
    SECRET,
    ServiceStub,
    answer,
    chunked,
    close,
    make_certificate,
    serving,
)
from tests.service_stub import service as definition

OK = answer({"known": True})


def service(url: str, **changes: Any) -> Service:
    """A definition that gives its service more time than a caller would."""
    return definition(url, **{"timeout_s": 20.0, **changes})


@pytest.fixture
def http() -> ServiceHttp:
    return ServiceHttp(SEALER.find, idle=Idle())


def failure(http: ServiceHttp, stub: ServiceStub, **changes: Any) -> tuple[str | None, int | None]:
    asked = http.ask(service(stub.url, **changes), {"caller": "+14155550100"}, "call_1")
    assert (asked.answer.body is None) == (asked.answer.failure is not None)
    return asked.answer.failure, asked.answer.status


def test_a_service_is_asked_with_its_headers_and_a_signature(http: ServiceHttp) -> None:
    with serving(OK) as stub:
        crm = service(stub.url, headers={"Authorization": "Bearer 7", "user-agent": "shop"})
        asked = http.ask(crm, {"caller": "+14155550100"}, "call_1")
        request = stub.got[0]
    assert (asked.answer.status, asked.answer.body, asked.answer.failure) == (200, {"known": True}, None)
    assert request.line == "POST /ask HTTP/1.1"
    assert json.loads(request.body) == {"caller": "+14155550100", "call_id": "call_1", "service": "crm"}
    shown = {name: request.headers[name] for name in ("host", "authorization", "user-agent", "content-type")}
    assert shown == {
        "host": f"127.0.0.1:{stub.port}",
        "authorization": "Bearer 7",
        "user-agent": "shop",
        "content-type": "application/json",
    }
    assert is_signed(SECRET, request.headers, request.body, float(request.headers["webhook-timestamp"]))


def test_a_get_is_signed_too_and_keeps_the_query_of_its_url(http: ServiceHttp) -> None:
    with serving(OK) as stub:
        http.ask(service(stub.url + "?v=2", method="GET"), {"caller": "+1 4&5"}, "call_1")
        request = stub.got[0]
    assert request.line == "GET /ask?v=2&caller=%2B1+4%265&call_id=call_1&service=crm HTTP/1.1"
    assert request.body == b""
    assert "content-length" not in request.headers
    assert is_signed(SECRET, request.headers, b"", float(request.headers["webhook-timestamp"]))


def test_a_connection_is_used_again_by_its_service_alone(http: ServiceHttp) -> None:
    with serving(OK) as stub:
        first = service(stub.url)
        for _ in range(3):
            http.ask(first, {}, "call_1")
        before = stub.connections
        http.ask(first, {}, "call_2")
        assert stub.connections == before
        http.ask(replace(first, allow_private=True, timeout_s=1.0), {}, "call_2")
        assert stub.connections == before + 1


def test_a_connection_that_was_closed_meanwhile_is_replaced(http: ServiceHttp) -> None:
    closed = threading.Event()

    def once(connection: socket.socket) -> None:
        connection.sendall(OK)
        connection.shutdown(socket.SHUT_RDWR)
        closed.set()

    with serving(once, OK) as stub:
        crm = service(stub.url)
        assert http.ask(crm, {}, "call_1").answer.failure is None
        assert closed.wait(20)
        assert http.ask(crm, {}, "call_2").answer.failure is None
        assert stub.connections == 2


def test_a_request_that_a_kept_connection_lost_is_sent_again_with_the_same_id(
    http: ServiceHttp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundedSocket, "is_open", lambda _: True)
    with serving(OK, close, OK) as stub:
        crm = service(stub.url)
        http.ask(crm, {}, "call_1")
        assert http.ask(crm, {}, "call_2").answer.failure is None
        ids = [each.headers["webhook-id"] for each in stub.got]
    assert ids[0] != ids[1]
    assert ids[1] == ids[2]


def test_a_request_whose_answer_has_begun_is_not_sent_again(
    http: ServiceHttp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Le")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    monkeypatch.setattr(BoundedSocket, "is_open", lambda _: True)
    with serving(OK, begin, OK) as stub:
        crm = service(stub.url)
        http.ask(crm, {}, "call_1")
        assert http.ask(crm, {}, "call_2").answer.failure is not None
        assert len(stub.got) == 2


def test_a_connection_that_nobody_uses_is_closed_after_a_while() -> None:
    now, idle = [0.0], Idle()
    http = ServiceHttp(SEALER.find, clock=lambda: now[0], idle=idle)
    with serving(OK) as stub:
        crm = service(stub.url)
        http.ask(crm, {}, "call_1")
        assert len(idle) == 1
        idle.sweep(kept_connections.IDLE_S - 0.1)
        assert len(idle) == 1
        idle.sweep(kept_connections.IDLE_S)
        assert len(idle) == 0


def test_only_so_many_connections_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_connections, "MAX_IDLE", 2)
    monkeypatch.setattr(kept_connections, "MAX_IDLE_IN_ALL", 3)
    idle = Idle()

    class Kept:
        closed = False
        idle_since = made_at = 0.0

        def close(self) -> None:
            self.closed = True

    made, crm = [Kept() for _ in range(5)], service("http://a.example")
    for each in made[:3]:
        idle.give_back(crm, each, 0.0)  # type: ignore[arg-type]
    assert [each.closed for each in made] == [True, False, False, False, False]
    for each in made[3:]:
        idle.give_back(replace(crm, name="b"), each, 0.0)  # type: ignore[arg-type]
    assert len(idle) == 3
    assert [each.closed for each in made] == [True, True, False, False, False]


def drip(connection: socket.socket, *, head: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n") -> None:
    connection.sendall(head)
    with suppress(OSError):
        while not threading.Event().wait(0.02):
            connection.sendall(b" ")


def wait_for_close(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.recv(1)


LIES: dict[str, tuple[bytes | Callable[[socket.socket], None], str, int | None]] = {
    "10 MB": (answer(b"x" * 10_000_000), "too_large", 200),
    "10 MB that it says nothing of": (b"HTTP/1.1 200 OK\r\n\r\n" + b"[" + b" " * 10_000_000, "too_large", 200),
    "10 MB in chunks": (chunked(*[b"x" * 1000] * 10_000), "too_large", 200),
    "64 kB in chunks of one byte": (chunked(*[b"x"] * MAX_ANSWER_BYTES), "too_large", None),
    "headers without an end": (b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 100_000, "not_json", None),
    "a header without an end": (b"HTTP/1.1 200 OK\r\nX-A: " + b"b" * 1_000_000, "not_json", None),
    "interim answers without an end": (b"HTTP/1.1 100 Continue\r\n\r\n" * 100_000, "too_large", None),
    "HTML": (answer(b"<html></html>", "Content-Type: text/html"), "not_json", 200),
    "JSON that calls itself HTML": (answer({}, "Content-Type: text/html"), "not_json", 200),
    "nested": (answer(b"[" * 60_000), "not_json", 200),
    "compressed": (answer(b"\x1f\x8b\x08", "Content-Encoding: gzip"), "not_json", 200),
    "cut": (answer({"a": 1}, length=500), "not_json", None),
    "cut, and JSON all the same": (answer(b"1", length=5), "not_json", None),
    "cut between chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n1\r\n", "not_json", None),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "not_json", None),
    "a redirect": (answer({}, "Location: http://127.0.0.1/", status="302 Found"), "status", 302),
    "a redirect that keeps the method": (answer({}, "Location: /x", status="308 x"), "status", 308),
    "another protocol": (answer({}, status="101 Switching Protocols"), "status", 101),
    "an error": (answer({"error": "x"}, status="500 x"), "status", 500),
    "no answer": (close, "unreachable", None),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_service_that_lies_fails(http: ServiceHttp, lie: str) -> None:
    said, expected, status = LIES[lie]

    def tell(connection: socket.socket) -> None:
        with suppress(OSError):
            connection.sendall(said) if isinstance(said, bytes) else said(connection)

    with serving(tell) as stub:
        assert failure(http, stub) == (expected, status)
        assert len(stub.got) == 1


@pytest.mark.parametrize("slow", [drip, wait_for_close, lambda c: drip(c, head=b"HTTP/1.1 200 OK\r\nX: ")])
def test_a_service_has_its_time_and_no_more(http: ServiceHttp, slow: Callable[[socket.socket], None]) -> None:
    with serving(slow) as stub:
        asked = http.ask(service(stub.url, timeout_s=0.3), {}, "call_1")
    assert asked.answer.failure == "timeout"
    assert asked.answer.ms >= 300


def test_a_service_that_does_not_accept_has_its_time_too(http: ServiceHttp) -> None:
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for each in (first, second):
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        crm = service(f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout_s=0.3)
        assert http.ask(crm, {}, "call_1").answer.failure == "timeout"


def test_a_service_that_is_not_there_is_unreachable(http: ServiceHttp) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    asked = http.ask(service(f"http://127.0.0.1:{port}/"), {}, "call_1")
    assert (asked.answer.failure, asked.answer.status) == ("unreachable", None)


def test_a_name_without_an_address_is_unreachable(http: ServiceHttp) -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    missing = replace(http, resolve=resolve)
    assert missing.ask(service("http://nowhere.test/"), {}, "call_1").answer.failure == "unreachable"


@pytest.mark.parametrize(
    ("name", "is_vouched_for", "said"),
    [("127.0.0.1", True, None), ("127.0.0.1", False, "unreachable"), ("127.0.0.2", True, "unreachable")],
)
def test_a_certificate_must_be_vouched_for_and_have_the_name_of_the_service(
    http: ServiceHttp,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    is_vouched_for: bool,
    said: str | None,
) -> None:
    certificate = make_certificate(tmp_path, name)
    if is_vouched_for:
        context = ssl.create_default_context(cafile=str(certificate))
        monkeypatch.setattr(kept_connections, "tls_context", lambda: context)
    with serving(OK, certificate=certificate) as stub:
        asked = http.ask(service(stub.url), {}, "call_1")
        got = len(stub.got)
    assert (asked.answer.failure, got) == (said, 0 if said else 1)


INSIDE = [
    *("http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::1]:{port}/", "http://[::ffff:127.0.0.1]:{port}/"),
    *("http://0.0.0.0:{port}/", "http://0:{port}/", "http://127.1:{port}/", "http://2130706433:{port}/"),
    *("http://0177.0.0.1:{port}/", "http://0x7f.1:{port}/", "http://[::]:{port}/", "http://10.0.0.1:{port}/"),
    *("http://169.254.169.254/", "http://[fd00:ec2::254]/", "http://[64:ff9b::7f00:1]:{port}/"),
]  # fmt: skip
NO_URL = [
    *("http://[fe80::1%25eth0]:{port}/", "http://user@127.0.0.1:{port}/", "http://example.com@127.0.0.1:{port}/"),
    *("http://127.0.0.1:{port}/\r\nX: y", "http://127.0.0.1:{port}\\@example.com/", "http://127.0.0.1:{port}#@example.com/"),
    *("ftp://127.0.0.1:{port}/", "file:///etc/passwd", "//127.0.0.1:{port}/", "http://127.0.0.1:99999/"),
    *("http://\u2460\u2461\u2466.0.0.1:{port}/", "http://127\u30020\u30020\u30021:{port}/", "gopher://127.0.0.1:{port}/_"),
]  # fmt: skip


@pytest.mark.parametrize("url", [*INSIDE, *NO_URL])
def test_what_is_inside_is_not_asked(http: ServiceHttp, url: str) -> None:
    with serving(OK) as stub:
        crm = service(url.format(port=stub.port), allow_private=False)
        asked = http.ask(crm, {}, "call_1")
        assert asked.answer.failure in ("refused", "unreachable")  # the latter where the machine has no such address
        assert (stub.got, stub.connections) == ([], 0)


@pytest.mark.parametrize("url", NO_URL)
def test_an_address_that_is_none_is_refused_even_where_private_ones_are_allowed(http: ServiceHttp, url: str) -> None:
    with serving(OK) as stub:
        assert http.ask(service(url.format(port=stub.port)), {}, "call_1").answer.failure == "refused"
        assert stub.connections == 0


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fe80::1", "fe80::1%lo", "0.0.0.0", "::", "::ffff:169.254.169.254", "224.0.0.1"]
)
@pytest.mark.parametrize("everywhere", [True, False])
def test_where_clouds_keep_their_secrets_is_never_asked(address: str, everywhere: bool) -> None:
    http = ServiceHttp(SEALER.find, everywhere, lambda host, port: [address])
    assert http.ask(service("http://inside.test/"), {}, "call_1").answer.failure == "refused"


def test_a_name_is_resolved_once_and_asked_where_it_was_checked() -> None:
    """A name that resolves to something else for whoever asks again gains nothing."""
    answers = iter([["8.8.8.8"], ["127.0.0.1"], ["127.0.0.1"]])
    asked: list[str] = []

    def rebinding(_host: str, _port: int) -> list[str]:
        asked.append(_host)
        return next(answers)

    with serving(OK) as stub:
        crm = service(f"http://rebind.test:{stub.port}/", allow_private=False, timeout_s=0.3)
        ServiceHttp(SEALER.find, resolve=rebinding).ask(crm, {}, "call_1")
        assert asked == ["rebind.test"]
        again = ServiceHttp(SEALER.find, resolve=rebinding).ask(crm, {}, "call_1")
        assert again.answer.failure == "refused"
        assert stub.connections == 0


def test_a_name_with_one_address_inside_is_not_asked() -> None:
    with serving(OK) as stub:
        http = ServiceHttp(SEALER.find, resolve=lambda host, port: ["8.8.8.8", "127.0.0.1"])
        crm = service(f"http://both.test:{stub.port}/", allow_private=False)
        assert http.ask(crm, {}, "call_1").answer.failure == "refused"


def test_secrets_that_cannot_be_opened_send_nothing() -> None:
    with serving(OK) as stub:
        crm = service(stub.url, headers={"Authorization": "Bearer 7"})
        assert ServiceHttp(lambda sealed: None).ask(crm, {}, "call_1").answer.failure == "refused"
        assert stub.connections == 0


def test_without_idle_connections_each_request_has_its_own() -> None:
    with serving(OK) as stub:
        http, crm = ServiceHttp(SEALER.find), service(stub.url)
        assert [http.ask(crm, {}, "call_1").answer.failure for _ in range(2)] == [None, None]
        assert stub.connections == 2


def test_how_long_an_answer_may_be_kept_comes_with_it(http: ServiceHttp) -> None:
    caching = "Cache-Control: max-age=60"
    with serving(answer([1], caching), answer({}, caching, status="404 x")) as stub:
        crm = service(stub.url)
        asked = http.ask(crm, {}, "call_1")
        assert (asked.text, asked.kept_s) == (b"[1]", 60)
        assert http.ask(crm, {}, "call_1").kept_s == 0


def test_a_head_fits_beside_the_largest_answer(http: ServiceHttp) -> None:
    body = b'"' + b"x" * (MAX_ANSWER_BYTES - 2) + b'"'
    head = "X-A: " + "y" * (MAX_HEAD_BYTES // 2)
    with serving(answer(body, head)) as stub:
        assert failure(http, stub) == (None, 200)
