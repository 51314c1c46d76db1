"""How many calls with sound the development switch carries on one core, and how punctual it is.

    python -m benchmarks.devswitch_rtp [--calls 30] [--seconds 20] [--nice -10]

SIPp (Debian package sip-tester) places the calls. A server in threads plays one long prompt to each; their sound
comes to one socket here, is timed packet by packet, and is sent back, so that the switch hears as much as it says.
Late is a packet that came more than 40 ms after its place on the 20 ms grid of its stream's earliest packet.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_SO_TIMESTAMPNS = 35
LATE_S = 0.040


@dataclass(frozen=True)
class Result:
    """cores: processor time of the switch over the time with all calls up."""

    calls: int
    calls_ok: int
    seconds: float
    packets: int
    late_packets: int
    worst_ms: float
    p99_ms: float
    cores: float
    said_it_cannot_keep_up: bool


@dataclass
class _Ear:
    """The callers' RTP: one socket for all of them."""

    sock: socket.socket
    arrivals: dict[int, list[tuple[int, float]]] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)

    def listen(self) -> None:
        self.sock.settimeout(0.2)
        # The kernel's time of arrival: how long we take to be woken is none of the switch's business.
        self.sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        while not self.ended.is_set():
            try:
                data, notes, _, sender = self.sock.recvmsg(2048, 64)
            except TimeoutError:
                continue
            seconds, nanoseconds = struct.unpack("qq", notes[0][2][:16])
            _, _, timestamp, source = struct.unpack("!HHII", data[:12])
            self.arrivals.setdefault(source, []).append((timestamp, seconds + nanoseconds / 1e9))
            self.sock.sendto(data, sender)

    def lateness_s(self) -> list[float]:
        found: list[float] = []
        for stream in self.arrivals.values():
            first = stream[0][0]
            offsets = [at_s - ((timestamp - first) & 0xFFFFFFFF) / 8000 for timestamp, at_s in stream]
            on_time = min(offsets)
            found += [offset - on_time for offset in offsets]
        return sorted(found)


def measure(calls: int, seconds: float, nice: int = 0) -> Result:
    """nice: of the switch, where other work on the machine is not to count.

    RuntimeError where SIPp is missing or the switch does not start.
    """
    if shutil.which("sipp") is None:
        raise RuntimeError("no SIPp on this machine (Debian package sip-tester)")
    with (
        tempfile.TemporaryDirectory(prefix="digitree-rtp-") as name,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        directory = Path(name)
        prompt = directory / "prompt.wav"
        _write_prompt(prompt, seconds + 30)
        threading.Thread(target=_serve, args=(server, prompt), daemon=True).start()
        ear = _Ear(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        ear.sock.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=ear.listen, daemon=True)
        thread.start()
        with _switch(directory, server.getsockname()[1], nice) as (process, sip):
            sipp = _start_sipp(directory, sip, ear.sock.getsockname()[1], calls, seconds)
            # All calls are up after a second at 30 a second.
            time.sleep(calls / 30 + 1)
            began_s, cpu_s = time.monotonic(), _cpu_s(process.pid)
            time.sleep(seconds - 2)
            cores = (_cpu_s(process.pid) - cpu_s) / (time.monotonic() - began_s)
            ok = sipp.wait(seconds + 60) == 0
        ear.ended.set()
        thread.join()
        ear.sock.close()
        late = ear.lateness_s()
        return Result(
            calls=calls,
            calls_ok=calls if ok else len(ear.arrivals),
            seconds=seconds,
            packets=len(late),
            late_packets=sum(1 for lateness in late if lateness > LATE_S),
            worst_ms=round(late[-1] * 1000, 1) if late else 0.0,
            p99_ms=round(late[int(len(late) * 0.99)] * 1000, 1) if late else 0.0,
            cores=round(cores, 3),
            said_it_cannot_keep_up="cannot keep up" in (directory / "switch.log").read_text(),
        )


@contextmanager
def _switch(directory: Path, esl_port: int, nice: int) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    log = directory / "switch.log"
    env = {name: value for name, value in os.environ.items() if not name.startswith("DIGITREE_")}
    env |= {
        "DIGITREE_HOME": str(directory),
        "DIGITREE_SIP": "127.0.0.1:0",
        "DIGITREE_ESL": f"127.0.0.1:{esl_port}",
        "DIGITREE_FS_EVENT": "127.0.0.1:0",
    }
    with log.open("wb") as output:
        # One core, as it is meant to need no more.
        process = subprocess.Popen(
            [sys.executable, "-m", "devswitch"], env=env, stdout=output, stderr=output, cwd=_ROOT,
            start_new_session=True,  # as under `make run`
        )  # fmt: skip
    os.sched_setaffinity(process.pid, {max(os.sched_getaffinity(0))})
    if nice:
        os.setpriority(os.PRIO_PROCESS, process.pid, nice)
    try:
        deadline = time.monotonic() + 20
        while not (match := re.search(r"SIP on (\S+?),", log.read_text())):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the development switch did not start:\n{log.read_text()}")
            time.sleep(0.05)
        yield process, match[1]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def _start_sipp(directory: Path, sip: str, ear: int, calls: int, seconds: float) -> subprocess.Popen[bytes]:
    text = (_ROOT / "sipp_scenarios" / "hang_up_mid_prompt.xml").read_text()
    text = text.replace("[auto_media_port]", str(ear))
    text = re.sub(r'<pause milliseconds="\d+"/>', f'<pause milliseconds="{int(seconds * 1000)}"/>', text)
    scenario = directory / "scenario.xml"
    scenario.write_text(text)
    command = ["sipp", sip, "-sf", str(scenario), "-i", "127.0.0.1", "-mi", "127.0.0.1", "-nostdin"]
    command += ["-s", "+14155550100", "-key", "ani", "+14805551234", "-m", str(calls), "-l", str(calls), "-r", "30"]
    with (directory / "sipp.screen").open("wb") as screen:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=screen, stderr=screen)


def _serve(server: socket.socket, prompt: Path) -> None:
    while True:
        try:
            sock, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_play, args=(sock, prompt), daemon=True).start()


def _play(sock: socket.socket, prompt: Path) -> None:
    """Answer, play, and whatever comes of it: this server only waits for the end."""
    sock.sendall(b"connect\n\n")
    for application, argument in (("answer", ""), ("playback", str(prompt))):
        command = f"sendmsg\ncall-command: execute\nexecute-app-name: {application}\n"
        sock.sendall(f"{command}execute-app-arg: {argument}\n\n".encode())
    while sock.recv(65536):
        pass
    sock.close()


def _write_prompt(path: Path, seconds: float) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\x00\x10\x00\x10\x00\xf0\x00\xf0" * int(seconds * 2000))


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--nice", type=int, default=0)
    options = parser.parse_args()
    print(json.dumps(asdict(measure(options.calls, options.seconds, options.nice)), indent=1))


if __name__ == "__main__":
    main()
