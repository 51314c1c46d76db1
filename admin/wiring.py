"""The admin app's own edge: concrete stores put into services."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from admin.agents.service import AgentService
from admin.calls.service import CallService
from admin.dnc.import_progress import ImportBoard
from admin.dnc.service import DncService
from admin.health import checks
from admin.health.service import Readiness
from admin.http.auth import Auth
from admin.http.idempotency import Once
from admin.http.limits import Guesses, SharedLimits
from admin.http.metrics import Metrics
from admin.http.openapi import build_document
from admin.http.sessions import Sessions
from admin.keys.service import KeyService
from admin.live.control import CallControl
from admin.live.service import LiveService
from admin.menu_tests.service import MenuTestService
from admin.menus.rendered import RenderedMenus
from admin.menus.service import MenuService
from admin.prompts.metered_speaker import MeteredSpeaker
from admin.prompts.service import AudioService, Speaker
from admin.reports.service import ReportService
from admin.test_calls.service import TestCallService
from admin.users.service import UserService
from admin.versions.service import VersionService
from admin.webhooks.service import WebhookService
from ivr.clients.phone import PhoneClient
from ivr.clients.switch import Switch
from ivr.secrets import Sealer, event_password, read_or_make_secret
from ivr.settings import Settings
from ivr.storage.disk.keeper_status import status_path
from ivr.storage.disk.prompt_files import PromptFiles
from ivr.storage.menu_publisher import CachePublisher
from ivr.storage.postgres.stores import PostgresStores
from ivr.storage.redis.live_calls import LiveReader
from ivr.storage.redis.menu_cache import CacheWriter, connect
from tts.client.client import TtsClient

if TYPE_CHECKING:
    import redis

WRONG_KEYS_PER_MINUTE = 60
_POSTGRES_CONNECTIONS = 8
_REDIS_TIMEOUT_S = 0.5


@dataclass(frozen=True)
class AdminServices:
    """All that views use."""

    menus: MenuService
    versions: VersionService
    audio: AudioService
    agents: AgentService
    dnc: DncService
    calls: CallService
    figures: ReportService
    live: LiveService
    webhooks: WebhookService
    control: CallControl
    trying: TestCallService
    menu_tests: MenuTestService
    keys: KeyService
    readiness: Readiness
    users: UserService
    auth: Auth
    sessions: Sessions
    once: Once
    metrics: Metrics
    rendered: RenderedMenus
    openapi: Callable[[], str]


@dataclass(frozen=True)
class Stores:
    """What was connected, to be closed at the end."""

    postgres: PostgresStores
    cache: CacheWriter
    redis: redis.Redis
    speaker: TtsClient
    live: LiveReader
    phone: PhoneClient

    def close(self) -> None:
        self.phone.close()
        self.live.close()
        self.speaker.close()
        self.redis.close()
        self.cache.close()
        self.postgres.close()


def connect_stores(settings: Settings) -> Stores:
    """Nothing is connected until it is used, so the app starts while a store is down."""
    return Stores(
        PostgresStores(settings.database_url, max_size=_POSTGRES_CONNECTIONS),
        CacheWriter(settings.redis_url),
        connect(settings.redis_url, timeout_s=_REDIS_TIMEOUT_S),
        TtsClient(f"http://{settings.tts}"),
        LiveReader(settings.redis_url),
        PhoneClient(f"http://{settings.phone}", lambda: read_or_make_secret(settings)),
    )


def make_services(
    settings: Settings,
    stores: Stores,
    *,
    speaker: Speaker | None = None,
    wrong_keys_per_minute: int = WRONG_KEYS_PER_MINUTE,
) -> AdminServices:
    """The services over these stores; `speaker` in place of the speech process of the settings."""
    speaker = MeteredSpeaker(speaker or stores.speaker)
    postgres, files = stores.postgres, PromptFiles(settings.prompts)
    publisher = CachePublisher(postgres.database, stores.cache)
    sessions = Sessions(postgres.sessions)
    switch = Switch(settings.freeswitch_event, lambda: event_password(settings))
    live = LiveService(stores.live, switch.answered_ms)
    menus = MenuService(postgres.menus, publisher, stores.cache.check, files, postgres.agents)
    trying = TestCallService(
        menus, postgres.agents, stores.cache, stores.phone, postgres.calls, speaker, files, postgres.audit
    )
    return AdminServices(
        menus=menus,
        versions=VersionService(postgres.versions, menus),
        agents=AgentService(postgres.agents, menus, Sealer(lambda: read_or_make_secret(settings).encode())),
        audio=AudioService(menus, speaker, files, settings.tts_usd_s),
        dnc=DncService(postgres.dnc, files, settings.region, ImportBoard(stores.redis)),
        calls=CallService(postgres.calls),
        figures=ReportService(postgres.figures, settings.rates, settings.tts_usd_s),
        live=live,
        webhooks=WebhookService(postgres.webhooks, Sealer(lambda: read_or_make_secret(settings).encode())),
        control=CallControl(
            live,
            switch,
            postgres.menus.find_version,
            postgres.audit,
            lambda: read_or_make_secret(settings).encode(),
        ),
        trying=trying,
        menu_tests=MenuTestService(postgres.menu_tests, trying, postgres.calls),
        keys=KeyService(postgres.keys, postgres.audit),
        readiness=Readiness(
            {
                "postgres": checks.answers(postgres.database.check),
                "redis": checks.answers(stores.cache.check),
                "tts": checks.answers(speaker.voices),
                "esl": checks.call_server(settings.esl),
                "keeper": checks.keeper(status_path(settings.home)),
                "prompts": checks.prompts(settings.prompts, settings.home),
                "phone": checks.phone(settings.phone),
                "opt_outs": checks.opt_outs(postgres.dnc.unidentified),
            }
        ),
        auth=Auth(
            postgres.keys,
            Guesses(stores.redis, wrong_keys_per_minute),
            SharedLimits(stores.redis, settings.requests_per_minute, 60),
            sessions=sessions,
        ),
        sessions=sessions,
        users=UserService(postgres.users, postgres.sessions),
        once=Once(stores.redis),
        metrics=Metrics(
            status_path(settings.home),
            lambda: postgres.dnc.unidentified(datetime.now(UTC) - checks.RECENT),
        ),
        rendered=RenderedMenus(),
        openapi=openapi_text,
    )


@lru_cache(maxsize=1)
def openapi_text() -> str:
    """The OpenAPI document, rendered once."""
    from admin.endpoints import ENDPOINTS  # the table's views use Services, so it is looked at last

    return json.dumps(build_document(ENDPOINTS, version("digitree")), ensure_ascii=False)
