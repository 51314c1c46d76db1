"""A call under way: its leg, its record, its call state, and the verbs that all effects share."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from esl_server.call.call_services import CallServices
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.lead import Lead
from esl_server.call.parties import parties_of
from esl_server.call.state import CallState, Phase, Signalled, apply_to_record
from esl_server.call.state_text import encode_state
from esl_server.call.story import Story
from esl_server.call.system_prompts import SystemPrompts
from esl_server.switch import commands
from esl_server.switch.leg import Leg
from esl_server.switch.printable import printable
from esl_server.switch.session import Session
from ivr.domain import orders
from ivr.domain.call_records import CallRecord, Outcome, new_id, utc_now
from ivr.domain.dnc.events import OptOut
from ivr.domain.errors import EslConnectionLost, EslError, StorageError, StorageUnavailable
from ivr.domain.live_calls import LivePhase
from ivr.domain.menu.document import Menu
from ivr.domain.menu.given import NOTHING_GIVEN
from ivr.domain.menu.moves import Position
from ivr.domain.menu.variables import NOTHING_KNOWN, Memory
from ivr.domain.numbers import find_did
from ivr.domain.services import Services
from ivr.domain.tickets import LANGUAGE_VARIABLE, NODE_VARIABLE, is_draft
from ivr.domain.trunks.caller_numbers import read_caller
from ivr.domain.verstat import known_verstat

log = logging.getLogger(__name__)


class Pressed(NamedTuple):
    """A key, and the channel's variable that has it."""

    digit: str
    variable: bytes


