"""The number of live calls, from the files in which the call server's processes keep their metrics."""

from __future__ import annotations

from pathlib import Path

_GAUGE = "digitree_live_calls"


def count_live_calls(directory: Path) -> int | None:
    """The sum over all running processes; None when it is not known."""
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
