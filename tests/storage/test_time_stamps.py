"""Time stamps of signed heads, by a time-stamp server that openssl plays."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from ivr.clients.outbound_http import Outbound
from ivr.clients.time_stamps import TimeStampError, TimeStampServer, verify_stamp
from ivr.domain.signed_heads import HeadSigner
from ivr.storage.disk.witness_file import WitnessFile, stamps_path
from ivr.storage.postgres.stores import PostgresStores
from keeper.head_signer import HeadKeeper
from tests.storage.test_dnc_chain import fill

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")

_CONFIG = """
[tsa]
default_tsa = it
[it]
serial = {home}/serial
crypto_device = builtin
signer_cert = {home}/tsa.pem
signer_key = {home}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_alg = sha256
"""


def run(*command: object) -> bytes:
    return subprocess.run([str(word) for word in command], check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with root.pem, and what `openssl ts -reply` needs."""
    home = tmp_path_factory.mktemp("tsa")
    (home / "serial").write_text("01\n")
    (home / "tsa.cnf").write_text(_CONFIG.format(home=home))
    (home / "ext").write_text("extendedKeyUsage = critical,timeStamping\n")
    key = ("-newkey", "rsa:2048", "-nodes")
    run("openssl", "req", "-x509", *key, "-keyout", home / "root.key", "-out", home / "root.pem", "-subj", "/CN=Root",
        "-days", 30)  # fmt: skip
    run("openssl", "req", *key, "-keyout", home / "tsa.key", "-out", home / "tsa.csr", "-subj", "/CN=Stamps")
    run("openssl", "x509", "-req", "-in", home / "tsa.csr", "-CA", home / "root.pem", "-CAkey", home / "root.key",
        "-CAcreateserial", "-extfile", home / "ext", "-out", home / "tsa.pem", "-days", 30)  # fmt: skip
    return home


@contextmanager
def serving(authority: Path, tmp_path: Path, *, other: bool = False, status: int = 200) -> Iterator[TimeStampServer]:
    """`other`: the server stamps something else."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = tmp_path / "request.tsq"
            request.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            if other:
                data = authority / "tsa.cnf"
                request.write_bytes(run("openssl", "ts", "-query", "-data", data, "-sha256", "-cert"))
            answer = run("openssl", "ts", "-reply", "-config", authority / "tsa.cnf", "-section", "it", "-queryfile",
                         request)  # fmt: skip
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield TimeStampServer(f"http://127.0.0.1:{server.server_port}/", Outbound(allow_private=True))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_signed_head_is_stamped_and_its_stamp_is_believed_with_the_servers_root(
    stores: PostgresStores, authority: Path, tmp_path: Path
) -> None:
    fill(stores, 2)
    witness = tmp_path / "witness" / "heads.jsonl"
    with serving(authority, tmp_path) as server:
        heads = HeadKeeper(stores.database, HeadSigner(b"s" * 32), WitnessFile(witness), server)
        heads.look()
        stores.dnc.create_list("acme", "list")
        heads.look()
    stamps = sorted(stamps_path(witness).glob("dnc-*"))
    assert [path.name for path in stamps] == ["dnc-default-2.json", "dnc-default-2.tsr"]
    statement, answer = stamps
    assert verify_stamp(answer.read_bytes(), statement.read_bytes(), authority / "root.pem").year >= 2026
    run("openssl", "ts", "-verify", "-in", answer, "-data", statement, "-CAfile", authority / "root.pem")
    with pytest.raises(TimeStampError):
        verify_stamp(answer.read_bytes(), statement.read_bytes() + b" ", authority / "root.pem")
    with pytest.raises(TimeStampError):
        verify_stamp(answer.read_bytes()[:-9], statement.read_bytes(), authority / "root.pem")


@pytest.mark.parametrize(
    ("how", "reason"),
    [({"other": True}, "not for these bytes"), ({"status": 500}, "status 500")],
)
def test_an_answer_that_is_no_stamp_of_these_bytes_is_refused(
    authority: Path, tmp_path: Path, how: dict[str, bool | int], reason: str
) -> None:
    with serving(authority, tmp_path, **how) as server, pytest.raises(TimeStampError, match=reason):  # type: ignore[arg-type]
        server.stamp(b"a head")


def test_a_server_that_is_away_leaves_the_head_signed_without_a_stamp(
    stores: PostgresStores, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fill(stores, 1)
    away = TimeStampServer("http://127.0.0.1:9/", Outbound(allow_private=True))
    witness = tmp_path / "witness" / "heads.jsonl"
    HeadKeeper(stores.database, HeadSigner(b"s" * 32), WitnessFile(witness), away).look()
    assert len(witness.read_text().splitlines()) == 1
    assert "dnc/default has no time stamp: unreachable" in caplog.text
