"""The admin app as its users meet it: a process of its own under gunicorn."""

from __future__ import annotations

import json
import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from ivr.domain.signed_values import SignedValues
from ivr.storage.disk.keeper_status import KeeperStatus, StatusFile, status_path
from ivr.storage.redis.live_calls import LiveWriter
from tests.helpers import SECRET, wait_until
from tests.tts.conftest import start_speech
from tts.client.system_prompts import SYSTEM_PROMPTS


@dataclass
class RunningAdmin:
    """`http` sends the key."""

    process: subprocess.Popen[bytes]
    port: int
    key: str
    log: Path
    http: httpx.Client

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def raw(self, *parts: bytes) -> bytes:
        """All that is answered to these bytes, until the server closes."""
        with self.connect() as client:
            for part in parts:
                client.sendall(part)
            client.shutdown(socket.SHUT_WR)
            answer = b""
            while chunk := client.recv(65536):
                answer += chunk
        return answer


@contextmanager
def telling(redis_url: str, process: str = "esl-a") -> Iterator[LiveWriter]:
    """What a process of the call server tells of its calls; it is known to live for as long as this is."""
    writer, beating = LiveWriter(redis_url, process), LiveWriter(redis_url, process, timeout_s=20)
    writer.tell_all({})
    over = threading.Event()

    def beat() -> None:
        while not over.wait(1):
            beating.tell({}, [])

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield writer
    finally:
        over.set()
        thread.join()
        writer.leave()
        writer.close()
        beating.close()


def make_ready(home: Path) -> None:
    """What /readyz wants to see of the first start and of the keeper, who is not run here."""
    system = home / "prompts" / "system"
    system.mkdir(parents=True, exist_ok=True)
    for name in SYSTEM_PROMPTS:
        (system / f"{name}.wav").write_bytes(b"RIFF")
    path = status_path(home)
    StatusFile(path).write(KeeperStatus(postgres_ok=True, cache_in_step=True))


@contextmanager
def greeting_call_server() -> Iterator[str]:
    """The address of something that greets as the call server does, which is all that /readyz asks of it."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Greeter) as server:
        greeting = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        greeting.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            greeting.join()


class _Greeter(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.sendall(b"connect\n\n")


def keep_fresh(home: Path) -> None:
    """As if the keeper had just been heard, for the hour to come."""
    path = status_path(home)
    path.write_text(json.dumps({**json.loads(path.read_text()), "written_at": time.time() + 3600}))


@contextmanager
def run_admin(home: Path, port: int, key: str, env: dict[str, str]) -> Iterator[RunningAdmin]:
    """`python -m admin`, stopped at the end."""
    log = home / "admin.log"
    settings = {"DIGITREE_HOME": str(home), "DIGITREE_HTTP": f"127.0.0.1:{port}", "DIGITREE_SECRET": SECRET, **env}
    # A line for each request.
    settings["DIGITREE_LOG_LEVEL"] = "DEBUG"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "admin"], env={**os.environ, **settings}, stdout=out, stderr=subprocess.STDOUT
        )
    http = httpx.Client(
        base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {key}"}, timeout=30, trust_env=False
    )
    try:
        wait_until(lambda: _answers(http, process, log), 120, "the admin app answers", poll_s=0.1)
        yield RunningAdmin(process, port, key, log, http)
    finally:
        http.close()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def run_speaking_admin(home: Path, port: int, database: str, cache: str) -> Iterator[RunningAdmin]:
    """The admin app with the real speech process, over empty stores."""
    from ivr.storage.menu_publisher import CachePublisher
    from ivr.storage.postgres.stores import PostgresStores
    from ivr.storage.redis.menu_cache import CacheWriter

    stores, writer = PostgresStores(database), CacheWriter(cache, SignedValues(SECRET.encode))
    key = stores.keys.create("tests")[1]
    CachePublisher(stores.database, writer).rebuild()
    speech = start_speech(home, home / "speech.log", SECRET)
    make_ready(home)
    env = {"DATABASE_URL": database, "REDIS_URL": cache, "DIGITREE_SECRET": SECRET}
    try:
        with run_admin(home, port, key, {**env, "DIGITREE_TTS": speech.url.removeprefix("http://")}) as running:
            yield running
    finally:
        speech.stop()
        stores.close()
        writer.close()


def _answers(http: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    try:
        return http.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False
