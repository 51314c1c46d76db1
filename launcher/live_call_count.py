"""How many calls are live, from the files the call server's processes keep their metrics in."""

from __future__ import annotations

from pathlib import Path

_GAUGE = "digitree_live_calls"


def count_live_calls(directory: Path) -> int | None:
    """The sum over all processes that run; None when nothing is known."""
    from prometheus_client import CollectorRegistry
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    try:
        MultiProcessCollector(registry, path=str(directory))
        families = list(registry.collect())
    except (OSError, ValueError):
        return None
    samples = [sample.value for family in families if family.name == _GAUGE for sample in family.samples]
    return int(sum(samples)) if samples else None
