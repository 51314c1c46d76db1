"""One voice: the prompts spoken by the product's own speech engine, and what is left of them at the far end."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import jiwer
import soundfile
from num2words import num2words

from benchmarks.listening.prompts import SpokenPrompt, plain_words
from benchmarks.listening.recognisers import Recogniser
from benchmarks.listening.telephone import RATE_HZ, Level, level_of, read_prompt, through_g711
from tts.server.engine import SpeechEngine

# Prompts of each voice that are left for somebody to hear.
LEFT = 5

_DIGITS = re.compile(r"\d+")


@dataclass
class VoiceMeasured:
    """`read`: by recogniser, the words that it made of each prompt."""

    levels: list[Level] = field(default_factory=list)
    read: dict[str, list[str]] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    made_s: float = 0.0

    def word_error(self, recogniser: str) -> float:
        """Substituted, left out and added words, as a part of those that should be heard."""
        return float(jiwer.wer(self.heard, self.read[recogniser]))

    @property
    def lufs(self) -> tuple[float, float]:
        """The middle, and how far the loudest and the softest are apart."""
        values = [each.lufs for each in self.levels]
        return round(median(values), 1), round(max(values) - min(values), 1)

    @property
    def words_per_minute(self) -> float:
        words = sum(len(each.split()) for each in self.heard)
        return 60 * words / sum(each.speech_s for each in self.levels)


def measure_voice(
    engine: SpeechEngine,
    voice: str,
    prompts: Sequence[SpokenPrompt],
    recognisers: Sequence[Recogniser],
    say: Callable[[str], None],
    wavs: Path | None = None,
) -> VoiceMeasured:
    """`wavs`: where the first prompts are left as the far end hears them."""
    found = VoiceMeasured(read={each.name: [] for each in recognisers})
    for number, prompt in enumerate(prompts):
        began = time.monotonic()
        spoken = engine.speak(prompt.text, voice)
        found.made_s += time.monotonic() - began
        sound = read_prompt(engine.prompts_dir / spoken.file)
        line = through_g711(sound)
        if wavs is not None and number < LEFT:
            soundfile.write(wavs / f"{voice}-{number + 1}.wav", line, RATE_HZ)
        found.levels.append(level_of(sound))
        found.heard.append(prompt.heard)
        for each in recognisers:
            found.read[each.name].append(comparable(each.words(line)))
        say(f"{voice}: {number + 1} of {len(prompts)}")
    return found


def comparable(words: str) -> str:
    """What a recogniser wrote, with numbers in words: up to two digits as a number, more of them one by one."""
    return plain_words(_DIGITS.sub(_in_words, words))


def _in_words(match: re.Match[str]) -> str:
    digits = match[0]
    if len(digits) <= 2 and not digits.startswith("0"):
        return f" {num2words(int(digits))} "
    return " " + " ".join(num2words(int(digit)) for digit in digits) + " "
