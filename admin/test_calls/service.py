"""Test calls: the phone calls a menu, one of its versions or an unsaved draft on the real call server.

The menu is put into the cache under a ticket for TICKET_TTL_S, and the phone dials the ticket. A draft gets an id of
its own there, so that it leaves no trace except its call records.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from admin.http.stream_slots import END, StreamSlots
from admin.menus.language_sentences import LanguageSentences
from admin.menus.service import MenuService
from admin.prompts.errors import PromptNotFound
from admin.prompts.service import Speaker, voice_speaking
from ivr.clients.phone import Order, PhoneCallNotFound, PhoneCallState, PhoneClient, PhoneUnavailable
from ivr.domain.agents import agents_named
from ivr.domain.call_records import CallRecord
from ivr.domain.errors import IvrError, VersionNotFound
from ivr.domain.hours.document import hours_named
from ivr.domain.menu.document import Menu, parse_menu
from ivr.domain.menu.given import Given
from ivr.domain.menu.kinds import sounds_of
from ivr.domain.menu.language_sentences import FOLDER, SENTENCE_FILE
from ivr.domain.menu.published import PROMPT_FILE, PromptFile, PublishedMenu, cache_pointer
from ivr.domain.menu.slots import Slot, slots_of, with_names
from ivr.domain.numbers import E164
from ivr.domain.system_prompts.languages import LANGUAGES
from ivr.domain.tickets import AgentBehaviour, Ticket, new_draft_id, new_ticket
from ivr.ports.agents import AgentStore
from ivr.ports.audit import AuditLog
from ivr.ports.calls import CallStore
from ivr.ports.hours import HoursStore
from ivr.ports.menu_drafts import MenuDraft
from ivr.ports.menus import StoredMenu
from ivr.storage.disk.prompt_files import SYSTEM_NAME, PromptFiles
from tts.client.errors import TtsError
from tts.client.voice_names import DEFAULT_VOICE

log = logging.getLogger(__name__)

TICKET_TTL_S = 900
# The most prompts that are spoken for one draft; the other nodes read out their keys.
MAX_SPOKEN = 40
SPEAKING_S = 60.0
# Streams at once in one process, per API key and in total; each holds a connection to the phone.
STREAMS_PER_KEY = 10
MAX_STREAMS = 60
_SYSTEM = "system-"
_LOST: dict[str, Any] = {"kind": "ended", "cause": "PHONE_LOST", "by": "phone"}


class TicketIssuer(Protocol):
    """Raises StorageUnavailable (ivr.storage.redis.menu_cache.CacheWriter)."""

    def issue(self, dialled: str, ticket: Ticket, published: PublishedMenu, *, ttl_s: int) -> None: ...

    def withdraw(self, dialled: str, published: PublishedMenu) -> None: ...


@dataclass(frozen=True, slots=True)
class Callee:
    """The menu that is called. `ivr_id` and `version` are those of a saved menu, else None; `language` is that of the
    number `did`; `unspoken` are the nodes of a draft whose new text could not be spoken."""

    published: PublishedMenu
    ivr_id: str | None
    version: int | None
    did: E164 | None = None
    unspoken: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class StartedTestCall:
    """The state of a test call; `record` is None until the call is over and the keeper has stored its record."""

    __test__ = False  # nothing for pytest to collect

    state: PhoneCallState
    record: CallRecord | None


@dataclass(frozen=True)
class TestCallService:
    __test__ = False  # nothing for pytest to collect

    menus: MenuService
    agents: AgentStore
    hours: HoursStore
    cache: TicketIssuer
    phone: PhoneClient
    calls: CallStore
    speaker: Speaker
    prompts: PromptFiles
    audit: AuditLog
    sentences: LanguageSentences
    slots: StreamSlots = field(default_factory=lambda: StreamSlots(STREAMS_PER_KEY, MAX_STREAMS))

    def saved(self, ivr_id: str, version: int | None = None) -> Callee:
        """The saved menu, or an earlier version of it; raises MenuNotFound, VersionNotFound."""
        stored = self.menus.store.get(ivr_id)
        wanted = stored.version if version is None else version
        published = self.menus.store.find_version(ivr_id, wanted)
        if published is None:
            raise VersionNotFound(ivr_id, wanted)
        did = E164(stored.dids[0]) if stored.dids and wanted == stored.version else None
        language = stored.number_languages.get(did, "") if did is not None else ""
        return Callee(published, ivr_id, wanted, did, language=language)

    def draft(self, document: object, ivr_id: str | None = None, *, speak: bool = True) -> Callee:
        """An unsaved menu, with the prompts of the menu that it is a draft of; raises InvalidMenu, MenuNotFound."""
        menu = parse_menu(document)
        return self._draft(menu, self.menus.store.get(ivr_id) if ivr_id is not None else None, speak=speak)

    def saved_draft(self, draft: MenuDraft, *, speak: bool = True) -> Callee:
        """A menu's draft with its sounds."""
        return self._draft(parse_menu(draft.menu.document), draft.menu, speak=speak)

    def _draft(self, menu: Menu, stored: StoredMenu | None, *, speak: bool) -> Callee:
        """With the prompts of `stored`."""
        prompts = stored.prompts if stored else {}
        files = {name: each.as_file() for name, each in prompts.items()}
        unspoken: list[str] = []
        if speak:
            menu = self._speak(menu, stored, files, unspoken)
            self.sentences.make(menu.to_json())
        ivr_id = stored.ivr_id if stored else None
        return Callee(self._as_draft(menu, files), ivr_id, None, None, tuple(unspoken))

    @contextmanager
    def tried(self, callee: Callee, given: Given) -> Iterator[str]:
        """A ticket for the same menu as a draft in this world, for calls whose opt-outs do not count. Raises
        StorageUnavailable."""
        published = replace(callee.published, ivr_id=new_draft_id(), version=1, given=given)
        called = None if given.called is None else E164(given.called)
        ticket = self.issue(Callee(published, callee.ivr_id, callee.version, called))
        try:
            yield ticket
        finally:
            self.cache.withdraw(ticket, published)

    def issue(self, callee: Callee, language: str | None = None) -> str:
        """A ticket that can be dialled for TICKET_TTL_S, for a call that begins in this language, else in that of the
        number called. Raises StorageUnavailable."""
        ticket, it = new_ticket(), callee.published
        stands_for = Ticket(cache_pointer(it.ivr_id, it.version), callee.did, language=language or callee.language)
        self.cache.issue(ticket, stands_for, it, ttl_s=TICKET_TTL_S)
        return ticket

    def call(
        self,
        callee: Callee,
        ani: str,
        agent: AgentBehaviour,
        script: str | None,
        language: str | None = None,
        *,
        actor: str,
    ) -> str:
        """Make the call and return its id. The keys of a script are pressed in real time. The call is audited, since
        an opt-out in it looks like the caller's own. Raises PhoneUnavailable, PhoneBusy, StorageUnavailable."""
        about = {
            "ivr_id": callee.ivr_id,
            "version": callee.version,
            "draft": callee.version is None,
            "did": callee.did,
            "ani": ani,
            "agent": agent,
            "unspoken": list(callee.unspoken),
        }
        order = Order(self.issue(callee, language), ani, agent, script, about=about)
        after = {"ani": ani, "version": callee.version}
        self.audit.add(actor, "test_call.make", callee.ivr_id or "draft", after=after)
        try:
            return self.phone.dial(order)
        except IvrError:
            # Drafts are large: a client that retries would fill the cache with them.
            self.cache.withdraw(order.dial, callee.published)
            raise

    def get(self, call: str) -> StartedTestCall:
        """The call with this id; raises PhoneCallNotFound, PhoneUnavailable."""
        state = self.phone.get(call)
        record = self.calls.find(state.call_id) if state.over and state.call_id else None
        return StartedTestCall(state, record if record is not None and record.ended_at is not None else None)

    @contextmanager
    def follow(self, call: str, after: int, *, actor: str) -> Iterator[queue.Queue[Any]]:
        """The call's events after that number, to its end; raises PhoneCallNotFound, PhoneUnavailable,
        TooManyStreams."""
        self.phone.get(call)
        with self.slots.one(actor):
            news: queue.Queue[Any] = queue.Queue()
            done = threading.Event()
            args = (call, after, news, done)
            threading.Thread(target=self._pump, args=args, name="test-call", daemon=True).start()
            try:
                yield news
            finally:
                done.set()

    def find_sound(self, call: str, name: str) -> Path:
        """The file of a prompt heard on a test call: `<32 hex>.wav`, `system-NAME.wav`, `system-LANGUAGE-NAME.wav` or
        `languages-LANGUAGE-KEY.wav`; raises PromptNotFound."""
        self.phone.get(call)
        sentence = name.replace(f"{FOLDER}-", f"{FOLDER}/", 1)
        if PROMPT_FILE.fullmatch(name):
            path = self.prompts.path_of(name)
        elif SENTENCE_FILE.fullmatch(sentence):
            path = self.prompts.path_of(sentence)
        else:
            stem = name.removesuffix(".wav").removeprefix(_SYSTEM)
            language = next((code for code in LANGUAGES if stem.startswith(f"{code}-")), "")
            prompt = stem.removeprefix(f"{language}-") if language else stem
            if name != f"{_SYSTEM}{stem}.wav" or not SYSTEM_NAME.fullmatch(prompt):
                raise PromptNotFound(f"there is no prompt called {name[:80]}")
            path = self.prompts.system(prompt, language)
        if not path.is_file():
            raise PromptNotFound("the file of this prompt is gone")
        return path

    def _pump(self, call: str, after: int, news: queue.Queue[Any], done: threading.Event) -> None:
        last = after
        try:
            for event in self.phone.events(call, after):
                if done.is_set():
                    return
                if event is not None:
                    last = event["n"]
                    news.put(event)
        except (PhoneUnavailable, PhoneCallNotFound) as error:
            # The process is gone, and its calls with it.
            log.warning("a test call was lost: %s", error)
            news.put({"n": last + 1, "at_ms": None, **_LOST})
        except Exception:
            log.exception("a test call cannot be followed")
        news.put(END)

    def _speak(
        self, menu: Menu, stored: StoredMenu | None, files: dict[str, PromptFile], unspoken: list[str]
    ) -> Menu:
        """Speak the new texts of the draft; the result is the menu with an audio name for every spoken text."""
        nodes = {node_id: dict(node) for node_id, node in menu.source.items()}
        taken = {name for node in nodes.values() for name in sounds_of(node)}
        until, spoken = time.monotonic() + SPEAKING_S, 0
        for node_id, node in nodes.items():
            named = with_names(node, node_id, taken)
            for slot in slots_of(named):
                if not slot.text or not self._is_new(slot, stored):
                    continue
                if spoken >= MAX_SPOKEN or time.monotonic() > until:
                    unspoken.append(node_id)
                    continue
                try:
                    speech = self.speaker.speak(slot.text, self._voice_of(slot))
                except TtsError as error:
                    log.info("a draft's prompt was not spoken: %s", error)
                    unspoken.append(node_id)
                    continue
                spoken += 1
                audio = str(slot.audio)
                taken.add(audio)
                nodes[node_id] = named
                files[audio] = PromptFile(speech.file, speech.duration_ms)
        return parse_menu({**menu.to_json(), "nodes": nodes})

    def _voice_of(self, slot: Slot) -> str:
        if slot.voice is not None or slot.language is None:
            return slot.voice or DEFAULT_VOICE
        return voice_speaking(slot.language, self.speaker.voices())

    def _is_new(self, slot: Slot, stored: StoredMenu | None) -> bool:
        """Whether no file speaks this text yet. An uploaded recording counts as the speech of any text."""
        known = stored.prompts.get(str(slot.audio)) if stored else None
        if known is None or not self.prompts.exists(known.file):
            return True
        if known.source == "upload":
            return False
        return known.text != slot.text or (slot.voice is not None and known.voice != slot.voice)

    def _as_draft(self, menu: Menu, files: Mapping[str, PromptFile]) -> PublishedMenu:
        document = menu.to_json()
        found = [self.agents.find(name) for name in agents_named(document)]
        agents = {each.agent.name: each.agent for each in found if each is not None}
        known = [self.hours.find(name) for name in hours_named(document)]
        hours = {each.hours.name: each.hours for each in known if each is not None}
        return PublishedMenu(new_draft_id(), 1, menu, dict(files), agents, hours=hours)
