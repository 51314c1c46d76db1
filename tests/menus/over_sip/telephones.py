"""Whoever is rung, for all scripts at once: one address over UDP that takes calls for any number or name, and does
what is given for it."""

from __future__ import annotations

import re
import socket
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ivr.domain.menu.given import GivenAgent
from tests.helpers import wait_until
from tests.menus.over_sip.sound_sides import Exchange, Side
from tests.menus.over_sip.sounds import CALLER, PERSON, is_tone, tone
from tests.sip.phone import Message, parse_message

_REFUSALS = {"busy": "486 Busy Here", "declines": "603 Decline", "unreachable": "480 Temporarily Unavailable"}
_LONGEST_S = 150
_ECHOED = ("Via", "From", "Call-ID", "CSeq")
_HUM = tone(PERSON, 0.02)[0]


@dataclass
class Rung:
    """One call to somebody: `who` as in the request, `caller_id` as in From; times are monotonic. `ended_by`: us
    (the product), or them."""

    who: str
    caller_id: str
    invite: Message
    rang_s: float
    side: Side = field(default_factory=Side)
    answered_s: float | None = None
    joined_s: float | None = None
    cancelled_s: float | None = None
    ended_by: str = ""
    over: threading.Event = field(default_factory=threading.Event)
    answered: threading.Event = field(default_factory=threading.Event)

    @property
    def header(self) -> dict[str, str]:
        return self.invite.headers


Does = Callable[["Telephones", Rung], None]


