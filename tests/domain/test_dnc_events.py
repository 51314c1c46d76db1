"""Events of a do-not-call list: their chain, and what is doubtful about an entry."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.dnc.chain import HASHED, ChainCheck, ChainRun, chain_hash, chain_json, first_hash
from ivr.domain.dnc.doubts import find_doubt
from ivr.domain.dnc.events import keyed_id, opt_out_id

AT = datetime(2026, 3, 9, 12, 0, 0, 123456, tzinfo=UTC)
EVENT: dict[str, Any] = {name: None for name in HASHED if name != "format"} | {
    "event_id": "optout_1", "list_id": "default", "kind": "opt_out", "number": "+14805551234",
    "number_raw": '480 "\u00fc\u2028\x7f\n', "ms_into_question": 812, "seq": 1, "source": "ani",
    "previous_hash": first_hash("default"),
    **dict.fromkeys(("pressed_at", "effective_at", "honour_by", "recorded_at"), AT),
}  # fmt: skip


def chained(count: int) -> list[dict[str, Any]]:
    events, previous = [], first_hash("default")
    for seq in range(1, count + 1):
        event = {**EVENT, "event_id": f"optout_{seq}", "seq": seq, "previous_hash": previous}
        previous = chain_hash(event)
        events.append({**event, "hash": previous})
    return events


def test_the_canonical_form_is_what_anybodys_json_makes() -> None:
    plain = {
        name: value.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if isinstance(value, datetime) else value
        for name, value in {**EVENT, "format": 1}.items()
    }
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert chain_json(EVENT) == text
    assert chain_hash(EVENT) == hashlib.sha256(text.encode()).hexdigest()
    assert first_hash("acme") == hashlib.sha256(b"digitree do-not-call list acme").hexdigest()


def test_a_verdict_is_part_of_the_hash_and_events_without_one_keep_theirs() -> None:
    told = {**EVENT, "verstat": "passed_a"}
    plain = json.loads(chain_json(EVENT)) | {"format": 2, "verstat": "passed_a"}
    assert chain_json(told) == json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert chain_json({**EVENT, "verstat": None}) == chain_json(EVENT)
    assert len({chain_hash(each) for each in (EVENT, told, {**EVENT, "verstat": "failed"})}) == 3
    run = ChainRun(told)
    assert run.hash("optout_1", EVENT["number"], EVENT["number_raw"], EVENT["previous_hash"], 1) == chain_hash(told)


def test_times_are_hashed_in_utc() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=-7)))
    assert chain_hash({**EVENT, "pressed_at": elsewhere}) == chain_hash(EVENT)


def test_times_are_hashed_in_utc_wherever_the_server_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = chain_hash(EVENT)
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "America/Phoenix")
        time.tzset()
        assert chain_hash(EVENT) == expected
    time.tzset()


def test_half_a_character_in_a_number_can_be_hashed() -> None:
    event = {**EVENT, "number_raw": "\ud800"}
    assert chain_hash(event) != chain_hash(EVENT)
    assert ChainRun(event).hash("optout_1", "+14805551234", "\ud800", EVENT["previous_hash"], 1) == chain_hash(event)


@pytest.mark.parametrize(("value", "kind"), [(1.5, "float"), (True, "bool"), ([], "list")])
def test_an_event_holds_no_other_values(value: object, kind: str) -> None:
    with pytest.raises(TypeError, match=f"cannot have a {kind}"):
        chain_hash({**EVENT, "actor": value})


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=30), st.text(max_size=20), st.integers(1, 10**9))
def test_many_events_are_hashed_as_one_is(event_id: str, number: str, raw: str, previous: str, seq: int) -> None:
    event = {
        **EVENT, "event_id": event_id, "number": number, "number_raw": raw, "previous_hash": previous, "seq": seq
    }  # fmt: skip
    assert ChainRun(EVENT).hash(event_id, number, raw, previous, seq) == chain_hash(event)


def test_a_whole_chain_has_no_fault_and_its_head_is_known() -> None:
    check, events = ChainCheck("default"), chained(3)
    assert [check.find_fault(event) for event in events] == [None] * 3
    assert (check.list_id, check.seq, check.hash) == ("default", 3, events[2]["hash"])


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"seq": 3}, "event 2 is missing: after 1 comes 3 (optout_2)"),
        ({"seq": 1}, "event 2 is missing: after 1 comes 1 (optout_2)"),
        (
            {"previous_hash": "0" * 64},
            "event 2 (optout_2) does not follow event 1: its previous_hash is not that event's hash",
        ),
        ({"key": "8"}, "event 2 (optout_2) was changed: its content does not give its hash"),
        ({"hash": "0" * 64}, "event 2 (optout_2) was changed: its content does not give its hash"),
    ],
)
def test_a_fault_is_found_at_its_event(change: dict[str, Any], fault: str) -> None:
    check, (first, second) = ChainCheck("default"), chained(2)
    assert check.find_fault(first) is None
    assert check.find_fault({**second, **change}) == fault
    assert check.seq == 1


def test_a_chain_of_another_list_does_not_fit() -> None:
    assert "does not follow event 0" in str(ChainCheck("acme").find_fault(chained(1)[0]))


def test_the_events_of_a_call_have_ids_made_of_its_own() -> None:
    assert opt_out_id("call_0199") == "optout_0199"
    assert keyed_id(opt_out_id("call_0199")) == "optout_0199_keyed"


GOOD = "+14805551234"


@pytest.mark.parametrize(
    ("number", "raw", "region", "doubt"),
    [
        (GOOD, GOOD, "US", None),
        (GOOD, "(480) 555-1234", "US", None),
        (GOOD, "(480) 555-1234", None, None),
        (GOOD, "4805551235", "US", "it was received as 4805551235, which is +14805551235"),
        (GOOD, "4805551235", None, None),
        ("+1 480 555 1234", GOOD, "US", "+1 480 555 1234 is written +14805551234"),
        ("+1 480 555 1234", GOOD, None, "+1 480 555 1234 is written +14805551234"),
    ],
)
def test_an_entry_is_doubtful_when_its_number_is_read_otherwise_today(
    number: str, raw: str, region: str | None, doubt: str | None
) -> None:
    assert find_doubt(number, raw, region) == doubt


def test_a_number_that_cannot_be_called_is_doubtful_and_what_was_received_helps() -> None:
    alone = find_doubt("+1480555", "+1480555", "US")
    assert alone
    assert "received" not in alone
    assert find_doubt("+1480555", "4805551234", None) == alone
    assert find_doubt("+1480555", "4805551234", "US") == f"{alone}; it was received as 4805551234, which is {GOOD}"
    assert find_doubt("+1480555", "12", "US") == f"{alone}; it was received as 12"


def test_a_number_is_read_as_one_of_the_region() -> None:
    assert find_doubt("+442079460958", "020 7946 0958", "GB") is None


def test_text_without_a_number_beside_an_entry_is_doubtful() -> None:
    doubt = find_doubt(GOOD, "12", "US")
    assert doubt
    assert doubt.startswith("it was received as 12: ")
    assert not doubt.endswith("None")
