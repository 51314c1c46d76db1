"""Calls that are made on a real FreeSWITCH (once, by `measure`) and on the development switch (in every test run).

A scenario is what our server writes, write after write (each waits for the answers to the one before), and what the
caller does. `$P` stands for the folder of prompts, `$A` for the host and port where agents live.
"""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

# Instead of commands: close the connection, with or without goodbye. What was written before is not waited for.
CLOSE, RESET = "<close>", "<reset>"
Write = str | int  # commands, or milliseconds to wait


@dataclass(frozen=True)
class Scenario:
    name: str
    writes: tuple[Write, ...]
    keys: tuple[tuple[int, str], ...] = ()  # (ms since the call came in, key)
    hang_up_ms: int | None = None
    within_ms: int = 50  # how far the times may be apart
    in_real_time: bool = False  # for waits of the call server during which the switch's time goes on
    second: tuple[Write, ...] = ()  # what is written when the switch connects once more


def run(app: str, arg: str = "") -> str:
    return f"sendmsg\ncall-command: execute\nexecute-app-name: {app}\nexecute-app-arg: {arg}\n\n"


def get(*names: str) -> str:
    return "".join(f"getvar {name}\n\n" for name in names)


def sets(*pairs: str) -> str:
    return "".join(run("set", pair) for pair in pairs)


ANSWER = "linger 2\n\n" + run("answer")
BYE = run("hangup")
PLAYED = get("current_application_response")
GATHERED = get("v", "v_invalid", "read_result", "read_terminator_used")
SILENCE = "silence_stream://50"


def gather(*words: object) -> str:
    return run("play_and_get_digits", " ".join(str(word) for word in words)) + GATHERED


def play(file: str) -> str:
    return run("playback", file) + PLAYED


ONE, TWO, SHORT, NONE = "$P/one.wav", "$P/two.wav", "$P/short.wav", "$P/no_such.wav"
ASK = (ONE, SILENCE, "v", "^[19]$")
ANY = (ONE, SILENCE, "v", "^[0-9]+$")
FILES = get("playback_ms", "playback_seconds", "playback_samples")

_PLACE = "${uuid_setvar(${uuid} w a;b:c,d)}"
_STRING = "file_string://silence_stream://150"
_MESSAGES = f"file_string://{ONE}!{TWO}!silence_stream://10"
_NO_DIGITS = (0, 0, 1, 1000, "none")
_SHORTLY = f"file_string://{SHORT}!silence_stream://10"
_AFTER_SILENCE = (1, 1, 1, 2000, "none", f"{_STRING}!{ONE}")

_PLAYBACKS = [
    Scenario(
        "a_prompt_is_played_in_whole_frames",
        (ANSWER, play("$P/odd.wav") + FILES + get("playback_last_offset_pos"), BYE),
    ),
    Scenario(
        "keys_during_playback_are_lost",
        (ANSWER, play(TWO) + get("playback_terminator_used"), gather(1, 1, 1, 1000, "#", *ASK), BYE),
        keys=((500, "1"),),
    ),
    Scenario("star_ends_a_playback", (ANSWER, play(TWO) + get("playback_terminator_used"), BYE), keys=((500, "*"),)),
    Scenario(
        "star_is_lost_with_no_terminators",
        (ANSWER, sets("playback_terminators=none") + play(TWO) + get("playback_terminator_used"), BYE),
        keys=((500, "*"),),
    ),
    Scenario(
        "any_key_ends_a_playback_if_so_set",
        (ANSWER, sets("playback_terminators=any") + play(TWO) + get("playback_terminator_used") + FILES, BYE),
        keys=((500, "7"),),
    ),
    Scenario(
        "damaged_files",
        (ANSWER, *(play(f"$P/{name}.wav") for name in ("junk", "cut", "head", "empty", "wide")), BYE),
    ),
    Scenario(
        "names_without_a_folder_or_an_ending",
        (ANSWER, play("$P/plain"), play("$P/one"), play("one.wav"), play(""), play("silence_stream://0"), BYE),
    ),
    Scenario(
        "file_string_begins_with_silence_and_leaves_out_what_is_missing",
        (
            ANSWER,
            play(f"file_string://{ONE}!{NONE}!{SHORT}"),
            play(f"file_string://{NONE}!{ONE}"),
            play(f"file_string://{NONE}"),
            BYE,
        ),
    ),
    Scenario(
        "a_key_ends_a_message_and_its_question_and_is_the_first_digit",
        (ANSWER, gather(1, 4, 1, 1000, "none", f"{_MESSAGES}!{ONE}", SILENCE, "v", "^[0-9]+$", 600), BYE),
        keys=((700, "4"), (1000, "7"), (1300, "1")),
    ),
    Scenario(
        "without_a_key_message_and_question_are_heard_to_their_end",
        (ANSWER, gather(1, 1, 1, 1000, "none", f"{_SHORTLY}!{SHORT}", SILENCE, "v", "."), BYE),
    ),
    Scenario(
        "of_a_gather_of_no_digits_a_key_ends_the_files_and_is_told",
        (ANSWER, gather(*_NO_DIGITS, _MESSAGES, SILENCE, "v", "."), gather(1, 1, 1, 1000, "none", *ANY), BYE),
        keys=((700, "4"), (900, "7")),
    ),
    Scenario(
        "a_gather_of_no_digits_waits_for_none",
        (ANSWER, gather(*_NO_DIGITS, SHORT, SILENCE, "v", "."), BYE),
    ),
    Scenario(
        "tones",
        (
            ANSWER,
            play("tone_stream://%(200,200,440);loops=2"),
            play("tone_stream://%(100,50,440)"),
            play("tone_stream://L=2;%(100,50,440);%(30,0,500)"),
            play("tone_stream://%(330,15,950);%(330,15,1400);%(330,1000,1800);loops=2"),
            BYE,
        ),
    ),
]

