"""What is wrong just now, of what this machine and the stores know anyway."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ivr.domain.alerts.judging import Reading
from ivr.domain.alerts.settings import AlertKind, AlertSettings
from ivr.domain.alerts.usual import WEEKS, Share, failed_lately, is_unusual_share, misses_calls
from ivr.domain.errors import StorageError
from ivr.storage.disk.journal import machine_name
from ivr.storage.disk.room import free_bytes
from ivr.storage.disk.switch_certificate import find_certificate_end
from ivr.storage.disk.trunk_states import read_states, trunk_states_path
from ivr.storage.postgres.database import Connection, Database

log = logging.getLogger(__name__)

_DOWN = ("trying", "refused", "silent")
# What reads the calls does so no more often.
SLOW_EVERY = timedelta(minutes=1)
_READY_WITHIN_S = 5.0
_MOST_READY = 1 << 20
_AGENT_HOURS, _AGENT_CALLS = 6, 2000
_SHARE_DAYS = 28
# Records that wait for longer may be the calls that are missed.
_LATE_S = 60
_BUDGET_S = 20.0

_AGENTS = """
    select coalesce(a ->> 'agent', '') as agent, c.started_at, bool_or(a ->> 'result' = 'answered') as answered
    from (
        select call_id, started_at, agent from call_record
        where started_at > %(since)s and started_at <= %(now)s and agent <> '[]' and not test
        order by started_at desc limit %(limit)s
    ) c, jsonb_array_elements(c.agent) a
    where a ->> 'person' is null and not a ->> 'result' = any('{cancelled,elsewhere,refused}')
    group by 1, c.call_id, c.started_at order by c.started_at desc
"""
_CALLS = """
    select count(*) as calls, count(*) filter (where outcome = 'opted_out') as opt_outs from call_record
    where started_at >= %s and started_at < %s and not test and outgoing is null
