"""Confirmations: for just this, once, and not for long."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistants.confirming import GOOD_FOR_S, Confirmations, Deed, NotConfirmed

DEED = Deed("key", "publish_draft", {"ivr_id": "ivr_abc123", "speak": False}, {"revision": 3, "version": 2})


def test_a_confirmation_is_good_once() -> None:
    confirmations = Confirmations()
    token = confirmations.offer(DEED)
    confirmations.redeem(DEED, token)
    with pytest.raises(NotConfirmed, match="used before"):
        confirmations.redeem(DEED, token)


@pytest.mark.parametrize(
    "other",
    [
        replace(DEED, key="another"),
        replace(DEED, tool="assign_number"),
        replace(DEED, arguments={"ivr_id": "ivr_abc123", "speak": True}),
        replace(DEED, shown={"revision": 4, "version": 2}),
        replace(DEED, shown={"revision": 3, "version": 3}),
    ],
    ids=["another key", "another tool", "other arguments", "a changed draft", "a changed menu"],
)
def test_a_confirmation_is_for_just_what_was_shown(other: Deed) -> None:
    confirmations = Confirmations()
    token = confirmations.offer(DEED)
    with pytest.raises(NotConfirmed, match="something else"):
        confirmations.redeem(other, token)
    confirmations.redeem(DEED, token)


def test_a_confirmation_ends() -> None:
    now = [1000.0]
    confirmations = Confirmations(lambda: now[0])
    token = confirmations.offer(DEED)
    now[0] += GOOD_FOR_S + 1
    with pytest.raises(NotConfirmed, match="has ended"):
        confirmations.redeem(DEED, token)
    longer = token.replace(token.split(".")[1], str(int(now[0]) + 100))
    with pytest.raises(NotConfirmed, match="something else"):
        confirmations.redeem(DEED, longer)


@pytest.mark.parametrize(
    "made_up", ["", "yes", "confirm", "confirm.9999999999.00.00", "confirm.\u0661.a.b", "a.b.c.d", "\ud800"]
)
def test_nothing_that_somebody_writes_is_a_confirmation(made_up: str) -> None:
    with pytest.raises(NotConfirmed):
        Confirmations().redeem(DEED, made_up)


def test_a_confirmation_dies_with_its_process() -> None:
    token = Confirmations().offer(DEED)
    with pytest.raises(NotConfirmed, match="something else"):
        Confirmations().redeem(DEED, token)
