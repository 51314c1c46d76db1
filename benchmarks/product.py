"""The product as a caller meets it: `python -m esl_server` behind a listening socket that is held here, with an
embedded Redis on its Unix socket, prompt files and a real journal, just as `digitree up` has them.

Postgres and the keeper do not run: no call waits for them (`benchmarks.stack` has all of it).
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import SWITCH_SECRET, dies_with_us
from ivr.domain.agents import Agent
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PromptFile, PublishedMenu
from ivr.domain.signed_values import SignedValues
from ivr.storage.redis.menu_cache import CacheWriter
from launcher.embedded.postgres import embedded_postgres, owner_url
from launcher.embedded.redis import embedded_redis, redis_url

DID = "+14155550100"
SECRET = "0" * 64
SIGNED = SignedValues(SECRET.encode)
ROOT = Path(__file__).resolve().parents[1]
SYSTEM_PROMPTS = ("invalid", "goodbye", "apology", "opted_out", "trouble")
NOBODY = "postgresql:///digitree?host=/nonexistent"
_START_S = 30.0
_PROMPT_MS = 1000


def menu(nodes: int = 5) -> dict[str, Any]:
    """Three questions, then the agent: as many nodes as asked for, which no call comes to."""
    tree: dict[str, Any] = {
        "welcome": {"audio": "welcome.wav", "gather": {"1": "license", "9": "dnc"}, "timeout_node": "welcome"},
        "license": {"audio": "license.wav", "gather": {"1": "area", "2": "bye"}},
        "area": {"audio": "area.wav", "gather": {"1": "agent", "2": "bye"}},
        "agent": {"action": "transfer"},
        "bye": {"action": "hangup", "audio": "bye.wav"},
        "dnc": {"action": "suppress"},
    }
    for number in range(nodes - len(tree)):
        after = f"more{number + 1}" if number + 1 < nodes - 6 else "bye"
        tree[f"more{number}"] = {"audio": "area.wav", "gather": {"1": after, "2": "bye"}}
    if nodes > 6:
        tree["welcome"]["gather"]["2"] = "more0"
    return {"name": f"{nodes} nodes", "nodes": tree}


def prompt_files(tree: dict[str, Any]) -> dict[str, PromptFile]:
    """A file for each audio name of a menu."""
    names = dict.fromkeys(node["audio"] for node in tree["nodes"].values() if "audio" in node)
    return {name: PromptFile(f"{number:032x}.wav", _PROMPT_MS) for number, name in enumerate(names, 1)}


def write_prompts(directory: Path, tree: dict[str, Any]) -> None:
    """Silence of a second for each prompt of the menu and for the system prompts."""
    (directory / "system").mkdir(parents=True, exist_ok=True)
    for prompt in prompt_files(tree).values():
        _write_wav(directory / prompt.file)
    for name in (*SYSTEM_PROMPTS, *"0123456789", "press", "or", "star", "pound", "sample_agent"):
        _write_wav(directory / "system" / f"{name}.wav")


def _write_wav(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16 * _PROMPT_MS))


@dataclass
class Running:
    """`pids` are those of the ESL processes."""

    home: Path
    port: int
    env: dict[str, str]
    processes: list[subprocess.Popen[bytes]]
    listener: socket.socket

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self.processes]

    @property
    def redis_url(self) -> str:
        return self.env["REDIS_URL"]


@contextmanager
def product(
    home: Path,
    *,
    processes: int = 1,
    tree: dict[str, Any] | None = None,
    dids: Sequence[str] = (DID,),
    env: dict[str, str] | None = None,
    agents: Mapping[str, Agent] | None = None,
) -> Iterator[Running]:
    """The ESL server ready for calls to `dids`; `tree` is the menu, five nodes unless given, `agents` are those it
    names."""
    tree = tree or menu()
    home.mkdir(parents=True, exist_ok=True)
    for name in ("run", "journal", "metrics"):
        (home / name).mkdir(mode=0o700, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(embedded_redis(home / "redis"))
        write_prompts(home / "prompts", tree)
        publish(redis_url(home / "redis"), tree, dids, agents or {})
        environment = make_env(home, redis_url(home / "redis"), NOBODY) | (env or {})
        listener = stack.enter_context(listening())
        started = [stack.enter_context(esl_process(environment, listener)) for _ in range(processes)]
        running = Running(home, listener.getsockname()[1], environment, started, listener)
        for _ in range(20 * processes):
            probe(running.port)
        yield running


def publish(url: str, tree: dict[str, Any], dids: Sequence[str], agents: Mapping[str, Agent]) -> None:
    published = PublishedMenu("ivr_bench1", 1, parse_menu(tree), prompt_files(tree), agents)
    writer = CacheWriter(url, SIGNED)
    try:
        writer.rebuild([(published, dict.fromkeys(dids, ""))], "bench")
    finally:
        writer.close()


def make_env(home: Path, redis: str, database: str) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("DIGITREE_")}
    return env | {
        "DIGITREE_HOME": str(home),
        "REDIS_URL": redis,
        "DATABASE_URL": database,
        "DIGITREE_AGENT_URI": "sip:agent@127.0.0.1:5070",
        "DIGITREE_SECRET": SECRET,
        "DIGITREE_ESL_SECRET": SWITCH_SECRET,
        "DIGITREE_LOG_LEVEL": "ERROR",
        "DIGITREE_MAX_CALLS": "20000",
        "DIGITREE_REQUESTS_PER_MINUTE": "10000000",
        "PROMETHEUS_MULTIPROC_DIR": str(home / "metrics"),
    }


@contextmanager
def esl_process(env: dict[str, str], listener: socket.socket) -> Iterator[subprocess.Popen[bytes]]:
    fd = listener.fileno()
    with child([sys.executable, "-m", "esl_server"], env | {"DIGITREE_ESL_FD": str(fd)}, (fd,)) as process:
        yield process


@contextmanager
def child(
    argv: list[str], env: dict[str, str], fds: tuple[int, ...] = (), patience_s: float = 3.0
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        argv, env=env, cwd=ROOT, stdin=subprocess.DEVNULL, pass_fds=fds, preexec_fn=dies_with_us()
    )
    try:
        yield process
    finally:
        stop(process, patience_s)


def stop(process: subprocess.Popen[bytes], patience_s: float = 3.0) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def listening(host: str = "127.0.0.1") -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, 0))
        listener.listen(4096)
        yield listener


@contextmanager
def migrated_postgres(home: Path) -> Iterator[str]:
    from ivr.storage.postgres.migrate import upgrade

    with embedded_postgres(home / "pg") as url:
        upgrade(url, owner_url(home / "pg"))
        yield url


def probe(port: int, host: str = "127.0.0.1") -> None:
    """Wait until a process accepts a connection and sends its greeting; raises TimeoutError."""
    with socket.create_connection((host, port), timeout=_START_S) as sock:
        if not sock.recv(16):
            raise ConnectionError(f"nobody greets on port {port}")


def wait_until(true: Callable[[], object], what: str, timeout_s: float = _START_S) -> None:
    deadline = time.monotonic() + timeout_s
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.005)
