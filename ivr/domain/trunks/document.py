"""A trunk as a document: read from the store, and checked when a client sends one.

A checked document has the fields of `Trunk.to_json`; its `sealed` may still be the password itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import phonenumbers

from ivr.domain.agents import SEALED
from ivr.domain.errors import InvalidNumber
from ivr.domain.numbers import E164, is_e164_form, parse_e164
from ivr.domain.problems import Problem, pointer
from ivr.domain.srtp import SRTP
from ivr.domain.trunks import model
from ivr.domain.trunks.hosts import Host, parse_callable_host, parse_host
from ivr.domain.trunks.model import Credentials, Limits, Registration, Trunk
from ivr.domain.trunks.networks import parse_network

_REGISTERS = ("registrar", "expiry_s", "outbound_proxy")
_DIGEST = ("auth_username", "realm", "sealed")
_CHOICES: Mapping[str, Collection[str]] = {
    "lookup": model.LOOKUPS,
    "transport": model.TRANSPORTS,
    "srtp": SRTP,
    "caller_in": model.NUMBER_FORMS,
    "caller_out": model.NUMBER_FORMS,
    "dialled_in": model.DIALLED_IN,
    "dtmf": model.DTMF,
}


def parse_trunk(name: str, document: Mapping[str, Any]) -> Trunk:
    """A stored trunk; raises ValueError (or KeyError, TypeError) for one that could not have been stored."""
    trunk = Trunk(
        name,
        hosts=tuple(map(parse_host, document["hosts"])),
        lookup=document["lookup"],
        transport=document["transport"],
        srtp=document["srtp"],
        registration=_registration(document),
        credentials=_credentials(document),
        allowed=tuple(map(parse_network, document["allowed"])),
        caller_in=document["caller_in"],
        caller_out=document["caller_out"],
        country=document["country"],
        dialled_in=document["dialled_in"],
        trust_identity=document["trust_identity"] is True,
        trust_verstat=document["trust_verstat"] is True,
        dtmf=document["dtmf"],
        limits=Limits(document["calls_at_once"], document["calls_per_s"], document["per_caller_per_s"]),
        numbers=tuple(map(E164, document["numbers"])),
        preset=document["preset"],
    )
    if not model.TRUNK_NAME.fullmatch(name) or trunk.kind != document["kind"]:
        raise ValueError("a trunk without a name, or of another kind than it says")
    if not all(map(is_e164_form, trunk.numbers)):
        raise ValueError(f"trunk {name} has a number that is not written in E.164 form")
    if any(document[field] not in choices for field, choices in _CHOICES.items()):
        raise ValueError(f"trunk {name} has a setting that is not known")
    if trunk.credentials is not None and not _can_be_written(trunk.credentials):
        raise ValueError(f"trunk {name} has credentials that cannot be written, or a password that is not sealed")
    return trunk


def find_faults(document: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with a document whose fields have the right types."""
    yield from _each(document, "hosts", parse_callable_host, "invalid_host", "host")
    yield from _each(document, "allowed", parse_network, "invalid_network", "network")
    yield from _each(document, "numbers", parse_e164, "invalid_number", "number")
    for field in ("registrar", "outbound_proxy"):
        if document[field] is not None:
            yield from _faults_of(document[field], parse_callable_host, "invalid_host", field)
    if document["country"] not in phonenumbers.SUPPORTED_REGIONS:
        text = "this country has no telephone numbers; countries are given by two letters, such as US or DE"
        yield Problem("/country", "unknown_country", text)
    yield from _registration_faults(document)
    yield from _credential_faults(document)
    yield from _address_faults(document)
    if document["srtp"] == "required" and document["transport"] != "tls":
        text = "without TLS the keys of the audio are sent in clear: choose TLS, or SRTP optional or off"
        yield Problem("/srtp", "srtp_without_tls", text)


def _registration(document: Mapping[str, Any]) -> Registration | None:
    if document["registrar"] is None:
        return None
    proxy = document["outbound_proxy"]
    return Registration(parse_host(document["registrar"]), document["expiry_s"], parse_host(proxy) if proxy else None)


def _credentials(document: Mapping[str, Any]) -> Credentials | None:
    if document["username"] is None:
        return None
    return Credentials(document["username"], document["sealed"], document["auth_username"], document["realm"])


def _can_be_written(known: Credentials) -> bool:
    return bool(
        model.USERNAME.fullmatch(known.username)
        and (known.auth_username is None or model.AUTH_USERNAME.fullmatch(known.auth_username))
        and (known.realm is None or model.REALM.fullmatch(known.realm))
        and SEALED.fullmatch(known.sealed)
    )


def _registration_faults(document: Mapping[str, Any]) -> Iterator[Problem]:
    if document["kind"] == "address":
        for field in _REGISTERS:
            if document[field] is not None:
                text = "this belongs to a registration: leave it out, or choose the kind registration"
                yield Problem(pointer(field), "not_registered", text)
        return
    if document["registrar"] is None:
        yield Problem("/registrar", "no_registrar", "name the host that this trunk registers with")
    if document["expiry_s"] is None:
        yield Problem("/expiry_s", "no_expiry", "say after how many seconds a registration ends")
    if document["username"] is None:
        yield Problem("/username", "no_username", "a registration needs the user name of the account")


def _credential_faults(document: Mapping[str, Any]) -> Iterator[Problem]:
    if document["username"] is None:
        for field in _DIGEST:
            if document[field] is not None:
                shown = "password" if field == "sealed" else field
                yield Problem(pointer(shown), "no_username", "this needs a user name beside it")
    elif not document["sealed"]:
        yield Problem("/password", "no_password", "give the password that belongs to this user name")


def _address_faults(document: Mapping[str, Any]) -> Iterator[Problem]:
    if document["kind"] == "address" and not document["hosts"] and not document["allowed"]:
        text = "say where its calls come from: the networks of your carrier, or its host"
        yield Problem("/allowed", "no_peer", text)
    if document["lookup"] == "srv" and not _can_have_srv(document["hosts"] or [document["registrar"]]):
        text = "SRV records are looked up for one name without a port: give one, or try hosts in their order"
        yield Problem("/lookup", "no_srv_name", text)


def _can_have_srv(hosts: Sequence[str | None]) -> bool:
    host = _find_host(hosts[0]) if len(hosts) == 1 else None
    return host is not None and host.port is None and not host.is_address


def _find_host(text: str | None) -> Host | None:
    try:
        return parse_host(text or "")
    except ValueError:
        return None


def _each(
    document: Mapping[str, Any], field: str, parse: Callable[[str], object], code: str, what: str
) -> Iterator[Problem]:
    """The faults of a list of texts; what is written twice is one, however it is written."""
    seen = set[object]()
    for index, text in enumerate(document[field]):
        faults = list(_faults_of(text, parse, code, field, index))
        yield from faults
        if faults:
            continue
        value = parse(text)
        if value in seen:
            yield Problem(pointer(field, index), f"{what}_repeated", f"{text} is given twice; give it once")
        seen.add(value)


def _faults_of(text: str, parse: Callable[[str], object], code: str, *where: str | int) -> Iterator[Problem]:
    try:
        parse(text)
    except (ValueError, InvalidNumber) as error:
        yield Problem(pointer(*where), code, str(error))
