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


def save(figure: Any, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)
