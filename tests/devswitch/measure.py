"""Make the scenarios' calls on a real FreeSWITCH and keep what came of them in measured.json.

    FREESWITCH_BIN=/path/to/freeswitch python -m tests.devswitch.measure

FreeSWITCH calls itself over SIP on loopback, on ports of its own, with a configuration in a temporary folder: one
leg is the caller, who presses keys as RFC 4733 events, the other runs the menu. Agents are extensions of it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import gevent
from gevent import socket as gsocket
from gevent.lock import Semaphore

from tests.devswitch.scenario_server import Conversation, ScenarioServer
from tests.devswitch.scenarios import SCENARIOS, Scenario, make_prompts
from tests.ports import free_port

MEASURED = Path(__file__).parent / "measured.json"
KEY_MS = 100
_MODULES = ("commands", "dptools", "dialplan_xml", "sndfile", "tone_stream", "event_socket", "sofia")
_PASSWORD = uuid.uuid4().hex
_ALL_OVER_S = 25.0

_AGENTS = {
    "agent": [("answer", ""), ("playback", "silence_stream://2000"), ("hangup", "")],
    "agent_stays": [("answer", ""), ("playback", "silence_stream://20000")],
    "busy": [("respond", "486")],
    "decline": [("respond", "603")],
    "not_found": [("respond", "404")],
    "ring": [("ring_ready", ""), ("sleep", "20000")],
    "mute": [("sleep", "20000")],
}
_CONFIGURATION = """<document type="freeswitch/xml">
<section name="configuration">
<configuration name="switch.conf"><settings>
<param name="max-sessions" value="1000"/><param name="sessions-per-second" value="200"/>
</settings></configuration>
<configuration name="modules.conf"><modules>{modules}</modules></configuration>
<configuration name="event_socket.conf"><settings><param name="listen-ip" value="127.0.0.1"/>
<param name="listen-port" value="{control}"/><param name="password" value="{password}"/></settings></configuration>
<configuration name="sofia.conf"><profiles><profile name="external"><settings>
<param name="sip-ip" value="127.0.0.1"/><param name="rtp-ip" value="127.0.0.1"/><param name="sip-port" value="{sip}"/>
<param name="dialplan" value="XML"/><param name="context" value="public"/><param name="auth-calls" value="false"/>
<param name="inbound-codec-prefs" value="PCMU"/><param name="outbound-codec-prefs" value="PCMU"/>
<param name="rtp-timer-name" value="soft"/><param name="dtmf-type" value="rfc2833"/>
</settings></profile></profiles></configuration>
</section>
<section name="dialplan"><context name="public">{agents}
<extension name="menu"><condition field="destination_number" expression="^\\+1">
<action application="socket" data="127.0.0.1:{esl} full"/><action application="socket" data="127.0.0.1:{esl} full"/>
</condition></extension>
</context></section></document>
"""


def find_freeswitch() -> str | None:
    return os.environ.get("FREESWITCH_BIN") or shutil.which("freeswitch")


class RealSwitch:
    """A FreeSWITCH of our own, and a connection to control it."""

    def __init__(self, binary: str, folder: Path, esl_port: int) -> None:
        self.sip_port, control = free_port(), free_port()
        agents = "".join(
            f'<extension name="{name}"><condition field="destination_number" expression="^{name}$">'
            + "".join(f'<action application="{app}" data="{data}"/>' for app, data in actions)
            + "</condition></extension>"
            for name, actions in _AGENTS.items()
        )
        modules = "".join(f'<load module="mod_{name}"/>' for name in _MODULES)
        (folder / "freeswitch.xml").write_text(
            _CONFIGURATION.format(
                modules=modules, control=control, password=_PASSWORD, sip=self.sip_port, agents=agents, esl=esl_port
            )
        )
        where = [option for name in ("conf", "log", "db", "run") for option in (f"-{name}", str(folder))]
        self._process = subprocess.Popen(
            [binary, "-nonat", "-nf", "-nc", "-np", *where], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._buffer = b""
        self._one_at_a_time = Semaphore()
        deadline_s = time.monotonic() + 30
        while True:
            try:
                self._sock = gsocket.create_connection(("127.0.0.1", control), timeout=30)
                break
            except OSError:
                if time.monotonic() > deadline_s:
                    raise
                gevent.sleep(0.1)
        self._message()
        self._sock.sendall(f"auth {_PASSWORD}\n\n".encode())
        self._message()
        while "RUNNING" not in self.api("sofia status"):
            gevent.sleep(0.1)

    def _message(self) -> str:
        while b"\n\n" not in self._buffer:
            self._buffer += self._sock.recv(65536)
        head, self._buffer = self._buffer.split(b"\n\n", 1)
        _, announced, length = head.partition(b"Content-Length: ")
        size = int(length.split(b"\n", 1)[0]) if announced else 0
        while len(self._buffer) < size:
            self._buffer += self._sock.recv(65536)
        body, self._buffer = self._buffer[:size], self._buffer[size:]
        return body.decode()

    def api(self, command: str) -> str:
        with self._one_at_a_time:
            self._sock.sendall(f"api {command}\n\n".encode())
            return self._message()

    def version(self) -> str:
        return self.api("version").split(" ")[2].split("+")[0]

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()


def _call(switch: RealSwitch, talk: Conversation, did: str) -> None:
    scenario, caller = talk.scenario, str(uuid.uuid4())
    who = f"origination_uuid={caller},origination_caller_id_number=+14805551234,origination_caller_id_name=Joe"
    switch.api(
        f"bgapi originate {{{who}}}sofia/external/{did}@127.0.0.1:{switch.sip_port} &playback(silence_stream://60000)"
    )
    talk.connected.wait(30)
    acts: list[tuple[int, str]] = list(scenario.keys)
    if scenario.hang_up_ms is not None:
        acts.append((scenario.hang_up_ms, ""))
    for at_ms, key in sorted(acts):
        gevent.sleep(max(0.0, at_ms / 1000 - (time.monotonic() - talk.began_s)))
        switch.api(f"uuid_send_dtmf {caller} {key}@{KEY_MS}" if key else f"uuid_kill {caller}")
    talk.over.wait(_ALL_OVER_S)
    switch.api(f"uuid_kill {caller}")


def measure(binary: str, scenarios: list[Scenario]) -> dict[str, object]:
    """What came of each scenario: a list of [what, milliseconds it took] a connection after the other."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_prompts(folder)
        server = ScenarioServer()
        switch = RealSwitch(binary, folder, server.port)
        try:
            talks, calls = [], []
            for at, scenario in enumerate(scenarios):
                did = f"+1415555{1000 + at}"
                talk = Conversation(scenario, {"$P": name, "$A": f"127.0.0.1:{switch.sip_port}"})
                server.conversations[did] = talk
                talks.append(talk)
                calls.append(gevent.spawn(_call, switch, talk, did))
                gevent.sleep(0.25)  # so that none is late because all begin at once
            gevent.joinall(calls, raise_error=True)
            version = switch.version()
        finally:
            switch.stop()
            server.stop()
    return {
        "freeswitch": version,
        "scenarios": {
            talk.scenario.name: [[happened.what, round(happened.took_ms)] for happened in talk.happened]
            for talk in talks
        },
    }


def main() -> None:
    binary = find_freeswitch()
    if binary is None:
        sys.exit("no FreeSWITCH: name it in FREESWITCH_BIN")
    measured = measure(binary, SCENARIOS)
    lines = json.dumps(measured, indent=None).replace("]], ", "]],\n").replace("{", "{\n").replace("}", "\n}")
    MEASURED.write_text(lines + "\n")
    print(f"{len(SCENARIOS)} scenarios measured on FreeSWITCH {measured['freeswitch']}")


if __name__ == "__main__":
    main()
