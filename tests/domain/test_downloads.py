"""A file fetched from an address in somebody's document: bounded in every way, and from nobody inside."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest

from ivr.clients.downloads import Downloaded, DownloadFailed, Downloads
from ivr.clients.outbound_http import Outbound

MOST = 1000
INSIDE = Downloads(Outbound(allow_private=True), MOST)


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """Answers by path: `/to/<address>` redirects there, `/bytes/<n>` has so many, `/short` breaks off."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            what, _, rest = self.path[1:].partition("/")
            if what == "to":
                self.send_response(302)
                self.send_header("Location", unquote(rest) or self.path)
                self.end_headers()
                return
            self.send_response(200 if what in ("bytes", "short", "endless") else 404)
            self.send_header("Content-Type", "audio/L16; rate=8000")
            if what == "short":
                self.send_header("Content-Length", "500")
            self.end_headers()
            self.wfile.write(b"x" * (int(rest) if what == "bytes" else 10))
            if what == "endless":
                self.wfile.flush()
                ended.wait()

        def log_message(self, *_: object) -> None:
            pass

    ended = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        ended.set()
        running.shutdown()


def refusal(downloads: Downloads, url: str, out: io.BytesIO | None = None) -> str:
    with pytest.raises(DownloadFailed) as refused:
        downloads.fetch(url, out or io.BytesIO())
    return str(refused.value)


def test_a_file_is_fetched_with_what_its_host_says_of_it_also_where_it_leads_elsewhere(host: str) -> None:
    out = io.BytesIO()
    got = INSIDE.fetch(f"{host}/to//to/{host}/bytes/{MOST}", out)
    assert got == Downloaded(str(MOST), "audio/l16", {"rate": "8000"})
    assert out.getvalue() == b"x" * MOST


def test_an_address_inside_is_not_asked_also_where_a_redirect_leads_there(host: str) -> None:
    outside = Downloads(Outbound(), MOST)
    assert "private network" in refusal(outside, f"{host}/bytes/1")

    class OneHop(Outbound):
        """Takes the first host for one outside."""

        __slots__ = ()

        def checked_address(self, name: str, port: int, resolve: object) -> str:
            return "127.0.0.1" if name == "127.0.0.1" else Outbound().checked_address(name, port, lambda *_: [name])

    assert "private network" in refusal(Downloads(OneHop(), MOST), f"{host}/to/http://10.0.0.1/secret")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/missing", "answers 404 Not Found"),
        (f"/bytes/{MOST + 1}", "has more than 1,000 bytes"),
        ("/short", "broke off after 10 of 500 bytes"),
        ("/to/", "more than 5 times"),
        ("/to/file:///etc/passwd", "no address that may be asked"),
    ],
)
def test_what_cannot_be_had_says_why(host: str, path: str, says: str) -> None:
    assert says in refusal(INSIDE, host + path)


def test_a_host_that_never_ends_is_left_after_the_time_for_a_whole_download(host: str) -> None:
    says = refusal(Downloads(Outbound(allow_private=True), MOST, whole_s=0.3), f"{host}/endless")
    assert "was not here after" in says
