"""A carrier for tests: takes calls out over UDP, after a digest (RFC 2617, MD5) when it has an account, and rings,
answers, hears and keys what it is told to."""

from __future__ import annotations

import hashlib
import re
import select
import struct
import threading

from tests.sip.agent_phone import SILENCE, AgentPhone
from tests.sip.phone import Message

REALM, NONCE = "carrier.example", "8c1f02"
_EVENTS = "0123456789*#"


class Carrier(AgentPhone):
    """`account`: a user name and a password that it asks for. `refuses` and `phrase`: its answer to each call.
    `rings`: it rings and never answers; `moved_to`: an address in its refusals. `invites`: the calls that it let in,
    oldest first; `wrong`: digests that were not right; `connected`: it has answered a call."""

    def __init__(
        self,
        account: tuple[str, str] | None = None,
        *,
        refuses: int = 0,
        phrase: str = "No",
        rings: bool = False,
        moved_to: str = "",
    ) -> None:
        super().__init__("carrier", refuses, SILENCE)
        self._account, self._phrase, self._rings = account, phrase, rings
        self._contact = f"Contact: <sip:{moved_to}>\r\n" if moved_to else ""
        self.invites: list[Message] = []
        self.wrong = self._keys = 0
        self.connected, self.cancelled = threading.Event(), threading.Event()
        self._ringing: Message | None = None

    @property
    def port(self) -> int:
        return self._port

    def forget(self) -> None:
        """What was of the calls so far."""
        for event in (self.connected, self.hung_up_on, self.cancelled):
            event.clear()
        while select.select([self._rtp], [], [], 0)[0]:
            self._rtp.recv(2048)

    def hears(self, within_s: float = 20) -> bool:
        """Whether anything louder than silence comes; as soon as it does."""
        while select.select([self._rtp], [], [], within_s)[0]:
            packet = self._rtp.recv(2048)
            if packet[1] & 0x7F == 0 and any(byte & 0x7F < 0x60 for byte in packet[12:]):
                return True
        return False

    def key(self, digit: str) -> None:
        """One key as RFC 4733 events."""
        media, event = self._media, _EVENTS.index(digit)
        assert media
        self._keys += 1
        first, at = 5000 + 20 * self._keys, 160_000 + 8000 * self._keys
        for index in range(10):
            end = 0x80 if index > 6 else 0
            head = struct.pack("!BBHII", 0x80, 101, (first + index) & 0xFFFF, at, 0x5678)
            self._rtp.sendto(head + struct.pack("!BBH", event, end | 10, 160 * min(index + 1, 8)), media)

    def _take(self, invite: Message) -> None:
        if self._account is not None and not self._is_let_in(invite):
            return
        self.invites.append(invite)
        if self._rings:
            self._ringing = invite
            self._respond(invite, "180 Ringing", to_tag=True)
        elif self.refuses:
            self._respond(invite, f"{self.refuses} {self._phrase}", self._contact, to_tag=True)
        else:
            self._respond(invite, "180 Ringing", to_tag=True)
            super()._take(invite)
            self.connected.set()

    def _is_let_in(self, invite: Message) -> bool:
        given = invite.headers.get("proxy-authorization")
        if given is None:
            asked = f'Proxy-Authenticate: Digest realm="{REALM}", nonce="{NONCE}", algorithm=MD5\r\n'
            self._respond(invite, "407 Proxy Authentication Required", asked, to_tag=True)
            return False
        said = dict(re.findall(r'(\w+)="([^"]*)"', given))
        username, password = self._account or ("", "")
        right = _md5(f"{_md5(f'{username}:{REALM}:{password}')}:{NONCE}:{_md5('INVITE:' + said['uri'])}")
        if said.get("response") == right:
            return True
        self.wrong += 1
        self._respond(invite, "403 Forbidden", to_tag=True)
        return False

    def _respond(
        self, request: Message, status: str, headers: str = "", body: str = "", *, to_tag: bool = False
    ) -> None:
        super()._respond(request, status, headers, body, to_tag=to_tag)
        if request.method == "CANCEL" and self._ringing is not None:
            super()._respond(self._ringing, "487 Request Terminated", to_tag=True)
            self.cancelled.set()


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - the digest of SIP
