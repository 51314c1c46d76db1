"""The hand-off: which agents are tried, what the caller hears meanwhile, where he goes when nobody can be had."""

from __future__ import annotations

import re
from dataclasses import replace
from socket import SHUT_RDWR
from urllib.parse import unquote

import gevent
import pytest

from devswitch.caller import AgentBook, CallScript
from devswitch.caller import ScriptedAgent as FarEnd
from devswitch.switch import CallResult, CallSetup, DevSwitch
from esl_server.agents.health import FAILURES_IN_A_ROW, REST_S, Health
from ivr.domain.agents import SILENT_S, Agent, Target
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PublishedMenu
from ivr.storage.disk.agent_passwords import variable_of
from tests.rig import DID, SEALER, Rig, write_wav

HOLD = f"{5:032x}"
SALES = Agent("sales", (Target("sip:first@127.0.0.1:5091"), Target("sip:second@127.0.0.1:5092")))
ASK_AGAIN = {"audio": "license.wav", "gather": {"1": "bye"}}
BYE = {"action": "hangup", "audio": "bye.wav"}


def publish(rig: Rig, transfer: dict, *agents: Agent, **nodes) -> None:
    seed = rig.menus.menus["ivr_seed01:3"]
    prompts = {**seed.prompts, "hold.wav": seed.prompts["bye.wav"].__class__(f"{HOLD}.wav", 1000)}
    write_wav(rig.prompts_dir / f"{HOLD}.wav", 1000)
    start = {"audio": "welcome.wav", "gather": {"1": "agent"}}
    tree = parse_menu({"name": "T", "nodes": {"start": start, "agent": {"action": "transfer", **transfer}, **nodes}})
    rig.menus.publish(
        PublishedMenu("ivr_seed01", 4, tree, prompts, {agent.name: agent for agent in agents}), DID
    )


def call(rig: Rig, keys: str = "1", agents: AgentBook | None = None, speed: float = 40, **setup) -> CallResult:
    switch = DevSwitch(rig.targets, speed=speed, agents=agents)
    result = switch.call(CallSetup(did=DID, script=CallScript.parse(keys), **setup), timeout_s=30)
    rig.drained()
    return result


def record(rig: Rig) -> dict:
    return rig.records.of("call_ended")[-1]


def tries(rig: Rig) -> list[tuple]:
    return [(each["uri"], each["result"]) for each in record(rig)["agent"]]


def test_when_no_agent_can_be_had_the_call_goes_on_at_the_fallback(rig):
    publish(rig, {"fallback_node": "again"}, again=ASK_AGAIN, bye=BYE)
    result = call(rig, "1,1", AgentBook(default=FarEnd.busy()))
    assert result.ended_by == "switch"
    assert "apology" not in result.prompt_names
    assert record(rig)["outcome"] == "hung_up"
    assert tries(rig) == [("sip:agent@127.0.0.1:5090", "busy")]
    assert [(step["node"], step["key"]) for step in record(rig)["path"]][-2:] == [("again", "1"), ("bye", None)]


def test_a_fallback_may_be_another_agent(rig):
    publish(rig, {"fallback_node": "other"}, SALES, other={"action": "transfer", "agent": "sales"})
    call(rig, "1", AgentBook({"agent": FarEnd.unreachable()}))
    assert record(rig)["outcome"] == "transferred"
    assert tries(rig) == [("sip:agent@127.0.0.1:5090", "unreachable"), (SALES.targets[0].uri, "answered")]


def test_agents_who_fall_back_on_each_other_end_with_an_apology(rig):
    publish(rig, {"fallback_node": "other"}, other={"action": "transfer", "fallback_node": "agent"})
    result = call(rig, "1", AgentBook(default=FarEnd.declining()))
    assert result.prompt_names[-1] == "apology"
    assert record(rig)["outcome"] == "agent_unavailable"
    assert len(tries(rig)) == 2


def test_a_fallback_that_does_not_exist_yet_means_an_apology(rig):
    publish(rig, {"fallback_node": "later"})
    assert call(rig, "1", AgentBook(default=FarEnd.busy())).prompt_names[-1] == "apology"


