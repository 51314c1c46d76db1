"""An ESL server over a real socket, with menus and records in memory, for tests of single calls."""

from __future__ import annotations

import json
import wave
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gevent
from gevent import socket as gsocket

from devswitch.dialplan import Dialplan, sockets_only
from esl_server.agents.calls_out import CallsOut
from esl_server.agents.dialling import Agents
from esl_server.agents.prepare import Post, Preparer
from esl_server.call.call_services import CallServices
from esl_server.call.call_sounds import CallSounds
from esl_server.call.filling import SILENT, Voice
from esl_server.call.menu_cache import CompiledMenus
from esl_server.call.system_prompts import ANNOUNCEMENT, NAMES, SpokenLanguages
from esl_server.records.live_calls import LiveCallBoard
from esl_server.records.recorder import Recorder
from esl_server.server import Admission, EslServer, listen
from esl_server.switch.local_users import LocalUsers
from esl_server.switch.turn import Turn
from ivr.domain.call_records import CallRecord
from ivr.domain.dnc.events import OptOut
from ivr.domain.errors import StorageUnavailable
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PromptFile, PublishedMenu, cache_pointer
from ivr.domain.switch_proof import ProofCheck
from ivr.domain.tickets import Ticket
from ivr.ports.kept_languages import KeptLanguages, NothingKept
from ivr.secrets import Sealer
from ivr.storage.disk.prompt_files import PromptFiles
from ivr.storage.disk.recordings import Recordings
from ivr.storage.disk.segments import Document
from ivr.storage.menu_source import LayeredMenuSource as MenuSource
from ivr.storage.people_source import PeopleSource
from tests.helpers import SWITCH_SECRET

SECRET = b"0123456789abcdef"
SEALER = Sealer(lambda: SECRET)
DID = "+14155550100"
SEED: dict[str, Any] = {
    "name": "Qualifier",
    "nodes": {
        "welcome": {
            "audio": "welcome.wav",
            "gather": {"1": "has_license", "9": "dnc"},
            "timeout_node": "welcome",
        },
        "has_license": {"audio": "license.wav", "gather": {"1": "area", "2": "unqualified"}},
        "area": {"audio": "area.wav", "gather": {"1": "agent", "2": "unqualified"}},
        "agent": {"action": "transfer"},
        "unqualified": {"action": "hangup", "audio": "bye.wav"},
        "dnc": {"action": "suppress"},
    },
}


@dataclass
class MemoryMenus:
    """Stands for Redis or for the snapshot: what is published, by DID and by version."""

    pointers: dict[str, str] = field(default_factory=dict)
    menus: dict[str, PublishedMenu] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    away: bool = False
    complete: bool = True

    def publish(self, published: PublishedMenu, *dids: str) -> None:
        pointer = cache_pointer(published.ivr_id, published.version)
        self.menus[pointer] = published
        self.pointers.update(dict.fromkeys(dids, pointer))

    def pointer_of(self, did: str) -> bytes | None:
        self._require()
        pointer = self.pointers.get(did)
        return pointer.encode() if pointer else None

    def menu(self, ivr_id: str, version: int) -> PublishedMenu | None:
        self._require()
        return self.menus.get(cache_pointer(ivr_id, version))

    def ticket(self, dialled: str) -> bytes | None:
        self._require()
        ticket = self.tickets.get(dialled)
        return ticket.to_json().encode() if ticket else None

    def is_complete(self) -> bool:
        self._require()
        return self.complete

    def checked_at(self) -> float:
        if not self.pointers:
            raise StorageUnavailable("never filled")
        return 1.0

    def _require(self) -> None:
        if self.away:
            raise StorageUnavailable("away")


