"""A caller whose sound is encrypted: pjsua2, in a process of its own.

    python -m tests.carriers.encrypted_caller FROM URI

FROM is its own address (sip:NUMBER@IP), URI what it calls, over UDP. It prints a line of JSON for each change:
`media` with the suite that encrypts the sound and the packets heard so far, `over` with the status. A line on its
standard input is a key to press.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

from tests.helpers import wait_until

_TICK_MS = 20
_SILENT_S = 0.6
_SUITE = re.compile(r"Crypto-suite: (\w+)")


class EncryptedCaller:
    """The process from outside."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._said: dict[str, dict[str, Any]] = {}
        self._heard_before = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            if line.startswith("{"):
                said = json.loads(line)
                self._said[said["event"]] = said

    @property
    def heard(self) -> int:
        """Packets of sound."""
        return int(self._said.get("media", {}).get("heard", 0))

    @property
    def suite(self) -> str | None:
        return self._said.get("media", {}).get("suite")

    @property
    def status(self) -> int | None:
        """With which the call ended; None: it goes on."""
        return self._said.get("over", {}).get("status")

    def hear_prompt(self) -> None:
        """Returns in the silence after it, of which FreeSWITCH sends no packets. The prompt may have begun."""
        wait_until(lambda: self.heard > self._heard_before, 40, "a prompt is heard")
        while self._heard_before != self.heard:
            self._heard_before = self.heard
            time.sleep(_SILENT_S)

    def press(self, key: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{key}\n")
        self._process.stdin.flush()


@contextmanager
def encrypted_call(own: str, uri: str) -> Iterator[EncryptedCaller]:
    command = (sys.executable, "-m", "tests.carriers.encrypted_caller", own, uri)
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )
    try:
        yield EncryptedCaller(process)
    finally:
        process.kill()
        process.wait()


def _say(event: str, **more: object) -> None:
    print(json.dumps({"event": event, **more}), flush=True)


def _run(own: str, uri: str) -> None:
    import pjsua2 as pj

    class Call(pj.Call):
        over = False

        def onCallState(self, _: Any) -> None:
            if self.getInfo().state == pj.PJSIP_INV_STATE_DISCONNECTED:
                self.over = True
                _say("over", status=self.getInfo().lastStatusCode)

        def tell(self) -> None:
            if self.isActive() and self.hasMedia():
                suite = _SUITE.search(self.dump(True, ""))
                _say("media", suite=suite and suite[1], heard=self.getStreamStat(0).rtcp.rxStat.pkt)

    ip = own.partition("@")[2]
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt, config.uaConfig.mainThreadOnly = 0, True
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.medConfig.noVad = True
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.boundAddress = transport.publicAddress = ip
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    wanted = pj.AccountConfig()
    wanted.idUri = own
    wanted.mediaConfig.srtpUse = pj.PJMEDIA_SRTP_MANDATORY
    wanted.mediaConfig.srtpSecureSignaling = 0
    wanted.mediaConfig.transportConfig.boundAddress = ip
    account = pj.Account()
    account.create(wanted)
    call = Call(account)
    call.makeCall(uri, pj.CallOpParam(True))
    typed: Queue[str] = Queue()
    threading.Thread(target=lambda: deque(map(typed.put, sys.stdin), 0), daemon=True).start()
    while not call.over:
        endpoint.libHandleEvents(_TICK_MS)
        call.tell()
        if not typed.empty():
            call.dialDtmf(typed.get().strip())


if __name__ == "__main__":
    _run(sys.argv[1], sys.argv[2])
