"""Any menu, any caller, any death of workers: one call, one record, an end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any

import gevent
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devswitch.caller import AgentBook, CallScript, ScriptedAgent
from devswitch.channel import ChannelNote
from devswitch.dialplan import sockets_only
from devswitch.switch import CallSetup, DevSwitch
from ivr.domain.call_records import Outcome
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PromptFile, PublishedMenu
from ivr.domain.services import ServiceAnswer
from tests.calls.fake_services import FakeServices
from tests.calls.test_messages import cut_all
from tests.domain.strategies import documents
from tests.helpers import SWITCH_SECRET
from tests.rig import DID, Rig, write_wav

FILE = f"{6:032x}.wav"
PROMPTS = {"a.wav": PromptFile(FILE, 700), "b-2.wav": PromptFile(FILE, 700)}
ENDS = {*Outcome} - {Outcome.FAILED, Outcome.OPT_OUT_FAILED, Outcome.UNASSIGNED, Outcome.OVER_CAPACITY, Outcome.LOST}
VERSIONS = count(10)
PEOPLE = [{"name": "Ann", "left": 9}, "Bo", 3]
answers: st.SearchStrategy[list[Any]] = st.lists(
    st.sampled_from([{"people": PEOPLE}, {"people": []}, {"known": True}, "text", None, [1], "!timeout", "!unknown"]),
    min_size=1,
    max_size=4,
)


class AnyServices(FakeServices):
    """Every service is the same one."""

    def ask(self, service: str, sent: Mapping[str, Any], call_id: str) -> ServiceAnswer:
        return FakeServices.ask(self, "any", sent, call_id)


callers = st.lists(st.sampled_from(["-", "1", "2", "9", "*", "0", "12", "h"]), max_size=8).map(",".join)


def test_a_call_of_any_menu_ends_with_one_record_whenever_its_workers_die(rig: Rig) -> None:
    write_wav(rig.prompts_dir / FILE, 700)
    target = f"127.0.0.1:{rig.address[1]}"
    # One more than workers that may die.
    sockets = sockets_only(*[target] * 4, secret=SWITCH_SECRET)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        documents(),
        callers,
        st.sets(st.integers(0, 12), max_size=3),
        st.booleans(),
        st.sampled_from([{}, {"digitree_api": "true"}]),
        answers,
    )
    def walk(
        document: dict[str, Any],
        keys: str,
        deaths: set[int],
        is_busy: bool,
        variables: dict[str, str],
        answered: list[Any],
    ) -> None:
        rig.records.written.clear()
        rig.server._services = replace(rig.server._services, services=AnyServices(any=answered))
        version = next(VERSIONS)
        rig.menus.publish(PublishedMenu("ivr_any0001", version, parse_menu(document), PROMPTS), DID)
        sounds, cuts = count(), []

        def watch(note: ChannelNote) -> None:
            if note.kind == "play" and next(sounds) in deaths:
                cuts.append(note)
                gevent.spawn(cut_all, rig)

        agents = AgentBook(default=ScriptedAgent.busy()) if is_busy else None
        switch = DevSwitch(sockets, speed=400, agents=agents)
        setup = CallSetup(did=DID, script=CallScript.parse(keys), on_note=watch, extra_variables=variables)
        result = switch.call(setup, timeout_s=120)
        rig.drained()
        assert result.violations == []
        ended = rig.records.of("call_ended")
        assert len({each["call_id"] for each in [*ended, *rig.records.of("call_started")]}) == 1
        outcome = ended[-1]["outcome"]
        if outcome not in ENDS:
            # Only of a caller who left while no worker was there: the last one was lost before.
            assert (outcome, result.ended_by) == ("lost", "caller")
            assert result.connections <= len(cuts)
        assert {step["node"] for step in ended[-1]["path"]} <= set(document["nodes"])

    walk()
