"""dialplan/digitree.xml in a FreeSWITCH whose dialplan is somebody else's."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ivr.domain.switch_proof import prove
from ivr.secrets import switch_secrets
from ivr.settings import Settings
from launcher.freeswitch import CONFIG_DIR
from tests.helpers import wait_until
from tests.sip.calls import DID, SIGN_S, SIGNS, answered_call, bridge_to, write_tone
from tests.sip.conftest import Switch, running_switch
from tests.sip.phone import Phone
from tests.sip.scripted_server import ScriptedServer
from tests.sip.test_offers import TAKEN, Offering, media_of
from tests.sip.test_signalling import _EVENTS, Caller, last_final

THEIR_DIALPLAN = """<include>
<context name="public">
  <X-PRE-PROCESS cmd="include" data="digitree.xml"/>
  <extension name="theirs"><condition><action application="respond" data="480"/></condition></extension>
</context>
</include>"""


@pytest.fixture(scope="module")
def switch(freeswitch_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switch]:
    home = tmp_path_factory.mktemp("theirs")

    def make_config(settings: Settings) -> Path:
        config = home / "conf"
        shutil.copytree(CONFIG_DIR, config)
        (config / "dialplan.xml").write_text(THEIR_DIALPLAN)
        sofia = (config / "sofia.xml").read_text()
        sofia = sofia.replace('prefs" value="none"', 'prefs" value="PCMU,PCMA"')
        # The shortest there is, so that a test need not wait for four minutes.
        sofia = re.sub(r'"(session-timeout|minimum-session-expires)" value="\d+"', r'"\1" value="90"', sofia)
        (config / "sofia.xml").write_text(sofia)
        ours = (CONFIG_DIR.parent / "digitree.xml").read_text()
        for name, value in (
            ("digitree_esl", settings.esl),
            ("digitree_prompts", str(settings.prompts)),
            ("digitree_media_timeout", "2000"),
            ("digitree_secret", switch_secrets(settings)[0]),
        ):
            ours, replaced = re.subn(rf'data="{name}=[^"]*"', f'data="{name}={value}"', ours)
            assert replaced == 1
        (config / "digitree.xml").write_text(ours)
        return config

    with running_switch(freeswitch_program, home, make_config) as running:
        yield running


def test_our_numbers_reach_our_server_and_all_others_their_dialplan(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Phone(switch.sip) as phone:
        answered_call(server, phone, beside).execute("hangup")
    with Phone(switch.sip) as phone:
        assert phone.dial("+14165550100") == 480


def test_each_channel_proves_to_our_server_that_it_is_of_this_freeswitch(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Phone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        assert call.channel["variable_digitree_proof"] == prove(call.channel["Unique-ID"], switch.secret)
        call.execute("hangup")


def test_call_goes_on_at_the_second_server(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Phone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        call.execute("set", "ivr_state=here")
        call.drop()
        second = server.take_call()
        assert second.channel["variable_ivr_state"] == "here"
        second.execute("hangup")


def test_unanswered_call_without_any_server_gets_503(switch: Switch) -> None:
    with Phone(switch.sip) as phone:
        assert phone.dial("+14155550100") == 503


def test_answered_caller_without_any_server_hears_of_the_trouble(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    write_tone(switch.prompts / "system" / "trouble.wav", 1000)
    with Phone(switch.sip) as phone:
        answered_call(server, phone, beside).drop()
        for _ in range(2 + SIGNS):
            server.take_call().drop()
        assert phone.far_side_hung_up.wait(30)
        phone.catch_up()
        assert phone.loud_frames * 0.02 - SIGNS * SIGN_S == pytest.approx(1.0, abs=0.3)


@pytest.mark.parametrize("name", ["fax before audio", "optional SRTP", "optional DTLS"])
def test_audio_is_agreed_whatever_else_is_offered(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, name: str
) -> None:
    with Offering(switch.sip) as phone:
        phone.media_lines, answer = TAKEN[name]
        call = answered_call(server, phone, beside)
        assert media_of(last_final(phone).body) == answer
        call.execute("hangup")


def test_moment_the_agent_answered_is_kept(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Phone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        answered_us = int(call.getvar("answered_time") or 0)
        done = beside.submit(bridge_to, call, switch, "+14155550199")
        agent = server.take_call()
        agent.execute("answer")
        agent.execute("sleep", "1000")
        agent.execute("hangup")
        done.result(20)
        assert int(call.getvar("answered_time") or 0) > answered_us
        call.execute("hangup")


HOLDS = pytest.mark.parametrize(
    ("line", "c"),
    [("a=sendonly", "IP4 127.0.0.1"), ("a=inactive", "IP4 127.0.0.1"), ("a=sendrecv", "IP4 0.0.0.0")],
)


@HOLDS
def test_caller_on_hold_may_be_silent_until_they_resume(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, line: str, c: str
) -> None:
    with Caller(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        call.begin("playback", "silence_stream://60000")
        assert phone.offers_again("0 101", _EVENTS, line, c=c).status == 200
        phone.mute()
        assert not phone.far_side_hung_up.wait(5)
        assert phone.offers_again("0 101", _EVENTS).status == 200
        assert phone.far_side_hung_up.wait(20)


@HOLDS
def test_talk_goes_on_after_a_hold_longer_than_the_time_out_and_nothing_goes_wrong(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, line: str, c: str
) -> None:
    prompt = switch.prompts / "held.wav"
    write_tone(prompt, 60_000)
    before = len(switch.log.read_text())
    with Caller(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        call.begin("bridge", f"sofia/digitree/{DID}@{switch.sip[0]}:{switch.sip[1]}")
        agent = server.take_call()
        agent.execute("answer")
        agent.begin("playback", str(prompt))
        wait_until(lambda: phone.loud_frames > 5, 20, "the agent is heard")
        assert phone.offers_again("0 101", _EVENTS, line, c=c).status == 200
        phone.mute()
        assert not phone.far_side_hung_up.wait(4)
        heard = phone.loud_frames
        assert phone.offers_again("0 101", _EVENTS).status == 200
        phone.unmute()
        wait_until(lambda: phone.loud_frames > heard + 10, 20, "the agent is heard again")
        phone.hang_up()
    assert "[ERR]" not in switch.log.read_text()[before:]


def test_call_whose_sip_side_is_dead_ends_though_its_sound_goes_on(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    class Dead(Caller):
        """Answers nothing any more once `is_dead`."""

        is_dead = False

        def _reply(self, data: bytes, to: tuple[str, int]) -> None:
            if not self.is_dead:
                super()._reply(data, to)

    with Dead(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        call.begin("playback", "silence_stream://300000")
        phone.is_dead = True
        # Half of the session's 90 s until it is refreshed, and 32 s for the repeated re-INVITE.
        assert phone.far_side_hung_up.wait(120)
        assert phone.received[-1].method == "BYE"
        assert "INVITE" in [message.method for message in phone.received]


def test_caller_whose_sound_stops_is_hung_up(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Phone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        call.begin("playback", "silence_stream://60000")
        assert not phone.far_side_hung_up.wait(3)
        phone.mute()
        assert phone.far_side_hung_up.wait(20)
