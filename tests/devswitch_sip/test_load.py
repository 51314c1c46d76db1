"""Thirty calls with sound, both ways, for a few seconds. How punctual they are is for benchmarks/devswitch_rtp.py."""

from __future__ import annotations

import gc
import shutil
import sys

import pytest

from benchmarks.devswitch_rtp import measure
from devswitch.sip import punctual

FRAME_S = 0.02


@pytest.mark.skipif(shutil.which("sipp") is None, reason="no SIPp on this machine (Debian package sip-tester)")
def test_thirty_calls_with_sound_are_punctual_or_the_log_says_that_they_are_not() -> None:
    result = measure(calls=30, seconds=5)
    assert result.calls_ok == 30
    # One beat of all calls may be late by the receiver's clock and not by the sender's.
    assert result.late_packets <= result.calls or result.said_it_cannot_keep_up
    # What is given up for lost is given up on a machine that has no time to give.
    assert result.packets >= 30 * 5 * 50 * 0.9 or result.said_it_cannot_keep_up


def test_a_thread_that_is_busy_gives_the_interpreter_back_after_a_fraction_of_a_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With Python's own turns of 5 ms four in ten frames of thirty calls were late."""
    monkeypatch.setattr(punctual, "_STEPS_UP", 0)
    before_s = sys.getswitchinterval()
    try:
        punctual.be_punctual()
        assert sys.getswitchinterval() * 30 < FRAME_S
    finally:
        sys.setswitchinterval(before_s)
        gc.unfreeze()
