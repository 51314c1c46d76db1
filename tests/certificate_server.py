"""A server of certificates of who signs callers' numbers."""

from __future__ import annotations

import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from ivr.domain.identity_chain import MAX_BYTES
from tests.certificates import Authority

HOST = "certificates.example"


class CertificateServer:
    """Serves this certificate over TLS on loopback, under the name of a host."""

    def __init__(self, directory: Path, pem: bytes, host: str = HOST) -> None:
        authority = Authority("web")
        asked: list[str] = []
        files = authority.write(directory, host)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                bodies = {"/huge": b"#" * (MAX_BYTES + 20_000), "/garbage": b"{}", "/moved": b""}
                self.send_response(302 if self.path == "/moved" else 200)
                self.send_header("Location", "/carrier.pem")
                if self.path == "/once":
                    self.send_header("Cache-Control", "no-store")
                self.end_headers()
                self.wfile.write(bodies.get(self.path, pem))

            def log_message(self, *_: object) -> None:
                pass

        self.asked, self._host, self.authority_pem = asked, host, authority.pem
        self.trusting = ssl.create_default_context(cadata=authority.pem)
        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.port = self._server.server_address[1]

    def url(self, path: str) -> str:
        return f"https://{self._host}:{self.port}{path}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
