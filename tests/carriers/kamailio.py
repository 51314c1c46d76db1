"""Debian's Kamailio as a carrier: a registrar of one account with digest, over UDP, TCP and TLS, that sends on the
calls of its callers. Each has an address of 127.0.0.0/8 and ports of its own."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.certificates import CertificateFiles
from tests.helpers import wait_until
from tests.ports import free_port

ACCOUNT, PASSWORD, REALM = "account-4711", "c4rrier-S3cret", "carrier.example"
_CONFIG = Path(__file__).with_name("kamailio.cfg")
_MODULES = ("tm", "registrar", "auth", "ctl", "tls")
_CONTACT = re.compile(r"^\s*Address: (\S+)$", re.MULTILINE)
_STOP_S = 10


@dataclass(frozen=True)
class Tls:
    """The carrier's own certificate, and the authorities from which it takes that of the other side."""

    own: CertificateFiles
    trusted: Path
    versions: str = "TLSv1.2+"
    ciphers: str = ""


@dataclass
class Carrier:
    """`start` and `stop` as often as you like. `customer`: HOST:PORT, with parameters of a URI, where calls go while
    nobody is registered. `once`: a nonce counts for one request."""

    directory: Path
    ip: str
    tls: Tls | None = None
    customer: str = "127.0.0.1:9"
    password: str = field(default=PASSWORD, repr=False)
    expiry_s: int = 60
    nonce_s: int = 300
    once: bool = False

    def __post_init__(self) -> None:
        self.port, self.tls_port = free_port(), free_port()
        self.log = self.directory / "kamailio.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> tuple[str, int]:
        return self.ip, self.port

    def start(self) -> None:
        """Returns when it answers."""
        self.directory.mkdir(exist_ok=True)
        config = self.directory / "kamailio.cfg"
        config.write_text(self._written())
        (self.directory / "tls.cfg").write_text(self._tls_text())
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [_program(), "-DD", "-E", "-f", config, "-w", self.directory, "-Y", self.directory, "-m", "32"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip
        try:
            wait_until(lambda: self._ended() or self._ask("core.uptime"), 20, "Kamailio answers")
            assert not self._ended(), self.log.read_text()[-2000:]
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Every registration is forgotten."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def contacts(self) -> set[str]:
        """What is registered now."""
        return {*_CONTACT.findall(self._ask("ul.dump"))}

    def said(self, word: str) -> list[str]:
        """Lines of its log with this word."""
        return [line for line in self.log.read_text(errors="replace").splitlines() if word in line]

    def _ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _ask(self, command: str) -> str:
        socket = self.directory / "ctl"
        asked = subprocess.run(
            ["kamcmd", "-s", f"unix:{socket}", command], capture_output=True, text=True, timeout=20, check=False
        )
        return asked.stdout if asked.returncode == 0 else ""

    def _written(self) -> str:
        words = {
            "CARRIER_IP": self.ip,
            "CARRIER_PORT": self.port,
            "CARRIER_TLS_PORT": self.tls_port,
            "CARRIER_TLS_FILE": self.directory / "tls.cfg",
            "CARRIER_SOCKET": self.directory / "ctl",
            "CARRIER_NONCE_S": self.nonce_s,
            "CARRIER_NONCE_ONCE": int(self.once),
            "CARRIER_EXPIRY_S": self.expiry_s,
            "CARRIER_ACCOUNT": ACCOUNT,
            "CARRIER_PASSWORD": self.password,
            "CARRIER_REALM": REALM,
            "CARRIER_CUSTOMER": self.customer,
        }
        text = _CONFIG.read_text()
        if self.tls is None:
            text = "\n".join(each for each in text.splitlines() if "tls" not in each.lower())
        return re.sub(r"CARRIER_[A-Z_]+", lambda found: str(words[found[0]]), text)

    def _tls_text(self) -> str:
        if self.tls is None:
            return ""
        common = (
            f"method = {self.tls.versions}\nverify_certificate = yes\nrequire_certificate = yes\n"
            f"private_key = {self.tls.own.key}\ncertificate = {self.tls.own.certificate}\n"
            f"ca_list = {self.tls.trusted}\n"
            + (f"cipher_list = {self.tls.ciphers}\n" if self.tls.ciphers else "")
        )
        return f"[server:default]\n{common}[client:default]\n{common}"


@contextmanager
def running(carrier: Carrier) -> Iterator[Carrier]:
    carrier.start()
    try:
        yield carrier
    finally:
        carrier.stop()


def require_kamailio() -> None:
    """Skips the test where it cannot be had."""
    _program()


def _program() -> str:
    program = shutil.which("kamailio", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None or shutil.which("kamcmd") is None:
        pytest.skip("no Kamailio on this machine (packages kamailio and kamailio-tls-modules)")
    return program