class Call:
    """`state` is carried by the channel and shares the record's path and attempts; `menu` is the version that the
    call is pinned to, None until it is known. `unread`: why the number dialled could not be read, if so.
    `trunk`: what the call came by, if it is known. `is_announced`: the channel carries the state, and the record is
    written. `rings`: it is to be answered later, at the first sound. `is_refused`: it was refused."""

    def __init__(self, services: CallServices, session: Session) -> None:
        self.services = services
        self.leg = leg = Leg(session, services.counters.thought_s)
        channel = leg.channel
        did, did_raw, self.unread, ani, ani_raw, self.trunk, verstat = parties_of(
            channel, services.trunks, services.carriers, services.region
        )
        started_ms = now_ms()
        # Part of the record's key in Postgres, and in the call state: in whole milliseconds.
        started_at = datetime.fromtimestamp(started_ms / 1000, UTC)
        # Few with their names: a class takes twice as long with them.
        record = self.record = CallRecord(
            new_id("call"), leg.channel_uuid, did, printable(did_raw), ani, ani_raw, started_at
        )
        record.dtmf_type, record.verstat = leg.dtmf_type, verstat
        if self.trunk is not None:
            record.trunk = self.trunk.name
        self.state = CallState(
            self.record.call_id,
            "",
            Position(""),
            "asking",
            started_ms,
            started_ms,
            started_ms,
            path=record.path,
            attempts=record.agent,
            verstat=verstat,
            trunk=record.trunk,
        )
        self.menu: CompiledMenu | None = None
        # The node that the call has come to, and what it knows there; the channel need not carry it yet.
        self.position = Position("")
        self.is_announced = self.rings = self.is_refused = False
        # Of the call of a test: its world, and what the test is told.
        self.story: Story | None = None
        # The lists that the caller is on; asked once, when a switch first asks.
        self._lists: frozenset[str] | None = None
        # The lists that this call has put its caller on (True) or taken them off.
        self.listed: dict[str, bool] = {}
        # The key that callers were to press behind the last entry, which was full and did not wait for it.
        self.late_end_key = ""
        self.lead = Lead()
        # The one of the menu's languages that the number called tells; empty: it tells none.
        self.language_of_number = ""
        # The key that cut what was played before it was known which question follows.
        self.pressed: Pressed | None = None

    def adopt(self, state: CallState) -> None:
        """Continue the call of this state and its record."""
        state.take_overs += 1
        apply_to_record(state, self.record)
        if state.signalled is not None:
            record, region = self.record, self.services.region
            trunk = self.trunk = self.services.trunks.table.named(state.trunk)
            record.did_raw, record.ani_raw = state.signalled
            record.did = find_did(record.did_raw, trunk.country if trunk is not None else region)
            record.ani = read_caller(record.ani_raw, trunk, region)
        self.state = state

    def knowing(self, memory: Memory = NOTHING_KNOWN) -> Memory:
        """This memory, with the numbers of the call and the languages of its menu."""
        # Written out: `_replace` takes several times as long.
        ani, did = self.record.ani or "", self.record.did or ""
        languages = self.menu.tree.languages if self.menu is not None else ()
        return Memory(
            ani, did, memory.values, memory.visits, memory.no_room, memory.secrets, memory.places, languages, (),
            self.record.verstat or "",
        )  # fmt: skip

    @property
    def prompts(self) -> SystemPrompts:
        """The prompts that every menu shares, in the caller's language."""
        return self.services.prompts.of(self.position.memory.language)

    def say(self, name: str, *, is_told: bool = True) -> None:
        """Play one of them; a test is told its words, where it was not told of others in their place."""
        prompts = self.prompts
        self.leg.play(getattr(prompts, name))
        if self.story is not None and is_told:
            self.story.heard_system(self.position.node, prompts.words[name])

    def carry_numbers(self) -> None:
        """Have the call state carry the number dialled and the caller's, since an agent may send the caller on."""
        if not self.record.test:
            self.state.signalled = Signalled(self.record.did_raw, self.record.ani_raw)

    def elapsed_s(self, moment_ms: int | None = None) -> float:
        """Time in the menu, up to a moment or now, without the time with agents."""
        state = self.state
        elapsed_ms = (moment_ms or now_ms()) - state.answered_ms - state.away_ms
        return elapsed_ms / 1000 if elapsed_ms > 0 else 0.0

    def answer(self) -> None:
        """Answer with the next question, after a short silence."""
        self.rings = False
        self.leg.answer()
        self.lead.ms = commands.SILENCE_AFTER_ANSWER_MS

    def answer_late(self) -> None:
        """Answer a call that has come to nodes before its answer."""
        self.state.answered_ms = now_ms()
        self.answer()

    def ring(self) -> None:
        """Have a caller who is not answered yet hear ringing, with the next command: for what takes time."""
        if self.rings:
            self.leg.with_next(commands.RING)

    def since_answer_ms(self, moment_ms: int) -> int:
        """0 before the answer."""
        since_ms = moment_ms - self.state.answered_ms
        return 0 if since_ms < 0 or self.rings else since_ms

    def next_at_ms(self, moment_ms: int | None = None) -> int:
        """When the next step begins, behind what is pending at a moment, or now: milliseconds since the answer."""
        at_ms = (moment_ms or now_ms()) + self.lead.ms - self.state.answered_ms
        return 0 if at_ms < 0 or self.rings else at_ms

    def announce(self) -> None:
        """Write the call's first record, once the channel carries its state: a worker lost earlier leaves nothing,
        and the next one begins the call; lost later, the next one continues this record."""
        self.is_announced = True
        self.services.recorder.started(self.record)

    def announce_at(self, position: Position) -> None:
        """Announce the call where no question does: the menu begins with an action."""
        if self.is_announced:
            return
        state = self.stand(position, now_ms())
        try:
            self.leg.store_state(state)
            self.lead.take()
        except EslConnectionLost:
            # The action still runs, an opt-out for instance; the disconnect surfaces on the next command.
            log.debug("%s: disconnected before its state was stored", self.record.call_id)
        self.announce()

    def enter_action(self, position: Position) -> None:
        """Called first by every action, which no key that was pressed before counts for."""
        self.pressed = None
        self.leg.keep_digits(False)
        self.announce_at(position)
        self.set_for_phone(NODE_VARIABLE, position.node)
        if self.story is not None:
            self.story.heard(position.node)

    def pin_to(self, menu: CompiledMenu) -> None:
        """Lead the call through this version from now on."""
        self.menu = menu
        given = menu.published.given
        if given is not NOTHING_GIVEN and given != NOTHING_GIVEN:
            self.story = Story(given, menu.tree.heard, self.leg.with_next)
            self.record.verstat = self.state.verstat = known_verstat(given.verstat)

    def find_services(self) -> Services:
        """The services that a menu may ask: those of a test for its call."""
        return self.services.services if self.story is None else self.story

    def note_language(self, memory: Memory) -> None:
        """Record the language that the caller has come to, of a menu that says which it speaks."""
        if memory.languages:
            self.record.language = memory.language

    def find_kept_language(self) -> str:
        """The language that the caller chose in an earlier call; empty where none is kept. A caller without a number
        has none, and a test's call that which is given."""
        ani = self.record.ani
        return "" if ani is None or self.record.test else self.services.languages.find(ani)

    def keep_language(self) -> None:
        """Keep the language that the caller chose at a question which remembers it, once the call is over."""
        record, menu = self.record, self.menu
        if menu is None or not menu.tree.remembering or record.ani is None or record.test:
            return
        asked = menu.tree.remembering
        chosen = [asked[step.node].get(step.key or "") for step in record.path if step.node in asked]
        if language := next(filter(None, reversed(chosen)), None):
            self.services.languages.keep(record.ani, language)

    def find_lists(self) -> frozenset[str] | None:
        """The lists that the caller is on, with at most one request for the whole call; None where it is not known. A
        caller without a number is on none."""
        if self.story is not None:
            return frozenset(self.story.given.lists)
        if self.record.ani is None:
            return frozenset()
        if self._lists is None:
            try:
                self._lists = self.services.lists_of(self.record.ani, utc_now())
            except StorageUnavailable as error:
                log.error("%s: which lists the caller is on is not known: %s", self.record.call_id, error)
        return self._lists

    def find_ordered(self, order: str | None, menu: Menu) -> str | None:
        """The node of an order that is signed for this call; None when the menu has no such node, or the
        signature is wrong."""
        node_id = order and orders.decode_order(order, self.record.channel_uuid, self.services.secret)
        return node_id if node_id in menu.nodes else None

    def forget_order(self) -> None:
        """Remove the order from the channel with the next question."""
        self.leg.with_next(commands.FORGET_ORDER)

    def stand(self, position: Position, asked_ms: int, phase: Phase = "asking") -> commands.State:
        """Set position and phase, and return the call state for the channel."""
        state = self.state
        state.position, state.asked_ms, state.phase = position, asked_ms, phase
        live_phase: LivePhase = "bridging" if phase in ("bridging", "waiting") else "asking"
        self.services.live.stands(self.record, position.node, live_phase, asked_ms)
        return encode_state(state, self.record.channel_uuid, self.services.secret)

    def will_stand(self, position: Position, asked_ms: int) -> Callable[[], commands.State]:
        """`stand` where the channel may not need the call state: it is encoded, as it is now, once it does."""
        state = self.state
        state.position, state.asked_ms, state.phase = position, asked_ms, "asking"
        self.services.live.stands(self.record, position.node, "asking", asked_ms)
        now, uuid, secret = state.as_it_stands(), self.record.channel_uuid, self.services.secret
        return lambda: encode_state(now(), uuid, secret)

    def store_id(self) -> None:
        """Store the call's id for the next worker, which then writes the same record; for a call that failed before
        its state was stored."""
        self.state.pointer, self.state.position = "", Position("")
        try:
            self.leg.store_only(encode_state(self.state, self.record.channel_uuid, self.services.secret))
        except EslError as error:
            log.warning("%s: %s; another record of the same call may follow", self.record.call_id, error)

    def record_opt_out(self, opt_out: OptOut) -> Outcome | None:
        """None when the opt-out is on disk; otherwise the caller has heard that there is trouble."""
        record = self.record
        if is_draft(record.ivr_id):
            if self.story is not None:
                self.story.tell("opted_out")
            return None  # a draft is not live: only test calls reach it
        try:
            self.services.recorder.opt_out(opt_out)
        except StorageError:
            log.critical(
                "OPT-OUT LOST: no store took the opt-out of %s (call %s)",
                record.ani or record.ani_raw,
                record.call_id,
            )
            record.outcome = Outcome.OPT_OUT_FAILED
            self.say("trouble")
            return Outcome.OPT_OUT_FAILED
        return None

    def set_for_phone(self, variable: str, value: str) -> None:
        """Set a variable that the phone of a test call reads; other calls have none. With the node it is told the
        language that the caller hears."""
        if not self.record.test:
            return
        if variable == NODE_VARIABLE and (language := self.position.memory.language):
            self.leg.with_next(commands.set_variable(LANGUAGE_VARIABLE, language))
        self.leg.with_next(commands.set_variable(variable, value))

    def finish(self) -> None:
        """End the record and write it. A call to a number that nobody has leaves none: scanners make many; it is
        counted, and some are logged."""
        record = self.record
        self.services.live.ended(record)
        record.ended_at = utc_now()
        record.duration_ms = max(0, round((record.ended_at - record.started_at).total_seconds() * 1000))
        if record.outcome is not Outcome.UNASSIGNED:
            self.services.recorder.ended(record)
        self.keep_language()


def now_ms() -> int:
    return time.time_ns() // 1_000_000
