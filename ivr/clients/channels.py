"""Sends messages by channels: mail by SMTP, text messages and words to a chat by HTTP."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ivr.clients.outbound_http import Outbound, OutboundError, Reply, Resolve, addresses_of, parts_of
from ivr.clients.peer_addresses import peer_address
from ivr.clients.smtp import MailServer, send_mail
from ivr.domain.call_records import utc_now
from ivr.domain.channels.definition import Channel
from ivr.domain.channels.mail import Attached, mail_of
from ivr.domain.channels.message import ChannelFailure, Message, SentMessage
from ivr.domain.channels.preset import HttpForm
from ivr.domain.channels.requests import HttpRequest, judge, request_for, token_request
from ivr.ports.sounds import KeptSound, SoundReader

log = logging.getLogger(__name__)

WAIT_S, WHOLE_S = 10.0, 20.0
# A recording is kept some seconds after its end, and later where the disk is full; then mail goes without it.
_SOUNDS_COME_WITHIN = timedelta(hours=1)
# A token is fetched again so long before its end.
_TOKEN_MARGIN_S = 60
_TOKEN_S = 300

# Sealed text -> text; None when it cannot be opened.
OpenSealed = Callable[[str], str | None]


class NoSounds:
    """A SoundReader where nothing is kept."""

    def read(self, sound: str) -> KeptSound | None:
        return None


class _Failed(Exception):
    def __init__(self, sent: SentMessage) -> None:
        super().__init__(sent.failure)
        self.sent = sent


@dataclass(slots=True)
class _Tokens:
    """Tokens of channels, each until shortly before its end. Threads share it."""

    clock: Callable[[], float] = time.monotonic
    _known: dict[HttpRequest, tuple[str, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, request: HttpRequest) -> str | None:
        with self._lock:
            token, until = self._known.get(_key(request), ("", 0.0))
        return token if token and self.clock() < until else None

    def keep(self, request: HttpRequest, token: str, seconds: float) -> None:
        with self._lock:
            self._known[_key(request)] = (token, self.clock() + seconds)

    def forget(self, request: HttpRequest) -> None:
        with self._lock:
            self._known.pop(_key(request), None)


def _key(request: HttpRequest) -> HttpRequest:
    return request._replace(headers=tuple(sorted(request.headers.items())))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class ChannelSender:
    """For threads. `allow_private`: every channel may send into a private network, not only those that say so.
    `firm`: the name beside the sender's address in mails, or nothing."""

    open_sealed: OpenSealed
    sounds: SoundReader
    allow_private: bool = False
    resolve: Resolve = addresses_of
    firm: Callable[[], str] = lambda: ""
    _tokens: _Tokens = field(default_factory=_Tokens)

    def send(
        self, channel: Channel, message: Message, message_id: str, left_at: datetime, call_id: str
    ) -> SentMessage:
        """One attempt. Does not raise."""
        try:
            fields = self._fields(channel)
            if channel.preset.http is None:
                return self._mail(channel, fields, message, message_id, left_at, call_id)
            return self._http(channel, channel.preset.http, fields, message, message_id)
        except _Failed as failed:
            return failed.sent
        except Exception:
            log.exception("channel %s: a message could not be sent", channel.name)
            return SentMessage("again", "refused")

    def refuse_address(self, kind: str, given: str, *, allow_private: bool) -> None:
        """Raises OutboundError for a URL or a host that would be refused. A name that has no address now is taken:
        each message checks it again."""
        _, host, port = parts_of(given) if kind == "url" else (None, given, 0)
        try:
            peer_address(host, port, self.resolve, allow_private=self.allow_private or allow_private)
        except OutboundError as error:
            if error.reason != "no_address":
                raise

    def _fields(self, channel: Channel) -> dict[str, str]:
        given = {**dict(channel.settings), **self._opened(dict(channel.secrets))}
        return {each.name: given.get(each.name, each.default) for each in channel.preset.fields}

    def _opened(self, sealed: Mapping[str, str]) -> dict[str, str]:
        opened = {name: self.open_sealed(value) for name, value in sealed.items()}
        if any(value is None for value in opened.values()):
            raise _Failed(SentMessage("again", "secrets"))  # sealed with another DIGITREE_SECRET
        return {name: value for name, value in opened.items() if value is not None}

    def _mail(
        self,
        channel: Channel,
        fields: Mapping[str, str],
        message: Message,
        message_id: str,
        left_at: datetime,
        call_id: str,
    ) -> SentMessage:
        sounds = [self._sound(name, sound) for name, sound in message.attach]
        if any(each.content is None for each in sounds) and utc_now() - left_at < _SOUNDS_COME_WITHIN:
            return SentMessage("again", "sound")
        mail = mail_of(fields, message, sounds, message_id, left_at, call_id, self.firm())
        security = fields["security"]
        server = MailServer(
            fields["host"],
            int(fields["port"]),
            "tls" if security == "tls" else "none" if security == "none" else "starttls",
            fields["user"],
            fields["password"],
        )
        return send_mail(server, mail, self.resolve, allow_private=self._may_be_private(channel))

    def _sound(self, name: str, sound: str) -> Attached:
        kept = self.sounds.read(sound)
        return Attached(name, None) if kept is None else Attached(name, kept.content, kept.media_type)

    def _http(
        self, channel: Channel, form: HttpForm, fields: Mapping[str, str], message: Message, message_id: str
    ) -> SentMessage:
        asks_token = token_request(form, fields)
        token = None if asks_token is None else self._token(channel, asks_token)
        request = request_for(form, fields, self._opened(dict(channel.headers)), message, message_id, token)
        sent = judge(*self._post(channel, request), now=utc_now())
        if sent.failure == "login" and asks_token is not None:
            self._tokens.forget(asks_token)
        return sent

    def _token(self, channel: Channel, request: HttpRequest) -> str:
        found = self._tokens.find(request)
        if found is not None:
            return found
        status, body, _ = self._post(channel, request)
        try:
            answer = json.loads(body)
            token, seconds = str(answer["access_token"]), float(answer.get("expires_in", _TOKEN_S))
        except (ValueError, KeyError, TypeError, AttributeError):
            token, seconds = "", 0.0
        if status != 200 or not token.isascii() or not token.isprintable() or not token:
            raise _Failed(SentMessage("again", "login", status))
        self._tokens.keep(request, token, seconds - _TOKEN_MARGIN_S)
        return token

    def _post(self, channel: Channel, request: HttpRequest) -> Reply:
        private = self._may_be_private(channel)
        outbound = Outbound(allow_private=private, timeout_s=WAIT_S, whole_s=WHOLE_S)

        def checked(host: str, port: int) -> list[str]:
            return [peer_address(host, port, self.resolve, allow_private=private)]

        try:
            return outbound.post(request.url, request.body, request.headers, checked)
        except OutboundError as error:
            failure = _FAILURES.get(error.reason, "unreachable")
            raise _Failed(SentMessage("again", failure, said=str(error))) from error

    def _may_be_private(self, channel: Channel) -> bool:
        return self.allow_private or channel.allow_private


_FAILURES: Mapping[str, ChannelFailure] = {
    "timeout": "timeout", "tls": "tls", "private_address": "refused", "bad_url": "refused",
}  # fmt: skip