def test_hold_audio_is_heard_while_it_rings(rig):
    publish(rig, {"hold_audio": "hold.wav"})
    heard = [each for each in call(rig).heard if each.source == "ringback"]
    assert [each.file.rsplit("/", 1)[-1] for each in heard] == [f"{HOLD}.wav"]


@pytest.mark.parametrize("kept", [0, 44])
def test_damaged_hold_audio_is_replaced_by_ringing_for_freeswitch_would_not_dial_at_all(rig, kept):
    publish(rig, {"hold_audio": "hold.wav"})
    file = rig.prompts_dir / f"{HOLD}.wav"
    file.write_bytes(file.read_bytes()[:kept])
    result = call(rig)
    assert [each.file for each in result.heard if each.source == "ringback"] == [
        "tone_stream://%(2000,4000,440,480)"
    ]
    assert record(rig)["outcome"] == "transferred"


def test_the_label_of_the_author_reaches_agent_and_record(rig):
    publish(rig, {"outcome": "qualified"})
    assert call(rig).agent.headers["X-IVR-Outcome"] == "qualified"
    assert [each["label"] for each in record(rig)["agent"]] == ["qualified"]


def test_a_named_agent_is_the_one_who_gets_the_call(rig):
    publish(rig, {"agent": "sales"}, SALES)
    assert call(rig).agent.target == "first@127.0.0.1:5091"
    assert record(rig)["agent"][0]["agent"] == "sales"


def test_an_agent_that_does_not_exist_is_the_default_one(rig):
    publish(rig, {"agent": "nobody"})
    call(rig)
    assert tries(rig) == [("sip:agent@127.0.0.1:5090", "answered")]
    assert record(rig)["agent"][0]["agent"] is None


def test_addresses_are_tried_in_their_order_and_each_try_is_kept(rig):
    publish(rig, {"agent": "sales"}, SALES)
    call(rig, "1", AgentBook({"first": FarEnd.busy(), "second": FarEnd.answering(ring_ms=2000, talk_ms=4000)}))
    first, second = record(rig)["agent"]
    assert (first["uri"], first["result"], first["sip_status"]) == (SALES.targets[0].uri, "busy", 486)
    assert (second["uri"], second["result"]) == (SALES.targets[1].uri, "answered")
    assert first["talk_ms"] is None
    assert record(rig)["outcome"] == "transferred"


def test_what_one_address_left_is_not_taken_for_the_next_ones(rig):
    publish(rig, {"agent": "sales"}, SALES)
    call(rig, "1", AgentBook({"first": FarEnd.busy(), "second": FarEnd.mute()}))
    assert [(each["result"], each["sip_status"]) for each in record(rig)["agent"]] == [
        ("busy", 486),
        ("unreachable", None),
    ]


def test_a_caller_who_hangs_up_while_it_rings_is_tried_no_further(rig):
    publish(rig, {"agent": "sales"}, SALES)
    result = call(rig, "1h@300", AgentBook(default=FarEnd.ringing()))
    assert [each.target for each in result.bridges] == ["first@127.0.0.1:5091"]
    assert record(rig)["outcome"] == "caller_hung_up"
    assert tries(rig) == [(SALES.targets[0].uri, "cancelled")]


def test_an_address_that_fails_five_times_in_a_row_is_left_alone_for_a_while(rig):
    publish(rig, {"agent": "sales"}, SALES)
    book = AgentBook({"first": FarEnd.unreachable()})
    for _ in range(FAILURES_IN_A_ROW):
        assert len(call(rig, "1", book).bridges) == 2
    assert [each.target for each in call(rig, "1", book).bridges] == ["second@127.0.0.1:5092"]


def test_when_every_address_rests_the_first_is_tried_all_the_same(rig):
    publish(rig, {})
    book = AgentBook(default=FarEnd.unreachable())
    for _ in range(FAILURES_IN_A_ROW + 1):
        assert len(call(rig, "1", book).bridges) == 1


