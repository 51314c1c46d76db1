"""Which certificates are for whom."""

from __future__ import annotations

import pytest

from ivr.domain.tls_verdicts import is_for, names_of, verdict_of


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
    assert is_for(host, names_of(certificate("Sip.example.com", *alternative))) is is_accepted


def test_an_address_counts_in_the_common_name() -> None:
    assert is_for("192.0.2.7", names_of(certificate("192.0.2.7")))


def test_a_certificate_without_names_is_for_nobody() -> None:
    assert names_of({}) == frozenset()


@pytest.mark.parametrize(
    ("code", "verdict"),
    [(10, "expired"), (9, "not_yet_valid"), (18, "self_signed"), (19, "unknown_authority"),
     (20, "unknown_authority"), (7, "bad_certificate"), (26, "bad_certificate")],
)  # fmt: skip
def test_reasons_of_openssl_have_words(code: int, verdict: str) -> None:
    assert verdict_of(code) == verdict
