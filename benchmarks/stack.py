"""The rows that need the whole stack: Postgres, the admin app in one process, the speech process, the keeper."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from benchmarks.load import Call, greeting
from benchmarks.machine import cpu_seconds
from benchmarks.product import (
    ROOT,
    child,
    esl_process,
    listening,
    make_env,
    menu,
    migrated_postgres,
    wait_until,
    write_prompts,
)
from launcher.embedded.redis import embedded_redis, redis_url
from launcher.first_start import sample

Say = Callable[[str], None]


@dataclass
class Stack:
    http: httpx.Client
    key: str
    http_port: int
    esl_port: int
    database_url: str
    redis_url: str
    pids: dict[str, int]
    env: dict[str, str]


@contextmanager
def stack(home: Path, *, speech: bool = False, esl: bool = True) -> Iterator[Stack]:
    """The whole stack as under `digitree up`, except with one process of the admin app and without a switch."""
    for name in ("run", "journal", "metrics"):
        (home / name).mkdir(parents=True, mode=0o700, exist_ok=True)
    write_prompts(home / "prompts", menu())
    with ExitStack() as exits:
        exits.enter_context(embedded_redis(home / "redis"))
        database = exits.enter_context(migrated_postgres(home))
        env = make_env(home, redis_url(home / "redis"), database)
        http, calls, tts = (exits.enter_context(listening()) for _ in range(3))
        tts_port = tts.getsockname()[1]
        tts.close()
        env["DIGITREE_TTS"] = f"127.0.0.1:{tts_port}"
        env["DIGITREE_ESL"] = f"127.0.0.1:{calls.getsockname()[1]}"
        env["DIGITREE_HTTP"] = f"127.0.0.1:{http.getsockname()[1]}"
        key = _make_key(database)
        pids = {"keeper": exits.enter_context(child([sys.executable, "-m", "keeper"], env)).pid}
        if speech:
            pids["tts"] = exits.enter_context(child([sys.executable, "-m", "tts"], env)).pid
        if esl:
            pids["esl"] = exits.enter_context(esl_process(env, calls)).pid
        gunicorn = [sys.executable, "-m", "gunicorn", "--config", "python:admin.http.gunicorn_conf", "--workers", "1"]
        gunicorn += ["--bind", f"fd://{http.fileno()}", "admin.wsgi:app"]
        pids["admin"] = exits.enter_context(child(gunicorn, env, (http.fileno(),), 10.0)).pid
        client = exits.enter_context(
            httpx.Client(
                base_url=f"http://{env['DIGITREE_HTTP']}", headers={"Authorization": f"Bearer {key}"}, timeout=120
            )
        )
        wait_until(lambda: _answers(client), "the admin app answers", 60)
        if speech:
            wait_until(lambda: _listens(tts_port), "the speech process listens", 60)
        yield Stack(
            client, key, http.getsockname()[1], calls.getsockname()[1], database, env["REDIS_URL"], pids, env
        )


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx.HTTPError:
        return False


def _listens(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def _make_key(database_url: str) -> str:
    from ivr.storage.postgres.stores import PostgresStores

    stores = PostgresStores(database_url)
    try:
        return stores.keys.create("bench")[1]
    finally:
        stores.close()


def create_menu(http: httpx.Client, dids: int = 0) -> str:
    """A draft without spoken prompts: its callers hear the keys read out."""
    ivr_id: str = http.post("/ivr", json=menu()).raise_for_status().json()["id"]
    for number in range(dids):
        http.post(f"/ivr/{ivr_id}/assign", json={"did": did(number)}).raise_for_status()
    return ivr_id


def did(number: int) -> str:
    return f"+1415{5_550_100 + number}"


def served_version(port: int, number: str) -> int:
    """The version that a call to this DID gets now, seen in the place it is given with its first question."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        sock.recv(100)
        call = Call(sock, "", 1, 0.0)
        sock.sendall(greeting(call.id, number, call.ani, b"static"))
        command = b""
        while b"ivr_state=" not in command or not command.endswith(b"\n\n"):
            more = sock.recv(65536)
            if not more:
                raise ConnectionError(f"no menu for {number}: {command[-200:]!r}")
            command += more
    return int(command.split(b"ivr_state=", 1)[1].split(b";")[2].rsplit(b":", 1)[1])