_QUEUES = [
    Scenario(
        "a_key_ends_a_sleep_and_stays_queued",
        (ANSWER, run("sleep", "1000") + gather(1, 1, 1, 1000, "#", *ASK), BYE),
        keys=((300, "1"),),
    ),
    Scenario(
        "a_flush_empties_what_a_sleep_has_read",
        (ANSWER, run("sleep", "1000") + run("flush_dtmf") + gather(1, 1, 1, 1000, "#", *ASK), BYE),
        keys=((300, "1"),),
    ),
    Scenario(
        "a_flush_does_not_see_a_key_pressed_while_nothing_ran",
        (ANSWER, 1200, run("flush_dtmf") + gather(1, 1, 1, 1000, "#", *ASK), BYE),
        keys=((300, "1"),),
    ),
    Scenario(
        "a_playback_eats_a_key_pressed_while_nothing_ran",
        (ANSWER, 1200, play(ONE) + gather(1, 1, 1, 1000, "#", *ASK), BYE),
        keys=((300, "1"),),
    ),
    Scenario(
        "three_keys_pressed_while_nothing_ran_answer_two_gathers",
        (ANSWER, 2000, gather(1, 2, 1, 1000, "#", *ANY) + gather(1, 1, 1, 1000, "#", *ANY), BYE),
        keys=((300, "1"), (700, "2"), (1100, "3")),
    ),
]

