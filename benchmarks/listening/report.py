"""The part of the page on how well voices are understood."""

from __future__ import annotations

from typing import Any

Voices = list[tuple[str, dict[str, Any]]]


def part(results: dict[str, Any]) -> list[str]:
    """The page's part: voices that a recogniser reads, the best first, then the others."""
    voices = results.get("listening", {}).get("measured", {}).get("voices")
    if not voices:
        return []
    read = sorted(
        ((name, one) for name, one in voices.items() if "word_error" in one),
        key=lambda each: min(each[1]["word_error"].values()),
    )
    others = sorted(
        ((name, one) for name, one in voices.items() if "word_error" not in one), key=lambda each: each[1]["language"]
    )
    return [
        "## How well voices are understood",
        "",
        "Prompts as businesses write them, spoken as they are for calls, through G.711 (mu-law). `python -m "
        "benchmarks.listening --wavs DIR` leaves five prompts of each voice, as a caller hears them, to listen to. "
        "Seconds by the clock depend on what else the machine does, CPU seconds much less. Voices that are not in "
        "the tables have not been measured.",
        "",
        *([results["listening"]["measured"]["note"], ""] if "note" in results["listening"]["measured"] else []),
        *(_read_part(read) if read else []),
        *(_others_part(others) if others else []),
    ]


def _read_part(voices: Voices) -> list[str]:
    names = list(voices[0][1]["word_error"])
    lines = [
        f"{voices[0][1]['prompts']} prompts are read back by two offline recognisers. Word error counts words "
        "that are wrong, missing or added, against what a caller should hear. A recogniser's own errors are in it: "
        "compare voices, not figures. First and last word lost: prompts where no recogniser has the right one.",
        "",
        f"| voice | language | {' | '.join(f'word error, {name}' for name in names)} | first, last word lost "
        "| words a minute |",
        "|---|---|" + "---|" * (len(names) + 2),
    ]
    for voice, one in voices:
        errors = " | ".join(f"{one['word_error'][name]:.1%}" for name in names)
        lost = f"{one['first_lost']}, {one['last_lost']}"
        lines.append(f"| {voice} | {one['language']} | {errors} | {lost} | {one['words_per_minute']} |")
    return [*lines, "", "![Word error by voice](listening.svg)", "", *_sound_part(voices)]


def _others_part(voices: Voices) -> list[str]:
    return [
        f"In other languages, {voices[0][1]['prompts']} prompts each. No package of PyPI, npm or Debian was found "
        "that carries a recogniser of these languages with its model, so only the sound is measured.",
        "",
        *_sound_part(voices),
    ]


def _sound_part(voices: Voices) -> list[str]:
    lines = [
        "| voice | language | loudness (spread) | peak | clipped samples | silence before, after | words a minute "
        "| cut short | CPU a second of speech | by the clock |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for voice, one in voices:
        lines.append(
            f"| {voice} | {one['language']} | {one['lufs']} LUFS ({one['lufs_spread']}) | {one['peak_dbfs']} dBFS "
            f"| {one['clipped']} | {one['before_ms']} ms, {one['after_ms']} ms | {one['words_per_minute']} "
            f"| {len(one['hurried'])} | {one['cpu_s']} s | {one['real_time']} s |"
        )
    return [*lines, ""]
