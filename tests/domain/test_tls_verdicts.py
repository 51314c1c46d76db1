"""Which certificates are for whom."""

from __future__ import annotations

import pytest

from ivr.domain.tls_verdicts import TlsVerify, names_of, verdict_of, wanted_name, wrong_name


def certificate(common: str, *alternative: tuple[str, str]) -> dict[str, object]:
    """As getpeercert returns it."""
    return {"subject": ((("organizationName", "Example"),), (("commonName", common),)), "subjectAltName": alternative}


@pytest.mark.parametrize(
    ("host", "is_accepted"),
    [
        ("sip.example.com", True),
        ("SIP.Example.com", True),
        ("other.example.com", True),
        ("example.com", False),
        ("a.wild.example.com", False),
        ("192.0.2.7", False),
        ("Example", False),
    ],
)
def test_names_count_as_they_do_for_sofia(host: str, is_accepted: bool) -> None:
    alternative = ("DNS", "other.example.com"), ("DNS", "*.wild.example.com"), ("IP Address", "192.0.2.7")
    names = names_of(certificate("Sip.example.com", *alternative))
    assert (wrong_name(host, "name", names) is None) is is_accepted


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("Room.Agents.example.com", "*.agents.example.com"),
        ("a.example.com", "*.example.com"),
        ("example.com", "example.com"),
        ("localhost", "localhost"),
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("a.b.1", "a.b.1"),
    ],
)
def test_a_wildcard_stands_for_one_label_below_a_domain(host: str, name: str) -> None:
    assert wanted_name(host, "wildcard") == name
    assert wanted_name(host, "name") == host.lower()


@pytest.mark.parametrize(
    ("verify", "name", "verdict"),
    [
        ("wildcard", "*.example.com", None),
        ("wildcard", "a.example.com", "wrong_name"),
        ("wildcard", "*.com", "wrong_name"),
        ("name", "*.example.com", "wildcard_name"),
        ("name", "*.com", "wrong_name"),
    ],
)
def test_a_certificate_for_a_wildcard_passes_where_the_agent_says_so(
    verify: TlsVerify, name: str, verdict: str | None
) -> None:
    assert wrong_name("a.example.com", verify, names_of(certificate(name))) == verdict


def test_an_address_counts_in_the_common_name() -> None:
    assert wrong_name("192.0.2.7", "name", names_of(certificate("192.0.2.7"))) is None


def test_a_certificate_without_names_is_for_nobody() -> None:
    assert names_of({}) == frozenset()


@pytest.mark.parametrize(
    ("code", "verdict"),
    [(10, "expired"), (9, "not_yet_valid"), (18, "self_signed"), (19, "unknown_authority"),
     (20, "unknown_authority"), (7, "bad_certificate"), (26, "bad_certificate")],
)  # fmt: skip
def test_reasons_of_openssl_have_words(code: int, verdict: str) -> None:
    assert verdict_of(code) == verdict
