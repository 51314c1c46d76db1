"""Signed heads: what is signed, who believes it, and what a chain that was tampered with does not have."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.signed_heads import Anchor, AnchorCheck, HeadSigner, chain_of_list, head_from_line

SIGNER = HeadSigner(b"s" * 32)
HEAD = SIGNER.sign("dnc/default", 7, "ab" * 32, datetime(2026, 3, 9, 12, 0, tzinfo=UTC))


def test_a_signature_can_be_checked_with_a_few_lines_of_anybodys_python() -> None:
    document = {"format": 1, "chain": "dnc/default", "seq": 7, "hash": "ab" * 32, "at": "2026-03-09T12:00:00Z"}
    signed = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(HEAD.key))
    key.verify(base64.b64decode(HEAD.signature), signed)


def test_a_head_is_signed_over_its_time_in_utc_in_whole_seconds() -> None:
    phoenix = datetime.fromisoformat("2026-03-09T05:00:00.9-07:00")
    signer = HeadSigner(b"s" * 32)
    assert signer.sign("dnc/default", 7, "ab" * 32, phoenix) == HEAD
    assert (HEAD.chain, HEAD.seq, HEAD.hash, HEAD.key) == ("dnc/default", 7, "ab" * 32, signer.key)


def test_a_name_that_is_not_ascii_is_signed_as_utf8() -> None:
    head = HeadSigner(b"s" * 32).sign("dnc/\u00e9\ud800", 7, "ab" * 32, datetime(2026, 3, 9, tzinfo=UTC))
    assert b'"chain":"dnc/\xc3\xa9\xed\xa0\x80"' in head.statement()
    assert head.is_genuine()


def test_the_first_event_may_be_an_anchor_and_what_lies_before_it_is_none() -> None:
    first = AnchorCheck([Anchor(1, "a" * 64, "noted"), Anchor(0, "b" * 64, "noted")])
    assert first.find_fault(0, "c" * 64) is None
    assert "event 1 does not have the hash" in str(first.find_fault(1, "b" * 64))


def test_the_chain_of_a_list_has_its_name() -> None:
    assert chain_of_list("default") == "dnc/default"


def test_a_head_comes_back_from_its_line() -> None:
    assert head_from_line(HEAD.to_line()) == HEAD
    assert HEAD.is_genuine()


@pytest.mark.parametrize(
    "change",
    [
        {"chain": "dnc/acme"},
        {"seq": 8},
        {"hash": "ac" + "ab" * 31},
        {"at": "2026-03-09T12:00:01Z"},
        {"key": HeadSigner(b"t" * 32).key},
        {"signature": HeadSigner(b"t" * 32).sign("dnc/default", 7, "ab" * 32, datetime.now(UTC)).signature},
        {"signature": ""},
        {"signature": HEAD.signature + "!"},
        {"key": HEAD.key + "!"},
        {"key": "no base64"},
        {"key": "AAAA"},
    ],
)
def test_a_head_that_was_changed_is_not_genuine(change: dict[str, object]) -> None:
    assert not replace(HEAD, **change).is_genuine()  # type: ignore[arg-type]


@given(st.text() | st.binary().map(lambda data: data.decode("utf-8", "replace")))
def test_a_line_that_is_no_head_is_a_value_error_and_nothing_else(line: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its text is not shown to anybody
        head_from_line(line)


@pytest.mark.parametrize("change", [{"seq": "7"}, {"seq": True}, {"chain": None}, {"signature": 5}])
def test_a_field_of_another_type_makes_no_head(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not a signed head"):
        head_from_line(json.dumps(json.loads(HEAD.to_line()) | change))


def test_anchors_say_since_when_a_chain_is_another_and_where_it_was_cut_off() -> None:
    def check(*anchors: tuple[int, str]) -> AnchorCheck:
        return AnchorCheck([Anchor(seq, hash_, f"signed on day {seq}") for seq, hash_ in anchors])

    right = check((2, "b"), (3, "c"))
    assert [right.find_fault(seq, hash_) for seq, hash_ in ((1, "a"), (2, "b"), (3, "c"))] == [None] * 3
    assert right.find_cut(3) is None
    assert right.find_cut(2) == "the end was cut off: event 3 was signed on day 3, 2 are there"
    changed = check((2, "b"), (3, "c"))
    assert changed.find_fault(2, "b") is None
    fault = changed.find_fault(3, "x")
    assert fault is not None
    assert fault.startswith("event 3 does not have the hash that was signed on day 3")
    assert fault.endswith("after event 2")
    assert str(check((2, "b")).find_fault(2, "x")).endswith("from its first event")
