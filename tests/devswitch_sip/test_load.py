"""Thirty calls with sound, both ways, for a few seconds."""

from __future__ import annotations

import shutil

import pytest

from benchmarks.devswitch_rtp import measure


@pytest.mark.skipif(shutil.which("sipp") is None, reason="no SIPp on this machine (Debian package sip-tester)")
def test_thirty_calls_with_sound_are_punctual_or_the_log_says_that_they_are_not() -> None:
    result = measure(calls=30, seconds=5)
    assert result.calls_ok == 30
    assert result.cores < 0.5
    # One beat of all calls may be late by the receiver's clock and not by the sender's.
    assert result.late_packets <= result.calls or result.said_it_cannot_keep_up
    # What is given up for lost is given up on a machine that has no time to give.
    assert result.packets >= 30 * 5 * 50 * 0.9 or result.said_it_cannot_keep_up
