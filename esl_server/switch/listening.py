"""Commands that listen to whom we have called: is there sound, and is there the tone of an answering machine.

`detect_audio` ends as soon as there is sound, or after its time; it and `tone_detect` belong to FreeSWITCH's
mod_dptools. A tone is found by its frequency, 20 Hz either way, once it has lasted for some 50 ms; mod_dptools has
room for 16 of them.
"""

from __future__ import annotations

from esl_server.switch.commands import execute, getvar

# The mean of a frame's samples, of which it takes every other one: speech is far above.
LOUD = 50
# So many frames of 20 ms in a row, and one more.
FRAMES = 1
# Hertz: what answering machines and mailboxes beep with.
TONES = (425, 440, 480, 500, 620, 700, 780, 850, 900, 950, 1000, 1100, 1209, 1336, 1400, 2000)
HEARD_TONE = "ivr_tone"
TIMED_OUT = "detect_audio_timeout"
_TONE_S = 120
# How much longer than it listens a switch may take to reply.
REPLY_S = 10.0

ASK_TIMED_OUT, ASK_TONE = getvar(TIMED_OUT), getvar(HEARD_TONE)
STOP = execute("stop_tone_detect")


def find_tones() -> tuple[bytes, int]:
    """Set HEARD_TONE as soon as one of TONES is heard: the commands, and how many they are."""
    told = execute("set", f"execute_on_tone_detect=set {HEARD_TONE}=true")
    asked = [execute("tone_detect", f"ivr{hertz} {hertz} r +{_TONE_S}") for hertz in TONES]
    return b"".join([told, *asked]), 1 + len(asked)


def listen(ms: int) -> tuple[bytes, int]:
    """Listen for so long, or until there is sound: the commands, and how many they are. The replies to the last two
    are those to ASK_TIMED_OUT and ASK_TONE."""
    return execute("detect_audio", f"{LOUD} {FRAMES} {ms}") + ASK_TIMED_OUT + ASK_TONE, 3
