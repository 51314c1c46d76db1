"""A FreeSWITCH of the bench's own, and SIPp calling it."""

from __future__ import annotations

import csv
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import SWITCH_SECRET, dies_with_us
from benchmarks.product import ROOT, stop, wait_until
from ivr.settings import Settings, split_host_port
from launcher.freeswitch import CONFIG_DIR, find_freeswitch, freeswitch_command, freeswitch_ready
from sipp_scenarios.sipp import has_raw_sockets, with_info_keys

HERE = Path(__file__).parent
_EXTENSION = """
    <extension name="{name}">
      <condition field="destination_number" expression="^{number}$">
        <action application="{application}" data="{data}"/>
        <action application="hangup" data="NORMAL_TEMPORARY_FAILURE"/>
      </condition>
    </extension>
"""


class NoSwitch(Exception):
    """No FreeSWITCH, or no SIPp, on this machine."""


@dataclass(frozen=True)
class Switch:
    pid: int
    sip: str
    event: str
    log: Path


def free_address(kind: socket.SocketKind = socket.SOCK_STREAM) -> str:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def find_program() -> Path:
    find_sipp()
    program = find_freeswitch(Settings())
    if program is None:
        raise NoSwitch("no FreeSWITCH on this machine (FREESWITCH_BIN or PATH)")
    return program


def write_config(directory: Path, numbers: Mapping[str, tuple[str, str]], modules: tuple[str, ...] = ()) -> Path:
    """Our configuration, with `numbers` -> (application, argument) before the menu."""
    config = directory / "config"
    shutil.copytree(CONFIG_DIR, config)
    extensions = "".join(
        _EXTENSION.format(name=f"bench-{number}", number=number.replace("+", r"\+"), application=app, data=data)
        for number, (app, data) in numbers.items()
    )
    _insert(config / "dialplan.xml", '    <extension name="menu">', extensions)
    loads = "".join(f'<load module="{module}"/>\n      ' for module in modules)
    _insert(config / "switch.xml", '<load module="mod_sofia"/>', loads)
    return config


def _insert(path: Path, before: str, text: str) -> None:
    found = path.read_text()
    if found.count(before) != 1:
        raise RuntimeError(f"{path.name} has no single {before!r} any more")
    path.write_text(found.replace(before, text + before))


@contextmanager
def switch(
    home: Path, esl_targets: str, prompts: Path, config: Path = CONFIG_DIR, program: Path | None = None
) -> Iterator[Switch]:
    """Started, and its SIP port open. `esl_targets`: HOST:PORT|HOST:PORT. Without `program` the development
    switch serves, which has no `config`."""
    given = {
        "DIGITREE_HOME": str(home),
        "DIGITREE_SIP": free_address(socket.SOCK_DGRAM),
        "DIGITREE_ESL": esl_targets.split("|")[0],
        "DIGITREE_ESL_SECRET": SWITCH_SECRET,
        "DIGITREE_FS_EVENT": free_address(),
        "DIGITREE_PROMPTS_DIR": str(prompts),
    }
    limits = {
        "DIGITREE_ESL_TARGETS": esl_targets,
        "DIGITREE_FS_LOG_LEVEL": "err",
        "DIGITREE_FS_CALLS_PER_SECOND": "500",
        "DIGITREE_FS_MAX_SESSIONS": "4000",
    }
    before = dict(os.environ)
    os.environ.update(given)
    try:
        settings = Settings()
    finally:
        os.environ.clear()
        os.environ.update(before)
    argv: tuple[str, ...]
    if program is None:
        argv, env = (sys.executable, "-m", "devswitch"), {**os.environ, **given}
    else:
        argv, env = freeswitch_command(settings, program, config)
    log = home / "switch.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            argv, env={**env, **limits}, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            preexec_fn=dies_with_us(),
        )  # fmt: skip
    try:
        wait_until(lambda: _ready(process, settings, program is None), "the switch is ready", 30)
        yield Switch(process.pid, settings.sip, settings.freeswitch_event, log)
    finally:
        stop(process, 15.0)


def _ready(process: subprocess.Popen[bytes], settings: Settings, development: bool) -> bool:
    if process.poll() is not None:
        raise RuntimeError("the switch has ended")
    if not development:
        return freeswitch_ready(settings)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(split_host_port(settings.sip))
        except OSError:
            return True
    return False


def find_sipp() -> None:
    """Raises NoSwitch."""
    if shutil.which("sipp") is None:
        raise NoSwitch("no SIPp on this machine (Debian package sip-tester)")


@dataclass(frozen=True)
class Calls:
    """`mean_s` is of a whole call; `answered_s` of what lies between the answer and the first BYE, where the scenario
    measures it (`response time 1`)."""

    good: int
    failed: int
    mean_s: float
    answered_s: float = 0.0


def sipp_calls(at: Switch, number: str, calls: int, rate: float, directory: Path) -> Calls:
    """So many calls of three questions and goodbye to `number`, `rate` new ones a second; returns when the last
    has ended."""
    callers = start_sipp(at, HERE / "caller.xml", number, "+14805551234", calls, rate, directory)
    callers.process.wait(calls / rate + 90)
    return callers.result()


@dataclass(frozen=True)
class Callers:
    """One SIPp with one scenario."""

    process: subprocess.Popen[bytes]
    statistics: Path

    def result(self) -> Calls:
        last = last_row(self.statistics)
        good, failed = int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"])
        answered_s = seconds_of(last.get("ResponseTime1(C)", ""))
        return Calls(good, failed, seconds_of(last["CallLength(C)"]), answered_s)


def last_row(statistics: Path) -> dict[str, str]:
    """SIPp's statistics so far (`-trace_stat`)."""
    with statistics.open() as file:
        return list(csv.DictReader(file, delimiter=";"))[-1]


def seconds_of(text: str) -> float:
    """SIPp's hours:minutes:seconds:microseconds; empty: 0."""
    total = 0.0
    for part, unit_s in zip(text.split(":"), (3600, 60, 1, 1e-6), strict=False):
        total += float(part or 0) * unit_s
    return total


def start_sipp(
    at: Switch, scenario: Path, number: str, ani: str, calls: int, rate: float, directory: Path, keys_by: str = ""
) -> Callers:
    """`keys_by`: rfc4733 or info; empty: the former where we may (it needs raw sockets)."""
    text = scenario.read_text()
    chosen = directory / f"{scenario.stem}-{ani[1:]}.xml"
    by_info = keys_by == "info" or (not keys_by and not has_raw_sockets())
    chosen.write_text(with_info_keys(text) if by_info else text)
    statistics = chosen.with_suffix(".csv")
    statistics.unlink(missing_ok=True)
    host = at.sip.rsplit(":", 1)[0]
    argv = ["sipp", at.sip, "-sf", str(chosen), "-s", number, "-key", "ani", ani, "-nostdin"]
    argv += ["-r", f"{rate:.3f}", "-m", str(calls), "-l", str(calls), "-i", host, "-mi", host]
    argv += ["-trace_stat", "-stf", str(statistics), "-fd", "1", "-timeout", f"{calls / rate + 60:.0f}"]
    process = subprocess.Popen(
        argv, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=dies_with_us(),
    )  # fmt: skip
    return Callers(process, statistics)
