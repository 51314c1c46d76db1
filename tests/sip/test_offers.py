"""Offers with more in them than plain audio, an INVITE with Replaces, a malformed From: what becomes of the call."""

from __future__ import annotations

import contextlib
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.helpers import wait_until
from tests.sip.calls import write_tone
from tests.sip.conftest import Switch
from tests.sip.scripted_server import CallEnded, ScriptedServer, gather_argument
from tests.sip.test_signalling import DID, Caller, answered, end, last_final

_AUDIO = ("m=audio {port} RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000")
_FAX = ("m=image 5000 udptl t38", "a=T38FaxVersion:0", "a=T38MaxBitRate:14400")
_VIDEO = ("m=video 5000 RTP/AVP 99", "a=rtpmap:99 H264/90000")
_KEY = "a=crypto:{tag} AES_CM_128_HMAC_SHA1_80 inline:WnD7c1ksDGs+dIefCEo8omPg4uO8DYIinNGL5yxQ"
_KEYS = tuple(_KEY.format(tag=tag) for tag in (1, 2))
_FINGERPRINT = (f"a=fingerprint:sha-256 {':'.join(['AB'] * 32)}", "a=setup:actpass")

# name -> lines of the offer from the first medium on, and the media lines of the answer (up to the formats).
TAKEN: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "fax beside audio": ((*_AUDIO, *_FAX), ["audio", "image 0"]),
    "fax before audio": ((*_FAX, *_AUDIO), ["image 0", "audio"]),
    "two faxes around audio": ((*_FAX, *_AUDIO, *_FAX), ["image 0", "audio", "image 0"]),
    "fax on port 0": ((*_AUDIO, "m=image 0 udptl t38"), ["audio", "image 0"]),
    "fax over TCP": ((*_AUDIO, "m=image 5000 TCP t38"), ["audio", "image 0"]),
    "video before audio": ((*_VIDEO, *_AUDIO), ["video 0", "audio"]),
    "a bundle with video": (("a=group:BUNDLE 0 1", *_AUDIO, "a=mid:0", *_VIDEO, "a=mid:1"), ["audio", "video 0"]),
    "a second audio": ((*_AUDIO, "m=audio 5008 RTP/AVP 8"), ["audio", "audio 0"]),
    "an application": ((*_AUDIO, "m=application 5004 UDP/BFCP *"), ["audio", "application 0"]),
    "messages": (("m=message 5006 TCP/MSRP *", *_AUDIO), ["message 0", "audio"]),
    "optional SRTP": ((*_AUDIO, *_KEYS), ["audio"]),
    "optional SRTP in two places": ((*_AUDIO, _KEYS[0], "a=sendrecv", _KEYS[1]), ["audio"]),
    "optional SRTP as a second audio": ((*_AUDIO, "m=audio 5008 RTP/SAVP 0 101", *_KEYS), ["audio", "audio 0"]),
    "optional DTLS": ((*_AUDIO, *_FINGERPRINT), ["audio"]),
    "optional DTLS for the session": ((*_FINGERPRINT, *_AUDIO), ["audio"]),
    "fax and optional SRTP": ((*_AUDIO, *_KEYS, *_FAX), ["audio", "image 0"]),
    "RTCP on the same port": ((*_AUDIO, "a=rtcp-mux"), ["audio"]),
}


class Offering(Caller):
    """media_lines: the lines of its offer from the first medium on."""

    media_lines: tuple[str, ...] = _AUDIO

    def _offer(self) -> str:
        session = ("v=0", f"o=- 1 {self._cseq} IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0")
        return "".join(f"{line.format(port=self.rtp_port)}\r\n" for line in (*session, *self.media_lines))


def media_of(answer: str) -> list[str]:
    media = [line.removeprefix("m=").split() for line in answer.splitlines() if line.startswith("m=")]
    return [kind if port != "0" else f"{kind} 0" for kind, port, *_ in media]


@pytest.mark.parametrize("name", TAKEN)
def test_audio_flows_and_keys_count_whatever_else_is_offered(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, name: str
) -> None:
    prompt = switch.prompts / "offers.wav"
    write_tone(prompt, 20_000)
    with Offering(switch.sip) as phone:
        phone.media_lines, answer = TAKEN[name]
        call = answered(server, phone, beside)
        assert media_of(last_final(phone).body) == answer
        pressed = beside.submit(call.press, prompt=str(prompt))
        wait_until(lambda: phone.loud_frames >= 25, 5, "the prompt is heard")
        phone.send_event("5")
        assert pressed.result(20) == "5"
        end(call, phone)


