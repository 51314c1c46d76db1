"""What encryption of an agent's leg costs FreeSWITCH: TLS and SRTP against SIP over UDP and RTP in clear.

One FreeSWITCH calls another, whose sample agent answers and speaks. The one that calls sends the sound back, and it
alone is measured, from the first INVITE to the last BYE, all kinds of leg in turns. Our server does the same for
all: variables of a dial string are all that differs. Calls of two lengths tell what a call costs once, as a handshake
does, from what each second of sound costs.
"""

from __future__ import annotations

import os
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from benchmarks.machine import cpu_seconds
from benchmarks.switch.running import Switch, find_program, free_address, switch
from esl_server.switch import bridging
from ivr.clients.switch import Switch as Console
from ivr.domain.agents import Agent, Target
from ivr.domain.srtp import Srtp
from ivr.secrets import event_password
from ivr.settings import Settings, split_host_port
from ivr.storage.disk.switch_certificate import certificate_path

CLEAR, SIGNALLING, ENCRYPTED = "clear", "signalling", "encrypted"
# The other suites that we offer (vars.xml), alone.
_SUITES = {"AES-128-GCM": "AEAD_AES_128_GCM", "AES-128-CM, HMAC-SHA1-80": "AES_CM_128_HMAC_SHA1_80"}
_LEGS, _TALK_S, _LONG = 40, 12.0, 3
# Nobody listens there: the sample agent needs no server.
_NO_SERVER = "127.0.0.1:9"
_HELLO_S = 120


def encrypted_legs(rounds: int, size: float, say: Callable[[str], None]) -> dict[str, Any]:
    """Raises NoSwitch."""
    program = find_program()
    legs, talk_s = max(4, round(_LEGS * size)), max(5.0, _TALK_S * size)
    cost: dict[str, list[float]] = {kind: [] for kind in (CLEAR, SIGNALLING, ENCRYPTED, *_SUITES)}
    long: dict[str, list[float]] = {CLEAR: [], ENCRYPTED: []}
    with TemporaryDirectory(prefix="digitree-bench-") as place, ExitStack() as stack:
        there, here = Path(place) / "there", Path(place) / "here"
        for home in (there, here):
            (home / "prompts" / "system").mkdir(parents=True)
        _write_noise(there / "prompts" / "system" / "sample_agent.wav")
        tls_port = split_host_port(free_address())[1]
        with _environment(DIGITREE_SIP_TLS=str(tls_port)):
            agent = stack.enter_context(switch(there, _NO_SERVER, there / "prompts", program=program))
        with _environment(DIGITREE_TLS_CA=str(_trusted(there))):
            caller = stack.enter_context(switch(here, _NO_SERVER, here / "prompts", program=program))
        console = _console(caller, here)
        over_tls = f"sip:sample-agent@127.0.0.1:{tls_port};transport=tls"
        addresses: dict[str, tuple[str, Srtp, str]] = {
            CLEAR: (f"sip:sample-agent@{agent.sip}", "off", ""),
            SIGNALLING: (over_tls, "off", ""),
            ENCRYPTED: (over_tls, "required", ""),
            **{name: (over_tls, "required", suite) for name, suite in _SUITES.items()},
        }

        def measure(kind: str, seconds: float) -> float:
            before = cpu_seconds([caller.pid])
            _talk(console, *addresses[kind], legs, seconds)
            return 1000 * (cpu_seconds([caller.pid]) - before) / legs

        for kind in addresses:
            _talk(console, *addresses[kind], 2, 1.0)
        for turn in range(rounds):
            for kind in cost:
                cost[kind].append(measure(kind, talk_s))
                say(f"round {turn + 1}: {kind}: {cost[kind][-1]:.1f} ms a leg")
            for kind in long:
                long[kind].append(measure(kind, _LONG * talk_s))
                say(f"round {turn + 1}: {kind}, long: {long[kind][-1]:.1f} ms a leg")
    short = {kind: median(each) for kind, each in cost.items()}
    per_s = {kind: (median(each) - short[kind]) / ((_LONG - 1) * talk_s) for kind, each in long.items()}
    return {
        "what": f"{legs} legs at once for {talk_s:g} s, called by FreeSWITCH and heard both ways; its CPU from the "
        "first INVITE to the last BYE. Over TLS 1.3; all legs share one connection.",
        "leg_ms": {kind: round(each, 1) for kind, each in short.items()},
        "times": {kind: _times(cost[CLEAR], each) for kind, each in cost.items()},
        "long_times": _times(long[CLEAR], long[ENCRYPTED]),
        "second_ms": {kind: round(each, 2) for kind, each in per_s.items()},
        "once_ms": {kind: round(short[kind] - each * talk_s, 1) for kind, each in per_s.items()},
    }


def _times(clear: list[float], other: list[float]) -> float:
    return round(median(b / a for a, b in zip(clear, other, strict=True)), 3)


def _talk(console: Console, uri: str, srtp: Srtp, suite: str, legs: int, talk_s: float) -> None:
    dial = bridging.dial(Target(uri), Agent("a", (), silent_s=0, srtp=srtp), "digitree")
    # The console takes a blank for the end of an argument.
    variables = ",".join(each for each in dial.variables.split(",") if " " not in each)
    if suite:
        variables = variables.replace("=mandatory", f"=mandatory:{suite}")
    console._say(*[f"bgapi originate {{{variables}}}{dial.dialled} &echo"] * legs)
    _wait(console, legs)
    time.sleep(talk_s)
    console._say("hupall")
    _wait(console, 0)


def _wait(console: Console, legs: int) -> None:
    deadline = time.monotonic() + 30
    while console._say("show channels count") != [f"{legs} total."]:
        if time.monotonic() > deadline:
            raise RuntimeError(f"there are not {legs} legs: {console._say('show channels')}")
        time.sleep(0.1)


def _console(at: Switch, home: Path) -> Console:
    settings = Settings().model_copy(update={"home": home})
    return Console(at.event, lambda: event_password(settings), 60)


def _trusted(home: Path) -> Path:
    """The certificate of the other FreeSWITCH, made for trying, as an authority."""
    path = home / "root.pem"
    made = x509.load_pem_x509_certificate(certificate_path(home).read_bytes())
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return path


def _write_noise(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes((b"\x00\x20" * 4 + b"\x00\xe0" * 4) * 1000 * _HELLO_S)


@contextmanager
def _environment(**given: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(given)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