class TestHealth:
    def test_rest_is_over_after_a_minute_and_one_more_failure_begins_the_next(self):
        now = [0.0]
        health = Health(lambda: now[0])
        for _ in range(FAILURES_IN_A_ROW):
            assert not health.is_resting("sip:a@b")
            health.note("sip:a@b", "unreachable")
        assert health.is_resting("sip:a@b")
        now[0] = REST_S
        assert not health.is_resting("sip:a@b")
        health.note("sip:a@b", "no_answer")
        assert health.is_resting("sip:a@b")

    @pytest.mark.parametrize("result", ["answered", "busy", "declined"])
    def test_an_address_that_says_anything_is_well(self, result):
        health = Health()
        for _ in range(FAILURES_IN_A_ROW - 1):
            health.note("sip:a@b", "error")
        health.note("sip:a@b", result)
        health.note("sip:a@b", "error")
        assert not health.is_resting("sip:a@b")

    def test_a_caller_who_gives_up_proves_nothing(self):
        health = Health()
        for _ in range(FAILURES_IN_A_ROW):
            health.note("sip:a@b", "error")
            health.note("sip:a@b", "cancelled")
        assert health.is_resting("sip:a@b")


def test_a_new_worker_knows_which_addresses_were_tried(rig):
    publish(rig, {"agent": "sales"}, SALES)
    dialled = []

    def watch(note):
        if note.kind == "dial":
            dialled.append(note)
            if len(dialled) == 2:
                gevent.spawn(cut_all, rig)

    agents = AgentBook({"first": FarEnd.busy(), "second": FarEnd.answering(ring_ms=8000)})
    result = call(rig, "1", agents, on_note=watch)
    assert result.connections == 2
    assert [each.target for each in result.bridges] == ["first@127.0.0.1:5091", "second@127.0.0.1:5092"]
    assert tries(rig) == [(SALES.targets[0].uri, "busy"), (SALES.targets[1].uri, "answered")]
    assert record(rig)["outcome"] == "transferred"


def test_a_new_worker_goes_on_with_the_next_address(rig):
    publish(rig, {"agent": "sales", "fallback_node": "bye"}, SALES, bye=BYE)
    seen = []

    def watch(note):
        if note.kind == "dial":
            seen.append(note)
            if len(seen) == 1:
                gevent.spawn(cut_all, rig)

    agents = AgentBook({"first": FarEnd.busy(ring_ms=8000), "second": FarEnd.declining()})
    result = call(rig, "1", agents, on_note=watch)
    assert result.connections == 2
    assert tries(rig) == [(SALES.targets[0].uri, "busy"), (SALES.targets[1].uri, "declined")]
    assert record(rig)["outcome"] == "hung_up"


def test_what_the_agent_says_of_the_call_is_kept(rig):
    publish(rig, {})
    call(rig, extra_variables={"sip_rh_X-IVR-Result": "booked"})
    assert [each["reported"] for each in record(rig)["agent"]] == ["booked"]
    assert rig.records.of("opt_out") == []


@pytest.mark.parametrize("said", ["a b", "x" * 65, "${uuid}", ""])
def test_an_agents_word_that_is_no_word_is_not_kept(rig, said):
    publish(rig, {})
    call(rig, extra_variables={"sip_rh_X-IVR-Result": said})
    assert [each["reported"] for each in record(rig)["agent"]] == [None]
    assert record(rig)["outcome"] == "transferred"


@pytest.mark.parametrize("variable", ["sip_rh_X-IVR-Result", "ivr_agent_result"])
def test_an_agent_who_says_dnc_opts_the_caller_out(rig, variable):
    publish(rig, {})
    call(rig, extra_variables={variable: "dnc"})
    (opt_out,) = rig.records.of("opt_out")
    assert (opt_out.number, opt_out.source, opt_out.node, opt_out.key) == ("+14805551234", "agent", "agent", None)
    assert record(rig)["outcome"] == "transferred"


def test_what_is_said_last_counts(rig):
    publish(rig, {})
    call(rig, extra_variables={"sip_rh_X-IVR-Result": "booked", "ivr_agent_result": "dnc"})
    assert [each["reported"] for each in record(rig)["agent"]] == ["dnc"]


