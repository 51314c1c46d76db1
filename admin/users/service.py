"""The second factor of users: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for a lost phone."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

import pyotp

from ivr.domain.users import User
from ivr.ports.second_factors import SecondFactorStore
from ivr.secrets import Sealer

ISSUER = "Digitree"
STEP_S = 30
# Clocks may differ by a step, and people type slowly.
_STEPS_AROUND = (0, -1, 1)
RECOVERY_CODES = 10
_RECOVERY_BYTES = 10


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs: the secret in base 32, and the same as an otpauth URI for a QR code."""

    secret: str
    uri: str


@dataclass(frozen=True)
class SecondFactors:
    store: SecondFactorStore
    sealer: Sealer
    clock: Callable[[], float] = time.time

    def is_on(self, user_id: str) -> bool:
        """Whether a log-in of this user needs a code."""
        factor = self.store.find(user_id)
        return factor is not None and factor.confirmed_at is not None

    def begin(self, user: User, *, actor: str) -> Enrolment | None:
        """A new secret, in force once it is confirmed; None where a factor is in force."""
        secret = pyotp.random_base32()
        if not self.store.begin(user.user_id, self.sealer.seal(secret), actor=actor):
            return None
        return self._enrolment(user, secret)

    def begun(self, user: User) -> Enrolment | None:
        """The secret that is still to be confirmed."""
        factor = self.store.find(user.user_id)
        secret = self.sealer.find(factor.sealed) if factor and factor.confirmed_at is None else None
        return None if secret is None else self._enrolment(user, secret)

    def confirm(self, user_id: str, code: str, *, actor: str) -> list[str] | None:
        """Put the factor into force by a first code; returns the recovery codes, which cannot be read again. None:
        the code is wrong, or there is nothing to confirm."""
        step = self._step_of(user_id, code)
        if step is None:
            return None
        codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
        done = self.store.confirm(user_id, step, [_hash(code) for code in codes], actor=actor)
        return codes if done else None

    def accepts(self, user_id: str, code: str) -> bool:
        """Whether this is a code of the app or a recovery code; either is good once."""
        if is_recovery_code(code):
            return self.store.use_recovery(user_id, _hash(code))
        step = self._step_of(user_id, code)
        return step is not None and self.store.use_step(user_id, step)

    def remove(self, user_id: str, *, actor: str) -> bool:
        return self.store.remove(user_id, actor=actor)

    def _step_of(self, user_id: str, code: str) -> int | None:
        factor = self.store.find(user_id)
        secret = self.sealer.find(factor.sealed) if factor else None
        given = "".join(code.split())
        if secret is None or not given.isascii():
            return None
        totp, now = pyotp.TOTP(secret), int(self.clock()) // STEP_S
        return next(
            (now + n for n in _STEPS_AROUND if hmac.compare_digest(totp.generate_otp(now + n), given)), None
        )

    @staticmethod
    def _enrolment(user: User, secret: str) -> Enrolment:
        return Enrolment(secret, pyotp.TOTP(secret, name=user.name, issuer=ISSUER).provisioning_uri())


def is_recovery_code(code: str) -> bool:
    """Whether it is as long as one; a code of an app has six digits."""
    return len(_plain(code)) == 2 * _RECOVERY_BYTES


def _recovery_code() -> str:
    """80 random bits, in four groups."""
    text = secrets.token_hex(_RECOVERY_BYTES)
    return "-".join(text[n : n + 5] for n in range(0, len(text), 5))


def _hash(code: str) -> str:
    return hashlib.sha256(_plain(code).encode("utf-8", "replace")).hexdigest()


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()
