"""The supervisor over real, tiny processes: what it promises about starts, crashes, stops and its own death."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from launcher.child_process import FIRST_PAUSE_S, LONGEST_PAUSE_S, ChildProcess, Service, next_pause_s
from launcher.output import Output
from launcher.program import Program
from tests.helpers import wait_until

# Says its process id, then waits; ends at SIGTERM and says so.
SLEEPER = """
import os, signal, sys
def end(*_): print("bye"); sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("pid", os.getpid())
signal.pause()
"""
# Ends at SIGTERM only after 60 s, as a server with a long call does.
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, lambda *_: print("draining"))
print("pid", os.getpid())
for _ in range(2): time.sleep(60)
"""
CRASHER = "import os, time; print('pid', os.getpid()); os._exit(3)"
# Answers every connection on the inherited socket with its process id.
SERVER = """
import os, signal, socket, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
listening = socket.socket(fileno=int(os.environ["FD"]))
print("pid", os.getpid())
while True:
    connection, _ = listening.accept()
    connection.sendall(str(os.getpid()).encode())
    connection.close()
"""


class Running:
    """A supervisor process and the lines it has printed so far."""

    def __init__(self, *plan: dict[str, object]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.launcher.tiny", json.dumps(plan)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.lines: list[str] = []
        self._new: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = int(self.expect(r"^port (\d+)")[1])

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._new.put(line.rstrip("\n"))

    def expect(self, pattern: str, timeout_s: float = 60) -> re.Match[str]:
        """The next line that matches; lines before it are kept in `lines` and are not seen again."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                line = self._new.get(timeout=max(deadline - time.monotonic(), 0.01))
            except queue.Empty:
                raise AssertionError(f"no {pattern!r} within {timeout_s} s; there was {self.lines}") from None
            self.lines.append(line)
            if match := re.search(pattern, line):
                return match

    def pid_of(self, name: str) -> int:
        """Of the next process of this name."""
        return self.pids_of(name)[0]

    def pids_of(self, *names: str) -> list[int]:
        """Of the next process of each name, in whatever order they say so."""
        found: dict[str, int] = {}
        while set(found) != set(names):
            match = self.expect(rf"^({'|'.join(map(re.escape, names))})\s+\| pid (\d+)$")
            found[match[1]] = int(match[2])
        return [found[name] for name in names]

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(30)
        self._reader.join(30)
        while not self._new.empty():
            self.lines.append(self._new.get())
        return code


@pytest.fixture
def supervise() -> Iterator[Callable[..., Running]]:
    running: list[Running] = []

    def begin(*plan: dict[str, object]) -> Running:
        running.append(Running(*plan))
        return running[-1]

    yield begin
    for one in running:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


def _state(pid: int) -> str:
    """proc(5): T is stopped, Z dead but not buried; empty when there is no such process."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0]
    return ""


def _alive(pid: int) -> bool:
    return _state(pid) not in ("", "Z")


def test_a_killed_process_is_started_again_at_once(supervise: Callable[..., Running]) -> None:
    one = supervise({"name": "a", "program": SLEEPER})
    first = one.pid_of("a")
    os.kill(first, signal.SIGKILL)
    one.expect(r"a was ended by SIGKILL; starting it again in 0\.1 s")
    assert one.pid_of("a") != first
    assert one.end() == 0


def test_a_process_that_keeps_crashing_is_started_less_and_less_often(supervise: Callable[..., Running]) -> None:
    one = supervise({"name": "a", "program": CRASHER})
    pauses = [float(one.expect(r"exit code 3; starting it again in ([\d.]+) s")[1]) for _ in range(4)]
    assert pauses == [0.1, 0.2, 0.4, 0.8]
    assert one.end() == 0


def test_the_pause_has_a_limit_and_begins_anew_after_a_steady_life() -> None:
    pause_s = 0.0
    for _ in range(20):
        pause_s = next_pause_s(pause_s, lived_s=0.5)
    assert pause_s == LONGEST_PAUSE_S
    assert next_pause_s(pause_s, lived_s=10.0) == FIRST_PAUSE_S


def test_processes_stop_in_the_reverse_of_their_start(supervise: Callable[..., Running]) -> None:
    one = supervise(*({"name": name, "program": SLEEPER} for name in "abc"))
    for _ in range(3):
        one.expect(r"\| pid")
    assert one.end(signal.SIGINT) == 0
    byes = [line.split()[0] for line in one.lines if line.endswith("| bye")]
    assert byes == ["c", "b", "a"]


def test_a_lower_rank_stops_first_whenever_it_was_started(supervise: Callable[..., Running]) -> None:
    one = supervise(
        {"name": "a", "program": SLEEPER, "stop_rank": -1}, *({"name": name, "program": SLEEPER} for name in "bc")
    )
    for _ in range(3):
        one.expect(r"\| pid")
    assert one.end() == 0
    assert [line.split()[0] for line in one.lines if line.endswith("| bye")] == ["a", "c", "b"]


def test_a_process_that_does_not_stop_in_its_time_is_killed(supervise: Callable[..., Running]) -> None:
    one = supervise({"name": "a", "program": STUBBORN, "stop_timeout_s": 0.5})
    pid = one.pid_of("a")
    assert one.end() == 0
    assert not _alive(pid)
    assert any("did not stop in time" in line for line in one.lines)


def test_the_second_interrupt_kills_everything_at_once(supervise: Callable[..., Running]) -> None:
    one = supervise({"name": "a", "program": STUBBORN, "stop_timeout_s": 60})
    pid = one.pid_of("a")
    one.process.send_signal(signal.SIGINT)
    one.expect("draining")
    assert one.end(signal.SIGINT) == 130, "it does not wait for the minute that the process may take"
    assert not _alive(pid)


def test_connections_wait_in_the_inherited_socket_while_the_server_is_dead(supervise: Callable[..., Running]) -> None:
    one = supervise({"name": "a", "program": SERVER})
    first = one.pid_of("a")
    os.kill(first, signal.SIGSTOP)  # so that nobody answers between here and its death
    wait_until(lambda: _state(first) == "T", 5, "the server has stopped")
    with socket.create_connection(("127.0.0.1", one.port), timeout=60) as connection:
        os.kill(first, signal.SIGKILL)
        second = one.pid_of("a")
        assert int(connection.recv(64)) == second != first
    assert one.end() == 0


def test_a_reload_puts_new_processes_beside_old_ones_that_may_drain(supervise: Callable[..., Running]) -> None:
    one = supervise(
        {"name": "keep", "program": SLEEPER},
        {"name": "a", "program": STUBBORN, "rolling": True, "stop_timeout_s": 0.5},
    )
    kept, old = one.pids_of("keep", "a")
    one.process.send_signal(signal.SIGHUP)
    new = int(one.expect(r"^a \(new\)\s+\| pid (\d+)$")[1])
    one.expect("1 processes replaced|^a .old. +. draining")
    one.expect("1 processes replaced|^a .old. +. draining")
    assert _alive(kept)
    assert _alive(old)
    assert _alive(new)
    assert one.end() == 0
    assert not any(_alive(pid) for pid in (kept, old, new))


def test_a_reload_leaves_the_old_process_when_the_new_one_does_not_stay_up(supervise: Callable[..., Running]) -> None:
    # Only one process can hold the name, so the second one fails as a broken installation would.
    program = f"import socket; s = socket.socket(socket.AF_UNIX); s.bind('\\0tiny-{os.getpid()}')\n{SLEEPER}"
    one = supervise({"name": "a", "program": program, "rolling": True})
    old = one.pid_of("a")
    one.process.send_signal(signal.SIGHUP)
    one.expect("does not stay up; the old one is kept")
    assert _alive(old)
    assert one.end() == 0


def test_nothing_outlives_a_supervisor_that_was_killed(supervise: Callable[..., Running]) -> None:
    one = supervise({"name": "a", "program": SLEEPER}, {"name": "b", "program": SERVER})
    pids = [int(one.expect(r"\| pid (\d+)")[1]) for _ in range(2)]
    one.process.kill()
    one.process.wait()
    wait_until(lambda: not any(_alive(pid) for pid in pids), 5, "every child ended")
    with socket.create_server(("127.0.0.1", one.port)):  # the port is free again
        pass


def test_what_a_dead_process_had_started_is_gone_before_the_next_start(supervise: Callable[..., Running]) -> None:
    program = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("pid", os.getpid(), flush=True); print("worker", child.pid, flush=True)
time.sleep(600)
"""
    one = supervise({"name": "a", "program": program})
    pid = one.pid_of("a")
    worker = int(one.expect(r"worker (\d+)")[1])
    os.kill(pid, signal.SIGKILL)
    one.pid_of("a")
    assert not _alive(worker)
    assert one.end() == 0


def test_a_child_cannot_move_the_cursor_or_forge_a_line_of_another(supervise: Callable[..., Running]) -> None:
    program = r"print('red \x1b[31m', 'back\rb | forged', 'bidi \u202e', 'bell\x07')" + SLEEPER
    one = supervise({"name": "a", "program": program})
    line = one.expect("red").string
    assert line == r"a        | red \x1b[31m back\rb | forged bidi \u202e bell\x07"
    assert one.end() == 0


def test_a_child_that_does_not_stop_is_killed_and_started_again() -> None:
    shown = StringIO()
    program = Program((sys.executable, "-u", "-c", STUBBORN), os.environ)
    service = Service("a", lambda: program, lambda: "pid" in shown.getvalue(), stop_timeout_s=0.1)

    async def run() -> None:
        child = ChildProcess(service, Output(console=Console(file=shown, soft_wrap=True)))
        child.start()
        await child.wait_ready()
        first = child.pid
        await child.restart()
        while child.pid in (None, first):
            await asyncio.sleep(0.02)
        child.kill()
        await child.wait_ended()
        await child.restart()
        assert not child.alive

    asyncio.run(run())
    assert "a did not stop in time and is killed" in shown.getvalue()
    assert shown.getvalue().count("starting it again") == 1


def test_an_idle_supervisor_does_not_wake_up(supervise: Callable[..., Running]) -> None:
    one = supervise({"name": "a", "program": SLEEPER})
    one.pid_of("a")

    def switches() -> int:
        status = Path(f"/proc/{one.process.pid}/status").read_text()
        return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status, re.M)[1])

    woken = []
    for _ in range(20):  # on a busy machine it may be long about its start
        before = switches()
        time.sleep(1)  # nothing happens in this second: that is what is measured
        woken.append(switches() - before)
        if woken[-1] <= 2:
            break
    assert min(woken) <= 2, woken
    assert one.end() == 0
