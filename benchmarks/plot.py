"""CPU per call against live calls, as a small SVG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.fonttype"] = "none"
matplotlib.rcParams["svg.hashsalt"] = "digitree"

from matplotlib import pyplot  # noqa: E402


def draw_cost(curve: dict[str, Any], path: Path) -> None:
    """`curve`: server -> [[live, ms, lost], ...]."""
    figure, axes = pyplot.subplots(figsize=(7, 4))
    for name, points in curve.items():
        axes.plot([live for live, _, _ in points], [ms for _, ms, _ in points], marker="o", markersize=3, label=name)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("live calls, a key a second each")
    axes.set_ylabel("server CPU per call, ms")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    save(figure, path)


def draw_listening(voices: dict[str, Any], path: Path) -> None:
    """`voices`: voice -> its measurements, with `word_error` by recogniser; those without are left out."""
    voices = {name: one for name, one in voices.items() if "word_error" in one}
    if not voices:
        return
    names = sorted(voices, key=lambda name: -min(voices[name]["word_error"].values()))
    recognisers = list(voices[names[0]]["word_error"])
    figure, axes = pyplot.subplots(figsize=(7, 1.5 + 0.35 * len(names)))
    height = 0.8 / len(recognisers)
    for number, recogniser in enumerate(recognisers):
        at = [row + height * (number - (len(recognisers) - 1) / 2) for row in range(len(names))]
        axes.barh(at, [100 * voices[name]["word_error"][recogniser] for name in names], height, label=recogniser)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("words wrong, of a hundred, after a telephone line")
    axes.grid(axis="x", alpha=0.3)
    axes.legend(frameon=False)
    save(figure, path)


def draw_load(steps: list[dict[str, Any]], limit_ms: float, path: Path) -> None:
    """`steps` as benchmarks.sipp_load makes them, by their rates; of those that were made twice the last counts."""
    steps = list({each["rate"]: each for each in steps}.values())
    figure, axes = pyplot.subplots(figsize=(7, 4))
    rates = [each["rate"] for each in steps]
    for name in ("p50", "p99"):
        heard = [each["key_to_prompt_ms"].get(name) for each in steps]
        axes.plot(rates, heard, marker="o", markersize=3, label=f"key to prompt {name}, ms")
    axes.plot(rates, [each["switch_ms"] for each in steps], marker="s", markersize=3, label="switch CPU a call, ms")
    axes.plot(rates, [each["server_ms"] for each in steps], marker="s", markersize=3, label="our CPU a call, ms")
    wrong = [max(0.1, 100 * each["wrong"] / each["calls"]) for each in steps]
    axes.plot(rates, wrong, marker="x", linestyle=":", label="lost or wrong outcomes, % (0.1: none)")
    axes.axhline(limit_ms, color="grey", linewidth=0.8, linestyle="--")
    axes.set_yscale("log")
    axes.set_xlabel("new calls a second")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    save(figure, path)


def save(figure: Any, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)
