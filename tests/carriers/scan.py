"""A scanner as they come by every SIP port, from an address that may not call: OPTIONS, INVITE, REGISTER."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.carriers.site import DID

SCANNER = "127.0.0.66"
METHODS = ("OPTIONS", "INVITE", "REGISTER")
_HEADERS = """\
{method} {uri} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:100@[local_ip]>;tag=[pid]S[call_number]
To: <sip:{user}@[remote_ip]>{tag}
Call-ID: [call_id]
CSeq: 1 {cseq}
Contact: <sip:100@[local_ip]:[local_port]>
{more}Content-Length: 0

"""


@contextmanager
def scan(to: tuple[str, int], directory: Path, each_per_s: int, for_s: int) -> Iterator[Scan]:
    """So many of each method a second; its end is waited for."""
    if shutil.which("sipp") is None:
        pytest.skip("no SIPp on this machine (package sip-tester)")
    running = Scan(to, directory, each_per_s, for_s)
    try:
        yield running
    finally:
        running.end()


class Scan:
    def __init__(self, to: tuple[str, int], directory: Path, each_per_s: int, for_s: int) -> None:
        directory.mkdir()
        self._processes = {
            method: subprocess.Popen(
                [
                    "sipp", f"{to[0]}:{to[1]}", "-sf", _scenario(directory, method), "-i", SCANNER, "-nostdin",
                    "-r", str(each_per_s), "-m", str(each_per_s * for_s), "-l", "20000",
                ],
                cwd=directory, stdin=subprocess.DEVNULL, stdout=(directory / f"{method}.out").open("wb"),
                stderr=subprocess.STDOUT,
            )
            for method in METHODS
        }  # fmt: skip

    def goes_on(self) -> bool:
        return any(each.poll() is None for each in self._processes.values())

    def end(self) -> dict[str, int]:
        """The exit code of each SIPp, 0: every one of its requests was answered as its scenario has it."""
        for each in self._processes.values():
            if self.goes_on():
                each.terminate()
        return {method: each.wait(60) for method, each in self._processes.items()}


def _scenario(directory: Path, method: str) -> Path:
    """OPTIONS are answered, all else is refused, and nobody is asked for a digest."""
    user = "100" if method == "REGISTER" else DID
    uri = "sip:[remote_ip]:[remote_port]" if method == "REGISTER" else f"sip:{user}@[remote_ip]:[remote_port]"
    # A digest that was overheard somewhere, or guessed.
    more = (
        f'Authorization: Digest username="100", realm="[remote_ip]", nonce="stolen", uri="{uri}", '
        f'response="{"0" * 32}", algorithm=MD5\n'
        if method == "REGISTER"
        else ""
    )
    words = {"uri": uri, "user": user}
    sent = _HEADERS.format(method=method, cseq=method, tag="", more=more, **words)
    status = {"OPTIONS": 200, "INVITE": 403, "REGISTER": 405}[method]
    after = f'<recv response="100" optional="true"/>\n<recv response="{status}"/>\n'
    if method == "INVITE":
        ack = _HEADERS.format(method="ACK", cseq="ACK", tag="[peer_tag_param]", more="", **words)
        after += f"<send><![CDATA[\n{ack.replace('[branch]', '[branch-1]')}]]></send>\n"
    path = directory / f"{method}.xml"
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE scenario SYSTEM "sipp.dtd">\n<scenario name="{method}">\n'
        f'<send retrans="500"><![CDATA[\n{sent}]]></send>\n{after}</scenario>\n'
    )
    return path
