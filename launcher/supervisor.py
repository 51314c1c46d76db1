"""The supervisor: keeps a set of processes alive in the foreground until a signal stops it.

Theory of operation: `begin` adds services one after another or at once, as their dependencies require. From then on
there are only events: a child's exit (it is restarted, see child_process.py), SIGHUP (rolling restart of the
services marked `rolling`), SIGINT or SIGTERM (everything stops: the lowest `stop_rank` first, within a rank the
newest first, services of one `group` together), and a second SIGINT or SIGTERM (everything is killed). services.py
has the services; nothing here knows Digitree.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import signal
from collections.abc import Awaitable, Callable, Coroutine

from ivr.settings import SetupError
from launcher.child_process import ChildProcess, Service
from launcher.output import Output

# A new process without a readiness check counts as started when it has lived this long.
SETTLE_S = 2.0
_PROGRESS_S = 2.0
EXIT_STOPPED, EXIT_FAILED, EXIT_KILLED = 0, 1, 130

Begin = Callable[["Supervisor"], Awaitable[None]]


class Supervisor:
    def __init__(self, output: Output, live_calls: Callable[[], int | None] = lambda: None) -> None:
        self.output = output
        self.stopping = asyncio.Event()
        self._live_calls = live_calls
        self._children: list[ChildProcess] = []
        self._old: set[ChildProcess] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._reloading = asyncio.Lock()
        self._hard = asyncio.Event()
        self._at_stop: list[Callable[[], object]] = []

    def add(self, service: Service) -> ChildProcess:
        """Start the service now."""
        child = ChildProcess(service, self.output)
        self._children.append(child)
        child.start()
        return child

    def beside(self, work: Coroutine[None, None, None]) -> None:
        """Run `work` until stopping begins."""
        self.at_stop(asyncio.create_task(work).cancel)

    def at_stop(self, what: Callable[[], object]) -> None:
        """Have `what` called when stopping begins, before any process gets its signal."""
        self._at_stop.append(what)

    async def run(self, begin: Begin) -> int:
        """Run until a signal stops it; returns the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._on_stop_signal)
        loop.add_signal_handler(signal.SIGHUP, self._on_reload_signal)
        beginning = asyncio.create_task(self._begin(begin))
        told = asyncio.create_task(self.stopping.wait())
        failed = False
        try:
            await asyncio.wait({beginning, told}, return_when=asyncio.FIRST_COMPLETED)
            if beginning.done() and not told.done():
                failed = beginning.exception() is not None
                if failed:
                    self.stopping.set()
                await told
        finally:
            await self._end_task(beginning)
            await self._stop_all()
        if isinstance(error := None if beginning.cancelled() else beginning.exception(), Exception):
            self._report(error)
        if self._hard.is_set():
            return EXIT_KILLED
        return EXIT_FAILED if failed else EXIT_STOPPED

    async def _begin(self, begin: Begin) -> None:
        await begin(self)

    def _report(self, error: Exception) -> None:
        if not isinstance(error, SetupError):
            raise error
        self.output.warn(str(error))

    def _on_stop_signal(self) -> None:
        if self.stopping.is_set():
            self._hard.set()
            return
        self.stopping.set()

    def _on_reload_signal(self) -> None:
        if not self.stopping.is_set():
            self._keep(asyncio.create_task(self.reload()))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- rolling restart --

    async def reload(self) -> None:
        """Start a new process beside each rolling service's old one, then stop the old one; one service at a time."""
        async with self._reloading:
            rolling = [child for child in self._children if child.service.rolling]
            if not rolling:
                self.output.warn("reload: none of these processes can be replaced while it runs")
            for old in rolling:
                if self.stopping.is_set() or not await self._replace(old):
                    return
            if rolling:
                self.output.info(f"reload: {len(rolling)} processes replaced")

    async def _replace(self, old: ChildProcess) -> bool:
        new = ChildProcess(old.service, self.output)
        new.label = f"{old.service.name} (new)"
        new.start()
        if not await self._settled(new):
            self.output.warn(f"reload: the new {old.service.name} does not stay up; the old one is kept")
            await new.stop()
            return False
        self._children[self._children.index(old)] = new
        new.label = old.service.name
        old.label = f"{old.service.name} (old)"
        old.ask_to_stop()
        self._old.add(old)
        self._keep(asyncio.create_task(self._see_off(old)))
        return True

    async def _settled(self, child: ChildProcess) -> bool:
        with contextlib.suppress(TimeoutError):
            if child.service.ready is not None:
                await asyncio.wait_for(child.wait_ready(), child.service.start_timeout_s)
            else:
                await asyncio.wait_for(child.wait_ended(), SETTLE_S)
        return child.alive and child.restarts == 0

    async def _see_off(self, old: ChildProcess) -> None:
        await old.wait_ended()
        self._old.discard(old)

    # -- stopping --

    async def _stop_all(self) -> None:
        self.output.info("stopping; a second signal kills everything at once")
        for what in self._at_stop:
            what()
        hard = asyncio.create_task(self._hard.wait())
        politely = asyncio.create_task(self._stop_politely())
        await asyncio.wait({hard, politely}, return_when=asyncio.FIRST_COMPLETED)
        hard.cancel()
        if not politely.done():
            await self._end_task(politely)
            self.output.warn("killing everything")
            for child in (*self._children, *self._old):
                child.kill()
            await asyncio.gather(*(child.wait_ended() for child in (*self._children, *self._old)))
        for task in list(self._tasks):
            await self._end_task(task)

    async def _stop_politely(self) -> None:
        newest_first = self._children[::-1]
        newest_first.sort(key=lambda child: child.service.stop_rank)
        for _group, members in itertools.groupby(newest_first, key=lambda child: child.service.group or child):
            together = list(members)
            names = {child.service.name for child in together}
            together += [old for old in self._old if old.service.name in names]
            progress = asyncio.create_task(self._show_progress(together))
            try:
                await asyncio.gather(*(child.stop() for child in together))
            finally:
                progress.cancel()

    async def _show_progress(self, children: list[ChildProcess]) -> None:
        while True:
            await asyncio.sleep(_PROGRESS_S)
            names = ", ".join(child.label for child in children if child.alive)
            calls = self._live_calls() if any(child.service.rolling for child in children) else None
            self.output.info(f"waiting for {names}" + (f": {calls} live calls" if calls is not None else ""))

    @staticmethod
    async def _end_task(task: asyncio.Task[None]) -> None:
        if not task.done():
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task
