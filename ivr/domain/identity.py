"""A signature of the caller's number, as the header `Identity` of an INVITE has it (RFC 8224): a PASSporT (RFC 8225)
of the kind `shaken` (RFC 8588), read and judged. Pure; others bring the certificate (`ivr.domain.identity_chain`).

    Identity: HEADER.CLAIMS.SIGNATURE;info=<https://certificates.example/1.pem>;alg=ES256;ppt=shaken

The compact form, without header and claims, cannot be judged: what `shaken` claims is nowhere else in the INVITE.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from ivr.domain.numbers import E164, parse_ani
from ivr.domain.verstat import Verstat

# The moment of the signature, before or after ours (ATIS-1000074).
WITHIN_S = 60
MAX_TOKEN = 4096
MAX_TOKENS = 4

Reason = Literal[
    "malformed", "other_kind", "compact_form", "not_es256", "bad_url", "other_caller", "other_called", "diverted",
    "wrong_time", "bad_level", "no_certificate", "bad_certificate", "not_trusted", "expired", "wrong_signature",
]  # fmt: skip
# These say nothing against the caller.
_NOT_JUDGED: frozenset[Reason] = frozenset({"other_kind", "compact_form", "diverted", "no_certificate"})
_LEVELS: dict[str, Verstat] = {"A": "passed_a", "B": "passed_b", "C": "passed_c"}
_PARAMETER = re.compile(r';\s*(\w+)\s*=\s*(?:<([^<>]*)>|"([^"]*)"|([^;,<>"\s]*))\s*', re.ASCII)
_BETWEEN_COMMAS = re.compile(r'(?:"[^"]*"|<[^<>]*>|[^,])+')
_TOKEN = re.compile(r"([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]+)\s*", re.ASCII)
_DIGITS = re.compile(r"[0-9]{1,15}", re.ASCII)
_SIGNATURE_BYTES = 64
# What mod_sofia makes of a header that comes several times.
_SEVERAL, _BETWEEN = "ARRAY::", "|:"


class IdentityRefused(Exception):
    """The signature does not count. `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason

    @property
    def verdict(self) -> Verstat:
        return "not_verified" if self.reason in _NOT_JUDGED else "failed"


class SignedCall(NamedTuple):
    """What the signature is to be about; `at`: when the call came, in seconds since 1970."""

    caller: E164
    called: E164 | None
    at: float


class Passport(NamedTuple):
    """One whose claims are those of the call; its signature is still to be checked, with the certificate of `url`."""

    url: str
    signed: bytes
    signature: bytes
    verdict: Verstat


class _Written(NamedTuple):
    head: str
    claims: str
    signature: str
    parameters: dict[str, str]


def tokens_of(value: str) -> list[str]:
    """The headers of an INVITE, as mod_sofia keeps them in one variable; a few at most."""
    several = value.removeprefix(_SEVERAL).split(_BETWEEN) if value.startswith(_SEVERAL) else [value]
    tokens = (each.strip() for header in several for each in _BETWEEN_COMMAS.findall(header))
    return [each for each in tokens if each][:MAX_TOKENS]


def read_passport(tokens: Iterable[str], call: SignedCall) -> Passport:
    """The first that is of the kind `shaken`. Raises IdentityRefused."""
    kinds: dict[str, _Written] = {}
    for written in _read_all(tokens):
        kinds.setdefault(_kind_of(written), written)
    if "shaken" not in kinds:
        raise IdentityRefused("other_kind")
    passport, claims = _passport(kinds["shaken"])
    _check_claims(claims, call, is_diverted="div" in kinds)
    return passport


def check_signature(passport: Passport, key: EllipticCurvePublicKey) -> Verstat:
    """Raises IdentityRefused."""
    half = _SIGNATURE_BYTES // 2
    r, s = (int.from_bytes(each) for each in (passport.signature[:half], passport.signature[half:]))
    try:
        key.verify(encode_dss_signature(r, s), passport.signed, ECDSA(SHA256()))
    except InvalidSignature:
        raise IdentityRefused("wrong_signature") from None
    return passport.verdict


def _read_all(tokens: Iterable[str]) -> Iterator[_Written]:
    for token in tokens:
        if len(token) > MAX_TOKEN:
            raise IdentityRefused("malformed")
        token = token.strip()
        found = _TOKEN.match(token)
        if found is None:
            raise IdentityRefused("malformed")
        parameters, at = {}, found.end()
        while at < len(token):
            parameter = _PARAMETER.match(token, at)
            if parameter is None:
                raise IdentityRefused("malformed")
            parameters[parameter[1].lower()] = parameter[2] or parameter[3] or parameter[4] or ""
            at = parameter.end()
        yield _Written(found[1], found[2], found[3], parameters)


def _kind_of(written: _Written) -> str:
    said = written.parameters.get("ppt")
    if said is not None:
        return said
    kind = _object(written.head).get("ppt") if written.head else ""
    return kind if isinstance(kind, str) else ""


def _passport(written: _Written) -> tuple[Passport, dict[str, Any]]:
    if not written.head or not written.claims:
        raise IdentityRefused("compact_form")
    head, claims = _object(written.head), _object(written.claims)
    said = written.parameters
    if head.get("alg") != "ES256" or said.get("alg", "ES256") != "ES256":
        raise IdentityRefused("not_es256")
    if head.get("typ") != "passport" or head.get("ppt") != "shaken" or "crit" in head:
        raise IdentityRefused("malformed")
    url = head.get("x5u")
    if not isinstance(url, str) or said.get("info", url) != url or not url.startswith("https://"):
        raise IdentityRefused("bad_url")
    level = claims.get("attest")
    if not isinstance(level, str) or level not in _LEVELS:
        raise IdentityRefused("bad_level")
    signature = _bytes(written.signature)
    if len(signature) != _SIGNATURE_BYTES:
        raise IdentityRefused("wrong_signature")
    signed = f"{written.head}.{written.claims}".encode()
    return Passport(url, signed, signature, _LEVELS[level]), claims


def _check_claims(claims: dict[str, Any], call: SignedCall, *, is_diverted: bool) -> None:
    signed_at = claims.get("iat")
    if not isinstance(signed_at, int) or isinstance(signed_at, bool) or abs(signed_at - call.at) > WITHIN_S:
        raise IdentityRefused("wrong_time")
    caller, called = claims.get("orig"), claims.get("dest")
    if not isinstance(caller, dict) or _number(caller.get("tn")) != call.caller:
        raise IdentityRefused("other_caller")
    numbers = called.get("tn") if isinstance(called, dict) else None
    if call.called is None or call.called not in map(_number, numbers if isinstance(numbers, list) else [numbers]):
        # Signed for the number that the caller dialled; by whom it was sent on is another signature's matter.
        raise IdentityRefused("diverted" if is_diverted else "other_called")


def _number(written: Any) -> E164 | None:
    """Of the digits of E.164 (RFC 8225, 5.2.1), with a + or without."""
    digits = written.removeprefix("+") if isinstance(written, str) else ""
    return parse_ani(f"+{digits}") if _DIGITS.fullmatch(digits) else None


def _object(encoded: str) -> dict[str, Any]:
    try:
        value = json.loads(_bytes(encoded))
    except (ValueError, RecursionError):
        raise IdentityRefused("malformed") from None
    if not isinstance(value, dict):
        raise IdentityRefused("malformed")
    return value


def _bytes(encoded: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except binascii.Error:
        raise IdentityRefused("malformed") from None
