"""The proof by which a switch shows that it is ours."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.switch_proof import ProofCheck, prove

UUID = "11111111-2222-3333-4444-555555555555"
NEW, OLD = "a" * 32, "b" * 32


def test_proof_is_what_freeswitchs_md5_makes_of_the_channel_and_the_secret() -> None:
    assert prove(UUID, NEW) == hashlib.md5(f"{UUID}:{NEW}".encode()).hexdigest()  # noqa: S324


@pytest.mark.parametrize(
    ("channel_uuid", "proof", "holds"),
    [
        (UUID, prove(UUID, NEW), True),
        (UUID, prove(UUID, OLD), True),
        (UUID, NEW, True),
        (UUID, OLD, True),
        ("another-channel", prove(UUID, NEW), False),
        (UUID, prove(UUID, "c" * 32), False),
        (UUID, prove(UUID, NEW).upper(), False),
        (UUID, prove(UUID, NEW)[:-1], False),
        (UUID, "", False),
        ("", "", False),
        (UUID, "c" * 32, False),
    ],
)
def test_a_channel_is_believed_by_any_secret_in_force_and_by_nothing_else(
    channel_uuid: str, proof: str, holds: bool
) -> None:
    assert ProofCheck([NEW, OLD]).holds(channel_uuid.encode(), proof.encode()) is holds


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_guesses_of_any_bytes_fail_without_an_error(channel_uuid: bytes, proof: bytes) -> None:
    assert not ProofCheck([NEW]).holds(channel_uuid, proof)


@pytest.mark.parametrize("secrets", [[], [""], [NEW, ""]])
def test_an_empty_secret_would_let_everybody_in_and_is_refused(secrets: list[str]) -> None:
    with pytest.raises(ValueError, match="not empty"):
        ProofCheck(secrets)
