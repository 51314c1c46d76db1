"""A caller with a withheld number who opts out can key the number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from socket import SHUT_RDWR

import gevent
import pytest

from devswitch.caller import CallScript
from devswitch.switch import CallResult, CallSetup, DevSwitch
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PublishedMenu
from ivr.domain.numbers import parse_keyed
from tests.calls.test_menu_calls import BYE
from tests.rig import DID, SEED, Rig, running_server, write_wav

READ_BACK = [*"14155550123"]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with running_server(tmp_path) as rig:
        for name in ("0", "key_number", "confirm_number"):
            write_wav(tmp_path / "system" / f"{name}.wav", 500)
        yield rig


def call(rig: Rig, keys: str, ani: str = "anonymous", **setup) -> CallResult:
    made = CallSetup(did=DID, ani=ani, script=CallScript.parse(keys), **setup)
    result = DevSwitch(rig.targets, speed=40).call(made, timeout_s=30)
    rig.drained()
    assert result.violations == []
    return result


def events(rig: Rig) -> list[tuple]:
    return [(each.source, each.number, each.key) for each in rig.records.of("opt_out")]


def test_his_number_is_read_back_confirmed_and_listed(rig):
    result = call(rig, "9,4155550123#,1")
    assert events(rig) == [("ani", None, "9"), ("keyed", "+14155550123", "1")]
    first, second = rig.records.of("opt_out")
    assert second.event_id == f"{first.event_id}_keyed"
    assert result.prompt_names[1:] == ["key_number", *READ_BACK, "confirm_number", "opted_out"]
    (ended,) = rig.records.of("call_ended")
    assert ended["outcome"] == "opted_out"
    assert "4155550123" not in str(ended)


@pytest.mark.parametrize("keyed", ["4155550123", "14155550123#", "00442079460000#"])
def test_a_number_may_end_with_silence_and_may_have_a_country_code(rig, keyed):
    call(rig, f"9,{keyed},1")
    assert events(rig)[1][1] in ("+14155550123", "+442079460000")


@pytest.mark.parametrize("ani", ["+266696687", "+7378742833", "0000000000", "2562533", "5551234"])
def test_a_caller_behind_a_placeholder_is_asked_and_the_placeholder_is_on_no_list(rig, ani):
    call(rig, "9,4155550123#,1", ani=ani)
    assert events(rig) == [("ani", None, "9"), ("keyed", "+14155550123", "1")]
    assert rig.records.of("opt_out")[0].number_raw == ani


@pytest.mark.parametrize("keys", ["9", "9,h", "9,4155550123#,h", "9,4155550123#", "9,123#,456#,4155550123#,1"])
def test_who_does_not_confirm_a_number_is_kept_without(rig, keys):
    call(rig, keys)
    assert events(rig) == [("ani", None, "9")]
    assert rig.records.of("call_ended")[-1]["outcome"] == "opted_out"


@pytest.mark.parametrize("keys", ["9", "9,4155550123#", "9,123#,456#"])
@pytest.mark.parametrize("audio", [{}, {"audio": "bye.wav"}], ids=["own words", "the node's audio"])
def test_who_keys_no_number_is_not_told_that_it_was_removed(rig, keys, audio):
    published = rig.menus.menu("ivr_seed01", 3)
    nodes = {**SEED["nodes"], "dnc": {"action": "suppress", **audio}}
    tree = parse_menu({"name": "m", "nodes": nodes})
    rig.menus.publish(PublishedMenu("ivr_seed01", 4, tree, published.prompts), DID)
    result = call(rig, keys)
    assert result.prompt_names[-1] == "number_unknown"
    assert not {"opted_out", BYE} & set(result.prompt_names)
    assert call(rig, "9,4155550123#,1").prompt_names[-1] == (BYE if audio else "opted_out")


@pytest.mark.parametrize("keys", ["9,41A5555D0123#,1", "9,A,4155550123#,1", "9,4155550123#,B,1"])
def test_a_key_that_no_telephone_has_costs_no_entry(rig, keys):
    call(rig, keys)
    assert events(rig)[1:] == [("keyed", "+14155550123", "1")]


def test_he_may_key_it_once_again_and_no_third_time(rig):
    call(rig, "9,4155550199#,2,4155550123#,1")
    assert [number for _, number, _ in events(rig)] == [None, "+14155550123"]
    result = call(rig, "9,4155550199#,2,4155550198#,2,4155550123#,1")
    assert len(events(rig)) == 3
    assert result.prompt_names.count("key_number") == 2


def test_the_opt_out_is_on_disk_before_he_is_asked(rig):
    kept = []

    def watch(note):
        if note.kind == "gather" and "key_number" in str(note):
            kept.append(len(rig.records.of("opt_out")))

    call(rig, "9,h", on_note=watch)
    assert kept == [1]


def test_a_caller_whose_number_is_known_is_asked_nothing(rig):
    assert call(rig, "9,1", ani="+14805551234").prompt_names[1:] == ["opted_out"]


def test_where_a_digit_cannot_be_spoken_nobody_is_asked(rig):
    (rig.prompts_dir / "system" / "7.wav").unlink()
    assert call(rig, "9,4155550123#,1").prompt_names[1:] == ["number_unknown"]


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_lost_worker_changes_nothing(rig, nth):
    gathers = []

    def watch(note):
        if note.kind == "gather":
            gathers.append(note)
            if len(gathers) == nth:
                gevent.spawn(cut_all, rig)

    result = call(rig, "9+200,4155550123#+200,1+200", on_note=watch)
    assert result.connections == 2
    ids = {each.event_id: each.number for each in rig.records.of("opt_out")}
    assert sorted(ids.values(), key=str) == ["+14155550123", None]
    assert rig.records.of("call_ended")[-1]["outcome"] == "opted_out"


@pytest.mark.parametrize(
    ("digits", "number"),
    [("4155550123", "+14155550123"), ("14155550123", "+14155550123"), ("00442079460000", "+442079460000"),
     ("011442079460000", "+442079460000"), ("442079460000", None), ("7378742833", None), ("9999999999", None),
     ("5550123", None), ("1", None), ("0000000000000000", None), ("9999999999999999", None)],
)  # fmt: skip
def test_what_is_taken_for_a_number(digits, number):
    assert parse_keyed(digits) == number


def cut_all(rig: Rig) -> None:
    for session in list(rig.server._sessions):
        session.sock.shutdown(SHUT_RDWR)
