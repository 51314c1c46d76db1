"""The running product, and all that stands around it for all scripts."""

from __future__ import annotations

import io
import json
import threading
import wave
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from ivr.domain.spoken.pieces import PAUSE
from ivr.settings import split_host_port
from sipp_scenarios.target import Target
from tests.helpers import wait_until
from tests.mail_server import Mailbox, mail_server
from tests.menus.over_sip.caller import CARRIER_IP
from tests.menus.over_sip.sound_sides import Exchange
from tests.menus.over_sip.sounds import MUSIC, RATE
from tests.menus.over_sip.telephones import Telephones
from tests.menus.over_sip.watch import Watch
from tests.sip.phone import Phone

TRUNK = "carrier"
# Numbers of our own that come by the trunk: one for each script.
FIRST_DID, DIDS = 4_155_560_000, 400
MAILBOXES = ("maria", "centre", "technicians", "reception", "manager", "aid", "neighbours")
LISTS = ("spam", "texted")
# Calls out and their cost have limits of a day, which all scripts together reach.
SETTINGS = {
    "DIGITREE_OUTBOUND_PRIVATE": "true", "DIGITREE_OUT_CALLS_DAY": "1000", "DIGITREE_OUT_USD_DAY": "1000",
    "DIGITREE_OUTGOING_USD_DAY": "1000", "DIGITREE_OUTGOING_AT_ONCE": "10",
}  # fmt: skip


@dataclass
class Texts:
    """The text messages that came, oldest first."""

    port: int = 0
    came: list[Mapping[str, str]] = field(default_factory=list)

    def of(self, caller: str) -> list[Mapping[str, str]]:
        return [each for each in list(self.came) if each["caller"] == caller]


@dataclass(frozen=True)
class Product:
    """`switch`: freeswitch or devswitch."""

    switch: str
    target: Target
    exchange: Exchange
    telephones: Telephones
    watch: Watch
    mails: Mailbox
    texts: Texts
    directory: Path
    scratch: str
    _spoken: set[str] = field(default_factory=set)

    @property
    def http(self) -> httpx.Client:
        return self.target.http

    @property
    def sip(self) -> tuple[str, int]:
        return split_host_port(self.target.sip)

    def post(self, path: str, body: Any, **more: Any) -> dict[str, Any]:
        answer = self.http.post(path, json=body, timeout=120, **more)
        assert answer.status_code < 300, f"POST {path} {json.dumps(body)[:300]}: {answer.text[:600]}"
        return dict(answer.json()) if answer.content else {}

    def can_say_values(self) -> bool:
        """Once all pieces of numbers are there, which a voice makes beside its other work."""
        pieces = f"system/spoken/*/{PAUSE}.wav"
        return bool(wait_until(lambda: next(self.directory.rglob(pieces), None), 600, "variables can be said", 0.5))

    def has_spoken(self, words: str) -> None:
        """Words that only a voice can say are there before the call: on a busy machine a voice may take longer than
        the second that a call waits for it, and a sentence is then left out."""
        if words not in self._spoken:
            self.post(f"/ivr/{self.scratch}/audio", {"node": "say", "text": words})
            self._spoken.add(words)


def _refusal(product: Product) -> int:
    """The status of a call by the trunk to a number without a menu."""
    with Phone(product.sip, CARRIER_IP) as phone:
        return phone.dial(did_of(DIDS - 1))


def did_of(place: int) -> str:
    return f"+1{FIRST_DID + place}"


@contextmanager
def furnished(switch: str, target: Target, directory: Path) -> Iterator[Product]:
    """With a trunk whose other side is our telephones, with channels, lists and the pieces of spoken variables. The
    product runs in `directory`."""
    with ExitStack() as stack:
        exchange = stack.enter_context(Exchange())
        telephones = stack.enter_context(Telephones(exchange))
        watch = stack.enter_context(Watch(target.http))
        mails = stack.enter_context(mail_server())
        texts = stack.enter_context(_texts())
        scratch = target.http.post("/ivr", json={"name": "Scratch", "nodes": {"say": {"action": "hangup"}}})
        ivr_id = scratch.raise_for_status().json()["id"]
        product = Product(switch, target, exchange, telephones, watch, mails, texts, directory, ivr_id)
        product.has_spoken("{x:number}")
        numbers = [did_of(place) for place in range(DIDS)]
        trunk = {
            "name": TRUNK,
            "allowed": [CARRIER_IP],
            "hosts": [f"127.0.0.1:{telephones.port}"],
            "numbers": numbers,
        }
        product.post("/trunks", trunk)
        sms = {
            "url": f"http://127.0.0.1:{texts.port}/",
            "body": '{"to": "{to}", "text": "{text}", "caller": "{caller}"}',
        }
        product.post("/channels", {"name": "sms", "preset": "http_sms", "settings": sms, "allow_private": True})
        for name in MAILBOXES:
            mail = {"host": "127.0.0.1", "port": mails.port, "security": "none", "from": "ivr@example.com",
                    "to": f"{name}@example.com"}  # fmt: skip
            product.post("/channels", {"name": name, "preset": "smtp", "settings": mail, "allow_private": True})
        for name in LISTS:
            product.post("/lists", {"name": name})
        wait_until(lambda: product.post(f"/trunks/{TRUNK}/test", {})["works"], 60, "the trunk is reached")
        wait_until(lambda: _refusal(product) == 404, 60, "the trunk may call")
        yield product


@contextmanager
def _texts() -> Iterator[Texts]:
    texts = Texts()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            texts.came.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *about: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    texts.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield texts
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def recording(name: str) -> bytes:
    """A WAV file for an audio name of a script: music, silence, or a sound that no other name has."""
    seconds = 60 if "60s" in name else 5 if name.startswith("music") else 1
    at = np.arange(seconds * RATE) / RATE
    if name.startswith("silence"):
        samples = np.zeros(len(at))
    elif name.startswith("music"):
        samples = 8000 * np.sin(2 * np.pi * MUSIC * at)
    else:
        chance = np.random.default_rng(zlib.crc32(name.encode()))
        pitches = np.repeat(chance.integers(1200, 3000, 10), len(at) // 10)
        samples = 8000 * np.sin(2 * np.pi * np.cumsum(pitches) / RATE)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    return out.getvalue()
