"""The Digitree that is made to suffer: `digitree up` in a home of its own, its processes, its stores.

Its system prompts are tones, so that the first start need not speak them; all else is as anybody starts it.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import re
import signal
import struct
import time
import urllib.error
import urllib.request
import wave
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import redis
from psycopg.rows import dict_row

from ivr.storage.disk.keeper_status import find_status, status_path
from launcher.embedded import postgres
from launcher.embedded import redis as redis_server
from tests.faults.menus import MENU
from tests.helpers import SWITCH_SECRET, wait_until
from tests.launcher.running import API_KEY, PROGRAM, RunningDigitree, environment, processes_of
from tts.client.naming import FORMAT_VERSION
from tts.client.system_prompts import SYSTEM_PROMPTS
from tts.client.voice_names import DEFAULT_VOICE

DID = "+14155550100"
PROMPT_MS = 1000
START_S = 90
ESL, KEEPER, ADMIN, TTS = "-m esl_server", "-m keeper", "gunicorn", "-m tts"
# Not all that have a directory of this name in their arguments.
FREESWITCH = "freeswitch -nonat"
REDIS, POSTGRES = redis_server.redis_program().name, "/bin/postgres"


def tone(ms: int, hertz: int = 440) -> bytes:
    """A WAV file as the switch plays it."""
    samples = [round(9000 * math.sin(2 * math.pi * hertz * n / 8000)) for n in range(8 * ms)]
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return file.getvalue()


def make_home(home: Path) -> Path:
    """A home whose first start speaks nothing and loads no sample."""
    system = home / "prompts" / "system"
    system.mkdir(parents=True)
    manifest = {}
    for name, text in SYSTEM_PROMPTS.items():
        (system / f"{name}.wav").write_bytes(tone(400))
        manifest[name] = hashlib.sha256(f"{FORMAT_VERSION} {DEFAULT_VOICE} {text}".encode()).hexdigest()[:32]
    (system / "manifest.json").write_text(json.dumps(manifest))
    (home / "sample-loaded").touch()
    return home


class Site:
    """Start and stop as often as you like; the home stays."""

    def __init__(self, home: Path, *, database_url: str = "", redis_url: str = "", **env: str) -> None:
        self.home = home
        own = {"DIGITREE_API_KEY": API_KEY, "DIGITREE_SWITCH": "none", "DIGITREE_ESL_PROCESSES": "2"}
        own["DIGITREE_ESL_SECRET"] = SWITCH_SECRET
        self.env = environment(home, **(own | env))
        for name, url in (("DATABASE_URL", database_url), ("REDIS_URL", redis_url)):
            if url:
                self.env[name] = url
        self.database_url = database_url or postgres.postgres_url(home / "pg")
        self.redis_url = redis_url or redis_server.redis_url(home / "redis")
        self.esl = self.env["DIGITREE_ESL"]
        self.did, self.ivr_id = "", ""
        self._running: RunningDigitree | None = None

    # -- life --

    @property
    def running(self) -> RunningDigitree:
        assert self._running is not None, "not started"
        return self._running

    @property
    def is_up(self) -> bool:
        return self._running is not None and self._running.process.poll() is None

    def launch(self, program: str | Path = PROGRAM, directory: Path | None = None) -> None:
        """Start it without waiting until it is ready; another release by its program."""
        self._running = RunningDigitree(self.env, program=program, directory=directory)

    def start(self) -> None:
        self.launch()
        try:
            self.running.wait_ready(START_S)
        except AssertionError:
            self.stop()
            raise

    def stop(self) -> None:
        if self._running is not None:
            self._running.stop()

    @contextmanager
    def up(self) -> Iterator[Site]:
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def kill_everything(self) -> None:
        """As a power cut does: nobody is told, nobody tidies up."""
        supervisor = self.running.process.pid
        # The supervisor first: it would start again what dies, and its death tells the others.
        os.kill(supervisor, signal.SIGSTOP)
        pids = [*_descendants(supervisor), supervisor]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.running.process.wait()
        wait_until(lambda: not processes_of(self.home), 20, "everything is dead")

    def pids(self, words: str) -> list[int]:
        return [pid for pid in self.running.children() if words in self.running.words(pid)]

    def kill(self, words: str) -> list[int]:
        """SIGKILL to all such processes; their ids."""
        pids = self.pids(words)
        assert pids, f"no process {words!r}"
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return pids

    @contextmanager
    def frozen(self, words: str) -> Iterator[None]:
        """All such processes, and what they started, stand still."""
        pids = [each for pid in self.pids(words) for each in (pid, *_descendants(pid))]
        assert pids, f"no process {words!r}"
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def wait_replaced(self, words: str, old: Iterable[int], number: int, timeout_s: float = 30.0) -> None:
        """So many new processes run, and none of the old."""
        gone = set(old)
        wait_until(
            lambda: gone.isdisjoint(self.pids(words)) and len(self.pids(words)) == number, timeout_s,
            f"{number} new {words}\n{self.running.tail()}",
        )  # fmt: skip

    def wait_ready(self, timeout_s: float = 60.0) -> None:
        wait_until(self._ready, timeout_s, f"/readyz says 200\n{self.running.tail()}", poll_s=0.1)

    def _ready(self) -> bool:
        try:
            return self.running.api("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def lines_like(self, pattern: str) -> list[str]:
        return [line for line in self.running.lines if re.search(pattern, line)]

    # -- menus --

    def make_menu(
        self, did: str, menu: dict[str, Any] | None = None, prompt_ms: int = PROMPT_MS, whisper_ms: int = PROMPT_MS
    ) -> str:
        """A live menu with all its prompts; its id. The first one made is the site's own. Without a number it is
        for calls that we make."""
        menu = menu or MENU
        ivr_id = str(self.ask("POST", "/ivr", menu)["id"])
        for number, node in enumerate(menu["nodes"].values()):
            if "audio" in node:
                self.upload(ivr_id, node["audio"], tone(prompt_ms, 300 + 50 * number))
            if "whisper_audio" in node:
                self.upload(ivr_id, node["whisper_audio"], tone(whisper_ms, 900))
        if did:
            self.ask("POST", f"/ivr/{ivr_id}/assign", {"did": did})
        if not self.did:
            self.did, self.ivr_id = did, ivr_id
        return ivr_id

    def make_menu_once(self) -> None:
        if not self.did:
            self.make_menu(DID)

    def upload(self, ivr_id: str, audio: str, wav: bytes, into: str = "audio") -> Any:
        request = urllib.request.Request(  # noqa: S310
            f"{self.running.base_url}/ivr/{ivr_id}/{into}/{audio}", method="PUT", data=wav,
            headers={"Authorization": f"Bearer {API_KEY}", "Content-Type": "audio/wav"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.loads(answer.read())

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's document; AssertionError for anything but 2xx."""
        status, document = self.running.api(method, path, body)
        assert 200 <= status < 300, f"{method} {path}: {status} {document}"
        return document

    def write_a_lot(self) -> tuple[int, Any]:
        """Menus as large as they may be, until one is not taken: what room there is in files that exist is used up
        first. The last answer."""
        menu = {"name": "large", "nodes": {f"n{n}": {"action": "hangup", "text": "x" * 900} for n in range(200)}}
        for _ in range(400):
            status, document = self.running.api("POST", "/ivr", menu)
            if status != 201:
                break
        return status, document

    def version(self, ivr_id: str = "") -> int:
        return int(self.ask("GET", f"/ivr/{ivr_id or self.ivr_id}")["version"])

    def post_raw(self, path: str, body: Any) -> tuple[int, dict[str, str]]:
        """Status and headers (names in lower case), whatever they are."""
        request = urllib.request.Request(  # noqa: S310
            self.running.base_url + path, method="POST", data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"},
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=90) as answer:  # noqa: S310
                return answer.status, {name.lower(): value for name, value in answer.headers.items()}
        except urllib.error.HTTPError as error:
            return error.code, {name.lower(): value for name, value in error.headers.items()}

    def cpu_s(self, words: str) -> float:
        """CPU time of these processes and what they started."""
        ticks = 0
        for pid in (each for parent in self.pids(words) for each in (parent, *_descendants(parent))):
            with suppress(OSError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def resources(self) -> dict[str, dict[str, float]]:
        """RSS, open files and greenlets of the ESL processes, by their names; to be asked when no call is live."""
        found = {}
        for pid in self.pids(ESL):
            said = len(self.running.lines)
            os.kill(pid, signal.SIGUSR1)
            match = self.running.wait_for_line(r"(\S+) .*esl_server: (\d+) greenlets, ", 20, after=said)
            rss = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
            assert rss is not None
            found[f"{match[1]} ({pid})"] = {
                "RSS in MB": round(int(rss[1]) / 1024, 1),
                "fds": len(os.listdir(f"/proc/{pid}/fd")),
                "greenlets": int(match[2]),
            }
        return found

    # -- what is kept --

    @property
    def prompts(self) -> Path:
        return self.home / "prompts"

    def prompt_files(self, ivr_id: str = "") -> dict[str, str]:
        """Audio name -> file name."""
        with self.postgres() as connection:
            rows = connection.execute("select audio, file from prompt where ivr_id = %s", (ivr_id or self.ivr_id,))
            return {row["audio"]: row["file"] for row in rows}

    def half_prompts(self) -> list[str]:
        """WAV files that are shorter than they say."""
        halves = []
        for path in self.prompts.rglob("*.wav"):
            try:
                with wave.open(str(path)) as file:
                    if len(file.readframes(file.getnframes())) != 2 * file.getnframes():
                        halves.append(path.name)
            except (wave.Error, EOFError):
                halves.append(path.name)
        return halves

    @property
    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.redis_url, socket_timeout=5)

    def pointer(self, did: str) -> str | None:
        """Where Redis leads a number."""
        value = self.redis.get(f"digitree:did:{did}")
        return value.rpartition(b" ")[0].decode() if isinstance(value, bytes) else None

    def cached(self, ivr_id: str) -> dict[str, Any] | None:
        """The document of the menu's current version in Redis."""
        version = self.redis.get(f"digitree:live:{ivr_id}")
        document = self.redis.get(f"digitree:tree:{ivr_id}:{int(version)}") if isinstance(version, bytes) else None
        return json.loads(document.rpartition(b" ")[0]) if isinstance(document, bytes) else None

    def cache_is_right(self) -> bool:
        """Redis says of every number and menu what Postgres says, and is of the same generation."""
        with self.postgres() as connection:
            wanted = {
                row["did"]: f"{row['ivr_id']}:{row['version']}"
                for row in connection.execute(
                    "select d.did, d.ivr_id, i.version from did d join ivr i on i.id = d.ivr_id"
                )
            }
            state = connection.execute("select generation from cache_state").fetchone()
        found = {did: self.pointer(did) for did in wanted}
        marker = self.redis.get("digitree:complete")
        generation = marker.rpartition(b" ")[0] if isinstance(marker, bytes) else None
        menus = all(self.redis.exists(f"digitree:tree:{pointer}") for pointer in wanted.values())
        return found == wanted and menus and state is not None and generation == state["generation"].encode()

    def wait_cache_right(self, timeout_s: float = 20.0) -> float:
        """Seconds until the cache is right."""
        began = time.monotonic()

        def right() -> bool:
            try:
                return self.cache_is_right()
            except (redis.RedisError, psycopg.Error):
                return False

        wait_until(right, timeout_s, "the cache is right again", poll_s=0.05)
        return time.monotonic() - began

    @contextmanager
    def postgres(self) -> Iterator[psycopg.Connection[dict[str, Any]]]:
        url = self.database_url
        with psycopg.connect(url, row_factory=dict_row, autocommit=True, connect_timeout=10) as connection:
            yield connection

    def records(self, uuids: list[str]) -> list[dict[str, Any]]:
        with self.postgres() as connection:
            return connection.execute("select * from call_record where channel_uuid = any(%s)", (uuids,)).fetchall()

    def opt_outs(self, numbers: list[str]) -> list[dict[str, Any]]:
        with self.postgres() as connection:
            return connection.execute(
                "select e.*, (select max(s.events) from suppression s where s.entry_id = e.entry_id) as events"
                " from suppression_event e where e.number = any(%s)", (numbers,),
            ).fetchall()  # fmt: skip

    def wait_flushed(self, uuids: list[str], opted_out: list[str], timeout_s: float = 40.0) -> None:
        """Every record is in Postgres and ended, every opt-out too, and nothing waits in a journal."""

        def flushed() -> bool:
            status = find_status(status_path(self.home))
            if status is None or status.backlog_records or time.time() - status.written_at > 5:
                return False
            try:
                with self.postgres() as connection:
                    row = connection.execute(
                        "select count(distinct channel_uuid) as n from call_record"
                        " where channel_uuid = any(%s) and ended_at is not null", (uuids,),
                    ).fetchone()  # fmt: skip
                listed = {event["number"] for event in self.opt_outs(opted_out)}
            except psycopg.OperationalError:
                return False
            return bool(row and row["n"] >= len(set(uuids))) and listed.issuperset(opted_out)

        with suppress(AssertionError):  # what is missing then is the verdict's to say
            wait_until(flushed, timeout_s, "the journals are flushed", poll_s=0.1)


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in task.read_text().split():
                found += [int(child), *_descendants(int(child))]
    return found
