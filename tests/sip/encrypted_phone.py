"""An agent's telephone that speaks TLS and SRTP: pjsua2, in a process of its own.

    python -m tests.sip.encrypted_phone PORT CERTIFICATE KEY off|optional|required

It answers every call, plays a tone, and prints a line of JSON for each change: `ready`, `media` with the suite that
encrypts the sound and the packets heard so far, `over`. A line on standard input hangs up.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

from tests.certificates import CertificateFiles
from tests.helpers import wait_until

_TICK_MS = 20
_SUITE = re.compile(r"Crypto-suite: (\w+)")


class EncryptedPhone:
    """The process from outside."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._said: list[dict[str, Any]] = []
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            if line.startswith("{"):
                self._said.append(json.loads(line))

    def last(self, event: str) -> dict[str, Any] | None:
        return next((each for each in reversed(self._said) if each["event"] == event), None)

    def hang_up(self) -> None:
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()


@contextmanager
def encrypted_phone(port: int, files: CertificateFiles, srtp: str = "required") -> Iterator[EncryptedPhone]:
    """Ready for a call on 127.0.0.1."""
    command = (sys.executable, "-m", "tests.sip.encrypted_phone", str(port), *map(str, files), srtp)
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )
    try:
        phone = EncryptedPhone(process)
        wait_until(lambda: phone.last("ready"), 30, "the telephone is ready")
        yield phone
    finally:
        process.kill()
        process.wait()


def _say(event: str, **more: object) -> None:
    print(json.dumps({"event": event, **more}), flush=True)


def _run(port: int, certificate: str, key: str, srtp: str) -> None:
    import pjsua2 as pj

    class Call(pj.Call):
        def onCallState(self, _: Any) -> None:
            if self.getInfo().state == pj.PJSIP_INV_STATE_DISCONNECTED:
                _say("over", status=self.getInfo().lastStatusCode)

        def onCallMediaState(self, _: Any) -> None:
            if not self.hasMedia():
                return
            self.tones = pj.ToneGenerator()
            self.tones.createToneGenerator(8000, 1)
            tone = pj.ToneDesc()
            tone.freq1, tone.on_msec, tone.off_msec = 440, 1000, 0
            played = pj.ToneDescVector()
            played.append(tone)
            self.tones.play(played, True)
            self.tones.startTransmit(self.getAudioMedia(-1))

        def tell(self) -> None:
            if self.isActive() and self.hasMedia():
                suite = _SUITE.search(self.dump(True, ""))
                _say("media", suite=suite and suite[1], heard=self.getStreamStat(0).rtcp.rxStat.pkt)

    class Account(pj.Account):
        def onIncomingCall(self, prm: Any) -> None:
            call = Call(self, prm.callId)
            calls.append(call)
            answer = pj.CallOpParam()
            answer.statusCode = 200
            call.answer(answer)

    calls: list[Call] = []
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt, config.uaConfig.mainThreadOnly = 0, True
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.medConfig.noVad = True  # its tone counts as silence
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.port, transport.boundAddress, transport.publicAddress = port, "127.0.0.1", "127.0.0.1"
    transport.tlsConfig.certFile, transport.tlsConfig.privKeyFile = certificate, key
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_TLS, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    account = Account()
    wanted = pj.AccountConfig()
    wanted.idUri = "sip:agent@127.0.0.1;transport=tls"
    wanted.mediaConfig.srtpUse = {
        "off": pj.PJMEDIA_SRTP_DISABLED, "optional": pj.PJMEDIA_SRTP_OPTIONAL, "required": pj.PJMEDIA_SRTP_MANDATORY,
    }[srtp]  # fmt: skip
    wanted.mediaConfig.srtpSecureSignaling = 0
    wanted.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    account.create(wanted)
    typed: Queue[str] = Queue()
    threading.Thread(target=lambda: deque(map(typed.put, sys.stdin), 0), daemon=True).start()
    _say("ready")
    while True:
        endpoint.libHandleEvents(_TICK_MS)
        for call in calls:
            call.tell()
            if call.isActive() and not typed.empty():
                typed.get()
                call.hangup(pj.CallOpParam())


if __name__ == "__main__":
    _run(int(sys.argv[1]), *sys.argv[2:5])
