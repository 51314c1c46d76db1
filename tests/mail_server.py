"""A mail server of a test: aiosmtpd, which keeps what it is handed."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session


@dataclass
class Mailbox:
    """`refuse`: an answer in place of 250, to each mail, or to an address by its name. `upgraded`: whether a mail
    came after STARTTLS."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    upgraded: list[bool] = field(default_factory=list)
    refuse: str = ""
    refused_to: dict[str, str] = field(default_factory=dict)
    # After the mail was taken and before that is said.
    before_answer: Any = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    async def handle_RCPT(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused_to:
            return self.refused_to[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        if self.refuse:
            return self.refuse
        mail = message_from_bytes(envelope.original_content or b"", policy=default)
        assert isinstance(mail, EmailMessage)
        with self._lock:
            self.mails.append(mail)
            self.envelopes.append(envelope)
            self.upgraded.append(session.ssl is not None)
        if self.before_answer is not None:
            self.before_answer()
        return "250 taken"

    def check(self, server: Server, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"right", handled=False)

    @property
    def ids(self) -> list[str]:
        return [str(mail["Message-ID"]) for mail in self.mails]


@contextmanager
def mail_server(
    *, tls: ssl.SSLContext | None = None, from_the_start: bool = False, port: int = 0, box: Mailbox | None = None
) -> Iterator[Mailbox]:
    """It listens at `port` of 127.0.0.1, by default one of its own; with `tls` by STARTTLS, or `from_the_start`."""
    box = box or Mailbox()
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=port or _free_port(),
        ssl_context=tls if from_the_start else None,
        tls_context=None if from_the_start else tls,
        require_starttls=tls is not None and not from_the_start,
        authenticator=box.check,
        auth_require_tls=tls is not None and not from_the_start,
        ready_timeout=20,
    )
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
