"""Signatures of callers' numbers: what counts, what does not and why, and what says nothing."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.identity import (
    IdentityRefused,
    SignedCall,
    check_signature,
    read_passport,
    tokens_of,
)
from ivr.domain.identity_chain import Roots, kept_s, read_chain
from ivr.domain.numbers import E164
from tests.signed_calls import URL, Carrier, CarrierAuthority

CALLER, CALLED, AT = "+14805551234", "+14155550181", time.time()
CALL = SignedCall(E164(CALLER), E164(CALLED), AT)
ROOT = CarrierAuthority()
CARRIER = Carrier(ROOT)


def judged(tokens: list[str], pem: bytes = CARRIER.pem, call: SignedCall = CALL, roots: bytes = ROOT.pem) -> str:
    """The verdict, or the reason against it."""
    try:
        passport = read_passport(tokens, call)
        return check_signature(passport, Roots(roots).key_of(read_chain(pem), call.at))
    except IdentityRefused as error:
        return error.reason


def token(**told: Any) -> str:
    return CARRIER.token(told.pop("caller", CALLER), told.pop("called", CALLED), at=told.pop("at", AT), **told)


@pytest.mark.parametrize(("level", "verdict"), [("A", "passed_a"), ("B", "passed_b"), ("C", "passed_c")])
def test_a_signature_that_holds_says_its_level(level: str, verdict: str) -> None:
    assert judged([token(claims={"attest": level})]) == verdict


@pytest.mark.parametrize(
    "tokens",
    [
        [token(parameters="")],
        [token(parameters=f'; info = <{URL}> ; alg = "ES256";ppt="shaken"')],
        [token(claims={"dest": {"tn": ["12125550100", CALLED[1:]]}})],
        [token(claims={"dest": {"tn": [CALLED]}, "orig": {"tn": CALLER}})],
        [token(at=AT + 55)],
        # the first of the kind that is read
        [token(head={"ppt": "rph"}, parameters=f";info=<{URL}>;ppt=rph"), token()],
        [token(), token(claims={"attest": "C"})],
        tokens_of(f"ARRAY::{token()}|:{token(claims={'attest': 'C'})}"),
        tokens_of(f"{token()}, {token(claims={'attest': 'C'})}"),
    ],
)
def test_it_may_be_written_in_several_ways(tokens: list[str]) -> None:
    assert judged(tokens) == "passed_a"


def test_an_authority_may_stand_between() -> None:
    between = CarrierAuthority("between", ROOT)
    carrier = Carrier(between)
    signed = [carrier.token(CALLER, CALLED, at=AT)]
    assert judged(signed, carrier.pem + between.pem) == "passed_a"
    assert judged(signed, carrier.pem) == "not_trusted"


HEAD, CLAIMS, SIGNATURE = token(parameters="").split(".")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (token(head={"alg": "none"}), "not_es256"),
        (token(head={"alg": "HS256"}), "not_es256"),
        (token(parameters=f";info=<{URL}>;alg=HS256"), "not_es256"),
        (token(head={"alg": None}), "not_es256"),
        (token(head={"typ": "JWT"}), "malformed"),
        (token(head={"crit": ["x"]}), "malformed"),
        (token(url="http://certificates.example/carrier.pem"), "bad_url"),
        (token(head={"x5u": None}), "bad_url"),
        (token(head={"x5u": ["https://a.example/"]}), "bad_url"),
        (token(parameters=";info=<https://other.example/c.pem>;ppt=shaken"), "bad_url"),
        (token(called="+14155550182"), "other_called"),
        (token(claims={"dest": {"uri": [f"sip:{CALLED}@x"]}}), "other_called"),
        (token(claims={"dest": None}), "other_called"),
        (token(caller="+14805559999"), "other_caller"),
        (token(claims={"orig": {"tn": 14805551234}}), "other_caller"),
        (token(claims={"orig": CALLER}), "other_caller"),
        (token(at=AT - 62), "wrong_time"),
        (token(at=AT + 62), "wrong_time"),
        (token(claims={"iat": str(int(AT))}), "wrong_time"),
        (token(claims={"iat": True}), "wrong_time"),
        (token(claims={"attest": "D"}), "bad_level"),
        (token(claims={"attest": ["A"]}), "bad_level"),
        (token(claims={"attest": None}), "bad_level"),
        (token(head={"ppt": "div"}, parameters=""), "other_kind"),
        (token(head={"ppt": None}, parameters=""), "other_kind"),
        (token(head={"ppt": "div"}, parameters=";ppt=shaken"), "malformed"),
        (f"..{SIGNATURE};info=<{URL}>;alg=ES256;ppt=shaken", "compact_form"),
        (f"{HEAD}.{CLAIMS}.AAAA", "wrong_signature"),
        (f"{HEAD}.{CLAIMS}.{'A' * 86}", "wrong_signature"),
        (f"{HEAD}.{token(claims={'origid': 'x'}).split('.')[1]}.{SIGNATURE}", "wrong_signature"),
        (f"{HEAD}.W10.{SIGNATURE}", "malformed"),
        (f"W10.{CLAIMS}.{SIGNATURE}", "malformed"),
        (f"A.{CLAIMS}.{SIGNATURE}", "malformed"),
        (token(claims={"origid": "x" * 4096}), "malformed"),
        (token(parameters=";;"), "malformed"),
        ("garbage", "malformed"),
    ],
)
def test_what_is_wrong_is_said(value: str, reason: str) -> None:
    assert judged([value]) == reason


def test_nesting_without_an_end_is_malformed() -> None:
    deep = base64.urlsafe_b64encode(b"[" * 2900).rstrip(b"=").decode()
    assert judged([f"{HEAD}.{deep}.{SIGNATURE}"]) == "malformed"


def test_a_call_that_was_sent_on_is_not_judged() -> None:
    on = token(head={"ppt": "div"}, parameters=";ppt=div")
    assert judged([token(called="+14155550182"), on]) == "diverted"


@pytest.mark.parametrize("digits", ["", "0", "999", "1480555123x", "٤٨٠٥٥٥١٢٣٤", "9" * 40])
def test_what_is_no_number_is_not_the_callers(digits: str) -> None:
    assert judged([token(claims={"orig": {"tn": digits}})]) == "other_caller"


@pytest.mark.parametrize(
    ("carrier", "roots", "reason"),
    [
        (Carrier(ROOT, days=-1), ROOT.pem, "expired"),
        (Carrier(ROOT), CarrierAuthority().pem, "not_trusted"),
        (Carrier(CarrierAuthority()), ROOT.pem, "not_trusted"),
        (Carrier(ROOT, is_listed=False), ROOT.pem, "not_trusted"),
        (Carrier(ROOT, is_authority=True), ROOT.pem, "not_trusted"),
    ],
)
def test_a_certificate_of_nobody_that_counts_is_not_trusted(carrier: Carrier, roots: bytes, reason: str) -> None:
    assert judged([carrier.token(CALLER, CALLED, at=AT)], carrier.pem, roots=roots) == reason


def test_a_key_of_another_curve_is_refused() -> None:
    assert judged([token()], Carrier(ROOT, curve=ec.SECP384R1()).pem) == "bad_certificate"


def test_a_certificate_of_another_carrier_does_not_fit() -> None:
    assert judged([token()], Carrier(ROOT).pem) == "wrong_signature"


@pytest.mark.parametrize("pem", [b"", b"garbage", CARRIER.pem[:200], CARRIER.pem * 7])
def test_what_is_no_certificate_is_refused(pem: bytes) -> None:
    assert judged([token()], pem) == "bad_certificate"


@pytest.mark.parametrize(
    ("reason", "verdict"),
    [("wrong_signature", "failed"), ("malformed", "failed"), ("other_kind", "not_verified"),
     ("compact_form", "not_verified"), ("diverted", "not_verified"), ("no_certificate", "not_verified")],
)  # fmt: skip
def test_what_could_not_be_judged_is_no_failure(reason: Any, verdict: str) -> None:
    assert IdentityRefused(reason).verdict == verdict


@given(st.text(max_size=300) | st.from_regex(r"\A[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+(;ppt=shaken)?\Z"))
def test_no_text_is_more_than_refused(text: str) -> None:
    if tokens := tokens_of(text):
        with pytest.raises(IdentityRefused):
            read_passport(tokens, CALL)


def test_a_few_are_read_and_no_more() -> None:
    assert tokens_of("") == []
    assert len(tokens_of("ARRAY::" + "|:".join("abcdef"))) == 4


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("", 3600), ("public, Max-Age=60", 60), ("max-age=999999", 86_400), ("max-age=0", 0), ("no-store", 0),
     ("no-cache, max-age=60", 0), ("max-age=x", 3600)],
)  # fmt: skip
def test_a_certificate_is_kept_as_long_as_its_server_says(said: str, seconds: int) -> None:
    assert kept_s(said) == seconds
