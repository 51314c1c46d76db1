"""The whole product, called by carriers: a menu of short prompts, certificates, and what the switch
says when it is asked."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from ivr.secrets import event_password
from ivr.settings import Settings, split_host_port
from sipp_scenarios.target import Target
from tests.carriers.kamailio import ACCOUNT, PASSWORD, Carrier
from tests.certificates import Authority
from tests.helpers import wait_until
from tests.ports import free_address
from tests.sip.conftest import whole_product

ROOT, OTHER = Authority("root"), Authority("other")
IP = "127.0.0.1"
DID, KEYS = "+14155550160", "112"
_MENU: dict[str, dict[str, Any]] = {
    "one": {"audio": "one.wav", "gather": {"1": "two"}},
    "two": {"audio": "two.wav", "gather": {"1": "three"}},
    "three": {"audio": "three.wav", "gather": {"2": "bye"}},
    "bye": {"action": "hangup", "audio": "bye.wav"},
}


@dataclass(frozen=True)
class Site:
    target: Target
    directory: Path
    tls: str
    event: str

    @property
    def http(self) -> httpx.Client:
        return self.target.http

    @property
    def sip(self) -> tuple[str, int]:
        return split_host_port(self.target.sip)

    @property
    def home(self) -> Path:
        return self.directory / "home"

    @property
    def log(self) -> Path:
        return self.directory / "digitree.log"

    @property
    def authorities(self) -> Path:
        return self.directory / "tls" / "root.pem"

    def add(self, name: str, **trunk: Any) -> None:
        self.http.post("/trunks", json={"name": name, **trunk}).raise_for_status()

    def register(self, carrier: Carrier, **more: Any) -> None:
        """A trunk `carrier` of its account."""
        account = {"registrar": f"{carrier.ip}:{carrier.port}", "username": ACCOUNT, "password": PASSWORD, **more}
        self.add("carrier", preset="registrar", **account)

    def registered(self, carrier: Carrier, **more: Any) -> str:
        """The contact, when it is."""
        self.register(carrier, **more)
        return next(iter(wait_until(carrier.contacts, 40, "the trunk is registered")))

    def ask_switch(self, command: str) -> str:
        """What FreeSWITCH answers to an API command."""
        settings = Settings().model_copy(update={"home": self.home})
        with socket.create_connection(split_host_port(self.event), 20) as sock, sock.makefile("rwb") as file:
            _headers(file)
            file.write(f"auth {event_password(settings)}\n\napi {command}\n\n".encode())
            file.flush()
            assert "+OK" in _headers(file).get("Reply-Text", "")
            return file.read(int(_headers(file).get("Content-Length", "0"))).decode()

    def state(self) -> dict[str, Any]:
        """How the trunk `carrier` stands."""
        state: dict[str, Any] = self.http.get("/trunks/carrier/state").raise_for_status().json()
        return state

    def trial(self) -> dict[str, Any]:
        """What comes of "Test this trunk"."""
        tried: dict[str, Any] = self.http.post("/trunks/carrier/test").raise_for_status().json()
        return tried


def _headers(file: Any) -> dict[str, str]:
    headers = {}
    while line := file.readline().strip():
        name, _, value = line.decode().partition(": ")
        headers[name] = value
    return headers


@contextmanager
def running_site(directory: Path, switch: str = "freeswitch") -> Iterator[Site]:
    """Only its own address and trunks may call."""
    files = directory / "tls"
    files.mkdir()
    own = ROOT.write(files, IP)
    (files / "root.pem").write_text(ROOT.pem)
    tls, event = free_address(), free_address()
    settings = {
        "DIGITREE_SIP_ALLOW": f"{IP}/32",
        "DIGITREE_SIP_TLS": str(split_host_port(tls)[1]),
        "DIGITREE_TLS_CA": str(files / "root.pem"),
        "DIGITREE_TLS_CERT": str(own.certificate),
        "DIGITREE_TLS_KEY": str(own.key),
        "DIGITREE_FS_EVENT": event,
    }
    with whole_product(directory, settings, switch=switch) as target:
        site = Site(target, directory, tls, event)
        ivr_id = site.http.post("/ivr", json={"name": "short", "nodes": _MENU}).raise_for_status().json()["id"]
        for node in _MENU:
            body = {"node": node, "text": node.capitalize() + "."}
            site.http.post(f"/ivr/{ivr_id}/audio", json=body).raise_for_status()
        site.http.post(f"/ivr/{ivr_id}/assign", json={"did": DID}).raise_for_status()
        yield site
