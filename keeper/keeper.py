"""The keeper's threads: journals, menus, agents, trunks, lists, services, holidays, webhooks and messages, so that
neither a frozen Redis nor a silent receiver holds up an opt-out."""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from ivr.clients.channels import NoSounds
from ivr.clients.gateway_watch import GatewayWatch
from ivr.clients.outbound_http import Outbound
from ivr.clients.ringing import Ringing
from ivr.clients.time_stamps import TimeStampServer
from ivr.clients.tls_peers import TlsCheck
from ivr.domain.agents import Agent, parse_agent
from ivr.domain.call_records import utc_now
from ivr.domain.errors import StorageError, StorageUnavailable
from ivr.domain.outgoing.model import OutgoingLimits
from ivr.domain.reports.usage import Rates
from ivr.domain.retention import Retention
from ivr.domain.signed_heads import HeadSigner
from ivr.domain.signed_values import SignedValues
from ivr.secrets import Sealer
from ivr.storage.disk.agent_passwords import AgentPasswords
from ivr.storage.disk.keeper_status import BacklogCounter, KeeperStatus, StatusFile
from ivr.storage.disk.listed_snapshot import LISTED_NAME
from ivr.storage.disk.snapshot import SnapshotWriter
from ivr.storage.disk.switch_trunks import TrunkFiles
from ivr.storage.disk.text_snapshot import PEOPLE_NAME, SERVICES_NAME
from ivr.storage.disk.witness_file import WitnessFile
from ivr.storage.postgres.alerts import PostgresAlerts
from ivr.storage.postgres.call_months import make_months_ahead
from ivr.storage.postgres.call_writes import DEFAULT_RATES
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.mailed_reports import PostgresMailedReports
from ivr.storage.postgres.outgoing_attempts import PostgresAttempts
from ivr.storage.postgres.people import people_text
from ivr.storage.postgres.services import services_text
from ivr.storage.postgres.sounds import PostgresSounds, calls_that_ended
from ivr.storage.postgres.trunks import PostgresTrunks
from ivr.storage.postgres.webhook_outbox import note_events
from ivr.storage.redis.agent_health import AgentHealth
from ivr.storage.redis.listed_numbers import ListedWriter
from ivr.storage.redis.live_calls import LiveReader
from ivr.storage.redis.menu_cache import CacheWriter
from ivr.storage.redis.people import PeopleWriter
from ivr.storage.redis.published_text import PublishedTextWriter
from ivr.storage.redis.services import ServicesWriter
from ivr.storage.redis.waiting_lines import WaitingLines
from ivr.storage.text_publisher import ReadText
from keeper.agent_passwords import PasswordKeeper
from keeper.agent_prober import PROBE_EVERY_S, Prober
from keeper.alert_readings import AlertPlaces, AlertReadings
from keeper.alerts import AlertKeeper
from keeper.dialler import Dialler
from keeper.flush import Flusher
from keeper.hand_offs import AskAnswered, HandOffs
from keeper.head_signer import HeadKeeper
from keeper.held_people import ExistingChannels, HeldPeople
from keeper.holidays import HolidayKeeper
from keeper.left_registrations import LeftRegistrations
from keeper.lost_calls import SWEEP_EVERY_S, sweep_lost
from keeper.mailed_reports import ReportMailer
from keeper.menu_sync import MenuKeeper
from keeper.message_sender import MessageSender
from keeper.notice_sender import NoticeSender
from keeper.number_lists import NumberListKeeper
from keeper.outgoing_world import outgoing_world
from keeper.published_texts import PublishedTextKeeper
from keeper.redis_drain import drain_opt_outs
from keeper.retention import RetentionKeeper
from keeper.sounds import SoundKeeper, SoundPlaces
from keeper.trunk_certificates import TrunkCertificates
from keeper.trunk_watch import TrunkWatch
from keeper.trunks import TrunkKeeper, TrunkSwitch
from keeper.webhook_sender import WebhookSender

log = logging.getLogger(__name__)

POLL_S = 0.05
MENUS_EVERY_S = 0.4
DRAIN_EVERY_S = 1.0
FIRST_BACK_OFF_S = 0.1
LONGEST_BACK_OFF_S = 2.0
LOUD_EVERY_S = 10.0
LAST_FLUSH_S = 8.0
STAMP_WITHIN_S = 10.0


class Closable(Protocol):
    def close(self) -> None: ...


Owned = TypeVar("Owned", bound=Closable)


