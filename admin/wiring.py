"""The admin app's own edge: concrete stores behind the services and ports that views ask for."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import redis

from admin.agents.ring_board import RingBoard
from admin.agents.rings import AgentRings
from admin.agents.service import AgentService
from admin.alerts.service import AlertDesk
from admin.bin.service import BinService
from admin.bundles.service import BundleService
from admin.callbacks.service import CallbackDesk
from admin.channels.service import ChannelDesk
from admin.dnc.import_progress import ImportBoard
from admin.dnc.service import DncService
from admin.drafts.service import DraftService
from admin.endpoints import ENDPOINTS
from admin.exports.service import ExportService
from admin.health import checks
from admin.health.service import KEPT_S, Readiness
from admin.hours.service import HoursService
from admin.http.auth import Auth
from admin.http.idempotency import Once
from admin.http.limits import Guesses, SharedLimits
from admin.http.log_ins import OF_PAIR, LogIns, LogInTickets
from admin.http.metrics import Metrics
from admin.http.openapi import ApiDocument, build_document
from admin.http.path_numbers import Region
from admin.http.services import Services
from admin.http.sessions import Sessions
from admin.http.shown_firm import ShownFirm
from admin.http.zones import InstallationZone
from admin.imports.service import ImportDesk
from admin.imports.sounds import ImportSounds
from admin.lines.service import LineBoard
from admin.lists.service import NumberListService
from admin.live.control import CallControl
from admin.live.service import LiveService
from admin.menu_tests.service import MenuTestService
from admin.menus.known_voices import KnownVoices
from admin.menus.language_sentences import LanguageSentences
from admin.menus.node_schema import SCHEMAS
from admin.menus.rendered import RenderedMenus
from admin.menus.saving import MenuSaver
from admin.menus.service import MenuService
from admin.outgoing.service import OutgoingDesk
from admin.people.service import PersonDesk
from admin.prompts.holders import DraftHolder, MenuHolder
from admin.prompts.metered_speaker import MeteredSpeaker
from admin.prompts.service import DraftPromptService, PromptService, Speaker
from admin.prompts.speaking_all import DraftSpeech, MenuSpeech
from admin.prompts.speech_board import SpeechBoard
from admin.reports.service import ReportService
from admin.services.service import ServiceDesk
from admin.sounds.service import Links, SoundDesk
from admin.system_mail.service import SystemMailer
from admin.telephones.service import TelephoneDesk
from admin.telephones.spoken_code import SpokenCodes
from admin.test_calls.service import TestCallService
from admin.trunks.service import TrunkDesk
from admin.trunks.standing import TrunkStanding
from admin.users import mailed_links
from admin.users.mailed_links import MailedLinks
from admin.users.service import SecondFactors
from admin.versions.service import VersionService
from admin.voices.service import VoiceService
from admin.webhooks.messages import MESSAGES
from admin.webhooks.service import WebhookService
from ivr.clients.channels import ChannelSender, NoSounds
from ivr.clients.downloads import Downloads
from ivr.clients.gateway_watch import GatewayWatch
from ivr.clients.host_addresses import has_host
from ivr.clients.outbound_http import Outbound
from ivr.clients.phone import PhoneClient
from ivr.clients.ringing import Ringer
from ivr.clients.service_http import ServiceHttp
from ivr.clients.switch import Switch, SwitchUnavailable
from ivr.clients.tls_peers import TlsCheck
from ivr.domain.retention import Retention
from ivr.ports.agents import AgentStore
from ivr.ports.alerts import AlertStore
from ivr.ports.answers import AnswerStore
from ivr.ports.audit import AuditLog
from ivr.ports.bin import BinStore
from ivr.ports.callbacks import CallbackStore
from ivr.ports.calls import CallStore
from ivr.ports.card_places import CardPlaceStore
from ivr.ports.channels import ChannelStore
from ivr.ports.dashboard import DashboardStore
from ivr.ports.dnc import DncStore, listed_at
from ivr.ports.firm import FirmStore
from ivr.ports.hours import HoursStore
from ivr.ports.keys import KeyStore
from ivr.ports.lines import LineReportStore
from ivr.ports.mailed_reports import MailedReportStore
from ivr.ports.menu_drafts import DraftStore
from ivr.ports.menu_tests import MenuTestStore
from ivr.ports.menu_versions import VersionStore
from ivr.ports.menus import MenuStore
from ivr.ports.notices import MessageStore, NoticeStore
from ivr.ports.number_lists import NumberListStore
from ivr.ports.outgoing import OrderStore
from ivr.ports.people import PersonStore
from ivr.ports.preferences import PreferenceStore
from ivr.ports.privacy import Privacy
from ivr.ports.saved_filters import SavedFilterStore
from ivr.ports.services import ServiceStore
from ivr.ports.sounds import MailboxStore, SoundStore
from ivr.ports.system_mail import SystemMailStore
from ivr.ports.telephones import TelephoneStore
from ivr.ports.trunks import TrunkStore
from ivr.ports.users import SessionStore, UserStore
from ivr.ports.webhooks import WebhookStore
from ivr.ports.words import WordStore
from ivr.secrets import Sealer, SoundSealer, event_password, read_or_make_secret, signed_values
from ivr.settings import Settings
from ivr.storage.disk.agent_passwords import AgentPasswords, passwords_path
from ivr.storage.disk.keeper_status import status_path
from ivr.storage.disk.kept_sounds import KeptSounds
from ivr.storage.disk.once_sounds import OnceSounds
from ivr.storage.disk.prompt_files import PromptFiles
from ivr.storage.disk.recordings import Recordings
from ivr.storage.disk.trunk_states import trunk_states_path
from ivr.storage.listed_publisher import PostgresListedPublisher
from ivr.storage.menu_publisher import CachePublisher
from ivr.storage.postgres.outgoing_listed import PostgresCallLists
from ivr.storage.postgres.people import people_text
from ivr.storage.postgres.privacy import PostgresPrivacy
from ivr.storage.postgres.services import services_text
from ivr.storage.postgres.stores import PostgresStores
from ivr.storage.redis.kept_languages import LanguageEraser
from ivr.storage.redis.listed_numbers import ListedWriter
from ivr.storage.redis.live_calls import LiveReader
from ivr.storage.redis.menu_cache import CacheWriter, connect
from ivr.storage.redis.people import PeopleWriter
from ivr.storage.redis.services import ServicesWriter
from ivr.storage.redis.waiting_lines import WaitingLines
from ivr.storage.text_publisher import TextPublisher
from tts.client.client import TtsClient
from tts.client.limits import MAX_UPLOAD_BYTES

log = logging.getLogger(__name__)

WRONG_KEYS_PER_MINUTE = 60
_POSTGRES_CONNECTIONS = 8
_REDIS_TIMEOUT_S = 0.5


@dataclass(frozen=True)
class Stores:
    """What was connected, to be closed at the end."""

    postgres: PostgresStores
    cache: CacheWriter
    listed: ListedWriter
    services: ServicesWriter
    people: PeopleWriter
    redis: redis.Redis
    speaker: TtsClient
    live: LiveReader
    phone: PhoneClient
    lines: WaitingLines
    languages: LanguageEraser

    def close(self) -> None:
        self.languages.close()
        self.lines.close()
        self.phone.close()
        self.live.close()
        self.speaker.close()
        self.redis.close()
        self.people.close()
        self.services.close()
        self.listed.close()
        self.cache.close()
        self.postgres.close()


def connect_stores(settings: Settings) -> Stores:
    """Nothing is connected until it is used, so the app starts while a store is down."""
    return Stores(
        PostgresStores(
            settings.database_url,
            max_size=_POSTGRES_CONNECTIONS,
            keep_sounds_days=settings.keep_sounds_days,
            first_zone=settings.zone,
        ),
        CacheWriter(settings.redis_url, signed_values(settings)),
        ListedWriter(settings.redis_url, signed_values(settings)),
        ServicesWriter(settings.redis_url, signed_values(settings)),
        PeopleWriter(settings.redis_url, signed_values(settings)),
        connect(settings.redis_url, timeout_s=_REDIS_TIMEOUT_S),
        TtsClient(f"http://{settings.tts}", lambda: read_or_make_secret(settings)),
        LiveReader(settings.redis_url),
        PhoneClient(f"http://{settings.phone}", lambda: read_or_make_secret(settings)),
        WaitingLines(settings.redis_url),
        LanguageEraser(settings.redis_url, signed_values(settings)),
    )


def make_services(
    settings: Settings,
    stores: Stores,
    *,
    speaker: Speaker | None = None,
    wrong_keys_per_minute: int = WRONG_KEYS_PER_MINUTE,
    readiness_kept_s: float = KEPT_S,
) -> Services:
    """The services over these stores; `speaker` in place of the speech process of the settings."""
    postgres, files = stores.postgres, PromptFiles(settings.prompts)
    ports: dict[type[Any], Any] = {
        MenuStore: postgres.menus,
        CardPlaceStore: postgres.card_places,
        VersionStore: postgres.versions,
        DraftStore: postgres.drafts,
        BinStore: postgres.bin,
        AgentStore: postgres.agents,
        HoursStore: postgres.hours,
        WordStore: postgres.words,
        NumberListStore: postgres.number_lists,
        ServiceStore: postgres.services,
        PersonStore: postgres.people,
        NoticeStore: postgres.notices,
        MessageStore: postgres.messages,
        ChannelStore: postgres.channels,
        TrunkStore: postgres.trunks,
        TelephoneStore: postgres.telephones,
        DncStore: postgres.dnc,
        CallStore: postgres.calls,
        SavedFilterStore: postgres.saved_filters,
        SoundStore: postgres.sounds,
        MailboxStore: postgres.mailboxes,
        CallbackStore: postgres.callbacks,
        LineReportStore: postgres.line_reports,
        AnswerStore: postgres.answers,
        OrderStore: postgres.orders,
        WebhookStore: postgres.webhooks,
        MenuTestStore: postgres.menu_tests,
        KeyStore: postgres.keys,
        FirmStore: postgres.firm,
        AuditLog: postgres.audit,
        DashboardStore: postgres.dashboard,
        UserStore: postgres.users,
        SessionStore: postgres.sessions,
        PreferenceStore: postgres.preferences,
        SystemMailStore: postgres.system_mail,
        AlertStore: postgres.alerts,
        MailedReportStore: postgres.mailed_reports,
        Privacy: PostgresPrivacy(
            postgres.database, Sealer(lambda: read_or_make_secret(settings).encode()).find, stores.languages
        ),
        PromptFiles: files,
        PhoneClient: stores.phone,
        Speaker: MeteredSpeaker(speaker or stores.speaker),
    }
    http, rules = _http(settings, stores, wrong_keys_per_minute), _rules(settings, stores, ports, readiness_kept_s)
    return Services({**ports, **http, **rules})


def _http(settings: Settings, stores: Stores, wrong_keys_per_minute: int) -> dict[type[Any], Any]:
    """Authentication, limits, and kept answers."""
    sessions = Sessions(stores.postgres.sessions)
    guesses = Guesses(stores.redis, wrong_keys_per_minute)
    log_ins = LogIns(
        stores.redis,
        guesses,
        Sealer(lambda: read_or_make_secret(settings).encode()),
        min(OF_PAIR, wrong_keys_per_minute),
    )
    limits = SharedLimits(stores.redis, settings.requests_per_minute, 60)
    unidentified = stores.postgres.dnc.unidentified
    return {
        Sessions: sessions,
        LogIns: log_ins,
        LogInTickets: LogInTickets(Sealer(lambda: read_or_make_secret(settings).encode())),
        Auth: Auth(
            stores.postgres.keys, guesses, limits, sessions=sessions, slow_down=log_ins.slow_down
        ),
        Once: Once(stores.postgres.kept_answers, Sealer(lambda: read_or_make_secret(settings).encode())),
        Metrics: Metrics(
            status_path(settings.home), lambda: unidentified(datetime.now(UTC) - checks.RECENT), settings.home
        ),
        Outbound: Outbound(settings.outbound_private),
        Region: Region(settings.region),
        InstallationZone: InstallationZone(stores.postgres.preferences, settings.zone),
        ShownFirm: ShownFirm(stores.postgres.firm),
        Retention: settings.retention,
        ApiDocument: API_DOCUMENT,
    }


def _rules(
    settings: Settings, stores: Stores, ports: Mapping[type[Any], Any], readiness_kept_s: float
) -> dict[type[Any], Any]:
    """The services that have rules of their own."""
    postgres, files, speaker = stores.postgres, ports[PromptFiles], ports[Speaker]
    switch = Switch(settings.freeswitch_event, lambda: event_password(settings))

    def secret() -> bytes:
        return read_or_make_secret(settings).encode()

    sealer, passwords = Sealer(secret), AgentPasswords(passwords_path(settings.home))

    def tell_switch(sealed: str, password: str) -> None:
        try:
            passwords.add({sealer.reference(sealed): password})
            switch.reload()
        except (OSError, SwitchUnavailable) as error:
            log.warning("the switch does not know a new password of an agent yet: %s", error)

    mailer = SystemMailer(postgres.system_mail, sealer, settings.links)
    imports = ImportBoard(stores.redis)
    live = LiveService(stores.live, switch.answered_ms)
    publisher = CachePublisher(postgres.database, stores.cache)
    resources = postgres.agents, postgres.hours, postgres.services, postgres.number_lists
    voices = KnownVoices(speaker.voices)
    sentences = LanguageSentences(speaker.speak, voices, settings.prompts)
    more = voices, postgres.channels, postgres.people, postgres.words
    menus = MenuService(postgres.menus, publisher, stores.cache.check, files, *resources, *more, sentences)
    test_calls = TestCallService(
        *(menus, postgres.agents, postgres.hours, stores.cache, stores.phone, postgres.calls, speaker, files),
        postgres.audit,
        sentences,
    )
    ringer = Ringer(settings.freeswitch_event, lambda: event_password(settings))
    telephones = TelephoneDesk(
        *(postgres.telephones, postgres.trunks, test_calls),
        SpokenCodes(test_calls.speaker, files, OnceSounds(settings.prompts)),
        *(postgres.calls, postgres.audit),
        ringer,
        switch.hang_up,
        settings.ring_limits,
        secret,
    )
    menu_tests = MenuTestService(postgres.menu_tests, test_calls, postgres.calls)
    prompts = PromptService(menus, MenuHolder(menus), speaker, files, settings.tts_usd_s)
    draft_prompts = DraftPromptService(menus, DraftHolder(postgres.drafts), speaker, files, settings.tts_usd_s)
    agents = AgentService(
        postgres.agents, menus, sealer, postgres.trunks, settings.out_limits.countries, tell_switch
    )
    saver = MenuSaver(menus, postgres.versions, menu_tests, sentences)
    bundles = BundleService(postgres.menu_bundles, saver, postgres.number_lists, files, speaker)
    desk = ImportDesk(postgres.menu_imports, saver, bundles)
    return {
        BinService: BinService(postgres.bin, menus, agents),
        RenderedMenus: RenderedMenus(voices.find, files.system_languages, sentences.outdated),
        MenuService: menus,
        MenuSaver: saver,
        ExportService: ExportService(
            *(postgres.menus, postgres.versions, postgres.drafts, postgres.services, postgres.agents), settings.url
        ),
        BundleService: bundles,
        ImportDesk: desk,
        ImportSounds: ImportSounds(
            *(desk, prompts, Downloads(Outbound(settings.outbound_private), MAX_UPLOAD_BYTES)),
            SpeechBoard(stores.redis, "import:", "sounds"),
        ),
        VersionService: VersionService(postgres.versions, menus, postgres.drafts),
        PromptService: prompts,
        VoiceService: VoiceService(settings.voices, speaker, sealer.seal, postgres.audit),
        MenuSpeech: MenuSpeech(prompts, SpeechBoard(stores.redis)),
        DraftService: DraftService(postgres.drafts, menus, draft_prompts, menu_tests, sentences),
        DraftPromptService: draft_prompts,
        DraftSpeech: DraftSpeech(draft_prompts, SpeechBoard(stores.redis, "draft:")),
        AgentRings: AgentRings(
            *(postgres.agents, RingBoard(stores.redis), stores.cache, postgres.calls, postgres.audit, ringer),
            *(switch.hang_up, settings.sofia_profile, settings.sip, has_host),
        ),
        AgentService: agents,
        HoursService: HoursService(postgres.hours, menus),
        NumberListService: NumberListService(
            postgres.number_lists,
            PostgresListedPublisher(postgres.database, stores.listed),
            stores.listed.check,
            settings.region,
        ),
        ServiceDesk: ServiceDesk(
            postgres.services,
            TextPublisher(postgres.database, stores.services, services_text),
            menus,
            sealer,
            ServiceHttp(sealer.find, settings.outbound_private),
        ),
        ChannelDesk: ChannelDesk(
            postgres.channels,
            sealer,
            ChannelSender(
                sealer.find, NoSounds(), settings.outbound_private, firm=lambda: ShownFirm(postgres.firm).get().name
            ),
        ),
        PersonDesk: PersonDesk(
            postgres.people,
            TextPublisher(postgres.database, stores.people, people_text),
            menus,
            postgres.hours,
            postgres.trunks,
            postgres.number_lists,
            settings.out_limits.countries | {settings.region},
        ),
        TrunkDesk: TrunkDesk(postgres.trunks, sealer, settings.region),
        TrunkStanding: TrunkStanding(
            trunk_states_path(settings.home),
            lambda: GatewayWatch(settings.freeswitch_event, event_password(settings)),
            TlsCheck.of_settings(settings),
        ),
        DncService: DncService(postgres.dnc, settings.region, imports),
        ImportBoard: imports,
        ReportService: ReportService(postgres.reports, settings.rates, settings.tts_usd_s),
        LiveService: live,
        CallControl: CallControl(live, switch, postgres.menus.find_version, postgres.audit, secret),
        SecondFactors: SecondFactors(postgres.second_factors, Sealer(secret)),
        SystemMailer: mailer,
        AlertDesk: AlertDesk(postgres.alerts, postgres.channels, sealer, settings.links),
        MailedLinks: MailedLinks(
            *(postgres.users, mailer, sealer, postgres.audit),
            Guesses(stores.redis, mailed_links.OF_ADDRESS, mailed_links.PERIOD_S),
            Guesses(stores.redis, mailed_links.OF_USER, mailed_links.PERIOD_S),
        ),
        WebhookService: WebhookService(postgres.webhooks, Sealer(secret)),
        TestCallService: test_calls,
        OutgoingDesk: OutgoingDesk(
            *(postgres.orders, postgres.trunks, postgres.menus, PostgresCallLists(postgres.database)),
            switch.hang_up,
            settings.outgoing_limits,
        ),
        TelephoneDesk: telephones,
        LineBoard: LineBoard(stores.lines),
        CallbackDesk: CallbackDesk(
            *(postgres.callbacks, postgres.telephones, telephones.find_way, ringer, settings.ring_limits),
            lambda number: listed_at(postgres.dnc.find(number)),
        ),
        MenuTestService: menu_tests,
        SoundDesk: SoundDesk(
            postgres.sounds,
            KeptSounds(settings.sounds, SoundSealer(secret)),
            Recordings(settings.recordings),
            Links(settings.links, settings.link_hours, secret),
        ),
        Readiness: Readiness(
            {
                "postgres": checks.answers(postgres.database.check),
                "redis": checks.answers(stores.cache.check),
                "tts": checks.answers(speaker.voices),
                "esl": checks.call_server(settings.esl),
                "keeper": checks.keeper(status_path(settings.home)),
                "prompts": checks.prompts(settings.prompts, settings.home),
                "disk": checks.disk(settings.home),
                "phone": checks.phone(settings.phone),
                "trunks": checks.trunks(trunk_states_path(settings.home)),
                "conferences": checks.conferences(
                    Switch(settings.freeswitch_event, lambda: event_password(settings), checks.CONNECT_TIMEOUT_S),
                    postgres.menus.count_with_talks_of_all,
                ),
                "opt_outs": checks.opt_outs(postgres.dnc.unidentified),
                "messages": checks.messages(postgres.messages.given_up),
            },
            kept_s=readiness_kept_s,
        ),
    }


API_DOCUMENT = ApiDocument(lambda: build_document(ENDPOINTS, version("digitree"), SCHEMAS, MESSAGES))
