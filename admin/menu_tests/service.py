"""Tests of menus: run through the phone on the real call server, faster than real time, on a copy of the menu without
numbers."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from admin.menu_tests.errors import TestsFailed
from admin.test_calls.service import Callee, TestCallService
from ivr.clients.phone import Order, PhoneBusy
from ivr.domain.agents import Agent
from ivr.domain.errors import IvrError
from ivr.domain.menu.given import NOTHING_GIVEN, Given, agents_at_addresses
from ivr.domain.menu_tests import Expected, MenuTest, TestRun
from ivr.domain.menu_verdicts import Verdict, failed, judge
from ivr.domain.tickets import AgentBehaviour
from ivr.ports.calls import CallStore
from ivr.ports.checks import accept
from ivr.ports.menu_drafts import MenuDraft
from ivr.ports.menu_tests import Check, MenuTestStore
from ivr.ports.menus import StoredMenu

log = logging.getLogger(__name__)

# The caller's number in a test. It is never put on a do-not-call list: tests call drafts, whose opt-outs do not
# count.
ANI = "+14805551234"
RECORDS_S = 15.0
_LOOK_S = 0.05
_BUSY_S = 10.0
# Runs at once in one process: each polls Postgres for its records.
MAX_RUNS = 4
_BUSY_PAUSE_S = 0.5
# Chance is always the same in tests, so that a menu does not fail one by chance.
USUALLY_GIVEN = Given(random=1)


@dataclass(frozen=True, slots=True)
class SentTest:
    """A test as a client sent it."""

    name: str
    script: str
    expected: Expected
    agent: AgentBehaviour
    given: Given = NOTHING_GIVEN


def _in_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="menu-tests", daemon=True).start()


@dataclass(frozen=True)
class MenuTestService:
    """`in_background` runs a function without delaying the answer to the request."""

    store: MenuTestStore
    test_calls: TestCallService
    calls: CallStore
    in_background: Callable[[Callable[[], None]], None] = _in_thread
    turns: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(MAX_RUNS))
    # menu -> its newest save, while its tests run in the background
    _saved: dict[str, StoredMenu] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def create(self, ivr_id: str, written: SentTest, *, actor: str, check: Check = accept) -> MenuTest:
        return self.store.create(_test(f"test_{secrets.token_hex(8)}", ivr_id, written), actor=actor, check=check)

    def replace(
        self, ivr_id: str, test_id: str, written: SentTest, *, actor: str, check: Check = accept
    ) -> MenuTest:
        return self.store.replace(_test(test_id, ivr_id, written), actor=actor, check=check)

    def run(self, ivr_id: str, given: Given = NOTHING_GIVEN) -> TestRun:
        """Run all tests on the saved menu; the results are kept with its version, unless something else is given than
        usual. Raises MenuNotFound, PhoneUnavailable, PhoneBusy, StorageUnavailable."""
        tests = self.store.list(ivr_id)
        callee = self.test_calls.saved(ivr_id)
        verdicts = self._run(callee, tests, given)
        run = TestRun(ivr_id, callee.published.version, datetime.now(UTC), [each.to_json() for each in verdicts])
        if given == NOTHING_GIVEN:
            self.store.keep_run(run)
        return run

    def run_draft(self, ivr_id: str, document: object, given: Given = NOTHING_GIVEN) -> Sequence[Verdict]:
        """Run all tests on an unsaved menu; nothing is kept. Raises InvalidMenu, and what `run` raises."""
        tests = self.store.list(ivr_id)
        return self._run(self.test_calls.draft(document, ivr_id, speak=False), tests, given)

    def run_saved_draft(self, draft: MenuDraft, given: Given = NOTHING_GIVEN) -> Sequence[Verdict]:
        """Run all tests on a menu's draft; nothing is kept. Raises what `run` raises."""
        tests = self.store.list(draft.menu.ivr_id)
        return self._run(self.test_calls.saved_draft(draft, speak=False), tests, given)

    def require(self, ivr_id: str, document: object) -> None:
        """Raises TestsFailed when the menu would fail one of its tests, and what `run_draft` raises."""
        _need_all(self.run_draft(ivr_id, document))

    def require_version(self, ivr_id: str, version: int) -> None:
        """As `require`, for an earlier version with the prompts it had then; raises VersionNotFound."""
        tests = self.store.list(ivr_id)
        _need_all(self._run(self.test_calls.saved(ivr_id, version), tests))

    def require_saved_draft(self, draft: MenuDraft) -> None:
        """As `require`, for a draft with the sounds it has."""
        _need_all(self.run_saved_draft(draft))

    def after_save(self, stored: StoredMenu) -> None:
        """Run the tests in the background; their results are kept with the version. Of several saves in a row only
        the last is tested."""
        with self._lock:
            running = stored.ivr_id in self._saved
            self._saved[stored.ivr_id] = stored
        if not running:
            self.in_background(lambda: self._run_saved(stored.ivr_id))

    def _run_saved(self, ivr_id: str) -> None:
        done = None
        while True:
            with self._lock:
                stored = self._saved[ivr_id]
                if stored is done:
                    del self._saved[ivr_id]
                    return
            self._run_quietly(stored)
            done = stored

    def _run_quietly(self, stored: StoredMenu) -> None:
        try:
            known = self.store.find_run(stored.ivr_id, stored.version)
            if known is None and self.store.list(stored.ivr_id):
                self.run(stored.ivr_id)
        except IvrError as error:
            log.warning("%s: its tests could not be run: %s", stored.ivr_id, error)
        except Exception:
            log.exception("%s: its tests could not be run", stored.ivr_id)

    def _run(
        self, callee: Callee, tests: Sequence[MenuTest], given: Given = NOTHING_GIVEN
    ) -> Sequence[Verdict]:
        if not tests:
            return []
        if not self.turns.acquire(timeout=_BUSY_S):
            raise PhoneBusy(f"{MAX_RUNS} runs of tests are under way, which is the limit; try again in a moment")
        try:
            return self._run_now(callee, tests, given)
        finally:
            self.turns.release()

    def _run_now(self, callee: Callee, tests: Sequence[MenuTest], general: Given) -> Sequence[Verdict]:
        calls, worlds = {}, {}
        with ExitStack() as dialled:
            tickets: list[tuple[Given, str]] = []
            for test in tests:
                given = worlds[test.test_id] = test.given.over(general).over(USUALLY_GIVEN)
                ticket = next((each for known, each in tickets if known == given), None)
                if ticket is None:
                    ticket = dialled.enter_context(self.test_calls.tried(callee, given))
                    tickets.append((given, ticket))
                calls[test.test_id] = self._call(ticket, test, given, callee.published.agents)
            found = self._records([each["call_id"] for each in calls.values() if each.get("call_id")])
        return [
            self._verdict(replace(test, given=worlds[test.test_id]), calls[test.test_id], found) for test in tests
        ]

    def _call(
        self, ticket: str, test: MenuTest, given: Given, agents: Mapping[str, Agent]
    ) -> Mapping[str, Any]:
        """The last event of the test's call."""
        at_addresses = agents_at_addresses(given, agents)
        order = Order(ticket, given.caller or ANI, test.agent, test.script, fast=True, agents=at_addresses)
        until = time.monotonic() + _BUSY_S
        while True:
            try:
                events = self.test_calls.phone.run(order)
                return events[-1] if events else {}
            except PhoneBusy:
                if time.monotonic() > until:
                    raise
                time.sleep(_BUSY_PAUSE_S)

    def _records(self, call_ids: Sequence[str]) -> dict[str, Any]:
        """The call records, waiting until the keeper has stored them, RECORDS_S at most."""
        found: dict[str, Any] = {}
        until = time.monotonic() + RECORDS_S
        while len(found) < len(call_ids) and time.monotonic() < until:
            for call_id in call_ids:
                if call_id not in found:
                    record = self.calls.find(call_id)
                    if record is None or record.ended_at is None:
                        break
                    found[call_id] = record
            else:
                break
            time.sleep(_LOOK_S)
        return found

    @staticmethod
    def _verdict(test: MenuTest, end: Mapping[str, Any], found: Mapping[str, Any]) -> Verdict:
        if end.get("faults"):
            return failed(test, f"the call server sent something that FreeSWITCH refuses: {end['faults'][0]}")
        if not end.get("call_id"):
            why = end.get("sip_status") or end.get("cause") or "no answer"
            return failed(test, f"the call was not answered ({why})")
        record = found.get(end["call_id"])
        if record is None:
            return failed(test, "the call record did not arrive in time; check that the keeper runs")
        return judge(test, record, end.get("story", ()))


def _need_all(verdicts: Sequence[Verdict]) -> None:
    if any(not each.passed for each in verdicts):
        raise TestsFailed([each.to_json() for each in verdicts])


def _test(test_id: str, ivr_id: str, written: SentTest) -> MenuTest:
    now = datetime.now(UTC)
    it = written
    return MenuTest(test_id, ivr_id, it.name, it.script, it.expected, it.agent, now, now, it.given)
