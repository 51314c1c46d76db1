"""HTTP to others: to nobody inside, whatever the name resolves to, and no further than told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ivr.clients.outbound_http import Outbound, OutboundError, is_public


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = 302 if self.path == "/redirect" else 200
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(f"{self.path} {self.headers['Host']} {self.headers['X-A']} ".encode() + body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::",
     "240.0.0.1", "ff02::1", "fec0::1", "::10.0.0.1", "nonsense"],
)  # fmt: skip
def test_addresses_that_are_not_of_the_public_network_are_refused(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize("answer", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"]])
def test_a_name_with_any_private_address_is_not_asked(answer):
    with pytest.raises(OutboundError) as refused:
        Outbound().post("http://example.test/", b"", {}, lambda host, port: answer)
    assert refused.value.reason == "private_address"


def test_the_address_that_was_checked_is_the_one_connected_to(server):
    port = server.server_address[1]
    reply = Outbound(allow_private=True).post(
        f"http://name.test:{port}/a?b=c", b"body", {"X-A": "x"}, lambda host, port: ["127.0.0.1"]
    )
    assert reply[:2] == (200, f"/a?b=c name.test:{port} x body".encode())


def test_a_redirect_is_an_answer_and_not_followed(server):
    reply = Outbound(allow_private=True).post(f"http://127.0.0.1:{server.server_address[1]}/redirect", b"", {})
    assert reply.status == 302


@pytest.mark.parametrize(
    ("url", "reason"),
    [("ftp://a/", "bad_url"), ("http://a b/", "bad_url"), ("http://u:p@a/", "bad_url"),
     ("http://a:99999/", "bad_url"),
     ("http://[::1]/", "private_address"), ("http://2130706433/", "private_address"),
     ("http://127.1/", "private_address"), ("http://a/\r\nX: y", "bad_url"), ("file:///etc/passwd", "bad_url")],
)  # fmt: skip
def test_what_is_no_plain_public_url_is_refused(url, reason):
    with pytest.raises(OutboundError) as refused:
        Outbound().post(url, b"", {})
    assert refused.value.reason == reason


def test_nobody_there_is_said_so():
    with pytest.raises(OutboundError) as refused:
        Outbound(allow_private=True).post("http://127.0.0.1:1/", b"", {})
    assert refused.value.reason == "unreachable"


@pytest.mark.parametrize("host", ["a" * 64 + ".example.com", "a..example.com"])
def test_a_name_that_cannot_be_one_is_never_looked_up(host: str) -> None:
    """The look-up runs in a thread of gevent's, which would log its error as if it were ours."""

    def resolve(host: str, port: int) -> list[str]:
        raise AssertionError(f"{host} was looked up")

    with pytest.raises(OutboundError) as refused:
        Outbound().post(f"https://{host}/", b"", {}, resolve)
    assert refused.value.reason == "no_address"