class Keeper:
    """`start`, then `stop`, which returns after the last flush unless Postgres is away. `sealer` opens the secrets of
    webhooks and channels; without it nothing is sent. `answered_ms` asks the switch which calls an agent has
    answered. `signer` signs the heads of chains, also into the file `witness`; without it none is signed. `tsa_url`
    gives them time stamps. `passwords` is what the switch reads of agents' passwords, once `reload` has told it;
    `trunks` are the files of trunks, which `switch` has it read; how they stand is what `watch` tells, and goes into
    `trunk_states`. What is older than `retention` says goes, files in `prompts` included; what callers say is kept
    where `sounds` says, where messages that have it attached find it. `tls` checks agents that are called over
    TLS. The calls that are ordered are made by `ringer`, within `outgoing`; `has_channel` asks the switch for one,
    `existing` for several. What is wrong is told as an alert, of what `alerts` names."""

    def __init__(
        self,
        *,
        journal: Path,
        database_url: str,
        redis_url: str,
        signed: SignedValues,
        snapshot: Path,
        status: Path,
        sealer: Sealer | None = None,
        allow_private: bool = False,
        answered_ms: AskAnswered | None = None,
        rates: Rates = DEFAULT_RATES,
        signer: HeadSigner | None = None,
        witness: Path | None = None,
        tsa_url: str = "",
        passwords: AgentPasswords | None = None,
        reload: Callable[[], None] | None = None,
        trunks: TrunkFiles | None = None,
        switch: TrunkSwitch | None = None,
        watch: Callable[[], GatewayWatch] | None = None,
        trunk_states: Path | None = None,
        prompts: Path | None = None,
        retention: Retention | None = None,
        sounds: SoundPlaces | None = None,
        tls: TlsCheck | None = None,
        ringer: Ringing | None = None,
        has_channel: Callable[[str], bool] | None = None,
        existing: ExistingChannels | None = None,
        outgoing: OutgoingLimits | None = None,
        alerts: AlertPlaces | None = None,
    ) -> None:
        self._owned: list[Closable] = []
        self._database_url = database_url
        self._journal = journal
        self._database = self._pool("keeper", 3)
        self._cache = self._own(CacheWriter(redis_url, signed))
        self._rates = rates
        self._flusher = Flusher(journal, self._database, rates)
        self._snapshot_path = snapshot
        self._status_file = StatusFile(status)
        self._backlog = BacklogCounter(journal)
        self.status = KeeperStatus()
        self._stopping = threading.Event()
        self._live = self._own(LiveReader(redis_url))
        self._prober = Prober(AgentHealth(redis_url), self._probed_agents, tls or TlsCheck.of_machine())
        self._threads: list[threading.Thread] = []
        self._journals = self._also("journals", self._keep_journals)
        self._also("menus", self._keep_menus)
        self._also("agents", self._keep_agents)
        self._webhooks: WebhookSender | None = None
        self._notices: NoticeSender | None = None
        self._messages: MessageSender | None = None
        self._passwords: PasswordKeeper | None = None
        if sealer is not None:
            # Separate connections: a journal never waits for one that a webhook uses.
            told = self._pool("webhooks", 6)
            self._webhooks = WebhookSender(told, sealer, allow_private=allow_private)
            self._also("webhooks", self._webhooks.run)
            self._notices = NoticeSender(told, sealer, allow_private=allow_private)
            self._also("notices", self._notices.run)
            # Its own connections: mail may take long.
            sent, kept = self._pool("messages", 4), sounds.kept if sounds else NoSounds()
            self._messages = MessageSender(sent, sealer, kept, allow_private=allow_private)
            self._also("messages", self._messages.run)
            if answered_ms is not None:
                self._also("hand-offs", HandOffs(told, answered_ms).run)
            if passwords is not None and reload is not None:
                self._passwords = PasswordKeeper(told, sealer, passwords, reload)

        self._heads: HeadKeeper | None = None
        if signer is not None and witness is not None:
            outbound = Outbound(allow_private=allow_private, whole_s=STAMP_WITHIN_S)
            stamps = TimeStampServer(tsa_url, outbound) if tsa_url else None
            self._heads = HeadKeeper(self._pool("heads", 1), signer, WitnessFile(witness), stamps)
            self._also("heads", self._heads.run)

        self._also("holidays", HolidayKeeper(self._pool("holidays", 1)).run)
        listed = self._own(ListedWriter(redis_url, signed))
        lists = NumberListKeeper(self._pool("lists", 1), listed, snapshot.with_name(LISTED_NAME))
        self._also("lists", lists.run)
        services = self._own(ServicesWriter(redis_url, signed))
        self._publish("services", services, services_text, snapshot.with_name(SERVICES_NAME))
        people = self._own(PeopleWriter(redis_url, signed))
        self._publish("people", people, people_text, snapshot.with_name(PEOPLE_NAME))

        if sealer is not None and trunks is not None and switch is not None:
            left = self._own(LeftRegistrations(tls or TlsCheck.of_machine()))
            stored = PostgresTrunks(self._pool("trunks", 1))
            self._also("trunks", TrunkKeeper(stored.all, sealer, trunks, switch, leave=left.leave).run)

        if trunks is not None and watch is not None and trunk_states is not None:
            certificates = TrunkCertificates(tls) if tls is not None else None
            tell = functools.partial(note_events, self._database)
            self._also("trunk-states", TrunkWatch(trunks.trunks, watch, trunk_states, tell, certificates).run)

        self._dialler: Dialler | None = None
        if ringer is not None and has_channel is not None and outgoing is not None:
            database = self._pool("outgoing", 6)
            world = outgoing_world(database, has_channel)
            self._dialler = Dialler(PostgresAttempts(database), world, self._cache, ringer, outgoing)
            self._also("outgoing", self._dialler.run)

        if existing is not None:
            self._also("held-people", HeldPeople(self._own(WaitingLines(redis_url)), self._live, existing).run)

        if retention is not None and prompts is not None:
            self._also("retention", RetentionKeeper(self._pool("retention", 1), prompts, retention).run)

        if sealer is not None and alerts is not None:
            database = self._pool("alerts", 1)
            readings = AlertReadings(database, alerts, lambda: self.status.backlog_oldest_age_s)
            keeper = AlertKeeper(PostgresAlerts(database, alerts.first_zone), readings, sealer.seal, alerts.url)
            self._also("alerts", keeper.run)
            mailed = PostgresMailedReports(self._pool("reports", 1), alerts.first_zone)
            self._also("mailed-reports", ReportMailer(mailed, sealer.seal, alerts.url).run)

        self._sounds: SoundKeeper | None = None
        if sounds is not None:
            database = self._pool("sounds", 1)
            ended = functools.partial(calls_that_ended, database)
            store = PostgresSounds(database, sounds.keep_days)
            self._sounds = SoundKeeper(sounds.recordings, sounds.kept, store, ended)
            self._also("sounds", self._sounds.run)

    def _own(self, resource: Owned) -> Owned:
        """It is closed at the end."""
        self._owned.append(resource)
        return resource

    def _pool(self, purpose: str, size: int) -> Database:
        return self._own(Database(self._database_url, max_size=size, application=f"digitree-{purpose}"))

    def _also(self, name: str, work: Callable[[threading.Event], None]) -> threading.Thread:
        """A thread that works until the keeper stops."""
        thread = threading.Thread(target=self._run, args=(work,), name=name, daemon=True)
        self._threads.append(thread)
        return thread

    def _publish(self, name: str, cache: PublishedTextWriter, read: ReadText, snapshot: Path) -> None:
        self._also(name, PublishedTextKeeper(self._pool(name, 1), cache, read, snapshot).run)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        deadline = time.monotonic() + LAST_FLUSH_S
        for thread in self._threads:
            thread.join(max(0.1, deadline - time.monotonic()))
        try:
            if self._journals.is_alive():
                raise StorageUnavailable("Postgres does not answer")
            while self._flusher.flush() and time.monotonic() < deadline:
                pass
        except StorageError as error:
            log.error("stopping with a backlog, which stays in the journal: %s", error)
        self._write_status(at_once=True)
        for each in self._owned:
            each.close()

    def alive(self) -> bool:
        return all(thread.is_alive() for thread in self._threads)

    def _run(self, work: Callable[[threading.Event], None]) -> None:
        try:
            work(self._stopping)
        except Exception:
            # The process must not go on without one of its threads: main sees the dead thread and exits.
            log.critical("the keeper's %s thread died", threading.current_thread().name, exc_info=True)

    def _keep_journals(self, stopping: threading.Event) -> None:
        back_off_s, loud_at = FIRST_BACK_OFF_S, float("-inf")
        drained_at = swept_at = float("-inf")
        while not stopping.is_set():
            wait_s = POLL_S
            try:
                if self._flusher.flush():
                    self.status.last_flush_at = round(time.time(), 3)
                now = time.monotonic()
                if now - drained_at > DRAIN_EVERY_S:
                    drained_at = now
                    self._drain()
                if now - swept_at > SWEEP_EVERY_S:
                    swept_at = now
                    make_months_ahead(self._database, utc_now())
                    if lost := sweep_lost(self._journal, self._database, self._rates, self._live):
                        log.error("%d calls began and never ended: recorded as lost", lost)
                if not self.status.postgres_ok and back_off_s > FIRST_BACK_OFF_S:
                    log.warning("Postgres takes the journal again")
                self.status.postgres_ok, back_off_s = True, FIRST_BACK_OFF_S
            except StorageError as error:
                self.status.postgres_ok = False
                self.status.failures += 1
                wait_s, back_off_s = back_off_s, min(back_off_s * 2, LONGEST_BACK_OFF_S)
                self._write_status(count=True)
                if time.monotonic() - loud_at > LOUD_EVERY_S:
                    loud_at = time.monotonic()
                    waiting, age_s = self.status.backlog_records, self.status.backlog_oldest_age_s
                    log.error("%s; %d records wait in the journal, the oldest %.0f s", error, waiting, age_s)
            self._write_status()
            stopping.wait(wait_s)

    def _drain(self) -> None:
        try:
            waiting = self._cache.count_opt_outs()
        except StorageUnavailable:
            return  # logged by the menus' thread
        if waiting:
            drain_opt_outs(self._journal, self._database, self._cache)

    def _keep_menus(self, stopping: threading.Event) -> None:
        menus, loud_at, back_off_s = None, float("-inf"), FIRST_BACK_OFF_S
        while not stopping.is_set():
            wait_s = MENUS_EVERY_S
            try:
                menus = menus or MenuKeeper(self._database, self._cache, SnapshotWriter(self._snapshot_path))
                menus.look()
                if back_off_s > FIRST_BACK_OFF_S:
                    log.warning("the menus in Redis and on this machine are in step again")
                back_off_s = FIRST_BACK_OFF_S
            except (StorageError, OSError) as error:
                self.status.failures += 1
                wait_s, back_off_s = back_off_s, min(back_off_s * 2, LONGEST_BACK_OFF_S)
                if time.monotonic() - loud_at > LOUD_EVERY_S:
                    loud_at = time.monotonic()
                    log.error("menus are not in step: %s", error)
            if menus is not None:
                self.status.cache_in_step = menus.cache_in_step
                self.status.snapshot_in_step = menus.snapshot_in_step
            stopping.wait(wait_s)

    def _keep_agents(self, stopping: threading.Event) -> None:
        """No call depends on this: while a store is away, targets are simply tried."""
        while not stopping.wait(PROBE_EVERY_S):
            try:
                if self._passwords is not None:
                    self._passwords.look()
                self._prober.look()
            except (StorageError, OSError) as error:
                log.debug("agents' targets are not probed: %s", error)

    def _probed_agents(self) -> list[Agent]:
        """Those whose targets are always probed, and those whose certificates are for wildcards."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                "select name, document from agent where (document ->> 'options_ping') = 'true'"
                " or (document ->> 'tls_verify') = 'wildcard' order by name limit 1000"
            ).fetchall()
        return [parse_agent(row["name"], row["document"]) for row in rows]

    def _write_status(self, *, count: bool = False, at_once: bool = False) -> None:
        status = self.status
        status.flushed_records, status.rejected_records = self._flusher.flushed, self._flusher.rejected
        status.offsets = self._flusher.offsets
        if self._webhooks is not None:
            counters = self._webhooks.counters
            status.webhooks_delivered, status.webhooks_failed = counters["delivered"], counters["failed"]
            status.webhooks_dead, status.webhooks_waiting = counters["dead"], self._webhooks.waiting
        if self._notices is not None:
            counters = self._notices.counters
            status.notices_delivered, status.notices_failed = counters["delivered"], counters["failed"]
            status.notices_dead, status.notices_waiting = counters["dead"], self._notices.waiting
        if self._sounds is not None:
            counted = self._sounds.counts
            status.sounds_kept, status.sounds_failed = counted.kept, counted.failed
            status.sounds_waiting = counted.waiting
        if self._messages is not None:
            counters = self._messages.counters
            status.messages_delivered, status.messages_failed = counters["delivered"], counters["failed"]
            status.messages_dead, status.messages_not_sent = counters["dead"], counters["not_sent"]
            status.messages_waiting = self._messages.waiting
        if self._dialler is not None:
            status.outgoing = dict(self._dialler.results)
        if self._heads is not None:
            status.broken_chains = self._heads.broken
        if count or at_once or status.backlog_records:
            status.backlog_records, age_s = self._backlog.count(status.offsets)
            status.backlog_oldest_age_s = round(age_s, 1)
        self._status_file.write(status, at_once=at_once)
