"""What `make load` calls: all of Digitree as `digitree up` starts it, on a FreeSWITCH or the development switch, with
a menu and one number for each kind of caller, and SIPp as the agent. Whose CPU is whose is told from /proc.
"""

from __future__ import annotations

import array
import contextlib
import io
import math
import re
import subprocess
import wave
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import dies_with_us, family_seconds
from benchmarks.product import stop, wait_until
from benchmarks.switch.running import Switch, last_row, seconds_of
from launcher.first_start import sample
from sipp_scenarios.sipp import HERE as SCENARIOS
from sipp_scenarios.target import Target, free_addresses, own_target

ROOM = {
    "DIGITREE_FS_LOG_LEVEL": "err",
    "DIGITREE_FS_CALLS_PER_SECOND": "500",
    "DIGITREE_FS_MAX_SESSIONS": "4000",
    "DIGITREE_OUTBOUND_PRIVATE": "true",
    "DIGITREE_LOG_LEVEL": "ERROR",
}
# Who hangs up in mid-prompt does it after 2.5 s; who waits for the end of a prompt is not to wait long.
_FIRST_PROMPT_S, _PROMPT_S = 3.2, 1.0
_FIRST_WAIT_S = 2
_CALLED = re.compile(r"\[\+\]14155550100")


@dataclass
class Agent:
    """SIPp, all calls of which are one statistic."""

    process: subprocess.Popen[bytes]
    statistics: Path

    def talked(self) -> tuple[int, float]:
        """(talks, seconds of all talks together): from the caller's ACK to the BYE. A second old at most."""
        row = last_row(self.statistics)
        calls = int(row["SuccessfulCall(C)"])
        return calls, calls * seconds_of(row["ResponseTime1(C)"])


@dataclass
class Site:
    """`numbers` has the number of each kind of caller, `menus` the ids of the menus behind them."""

    target: Target
    at: Switch
    agent: Agent
    numbers: dict[str, str]
    menus: tuple[str, ...]
    directory: Path

    def cpu_s(self) -> dict[str, float]:
        """CPU seconds so far of `switch`, `server` (the call server) and `rest` (keeper, API, stores, speech)."""
        assert self.target.supervisor is not None
        pids = _sort(_below(self.target.supervisor))
        return {name: sum(map(family_seconds, those)) for name, those in pids.items()}


@contextmanager
def site(program: Path | None, directory: Path, kinds: Sequence[str]) -> Iterator[Site]:
    """`kinds` are names of callers, each of whom gets a number; the menu behind `no_agent` has an agent who is not
    there. Raises TargetError."""
    with own_target(program, directory, ROOM) as target:
        agent_address, dead_address = free_addresses(2)
        numbers = {kind: f"+1415555{2000 + place}" for place, kind in enumerate(kinds)}
        well = _make_menu(target, "load", agent_address)
        dead = _make_menu(target, "load-nobody", dead_address)
        for kind, number in numbers.items():
            _post(target, f"/ivr/{dead if kind == 'no_agent' else well}/assign", {"did": number})
        assert target.supervisor is not None
        (switch_pid,) = _sort(_below(target.supervisor))["switch"]
        with _agent(agent_address, numbers.get("qualify", ""), directory) as agent:
            at = Switch(switch_pid, target.sip, "", directory / "digitree.log")
            yield Site(target, at, agent, numbers, (well, dead), directory)


def _post(target: Target, path: str, body: dict[str, Any]) -> Any:
    return target.http.post(path, json=body).raise_for_status().json()


def _make_menu(target: Target, name: str, agent_address: str) -> str:
    """The sample menu with short prompts and an agent of its own."""
    _post(target, "/agents", {"name": name, "targets": [{"uri": f"sip:agent@{agent_address}"}],
                              "silence_timeout_s": 0})  # fmt: skip
    menu = sample()["menu"] | {"name": name}
    menu["nodes"]["welcome"]["timeout_s"] = _FIRST_WAIT_S
    menu["nodes"]["transfer_ai"]["agent"] = name
    ivr_id: str = _post(target, "/ivr", menu)["id"]
    for node, one in menu["nodes"].items():
        if "audio" in one:
            sound = _tone(_FIRST_PROMPT_S if node == "welcome" else _PROMPT_S)
            sent = target.http.put(f"/ivr/{ivr_id}/audio/{one['audio']}", content=sound,
                                   headers={"Content-Type": "audio/wav"})  # fmt: skip
            sent.raise_for_status()
    return ivr_id


def _tone(seconds: float) -> bytes:
    """A WAV of 400 Hz."""
    samples = array.array("h", (int(6000 * math.sin(math.tau * n / 20)) for n in range(int(8000 * seconds))))
    text = io.BytesIO()
    with wave.open(text, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.tobytes())
    return text.getvalue()


@contextmanager
def _agent(address: str, number: str, directory: Path) -> Iterator[Agent]:
    """An agent that answers any number of calls, checks our headers and waits for the caller's BYE."""
    text = _CALLED.sub(f"[+]{number[1:]}", (SCENARIOS / "agents" / "answers.xml").read_text())
    text = text.replace('<recv request="ACK"/>', '<recv request="ACK" start_rtd="1"/>')
    text = text.replace('<recv request="BYE" ', '<recv request="BYE" rtd="1" ')
    scenario, statistics = directory / "agent.xml", directory / "agent.csv"
    scenario.write_text(text)
    host, port = address.rsplit(":", 1)
    argv = ["sipp", "-sf", str(scenario), "-i", host, "-mi", host, "-p", port, "-nostdin"]
    argv += ["-trace_stat", "-stf", str(statistics), "-fd", "1"]
    with subprocess.Popen(
        argv, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=dies_with_us(),
    ) as process:  # fmt: skip
        try:
            # SIPp writes a head and a line a second from when it listens.
            wait_until(lambda: _lines(statistics) > 1, "the agent listens", 10)
            yield Agent(process, statistics)
        finally:
            stop(process)


def _lines(path: Path) -> int:
    return path.read_text().count("\n") if path.exists() else 0


def _below(pid: int) -> list[int]:
    """All processes that it started, and theirs."""
    found: list[int] = []
    with contextlib.suppress(OSError):  # it has ended meanwhile
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *_below(child)]
    return found


def _sort(pids: list[int]) -> dict[str, list[int]]:
    sorted_pids: dict[str, list[int]] = {"switch": [], "server": [], "rest": []}
    for pid in pids:
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        is_switch = words[0].endswith(b"freeswitch") or b"devswitch" in words
        sorted_pids["switch" if is_switch else "server" if b"esl_server" in words else "rest"].append(pid)
    return sorted_pids
