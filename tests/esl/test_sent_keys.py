"""Keys sent to the caller's side, as commands for the switch."""

from __future__ import annotations

import pytest

from esl_server.switch.sent_keys import as_events, as_tones
from ivr.domain.errors import EslCommandRefused


def arguments(commands: tuple[bytes, ...]) -> list[bytes]:
    return [each.split(b"execute-app-arg: ")[1].strip() for each in commands]


def test_events_are_queued_and_silence_is_played_while_they_go_out() -> None:
    sent = as_events("w9#")
    assert arguments(sent.commands) == [b"w9#@200", b"silence_stream://1500"]
    assert sent.ms == 1500


def test_tones_wait_where_the_keys_do() -> None:
    sent = as_tones("wW9w1")
    assert arguments(sent.commands) == [
        b"silence_stream://1500", b"tone_stream://%(200,600,852,1477);%(200,100,697,1209)",
    ]  # fmt: skip
    assert sent.ms == 1500 + 800 + 300


@pytest.mark.parametrize(
    ("key", "hertz"), [("1", (697, 1209)), ("D", (941, 1633)), ("0", (941, 1336)), ("*", (941, 1209))]
)
def test_each_key_has_its_two_tones(key: str, hertz: tuple[int, int]) -> None:
    assert arguments(as_tones(key).commands) == [b"tone_stream://%%(200,100,%d,%d)" % hertz]


def test_long_keys_are_several_sounds() -> None:
    assert len(as_tones("9" * 48).commands) == 3


@pytest.mark.parametrize("keys", ["9@1", "9;loops=9", "${system x}", "9\n\n", ""])
def test_nothing_but_keys_reaches_the_switch(keys: str) -> None:
    for make in (as_events, as_tones):
        with pytest.raises(EslCommandRefused):
            make(keys)
