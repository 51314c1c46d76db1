"""A waiting line on paper: the same arrivals and people, served by the rules of `ivr.domain.lines`, without a
telephone. What a line under load is compared with."""

from __future__ import annotations

import heapq
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, quantiles
from typing import NamedTuple

from ivr.domain.lines.offers import match
from ivr.domain.lines.places import Place, Waiting


class Arrival(NamedTuple):
    """When a call comes (seconds), and its priority (minutes)."""

    at_s: float
    priority: int = 0


@dataclass(frozen=True)
class Crowd:
    """The calls of a run, and how long each of the people holds a call: ringing and talking."""

    arrivals: Sequence[Arrival]
    held_s: Mapping[str, float]


@dataclass
class Served:
    """How long each call waited (seconds), by its number; who rang for it; how many waited at most."""

    waits_s: dict[int, float] = field(default_factory=dict)
    people: dict[int, str] = field(default_factory=dict)
    most_waiting: int = 0

    def figures(self) -> dict[str, float]:
        waits = sorted(self.waits_s.values())
        return {
            "calls": len(waits),
            "mean_s": round(fmean(waits), 2),
            "p50_s": round(quantiles(waits, n=100)[49], 2),
            "p95_s": round(quantiles(waits, n=100)[94], 2),
            "most_s": round(waits[-1], 2),
            "most_waiting": self.most_waiting,
        }


def rush(calls: int, people: int, seconds: float, seed: int = 1) -> Crowd:
    """`calls` come within the first half of the time, at random; people take between half and one and a half of what
    would make them all busy until its end. One call in ten has a priority."""
    chance = random.Random(seed)
    times = sorted(chance.uniform(0, seconds / 2) for _ in range(calls))
    arrivals = [Arrival(at_s, 1 if chance.random() < 0.1 else 0) for at_s in times]
    mean_s = seconds * people / calls
    held = {f"person_{at:02d}": mean_s * chance.uniform(0.5, 1.5) for at in range(people)}
    return Crowd(arrivals, held)


def simulate(crowd: Crowd, look_s: float = 0.0) -> Served:
    """Serve the crowd; `look_s`: how long it takes on average until a call notices that it is its turn."""
    served, waiting, holds = Served(), list[Waiting](), set[str]()
    idle: dict[str, int] = {}
    events: list[tuple[float, int, str]] = [(each.at_s, at, "") for at, each in enumerate(crowd.arrivals)]
    heapq.heapify(events)
    while events:
        now_s, number, person = heapq.heappop(events)
        now_ms = round(now_s * 1000)
        if person:
            holds.discard(person)
            idle[person] = now_ms
        else:
            waiting.append(Waiting(str(number), Place(crowd.arrivals[number].priority, now_ms)))
        free = [each for each in crowd.held_s if each not in holds]
        for offer in match(waiting, (), free, idle, "longest_idle"):
            (rung,) = offer.people
            call = int(offer.call_id)
            holds.add(rung)
            waiting = [each for each in waiting if each.call_id != offer.call_id]
            came_s = crowd.arrivals[call].at_s
            begins_s = now_s + (look_s if now_s > came_s else 0.0)
            served.waits_s[call], served.people[call] = begins_s - came_s, rung
            heapq.heappush(events, (begins_s + crowd.held_s[rung], len(crowd.arrivals), rung))
        served.most_waiting = max(served.most_waiting, len(waiting))
    return served