_GATHERS = [
    Scenario("a_key_cuts_in", (ANSWER, gather(1, 1, 1, 2000, "#", *ASK), BYE), keys=((400, "9"),)),
    Scenario("a_key_after_the_prompt", (ANSWER, gather(1, 1, 1, 2000, "#", *ASK), BYE), keys=((1700, "9"),)),
    Scenario("no_key", (ANSWER, gather(1, 1, 1, 1200, "#", *ASK), BYE)),
    Scenario("a_wrong_key", (ANSWER, gather(1, 1, 1, 2000, "#", *ASK), BYE), keys=((400, "5"),)),
    Scenario(
        "hash_ends_the_digits",
        (ANSWER, gather(1, 4, 1, 2000, "#", *ANY, 1500), BYE),
        keys=((300, "1"), (700, "2"), (1100, "#")),
    ),
    Scenario("hash_alone", (ANSWER, gather(1, 4, 1, 1500, "#", *ANY, 1500), BYE), keys=((300, "#"),)),
    Scenario("hash_alone_for_one_digit", (ANSWER, gather(1, 1, 1, 1500, "#", *ANY), BYE), keys=((300, "#"),)),
    Scenario(
        "none_frees_the_hash",
        (ANSWER, gather(1, 1, 1, 1500, "none", ONE, SILENCE, "v", "^[*#]$"), BYE),
        keys=((300, "#"),),
    ),
    Scenario(
        "the_time_between_digits",
        (ANSWER, gather(1, 4, 1, 3000, "#", *ANY, 1200), BYE),
        keys=((300, "1"), (700, "2")),
    ),
    Scenario("no_digit_is_enough", (ANSWER, gather(0, 2, 1, 1000, "#", ONE, SILENCE, "v", "^[0-9]*$"), BYE)),
    Scenario("too_few_digits", (ANSWER, gather(3, 4, 1, 1000, "#", *ANY, 1200), BYE), keys=((300, "1"),)),
    Scenario("less_than_a_second_is_a_second", (ANSWER, gather(1, 1, 1, 200, "#", SHORT, SILENCE, "v", "."), BYE)),
    Scenario(
        "three_tries",
        (ANSWER, gather(1, 1, 3, 1000, "#", SHORT, SHORT, "v", "^[19]$"), BYE),
        keys=((1800, "1"),),
    ),
    Scenario(
        "a_key_during_the_invalid_prompt_answers_the_next_try",
        (ANSWER, gather(1, 1, 2, 1000, "#", ONE, ONE, "v", "^[19]$"), BYE),
        keys=((300, "5"), (900, "9")),
    ),
    Scenario(
        "the_expression_is_not_anchored",
        (ANSWER, gather(1, 3, 1, 1000, "#", ONE, SILENCE, "v", "[19]", 1000), BYE),
        keys=((300, "5"), (700, "9")),
    ),
    Scenario(
        "no_prompt", (ANSWER, gather(1, 1, 1, 1500, "#", "silence", SILENCE, "v", "."), BYE), keys=((400, "9"),)
    ),
    Scenario("no_expression", (ANSWER, gather(1, 1, 1, 1500, "#", ONE, SILENCE, "v"), BYE), keys=((400, "4"),)),
    Scenario("a_missing_prompt", (ANSWER, gather(1, 1, 1, 2000, "#", NONE, SILENCE, "v", "."), BYE)),
    Scenario("an_empty_prompt", (ANSWER, gather(1, 1, 1, 1000, "#", "$P/empty.wav", SILENCE, "v", "."), BYE)),
    Scenario("a_missing_invalid_prompt", (ANSWER, gather(1, 1, 1, 1000, "#", SHORT, NONE, "v", "."), BYE)),
    Scenario(
        "a_gather_before_the_answer",
        (
            "linger 2\n\n" + gather(1, 1, 1, 1000, "#", *ASK) + get("endpoint_disposition"),
            run("answer") + get("endpoint_disposition"),
            BYE,
        ),
        keys=((300, "1"),),
    ),
]

_HANGUPS = [
    Scenario(
        "hung_up_while_nothing_ran",
        (ANSWER, 1500, get("v", "sip_hangup_disposition") + sets("v=1") + get("v") + play(ONE)),
        hang_up_ms=600,
        in_real_time=True,
    ),
    Scenario("hung_up_in_a_playback", (ANSWER, play(TWO) + get("hangup_cause")), hang_up_ms=700),
    Scenario("hung_up_without_linger", (run("answer"), play(TWO) + get("v")), hang_up_ms=700),
    Scenario("hung_up_in_the_prompt", (ANSWER, gather(1, 1, 1, 3000, "#", *ASK)), hang_up_ms=700),
    Scenario("hung_up_in_the_wait", (ANSWER, gather(1, 1, 1, 3000, "#", *ASK)), hang_up_ms=1500),
    Scenario(
        "hung_up_between_digits",
        (ANSWER, gather(1, 4, 1, 3000, "#", *ANY, 2000)),
        keys=((300, "1"),),
        hang_up_ms=900,
    ),
    Scenario("hung_up_in_a_sleep", (ANSWER, run("sleep", "2000") + get("v")), hang_up_ms=700),
    Scenario("we_hang_up_and_ask_on", (ANSWER, sets("v=1") + BYE + get("v", "hangup_cause") + run("answer"))),
]

