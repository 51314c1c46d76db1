"""What a menu means on a call: whole calls through the strict development switch, 40 times as fast as life."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import takewhile

import gevent
import pytest
from gevent import socket as gsocket

from devswitch.caller import CallScript, ScriptedAgent
from devswitch.channel import ChannelNote
from devswitch.dialplan import Dialplan
from devswitch.switch import CallResult, CallSetup, DevSwitch, SwitchCall
from esl_server.call.state import CallState
from esl_server.call.state_text import encode_state
from esl_server.switch.session import Session
from ivr.domain.call_records import Step
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.interpreter import MAX_STEPS
from ivr.domain.menu.moves import Position
from ivr.domain.menu.published import PublishedMenu
from tests.helpers import SWITCH_SECRET
from tests.rig import DID, SECRET, SEED, Rig, running_server

WELCOME, LICENSE, AREA, BYE = (f"{number:032x}" for number in (1, 2, 3, 4))


def switch(rig: Rig, **options) -> DevSwitch:
    return DevSwitch(rig.targets, speed=40, **options)


def call(rig: Rig, keys: str, **setup) -> CallResult:
    agents = setup.pop("agents", None)
    script = setup.pop("script", None) or CallScript.parse(keys)
    result = switch(rig, agents=agents).call(CallSetup(**{"did": DID, "script": script, **setup}), timeout_s=20)
    rig.drained()
    return result


def record(rig: Rig) -> dict:
    (ended,) = rig.records.of("call_ended")
    return ended


def path(rig: Rig) -> list[tuple]:
    return [(step["node"], step["result"], step["key"]) for step in record(rig)["path"]]


def publish(rig: Rig, nodes: dict, **more) -> None:
    seed = rig.menus.menus["ivr_seed01:3"]
    tree = parse_menu({"name": "Changed", "nodes": nodes, **more})
    rig.menus.publish(PublishedMenu("ivr_seed01", 4, tree, seed.prompts), DID)


def test_one_one_one_reaches_the_agent(rig):
    result = call(rig, "1,1,1")
    assert result.prompt_names == [WELCOME, LICENSE, AREA]
    assert result.agent is not None
    assert record(rig)["outcome"] == "transferred"
    assert path(rig) == [
        ("welcome", "key", "1"),
        ("has_license", "key", "1"),
        ("area", "key", "1"),
        ("agent", "action", None),
    ]


def test_the_first_word_is_not_clipped(rig):
    heard = call(rig, "2").heard
    silence = list(takewhile(lambda each: each.is_silence, heard))
    assert sum(each.ended_ms - each.started_ms for each in silence) == 400


def test_the_path_has_the_milliseconds_into_each_question(rig):
    DevSwitch(rig.targets, speed=1).call(
        CallSetup(did=DID, script=CallScript.parse("5@300,1@250,h@100")), timeout_s=20
    )
    rig.drained()
    first, second, third = record(rig)["path"]
    assert third["result"] == "hang_up"
    # No key is there before it was pressed, and no question begins before the one before it has its key.
    assert first["at_ms"] >= 398
    assert first["ms"] >= 298
    assert second["ms"] >= 248
    assert first["at_ms"] + first["ms"] <= second["at_ms"] + 2
    assert second["at_ms"] + second["ms"] <= third["at_ms"] + 2
    assert third["at_ms"] + third["ms"] <= record(rig)["duration_ms"] + 2


def test_the_agent_is_told_who_calls_and_how_he_came(rig):
    headers = call(rig, "1,1,1").agent.headers
    kept = record(rig)
    assert headers["X-IVR-Call-Id"] == kept["call_id"]
    assert headers["X-IVR-Flow"] == "ivr_seed01/3"
    assert headers["X-IVR-Path"] == "welcome%3D1%2Chas_license%3D1%2Carea%3D1"
    assert headers["X-IVR-Caller"] == "+14805551234"
    assert headers["X-IVR-Called"] == DID


def test_nine_opts_out_before_anything_more_is_heard(rig):
    result = call(rig, "9")
    assert [kind for kind, _ in rig.records.written] == ["call_started", "opt_out", "call_ended"]
    (opt_out,) = rig.records.of("opt_out")
    assert (opt_out.number, opt_out.node, opt_out.key, opt_out.did) == ("+14805551234", "welcome", "9", DID)
    assert (opt_out.prompt_file, opt_out.prompt_text) == (f"{WELCOME}.wav", None)
    assert opt_out.event_id == "optout_" + record(rig)["call_id"].removeprefix("call_")
    assert result.prompt_names == [WELCOME, "opted_out"]
    assert record(rig)["outcome"] == "opted_out"


def test_an_opt_out_after_keys_read_out_says_what_was_heard(rig):
    (rig.prompts_dir / f"{WELCOME}.wav").unlink()
    call(rig, "9")
    (opt_out,) = rig.records.of("opt_out")
    assert (opt_out.prompt_file, opt_out.prompt_text) == ("system/keys-19.wav", "Press 1, or 9")


def test_an_opt_out_counts_though_the_caller_hangs_up_at_once(rig):
    call(rig, "9h")
    assert len(rig.records.of("opt_out")) == 1
    assert record(rig)["outcome"] == "opted_out"


def test_an_opt_out_that_no_store_takes_is_told_to_the_caller(rig, caplog):
    rig.records.full = True
    result = call(rig, "9")
    assert result.prompt_names == [WELCOME, "trouble"]
    assert "+14805551234" in caplog.text


def test_third_no_input_says_goodbye_and_hangs_up(rig):
    result = call(rig, "")
    assert result.prompt_names == [WELCOME, WELCOME, WELCOME, "goodbye"]
    assert result.ended_by == "switch"
    assert record(rig)["outcome"] == "no_input"


def test_wrong_key_says_so_and_asks_again(rig):
    result = call(rig, "5,2@200,1,2")
    assert result.prompt_names == [WELCOME, "invalid", WELCOME, "invalid", WELCOME, LICENSE, BYE]
    assert path(rig)[:3] == [("welcome", "no_match", "5"), ("welcome", "no_match", "2"), ("welcome", "key", "1")]


def test_third_wrong_key_is_the_last(rig):
    result = call(rig, "5,*,#")
    assert result.prompt_names[-1] == "goodbye"
    assert record(rig)["outcome"] == "no_match"


def test_a_letter_key_is_neither_a_wrong_key_nor_silence(rig):
    assert "invalid" not in call(rig, "A,9").prompt_names
    assert path(rig)[0] == ("welcome", "key", "9")


def test_failures_count_per_stay_at_a_node_and_start_anew_at_the_next(rig):
    result = call(rig, "-,-,1,-,-,2")
    assert result.ended_by == "switch"
    assert record(rig)["outcome"] == "hung_up"


def test_two_questions_that_lead_to_each_other_on_silence_end_by_the_budget(rig):
    nodes = {
        "a": {"gather": {"1": "end"}, "timeout_node": "b", "timeout_s": 1},
        "b": {"gather": {"1": "end"}, "timeout_node": "a", "timeout_s": 1},
        "end": {"action": "hangup"},
    }
    publish(rig, nodes)
    result = DevSwitch(rig.targets, speed=400).call(CallSetup(did=DID), timeout_s=60)
    rig.drained()
    assert result.gathers == MAX_STEPS
    assert record(rig)["outcome"] == "budget_spent"


def test_star_and_hash_are_ordinary_keys(rig):
    publish(rig, {"a": {"gather": {"*": "b"}}, "b": {"gather": {"#": "end"}}, "end": {"action": "hangup"}})
    call(rig, "*,#")
    assert path(rig) == [("a", "key", "*"), ("b", "key", "#"), ("end", "action", None)]


def test_a_key_to_a_node_that_does_not_exist_is_not_offered(rig):
    nodes = {**SEED["nodes"], "welcome": {"audio": "welcome.wav", "gather": {"1": "has_license", "2": "hours"}}}
    publish(rig, nodes)
    call(rig, "2,1,2")
    assert path(rig)[0] == ("welcome", "no_match", "2")


def test_a_question_without_audio_reads_out_its_keys(rig):
    publish(rig, {"a": {"gather": {"1": "end", "9": "end"}}, "end": {"action": "hangup"}})
    assert call(rig, "1").prompt_names == ["keys-19"]


def test_a_deleted_prompt_is_replaced_by_its_keys(rig):
    (rig.prompts_dir / f"{WELCOME}.wav").unlink()
    result = call(rig, "")
    assert result.prompt_names == ["keys-19"] * 3 + ["goodbye"]


def test_a_truncated_prompt_is_replaced_by_its_keys(rig):
    file = rig.prompts_dir / f"{WELCOME}.wav"
    file.write_bytes(file.read_bytes()[:44])
    assert call(rig, "1,2").prompt_names == ["keys-19", LICENSE, BYE]


def test_with_every_prompt_gone_there_are_tones_and_an_end(rig):
    for file in rig.prompts_dir.rglob("*.wav"):
        file.unlink()
    result = call(rig, "")
    assert result.gathers == 3
    assert result.ended_by == "switch"
    assert record(rig)["outcome"] == "no_input"


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (ScriptedAgent.busy(), "busy"),
        (ScriptedAgent.declining(), "declined"),
        (ScriptedAgent.unreachable(), "unreachable"),
        (ScriptedAgent.ringing(), "no_answer"),
    ],
)
def test_an_agent_who_does_not_answer_means_an_apology_and_no_dropped_call(rig, agent, expected):
    result = call(rig, "1,1,1", agents={"agent": agent})
    assert result.prompt_names[-1] == "apology"
    assert record(rig)["outcome"] == "agent_unavailable"
    assert record(rig)["agent"][0]["result"] == expected


def test_unassigned_did_is_refused_with_404_before_an_answer(rig):
    result = call(rig, "1", did="+14155550199")
    assert (result.sip_status, result.answered_ms) == (404, None)
    assert rig.records.written == []
    assert rig.server.counters["unassigned"] == 1


def test_a_did_that_is_no_number_is_refused_with_404(rig):
    result = call(rig, "1", header_overrides={"Caller-Destination-Number": "+1415\n${system(id)}"})
    assert result.sip_status == 404
    assert rig.records.written == []


def test_a_number_that_no_menu_has_is_logged_once(rig, caplog):
    for _ in range(3):
        call(rig, "1", did="+14155550199")
    call(rig, "1", header_overrides={"Caller-Destination-Number": "555"})
    named = [line.partition(": ")[2] for line in caplog.messages if ": 404 for " in line]
    assert named == [
        "404 for '+14155550199': no menu has +14155550199",
        "404 for '555': 555 has 3 digits; a US number has 10 (2 other calls to such numbers were not logged)",
    ]


def test_more_calls_than_capacity_get_503_before_an_answer(tmp_path):
    with running_server(tmp_path, max_calls=3) as rig:
        dial = switch(rig)
        live = [dial.start(CallSetup(did=DID, script=CallScript.parse("1,-,-,-"))) for _ in range(3)]
        rig.until(lambda: rig.server.live == 3)
        refused = dial.call(CallSetup(did=DID), timeout_s=30)
        assert (refused.sip_status, refused.answered_ms) == (503, None)
        assert all(call.wait(20).answered_ms is not None for call in live)


def test_an_address_that_is_not_allowed_gets_nothing(tmp_path):
    with running_server(tmp_path, allow="192.0.2.0/24") as rig:
        peer = rig.connect()
        assert peer.recv(100) == b""


def test_a_call_under_way_keeps_its_version_and_the_next_has_the_new(rig):
    dial = switch(rig)
    first = dial.start(CallSetup(did=DID, script=CallScript.parse("1,2+400")))
    rig.until(lambda: rig.records.of("call_started"))
    publish(rig, {"only": {"action": "hangup", "audio": "bye.wav"}})
    assert first.wait(20).prompt_names == [WELCOME, LICENSE, BYE]
    assert dial.call(CallSetup(did=DID), timeout_s=20).prompt_names == [BYE]
    rig.drained()
    assert [ended["ivr_version"] for ended in rig.records.of("call_ended")] == [3, 4]


def test_calls_go_on_with_the_last_good_menu_while_the_cache_is_away(rig):
    call(rig, "9")
    rig.menus.away = True
    assert call(rig, "9").prompt_names == [WELCOME, "opted_out"]


def test_a_fresh_process_serves_the_snapshot_while_the_cache_is_away(rig):
    rig.snapshot.pointers.update(rig.menus.pointers)
    rig.snapshot.menus.update(rig.menus.menus)
    rig.menus.away = True
    assert call(rig, "9").prompt_names == [WELCOME, "opted_out"]


def test_an_emptied_cache_is_no_reason_to_refuse(rig):
    call(rig, "9")
    rig.menus.pointers.clear()
    rig.menus.complete = False
    assert call(rig, "9").answered_ms is not None


def test_nobody_knows_means_503_and_not_404(rig):
    rig.menus.away = True
    assert call(rig, "9").sip_status == 503


def test_a_forged_caller_number_is_kept_as_text_and_believed_by_nobody(rig):
    forged = "+1480\nInjected-Header: yes\nCaller-Caller-ID-Number: +19995550000"
    call(rig, "9", header_overrides={"Caller-Caller-ID-Number": forged})
    (opt_out,) = rig.records.of("opt_out")
    assert opt_out.number is None
    assert "\n" not in opt_out.number_raw


@pytest.mark.parametrize("name", ["${system(id)}", "Ren\u00e9\n\nexecute", "../../etc/passwd", "'; drop"])
def test_nothing_a_caller_says_reaches_a_freeswitch_application(rig, name):
    result = call(rig, "1,1,1", name=name, ani="+14805551234")
    assert not result.violations
    assert all(name not in command.line for command in result.commands if hasattr(command, "line"))


def test_every_question_is_one_write_and_one_round_trip(rig, monkeypatch):
    writes = []
    original = Session._send

    def send(self, data):
        writes.append(data)
        return original(self, data)

    monkeypatch.setattr(Session, "_send", send)
    call(rig, "1,2")
    gathers = [data for data in writes if b"play_and_get_digits" in data]
    assert len(gathers) == 2
    for data in gathers:
        assert data.index(b"play_and_get_digits") < data.index(b"getvar ivr_key_")
    assert b"flush_dtmf" not in gathers[0]
    assert gathers[1].index(b"flush_dtmf") < gathers[1].index(b"play_and_get_digits")


class TestTakeOver:
    """The worker is lost; FreeSWITCH goes on with its second socket action."""

    def lost_at(self, rig: Rig, note: str, nth: int, keys: str, **options) -> CallResult:
        """A call whose worker is cut off, without a word to the switch, when the nth `note` is made."""
        seen = 0

        def watch(made: ChannelNote) -> None:
            nonlocal seen
            seen += made.kind == note
            if made.kind == note and seen == nth:
                gevent.spawn(cut_all, rig)

        setup = CallSetup(did=DID, script=CallScript.parse(keys), on_note=watch)
        result = switch(rig, **options).call(setup, timeout_s=30)
        rig.drained()
        assert result.connections == 2
        return result

    @pytest.mark.parametrize("nth", [1, 2, 3])
    def test_the_key_of_a_question_asked_by_a_lost_worker_counts(self, rig, nth):
        result = self.lost_at(rig, "gather", nth, "1+200,1+200,1+200")
        assert result.prompt_names[:3] == [WELCOME, LICENSE, AREA]
        assert result.agent is not None
        last = rig.records.of("call_ended")[-1]
        assert (last["outcome"], last["take_overs"]) == ("transferred", 1)
        assert [step["key"] for step in last["path"]] == ["1", "1", "1", None]
        assert [step["prompt"] for step in last["path"][:3]] == [f"{each}.wav" for each in (WELCOME, LICENSE, AREA)]
        assert len({ended["call_id"] for ended in rig.records.of("call_ended")}) == 1

    def test_silence_meanwhile_asks_again_and_still_ends(self, rig):
        result = self.lost_at(rig, "gather", 2, "")
        assert result.prompt_names[-1] == "goodbye"
        assert result.gathers <= 4

    def test_an_opt_out_pressed_meanwhile_is_written(self, rig):
        result = self.lost_at(rig, "gather", 1, "9+200")
        (opt_out,) = rig.records.of("opt_out")
        assert opt_out.number == "+14805551234"
        assert result.prompt_names == [WELCOME, "opted_out"]

    @pytest.mark.parametrize("means", [{}, {"digitree_api": "true"}])
    def test_a_key_pressed_before_the_next_worker_came_answers_the_question_that_is_asked_again(self, rig, means):
        """The gather ended in silence; the pause of the dialplan, which reads media, has brought the key in."""
        now = time.time_ns() // 1_000_000
        state = CallState("call_kept", "ivr_seed01:3", Position("welcome", 0, 1), "asking", now, now, now)
        actions = ("answer", ""), ("sleep", "2000"), ("socket", f"127.0.0.1:{rig.address[1]} full")
        live = DevSwitch(Dialplan(actions, secret=SWITCH_SECRET), speed=40).start(
            CallSetup(
                did=DID,
                script=CallScript.parse("-"),
                extra_variables={"ivr_state": encode_state(state, "our-channel", SECRET), **means},
                channel_uuid="our-channel",
                on_note=lambda note: live.press("9") if note.kind == "answer" else None,
            )
        )
        result = live.wait(20)
        rig.drained()
        (opt_out,) = rig.records.of("opt_out")
        assert (opt_out.node, opt_out.key) == ("welcome", "9")
        assert result.gathers == 1
        assert record(rig)["outcome"] == "opted_out"

    @pytest.mark.parametrize("means", [{}, {"digitree_api": "true"}])
    def test_a_menu_without_a_question_has_one_record_and_one_opt_out_too(self, rig, means):
        tree = {"name": "Stop", "nodes": {"dnc": {"action": "suppress", "audio": "bye.wav"}}}
        prompts = rig.menus.menus["ivr_seed01:3"].prompts
        rig.menus.publish(PublishedMenu("ivr_stop01", 1, parse_menu(tree), prompts), DID)
        plays = 0

        def watch(note: ChannelNote) -> None:
            nonlocal plays
            plays += note.kind == "play" and BYE in note.text
            if plays == 1 and BYE in note.text:
                gevent.spawn(cut_all, rig)

        setup = CallSetup(did=DID, script=CallScript.parse("-"), on_note=watch, extra_variables=means)
        result = switch(rig).call(setup, timeout_s=30)
        rig.drained()
        assert result.connections == 2
        assert len({each.event_id for each in rig.records.of("opt_out")}) == 1
        assert len({ended["call_id"] for ended in rig.records.of("call_ended")}) == 1
        last = rig.records.of("call_ended")[-1]
        assert (last["outcome"], last["take_overs"]) == ("opted_out", 1)

    def test_a_bridge_outlives_the_worker_and_is_recorded(self, rig):
        result = self.lost_at(rig, "agent", 1, "1,1,1")
        assert result.agent is not None
        assert len(result.bridges) == 1
        last = rig.records.of("call_ended")[-1]
        assert (last["outcome"], last["agent"][0]["result"]) == ("transferred", "answered")

    def test_an_agent_who_fails_meanwhile_still_means_an_apology(self, rig):
        result = self.lost_at(rig, "dial", 1, "1,1,1", agents={"agent": ScriptedAgent.busy(ring_ms=2000)})
        assert result.prompt_names[-1] == "apology"
        assert rig.records.of("call_ended")[-1]["outcome"] == "agent_unavailable"

    def test_a_worker_lost_before_its_place_is_on_the_channel_leaves_no_record(self, rig, monkeypatch):
        original, announced = Session._send, []

        def send(session, data):
            if b"play_and_get_digits" in data:
                announced.append(len(rig.records.written))
            return original(session, data)

        monkeypatch.setattr(Session, "_send", send)
        call(rig, "1,2")
        assert announced[0] == 0, "the record comes after the place"
        assert [kind for kind, _ in rig.records.written] == ["call_started", "call_ended"]

    def test_a_place_that_is_not_ours_or_not_this_calls_is_not_believed(self, rig):
        state = CallState("call_x", "ivr_seed01:3", Position("area", 0, 3), "asking", 1, 1, 1, 0, [])
        for forged in (
            encode_state(state, "our-channel", b"another secret"),
            encode_state(state, "another-channel", SECRET),
            "1;call_x;ivr_seed01:3;area;0;3;q;1;1;1;0;;",
            ";;;;",
        ):
            rig.records.written.clear()
            call(rig, "9", extra_variables={"ivr_state": forged}, channel_uuid="our-channel")
            assert path(rig)[0] == ("welcome", "key", "9")

    def test_a_key_left_by_an_earlier_question_is_not_taken_for_this_one(self, rig):
        now = time.time_ns() // 1_000_000
        state = CallState(
            "call_kept", "ivr_seed01:3", Position("has_license", 0, 2), "asking", now, now, now
        )
        state.add(Step("welcome", 1, "key", "1", 400, 900))
        variables = {"ivr_state": encode_state(state, "our-channel", SECRET), "ivr_key_1": "1"}
        result = call(rig, "2", extra_variables=variables, channel_uuid="our-channel")
        assert result.prompt_names == [LICENSE, BYE]
        assert record(rig)["call_id"] == "call_kept"
        assert path(rig)[:2] == [("welcome", "key", "1"), ("has_license", "key", "2")]


def cut_all(rig: Rig) -> None:
    """As SIGKILL does: the connections are gone, nothing is said, nothing is recorded."""
    for session in list(rig.server._sessions):
        session.sock.shutdown(gsocket.SHUT_RDWR)


_GONE = pytest.mark.parametrize("variables", [{}, {"digitree_api": "true"}])


@_GONE
def test_a_prompt_that_goes_while_its_turn_comes_costs_no_attempt(rig, variables):
    """Our look at the file comes before the silence of the answer, its turn after it."""

    def remove(note: ChannelNote) -> None:
        if note.kind == "answer":
            (rig.prompts_dir / f"{WELCOME}.wav").unlink()

    setup = CallSetup(did=DID, script=CallScript.parse("9"), on_note=remove, extra_variables=variables)
    result = switch(rig).call(setup, timeout_s=20)
    rig.drained()
    assert result.prompt_names == ["keys-19", "opted_out"]
    assert path(rig)[0] == ("welcome", "key", "9")


@_GONE
def test_with_every_file_gone_while_its_turn_comes_two_tones_ask(rig, variables):
    def remove(note: ChannelNote) -> None:
        if note.kind == "answer":
            for file in rig.prompts_dir.rglob("*.wav"):
                file.unlink()

    setup = CallSetup(did=DID, script=CallScript.parse("9"), on_note=remove, extra_variables=variables)
    result = switch(rig).call(setup, timeout_s=20)
    rig.drained()
    assert result.prompts[0].startswith("tone_stream")
    assert path(rig)[0] == ("welcome", "key", "9")


def test_where_our_dialplan_prepared_the_channel_a_question_is_one_command(rig):
    result = call(rig, "1,1,1", extra_variables={"digitree_api": "true"}, channel_uuid="our-channel")
    assert record(rig)["outcome"] == "transferred"
    said = [command.line for command in result.commands]
    questions = [line for line in said if line.startswith("play_and_get_digits ")]
    assert len(questions) == 3
    assert all("${uuid_setvar(our-channel ivr_state " in line for line in questions)
    assert ["uuid_flush_dtmf(our-channel)" in line for line in questions] == [False, True, True]
    assert sum(line.startswith("api uuid_setvar our-channel ivr_state ") for line in said) == 1
    assert not [line for line in said if line.startswith(("set ", "flush_dtmf", "answer"))]


@pytest.mark.parametrize("variables", [{"digitree_api": "true"}, {}])
@pytest.mark.parametrize("at_ms", [1.0, 20.0, 200.0, 399.0])
def test_key_pressed_right_after_the_answer_answers_the_first_question_and_no_other(rig, variables, at_ms):
    script = replace(CallScript.parse("-,1,1"), presses=((at_ms, "1"),))
    result = call(rig, "", script=script, extra_variables=variables)
    assert result.keys_taken == "111"
    assert path(rig)[0] == ("welcome", "key", "1")
    steps = record(rig)["path"]
    assert steps[0]["ms"] == 0
    began = [each["at_ms"] for each in steps]
    assert began == sorted(began)
    assert record(rig)["outcome"] == "transferred"


@pytest.mark.parametrize("variables", [{"digitree_api": "true"}, {}])
@pytest.mark.parametrize("at_ms", [200.0, 700.0])
def test_key_pressed_before_a_message_is_over_answers_the_question_behind_it(rig, variables, at_ms):
    publish(rig, {"hello": {"audio": "welcome.wav", "next": "welcome"}, **SEED["nodes"]}, start="hello")
    script = replace(CallScript.parse("-,1,1"), presses=((at_ms, "1"),))
    result = call(rig, "", script=script, extra_variables=variables)
    assert result.keys_taken == "111"
    assert record(rig)["outcome"] == "transferred"


class Holding:
    """Holds the call at its n-th question, for so many of the server's waits."""

    def __init__(self, at_gather: int, waits: int, flow: str = "recvonly") -> None:
        self.at_gather, self.waits, self.flow = at_gather, waits, flow
        self.gathers = 0
        self.live: SwitchCall | None = None

    def __call__(self, note: ChannelNote) -> None:
        if self.live is None:
            return
        channel = self.live.channel
        if note.kind == "gather":
            self.gathers += 1
            if self.gathers == self.at_gather:
                channel.set("audio_media_flow", self.flow)
                channel.set("ivr_reinvited", "true")
        elif note.kind == "play" and note.text == "silence_stream://2000":
            self.waits -= 1
            if self.waits == 0:
                channel.set("audio_media_flow", "sendrecv")


