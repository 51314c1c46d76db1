"""The process of the ESL server: connects stores and calls, runs the periodic work, drains on SIGTERM.

    DIGITREE_ESL_FD     number of an inherited listening socket; without it DIGITREE_ESL is bound here
"""

from __future__ import annotations

import gc
import logging
import os
import resource
import signal
import time
from collections.abc import Callable

import gevent
from gevent import socket as gsocket
from gevent.event import Event

from esl_server.agents.calls_out import CallsOut
from esl_server.agents.dialling import Agents
from esl_server.agents.health import Health
from esl_server.agents.prepare import Preparer
from esl_server.agents.tls_verdicts import TlsVerdicts
from esl_server.call.call_services import CallServices
from esl_server.call.call_sounds import CallSounds
from esl_server.call.filling import Voice
from esl_server.call.menu_cache import CompiledMenus
from esl_server.call.system_prompts import SpokenLanguages
from esl_server.lines.desk import LineDesk
from esl_server.records.counters import CallCounters
from esl_server.records.live_calls import LivePublisher
from esl_server.records.metrics import MetricsPublisher, mark_dead
from esl_server.records.recorder import Recorder
from esl_server.server import BACKLOG, Admission, EslServer, listen
from esl_server.services.identities import IdentityChecks
from esl_server.services.wiring import ServicesOfProcess, services_of
from esl_server.speech import CallSpeech
from esl_server.switch.carrier_word import BelievedCarriers
from esl_server.switch.local_users import LocalUsers
from esl_server.switch.turn import Turn
from ivr.clients.tls_peers import TlsCheck
from ivr.domain.errors import StorageUnavailable
from ivr.domain.said.date_order import use_region
from ivr.domain.sound_links import LINKS, sign_link
from ivr.domain.switch_proof import ProofCheck
from ivr.domain.telephones.way_out import OutTrunk
from ivr.home import prompts_are_shared
from ivr.secrets import Sealer, SoundSealer, read_or_make_secret, signed_values, switch_secrets
from ivr.settings import Settings, parse_networks, split_host_port
from ivr.storage.disk.journal import Journal, make_writer_name
from ivr.storage.disk.kept_sounds import KeptSounds
from ivr.storage.disk.listed_snapshot import LISTED_NAME, ListedSnapshotReader
from ivr.storage.disk.prompt_files import PromptFiles
from ivr.storage.disk.recordings import Recordings
from ivr.storage.disk.snapshot import SnapshotReader, snapshot_path
from ivr.storage.disk.switch_trunks import TrunkFiles
from ivr.storage.disk.text_snapshot import PEOPLE_NAME
from ivr.storage.listed_source import ListedSource
from ivr.storage.menu_source import LayeredMenuSource as MenuSource
from ivr.storage.opt_out_sink import OptOutSink
from ivr.storage.people_source import PeopleSource
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.dnc import PostgresDnc
from ivr.storage.redis.agent_health import AgentHealth
from ivr.storage.redis.calls_out import CallsOutSpending
from ivr.storage.redis.kept_languages import RedisKeptLanguages
from ivr.storage.redis.listed_numbers import ListedReader
from ivr.storage.redis.live_calls import LiveWriter
from ivr.storage.redis.menu_cache import CacheReader, CacheWriter
from ivr.storage.redis.people import PeopleReader
from ivr.storage.redis.waiting_lines import WaitingLines
from ivr.storage.sound_copies import put_copy
from ivr.storage.trunk_source import TrunkSource
from tts.client.client import TtsClient

log = logging.getLogger("esl_server")

# A call may stay 10 minutes in the menu and half an hour with the agent; closing the sockets then hands the remaining
# calls to another process.
DRAIN_S = 2400.0
TICK_S = 1.0
FSYNC_S = 1.5
# Nobody waits for a request to the speech process as long as this: it goes on without its call.
SPEECH_S = 20.0
# A sound of an earlier call is decrypted while its caller waits.
THAW_S = 1.0
# The caller waits while the stores below the journal are tried.
FALLBACK_BUDGET_S = 1.5


def run_in_thread(work: Callable[[], None]) -> None:
    """Run a blocking call (fsync) in gevent's thread pool, while other calls continue. TimeoutError when the disk is
    stuck: the thread is then abandoned."""
    with gevent.Timeout(FSYNC_S, TimeoutError):
        gevent.get_hub().threadpool.apply(work)


