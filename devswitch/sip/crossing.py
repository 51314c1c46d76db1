"""The only way between the two threads: functions that are run, in order, in the other thread's event loop."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

import gevent

log = logging.getLogger(__name__)

_STOP_TIMEOUT_S = 3.0


class Crossing:
    """Created in the switch's thread; `start` starts the SIP thread. Functions passed to it must not block."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run_sip, name="sip", daemon=True)
        self._to_switch: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._watcher = gevent.get_hub().loop.async_()

    def start(self) -> None:
        self._watcher.start(self._drain)
        self._thread.start()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(_STOP_TIMEOUT_S)
        self._watcher.close()

    def to_sip(self, function: Callable[..., object], *args: object) -> None:
        """From the switch's thread: run it in SIP's."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(function, *args)

    def await_sip(self, coroutine: Coroutine[Any, Any, Any]) -> Future[Any]:
        """From the switch's thread: start a coroutine in SIP's; waiting for the future stops all calls."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def to_switch(self, function: Callable[..., object], *args: object) -> None:
        """From SIP's thread: run it in the switch's."""
        self._to_switch.append((function, args))
        self._watcher.send()

    def _drain(self) -> None:
        while self._to_switch:
            function, args = self._to_switch.popleft()
            try:
                function(*args)
            except Exception:
                log.exception("a call handed over from SIP failed")

    def _run_sip(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
            self.loop.run_until_complete(asyncio.sleep(0))
            self.loop.close()
