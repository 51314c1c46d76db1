"""One voice: the prompts spoken by the product's own speech engine, and what is left of them at the far end."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import jiwer
from num2words import num2words

from benchmarks.listening.prompts import SpokenPrompt, plain_words
from benchmarks.listening.recognisers import Recogniser
from benchmarks.listening.telephone import Level, level_of, read_prompt, through_g711
from tts.server.engine import SpeechEngine

_DIGITS = re.compile(r"\d+")
_DOLLARS = re.compile(r"\$(\d+)(?:\.(\d\d))?")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)\b")
_HOUR = re.compile(r"\b(\d{1,2}):00\b")
# A prompt that takes less than this part of the time that the voice's pace gives its words may have lost some.
_HURRIED = 0.6


@dataclass
class VoiceMeasured:
    """`read`: by recogniser, the words that it made of each prompt. `made_s`, `cpu_s`: to make all prompts."""

    levels: list[Level] = field(default_factory=list)
    read: dict[str, list[str]] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    made_s: float = 0.0
    cpu_s: float = 0.0

    def word_error(self, recogniser: str) -> float:
        """Substituted, left out and added words, as a part of those that should be heard."""
        return float(jiwer.wer(self.heard, self.read[recogniser]))

    @property
    def lufs(self) -> tuple[float, float]:
        """The middle, and how far the loudest and the softest are apart."""
        values = [each.lufs for each in self.levels]
        return round(median(values), 1), round(max(values) - min(values), 1)

    @property
    def speech_s(self) -> float:
        return sum(each.speech_s for each in self.levels)

    @property
    def words_per_minute(self) -> float:
        return 60 * sum(len(each.split()) for each in self.heard) / self.speech_s

    @property
    def hurried(self) -> list[str]:
        """The prompts that are far shorter than their letters take at the voice's own pace."""
        paces = [each.speech_s / len(words) for words, each in zip(self.heard, self.levels, strict=True)]
        usual = median(paces)
        return [words for words, pace in zip(self.heard, paces, strict=True) if pace < _HURRIED * usual]

    def lost_ends(self) -> tuple[int, int]:
        """The prompts whose first and whose last word no recogniser wrote there."""
        first, last = 0, 0
        for at, words in enumerate(self.heard):
            read = [each[at].split() or [""] for each in self.read.values()]
            wanted = words.split()
            first += all(each[0] != wanted[0] for each in read)
            last += all(each[-1] != wanted[-1] for each in read)
        return first, last

    def summary(self) -> dict[str, Any]:
        loudness, spread = self.lufs
        found = {
            "prompts": len(self.heard),
            "lufs": loudness,
            "lufs_spread": spread,
            "peak_dbfs": max(each.peak_dbfs for each in self.levels),
            "clipped": sum(each.clipped for each in self.levels),
            "before_ms": round(median(each.before_ms for each in self.levels)),
            "after_ms": round(median(each.after_ms for each in self.levels)),
            "words_per_minute": round(self.words_per_minute),
            "hurried": self.hurried,
            "cpu_s": round(self.cpu_s / self.speech_s, 2),
            "real_time": round(self.made_s / self.speech_s, 2),
        }
        if self.read:
            found["word_error"] = {name: round(self.word_error(name), 3) for name in self.read}
            found["first_lost"], found["last_lost"] = self.lost_ends()
        return found


def measure_voice(
    engine: SpeechEngine,
    voice: str,
    prompts: Sequence[SpokenPrompt],
    recognisers: Sequence[Recogniser],
    say: Callable[[str], None],
) -> VoiceMeasured:
    """The prompt that loads the model is not counted."""
    engine.speak(prompts[-1].text, voice, rate=2.0)
    found = VoiceMeasured(read={each.name: [] for each in recognisers})
    for number, prompt in enumerate(prompts):
        began, cpu = time.monotonic(), time.process_time()
        spoken = engine.speak(prompt.text, voice)
        found.made_s += time.monotonic() - began
        found.cpu_s += time.process_time() - cpu
        sound = read_prompt(engine.prompts_dir / spoken.file)
        line = through_g711(sound)
        found.levels.append(level_of(sound))
        found.heard.append(prompt.heard)
        for each in recognisers:
            found.read[each.name].append(comparable(each.words(line)))
        say(f"{voice}: {number + 1} of {len(prompts)}")
    return found


def comparable(words: str) -> str:
    """What a recogniser wrote, with numbers in words: amounts, ordinals and hours as they are said, other numbers up
    to two digits as a number, more of them one by one."""
    words = _DOLLARS.sub(lambda found: f" {found[1]} dollars" + (f" and {found[2]} cents" if found[2] else ""), words)
    words = _ORDINAL.sub(lambda found: f" {num2words(int(found[1]), to='ordinal')} ", words)
    words = _HOUR.sub(lambda found: f" {found[1]} o'clock ", words)
    return plain_words(_DIGITS.sub(_in_words, words))


def _in_words(match: re.Match[str]) -> str:
    digits = match[0]
    if len(digits) <= 2 and not digits.startswith("0"):
        return f" {num2words(int(digits))} "
    return " " + " ".join(num2words(int(digit)) for digit in digits) + " "