def patch(rounds: int, size: float, say: Say) -> dict[str, Any]:
    """PATCH of a menu with 100 DIDs: sent, until answered; a call right after it must have the new version."""
    took_ms, first_call_ms = [], []
    with TemporaryDirectory(prefix="digitree-bench-") as home, stack(Path(home)) as running:
        ivr_id = create_menu(running.http, 100)
        for number in range(10 * rounds):
            nodes = {"area": {"audio": "area.wav", "gather": {"1": "agent", "2": "bye"}, "timeout_s": 3 + number % 5}}
            began = time.monotonic()
            answer = running.http.patch(f"/ivr/{ivr_id}", json={"nodes": nodes}).raise_for_status().json()
            took_ms.append((time.monotonic() - began) * 1000)
            served = served_version(running.esl_port, did(number % 100))
            first_call_ms.append((time.monotonic() - began) * 1000)
            if served != answer["version"]:
                raise RuntimeError(f"PATCH answered version {answer['version']}, a call got {served}")
    took_ms.sort()
    result = {
        "p50_ms": round(median(took_ms), 2),
        "max_ms": round(took_ms[-1], 2),
        "with_first_call_p50_ms": round(median(first_call_ms), 2),
    }
    say(f"{result}")
    return result


def reads(rounds: int, size: float, say: Say) -> dict[str, Any]:
    """GET /ivr/{id} from one process of the admin app, 8 clients on kept connections."""
    with TemporaryDirectory(prefix="digitree-bench-") as home, stack(Path(home), esl=False) as running:
        ivr_id = create_menu(running.http, 1)
        results = []
        for _ in range(rounds):
            admin = _with_children(running.pids["admin"])
            before = cpu_seconds(admin)
            result = http_load(running, f"/ivr/{ivr_id}", 5 * size)
            used = cpu_seconds(admin) - before
            results.append(result | {"cpu_ms": 1000 * used / max(1, sum(result["statuses"].values()))})
            say(f"{results[-1]}")
    if any(set(each["statuses"]) != {"200"} for each in results):
        raise RuntimeError(f"not all were 200: {results}")
    return {
        "per_s": median(each["per_s"] for each in results),
        "p99_ms": median(each["ms"]["p99"] for each in results),
        "cpu_ms": round(median(each["cpu_ms"] for each in results), 3),
    }


def http_load(running: Stack, path: str, seconds: float, connections: int = 8) -> dict[str, Any]:
    argv = [sys.executable, "-m", "benchmarks.http_load", str(running.http_port), path, running.key]
    done = subprocess.run(
        [*argv, str(max(1.0, seconds)), str(connections)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _with_children(pid: int) -> list[int]:
    found = [pid]
    for task in os.listdir(f"/proc/{pid}/task"):
        found += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
    return found


def speech(rounds: int, size: float, say: Say) -> dict[str, Any]:
    """The five prompts of the sample menu by POST audio, voice not yet loaded; then the same five again."""
    cold: list[list[float]] = []
    again: list[list[float]] = []
    for number in range(max(1, min(3, rounds))):
        with TemporaryDirectory() as home, stack(Path(home), speech=True, esl=False) as running:
            wanted = sample()
            ivr_id = running.http.post("/ivr", json=wanted["menu"]).raise_for_status().json()["id"]
            for took in (cold, again):
                each_ms = []
                for node, text in wanted["texts"].items():
                    began = time.monotonic()
                    body = {"node": node, "text": text, "voice": "joe"}
                    running.http.post(f"/ivr/{ivr_id}/audio", json=body).raise_for_status()
                    each_ms.append((time.monotonic() - began) * 1000)
                took.append(each_ms)
            say(f"{number + 1}: cold {sum(cold[-1]):.0f} ms in all, again {median(again[-1]):.1f} ms each")
    return {
        "cold_s": round(median(map(sum, cold)) / 1000, 2),
        "again_ms": round(median(value for each in again for value in each), 2),
    }

