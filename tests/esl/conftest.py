"""An ESL server over a real socket with menus in memory, and a raw peer that may send anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent import socket as gsocket

from esl_server import handoff
from esl_server.menus import Menus
from esl_server.prompts import system_prompts
from esl_server.recorder import Recorder
from esl_server.server import EslServer, listen
from esl_server.worker import Services
from ivr.domain.dnc import OptOut
from ivr.domain.errors import StorageUnavailable
from ivr.domain.published import PromptFile, Published, cache_pointer
from ivr.domain.tree import parse_tree

SECRET = b"0123456789abcdef"
DID = "+14155550100"
SEED = {
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
    """Both cache and snapshot: what is published, by DID and by version."""

    pointers: dict[str, str] = field(default_factory=dict)
    trees: dict[str, Published] = field(default_factory=dict)
    away: bool = False
    complete: bool = True

    def publish(self, published: Published, *dids: str) -> None:
        pointer = cache_pointer(published.ivr_id, published.version)
        self.trees[pointer] = published
        self.pointers.update(dict.fromkeys(dids, pointer))

    def pointer_of(self, did: str) -> bytes | None:
        self._require()
        pointer = self.pointers.get(did)
        return pointer.encode() if pointer else None

    def tree(self, ivr_id: str, version: int) -> Published | None:
        self._require()
        return self.trees.get(cache_pointer(ivr_id, version))

    def is_complete(self) -> bool:
        self._require()
        return self.complete

    def _require(self) -> None:
        if self.away:
            raise StorageUnavailable("away")


@dataclass
class Paths:
    """A prompt directory whose system prompts are all there."""

    directory: Path

    def path_of(self, file: str) -> Path:
        return self.directory / file

    def system(self, name: str) -> Path:
        return self.directory / "system" / f"{name}.wav"

    def keys_prompt(self, keys: str) -> Path | None:
        return self.system(f"keys-{keys}")


@dataclass
class MemoryRecords:
    """Journal and opt-out store: keeps the order of what was written."""

    written: list[tuple[str, Any]] = field(default_factory=list)
    full: bool = False

    def append(self, kind: str, document: dict[str, Any]) -> int:
        if self.full:
            raise StorageUnavailable("disk full")
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

    def connect(self) -> gsocket.socket:
        sock = gsocket.create_connection(self.address)
        sock.settimeout(5)
        return sock

    def drained(self) -> None:
        """Wait until the server holds no connection any more."""
        with gevent.Timeout(5):
            while self.server.connections:
                gevent.sleep(0.002)


def publish_seed(menus: MemoryMenus, prompts_dir: Path, *dids: str) -> Published:
    files = {}
    for number, name in enumerate(("welcome.wav", "license.wav", "area.wav", "bye.wav"), 1):
        file = f"{number:032x}.wav"
        (prompts_dir / file).write_bytes(b"RIFF" + bytes(40) + bytes(16 * 1000))
        files[name] = PromptFile(file, 1000)
    published = Published("ivr_seed01", 3, parse_tree(SEED), files)
    menus.publish(published, *dids)
    return published


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    menus, snapshot, records = MemoryMenus(), MemoryMenus(), MemoryRecords()
    paths = Paths(tmp_path)
    publish_seed(menus, tmp_path, DID)
    services = Services(
        menus=Menus(menus, snapshot, paths),
        recorder=Recorder(records, records),
        prompts=system_prompts(paths),
        agent=handoff.Agent("sip:agent@127.0.0.1:5090", "digitree", 20),
        secret=SECRET,
        region="US",
    )
    listener = listen("127.0.0.1", 0)
    server = EslServer(listener, services, max_calls=50, allow="127.0.0.0/8")
    server.start()
    yield Rig(server, listener.getsockname(), menus, snapshot, records, tmp_path)
    server.close()
