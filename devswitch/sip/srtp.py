"""Encryption of a leg's sound (SRTP, RFC 3711) with keys in the SDP (SDES, RFC 4568), by libsrtp."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pylibsrtp import Error, Policy, Session

from ivr.domain.srtp import Srtp

# Profile, and bytes of key and salt; in the order in which they are offered (dialplan/freeswitch/vars.xml), less
# AES_256_CM, which the library has not.
_SUITES: Mapping[str, tuple[int, int]] = {
    "AEAD_AES_256_GCM": (Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 44),
    "AEAD_AES_128_GCM": (Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 28),
    "AES_CM_128_HMAC_SHA1_80": (Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 30),
    "AES_CM_128_HMAC_SHA1_32": (Policy.SRTP_PROFILE_AES128_CM_SHA1_32, 30),
}
# With a lifetime or without; key identifiers (MKI) and parameters of a session are more than we can.
_LINE = re.compile(r"([0-9]{1,9}) +([A-Z0-9_]{1,40}) +inline:([A-Za-z0-9+/]{1,80}={0,2})(?:\|(?:2\^)?[0-9]{1,20})? *")
POLICIES: Mapping[str, Srtp] = {"mandatory": "required", "optional": "optional"}


@dataclass(frozen=True)
class Crypto:
    """A line `a=crypto`; `key` is followed by the salt."""

    tag: str
    suite: str
    key: bytes = field(repr=False)

    def __str__(self) -> str:
        return f"{self.tag} {self.suite} inline:{base64.b64encode(self.key).decode()}"


def read_crypto(lines: Iterable[str]) -> Crypto | None:
    """The first line that we can do as it says; None: there is none."""
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None or found[2] not in _SUITES:
            continue
        try:
            key = base64.b64decode(found[3], validate=True)
        except binascii.Error:
            continue
        if len(key) == _SUITES[found[2]][1]:
            return Crypto(found[1], found[2], key)
    return None


class LegKeys:
    """Our keys of one leg, one for each suite. `srtp`: whether its sound must be, may be or cannot be encrypted."""

    def __init__(self, srtp: Srtp) -> None:
        self._srtp = srtp
        self._own: dict[str, bytes] = {}
        self._was_encrypted = False

    @property
    def offers_clear(self) -> bool:
        return self._srtp != "required" and not self._was_encrypted

    def offered(self) -> tuple[Crypto, ...]:
        if self._srtp == "off":
            return ()
        return tuple(self._ours(str(tag), suite) for tag, suite in enumerate(_SUITES, 1))

    def match(self, theirs: Crypto | None) -> Crypto | None:
        """Our line to theirs. ValueError where the sound would be clear and must not be: a call that is encrypted
        stays so."""
        if theirs is None:
            if not self.offers_clear:
                raise ValueError("the sound would not be encrypted")
            return None
        if self._srtp == "off":
            raise ValueError("the sound is to be clear")
        self._was_encrypted = True
        return self._ours(theirs.tag, theirs.suite)

    def _ours(self, tag: str, suite: str) -> Crypto:
        return Crypto(tag, suite, self._own.setdefault(suite, os.urandom(_SUITES[suite][1])))


class SecureRtp:
    """Packets of one leg, encrypted by `ours` and decrypted by `theirs`."""

    def __init__(self, ours: Crypto, theirs: Crypto) -> None:
        self.ours, self.theirs = ours, theirs
        self._sealing = _session(ours, Policy.SSRC_ANY_OUTBOUND)
        self._opening = _session(theirs, Policy.SSRC_ANY_INBOUND)

    def change(self, ours: Crypto, theirs: Crypto) -> None:
        """Use these from now on. The count of packets goes on with a key that stays: no two are encrypted alike."""
        if (ours.suite, ours.key) != (self.ours.suite, self.ours.key):
            self._sealing = _session(ours, Policy.SSRC_ANY_OUTBOUND)
        if (theirs.suite, theirs.key) != (self.theirs.suite, self.theirs.key):
            self._opening = _session(theirs, Policy.SSRC_ANY_INBOUND)
        self.ours, self.theirs = ours, theirs

    def seal(self, packet: bytes) -> bytes:
        sealed: bytes = self._sealing.protect(packet)
        return sealed

    def open(self, packet: bytes) -> bytes:
        """ValueError for one that is not encrypted by their key, or came before."""
        try:
            opened: bytes = self._opening.unprotect(packet)
        except Error as error:
            raise ValueError(str(error)) from error
        return opened


def _session(crypto: Crypto, direction: int) -> Session:
    return Session(Policy(key=crypto.key, ssrc_type=direction, srtp_profile=_SUITES[crypto.suite][0]))
