"""Mail handed to a server by SMTP: to a checked address, under TLS whose certificate is for the server's name."""

from __future__ import annotations

import contextlib
import logging
import smtplib
import socket
import ssl
import threading
from dataclasses import dataclass
from typing import Literal

from ivr.clients.outbound_http import OutboundError, Resolve, tls_context
from ivr.clients.peer_addresses import peer_address
from ivr.domain.channels.mail import Mail
from ivr.domain.channels.message import Attempted, ChannelFailure, SentMessage

log = logging.getLogger(__name__)

Security = Literal["starttls", "tls", "none"]

WAIT_S = 15.0
WHOLE_S = 60.0
_LONGEST_SAID = 200


@dataclass(frozen=True, slots=True)
class MailServer:
    """`security`: by which way TLS begins; `none` is for a server that takes mail without a password."""

    host: str
    port: int
    security: Security = "starttls"
    user: str = ""
    password: str = ""


def send_mail(
    server: MailServer,
    mail: Mail,
    resolve: Resolve,
    *,
    allow_private: bool,
    tls: ssl.SSLContext | None = None,
    whole_s: float = WHOLE_S,
) -> SentMessage:
    """One attempt, cut after `whole_s`. Does not raise. A mail that one of its addresses took is taken."""
    try:
        address = peer_address(server.host, server.port, resolve, allow_private=allow_private)
    except OutboundError as error:
        failure: ChannelFailure = "refused" if error.reason == "private_address" else "unreachable"
        return SentMessage("again", failure, said=str(error)[:_LONGEST_SAID])
    smtp = _Smtp(server, address, tls or tls_context())
    cut = threading.Timer(whole_s, smtp.cut)
    cut.daemon = True
    cut.start()
    try:
        smtp.open()
        refused = smtp.sendmail(mail.sender, list(mail.to), mail.content)
        if refused:
            log.warning("mail to %s: refused for %s", server.host, ", ".join(sorted(refused)))
        return SentMessage("taken", status=250)
    except Exception as error:  # noqa: BLE001 - whatever a server does, its mail is tried again
        return _failed(error)
    finally:
        cut.cancel()
        with contextlib.suppress(Exception):
            smtp.quit()
        smtp.close()


class _Smtp(smtplib.SMTP):
    """A connection to one address of the server's; certificates are checked for its name."""

    def __init__(self, server: MailServer, address: str, tls: ssl.SSLContext) -> None:
        super().__init__(timeout=WAIT_S)
        self._server, self._address, self._tls = server, address, tls
        self._host = server.host  # the name that starttls checks

    def open(self) -> None:
        """Connect, begin TLS, and log in. Raises what smtplib, ssl and sockets do."""
        server = self._server
        self.connect(server.host, server.port)
        self.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            self.starttls(context=self._tls)
            self.ehlo()
        if server.user:
            self.login(server.user, server.password)

    def cut(self) -> None:
        """End it from another thread, which wakes the one that waits for it."""
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        sock = socket.create_connection((self._address, port), timeout)
        if self._server.security != "tls":
            return sock
        try:
            return self._tls.wrap_socket(sock, server_hostname=host)
        except BaseException:
            sock.close()
            raise


def _failed(error: Exception) -> SentMessage:
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, said = next(iter(error.recipients.values()), (0, b""))
            all_for_good = all(each[0] >= 500 for each in error.recipients.values())
            return SentMessage("refused" if all_for_good else "again", "recipient", code, _said(said))
        case smtplib.SMTPAuthenticationError():
            return SentMessage("again", "login", error.smtp_code, _said(error.smtp_error))
        case smtplib.SMTPNotSupportedError():
            return SentMessage("again", "tls" if "STARTTLS" in str(error) else "login", said=_said(str(error)))
        case smtplib.SMTPDataError():
            attempted: Attempted = "refused" if error.smtp_code >= 500 else "again"
            return SentMessage(attempted, "refused", error.smtp_code, _said(error.smtp_error))
        case smtplib.SMTPServerDisconnected():
            late = isinstance(error.__context__, TimeoutError)
            return SentMessage("again", "timeout" if late else "unreachable", said=_said(str(error)))
        case smtplib.SMTPResponseException():
            return SentMessage("again", "status", error.smtp_code, _said(error.smtp_error))
        case TimeoutError():
            return SentMessage("again", "timeout")
        case ssl.SSLError():
            return SentMessage("again", "tls", said=_said(str(getattr(error, "verify_message", "") or error.reason)))
        case OSError() | smtplib.SMTPException():
            return SentMessage("again", "unreachable", said=_said(str(error)))
    log.error("mail could not be sent", exc_info=error)
    return SentMessage("again", "refused", said=type(error).__name__)


def _said(text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return " ".join(words.split())[:_LONGEST_SAID]
