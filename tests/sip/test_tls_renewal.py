"""A renewed certificate on FreeSWITCH: it is in service after the last call, which it does not end."""

from __future__ import annotations

import asyncio
import ssl
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from ivr.clients import switch as event_socket
from ivr.secrets import event_password
from ivr.settings import Settings, split_host_port
from launcher.child_process import ChildProcess
from launcher.output import Output
from launcher.services import SWITCH, Stack
from launcher.supervisor import Supervisor
from launcher.tls_renewal import TlsRenewal
from tests.certificates import Authority
from tests.helpers import wait_until
from tests.ports import free_address
from tests.sip.conftest import Switch
from tests.sip.scripted_server import ScriptedServer
from tests.sip.test_signalling import DID, Telephone, answered, end

_LOOK_S = (0.2, 0.2)


class Renewing:
    """FreeSWITCH under a supervisor, with a certificate of its own in files."""

    def __init__(self, home: Path, program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._directory = home.parent
        self._root = Authority("root")
        files = self._root.write(self._directory, "ivr.example", days=0.5)
        self.key = files.key
        for name, value in (
            ("DIGITREE_HOME", home),
            ("DIGITREE_SIP", free_address()),
            ("DIGITREE_ESL", free_address()),
            ("DIGITREE_FS_EVENT", free_address()),
            ("DIGITREE_SIP_TLS", split_host_port(free_address())[1]),
            ("DIGITREE_TLS_CERT", files.certificate),
            ("DIGITREE_TLS_KEY", files.key),
        ):
            monkeypatch.setenv(name, str(value))
        self.settings = Settings()
        self.sip = split_host_port(self.settings.sip)
        self._service = Stack(self.settings, frozenset({SWITCH}), {}, program, None, None).service(SWITCH)
        self._shown = StringIO()
        self.output = Output(console=Console(file=self._shown, soft_wrap=True))

    def renew(self) -> None:
        self._root.write(self._directory, "ivr.example")

    def served(self) -> str:
        """Empty while FreeSWITCH does not listen."""
        try:
            return ssl.get_server_certificate((self.sip[0], int(self.settings.sip_tls)), timeout=20)
        except OSError:
            return ""

    def wait_for_line(self, text: str) -> None:
        wait_until(lambda: text in self._shown.getvalue(), 20, text)

    def times_said(self, text: str) -> int:
        return self._shown.getvalue().count(text)

    def start(self, supervisor: Supervisor) -> ChildProcess:
        freeswitch = supervisor.add(self._service)
        supervisor.beside(TlsRenewal(self.settings, freeswitch, self.output, _LOOK_S).watch())
        return freeswitch


@pytest.fixture
def renewing(home: Path, freeswitch_program: Path, monkeypatch: pytest.MonkeyPatch) -> Renewing:
    return Renewing(home, freeswitch_program, monkeypatch)


def test_a_renewed_certificate_is_served_after_the_last_call_which_lives_on(renewing: Renewing) -> None:
    def use() -> None:
        old, good_key = renewing.served(), renewing.key.read_text()
        with (
            ScriptedServer(split_host_port(renewing.settings.esl)) as server,
            Telephone(renewing.sip) as phone,
            ThreadPoolExecutor(1) as beside,
        ):
            call = answered(server, phone, beside)
            renewing.key.write_text(good_key[:100])
            renewing.wait_for_line("FreeSWITCH keeps what it has")
            renewing.renew()
            renewing.wait_for_line("ends within 24 hours: have it refuse new calls")
            assert call.execute("playback", "silence_stream://500").startswith("+OK")
            assert not phone.far_side_hung_up.is_set()
            assert renewing.served() == old
            end(call, phone)
        renewing.wait_for_line("FreeSWITCH has no calls: it is restarted")
        wait_until(lambda: renewing.served() not in ("", old), 20, "the renewed certificate is served")

    async def run() -> None:
        supervisor = Supervisor(renewing.output)
        freeswitch = renewing.start(supervisor)
        try:
            await freeswitch.wait_ready()
            await asyncio.to_thread(use)
        finally:
            freeswitch.kill()
            await freeswitch.wait_ended()

    asyncio.run(run())
    assert renewing.times_said("FreeSWITCH keeps what it has") == 1
    assert renewing.times_said("it is restarted with") == 1


@pytest.fixture
def console(switch: Switch) -> event_socket.Switch:
    settings = Settings().model_copy(update={"home": switch.prompts.parent})
    return event_socket.Switch("{}:{}".format(*switch.event), lambda: event_password(settings), 20)


def test_only_a_switch_without_channels_is_closed_to_new_calls(
    switch: Switch, console: event_socket.Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Telephone(switch.sip) as phone:
        call = answered(server, phone, beside)
        assert console.count_channels() == 1
        assert not console.close_if_idle()
        with Telephone(switch.sip) as second:
            end(answered(server, second, beside), second)
        end(call, phone)
    try:
        wait_until(console.close_if_idle, 20, "the channels are gone")
        with Telephone(switch.sip) as refused:
            assert refused.dial(DID) == 503
    finally:
        console._say("fsctl resume")


def test_a_switch_that_gets_a_call_at_that_moment_stays_open(
    switch: Switch,
    console: event_socket.Switch,
    server: ScriptedServer,
    beside: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts = iter((0, 1))
    monkeypatch.setattr(console, "count_channels", lambda: next(counts))
    assert not console.close_if_idle()
    with Telephone(switch.sip) as phone:
        end(answered(server, phone, beside), phone)
