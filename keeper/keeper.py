"""The keeper's threads: journals, menus, agents, trunks, lists, services, holidays, webhooks and messages, so that
neither a frozen Redis nor a silent receiver holds up an opt-out."""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

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
from ivr.storage.postgres.call_months import make_months_ahead
from ivr.storage.postgres.call_writes import DEFAULT_RATES
from ivr.storage.postgres.database import Database
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
from ivr.storage.redis.services import ServicesWriter
from keeper.agent_passwords import PasswordKeeper
from keeper.agent_prober import PROBE_EVERY_S, Prober
from keeper.dialler import Dialler
from keeper.flush import Flusher
from keeper.hand_offs import AskAnswered, HandOffs
from keeper.head_signer import HeadKeeper
from keeper.holidays import HolidayKeeper
from keeper.left_registrations import LeftRegistrations
from keeper.lost_calls import SWEEP_EVERY_S, sweep_lost
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


class Keeper:
    """`start`, then `stop`, which returns after the last flush unless Postgres is away. `sealer` opens the secrets of
    webhooks and channels; without it nothing is sent. `answered_ms` asks the switch which calls an agent has
    answered. `signer` signs the heads of chains, also into the file `witness`; without it none is signed. `tsa_url`
    gives them time stamps. `passwords` is what the switch reads of agents' passwords, once `reload` has told it;
    `trunks` are the files of trunks, which `switch` has it read; how they stand is what `watch` tells, and goes into
    `trunk_states`. What is older than `retention` says goes, files in `prompts` included; what callers say is kept
    where `sounds` says, where messages that have it attached find it. `tls` checks agents that are called over
    TLS. The calls that are ordered are made by `ringer`, within `outgoing`; `has_channel` asks the switch for one."""

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
        outgoing: OutgoingLimits | None = None,
    ) -> None:
        self._journal = journal
        self._database = Database(database_url, max_size=3, application="digitree-keeper")
        self._cache = CacheWriter(redis_url, signed)
        self._rates = rates
        self._flusher = Flusher(journal, self._database, rates)
        self._snapshot_path = snapshot
        self._status_file = StatusFile(status)
        self._backlog = BacklogCounter(journal)
        self.status = KeeperStatus()
        self._stopping = threading.Event()
        self._journals = threading.Thread(target=self._run, args=(self._keep_journals,), name="journals", daemon=True)
        self._menus = threading.Thread(target=self._run, args=(self._keep_menus,), name="menus", daemon=True)
        self._health = AgentHealth(redis_url)
        self._live = LiveReader(redis_url)
        self._prober = Prober(self._health, self._probed_agents, tls or TlsCheck.of_machine())
        self._agents = threading.Thread(target=self._run, args=(self._keep_agents,), name="agents", daemon=True)
        self._threads = [self._journals, self._menus, self._agents]
        self._webhooks: WebhookSender | None = None
        self._notices: NoticeSender | None = None
        self._messages: MessageSender | None = None
        self._passwords: PasswordKeeper | None = None
        if sealer is not None:
            # Separate connections: a journal never waits for one that a webhook uses.
            self._webhook_database = Database(database_url, max_size=6, application="digitree-webhooks")
            self._webhooks = WebhookSender(self._webhook_database, sealer, allow_private=allow_private)
            send = functools.partial(self._webhooks.run, self._stopping)
            self._threads.append(threading.Thread(target=self._run, args=(send,), name="webhooks", daemon=True))
            self._notices = NoticeSender(self._webhook_database, sealer, allow_private=allow_private)
            notify = functools.partial(self._notices.run, self._stopping)
            self._threads.append(threading.Thread(target=self._run, args=(notify,), name="notices", daemon=True))
            # Its own connections: mail may take long.
            self._message_database = Database(database_url, max_size=4, application="digitree-messages")
            self._messages = MessageSender(
                self._message_database, sealer, sounds.kept if sounds else NoSounds(), allow_private=allow_private
            )
            mail = functools.partial(self._messages.run, self._stopping)
            self._threads.append(threading.Thread(target=self._run, args=(mail,), name="messages", daemon=True))
            if answered_ms is not None:
                look = functools.partial(HandOffs(self._webhook_database, answered_ms).run, self._stopping)
                self._threads.append(threading.Thread(target=self._run, args=(look,), name="hand-offs", daemon=True))

            if passwords is not None and reload is not None:
                self._passwords = PasswordKeeper(self._webhook_database, sealer, passwords, reload)

        self._heads: HeadKeeper | None = None
        if signer is not None and witness is not None:
            self._head_database = Database(database_url, max_size=1, application="digitree-heads")
            outbound = Outbound(allow_private=allow_private, whole_s=STAMP_WITHIN_S)
            stamps = TimeStampServer(tsa_url, outbound) if tsa_url else None
            self._heads = HeadKeeper(self._head_database, signer, WitnessFile(witness), stamps)
            keep = functools.partial(self._heads.run, self._stopping)
            self._threads.append(threading.Thread(target=self._run, args=(keep,), name="heads", daemon=True))

        self._hours = Database(database_url, max_size=1, application="digitree-holidays")
        renew = functools.partial(HolidayKeeper(self._hours).run, self._stopping)
        self._threads.append(threading.Thread(target=self._run, args=(renew,), name="holidays", daemon=True))

        self._listed = Database(database_url, max_size=1, application="digitree-lists")
        self._listed_cache = ListedWriter(redis_url, signed)
        lists = snapshot.with_name(LISTED_NAME)
        listed = functools.partial(NumberListKeeper(self._listed, self._listed_cache, lists).run, self._stopping)
        self._threads.append(threading.Thread(target=self._run, args=(listed,), name="lists", daemon=True))

        self._services = Database(database_url, max_size=1, application="digitree-services")
        self._services_cache = ServicesWriter(redis_url, signed)
        known = PublishedTextKeeper(
            self._services, self._services_cache, services_text, snapshot.with_name(SERVICES_NAME)
        )
        asked = functools.partial(known.run, self._stopping)
        self._threads.append(threading.Thread(target=self._run, args=(asked,), name="services", daemon=True))

        self._people = Database(database_url, max_size=1, application="digitree-people")
        self._people_cache = PeopleWriter(redis_url, signed)
        people = PublishedTextKeeper(
            self._people, self._people_cache, people_text, snapshot.with_name(PEOPLE_NAME)
        )
        rung = functools.partial(people.run, self._stopping)
        self._threads.append(threading.Thread(target=self._run, args=(rung,), name="people", daemon=True))

        self._trunks: Database | None = None
        self._left: LeftRegistrations | None = None
        if sealer is not None and trunks is not None and switch is not None:
            self._trunks = Database(database_url, max_size=1, application="digitree-trunks")
            self._left = left = LeftRegistrations(tls or TlsCheck.of_machine())
            trunk_keeper = TrunkKeeper(PostgresTrunks(self._trunks).all, sealer, trunks, switch, leave=left.leave)
            register = functools.partial(trunk_keeper.run, self._stopping)
            self._threads.append(threading.Thread(target=self._run, args=(register,), name="trunks", daemon=True))

        if trunks is not None and watch is not None and trunk_states is not None:
            certificates = TrunkCertificates(tls) if tls is not None else None
            tell = functools.partial(note_events, self._database)
            trunk_watch = TrunkWatch(trunks.trunks, watch, trunk_states, tell, certificates)
            see = functools.partial(trunk_watch.run, self._stopping)
            self._threads.append(threading.Thread(target=self._run, args=(see,), name="trunk-states", daemon=True))

        self._outgoing: Database | None = None
        self._dialler: Dialler | None = None
        if ringer is not None and has_channel is not None and outgoing is not None:
            self._outgoing = database = Database(database_url, max_size=6, application="digitree-outgoing")
            world = outgoing_world(database, has_channel)
            self._dialler = Dialler(PostgresAttempts(database), world, self._cache, ringer, outgoing)
            call = functools.partial(self._dialler.run, self._stopping)
            self._threads.append(threading.Thread(target=self._run, args=(call,), name="outgoing", daemon=True))

        self._old: Database | None = None
        if retention is not None and prompts is not None:
            self._old = Database(database_url, max_size=1, application="digitree-retention")
            let_go = functools.partial(RetentionKeeper(self._old, prompts, retention).run, self._stopping)
            self._threads.append(threading.Thread(target=self._run, args=(let_go,), name="retention", daemon=True))

        self._sound_database: Database | None = None
        self._sounds: SoundKeeper | None = None
        if sounds is not None:
            self._sound_database = Database(database_url, max_size=1, application="digitree-sounds")
            store = PostgresSounds(self._sound_database, sounds.keep_days)
            ended = functools.partial(calls_that_ended, self._sound_database)
            self._sounds = SoundKeeper(sounds.recordings, sounds.kept, store, ended)
            hoard = functools.partial(self._sounds.run, self._stopping)
            self._threads.append(threading.Thread(target=self._run, args=(hoard,), name="sounds", daemon=True))

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
        self._database.close()
        self._cache.close()
        self._live.close()
        self._hours.close()
        self._listed.close()
        self._listed_cache.close()
        self._services.close()
        self._services_cache.close()
        self._people.close()
        self._people_cache.close()
        if self._webhooks is not None:
            self._webhook_database.close()
            self._message_database.close()
        if self._heads is not None:
            self._head_database.close()
        if self._trunks is not None:
            self._trunks.close()
        if self._left is not None:
            self._left.close()
        if self._outgoing is not None:
            self._outgoing.close()
        if self._old is not None:
            self._old.close()
        if self._sound_database is not None:
            self._sound_database.close()

    def alive(self) -> bool:
        return all(thread.is_alive() for thread in self._threads)

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:
            # The process must not go on without one of its threads: main sees the dead thread and exits.
            log.critical("the keeper's %s thread died", threading.current_thread().name, exc_info=True)

    def _keep_journals(self) -> None:
        back_off_s, loud_at = FIRST_BACK_OFF_S, float("-inf")
        drained_at = swept_at = float("-inf")
        while not self._stopping.is_set():
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
            self._stopping.wait(wait_s)

    def _drain(self) -> None:
        try:
            waiting = self._cache.count_opt_outs()
        except StorageUnavailable:
            return  # logged by the menus' thread
        if waiting:
            drain_opt_outs(self._journal, self._database, self._cache)

    def _keep_menus(self) -> None:
        menus, loud_at, back_off_s = None, float("-inf"), FIRST_BACK_OFF_S
        while not self._stopping.is_set():
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
            self._stopping.wait(wait_s)

    def _keep_agents(self) -> None:
        """No call depends on this: while a store is away, targets are simply tried."""
        while not self._stopping.wait(PROBE_EVERY_S):
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
