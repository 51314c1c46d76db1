"""A service for tests on a raw socket, which answers byte for byte what the test says."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ivr.domain.service_definition import Service
from ivr.domain.signing import new_secret
from ivr.secrets import Sealer

SEALER = Sealer(lambda: b"a secret of the tests")
SECRET = new_secret()


@dataclass(frozen=True)
class Request:
    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class ServiceStub:
    """`answers` are given in turn, the last for ever: bytes to send, or what to do with the connection, which is then
    closed."""

    port: int
    answers: list[bytes | Callable[[socket.socket], None]] = field(default_factory=list)
    got: list[Request] = field(default_factory=list)
    connections: int = 0
    ending: threading.Event = field(default_factory=threading.Event)

    tls: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/ask"

    def serve(self, connection: socket.socket) -> None:
        self.connections += 1
        if self.tls is not None:
            try:
                connection = self.tls.wrap_socket(connection, server_side=True)
            except OSError:  # the client does not like the certificate
                return connection.close()
        with connection, suppress(OSError), connection.makefile("rb") as incoming:
            while request := _read(incoming):
                self.got.append(request)
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if callable(answer):
                    return answer(connection)
                connection.sendall(answer)
        return None


def _read(incoming: Any) -> Request | None:
    line = incoming.readline().decode("latin-1").strip()
    if not line:
        return None
    headers: dict[str, str] = {}
    while (header := incoming.readline().decode("latin-1").strip()) != "":
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    return Request(line, headers, incoming.read(int(headers.get("content-length", "0"))))


@contextmanager
def serving(
    *answers: bytes | Callable[[socket.socket], None], certificate: Path | None = None
) -> Iterator[ServiceStub]:
    """`certificate`: of `make_certificate`; with it over TLS."""
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
        stub = ServiceStub(listener.getsockname()[1], list(answers))
        if certificate is not None:
            stub.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            stub.tls.load_cert_chain(certificate)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=stub.serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield stub
        finally:
            stub.ending.set()
            listener.shutdown(socket.SHUT_RDWR)


def make_certificate(directory: Path, address: str) -> Path:
    """A file with a key and a certificate for an IP address, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    unencrypted = serialization.NoEncryption()
    kept = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unencrypted)
    file = directory / f"{address}.pem"
    file.write_bytes(kept + made.public_bytes(serialization.Encoding.PEM))
    return file


def answer(body: Any, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """An answer with JSON, or with these bytes; `length`: what it says of its length."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(data) if length is None else length}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + data


def chunked(*chunks: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in chunks) + b"0\r\n\r\n"


def close(_connection: socket.socket) -> None:
    """Without an answer."""


def service(url: str, **changes: Any) -> Service:
    """A definition with its secrets sealed; private addresses are allowed, unless the test says otherwise."""
    headers = changes.pop("headers", {})
    return Service(
        changes.pop("name", "crm"),
        url,
        headers=tuple((name, SEALER.seal(value)) for name, value in headers.items()),
        secret=SEALER.seal(SECRET),
        **{"allow_private": True, **changes},
    )
