"""An agent's telephone that speaks TLS and SRTP: Debian's baresip, which answers every call, plays a tone and keeps
what it hears in a file."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from ivr.settings import split_host_port
from tests.certificates import CertificateFiles
from tests.helpers import wait_until
from tests.ports import free_address
from tests.sip.calls import write_tone

_MODULES = ("g711", "aufile", "aubridge", "sndfile", "srtp", "uuid")
_APPLICATIONS = ("account", "menu")
_LOUD = 1000
_HEAD_BYTES = 44


class BaresipPhone:
    def __init__(self, directory: Path, port: int) -> None:
        self.port = port
        self._directory, self._log = directory, directory / "baresip.log"

    def said(self, text: str) -> bool:
        return text in self._log.read_text(errors="replace")

    def suite(self) -> str | None:
        """What encrypts the sound of the call."""
        found = re.search(r"SRTP is Enabled \(cryptosuite=(\w+)\)", self._log.read_text(errors="replace"))
        return found[1] if found else None

    def loud_ms(self) -> int:
        """How much of what it has heard so far, after decryption, is louder than silence."""
        return sum(map(_loud_ms, self._directory.glob("dump-*-dec.wav")))


def _loud_ms(path: Path) -> int:
    """The head of a file that is still written has no length, so it is passed over."""
    samples = path.read_bytes()[_HEAD_BYTES:]
    return sum(abs(each) > _LOUD for each in memoryview(samples[: len(samples) // 2 * 2]).cast("h")) // 8


def _free_pair() -> int:
    """Two ports, one behind the other: on the second it listens for TLS."""
    while True:
        port = split_host_port(free_address())[1]
        with socket.socket() as sock, suppress(OSError):
            sock.bind(("127.0.0.1", port + 1))
            return port


@contextmanager
def baresip_phone(
    files: CertificateFiles, directory: Path, encryption: str = "srtp-mand"
) -> Iterator[BaresipPhone]:
    """Takes calls over TLS on 127.0.0.1. Skips the test where there is no baresip."""
    program = shutil.which("baresip")
    if program is None:
        pytest.skip("no baresip on this machine (Debian's package baresip-core)")
    certificate = directory / "baresip.pem"
    certificate.write_text(files.certificate.read_text() + files.key.read_text())
    port, tone = _free_pair(), directory / "tone.wav"
    write_tone(tone, 10_000)
    (directory / "config").write_text(
        "".join(f"module {each}.so\n" for each in _MODULES)
        + "".join(f"module_app {each}.so\n" for each in _APPLICATIONS)
        + f"module_path /usr/lib/baresip/modules\nsip_listen 127.0.0.1:{port}\nsip_certificate {certificate}\n"
        f"audio_source aufile,{tone}\naudio_player aubridge,nobody\nsnd_path {directory}\n"
        "net_interface 127.0.0.1\n"
    )
    (directory / "accounts").write_text(
        f"<sip:agent@127.0.0.1;transport=tls>;regint=0;answermode=auto;audio_codecs=PCMU;mediaenc={encryption}\n"
    )
    log = directory / "baresip.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            (program, "-f", str(directory)), stdin=subprocess.PIPE, stdout=output, stderr=output
        )
    try:
        phone = BaresipPhone(directory, port + 1)
        wait_until(lambda: phone.said("baresip is ready"), 30, "baresip is ready")
        yield phone
    finally:
        process.kill()
        process.wait()