@pytest.mark.parametrize(
    "lines",
    [
        _FAX,
        ("m=audio {port} RTP/SAVPF 0 101", _AUDIO[1], *_KEYS),
        ("m=audio 0 RTP/AVP 0",),
        _VIDEO,
    ],
    ids=["only fax", "keys where DTLS is required", "audio on port 0", "only video"],
)
def test_offer_without_audio_we_can_have_gets_488(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, lines: tuple[str, ...]
) -> None:
    with Offering(switch.sip) as phone:
        phone.media_lines = lines
        status = beside.submit(phone.dial, DID)
        # FreeSWITCH looks at some offers when our server answers, at others before.
        with contextlib.suppress(TimeoutError, CallEnded):
            server.take_call(0.5).execute("answer")
        assert status.result(20) == 488


# -- Replaces -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offers", [True, False])
def test_replaces_has_nothing_of_the_call_it_names_and_leaves_it_alone(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, offers: bool
) -> None:
    prompt = switch.prompts / "replaces.wav"
    write_tone(prompt, 20_000)
    with Caller(switch.sip) as victim, Caller(switch.sip) as thief:
        call = answered(server, victim, beside)
        pressed = beside.submit(call.execute, "play_and_get_digits", gather_argument(15_000, str(prompt)))
        wait_until(lambda: victim.loud_frames > 5, 5, "the prompt is heard")
        thief.offers = offers
        status = thief.dial(DID, {"Replaces": f"{victim._call_id};to-tag=a;from-tag=b"})
        if status == 200:  # without an offer, FreeSWITCH finds that there is no codec only at the ACK
            assert thief.far_side_hung_up.wait(20)
        else:
            assert status in (481, 488)
        assert not server.is_called(within_s=0.2)
        heard = victim.loud_frames
        wait_until(lambda: victim.loud_frames > heard + 10, 5, "the victim still hears the prompt")
        assert thief.loud_frames == 0
        victim.send_event("5")
        pressed.result(20)
        assert call.getvar("key") == "5"
        end(call, victim)


def test_replaces_of_an_agents_call_is_refused_and_the_talk_goes_on(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    prompt = switch.prompts / "replaces.wav"
    write_tone(prompt, 20_000)
    with Caller(switch.sip) as victim, Caller(switch.sip) as thief:
        call = answered(server, victim, beside)
        call.execute("set", "continue_on_fail=true")
        call.begin("bridge", f"sofia/digitree/{DID}@{switch.sip[0]}:{switch.sip[1]}")
        agent = server.take_call()
        agent.execute("answer")
        agent.begin("playback", str(prompt))
        wait_until(lambda: victim.loud_frames > 5, 5, "the agent is heard")
        for call_id in (victim._call_id, agent.channel["variable_sip_call_id"]):
            assert thief.dial(DID, {"Replaces": f"{call_id};to-tag=a;from-tag=b"}) in (481, 488)
        heard = victim.loud_frames
        wait_until(lambda: victim.loud_frames > heard + 10, 5, "the agent is still heard")
        victim.hang_up()


def test_replaces_of_no_call_gets_481(switch: Switch, server: ScriptedServer) -> None:
    with Caller(switch.sip) as phone:
        assert phone.dial(DID, {"Replaces": "nobody;to-tag=a;from-tag=b"}) == 481
        assert not server.is_called(within_s=0.1)


# -- From ---------------------------------------------------------------------------------------------------------


class From(Caller):
    """address: its From, without the tag."""

    address = ""

    def _request(self, *args: object, **more: object) -> None:
        number, ip = f"<sip:{self.number}@", self.ip
        real = self._sip

        class Rewriting:
            def __getattr__(self, name: str) -> object:
                return getattr(real, name)

            @staticmethod
            def sendto(data: bytes, to: tuple[str, int]) -> None:
                real.sendto(data.replace(f"From: {number}{ip}>".encode(), f"From: {self.address}".encode()), to)

        self._sip = Rewriting()  # type: ignore[assignment]
        try:
            super()._request(*args, **more)  # type: ignore[arg-type]
        finally:
            self._sip = real


@pytest.mark.parametrize(
    "address",
    [
        "",
        "<sip:>",
        "<sip:a@>",
        "<sip:{x}@127.0.0.1>",
        "<sip:a@{x}>",
        "<sip:${x}@127.0.0.1>",
        '"x <sip:a@127.0.0.1>',
        "{x} <sip:a@127.0.0.1>",
        "sip:a b@127.0.0.1",
    ],
)
def test_malformed_from_gets_400(switch: Switch, server: ScriptedServer, address: str) -> None:
    with From(switch.sip) as phone:
        phone.address = address
        assert phone.dial(DID) == 400
        assert not server.is_called(within_s=0.1)


def test_variable_in_a_callers_name_is_text_and_no_trouble(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    before = len(switch.log.read_text())
    with From(switch.sip) as phone:
        phone.address = '"${system(id)}" <sip:+14805551234@127.0.0.1>'
        call = answered(server, phone, beside)
        assert call.channel["Caller-Caller-ID-Number"] == "+14805551234"
        assert "uid=" not in "".join(call.channel.values())
        end(call, phone)
    assert not re.search("CRIT|ERR|WARN", switch.log.read_text()[before:])
