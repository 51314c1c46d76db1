"""What all calls of a process share."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from esl_server.agents.calls_out import CallsOut
from esl_server.agents.dialling import Agents
from esl_server.agents.prepare import Preparer
from esl_server.call.menu_cache import CompiledMenus
from esl_server.call.system_prompts import SpokenLanguages
from esl_server.lines.desk import LineDesk
from esl_server.records.counters import CallCounters
from esl_server.records.live_calls import LiveCallBoard
from esl_server.records.recorder import Recorder
from esl_server.records.unassigned_log import UnassignedLog
from esl_server.services.identities import IdentityChecks
from esl_server.switch.carrier_word import BelievedCarriers
from esl_server.switch.turn import Turn
from ivr.domain.errors import StorageUnavailable
from ivr.domain.services import NoServices, Services
from ivr.ports.kept_languages import KeptLanguages, NothingKept
from ivr.storage.disk.recordings import Recordings
from ivr.storage.people_source import PeopleSource
from ivr.storage.trunk_source import TrunkSource


def any_percent() -> int:
    """A random number from 1 to 100."""
    return random.randint(1, 100)  # noqa: S311 (not a secret)


def no_link(sound: str) -> str:
    """Where it is not known how others reach the API."""
    return ""


def no_lists(number: str, moment: datetime) -> frozenset[str]:
    """Where no store of lists is known."""
    raise StorageUnavailable("no store has lists of numbers")


@dataclass(frozen=True, slots=True)
class CallServices:
    """The services that all calls of a process share."""

    menus: CompiledMenus
    recorder: Recorder
    prompts: SpokenLanguages
    agents: Agents
    preparer: Preparer
    secret: bytes
    region: str
    turn: Turn
    live: LiveCallBoard = field(default_factory=LiveCallBoard)
    counters: CallCounters = field(default_factory=CallCounters)
    unassigned: UnassignedLog = field(default_factory=UnassignedLog)
    # For switches on chance.
    random: Callable[[], int] = any_percent
    # The lists that a number is on at a moment; raises StorageUnavailable.
    lists_of: Callable[[str, datetime], frozenset[str]] = no_lists
    # Whose word on callers' numbers counts; nobody's by default.
    carriers: BelievedCarriers = field(default_factory=BelievedCarriers)
    # Of signatures of callers' numbers; none by default.
    identities: IdentityChecks = field(default_factory=IdentityChecks)
    # The trunks that calls may come by; none by default.
    trunks: TrunkSource = field(default_factory=lambda: TrunkSource(Path("/none")))
    # Where the switch writes what callers say; none by default.
    recordings: Recordings = field(default_factory=lambda: Recordings(Path("/none")))
    # A link to a sound, which expires.
    link_to: Callable[[str], str] = no_link
    # Calls out to telephone numbers; there is no trunk by default.
    calls_out: CallsOut = field(default_factory=CallsOut)
    # Whom transfers ring; nobody by default.
    people: PeopleSource = field(default_factory=PeopleSource)
    # Where calls wait for people.
    lines: LineDesk = field(default_factory=LineDesk)
    # The languages that callers chose in earlier calls; none by default.
    languages: KeptLanguages = field(default_factory=NothingKept)
    # What menus may ask of other systems.
    services: Services = field(default_factory=NoServices)
