"""A whole Digitree under its supervisor, in a home of its own on ports of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.ports import free_address

PROGRAM = str(Path(sys.executable).with_name("digitree"))
API_KEY = "test-key-of-the-whole-stack"
_PATIENCE_S = 60.0


def environment(home: Path, **more: str) -> dict[str, str]:
    """What `digitree` needs to run beside others; nothing of the tester's own settings."""
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DIGITREE_", "PG")) and name not in ("DATABASE_URL", "REDIS_URL")
    }
    names = ("DIGITREE_HTTP", "DIGITREE_ESL", "DIGITREE_SIP", "DIGITREE_TTS", "DIGITREE_PHONE", "DIGITREE_FS_EVENT")
    addresses = {name: free_address() for name in names}
    return own | addresses | {"DIGITREE_HOME": str(home), "DIGITREE_SWITCH": "devswitch", **more}


class RunningDigitree:
    """`program up` in `directory`; `lines` is all it has printed. Ended with `stop()`, or whatever the test does to
    `process`."""

    def __init__(
        self, env: Mapping[str, str], *arguments: str, program: str | Path = PROGRAM, directory: Path | None = None
    ) -> None:
        self.env = dict(env)
        self._program, self._directory = str(program), directory
        self.base_url = f"http://{env['DIGITREE_HTTP']}"
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [self._program, "up", *arguments], env=self.env, cwd=directory, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, process_group=0,
        )  # fmt: skip
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def wait_for_line(self, pattern: str, timeout_s: float, *, after: int = 0) -> re.Match[str]:
        """The first line from number `after` on that matches. It has a minute at least: others want the processor."""
        deadline = time.monotonic() + max(timeout_s, _PATIENCE_S)
        with self._changed:
            while True:
                for line in self.lines[after:]:
                    if match := re.search(pattern, line):
                        return match
                left = deadline - time.monotonic()
                if left <= 0 or not self._reader.is_alive():
                    raise AssertionError(f"no line like {pattern!r} within {timeout_s:g} s:\n" + self.tail())
                self._changed.wait(left)

    def wait_ready(self, timeout_s: float) -> float:
        """Seconds since the start when it said that it is ready."""
        self.wait_for_line(r"Digitree is ready", timeout_s)
        return time.monotonic() - self.began

    def tail(self, number: int = 60) -> str:
        return "\n".join(self.lines[-number:])

    def api(self, method: str, path: str, body: Any = None, key: str = API_KEY) -> tuple[int, Any]:
        """(status, JSON or text) of a request."""
        request = urllib.request.Request(  # noqa: S310
            self.base_url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                status, content = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, content = error.code, error.read()
        try:
            return status, json.loads(content)
        except ValueError:
            return status, content.decode()

    def digitree(self, *arguments: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._program, *arguments], env=self.env, cwd=self._directory, capture_output=True, text=True,
            timeout=timeout_s, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def pid_of(self, arguments: str) -> int:
        """The direct child of the supervisor whose command line has these words."""
        (found,) = [pid for pid in self.children() if arguments in self.words(pid)]
        return found

    def words(self, pid: int) -> str:
        """The command line of a process; empty when it is gone."""
        return _command_line(pid)

    def children(self) -> list[int]:
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def stop(self, timeout_s: float = 60) -> int:
        """As Ctrl-C does; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout_s)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self._reader.join(10)


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def processes_of(home: Path) -> list[str]:
    """Command lines of every process whose environment or arguments name this home."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        pid = int(entry)
        if pid == os.getpid():
            continue
        try:
            where = Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if str(home).encode() in where and (line := _command_line(pid)):
            found.append(line)
    return found
