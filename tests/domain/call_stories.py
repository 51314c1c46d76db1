"""Generated calls: a caller walks through a small menu, in every way one can."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from ivr.domain.call_records import AgentAttempt, CallRecord, Outcome, Step, StepResult
from ivr.domain.numbers import E164

DAY = datetime(2026, 3, 9, tzinfo=UTC)
NODES = {
    "welcome": {"1": "license", "2": "area", "9": "dnc"},
    "license": {"1": "area", "2": "bye", "3": "welcome"},
    "area": {"1": "agent", "2": "bye", "*": "area"},
}
CALLERS_DO: tuple[StepResult, ...] = ("key", "no_match", "no_input", "hang_up")
ENDS = {"agent": Outcome.TRANSFERRED, "bye": Outcome.HUNG_UP, "dnc": Outcome.OPTED_OUT}


def walk(chance: random.Random) -> tuple[list[Step], Outcome]:
    """A path and how it ended."""
    path: list[Step] = []
    node, attempt, at_ms = "welcome", 1, 400
    while len(path) < 30:
        did = chance.choices(CALLERS_DO, (70, 10, 12, 8))[0]
        ms = chance.randrange(200, 20_000)
        if did == "hang_up":
            path.append(Step(node, attempt, "hang_up", None, at_ms, ms))
            return path, Outcome.CALLER_HUNG_UP
        if did == "key":
            key, onward = chance.choice(list(NODES[node].items()))
            path.append(Step(node, attempt, "key", key, at_ms, ms))
            node, attempt = onward, 1
        else:
            path.append(Step(node, attempt, did, "7" if did == "no_match" else None, at_ms, ms))
            attempt += 1
        at_ms += ms
        if attempt > 3:
            return path, Outcome.NO_MATCH if did == "no_match" else Outcome.NO_INPUT
        if node in ENDS:
            path.append(Step(node, 1, "action", None, at_ms, 0))
            return path, ENDS[node]
    return path, Outcome.BUDGET_SPENT


def story(number: int, chance: random.Random) -> CallRecord:
    """An ended call of one of three menus, over five days. Some were never in a menu, some only tried it."""
    path, outcome = walk(chance)
    at = DAY + timedelta(seconds=chance.randrange(5 * 86_400), milliseconds=number % 1000)
    kind = chance.random()
    agent = []
    if outcome is Outcome.TRANSFERRED:
        agent = [AgentAttempt("sip:a@b", "answered", None, talk_ms=chance.randrange(1000, 900_000))]
    length_ms = (path[-1].at_ms + path[-1].ms) + sum(each.talk_ms or 0 for each in agent)
    record = CallRecord(
        call_id=f"call_{number:08d}", channel_uuid="u", did=E164(f"+1415555010{number % 3}"), did_raw="x",
        ani=E164(f"+1480555{number % 10_000:04d}"), ani_raw="y", started_at=at, ivr_id=f"ivr_story{number % 3}",
        ivr_version=1 + number % 2, ended_at=at + timedelta(milliseconds=length_ms), duration_ms=length_ms,
        outcome=outcome, path=path, agent=agent, test=kind > 0.99,
        language=(None, "en", "es", "es")[number // 3 % 4],
    )  # fmt: skip
    if kind < 0.02:
        record.ivr_id = record.ivr_version = None
        record.path, record.agent, record.outcome = [], [], Outcome.UNASSIGNED
    elif kind < 0.03:
        record.ended_at = record.duration_ms = None
        record.outcome = Outcome.LOST
    return record