def test_all_that_is_sent_stays_below_a_thousand_bytes_however_long_the_way(rig):
    publish(rig, {"outcome": "o" * 64, "agent": "sales"}, replace(SALES, sent=("x", "diversion", "user_to_user")))
    seed = rig.menus.menus["ivr_seed01:4"]
    names = [f"{number:03d}{'n' * 61}" for number in range(40)]
    nodes = {name: {"gather": {"#": after}} for name, after in zip(names, [*names[1:], "agent"], strict=True)}
    tree = parse_menu({"name": "T", "nodes": {**nodes, "agent": seed.tree.source["agent"]}})
    rig.menus.publish(replace(seed, ivr_id="ivr_" + "x" * 40, version=999999, tree=tree), DID)
    headers = call(rig, ",".join("#" * 40)).agent.headers
    assert headers["X-IVR-Path"].endswith(f"{names[-1]}%3D%23")
    assert sum(len(f"{name}: {value}\r\n") for name, value in headers.items()) < 1000


HOSTILE = "$x(id)`1`,b^^!'\"[../../etc];q=1<sip:x>&~\\ é\u202e"


def test_the_author_chooses_headers_and_says_variables_in_them(rig):
    headers = {
        "X-IVR-Account": "{account}",
        "X-IVR-Who": "{name} of {caller}",
        "X-IVR-Hostile": "{hostile}",
        "X-IVR-Nobody": "{nobody}",
        "X-IVR-Count": 3,
    }
    variables = {"account": "A-7", "name": "Ann Lee", "hostile": HOSTILE}
    publish(rig, {"agent": "sales", "headers": headers, "set": variables}, SALES)
    result = call(rig)
    sent = result.agent.headers
    assert (sent["X-IVR-Account"], sent["X-IVR-Count"]) == ("A-7", "3")
    assert unquote(sent["X-IVR-Who"]) == "Ann Lee of +14805551234"
    assert unquote(sent["X-IVR-Hostile"]) == HOSTILE
    assert re.fullmatch(r"[A-Za-z0-9_.~+/:*%-]+", sent["X-IVR-Hostile"])
    assert "X-IVR-Nobody" not in sent, "what is empty is not sent"
    assert sent["X-IVR-Call-Id"] == record(rig)["call_id"]


def test_headers_are_sent_whole_or_not_at_all_and_stay_small(rig):
    headers = {"X-IVR-Long": "é" * 200, "X-IVR-Note": "x" * 100, "X-IVR-More": "y" * 200, "X-IVR-Last": "z"}
    publish(rig, {"agent": "sales", "headers": headers}, SALES)
    sent = call(rig).agent.headers
    assert (sent["X-IVR-Note"], sent["X-IVR-Last"]) == ("x" * 100, "z")
    assert not {"X-IVR-Long", "X-IVR-More"} & set(sent)
    assert sum(len(f"{name}: {value}\r\n") for name, value in sent.items()) < 1300


def test_a_chosen_header_takes_the_agents_style(rig):
    agent = replace(SALES, header_style="underscore")
    publish(rig, {"agent": "sales", "headers": {"X-IVR-Account-2": "7"}}, agent)
    assert call(rig).agent.headers["X-IVR_Account_2"] == "7"


def test_an_agent_may_want_underscores_and_more(rig):
    agent = replace(SALES, header_style="underscore", sent=("x", "diversion", "user_to_user", "p_asserted_identity"))
    publish(rig, {"agent": "sales"}, agent)
    result = call(rig)
    sent = result.agent.headers
    call_id = record(rig)["call_id"]
    assert sent["X-IVR_Call_Id"] == call_id
    assert sent["Diversion"] == f"<tel:{DID}>;reason=unconditional"
    assert sent["User-to-User"] == f"04{call_id.encode().hex()};encoding=hex"
    assert not any(name.startswith("X-IVR-") for name in sent)
    assert result.agent.variables["sip_cid_type"] == "pid"


