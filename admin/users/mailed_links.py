"""Links that users are mailed: one confirms an address, one lets them set a new password.

A link carries a sealed token. That of a password names the password it replaces, so it is good once, and for half an
hour. Whoever asks for one learns nothing: what depends on whether there is such a user happens after the answer.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from admin.http.limits import Guesses
from admin.system_mail.service import Letter, SystemMailer
from ivr.domain.errors import StorageError
from ivr.domain.users import User
from ivr.ports.audit import AuditLog
from ivr.ports.users import PasswordHolder, UserStore
from ivr.secrets import Sealer

log = logging.getLogger(__name__)

RESET_MINUTES = 30
CONFIRM_DAYS = 3
PERIOD_S = 3600
# In PERIOD_S: links that one address may ask for, and that one user is mailed.
OF_ADDRESS, OF_USER = 20, 3
MAX_TYPED = 320
_RESET, _CONFIRM = "new password until", "mail address until"


def _in_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="mailed link", daemon=True).start()


@dataclass(frozen=True)
class MailedLinks:
    """`in_background` runs a function without delaying the answer to the request."""

    users: UserStore
    mailer: SystemMailer
    sealer: Sealer
    audit: AuditLog
    addresses: Guesses
    accounts: Guesses
    in_background: Callable[[Callable[[], None]], None] = _in_thread
    clock: Callable[[], float] = time.time

    def ask_reset(self, typed: str, address: str, letter: Letter) -> None:
        """Mail a link for a new password to the user of this name or address, if there is one with a confirmed
        address, and neither they nor this client have asked too often."""
        if self.addresses.take(f"reset from {address}"):
            self.in_background(lambda: self._mail_reset(typed[:MAX_TYPED], letter))

    def find_reset(self, token: str) -> PasswordHolder | None:
        """Whose password a token replaces; None when it is too old, or was used."""
        user_id, fingerprint = self._opened(token, _RESET)
        holder = self.users.find_holder(user_id) if user_id else None
        return holder if holder is not None and holder.fingerprint == fingerprint else None

    def reset(self, holder: PasswordHolder, password: str) -> bool:
        """Set the password and end the user's sessions; False when the link was used meanwhile."""
        return self.users.reset_password(holder.user.user_id, holder.fingerprint, password)

    def ask_confirmation(self, user: User, letter: Letter) -> bool:
        """Mail a link that confirms the address of this user; False when no mail goes out, or too much was asked."""
        if user.mail is None or not self.accounts.take(f"confirmation of {user.user_id}"):
            return False
        token = self._token(_CONFIRM, CONFIRM_DAYS * 86_400, user.user_id, user.mail)
        return self.mailer.send(user.mail, letter, f"/ui/mail-address?token={quote(token)}")

    def find_confirmation(self, token: str) -> tuple[str, str] | None:
        """(user id, address) of a token; None when it is too old."""
        user_id, mail = self._opened(token, _CONFIRM)
        return (user_id, mail) if user_id else None

    def confirm(self, user_id: str, mail: str) -> bool:
        """False when the user has another address by now. Raises MailTaken."""
        return self.users.confirm_mail(user_id, mail)

    def _mail_reset(self, typed: str, letter: Letter) -> None:
        try:
            holder = self.users.find_for_reset(typed)
            if holder is None or not self.accounts.take(f"reset of {holder.user.user_id}"):
                return
            user = holder.user
            token = self._token(_RESET, RESET_MINUTES * 60, user.user_id, holder.fingerprint)
            named = letter._replace(text=letter.text.replace("{name}", user.name))
            if self.mailer.send(user.mail or "", named, f"/ui/new-password?token={quote(token)}"):
                self.audit.add(user.user_id, "user.password_link", user.user_id)
        except StorageError as error:
            log.error("a link for a new password was not mailed: %s", error)

    def _token(self, kind: str, seconds: int, user_id: str, bound_to: str) -> str:
        return self.sealer.seal(f"{kind} {self.clock() + seconds:.0f} {user_id} {bound_to}")

    def _opened(self, token: str, kind: str) -> tuple[str, str]:
        """(user id, what it is bound to); both empty when it is none of this kind, or too old."""
        text = self.sealer.find(token) or ""
        if not text.startswith(f"{kind} "):
            return "", ""
        until, user_id, bound_to = text.removeprefix(f"{kind} ").split(" ", 2)
        return (user_id, bound_to) if self.clock() < int(until) else ("", "")
