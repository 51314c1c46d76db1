"""The scenarios of tests/devswitch on the development switch, called over SIP and RTP by a telephone."""

from __future__ import annotations

import struct
import tempfile
import threading
import time
from pathlib import Path

import gevent
from gevent.pool import Pool

from devswitch.dialplan import Dialplan, sockets_only
from devswitch.sip.endpoint import SipLimits
from devswitch.sip.switch import SipSettings, SipSwitch
from tests.devswitch.measure import _AGENTS, KEY_MS
from tests.devswitch.scenario_server import Conversation, ScenarioServer
from tests.devswitch.scenarios import Scenario, make_prompts
from tests.devswitch_sip.telephone import Telephone

_AT_ONCE = 6
_ALL_OVER_S = 30.0
_EVENTS = "0123456789*#ABCD"

Measured = dict[str, list[tuple[str, float]]]


class _Caller(threading.Thread):
    """Dials, acts by the scenario's times, hangs up when it is told that all is over."""

    def __init__(self, switch: tuple[str, int], did: str, scenario: Scenario) -> None:
        super().__init__(daemon=True)
        self.connected, self.over = threading.Event(), threading.Event()
        self.began_s = 0.0
        self._phone = Telephone(switch)
        self._did, self._scenario = did, scenario

    def run(self) -> None:
        with self._phone as phone:
            dialling = threading.Thread(target=self._dial, daemon=True)
            dialling.start()
            self.connected.wait(10)
            acts = [(at_ms, key) for at_ms, key in self._scenario.keys]
            if self._scenario.hang_up_ms is not None:
                acts.append((self._scenario.hang_up_ms, ""))
            for at_ms, key in sorted(acts):
                time.sleep(max(0.0, self.began_s + at_ms / 1000 - time.monotonic()))
                if key:
                    self._press(key)
                elif dialling.is_alive():
                    phone.cancel()
                else:
                    phone.hang_up()
            self.over.wait(_ALL_OVER_S)

    def _dial(self) -> None:
        try:
            self._phone.dial(self._did, timeout_s=_ALL_OVER_S)
        except Exception:  # noqa: BLE001 (never answered: the scenario's own business)
            return

    def _press(self, key: str) -> None:
        event, steps = _EVENTS.index(key), KEY_MS // 20
        frames = [struct.pack("!BBH", event, 10, 160 * step) for step in range(1, steps + 1)]
        for frame in [*frames, *[struct.pack("!BBH", event, 0x8A, 160 * steps)] * 3]:
            self._phone._to_send.put((101, frame))


def measure_over_sip(scenarios: list[Scenario]) -> Measured:
    """As tests.devswitch.measure: what came back in each scenario, and the milliseconds it took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_prompts(folder)
        server = ScenarioServer()
        menu = sockets_only(f"127.0.0.1:{server.port}", f"127.0.0.1:{server.port}")
        dids = {scenario.name: f"+1415555{1000 + at}" for at, scenario in enumerate(scenarios)}
        extensions = {name: Dialplan(tuple(actions)) for name, actions in _AGENTS.items()}
        extensions |= dict.fromkeys(dids.values(), menu)
        switch = SipSwitch(SipSettings(("127.0.0.1", 0), "", "", folder, SipLimits()), extensions)
        switch.start()
        replacements = {"$P": name, "$A": f"127.0.0.1:{switch.address[1]}"}
        talks = {scenario.name: Conversation(scenario, replacements) for scenario in scenarios}
        server.conversations = {dids[name]: talk for name, talk in talks.items()}

        def one(scenario: Scenario) -> None:
            talk = talks[scenario.name]
            caller = _Caller(switch.address, dids[scenario.name], scenario)
            caller.start()
            if talk.connected.wait(10):
                caller.began_s = talk.began_s
                caller.connected.set()
                talk.over.wait(_ALL_OVER_S)
            caller.over.set()
            while caller.is_alive():
                gevent.sleep(0.05)

        pool = Pool(_AT_ONCE)
        for scenario in scenarios:
            pool.spawn(one, scenario)
            gevent.sleep(0.1)
        pool.join()
        # Nothing is kept of calls that are over, but refusals that nobody has acknowledged.
        kept = [call_id for uas in switch.endpoint.sides for call_id in uas._last if call_id not in uas._calls]
        assert not kept, kept
        switch.stop()
        server.stop()
    return {
        name: [(happened.what, round(happened.took_ms)) for happened in talk.happened] for name, talk in talks.items()
    }