"""

Found = Sequence[Reading] | None


class AlertPlaces(NamedTuple):
    """`admin` is where the admin app listens, whose /readyz asks the voices; `url` is what links begin with.
    `first_zone`: the time zone of the installation while none was chosen on the page."""

    home: Path
    admin: tuple[str, int]
    url: str
    first_zone: str = ""


class AlertReadings:
    """`backlog` tells the age of the oldest record that waits in the journal, in seconds."""

    def __init__(self, database: Database, places: AlertPlaces, backlog: Callable[[], float]) -> None:
        self._database, self._places, self._backlog = database, places, backlog
        self._machine = machine_name()
        self._slow: Mapping[AlertKind, Found] = {}
        self._slow_at: datetime | None = None
        self._voices_down_since: datetime | None = None

    def gather(self, settings: AlertSettings, zone: ZoneInfo, now: datetime) -> Mapping[AlertKind, Found]:
        """By kind; None: not known just now."""
        numbers = {kind: rule.numbers for kind, rule in settings.rules.items()}
        if self._slow_at is None or not self._slow_at <= now < self._slow_at + SLOW_EVERY:
            self._slow, self._slow_at = self._of_calls(numbers, zone, now), now
        return {
            "trunk_down": self._trunks(numbers["trunk_down"], now),
            "journal_old": self._journal(numbers["journal_old"]),
            "disk_low": self._disk(numbers["disk_low"]),
            "voice_down": self._voices(numbers["voice_down"], now),
            "certificate": self._certificate(numbers["certificate"], now),
            **self._slow,
        }

    def _trunks(self, numbers: Mapping[str, int], now: datetime) -> Found:
        found = []
        for name, state in read_states(trunk_states_path(self._places.home)).items():
            minutes = (now.timestamp() - state.since) / 60 if state.since is not None else 0.0
            if state.standing in _DOWN and minutes >= numbers["minutes"]:
                why = f"; last answer: {state.refusal.status} {state.refusal.phrase}" if state.refusal else ""
                found.append(Reading("trunk_down", name, f"It is {state.standing} for {minutes:.0f} minutes{why}."))
        return found

    def _journal(self, numbers: Mapping[str, int]) -> Found:
        age_s = self._backlog()
        if age_s < numbers["minutes"] * 60:
            return []
        detail = f"The oldest record has waited for {age_s / 60:.0f} minutes; calls go on, and nothing is lost."
        return [Reading("journal_old", self._machine, detail)]

    def _disk(self, numbers: Mapping[str, int]) -> Found:
        try:
            free_mb = free_bytes(self._places.home) // 1_000_000
        except OSError:
            return None
        if free_mb >= numbers["megabytes"]:
            return []
        return [Reading("disk_low", self._machine, f"{free_mb:,} MB are left.")]

    def _voices(self, numbers: Mapping[str, int], now: datetime) -> Found:
        answer = self._voices_answer()
        if answer is None:
            return None
        if answer:
            self._voices_down_since = None
            return []
        since = self._voices_down_since = self._voices_down_since or now
        minutes = (now - since).total_seconds() / 60
        if minutes < numbers["minutes"]:
            return []
        detail = "Prompts that are there are played; new ones cannot be spoken."
        return [Reading("voice_down", self._machine, detail)]

    def _voices_answer(self) -> bool | None:
        connection = HTTPConnection(*self._places.admin, timeout=_READY_WITHIN_S)
        try:
            connection.request("GET", "/readyz")
            checks = json.loads(connection.getresponse().read(_MOST_READY))["checks"]
            return next((bool(each["ok"]) for each in checks if each["name"] == "tts"), None)
        except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
            log.debug("whether the voices answer is not known: %s", error)
            return None
        finally:
            connection.close()

    def _certificate(self, numbers: Mapping[str, int], now: datetime) -> Found:
        end = find_certificate_end(self._places.home)
        if end is None or end - now.timestamp() >= numbers["days"] * 86_400:
            return []
        days = (end - now.timestamp()) / 86_400
        detail = f"That for SIP over TLS ends in {days:.0f} days." if days > 0 else "That for SIP over TLS has ended."
        return [Reading("certificate", self._machine, detail)]

    def _of_calls(
        self, numbers: Mapping[AlertKind, Mapping[str, int]], zone: ZoneInfo, now: datetime
    ) -> Mapping[AlertKind, Found]:
        try:
            with self._database.transaction(budget_s=_BUDGET_S) as connection:
                return {
                    "agent_down": _agents(connection, numbers["agent_down"], now),
                    "no_calls": self._no_calls(connection, numbers["no_calls"], zone, now),
                    "opt_outs": _opt_outs(connection, numbers["opt_outs"], now),
                }
        except StorageError as error:
            log.debug("alerts of calls are not known: %s", error)
            return {"agent_down": None, "no_calls": None, "opt_outs": None}

    def _no_calls(
        self, connection: Connection, numbers: Mapping[str, int], zone: ZoneInfo, now: datetime
    ) -> Found:
        if self._backlog() > _LATE_S:
            return None
        here, hours = now.astimezone(zone), timedelta(hours=numbers["hours"])
        # By the clock on the wall: a change to summer time moves no opening hours.
        ends = [here - timedelta(weeks=n) for n in range(WEEKS + 1)]
        counts = [_count(connection, end - hours, end).calls for end in ends]
        if not misses_calls(counts[0], counts[1:], numbers["calls"]):
            return []
        before = ", ".join(str(each) for each in counts[1:])
        detail = f"None in {numbers['hours']} hours; in the same hours of the last {WEEKS} weeks there were {before}."
        return [Reading("no_calls", "all numbers", detail)]


def _agents(connection: Connection, numbers: Mapping[str, int], now: datetime) -> Found:
    values = {"since": now - timedelta(hours=_AGENT_HOURS), "now": now, "limit": _AGENT_CALLS}
    results: dict[str, list[bool]] = {}
    for row in connection.execute(_AGENTS, values):
        results.setdefault(row["agent"], []).append(row["answered"])
    found = []
    for name, answered in results.items():
        failed = failed_lately(answered, numbers["failures"], numbers["attempts"])
        if failed is not None:
            asked = min(len(answered), numbers["attempts"])
            detail = f"It was not reached in {failed} of the last {asked} calls that were to be transferred to it."
            found.append(Reading("agent_down", name or "of DIGITREE_AGENT_URI", detail))
    return found


def _opt_outs(connection: Connection, numbers: Mapping[str, int], now: datetime) -> Found:
    day = now - timedelta(days=1)
    last, before = _count(connection, day, now), _count(connection, day - timedelta(days=_SHARE_DAYS), day)
    if not is_unusual_share(last, before, numbers["times"], numbers["calls"]):
        return []
    share, usual = last.opt_outs / last.calls, before.opt_outs / before.calls
    detail = (
        f"{last.opt_outs} of {last.calls} callers in 24 hours ({share:.1%}); in the {_SHARE_DAYS} days before it was "
        f"{usual:.1%}."
    )
    return [Reading("opt_outs", "all menus", detail)]


def _count(connection: Connection, begin: datetime, end: datetime) -> Share:
    row = connection.execute(_CALLS, (begin, end)).fetchone()
    return Share(int(row["calls"]), int(row["opt_outs"])) if row else Share(0, 0)
