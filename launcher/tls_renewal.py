"""Renewed files of SIP over TLS: FreeSWITCH is restarted with them at a moment without calls.

It reads them only at its start, and a restart of its SIP profile would end the calls as well. So the files that the
settings name are compared with those that it has; once they differ and it has no channel, it takes no more calls
(they are refused with 503 until it is back, some seconds later) and is restarted, which writes its files again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Literal

from ivr.clients.switch import Switch, SwitchUnavailable
from ivr.secrets import event_password
from ivr.settings import Settings, SetupError
from ivr.storage.disk.switch_certificate import find_certificate_end
from launcher.child_process import ChildProcess
from launcher.output import Output
from launcher.tls_files import find_renewed

_LOOK_S = 30.0
# While there are renewed files: moments without calls may be short.
_WAITING_LOOK_S = 5.0
_LAST_DAY_S = 86_400.0

Step = Literal["nothing", "wait", "warn", "restart"]


def next_step(found: str | None, before: str | None, channels: int | None, left_s: float | None) -> Step:
    """What to do about the fingerprint of renewed files, now and at the look before: files that still change may be
    half written. `channels` None: the switch does not say. `left_s`: until the certificate in service ends."""
    if found is None:
        return "nothing"
    if found != before or channels is None:
        return "wait"
    if channels == 0:
        return "restart"
    return "warn" if left_s is not None and left_s < _LAST_DAY_S else "wait"


class TlsRenewal:
    """`look_s`: between two looks, and between two while renewed files wait."""

    def __init__(
        self,
        settings: Settings,
        freeswitch: ChildProcess,
        output: Output,
        look_s: tuple[float, float] = (_LOOK_S, _WAITING_LOOK_S),
    ) -> None:
        self._settings = settings
        self._freeswitch = freeswitch
        self._output = output
        self._switch = Switch(settings.freeswitch_event, lambda: event_password(settings))
        self._look_s, self._waiting_look_s = look_s
        self._found: str | None = None
        self._said = ""

    async def watch(self) -> None:
        while True:
            await asyncio.sleep(self._look_s if self._found is None else self._waiting_look_s)
            try:
                step = await asyncio.to_thread(self._look)
                if step == "restart" and await asyncio.to_thread(self._switch.close_if_idle):
                    self._output.info("FreeSWITCH has no calls: it is restarted with the renewed files of TLS")
                    await self._freeswitch.restart()
            except SetupError as error:
                self._found = None
                self._say(f"{error}; FreeSWITCH keeps what it has", self._output.warn)
            except SwitchUnavailable:
                # It is starting, or has ended: then it is started again, with the new files.
                continue

    def _look(self) -> Step:
        before, self._found = self._found, find_renewed(self._settings)
        if self._found is None:
            self._said = ""
            return "nothing"
        ends = find_certificate_end(self._settings.home)
        step = next_step(self._found, before, self._count(), None if ends is None else ends - time.time())
        if step == "wait":
            self._say(
                "the files of SIP over TLS are renewed: FreeSWITCH is restarted with them once it has no calls",
                self._output.info,
            )
        elif step == "warn":
            self._say(
                "the files of SIP over TLS are renewed, but FreeSWITCH has calls, and its old certificate ends "
                "within 24 hours: have it refuse new calls by `fsctl pause inbound` on its event socket; it is "
                "restarted when the last call has ended",
                self._output.warn,
            )
        return step

    def _count(self) -> int | None:
        try:
            return self._switch.count_channels()
        except SwitchUnavailable:
            return None

    def _say(self, text: str, to: Callable[[str], None]) -> None:
        if text != self._said:
            self._said = text
            to(text)
