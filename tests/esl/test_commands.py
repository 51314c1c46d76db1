"""Every byte sent to FreeSWITCH: what each command is, and that no text breaks out of its place."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esl_server.switch import bridging, commands
from esl_server.switch.bridging import HeaderName, header_name, header_value
from ivr.domain.agents import Agent, Target
from ivr.domain.errors import EslCommandRefused
from ivr.domain.menu.sent_headers import encoded
from ivr.domain.numbers import E164
from ivr.domain.srtp import Srtp
from ivr.domain.tls_verdicts import TlsVerify

TARGET = Target("sip:sales@192.0.2.10:5060")
AGENT = Agent("sales", (TARGET,))
BREAKS_OUT = ["a b", "a,b", "a}b", "a{b", "${system(id)}", "a\nb", "a'b", 'a"b', "a=b", ""]


def variables_of(dialled: bytes | str) -> dict[str, str]:
    """Those of a dial string without quotes and without lists."""
    text = dialled.decode() if isinstance(dialled, bytes) else "{" + dialled + "}x"
    listed = text[1 : text.rindex("}")]
    return dict(each.split("=", 1) for each in listed.split(","))


# -- what is sent -------------------------------------------------------------------------------------------------


def test_an_application_is_executed_in_the_form_of_the_event_socket() -> None:
    assert commands.execute("playback", "/a.wav") == (
        b"sendmsg\ncall-command: execute\nexecute-app-name: playback\nexecute-app-arg: /a.wav\n\n"
    )
    assert commands.execute("answer").endswith(b"execute-app-name: answer\nexecute-app-arg: \n\n")
    assert commands.playback("/a.wav") == commands.execute("playback", "/a.wav")
    assert commands.set_variable("a_b", "x=1"[:1]) == commands.execute("set", "a_b=x")
    assert commands.getvar("ivr_key_1") == b"getvar ivr_key_1\n\n"
    assert commands.execute("unset", "ivr_order") == commands.FORGET_ORDER
    assert commands.LINGER == b"linger 5\n\n"


@pytest.mark.parametrize(
    ("timeout_s", "waited_ms"), [(5, 5000), (2.5, 2500), (1, 1000), (0.999, 1000), (0.1, 1000), (1.2345, 1234)]
)
def test_a_question_waits_as_long_as_it_says_and_a_second_at_least(timeout_s: float, waited_ms: int) -> None:
    question = commands.gather("/p/a.wav", timeout_s)
    assert question.head == b"1 1 1 %d none /p/a.wav silence_stream://10 " % waited_ms
    assert question.argument(b"ivr_key_1", question.between_ms) == (
        b"1 1 1 %d none /p/a.wav silence_stream://10 ivr_key_1 . %d" % (waited_ms, waited_ms)
    )


@pytest.mark.parametrize(("timeout_s", "between_s"), [(8, 3), (0.5, 1.5), (1.25, 0.25)])
def test_a_row_of_digits_has_a_wait_for_the_first_and_one_between_two(timeout_s: float, between_s: float) -> None:
    row = commands.gather_digits("/p/a.wav", timeout_s, between_s)
    head = b"1 16 1 %d # /p/a.wav silence_stream://10 " % (timeout_s * 1000)
    assert row == (head, b"/p/a.wav", b"%d" % (between_s * 1000))
    assert row.argument(b"k", row.between_ms).endswith(b" k . %d" % (between_s * 1000))


@pytest.mark.parametrize(("status", "refuses"), [(399, False), (400, True), (699, True), (700, False)])
def test_a_call_is_refused_with_a_status_that_refuses(status: int, refuses: bool) -> None:
    if refuses:
        assert commands.respond(status) == commands.execute("respond", str(status))
    else:
        with pytest.raises(EslCommandRefused, match=str(status)):
            commands.respond(status)


def test_headers_are_variables_of_the_channel_and_their_values_encoded() -> None:
    assert header_name("X-IVR-Path") == "sip_h_X-IVR-Path"
    assert header_name("X-IVR_Path") == "sip_h_X-IVR_Path"
    assert header_value("a+b/c:d;e*f~g_h.i-") == "a+b/c:d;e*f~g_h.i-"
    assert header_value("50 %, {x} = ü") == "50%20%25%2C%20%7Bx%7D%20%3D%20%C3%BC"
    assert header_value("") == ""
    assert header_value("a" * 600) == "a" * 600
    assert header_value("a" * 601) == "a" * 600
    assert header_value("ü" * 200) == "%C3%BC" * 100


@given(st.text(max_size=300))
def test_a_chosen_value_has_nothing_that_sip_or_freeswitch_reads(text: str) -> None:
    value = bridging.chosen_value(encoded(text))
    assert re.fullmatch(r"[A-Za-z0-9_.~+/:*%-]*", value)
    assert not re.search(r"%(?:0[0-9A-F]|1[0-9A-F]|7F|C2%[89])", value)


@pytest.mark.parametrize(
    "text", ["${system(id)}", "a,b^^", "!x", "'", "1\r\nVia: x", "../../etc", "\ud800", "a;b=<c>"]
)
def test_chosen_values_like_these_are_only_letters(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_.~+/:*%-]+", bridging.chosen_value(encoded(text)))


@pytest.mark.parametrize("name", ["X-IVR-Path", "X-IVR_Path", "X-A", "Diversion", "User-to-User"])
def test_names_of_headers_that_may_go_along(name: str) -> None:
    assert header_name(name) == f"sip_h_{name}"


@pytest.mark.parametrize("name", ["From", "Via", "X-", "X-a b", "X-IVR_1-", "x-a", "X-" + "a" * 41, "Diversion: x"])
def test_names_of_headers_that_may_not(name: str) -> None:
    with pytest.raises(EslCommandRefused, match=r"^header name not fit"):
        header_name(name)


def test_the_number_dialled_and_the_calls_id_have_the_forms_of_their_rfcs() -> None:
    assert bridging.diversion(E164("+14155550100")) == "<tel:+14155550100>;reason=unconditional"
    assert bridging.user_to_user("call_1") == "0463616c6c5f31;encoding=hex"
    with pytest.raises(EslCommandRefused, match=r"^number not fit"):
        bridging.diversion(E164("+1415555>"))
    with pytest.raises(EslCommandRefused, match=r"^call id not fit"):
        bridging.user_to_user("call_1,")


# -- dialling an agent --------------------------------------------------------------------------------------------


def test_an_agent_is_dialled_with_its_limits() -> None:
    agent = replace(AGENT, ring_s=17, no_progress_s=6, max_talk_s=333, silent_s=0)
    dial = bridging.dial(TARGET, agent, "digitree")
    assert dial.dialled == "sofia/digitree/sales@192.0.2.10:5060"
    assert (dial.ring_s, dial.shows_caller) == (17, False)
    assert variables_of(dial.variables) == {
        "ignore_early_media": "true",
        "originate_timeout": "17",
        "leg_progress_timeout": "6",
        "execute_on_answer": "sched_hangup +333 ALLOTTED_TIMEOUT",
        "api_on_answer": "uuid_jitterbuffer ${uuid} 20:100",
        "api_on_answer_over": "sched_api +2 none uuid_jitterbuffer ${uuid} stop",
        "media_timeout": "20000",
        "media_hold_timeout": "1200000",
        "execute_on_sip_reinvite": "set media_timeout=0",
        "sofia_session_timeout": "1800",
        "hold_music": "silence_stream://-1",
    }
    forever = variables_of(bridging.dial(TARGET, replace(agent, media_timeout_s=0), "digitree").variables)
    assert "media_timeout" not in forever
    assert bridging.dial(TARGET, replace(AGENT, sent=("p_asserted_identity",)), "digitree").shows_caller


@pytest.mark.parametrize("silent_s", [1, 5, 60])
def test_a_silent_agent_is_listened_to_half_a_second_less_than_it_may_be_silent(silent_s: int) -> None:
    found = variables_of(bridging.dial(TARGET, replace(AGENT, silent_s=silent_s), "digitree").variables)
    assert found["ivr_listen_ms"] == str(silent_s * 1000 - 500)
    assert found["ivr_listen_s"] == found["ivr_check_s"] == str(silent_s + 1)
    assert found["execute_on_answer_listen"] == "execute_extension agent-listen"
    assert found["ivr_silent_s"] == str(silent_s)


def test_codecs_are_offered_in_their_order() -> None:
    def offered(*codecs: str) -> str | None:
        variables = bridging.dial(TARGET, replace(AGENT, codecs=codecs), "digitree").variables
        return variables_of(variables).get("absolute_codec_string")

    assert offered() is None
    assert offered("PCMA") == "PCMA"
    assert offered("PCMA", "G722") == "^^:PCMA:G722"
    assert offered("PCMA", "OPUS", "G722") == "^^:PCMA:OPUS:G722"
    with pytest.raises(EslCommandRefused, match=r"^codec not fit"):
        offered("PCMA", "PCMU,a=b")


@pytest.mark.parametrize(("srtp", "mode"), [("off", None), ("optional", "optional"), ("required", "mandatory")])
def test_sound_is_encrypted_as_the_agent_says(srtp: Srtp, mode: str | None) -> None:
    found = variables_of(bridging.dial(TARGET, replace(AGENT, srtp=srtp), "digitree").variables)
    assert found.get("rtp_secure_media_outbound") == mode


@pytest.mark.parametrize(
    ("uri", "dialled"),
    [
        ("sip:a@pbx.example:5061;transport=tls", "a@pbx.example:5061;transport=tls"),
        ("sips:a@pbx.example", "a@pbx.example;transport=tls"),
        ("sips:a@pbx.example:5071;transport=tcp", "a@pbx.example:5071;transport=tls"),
    ],
)
def test_an_address_that_asks_for_tls_is_dialled_over_tls(uri: str, dialled: str) -> None:
    assert bridging.dial(Target(uri), AGENT, "digitree").dialled == f"sofia/digitree/{dialled}"


@pytest.mark.parametrize(
    ("uri", "verify", "route"),
    [
        ("sip:a@pbx.example", "name", None),
        ("sip:a@pbx.example;transport=tcp", "wildcard", None),
        ("sip:a@pbx.example;transport=tls", "name", "sip:pbx.example;transport=tls"),
        ("sips:a@r.pbx.example:5071;transport=tcp", "name", "sip:r.pbx.example:5071;transport=tls"),
        ("sip:r.pbx.example;transport=tls", "wildcard", "sip:*.pbx.example;maddr=r.pbx.example;transport=tls"),
        ("sips:a@R.pbx.example:5071", "wildcard", "sip:*.pbx.example:5071;maddr=R.pbx.example;transport=tls"),
        ("sips:a@[2001:db8::1]", "wildcard", "sip:[2001:db8::1];transport=tls"),
    ],
)
def test_a_call_over_tls_stays_with_the_host_that_is_dialled(uri: str, verify: TlsVerify, route: str | None) -> None:
    dial = bridging.dial(Target(uri), replace(AGENT, tls_verify=verify), "digitree")
    listed = dict(each.split("=", 1) for each in dial.variables.split(","))
    assert listed.get("sip_route_uri") == route


def test_credentials_go_along_only_when_both_are_known() -> None:
    def sent(username: str | None, password: str | None, how: bridging.Passwords = "in_clear") -> set[str]:
        dial = bridging.dial(replace(TARGET, username=username), AGENT, "digitree", password, "digitree_sip_0a")
        made = bridging.bridge(dial, None, {}, bridging.RINGING, again=False, passwords=how)
        listed = made.dialled.decode()[1:].partition("}sofia")[0].split(",")
        return {each for each in listed if each.startswith("sip_auth")}

    assert sent("me", "pass+word") == {"sip_auth_username=me", "sip_auth_password=pass+word"}
    assert sent("me", None) == sent(None, "pass+word") == sent(None, None) == set()
    assert sent("me", "pass+word", "by_name") == {"sip_auth_username=me", "sip_auth_password=${digitree_sip_0a}"}
    assert sent("me", "pass+word", "withheld") == set()


@pytest.mark.parametrize("text", BREAKS_OUT)
def test_a_user_name_or_a_password_alone_that_would_break_out_of_the_dial_string_is_refused(text: str) -> None:
    with pytest.raises(EslCommandRefused, match="credentials"):
        bridging.dial(replace(TARGET, username=text), AGENT, "digitree", "password")
    with pytest.raises(EslCommandRefused, match="credentials"):
        bridging.dial(replace(TARGET, username="me"), AGENT, "digitree", text)


@pytest.mark.parametrize("text", ["sip:a@b c", "sip:a@b,c=d", "tel:+1", "sip:a@b}x", "sip:a@b\n", "sip:${x}@b"])
def test_an_address_that_would_break_out_is_refused(text: str) -> None:
    with pytest.raises(EslCommandRefused, match=r"^not a SIP URI"):
        bridging.dial(Target(text), AGENT, "digitree")


def test_a_bridge_shows_the_callers_number_where_there_is_one() -> None:
    plain = bridging.dial(TARGET, AGENT, "digitree")
    showing = plain._replace(shows_caller=True)
    number = E164("+14805551234")

    def shown(dial: bridging.Dial, ani: E164 | None) -> tuple[str, str, str]:
        made = bridging.bridge(dial, ani, {header_name("X-A"): header_value("1")}, bridging.RINGING, again=True)
        assert made.dialled.endswith(b"}sofia/digitree/sales@192.0.2.10:5060")
        found = variables_of(made.dialled)
        assert found["sip_h_X-A"] == "1"
        return (
            found["origination_caller_id_number"], found["origination_caller_id_name"], found["sip_cid_type"]
        )  # fmt: skip

    assert shown(plain, number) == (number, number, "none")
    assert shown(showing, number) == (number, number, "pid")
    assert shown(plain, None) == shown(showing, None) == ("anonymous", "anonymous", "none")


def test_a_bridge_rings_with_tones_or_a_file_and_keeps_its_limit() -> None:
    dial = bridging.dial(TARGET, AGENT, "digitree")
    ringing = bridging.bridge(dial, None, {}, bridging.RINGING, again=False)
    assert (ringing.ringback, ringing.again, ringing.ring_s) == (b"%(2000,4000,440,480)", False, AGENT.ring_s)
    assert bridging.bridge(dial, None, {}, "/p/music.wav", again=True).ringback == b"/p/music.wav"
    with pytest.raises(EslCommandRefused, match="prompt path"):
        bridging.bridge(dial, None, {}, "/p/../music.wav", again=True)


def test_a_header_that_breaks_out_of_the_dial_string_is_refused() -> None:
    dial = bridging.dial(TARGET, AGENT, "digitree")
    forged = {HeaderName("sip_h_X-A"): bridging.HeaderValue("1}[x")}
    with pytest.raises(EslCommandRefused, match=r"^dial string not fit"):
        bridging.bridge(dial, None, forged, bridging.RINGING, again=False)


# -- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["a.wav", "/a.mp3", "/a b.wav", "/${x}.wav", "/a/../b.wav", "/a\n.wav", "/" + "a" * 401 + ".wav"]
)
def test_a_path_that_is_no_prompts_is_refused(path: str) -> None:
    for command in (commands.playback, lambda each: commands.gather(each, 5)):
        with pytest.raises(EslCommandRefused, match=r"^prompt path not fit for FreeSWITCH"):
            command(path)


@pytest.mark.parametrize("stream", [commands.TONE, commands.RING_PIECE])
def test_the_two_streams_that_are_played_are_no_paths(stream: str) -> None:
    assert commands.playback(stream) == commands.execute("playback", stream)


def test_other_texts_are_refused_by_their_name() -> None:
    with pytest.raises(EslCommandRefused, match=r"^variable name not fit"):
        commands.getvar("A b")
    with pytest.raises(EslCommandRefused, match=r"^variable name not fit"):
        commands.set_variable("a\n", "1")
    with pytest.raises(EslCommandRefused, match=r"^value not fit"):
        commands.set_variable("a", "${x}")
    with pytest.raises(EslCommandRefused, match=r"^profile not fit"):
        bridging.dial(TARGET, AGENT, "a/b")
    assert commands.checked_cause("USER_BUSY") == "USER_BUSY"
    with pytest.raises(EslCommandRefused, match=r"^cause not fit"):
        commands.checked_cause("USER BUSY")
    assert commands.checked_uuid("0198d7a2-1234") == "0198d7a2-1234"
    with pytest.raises(EslCommandRefused, match=r"^channel id not fit"):
        commands.checked_uuid("a\n\nexit")


def test_a_refusal_shows_the_text_and_no_more_than_eighty_characters_of_it() -> None:
    with pytest.raises(EslCommandRefused) as refused:
        commands.checked_uuid("a " * 100)
    assert str(refused.value).endswith(repr("a " * 40))
