"""A stretch of network between Digitree and one of its stores that can be bad: late, silent, or cut.

TCP on our side, the embedded server's Unix socket on the other. One thread with an event loop of its own.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any


class Proxy:
    """A context manager. `delay`, `freeze`, `refuse` and `heal` may be called from anywhere."""

    def __init__(self, socket_path: str) -> None:
        self._path = socket_path
        self._loop = asyncio.new_event_loop()
        self._delay_s = 0.0
        self._open = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.port = 0

    def __enter__(self) -> Proxy:
        self._thread.start()
        self._do(self._listen())
        self._loop.call_soon_threadsafe(self._open.set)
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def delay(self, seconds: float) -> None:
        """Whatever the store says arrives so much later."""
        self._delay_s = seconds

    def freeze(self) -> None:
        """Nothing goes through; connections are taken and stay open."""
        self._loop.call_soon_threadsafe(self._open.clear)

    def refuse(self) -> None:
        """As if nobody listened; what is open breaks."""
        self._do(self._stop())

    def heal(self) -> None:
        self._delay_s = 0.0
        self._loop.call_soon_threadsafe(self._open.set)
        if self._server is None:
            self._do(self._listen())

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=512)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_unix_connection(self._path)
            self._writers |= {writer, far_writer}
            ways = [
                asyncio.create_task(self._copy(reader, far_writer, late=False)),
                asyncio.create_task(self._copy(far_reader, writer, late=True)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            for each in (writer, far_writer):
                self._writers.discard(each)
                each.transport.abort()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, late: bool) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._open.wait()
                if late and self._delay_s:
                    await asyncio.sleep(self._delay_s)
                writer.write(data)
                await writer.drain()