_COMMANDS = [
    Scenario("exit_goes_on_with_the_next_action", (ANSWER + sets("v=1") + "exit\n\n",), second=(get("v"), BYE)),
    Scenario(
        "variables_in_arguments",
        (
            ANSWER,
            sets("a=x${caller_id_number}y${nope}z") + get("a"),
            sets("b=it\\'s \\$ \\\\ $ $$ \\n") + get("b"),
            sets("c=${b}") + get("c"),
            sets("d=${caller_id_number:1:4}", "e=${caller_id_number:-4}") + get("d", "e"),
            sets("h=a,b", "i,j", "k") + get("h", "i", "k"),
            run("multiset", "l=1 m=2") + run("multiset", "^^:n=1 2:o=2") + get("l", "m", "n", "o"),
            run("unset", "n") + get("n"),
            BYE,
        ),
    ),
    Scenario(
        "exports",
        (
            ANSWER,
            run("export", "q=1") + get("q", "export_vars"),
            run("export", "nolocal:r=2") + get("r", "nolocal:r", "export_vars"),
            run("export", "q=3") + get("q", "export_vars"),
            BYE,
        ),
    ),
    Scenario(
        "odd_commands",
        (
            "linger 2\n\n",
            "sendmsg abc\ncall-command: execute\nexecute-app-name: answer\n\n",
            "sendmsg\ncall-command: nonsense\n\n",
            "sendmsg\nexecute-app-name: answer\n\n",
            "bogus\n\n",
            "getvar\n\n",
            "\r\n\nGETVAR caller_id_number\r\n\r\n",
            "sendmsg\ncall-command: execute\nexecute-app-name: ANSWER\nfoo: bar\n\n",
            get("endpoint_disposition"),
            "linger\n\n",
            "nolinger\n\n",
            "linger 2\n\n",
            "sendmsg\ncall-command: hangup\nhangup-cause: USER_BUSY\n\n",
        ),
    ),
    Scenario(
        "loops_and_a_body",
        (
            ANSWER,
            f"sendmsg\ncall-command: execute\nexecute-app-name: playback\nexecute-app-arg: {ONE}\nloops: 2\n\n",
            "sendmsg\ncall-command: execute\nexecute-app-name: set\ncontent-type: text/plain\ncontent-length: 9"
            "\n\nv=in_body" + get("v"),
            BYE,
        ),
    ),
    Scenario(
        "api_commands_in_the_argument_of_a_gather",
        (
            "linger 2\n\napi uuid_answer nobody\n\n",
            ANSWER,
            run("sleep", "600"),
            gather(1, 1, 1, 2000, "none", ONE, SILENCE, "v", ".", f"'2000{_PLACE}${{uuid_flush_dtmf(${{uuid}})}}'")
            + get("w"),
            BYE,
        ),
        keys=((300, "9"), (1200, "5")),
    ),
    Scenario(
        "a_key_in_the_silence_before_a_prompt",
        (ANSWER, gather(*_AFTER_SILENCE, SILENCE, "v", ".", 2000), BYE),
        keys=((200, "5"),),
    ),
    Scenario(
        "a_key_in_the_prompt_after_the_silence",
        (ANSWER, gather(*_AFTER_SILENCE, SILENCE, "v", ".", 2000), BYE),
        keys=((700, "5"),),
    ),
    Scenario(
        "after_the_silence_it_listens_even_without_a_file",
        (ANSWER, gather(*_AFTER_SILENCE[:-1], f"{_STRING}!{NONE}", SILENCE, "v", ".", 2000), BYE),
    ),
    Scenario("a_long_value_is_cut", (ANSWER, sets("v=" + "0123456789" * 60) + get("v"), BYE)),
    Scenario("an_unknown_application_hangs_up", (ANSWER, run("no_such_app", "x") + get("v"))),
    Scenario("an_unknown_cause_hangs_up", (ANSWER, run("hangup", "NO_SUCH_CAUSE") + get("v"))),
    Scenario("refused_by_status", (run("respond", "503") + get("v"),)),
    Scenario("refused_by_cause", ("linger 2\n\n", run("hangup", "user_busy") + get("v"))),
    Scenario("respond_after_the_answer_hangs_up", (ANSWER, run("respond", "404") + play(SHORT))),
    Scenario("respond_without_a_number_refuses", ("linger 2\n\n", run("respond", "hello") + get("v"))),
    Scenario(
        "respond_180_goes_on",
        ("linger 2\n\n", run("respond", "180") + run("answer") + get("endpoint_disposition"), BYE),
    ),
    Scenario(
        "a_server_that_closes",
        (ANSWER, run("playback", TWO) + sets("v=2"), 300, CLOSE),
        within_ms=150,
        second=(get("v"), BYE),
    ),
    Scenario(
        "a_server_that_is_killed",
        (ANSWER, run("playback", TWO) + sets("v=2"), 300, RESET),
        within_ms=150,
        second=(get("v"), BYE),
    ),
    Scenario(
        "a_server_that_dies_in_a_gather",
        (ANSWER, sets("w=here") + gather(1, 1, 1, 2000, "#", *ASK), 300, RESET),
        keys=((900, "9"),),
        within_ms=150,
        second=(get("v", "w"), BYE),
    ),
]

BRIDGED = get(
    "originate_disposition",
    "last_bridge_hangup_cause",
    "last_bridge_proto_specific_hangup_cause",
    "bridge_hangup_cause",
    "originate_failed_cause",
    "DIALSTATUS",
    "last_bridge_to",
    "originate_causes",
    "last_bridge_role",
    "sip_hangup_disposition",
    "endpoint_disposition",
)
STAY = ("continue_on_fail=true", "hangup_after_bridge=false")


