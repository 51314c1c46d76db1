"""The part of the page on how well voices are understood."""

from __future__ import annotations

from typing import Any


def part(results: dict[str, Any]) -> list[str]:
    """The page's part, best voice first."""
    found = results.get("listening", {}).get("measured")
    if not found:
        return []
    voices = sorted(found["voices"].items(), key=lambda each: min(each[1]["word_error"].values()))
    names = list(voices[0][1]["word_error"])
    lines = [
        "## How well voices are understood",
        "",
        f"{found['prompts']} prompts as businesses write them, spoken as they are for calls, through G.711 (mu-law), "
        "and read back by two offline recognisers. Word error counts words that are wrong, missing or added, against "
        "what a caller should hear. A recogniser's own errors are in it: compare voices, not figures.",
        "",
        f"| voice | {' | '.join(f'word error, {name}' for name in names)} | loudness (spread) | peak "
        "| clipped samples | silence before, after | words a minute | making it, of its length |",
        "|---|" + "---|" * (len(names) + 6),
    ]
    for voice, one in voices:
        errors = " | ".join(f"{one['word_error'][name]:.1%}" for name in names)
        lines.append(
            f"| {voice} | {errors} | {one['lufs']} LUFS ({one['lufs_spread']}) | {one['peak_dbfs']} dBFS "
            f"| {one['clipped']} | {one['before_ms']} ms, {one['after_ms']} ms | {one['words_per_minute']} "
            f"| {one['real_time']} |"
        )
    return [*lines, "", "![Word error by voice](listening.svg)", ""]
