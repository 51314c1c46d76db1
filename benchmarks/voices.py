"""What a second of speech costs with each engine that renders here: Piper's voice and Kokoro's, one after the other.

CPU seconds are of the whole process, so other work on the machine changes them little; the real-time factor is by the
clock.
"""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.stack import Say
from launcher.first_start import sample
from tts.library.kokoro_packages import add_kokoro
from tts.server.models import Models
from tts.server.voices import VoiceTable

_VOICES = ("joe", "af_heart")


def voices(rounds: int, size: float, say: Say) -> dict[str, Any]:
    """The five prompts of the sample menu in each voice; the sentence that loads the model is not counted."""
    with TemporaryDirectory() as directory:
        add_kokoro(Path(directory), None, say)
        table, models = VoiceTable(Path(directory)), Models()
        found: dict[str, dict[str, list[float]]] = {name: {"cpu": [], "clock": []} for name in _VOICES}
        for name in _VOICES:
            models.synthesise("One moment.", table.resolve(name))
        for _ in range(max(1, min(3, rounds))):
            for name in _VOICES:
                sound_s, cpu, clock = 0.0, time.process_time(), time.monotonic()
                for text in sample()["texts"].values():
                    sound = models.synthesise(text, table.resolve(name))
                    sound_s += len(sound.samples) / sound.rate_hz
                found[name]["cpu"].append((time.process_time() - cpu) / sound_s)
                found[name]["clock"].append((time.monotonic() - clock) / sound_s)
                say(f"{name}: {found[name]['cpu'][-1]:.2f} CPU s, {found[name]['clock'][-1]:.2f} s a second of sound")
    cpu_s = {name: round(median(each["cpu"]), 3) for name, each in found.items()}
    return {
        "cpu_s": cpu_s,
        "real_time_factor": {name: round(median(each["clock"]), 3) for name, each in found.items()},
        "times_piper": round(cpu_s["af_heart"] / cpu_s["joe"], 2),
    }
