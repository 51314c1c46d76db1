"""What a carrier says about a caller's number: the verdict of its STIR/SHAKEN check, however it passes it on. Pure.

Carriers check the signature of a call (RFC 8224, ATIS-1000074) and tell the result as `verstat`, a parameter of the
address in P-Asserted-Identity or From (3GPP TS 24.229, 7.2A.20), behind the number or behind the host, or in a header
of their own. It is a signal and no proof: A says that the caller may use the number, B that the carrier at the other
end knows the caller, C that it only passed the call on. Whose word counts is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, get_args
from urllib.parse import unquote

from ivr.domain.numbers import E164, parse_ani

# `passed`: the signature holds, its level is not told. `failed`: it does not hold. `not_verified`: there is none, or
# none that could be checked.
Verstat = Literal["passed_a", "passed_b", "passed_c", "passed", "failed", "not_verified"]
VERSTATS: tuple[Verstat, ...] = get_args(Verstat)

# Longer texts are no address that a carrier writes.
MAX_TEXT = 1024
# The suffixes are Twilio's: the signature is that of a carrier which forwarded the call, or was passed through.
_CHECKED = re.compile(
    r"TN-Validation-(?:(?P<failed>Failed)|Passed)(?:-(?P<level>[ABC]))?(?:-(?:Diverted|Passthrough))?",
    re.ASCII | re.IGNORECASE,
)
_NOT_CHECKED = "no-tn-validation"
# X-Plivo-Stir-Verification of calls to a trunk. "Not Verified" may be a signature that does not hold, or none.
_PLIVO: dict[str, Verstat] = {
    "verified": "passed",
    "not verified": "not_verified",
    "not applicable": "not_verified",
}
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKETED = re.compile(r"<([^<>]*)>")
_SCHEME = re.compile(r"(?P<tel>tel:)|sips?:|", re.ASCII | re.IGNORECASE)
_PARAMETER = "verstat"
# Telnyx leaves out the letter of the best level and writes those of the others.
_TELNYX = re.compile(r"(?:.*\.)?telnyx\.com(?::[0-9]*)?", re.ASCII | re.IGNORECASE)


class Told(NamedTuple):
    """The headers of an INVITE that may have a verdict, as received; empty where there is none. `asserted` is
    P-Asserted-Identity, `twilio` X-Twilio-VerStat, `plivo` X-Plivo-Stir-Verification."""

    asserted: str = ""
    stated: str = ""
    twilio: str = ""
    plivo: str = ""


class _Address(NamedTuple):
    number: str
    verdicts: frozenset[Verstat | None]


def find_verstat(told: Told, caller: E164, region: str = "US") -> Verstat | None:
    """The verdict on this caller's number; None where there is none that can be read. The first header that has one
    counts: what a carrier adds stands before what it may have let through. In an address it counts for the number
    there alone, and where one address has two verdicts, neither counts."""
    for header in (told.asserted, told.stated):
        about = [each for each in _addresses(header) if each.verdicts]
        if about:
            verdicts = {verdict for each in about if _is_of(each, caller, region) for verdict in each.verdicts}
            return verdicts.pop() if len(verdicts) == 1 else None
    if told.twilio:
        return read_verdict(told.twilio)
    return _PLIVO.get(_plain(told.plivo).lower())


def known_verstat(word: str | None) -> Verstat | None:
    """One of VERSTATS; None for any other word, such as a later release's."""
    return next((each for each in VERSTATS if each == word), None)


def read_verdict(text: str) -> Verstat | None:
    """`TN-Validation-Passed-A`, `No-TN-Validation` and their like, in capitals or not; None for anything else."""
    plain = _plain(text)
    if plain.lower() == _NOT_CHECKED:
        return "not_verified"
    found = _CHECKED.fullmatch(plain)
    if found is None:
        return None
    if found["failed"]:
        return "failed"
    levels: dict[str, Verstat] = {"A": "passed_a", "B": "passed_b", "C": "passed_c"}
    return levels[found["level"].upper()] if found["level"] else "passed"


def _plain(text: str) -> str:
    return unquote(text[:MAX_TEXT]).strip().strip('"').strip()


def _addresses(header: str) -> Iterator[_Address]:
    """The addresses of a header, which may have several: P-Asserted-Identity has a `sip:` and a `tel:` (RFC 3325)."""
    # Most have no verdict, which shows sooner than by reading them.
    if len(header) > MAX_TEXT or _PARAMETER not in unquote(header).lower():
        return
    text = _QUOTED.sub("", header)
    for uri in _BRACKETED.findall(text) or [text]:
        yield _read_address(uri.strip())


def _read_address(uri: str) -> _Address:
    """Of `sip:NUMBER;verstat=...@host;verstat=...` or `tel:NUMBER;verstat=...`, also without a scheme. A semicolon
    that is percent-encoded begins no parameter (RFC 3261, 25.1): it is part of what the caller wrote."""
    scheme = _SCHEME.match(uri)
    rest = uri[scheme.end() :] if scheme else uri
    user, at, behind = ("", "", rest) if scheme and scheme["tel"] else rest.rpartition("@")
    if not at:
        user, behind = rest, ""
    host, *of_host = behind.partition("?")[0].split(";")
    verdicts = frozenset(map(read_verdict, _values([*user.split(";")[1:], *of_host])))
    if _TELNYX.fullmatch(host):
        verdicts = frozenset("passed_a" if each == "passed" else each for each in verdicts)
    return _Address(user, verdicts)


def _values(parameters: list[str]) -> Iterator[str]:
    for each in parameters:
        name, _, value = each.partition("=")
        if unquote(name).strip().lower() == _PARAMETER:
            yield value


def _is_of(address: _Address, caller: E164, region: str) -> bool:
    return parse_ani(address.number, region) == caller
