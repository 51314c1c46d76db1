"""Whatever a server must not do with a FreeSWITCH fails the call and is named."""

from __future__ import annotations

import pytest

from devswitch.switch import StrictnessError
from tests.devswitch.conftest import Talk
from tests.devswitch.scenarios import BYE, get, run, sets

# No linger: the call is over as soon as somebody hangs up.
LIVE = run("answer")
EXECUTE = "sendmsg\ncall-command: execute\n"


@pytest.mark.parametrize(
    ("write", "named", "reply"),
    [
        ("bogus\n\n", "'bogus' is not a command", "-ERR command not found"),
        ("api status\n\n", "'api status'", "-ERR command not found"),
        ("event plain all\n\n", "'event plain all'", "+OK event listener enabled plain"),
        ("myevents\n\n", "'myevents'", "+OK Events Enabled"),
        ("getvar\n\n", "getvar without a name", "-ERR command not found"),
        ("getvar a\nb: c\n\n", "'getvar a' carries more lines", "-ERR command not found"),
        (f"{EXECUTE}execute-app-name: set\nexecute-app-arg: a=1\nx-injected: y\n\n", "x-injected", "+OK"),
        (f"{EXECUTE}execute-app-name: set\nexecute-app-arg: a=1\nsecond line\n\n", "'second line'", "+OK"),
        ("sendmsg\ncall-command: unicast\n\n", "'unicast'", "+OK"),
        ("sendmsg\ncall-command: nonsense\n\n", "'nonsense'", "+OK"),
        ("sendmsg\nexecute-app-name: answer\n\n", "call-command ''", "+OK"),
        ("sendmsg other-uuid\ncall-command: execute\n\n", "other-uuid", "-ERR invalid session id [other-uuid]"),
        (f"{EXECUTE}execute-app-name: set\nexecute-app-arg: a=1\nasync: true\n\n", "async", "+OK"),
        (run("system", "ls"), "system ls", "+OK"),
        (run("transfer", "1000"), "transfer 1000", "+OK"),
        (run("set", ""), "set without", "+OK"),
        (run("set", "a=${system(id)}"), "${system(id)}", "+OK"),
        (run("playback", "/x/${api id}.wav"), "${api(id)}", "+OK"),
        (run("playback", "say:hello"), "say:", "+OK"),
        (run("playback", ""), "playback without a file", "+OK"),
        (run("sleep", ""), "sleep without a time", "+OK"),
        (run("play_and_get_digits", "1 1 0 1000 # $P/one.wav $P/one.wav v ."), "0 tries", "+OK"),
        (run("play_and_get_digits", "1 1 1 1000 # $P/one.wav $P/one.wav v ["), "not a regular expression", "+OK"),
        (run("play_and_get_digits", "1 1 1 1000 # $P/one.wav $P/one.wav v . 1000 None"), "'None'", "+OK"),
        (run("hangup", "NONSENSE"), "NONSENSE", "+OK"),
        (run("respond", "404"), "respond 404 on an answered call", "+OK"),
        (run("bridge", "garbage"), "garbage", "+OK"),
        (run("bridge", "{a=1sofia/x/y@z"), "{ without }", "+OK"),
        (run("bridge", "{sip_h_X-A b=1}sofia/x/y@z"), "sip_h_X-A b", "+OK"),
        (run("no_such_app"), "'no_such_app' is not an application", "+OK"),
    ],
)
def test_a_fault_is_named_and_answered_as_freeswitch_answers(talk: Talk, write: str, named: str, reply: str) -> None:
    with pytest.raises(StrictnessError) as raised:
        talk.call(LIVE, write, BYE)
    assert named in str(raised.value)
    assert talk.replies[1] == reply


def test_faults_of_the_first_command_are_named(talk: Talk) -> None:
    result = talk.call(LIVE, BYE, strict=False, targets=[talk.address.replace("127.0.0.1", "localhost")])
    assert result.violations == []


def test_an_unstrict_switch_only_keeps_the_list(talk: Talk) -> None:
    result = talk.call(LIVE, "bogus\n\n", BYE, strict=False)
    assert result.violations == ["'bogus' is not a command of FreeSWITCH"]
    assert result.unknown_commands == ["bogus"]


def test_an_api_command_in_an_argument_does_not_run(talk: Talk) -> None:
    result = talk.call(LIVE, sets("a=x${system(id)}y") + get("a"), BYE, strict=False)
    assert talk.replies[2] == "xy"
    assert "would have run" in result.violations[0]


def test_a_variable_in_a_callers_number_is_expanded_like_any_other(talk: Talk) -> None:
    result = talk.call(
        LIVE, sets("a=${caller_id_number}"), BYE, ani="${system(id)}", strict=False
    )
    assert any("system" in violation for violation in result.violations)


def test_linger_needs_a_full_socket(talk: Talk) -> None:
    from devswitch.dialplan import sockets_only

    result = talk.call(
        "linger 5\n\n", BYE, targets=sockets_only(talk.address, full=False), strict=False
    )
    assert talk.replies[0] == "-ERR command not found"
    assert result.violations == ["linger on a socket without `full`"]


def test_a_clean_call_has_no_violations(talk: Talk) -> None:
    assert talk.call(LIVE, run("playback", "$P/one.wav"), BYE).violations == []
