"""One process that is kept alive: started, watched, restarted when it dies, stopped on request.

Theory of operation: `_run` is a task that lives as long as the process is wanted. Each round asks for a fresh Program
(which may block, so it is made in a thread), starts it in a session of its own and waits for its exit. A process that
ends by itself is restarted after a pause that doubles from 0.1 s to 5 s, and is 0.1 s again once a process has lived
10 s. Everything is an event; only the readiness checks poll, since they have no event to wait for.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from launcher.log_floods import FloodGate
from launcher.log_lines import LineSplitter
from launcher.output import Output
from launcher.program import Program

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0
STEADY_AFTER_S = 10.0
_READY_POLL_S = 0.05
_LAST_WORDS_S = 0.5


@dataclass(frozen=True, slots=True)
class Service:
    """What to keep alive.

    `program` is called before every start and may block; `ready` is one check and may block. Of two services the
    one with the lower `stop_rank` stops first, else the newer; those of one `group` stop together. A `rolling`
    service can run twice at a time: a reload starts a new process beside the old one, then stops the old one.
    Output lines that match `boring` are not shown. `ended` is called with the number of each process that has
    ended.
    """

    name: str
    program: Callable[[], Program]
    ready: Callable[[], bool] | None = None
    start_timeout_s: float = 60.0
    stop_timeout_s: float = 10.0
    stop_rank: int = 0
    group: str = ""
    rolling: bool = False
    boring: re.Pattern[bytes] | None = None
    ended: Callable[[int], None] = lambda pid: None


def next_pause_s(pause_s: float, lived_s: float) -> float:
    """The pause before the next start, from the last pause and the process's lifetime."""
    return FIRST_PAUSE_S if lived_s >= STEADY_AFTER_S or not pause_s else min(pause_s * 2, LONGEST_PAUSE_S)


class ChildProcess:
    """One service's process. `label` is its name in the log: the service's, or with "(old)" or "(new)" in a
    reload."""

    def __init__(self, service: Service, output: Output) -> None:
        self.service = service
        self.label = service.name
        self.restarts = 0
        self.ready = asyncio.Event()
        self._output = output
        self._process: asyncio.subprocess.Process | None = None
        self._stop_signal = signal.SIGTERM
        self._wanted = True
        self._unwanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process else None

    @property
    def alive(self) -> bool:
        return self.pid is not None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=self.service.name)

    async def wait_ready(self) -> None:
        """Waits for the first readiness check to pass; raises what ended the task, if that came first."""
        if self._task is None:
            raise RuntimeError("start() comes first")
        ready = asyncio.create_task(self.ready.wait())
        try:
            await asyncio.wait({ready, self._task}, return_when=asyncio.FIRST_COMPLETED)
            if self._task.done() and not self.ready.is_set():
                await self._task
        finally:
            ready.cancel()

    async def wait_ended(self) -> None:
        """Waits for the process to end for good; `wait_ready` raises what ended the task."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        pause_s = 0.0
        while self._wanted:
            # When the very first start fails, the user must act, and the supervisor ends; later failures (a full
            # disk, say) may pass.
            try:
                program = await asyncio.to_thread(self.service.program)
            except Exception as error:
                if not self.restarts:
                    raise
                self._output.warn(f"{self.label} cannot be started: {error}")
                lived_s, how = 0.0, "did not start"
            else:
                if not self._wanted:
                    return
                lived_s, how = await self._one_life(program)
            if not self._wanted:
                return
            pause_s = next_pause_s(pause_s, lived_s)
            self.restarts += 1
            self._output.warn(f"{self.label} {how}; starting it again in {pause_s:g} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._unwanted.wait(), pause_s)

    async def _one_life(self, program: Program) -> tuple[float, str]:
        """Runs the process to its end: (its lifetime in seconds, how it ended in words)."""
        reader, writer = os.pipe()
        begun = time.monotonic()
        try:
            # A session each: where the kernel schedules by session (autogroup), a switch's audio does not queue
            # behind all other processes of Digitree.
            self._process = await asyncio.create_subprocess_exec(
                *program.argv, env=dict(program.env), cwd=program.cwd, pass_fds=program.pass_fds,
                start_new_session=True, stdin=asyncio.subprocess.DEVNULL, stdout=writer, stderr=writer,
                preexec_fn=program.before_exec(), umask=program.umask,
            )  # fmt: skip
        except OSError as error:
            os.close(reader)
            return 0.0, f"did not start ({error})"
        finally:
            os.close(writer)
        self._stop_signal = program.stop_signal
        closed = self._follow(reader)
        if not self._wanted:  # stopped while it was being started
            self.ask_to_stop()
        watch = asyncio.create_task(self._watch_ready(self._process))
        try:
            code = await self._process.wait()
        finally:
            watch.cancel()
        lived_s = time.monotonic() - begun
        self.kill_group()
        self.service.ended(self._process.pid)
        with contextlib.suppress(TimeoutError):  # its last output is shown before how it ended
            await asyncio.wait_for(closed.wait(), _LAST_WORDS_S)
        return lived_s, _ending(code)

    async def _watch_ready(self, process: asyncio.subprocess.Process) -> None:
        check = self.service.ready
        while check is not None and not await asyncio.to_thread(check):
            await asyncio.sleep(_READY_POLL_S)
        if process.returncode is None:
            self.ready.set()

    def _follow(self, reader: int) -> asyncio.Event:
        """Copies the process's output line by line; the event is set when its last descendant has closed it."""
        closed = asyncio.Event()
        loop = asyncio.get_running_loop()
        os.set_blocking(reader, False)
        splitter, floods = LineSplitter(), FloodGate()

        def show(lines: list[bytes]) -> None:
            for line in lines:
                self._output.child_line(self.label, line)

        def readable() -> None:
            try:
                data = os.read(reader, 65536)
            except BlockingIOError:
                return
            for line in splitter.feed(data) if data else splitter.finish():
                if self.service.boring is None or not self.service.boring.search(line):
                    show(floods.take(line, time.monotonic()))
            if not data:
                show(floods.close())
                loop.remove_reader(reader)
                os.close(reader)
                closed.set()

        loop.add_reader(reader, readable)
        return closed

    async def restart(self) -> None:
        """Ends the process, by force if it takes too long; then it is started again like one that ended by itself."""
        process = self._process
        if not self._wanted or process is None or process.returncode is not None:
            return
        process.send_signal(self._stop_signal)
        try:
            await asyncio.wait_for(process.wait(), self.service.stop_timeout_s)
        except TimeoutError:
            self._output.warn(f"{self.label} did not stop in time and is killed")
            self.kill_group()
            await process.wait()

    def ask_to_stop(self, number: signal.Signals | None = None) -> None:
        """Sends the stop signal (or `number`), and starts the process no more."""
        self._wanted = False
        self._unwanted.set()
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number or self._stop_signal)

    async def stop(self, timeout_s: float | None = None) -> bool:
        """Asks it to stop, and kills it after `timeout_s`; True when it stopped by itself."""
        self.ask_to_stop()
        try:
            await asyncio.wait_for(asyncio.shield(self.wait_ended()), timeout_s or self.service.stop_timeout_s)
        except TimeoutError:
            self._output.warn(f"{self.label} did not stop in time and is killed")
            self.kill()
            await self.wait_ended()
            return False
        return True

    def kill(self) -> None:
        """Kills it at once, with every process that it started."""
        self._wanted = False
        self._unwanted.set()
        self.kill_group()

    def kill_group(self) -> None:
        # The leader may have ended while its children still hold its port or files.
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