@pytest.mark.parametrize("variables", [{"digitree_api": "true"}, {}])
@pytest.mark.parametrize(("waits", "flow"), [(1, "recvonly"), (30, "inactive"), (0, "sendrecv")])
def test_question_in_which_the_caller_held_the_call_is_asked_again_and_costs_no_attempt(
    rig, variables, waits, flow
):
    holding = Holding(1, waits, flow)
    setup = CallSetup(did=DID, script=CallScript.parse("-,1,1,1"), on_note=holding, extra_variables=variables)
    holding.live = live = switch(rig).start(setup)
    live.wait(20)
    rig.drained()
    assert holding.waits == 0
    assert path(rig)[0] == ("welcome", "key", "1")
    assert record(rig)["path"][0]["attempt"] == 1
    assert record(rig)["outcome"] == "transferred"


def test_caller_who_leaves_during_a_hold_has_hung_up(rig):
    holding = Holding(1, 1000)
    script = replace(CallScript.parse("-"), hang_up_ms=20_000)
    holding.live = live = switch(rig).start(CallSetup(did=DID, script=script, on_note=holding))
    live.wait(20)
    rig.drained()
    assert record(rig)["outcome"] == "caller_hung_up"
    assert path(rig) == [("welcome", "hang_up", None)]


def test_elsewhere_nothing_but_executes_is_used(rig):
    result = call(rig, "1,1,1", extra_variables={"digitree_api": "yes"})
    assert record(rig)["outcome"] == "transferred"
    assert not [command.line for command in result.commands if command.line.startswith(("api", "bgapi"))]


def test_a_caller_who_leaves_a_prepared_channel_is_no_fault(rig):
    call(rig, "1,h", extra_variables={"digitree_api": "true"})
    assert record(rig)["outcome"] == "caller_hung_up"
