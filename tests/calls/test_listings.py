"""A menu that puts its caller on a list: in the journal before anything more is heard, known to the call at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from devswitch.caller import CallScript
from devswitch.channel import ChannelNote
from devswitch.switch import CallResult, CallSetup, DevSwitch
from tests.calls.test_messages import DIALECTS, HELLO, cut_at, path, publish, record
from tests.rig import DID, Rig

ANI = "+14805551234"
NODES = {
    "ask": {"audio": "welcome.wav", "gather": {"1": "ban", "2": "pardon"}},
    "ban": {"set": {"list:banned": "30d"}, "audio": "hello.wav", "next": "who"},
    "pardon": {"set": {"list:banned": False}, "next": "who"},
    "who": {"switch": "list:banned", "case": {"true": "bye"}, "default": "ask2"},
    "ask2": {"audio": "welcome.wav", "gather": {"1": "bye"}, "max_attempts": 1},
    "bye": {"action": "hangup", "audio": "bye.wav"},
}


def call(rig: Rig, keys: str, ani: str = ANI, **setup: Any) -> CallResult:
    switch = DevSwitch(rig.targets, speed=40)
    result = switch.call(CallSetup(did=DID, ani=ani, script=CallScript.parse(keys), **setup), timeout_s=60)
    rig.drained()
    assert result.violations == []
    return result


@DIALECTS
def test_a_ban_is_in_the_journal_before_the_caller_hears_anything_more(rig: Rig, variables: dict[str, str]) -> None:
    publish(rig, NODES)
    kept: list[int] = []

    def see(note: ChannelNote) -> None:
        if note.kind == "play" and HELLO in note.text:
            kept.append(len(rig.records.of("listing")))

    call(rig, "1", extra_variables=variables, on_note=see)
    (event,) = rig.records.of("listing")
    assert kept == [1]
    names = ("list_name", "number", "is_on", "ivr_id", "node", "call_id")
    assert tuple(event[name] for name in names) == (
        *("banned", ANI, True, "ivr_seed01", "ban"), record(rig)["call_id"],
    )  # fmt: skip
    assert datetime.fromisoformat(event["until"]) - datetime.fromisoformat(event["at"]) == timedelta(days=30)
    steps = [(step["node"], step["result"], step["key"], step["value"]) for step in record(rig)["path"]]
    assert steps[1:4] == [
        ("ban", "listed", "banned", "30d"), ("ban", "played", None, None), ("who", "switch", "true", "true"),
    ]  # fmt: skip


def test_a_pardon_takes_the_caller_off_and_the_calls_own_switch_knows(rig: Rig) -> None:
    publish(rig, NODES)
    call(rig, "2,1")
    (event,) = rig.records.of("listing")
    assert (event["is_on"], event["until"], event["node"]) == (False, None, "pardon")
    assert ("who", "switch", "default") in path(rig)


def test_a_caller_without_a_number_is_put_on_no_list_and_the_record_says_so(rig: Rig) -> None:
    publish(rig, NODES)
    call(rig, "1,1", ani="anonymous")
    assert rig.records.of("listing") == []
    assert path(rig)[1:4] == [("ban", "not_listed", "banned"), ("ban", "played", None), ("who", "switch", "default")]


@DIALECTS
def test_a_worker_lost_behind_a_ban_bans_once(rig: Rig, variables: dict[str, str]) -> None:
    publish(rig, NODES)
    result = call(rig, "1", on_note=cut_at(rig, HELLO), extra_variables=variables)
    assert (result.connections, len(rig.records.of("listing"))) == (2, 1)
    assert [result for _, result, _ in path(rig)].count("listed") == 1