def make_services(
    settings: Settings, cache: CacheReader
) -> tuple[CallServices, OptOutSink, ServicesOfProcess]:
    """Everything a call uses. Nothing connects yet, so this works with all stores down."""
    paths = PromptFiles(settings.prompts)
    journal = Journal(settings.journal, make_writer_name("esl"))
    database = Database(settings.database_url, max_size=4, budget_s=FALLBACK_BUDGET_S, application="esl")
    sink = OptOutSink(
        journal,
        PostgresDnc(database),
        CacheWriter(settings.redis_url, signed_values(settings), timeout_s=FALLBACK_BUDGET_S),
        run_in_thread,
    )
    source = MenuSource(cache, SnapshotReader(snapshot_path(settings.home)))
    listed = ListedSource(
        ListedReader(settings.redis_url, signed_values(settings)),
        ListedSnapshotReader(snapshot_path(settings.home).with_name(LISTED_NAME)),
    )
    secret, turn = read_or_make_secret(settings).encode(), Turn()
    tls = TlsCheck.of_settings(settings)
    sealer, counters = Sealer(lambda: secret), CallCounters(found_in=source.found_in)
    asked = services_of(settings, sealer, journal, lambda *each: counters.asked.append(each))
    speech = CallSpeech(TtsClient(f"http://{settings.tts}", lambda: read_or_make_secret(settings), SPEECH_S))
    recordings = Recordings(settings.recordings, is_shared=prompts_are_shared(settings))
    kept = KeptSounds(settings.sounds, SoundSealer(lambda: secret))

    def thaw(sound: str) -> None:
        with gevent.Timeout(THAW_S, False):
            gevent.get_hub().threadpool.apply(put_copy, (kept, recordings, sound))

    def link_to(sound: str) -> str:
        until_s = int(time.time()) + settings.link_hours * 3600
        return f"{settings.links}{LINKS}/{sign_link(sound, until_s, secret)}"

    trunks = TrunkSource(TrunkFiles.of_home(settings.home).table)
    people = PeopleSource(
        PeopleReader(settings.redis_url, signed_values(settings)),
        snapshot_path(settings.home).with_name(PEOPLE_NAME),
    )
    services = CallServices(
        menus=CompiledMenus(source, paths, Voice(speech, settings.currency, CallSounds(recordings, thaw).find)),
        recorder=Recorder(journal, sink, turn),
        prompts=SpokenLanguages(paths),
        agents=Agents.of_uri(
            *(settings.agent, settings.sofia_profile, settings.agent_ring_s, sealer, TlsVerdicts(tls)),
            sample=settings.sample_agent,
        ),
        preparer=Preparer(sealer, allow_private=settings.outbound_private),
        secret=secret,
        region=settings.region,
        turn=turn,
        counters=counters,
        lists_of=listed.lists_of,
        languages=RedisKeptLanguages(settings.redis_url, signed_values(settings), settings.keep_language_days),
        carriers=BelievedCarriers(parse_networks(settings.verstat_trust)),
        identities=IdentityChecks.of_settings(settings),
        trunks=trunks,
        calls_out=CallsOut(
            lambda: map(OutTrunk._make, trunks.table.ways_out),
            settings.out_limits,
            CallsOutSpending(settings.redis_url),
            people.verified,
        ),
        people=people,
        recordings=recordings,
        link_to=link_to,
        services=asked.services,
        lines=LineDesk(WaitingLines(settings.redis_url)),
    )
    return services, sink, asked


def open_listener(settings: Settings) -> gsocket.socket:
    inherited = os.environ.get("DIGITREE_ESL_FD")
    if inherited:
        listener = gsocket.socket(fileno=int(inherited))
        listener.listen(BACKLOG)  # a socket with a shared address is bound, but not listening yet
        return listener
    return listen(*split_host_port(settings.esl))


def main() -> None:
    settings = Settings()
    use_region(settings.region)
    logging.basicConfig(level=settings.log_level, format="%(levelname)s %(name)s: %(message)s")
    _allow_many_sockets()
    cache = CacheReader(settings.redis_url, signed_values(settings))
    services, sink, asked = make_services(settings, cache)
    admission = Admission(
        settings.esl_allow, LocalUsers.of_setting(settings.esl_users), ProofCheck(switch_secrets(settings))
    )
    server = EslServer(open_listener(settings), services, settings.max_calls, admission)
    stop = Event()
    gevent.signal_handler(signal.SIGTERM, stop.set)
    gevent.signal_handler(signal.SIGINT, stop.set)
    gevent.signal_handler(signal.SIGUSR1, _log_what_lives, server)
    services.trunks.renew()
    watcher = gevent.spawn(cache.watch)
    publisher = MetricsPublisher(server, services.counters)
    ticker = gevent.spawn(_tick, publisher, services, sink)
    live = LivePublisher(services.live, LiveWriter(settings.redis_url, make_writer_name("esl")))
    live_publisher = gevent.spawn(live.run)
    asked_keeper = gevent.spawn(asked.run)
    lines = gevent.spawn(services.lines.run)
    health_sharer = gevent.spawn(_share_health, services.agents.health, AgentHealth(settings.redis_url))
    # Everything allocated so far lives as long as the process; a call's garbage is small and mostly without cycles.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    server.start()
    log.info("listening on %s, at most %d live calls", settings.esl, settings.max_calls)
    stop.wait()
    if not server.drain(DRAIN_S):
        log.warning("%d calls are left to other processes", server.live)
    for each in (ticker, live_publisher, health_sharer, asked_keeper, watcher, lines):
        each.kill()
    live.stop()
    _publish(publisher)
    _sync(services, sink)
    server.close()
    mark_dead()


def _log_what_lives(server: EslServer) -> None:
    """On SIGUSR1: log greenlets, connections and calls, of which an idle process has none left over."""
    gc.collect()
    greenlets = sum(isinstance(each, gevent.Greenlet) and not each.dead for each in gc.get_objects())
    log.info("%d greenlets, %d connections, %d live calls", greenlets, server.connections, server.live)


def _tick(publisher: MetricsPublisher, services: CallServices, sink: OptOutSink) -> None:
    while True:
        gevent.sleep(TICK_S)
        _publish(publisher)
        _sync(services, sink)
        services.trunks.renew()


def _publish(publisher: MetricsPublisher) -> None:
    try:
        publisher.publish()
    except Exception:
        log.exception("metrics are not published")  # records must be made safe all the same


def _share_health(health: Health, shared: AgentHealth) -> None:
    while True:
        gevent.sleep(TICK_S)
        try:
            health.share(shared)
        except Exception:
            log.exception("the health of agents' addresses is not shared")


def _sync(services: CallServices, sink: OptOutSink) -> None:
    services.recorder.catch_up()
    try:
        sink.sync()
    except StorageUnavailable as error:
        log.error("call records are not safe on disk: %s", error)


def _allow_many_sockets() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
