"""`python -m keeper`: runs until SIGTERM or SIGINT, then flushes once more and ends."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from types import FrameType

from ivr.clients.gateway_watch import GatewayWatch
from ivr.clients.ringing import Ringer
from ivr.clients.switch import Switch
from ivr.clients.tls_peers import TlsCheck
from ivr.domain.errors import SchemaIsNewer, StorageUnavailable
from ivr.secrets import Sealer, SoundSealer, event_password, head_signer, read_or_make_secret, signed_values
from ivr.settings import Settings, reachable_host
from ivr.storage.disk.agent_passwords import AgentPasswords, passwords_path
from ivr.storage.disk.keeper_status import status_path
from ivr.storage.disk.kept_sounds import KeptSounds
from ivr.storage.disk.recordings import Recordings
from ivr.storage.disk.snapshot import snapshot_path
from ivr.storage.disk.switch_trunks import TrunkFiles
from ivr.storage.disk.trunk_states import trunk_states_path
from ivr.storage.disk.witness_file import witness_path
from ivr.storage.postgres.migrate import check_schema
from keeper.alert_readings import AlertPlaces
from keeper.keeper import Keeper
from keeper.sounds import SoundPlaces

SCHEMA_EVERY_S = 15.0


def main() -> int:
    settings = Settings()
    logging.basicConfig(level=settings.log_level, format="%(levelname)s %(name)s: %(message)s")
    if not settings.database_url or not settings.redis_url:
        sys.stderr.write("the keeper needs DATABASE_URL and REDIS_URL (`digitree up` sets them)\n")
        return 2
    switch = Switch(settings.freeswitch_event, lambda: event_password(settings))
    keeper = Keeper(
        journal=settings.journal,
        database_url=settings.database_url,
        redis_url=settings.redis_url,
        signed=signed_values(settings),
        snapshot=snapshot_path(settings.home),
        status=status_path(settings.home),
        sealer=Sealer(lambda: read_or_make_secret(settings).encode()),
        allow_private=settings.outbound_private,
        answered_ms=switch.answered_ms,
        passwords=AgentPasswords(passwords_path(settings.home)),
        reload=switch.reload,
        trunks=TrunkFiles.of_home(settings.home),
        switch=switch,
        watch=lambda: GatewayWatch(settings.freeswitch_event, event_password(settings)),
        trunk_states=trunk_states_path(settings.home),
        rates=settings.rates,
        signer=head_signer(settings),
        witness=witness_path(settings.home),
        tsa_url=settings.tsa_url,
        prompts=settings.prompts,
        retention=settings.retention,
        sounds=SoundPlaces(
            Recordings(settings.recordings),
            KeptSounds(settings.sounds, SoundSealer(lambda: read_or_make_secret(settings).encode())),
            settings.keep_sounds_days,
        ),
        tls=TlsCheck.of_settings(settings),
        ringer=Ringer(settings.freeswitch_event, lambda: event_password(settings)),
        has_channel=switch.has_channel,
        existing=switch.existing,
        outgoing=settings.outgoing_limits,
        alerts=AlertPlaces(settings.home, reachable_host(settings.http), settings.links, settings.zone),
    )
    asked = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        asked.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    _wait_for_schema(settings.database_url, asked)
    if asked.is_set():
        return 0
    keeper.start()
    while not asked.wait(1.0):
        if not keeper.alive():
            return 1
    keeper.stop()
    return 0


def _wait_for_schema(database_url: str, asked: threading.Event) -> None:
    """Nothing is written to the database of a later release. While Postgres is away, the keeper's threads wait."""
    while not asked.is_set():
        try:
            check_schema(database_url)
        except SchemaIsNewer as error:
            logging.getLogger("keeper").error("%s", error)
            asked.wait(SCHEMA_EVERY_S)
        except StorageUnavailable:
            return
        else:
            return


if __name__ == "__main__":
    sys.exit(main())