def test_credentials_and_limits_of_an_address_are_dialled(rig):
    target = Target("sip:first@127.0.0.1:5091;transport=tcp", "me", SEALER.seal("pass+word"))
    publish(rig, {"agent": "sales"}, Agent("sales", (target,), ring_s=7, no_progress_s=3, max_talk_s=90))
    dialled = call(rig).agent.variables
    assert dialled["sip_auth_username"] == "me"
    assert dialled["sip_auth_password"] == "pass+word"
    assert (dialled["originate_timeout"], dialled["leg_progress_timeout"]) == ("7", "3")
    assert dialled["execute_on_answer"] == "sched_hangup +90 ALLOTTED_TIMEOUT"
    assert "execute_on_answer_listen" not in dialled
    assert "pass+word" not in str(record(rig))


def test_a_switch_that_knows_the_passwords_is_sent_a_name_and_no_password(rig):
    sealed = SEALER.seal("pass+word")
    publish(rig, {"agent": "sales"}, Agent("sales", (Target("sip:first@127.0.0.1:5091", "me", sealed),)))
    known = {"digitree_passwords": "true", variable_of(SEALER.reference(sealed)): "as-the-switch-has-it"}
    result = call(rig, extra_variables={"digitree_api": "true", **known})
    assert result.agent.variables["sip_auth_password"] == "as-the-switch-has-it"
    assert "pass+word" not in str(result.commands)


def test_a_switch_on_another_machine_that_knows_no_passwords_is_sent_none(rig, monkeypatch, caplog):
    monkeypatch.setattr("esl_server.switch.local_users.LocalUsers.check", lambda *_: False)
    target = Target("sip:first@127.0.0.1:5091", "me", SEALER.seal("pass+word"))
    publish(rig, {"agent": "sales"}, Agent("sales", (target,)))
    assert "sip_auth_password" not in call(rig).agent.variables
    assert "not sent to another machine" in caplog.text


def test_an_agent_that_may_not_be_silent_is_listened_to(rig):
    publish(rig, {"agent": "sales"}, replace(SALES, silent_s=5))
    variables = call(rig).agent.variables
    assert variables["execute_on_answer_listen"] == "execute_extension agent-listen"
    assert variables["ivr_silent_s"] == "5"


SILENT = FarEnd(is_silent=True, talk_ms=60_000)


def test_the_default_agent_is_dropped_after_five_seconds_without_audio_and_the_fallback_taken(rig):
    publish(rig, {"fallback_node": "again"}, again=ASK_AGAIN, bye=BYE)
    result = call(rig, "1,1", AgentBook(default=SILENT))
    assert result.agent.variables["ivr_silent_s"] == str(SILENT_S)
    (attempt,) = record(rig)["agent"]
    assert (attempt["uri"], attempt["result"], attempt["cause"]) == (
        "sip:agent@127.0.0.1:5090", "answered_silent", "MEDIA_TIMEOUT",
    )  # fmt: skip
    assert [step["node"] for step in record(rig)["path"]][-2:] == ["again", "bye"]
    assert record(rig)["outcome"] == "hung_up"


def test_callers_of_a_silent_default_agent_without_a_fallback_hear_the_apology(rig):
    publish(rig, {})
    assert call(rig, "1", AgentBook(default=SILENT)).prompt_names[-1] == "apology"
    assert record(rig)["outcome"] == "agent_unavailable"


def test_a_default_agent_that_sends_audio_keeps_the_call(rig):
    publish(rig, {})
    call(rig, "1", AgentBook(default=FarEnd.answering(talk_ms=60_000)))
    assert [each["result"] for each in record(rig)["agent"]] == ["answered"]


def test_after_the_agent_has_hung_up_the_call_goes_on_where_the_author_says(rig):
    publish(rig, {"on_agent_hangup": "again"}, again=ASK_AGAIN, bye=BYE)
    result = call(rig, "1,1")
    assert result.ended_by == "switch"
    assert not result.talk_ended_it
    assert [(step["node"], step["key"]) for step in record(rig)["path"]][-3:] == [
        ("agent", None), ("again", "1"), ("bye", None),
    ]  # fmt: skip
    assert record(rig)["outcome"] == "transferred"


