"""Running SIPp, as caller and as agent."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sipp_scenarios.cases import Case

HERE = Path(__file__).parent
_LONGEST_CALL_S = 150
_START_S = 30.0

_KEY = re.compile(r'<nop><action><exec play_dtmf="([0-9*#])"/></action></nop>')
# FreeSWITCH accepts SIP INFO only from a caller that offers no telephone-event.
_TELEPHONE_EVENT = (
    (" RTP/AVP 0 96\n", " RTP/AVP 0\n"),
    ("a=rtpmap:96 telephone-event/8000\n", ""),
    ("a=fmtp:96 0-15\n", ""),
)
_INFO = """<send retrans="500">
    <![CDATA[
INFO [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:[ani]@[local_ip]:[local_port]>;tag=[pid]SIPp[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: [cseq] INFO
Content-Type: application/dtmf-relay
Content-Length: [len]

Signal=KEY
Duration=160
]]>
  </send>
  <recv response="200"/>"""


def switch_name(freeswitch: Path | None) -> str:
    """The switch's name and version for people; None is the development switch."""
    if freeswitch is None:
        return "the development switch"
    said = subprocess.run([freeswitch, "-version"], capture_output=True, text=True, check=False).stdout.split()
    return f"FreeSWITCH {next((word.split('-')[0] for word in said if word[:1].isdigit()), '')}".strip()


def has_raw_sockets() -> bool:
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP).close()
    except OSError:
        return False
    return True


def scenario_text(case: Case) -> str:
    """The case's scenario as SIPp reads it."""
    text = (HERE / f"{case.scenario}.xml").read_text()
    return with_info_keys(text) if case.keys_by == "info" else text


def with_info_keys(text: str) -> str:
    """The scenario with keys sent as SIP INFO instead of RFC 4733 events."""
    for offered, without in _TELEPHONE_EVENT:
        text = text.replace(offered, without)
    return _KEY.sub(lambda match: _INFO.replace("KEY", match[1]), text)


def call(case: Case, switch: str, ani: str, directory: Path, *, text: str | None = None) -> str | None:
    """One call to `switch` (HOST:PORT) from `ani`: None if the scenario succeeded, else what was wrong.

    `text` is the scenario, if not the case's own. SIPp's messages stay in `directory`.
    """
    scenario = directory / "scenario.xml"
    scenario.write_text(text or scenario_text(case))
    command = _command(scenario, directory, "caller", switch.rsplit(":", 1)[0])
    command[1:1] = [switch, "-s", case.dialled, "-key", "ani", ani, "-m", "1"]
    if case.transport == "tcp":
        command += ["-t", "t1"]
    with (directory / "caller.screen").open("wb") as screen:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=screen, stderr=screen, timeout=_LONGEST_CALL_S + 30, check=False
        )
    return _problem(done.returncode, directory, "caller")


@contextmanager
def answering_agent(address: str, calls: int, directory: Path) -> Iterator[list[str]]:
    """An agent at `address` for this many calls. At the end the list gets the problems, if there were any."""
    with agent("answers", address, calls, directory) as problems:
        yield problems


@contextmanager
def agent(scenario: str, address: str, calls: int, directory: Path) -> Iterator[list[str]]:
    """An agent of agents/`scenario`.xml at `address`; the list as in answering_agent."""
    problems: list[str] = []
    command = _command(HERE / "agents" / f"{scenario}.xml", directory, "agent", address.rsplit(":", 1)[0])
    command += ["-p", address.rsplit(":", 1)[1], "-m", str(calls)]
    with (directory / "agent.screen").open("wb") as screen:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=screen, stderr=screen, cwd=HERE / "agents"
        )
        try:
            _wait_until_bound(int(address.rsplit(":", 1)[1]), process)
            yield problems
            problem = _problem(process.wait(30), directory, "agent")
            problems += [problem] if problem else []
        except subprocess.TimeoutExpired:
            problems.append(f"the agent had fewer than {calls} calls")
        finally:
            process.kill()
            process.wait()


def _wait_until_bound(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until SIPp listens, as an earlier call would fail. SIPp does not report it; Linux's socket table does."""
    wanted = f":{port:04X} "
    give_up = time.monotonic() + _START_S
    while time.monotonic() < give_up and process.poll() is None:
        if any(wanted in Path(f"/proc/net/{table}").read_text() for table in ("udp", "tcp")):
            return
        time.sleep(0.02)


def _command(scenario: Path, directory: Path, who: str, ip: str) -> list[str]:
    return [
        "sipp", "-sf", str(scenario), "-i", ip, "-mi", ip, "-nostdin",
        "-timeout", str(_LONGEST_CALL_S), "-timeout_error",
        "-trace_err", "-error_file", str(directory / f"{who}.errors"),
        "-trace_msg", "-message_file", str(directory / f"{who}.messages"),
    ]  # fmt: skip


def _problem(exit_code: int, directory: Path, who: str) -> str | None:
    if exit_code == 0:
        return None
    errors = directory / f"{who}.errors"
    # A heading comes first.
    said = errors.read_text(errors="replace").split("\n")[1:] if errors.exists() else []
    first = next((line for line in said if line.strip()), "")
    return f"SIPp ended with {exit_code}. {first}".strip()