def bridging(
    name: str,
    dialled: str,
    *before: str,
    variables: str = "originate_timeout=2",
    keys: tuple[tuple[int, str], ...] = (),
    hang_up_ms: int | None = None,
    within_ms: int = 50,
) -> Scenario:
    bridge = run("bridge", f"{{{variables}}}{dialled}")
    return Scenario(
        f"bridge_{name}", (ANSWER, sets(*before) + bridge + BRIDGED + play(SHORT), BYE), keys, hang_up_ms, within_ms
    )


def to(user: str) -> str:
    return f"sofia/external/{user}@$A"


DEAD = "sofia/external/x@127.0.0.1:1"
# A time-out counts seconds of the clock as they turn.
A_SECOND = 1050

_BRIDGES = [
    bridging("the_agent_hangs_up", to("agent"), *STAY),
    bridging("the_agent_hangs_up_and_so_do_we", to("agent"), "hangup_after_bridge=true"),
    bridging("the_caller_hangs_up", to("agent_stays"), *STAY, hang_up_ms=1500),
    bridging("keys_go_to_the_agent", to("agent"), *STAY, keys=((800, "1"), (1200, "2"))),
    bridging("busy", to("busy"), *STAY),
    bridging("declined", to("decline"), *STAY),
    bridging("not_found", to("not_found"), *STAY),
    bridging("dead_port", DEAD, *STAY),
    bridging("rings_on", to("ring"), *STAY, within_ms=A_SECOND),
    bridging("mute", to("mute"), *STAY, within_ms=A_SECOND),
    bridging(
        "no_progress",
        to("mute"),
        *STAY,
        variables="originate_timeout=8,leg_progress_timeout=2",
        within_ms=A_SECOND,
    ),
    bridging(
        "no_progress_in_all",
        to("mute"),
        *STAY,
        variables="originate_timeout=8,progress_timeout=2",
        within_ms=A_SECOND,
    ),
    bridging(
        "progress_in_time",
        to("ring"),
        *STAY,
        variables="originate_timeout=3,leg_progress_timeout=1",
        within_ms=A_SECOND,
    ),
    bridging("the_leg_has_a_limit", to("ring"), *STAY, variables="leg_timeout=2", within_ms=A_SECOND),
    bridging("other_delimiter", to("ring"), *STAY, variables="^^:originate_timeout=2:x=1,2", within_ms=A_SECOND),
    bridging("the_caller_gives_up", to("ring"), *STAY, hang_up_ms=1100, variables="originate_timeout=8"),
    bridging("a_key_while_it_rings", to("ring"), *STAY, keys=((500, "1"),), within_ms=A_SECOND),
    bridging("error_endpoint", "error/USER_BUSY", *STAY),
    bridging("garbage", "garbage", *STAY),
    bridging("nobody", "", *STAY),
    bridging("dead_port_hangs_up_by_default", DEAD),
    bridging("busy_hangs_up_by_default", to("busy")),
    bridging("no_answer_goes_on_by_default", to("ring"), within_ms=A_SECOND),
    bridging("goes_on_for_listed_causes", to("busy"), "continue_on_fail=USER_BUSY,NO_ANSWER"),
    bridging("goes_on_for_listed_numbers", to("busy"), "continue_on_fail=17"),
    bridging("does_not_go_on_for_others", to("decline"), "continue_on_fail=USER_BUSY"),
    bridging("one_after_the_other", f"{DEAD}|{to('agent')}", *STAY),
    bridging("both_at_once", f"{to('ring')},{to('agent')}", *STAY),
    Scenario("bridge_before_the_answer", ("linger 2\n\n" + run("bridge", to("agent")) + BRIDGED, BYE)),
]

SCENARIOS = [*_PLAYBACKS, *_QUEUES, *_GATHERS, *_HANGUPS, *_COMMANDS, *_BRIDGES]


def make_prompts(folder: Path) -> None:
    """The prompts the scenarios speak of: whole ones, and damaged ones."""
    for name, length_ms, rate in (
        ("one", 1000, 8000),
        ("two", 2000, 8000),
        ("odd", 1013, 8000),
        ("short", 130, 8000),
        ("empty", 0, 8000),
        ("wide", 1000, 16000),
    ):
        with wave.open(str(folder / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(b"\x10\x20" * (rate * length_ms // 1000))
    whole = (folder / "two.wav").read_bytes()
    (folder / "junk.wav").write_bytes(b"this is no sound at all, whatever its name")
    (folder / "cut.wav").write_bytes(whole[: 44 + 8000])
    (folder / "head.wav").write_bytes(whole[:20])
    (folder / "plain").write_bytes(whole)
