"""What the record says of an end that neither the menu nor the agent made, and of how digits came."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from devswitch.caller import CallScript
from devswitch.channel import ChannelNote
from devswitch.switch import CallSetup, SwitchCall
from tests.calls.test_menu_calls import call, path, publish, record, switch
from tests.rig import DID, Rig

PREPARED = {"digitree_api": "true"}


def end_of(rig: Rig) -> tuple[str, str | None, str | None]:
    ended = record(rig)
    return ended["outcome"], ended["hung_up_by"], ended["hangup_cause"]


class Acting:
    """A call whose test acts at its nth question."""

    def __init__(self, rig: Rig, nth: int, **setup: Any) -> None:
        self._left = nth
        self._setup = CallSetup(did=DID, script=CallScript.parse(setup.pop("keys", "")), on_note=self._see, **setup)
        self._rig = rig
        self._live: SwitchCall | None = None

    def _see(self, note: ChannelNote) -> None:
        if note.kind != "gather":
            return
        self._left -= 1
        if self._left == 0 and self._live is not None:
            self.act(self._live)

    def act(self, live: SwitchCall) -> None:
        raise NotImplementedError

    def run(self) -> None:
        self._live = live = switch(self._rig).start(self._setup)
        live.wait(20)
        self._rig.drained()


class Killed(Acting):
    def act(self, live: SwitchCall) -> None:
        live.kill("MEDIA_TIMEOUT")


@pytest.mark.parametrize("variables", [{}, PREPARED], ids=["any FreeSWITCH", "our dialplan"])
@pytest.mark.parametrize("nth", [1, 2])
def test_an_end_that_the_switch_made_is_not_the_callers(rig: Rig, nth: int, variables: dict[str, str]) -> None:
    Killed(rig, nth, keys="1,-", extra_variables=variables).run()
    assert end_of(rig) == ("disconnected", "us", "MEDIA_TIMEOUT")
    assert path(rig)[-1][1] == "hang_up"
    assert len(path(rig)) == nth


def cancel(rig: Rig, **setup: Any) -> None:
    """While the switch answers, which takes it 2 ms of a clock that stands still while the server works."""
    script = replace(CallScript(), hang_up_ms=1.0)
    switch(rig, counts_idle=False).call(CallSetup(did=DID, script=script, **setup), timeout_s=20)
    rig.drained()


@pytest.mark.parametrize("variables", [{}, PREPARED], ids=["any FreeSWITCH", "our dialplan"])
def test_a_call_that_is_cancelled_comes_to_no_node(rig: Rig, variables: dict[str, str]) -> None:
    cancel(rig, extra_variables=variables)
    assert end_of(rig) == ("caller_hung_up", "caller", "ORIGINATOR_CANCEL")
    assert record(rig)["path"] == []


def test_a_call_that_is_cancelled_before_a_menus_end_comes_to_no_node(rig: Rig) -> None:
    publish(rig, {"end": {"action": "hangup", "audio": "bye.wav"}})
    cancel(rig)
    assert end_of(rig) == ("caller_hung_up", "caller", "ORIGINATOR_CANCEL")
    assert record(rig)["path"] == []


def test_a_call_whose_switch_dies_is_lost_at_its_question(rig: Rig) -> None:
    live = switch(rig).start(CallSetup(did=DID, script=CallScript.parse("1,-")))
    rig.until(lambda: live.channel.gathers == 2)
    live.drop()
    rig.drained()
    assert end_of(rig) == ("lost", None, None)
    assert path(rig) == [("welcome", "key", "1"), ("has_license", "lost", None)]


@pytest.mark.parametrize(
    ("source", "negotiated", "told"),
    [("INBAND_AUDIO", "info", "none"), ("ENDPOINT", "info", "info"), ("RTP", "rfc2833", "rfc2833")],
)
@pytest.mark.parametrize("keys", ["9", "1,2"], ids=["opt-out", "hang-up"])
def test_a_caller_without_events_is_known_by_the_source_of_the_digits(
    rig: Rig, source: Any, negotiated: str, told: str, keys: str
) -> None:
    """Negotiated with the answer, as FreeSWITCH does: the channel has no kind of digits before."""
    waiting = list(keys.replace(",", ""))
    offer = "a=rtpmap:101 telephone-event/8000" if negotiated == "rfc2833" else "a=rtpmap:0 PCMU/8000"

    def press(note: ChannelNote) -> None:
        if note.kind == "answer":
            live.agree(negotiated)
        if note.kind == "gather" and waiting:
            live.press(waiting.pop(0), source)

    variables = {**PREPARED, "switch_r_sdp": offer, "dtmf_type": ""}
    live = switch(rig).start(CallSetup(did=DID, on_note=press, extra_variables=variables))
    assert live.wait(20).violations == []
    rig.drained()
    assert record(rig)["dtmf_type"] == told


@pytest.mark.parametrize("keys", ["h", "1,2"])
def test_what_was_negotiated_with_the_answer_is_recorded(rig: Rig, keys: str) -> None:
    def agree(note: ChannelNote) -> None:
        if note.kind == "answer":
            live.agree("rfc2833")

    setup = CallSetup(did=DID, script=CallScript.parse(keys), on_note=agree, extra_variables={"dtmf_type": ""})
    live = switch(rig).start(setup)
    live.wait(20)
    rig.drained()
    assert record(rig)["dtmf_type"] == "rfc2833"


@pytest.mark.parametrize("extra", "ABCDF")
@pytest.mark.parametrize("times", [1, 3, 20])
def test_a_key_that_no_telephone_has_costs_no_attempt(rig: Rig, extra: str, times: int) -> None:
    waiting = [*extra * times, "1", "2"]

    def press(note: ChannelNote) -> None:
        if note.kind == "gather" and waiting:
            live.press(waiting.pop(0))

    live = switch(rig).start(CallSetup(did=DID, on_note=press))
    result = live.wait(20)
    rig.drained()
    assert "invalid" not in result.prompt_names
    assert path(rig) == [("welcome", "key", "1"), ("has_license", "key", "2"), ("unqualified", "action", None)]
    assert [step["attempt"] for step in record(rig)["path"]] == [1, 1, 1]


def test_a_line_that_only_sends_such_keys_is_let_go(rig: Rig) -> None:
    def press(note: ChannelNote) -> None:
        if note.kind == "gather":
            live.press("A")

    live = switch(rig).start(CallSetup(did=DID, on_note=press))
    live.wait(20)
    rig.drained()
    assert record(rig)["outcome"] == "budget_spent"


def test_a_message_without_audio_is_recorded_as_skipped(rig: Rig) -> None:
    publish(rig, {"hello": {"next": "ask"}, "ask": {"audio": "welcome.wav", "gather": {"1": "end"}},
                  "end": {"action": "hangup"}})  # fmt: skip
    call(rig, "1")
    assert path(rig)[0] == ("hello", "skipped", None)
