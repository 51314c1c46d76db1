"""How often a machine is told from a person, on greetings made here: `python -m benchmarks.answering_machines`.

Greetings are spoken by Piper in the voices of this installation, with pauses, line noise and the tones of machines;
people say what people say. Each is listened to as FreeSWITCH listens (detect_audio: the mean of every other sample of
a frame; tone_detect: Goertzel over 102 samples, three times in a row), and `ivr.domain.outgoing.detector` judges.
Nothing is kept: neither sounds nor figures.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from esl_server.switch.listening import FRAMES, LOUD, TONES
from ivr.domain.outgoing.detector import SLICE_MS, Detector
from tts.server.models import Models
from tts.server.voices import VoiceTable

RATE, FRAME = 8000, 160
BLOCK, BLOCKS = 102, 3
RATIO = 42.0
PEOPLE = (
    "Hello?", "Yes?", "Hello, this is Anna.", "Hi.", "Yeah, hello?", "Bob Miller speaking.", "Hello, who is this?",
    "Good morning, this is Jane Smith.", "Hill Roofing, good morning.", "Hang on a second. Hello?",
)  # fmt: skip
MACHINES = (
    "Hello. You have reached the Millers. We cannot come to the phone right now. Please leave a message after the "
    "tone.",
    "Hi, this is Bob. Leave me a message and I will call you back.",
    "The person you are calling is not available. Please leave your message after the tone.",
    "Your call has been forwarded to an automated voice messaging system. Four eight zero, five five five, one two "
    "three four is not available. At the tone, please record your message.",
    "You have reached Hill Roofing. Our office is closed. Our hours are Monday to Friday, nine to five. Please leave "
    "your name and number after the beep, and we will call you back as soon as we can.",
    "Hey, it is Jane. I can't get to my phone. You know what to do.",
    "We're sorry, nobody is available to take your call. Please leave a message after the tone. When you have "
    "finished recording, you may hang up, or press one for more options.",
    "Thank you for calling. Please leave your message.",
)  # fmt: skip
# Hertz of the tone and its milliseconds; None: none is heard.
BEEPS = ((1000, 500), (1400, 400), (440, 600), (850, 300), (660, 500), (1750, 400), None)
GAPS_MS = (150, 700, 1500)
NOISES = (0, 25)
# The loudest sample of the speech, of 32,767.
LEVELS = (10_000, 3_000)
_BEHIND_MS = 4000


@dataclass(frozen=True)
class Heard:
    """`tone_ends_ms`: when the tone of a machine is over, else when its greeting is."""

    samples: np.ndarray
    is_machine: bool
    ends_ms: float
    text: str
    beep: int | None = None


def silence(ms: float) -> np.ndarray:
    return np.zeros(round(ms * RATE / 1000))


def tone(hertz: int, ms: int) -> np.ndarray:
    return 6000 * np.sin(2 * np.pi * hertz * np.arange(round(ms * RATE / 1000)) / RATE)


def greetings(say: Sequence[tuple[str, bool, np.ndarray]]) -> Iterator[Heard]:
    chance = np.random.default_rng(7)
    for (text, is_machine, made), level, noise, before_ms in itertools.product(say, LEVELS, NOISES, (200, 900)):
        spoken = made * (level / np.abs(made).max())
        endings = itertools.product(BEEPS, GAPS_MS) if is_machine else [(None, 0)]
        for beep, gap_ms in endings:
            parts = [silence(before_ms), spoken]
            if beep is not None:
                parts += [silence(gap_ms), tone(*beep)]
            ends_ms = 1000 * sum(map(len, parts)) / RATE
            samples = np.concatenate([*parts, silence(_BEHIND_MS)])
            samples = samples + chance.normal(0, noise, len(samples)) if noise else samples
            yield Heard(samples, is_machine, ends_ms, text, beep[0] if beep else None)


def loud_frames(samples: np.ndarray) -> np.ndarray:
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    return np.abs(frames[:, ::2]).sum(axis=1) / FRAME >= LOUD


def tone_at_ms(samples: np.ndarray) -> float:
    """When tone_detect finds the first of TONES; infinite: never."""
    blocks = samples[: len(samples) // BLOCK * BLOCK].reshape(-1, BLOCK)
    energy = (blocks**2).sum(axis=1)
    at = np.arange(BLOCK)
    first = float("inf")
    for hertz in TONES:
        own, second = (
            np.abs(blocks @ np.exp(-2j * np.pi * each * at / RATE)) ** 2 for each in (hertz, 2 * hertz)
        )
        hit = (own > RATIO * energy) & (second < own) & (energy > 0)
        run = 0
        for number, each in enumerate(hit):
            run = run + 1 if each else 0
            if run >= BLOCKS:
                first = min(first, 1000 * (number + 1) * BLOCK / RATE)
                break
    return first


def judge(heard: Heard) -> tuple[Detector, float]:
    """The detector at its end, and when that was."""
    loud, tone_ms = loud_frames(heard.samples), tone_at_ms(heard.samples)
    detector, at, run = Detector(), 0, 0
    while not detector.done and at < len(loud):
        sounded, began, run = False, at, 0
        while at < len(loud) and (at - began) * 20 < SLICE_MS:
            run = run + 1 if loud[at] else 0
            at += 1
            if run > FRAMES:
                sounded = True
                break
        detector.feed(at * 20, heard=sounded, tone=tone_ms <= at * 20)
    return detector, at * 20


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--wrong", action="store_true", help="say which were judged wrongly")
    wanted = parser.parse_args()
    models, table = Models(), VoiceTable(Path("/nowhere"))
    say = []
    for voice in table.all():
        for text, is_machine in ((text, text in MACHINES) for text in (*PEOPLE, *MACHINES)):
            say.append((text, is_machine, np.asarray(models.synthesise(text, voice).samples, dtype=float)))
    counts = {"person": [0, 0], "machine": [0, 0]}
    late: dict[str, list[float]] = {"by tone": [], "by silence": []}
    cut = 0
    for heard in greetings(say):
        detector, ended_ms = judge(heard)
        wanted_verdict = "machine" if heard.is_machine else "person"
        counts[wanted_verdict][0] += 1
        right = detector.verdict == wanted_verdict
        counts[wanted_verdict][1] += right
        if heard.is_machine and right:
            late["by tone" if detector.by_tone else "by silence"].append(ended_ms - heard.ends_ms)
            cut += ended_ms < heard.ends_ms
        if wanted.wrong and not right:
            print(f"{detector.verdict!s:8} {heard.text} {heard.beep}")
    for name, (all_of_them, right_ones) in counts.items():
        print(f"{name:8} {right_ones} of {all_of_them} ({100 * right_ones / all_of_them:.1f} %)")
    for name, times in late.items():
        if times:
            print(f"the message begins {name} {np.median(times):.0f} ms after the end (median of {len(times)})")
    print(f"it begins before the greeting or its tone is over: {cut}")


if __name__ == "__main__":
    main()
