"""The call state on the channel: what an earlier worker wrote is read whole, and nothing else is."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from esl_server.call.state import CallState, decode_state

# Written by the release whose states are fields by position, format 3.
RECORDED = json.loads((Path(__file__).parent / "recordings" / "call_states_3.json").read_text(encoding="utf-8"))
UUID, SECRET = RECORDED["channel_uuid"], RECORDED["secret"].encode()


def held(state: CallState) -> dict[str, Any]:
    """All that a state holds, as the recordings tell it."""
    path = [[s.node, s.attempt, s.result, s.key, s.at_ms, s.ms, s.prompt] for s in state.path]
    prepared = state.prepared
    return {
        "call_id": state.call_id,
        "pointer": state.pointer,
        "position": list(state.position),
        "phase": state.phase,
        "started_ms": state.started_ms,
        "answered_ms": state.answered_ms,
        "asked_ms": state.asked_ms,
        "take_overs": state.take_overs,
        "path": path,
        "attempts": [asdict(each) for each in state.attempts],
        "prepared": prepared and [prepared.said, prepared.uri, [list(each) for each in prepared.headers]],
        "away_ms": state.away_ms,
        "keyed": state.keyed,
    }


@pytest.mark.parametrize("recorded", RECORDED["states"], ids=lambda each: each["name"])
def test_a_state_of_an_earlier_release_is_read_whole(recorded: dict[str, Any]) -> None:
    state = decode_state(recorded["text"], UUID, SECRET)
    assert state is not None
    assert held(state) == recorded["holds"]


@pytest.mark.parametrize("recorded", RECORDED["states"], ids=lambda each: each["name"])
def test_a_state_is_only_taken_on_its_own_channel_with_our_secret_and_unchanged(recorded: dict[str, Any]) -> None:
    text = recorded["text"]
    assert decode_state(text, "another-channel", SECRET) is None
    assert decode_state(text, UUID, b"another secret") is None
    assert decode_state(text.replace("ivr_seed01:3", "ivr_seed01:4").replace(";0;0;", ";1;0;"), UUID, SECRET) is None
    assert decode_state(text[:-1], UUID, SECRET) is None
