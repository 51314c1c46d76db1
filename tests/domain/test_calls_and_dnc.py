"""Call records and opt-outs as documents."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime

from ivr.domain.call_records import AgentAttempt, CallRecord, Outcome, Step, new_id
from ivr.domain.dnc.events import OptOut, opt_out_from_json, opt_out_id
from ivr.domain.numbers import E164
from ivr.storage.postgres.calls import call_from_json

AT = datetime(2026, 3, 9, 12, 0, 0, 123456, tzinfo=UTC)


def test_a_call_record_goes_to_json_and_back_with_every_field() -> None:
    record = CallRecord(
        call_id="call_1", channel_uuid="u", did=E164("+14155550100"), did_raw="14155550100", ani=None, ani_raw="anon",
        started_at=AT, ivr_id="ivr_abc123", ivr_version=7, ended_at=AT, duration_ms=5, outcome=Outcome.TRANSFERRED,
        hangup_cause="NORMAL_CLEARING", take_overs=1, verstat="passed_b", trunk="carrier",
        path=[Step("a", 1, "key", "1", 2, 3)],
        agent=[AgentAttempt("sip:a@b", "answered", None, 4)],
    )  # fmt: skip
    document = json.loads(json.dumps(record.to_json()))
    assert set(document) == {each.name for each in fields(CallRecord)}
    assert call_from_json(document) == record


def test_a_record_that_an_earlier_version_wrote_is_still_read() -> None:
    record = CallRecord(
        "call_1", "u", None, "x", None, "y", AT, path=[Step("a", 1, "key", "1", 2, 3)],
        agent=[AgentAttempt("sip:a@b", "answered", None, 4)],
    )  # fmt: skip
    document = json.loads(json.dumps(record.to_json()))
    for name in ("hung_up_by", "dtmf_type", "verstat", "trunk"):
        del document[name]
    for name in ("prompt", "prompt_ms", "ignored"):
        del document["path"][0][name]
    assert call_from_json(document) == record


def test_menu_and_agent_share_the_length_of_a_call() -> None:
    record = CallRecord(
        "call_1", "u", None, "x", None, "y", AT, duration_ms=9000,
        agent=[AgentAttempt("sip:a@b", "no_answer", None), AgentAttempt("sip:c@d", "answered", None, 4000)],
    )  # fmt: skip
    assert (record.menu_ms, record.talk_ms) == (5000, 4000)


def test_an_opt_out_goes_to_json_and_back_with_every_field() -> None:
    opt_out = OptOut(
        "optout_1", E164("+14805551234"), "4805551234", "ani", AT, "call_1", "+14155550100", "ivr_abc123", 7,
        "welcome", "9", 1234, "key_1", verstat="failed",
    )  # fmt: skip
    assert opt_out_from_json(json.loads(json.dumps(opt_out.to_json()))) == opt_out


def test_an_opt_out_in_the_journal_of_the_last_release_has_no_verdict() -> None:
    opt_out = OptOut("optout_1", E164("+14805551234"), "4805551234", "ani", AT)
    document = json.loads(json.dumps(opt_out.to_json()))
    del document["verstat"]
    assert opt_out_from_json(document) == opt_out


def test_the_opt_out_of_a_call_has_the_same_id_whoever_writes_it() -> None:
    call_id = new_id("call")
    assert opt_out_id(call_id) == opt_out_id(call_id)
    assert opt_out_id(call_id) != opt_out_id(new_id("call"))


def test_ids_sort_by_the_time_they_were_made() -> None:
    early = new_id("call")
    assert len({new_id("call") for _ in range(1000)}) == 1000
    assert early[:10] <= new_id("call")[:10]