def test_a_call_that_ends_with_the_talk_was_ended_by_the_agent(rig):
    publish(rig, {})
    assert call(rig).talk_ended_it


def test_who_hangs_up_on_the_agent_hears_no_more(rig):
    publish(rig, {"on_agent_hangup": "again"}, again=ASK_AGAIN, bye=BYE)
    call(rig, "1h@300", AgentBook(default=FarEnd.answering(ring_ms=20, talk_ms=None)))
    assert [step["node"] for step in record(rig)["path"]] == ["start", "agent"]
    assert record(rig)["outcome"] == "transferred"


def test_who_leaves_the_question_after_the_talk_was_transferred_all_the_same(rig):
    publish(rig, {"on_agent_hangup": "again"}, again=ASK_AGAIN, bye=BYE)
    call(rig, "1,h")
    assert record(rig)["path"][-1]["result"] == "hang_up"
    assert record(rig)["outcome"] == "transferred"


def test_a_talk_of_half_an_hour_is_no_time_in_the_menu(rig):
    publish(rig, {"on_agent_hangup": "again"}, again=ASK_AGAIN, bye=BYE)
    published = rig.menus.menus["ivr_seed01:4"]
    rig.menus.publish(replace(published, tree=replace(published.tree, max_menu_s=2.5)), DID)
    call(rig, "1,1", AgentBook(default=FarEnd.answering(ring_ms=20, talk_ms=3000)), speed=1)
    assert record(rig)["path"][-1]["node"] == "bye"


def test_an_opt_out_after_the_talk_counts_and_is_the_outcome(rig):
    dnc = {"action": "suppress"}
    publish(rig, {"on_agent_hangup": "more"}, more={"audio": "license.wav", "gather": {"9": "dnc"}}, dnc=dnc)
    call(rig, "1,9")
    assert record(rig)["outcome"] == "opted_out"


@pytest.mark.parametrize(
    ("said", "last"), [("booked", "bye"), ("Booked", "bye"), ("no_show", "again"), (None, "again"), ("dnc", "agent")]
)
def test_the_call_goes_on_where_the_agents_report_leads(rig, said, last):
    publish(rig, {"on_agent_hangup": {"booked": "bye", "*": "again"}}, again=ASK_AGAIN, bye=BYE)
    call(rig, "1,h", extra_variables={"ivr_agent_result": said} if said else {})
    assert record(rig)["path"][-1]["node"] == last


def test_an_agent_who_says_dnc_has_the_last_word(rig):
    publish(rig, {"on_agent_hangup": "again"}, again=ASK_AGAIN, bye=BYE)
    call(rig, "1,1", extra_variables={"ivr_agent_result": "dnc"})
    assert record(rig)["path"][-1]["node"] == "agent"
    assert len(rig.records.of("opt_out")) == 1


def test_agents_who_hand_on_to_each_other_end(rig):
    publish(rig, {"on_agent_hangup": "other"}, other={"action": "transfer", "on_agent_hangup": "agent"})
    call(rig)
    assert len(tries(rig)) == 2


def test_a_new_worker_goes_on_after_the_talk(rig):
    publish(rig, {"on_agent_hangup": "again"}, again=ASK_AGAIN, bye=BYE)

    def watch(note):
        if note.kind == "agent":
            gevent.spawn(cut_all, rig)

    result = call(rig, "1,1", AgentBook(default=FarEnd.answering(talk_ms=8000)), on_note=watch)
    assert result.connections == 2
    assert record(rig)["path"][-1]["node"] == "bye"
    assert (record(rig)["outcome"], record(rig)["take_overs"]) == ("transferred", 1)


def test_codecs_of_an_agent_are_offered_in_their_order(rig):
    publish(rig, {"agent": "sales"}, replace(SALES, codecs=("PCMA", "PCMU")))
    assert call(rig).agent.variables["absolute_codec_string"] == "^^:PCMA:PCMU"


def cut_all(rig: Rig) -> None:
    """As SIGKILL does: the connections are gone, nothing is said, nothing is recorded."""
    for session in list(rig.server._sessions):
        session.sock.shutdown(SHUT_RDWR)