class Telephones:
    """`expect` says what those do who are rung as this name or number, in turn; the last stays. Who is not expected
    is not there (404)."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sip.bind(("127.0.0.1", 0))
        self._sip.settimeout(0.1)
        self.port = int(self._sip.getsockname()[1])
        self.rung: list[Rung] = []
        self._expected: dict[str, list[Does]] = {}
        self._dialogs: dict[str, Rung] = {}
        self._peers: dict[str, tuple[str, int]] = {}
        self._cseq = 100
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Telephones:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join(2)
        self._sip.close()

    def expect(self, who: str, *does: Does) -> None:
        self._expected[who.removeprefix("+")] = list(does)

    def of(self, who: str) -> list[Rung]:
        return [each for each in list(self.rung) if each.who == who.removeprefix("+")]

    # -- what somebody does ---------------------------------------------------------------------------------------

    def answer(self, rung: Rung) -> None:
        side = rung.side
        media = re.search(r"c=IN IP4 (\S+)[\s\S]*?m=audio (\d+)", rung.invite.body)
        assert media, rung.invite.body
        side.media = (media[1], int(media[2]))
        self._exchange.add(side)
        sdp = (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {side.port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
        )
        rung.answered_s = time.monotonic()
        contact = f"Contact: <sip:{rung.who}@127.0.0.1:{self.port}>\r\nContent-Type: application/sdp\r\n"
        self._respond(rung.invite, "200 OK", contact, sdp)

    def refuse(self, rung: Rung, status: str) -> None:
        self._respond(rung.invite, status)

    def hang_up(self, rung: Rung, reports: str | None = None) -> None:
        if rung.over.is_set():
            return
        rung.ended_by = "them"
        self._send(rung, "BYE", f"X-IVR-Result: {reports}\r\n" if reports else "")
        self._end(rung)

    # -- SIP ------------------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                data, peer = self._sip.recvfrom(65536)
            except TimeoutError:
                continue
            message = parse_message(data)
            if not message.status:
                self._peers[message.headers["call-id"]] = peer
                self._hear(message, peer)

    def _hear(self, message: Message, peer: tuple[str, int]) -> None:
        rung = self._dialogs.get(message.headers["call-id"])
        if message.method == "INVITE":
            if rung is None:
                self._ring(message)
        elif message.method == "ACK":
            if rung is not None and rung.answered_s is not None:
                rung.answered.set()
        else:
            self._respond(message, "200 OK", to_tag=message.method == "OPTIONS")
            if rung is not None and message.method in ("BYE", "CANCEL") and not rung.over.is_set():
                if message.method == "CANCEL":
                    rung.cancelled_s = time.monotonic()
                    self._respond(rung.invite, "487 Request Terminated")
                rung.ended_by = "us"
                self._end(rung)

    def _ring(self, invite: Message) -> None:
        user = re.match(r"INVITE sips?:([^@]+)@", invite.start)
        shown = re.search(r"sip:\+?([^@>;]+)@", invite.headers["from"])
        assert user
        who = user[1].removeprefix("+").partition(";")[0]
        rung = Rung(who, shown[1] if shown else "", invite, time.monotonic())
        self._dialogs[invite.headers["call-id"]] = rung
        turns = self._expected.get(who)
        if not turns:
            self._respond(invite, "404 Not Found")
            return
        self.rung.append(rung)
        self._respond(invite, "180 Ringing")
        does = turns.pop(0) if len(turns) > 1 else turns[0]
        threading.Thread(target=does, args=(self, rung), daemon=True).start()

    def _end(self, rung: Rung) -> None:
        self._exchange.remove(rung.side)
        rung.over.set()

    def _respond(
        self, request: Message, status: str, headers: str = "", body: str = "", *, to_tag: bool = True
    ) -> None:
        echoed = "".join(f"{name}: {request.headers[name.lower()]}\r\n" for name in _ECHOED)
        to = request.headers["to"] + (";tag=them" if to_tag and "tag=" not in request.headers["to"] else "")
        text = f"SIP/2.0 {status}\r\n{echoed}To: {to}\r\n{headers}Content-Length: {len(body)}\r\n\r\n{body}"
        self._sip.sendto(text.encode(), self._peers[request.headers["call-id"]])

    def _send(self, rung: Rung, method: str, headers: str = "") -> None:
        self._cseq += 1
        contact = re.search(r"<([^>]+)>", rung.header["contact"])
        assert contact
        text = (
            f"{method} {contact[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{uuid.uuid4().hex}\r\nMax-Forwards: 70\r\n"
            f"From: {rung.header['to']};tag=them\r\nTo: {rung.header['from']}\r\n"
            f"Call-ID: {rung.header['call-id']}\r\nCSeq: {self._cseq} {method}\r\n{headers}Content-Length: 0\r\n\r\n"
        )
        self._sip.sendto(text.encode(), self._peers[rung.header["call-id"]])


def somebody(given: GivenAgent, accept_key: str | None = None, *, stays: bool = False) -> Does:
    """What is given. Who answers hums; the talk begins when they hear the caller, who hums, too. `stays`: only the
    caller ends it."""

    def does(telephones: Telephones, rung: Rung) -> None:
        if given.result in _REFUSALS:
            telephones.refuse(rung, _REFUSALS[given.result])
            return
        if given.result != "answers" or rung.over.wait(given.rings_s):
            return
        rung.side.hums = _HUM
        telephones.answer(rung)
        if accept_key and given.accepts:
            wait_until(lambda: rung.over.is_set() or rung.side.loud_s() > 0.4, _LONGEST_S, "the whisper", 0.1)
            rung.side.key(accept_key)
        wait_until(lambda: rung.over.is_set() or _hears_caller(rung), _LONGEST_S, "the talk", 0.1)
        if not rung.over.is_set():
            rung.joined_s = next(at_s for at_s, each in rung.side.heard if is_tone(each, CALLER))
            if not stays and not rung.over.wait(given.talks_s):
                telephones.hang_up(rung, given.reports)

    return does


def _hears_caller(rung: Rung) -> bool:
    heard = rung.side.heard[-25:]
    return sum(is_tone(payload, CALLER) for _, payload in heard) >= 5


def in_turn(turns: Sequence[GivenAgent], accept_key: str | None = None, *, stays: bool = False) -> list[Does]:
    return [somebody(each, accept_key, stays=stays) for each in turns]