@dataclass
class MemoryRecords:
    """Journal and opt-out store: keeps the order of what was written."""

    written: list[tuple[str, Any]] = field(default_factory=list)
    full: bool = False

    def append_all(self, records: Sequence[tuple[str, Document]]) -> int:
        if self.full:
            raise StorageUnavailable("disk full")
        for kind, record in records:
            document = record.to_json() if isinstance(record, CallRecord) else record
            self.written.append((kind, json.loads(json.dumps(document))))
        return len(self.written)

    def record(self, opt_out: OptOut) -> None:
        if self.full:
            raise StorageUnavailable("no store left")
        self.written.append(("opt_out", opt_out))

    def of(self, kind: str) -> list[Any]:
        return [document for written, document in self.written if written == kind]


@dataclass
class Rig:
    server: EslServer
    address: tuple[str, int]
    menus: MemoryMenus
    snapshot: MemoryMenus
    records: MemoryRecords
    prompts_dir: Path
    live: LiveCallBoard

    @property
    def targets(self) -> Dialplan:
        """For DevSwitch: this server, and again when it is lost."""
        target = f"127.0.0.1:{self.address[1]}"
        return sockets_only(target, target, secret=SWITCH_SECRET)

    def connect(self) -> gsocket.socket:
        sock = gsocket.create_connection(self.address)
        sock.settimeout(20)
        return sock

    def drained(self) -> None:
        """Wait until the server holds no connection any more."""
        self.until(lambda: not self.server.connections)

    @staticmethod
    def until(is_so: Callable[[], object]) -> None:
        """For what the server does not tell; other greenlets go on meanwhile. gevent.Timeout after 20 s."""
        with gevent.Timeout(20):
            while not is_so():
                gevent.sleep(0.002)


def publish_seed(menus: MemoryMenus, prompts_dir: Path, *dids: str) -> PublishedMenu:
    files = {}
    for number, name in enumerate(("welcome.wav", "license.wav", "area.wav", "bye.wav"), 1):
        file = f"{number:032x}.wav"
        write_wav(prompts_dir / file, 1000)
        files[name] = PromptFile(file, 1000)
    published = PublishedMenu("ivr_seed01", 3, parse_menu(SEED), files)
    menus.publish(published, *dids)
    return published


def write_wav(path: Path, duration_ms: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16 * duration_ms))


def write_system_prompts(directory: Path) -> None:
    directory.mkdir(exist_ok=True)
    for name in (*NAMES, ANNOUNCEMENT, *"123456789", "press", "or", "star", "pound"):
        write_wav(directory / f"{name}.wav", 500)


@contextmanager
def running_server(
    prompts_dir: Path,
    *,
    max_calls: int = 50,
    allow: str = "127.0.0.0/8",
    post: Post | None = None,
    voice: Voice = SILENT,
    calls_out: CallsOut | None = None,
    people: PeopleSource | None = None,
    languages: KeptLanguages | None = None,
    port: int = 0,
) -> Iterator[Rig]:
    menus, snapshot, records = MemoryMenus(), MemoryMenus(), MemoryRecords()
    paths = PromptFiles(prompts_dir)
    write_system_prompts(prompts_dir / "system")
    publish_seed(menus, prompts_dir, DID)
    turn = Turn()
    recordings = Recordings(prompts_dir)
    voice = voice._replace(find_sound=CallSounds(recordings).find)
    services = CallServices(
        menus=CompiledMenus(MenuSource(menus, snapshot), paths, voice),  # type: ignore[arg-type]
        recorder=Recorder(records, records, turn),
        prompts=SpokenLanguages(paths),
        agents=Agents.of_uri("sip:agent@127.0.0.1:5090", "digitree", 20, SEALER),
        preparer=Preparer(SEALER, allow_private=True, post=post),
        secret=SECRET,
        region="US",
        turn=turn,
        recordings=recordings,
        calls_out=calls_out or CallsOut(),
        people=people or PeopleSource(),
        languages=languages or NothingKept(),
    )
    listener = listen("127.0.0.1", port)
    admission = Admission(allow, LocalUsers.of_setting(""), ProofCheck([SWITCH_SECRET]))
    server = EslServer(listener, services, max_calls, admission)
    server.start()
    try:
        yield Rig(server, listener.getsockname(), menus, snapshot, records, prompts_dir, services.live)
    finally:
        server.close()
