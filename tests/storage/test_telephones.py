"""Telephones in Postgres, and what calls to them may cost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from ivr.domain.errors import IvrError
from ivr.domain.numbers import E164
from ivr.domain.telephones import model
from ivr.domain.telephones.errors import (
    NoCode,
    RingLimitReached,
    TelephoneNotFound,
    TelephoneNotVerified,
    TelephoneVerified,
    TooManyTelephones,
    WrongCode,
)
from ivr.domain.telephones.model import NewRing, Purpose, RingEnd, RingLimits, VerifiedOver, new_ring_id
from ivr.storage.postgres.stores import PostgresStores
from ivr.storage.postgres.telephones import PostgresTelephones

ONE, OTHER = E164("+14155552671"), E164("+14155552672")
LIMITS = RingLimits(usd_min=Decimal("0.10"), usd_day=Decimal(2), calls_day=20, longest_s=300)
RIGHT, WRONG = b"r" * 32, b"w" * 32
OVER = VerifiedOver("carrier", "its host")


@pytest.fixture
def telephones(stores: PostgresStores) -> PostgresTelephones:
    return stores.telephones


def verified(telephones: PostgresTelephones, number: E164 = ONE) -> E164:
    telephones.add(number, actor="key_1")
    telephones.set_code(number, RIGHT, OVER)
    telephones.verify(number, RIGHT, actor="key_1")
    return number


def new_ring(number: E164 = ONE, purpose: Purpose = "menu") -> NewRing:
    return NewRing(new_ring_id(), number, "carrier", purpose, "key_1", "ivr_abc", 3)


def older(stores: PostgresStores, by: timedelta) -> None:
    with stores.database.transaction() as connection:
        connection.execute("update telephone_call set started_at = started_at - %s", (by,))


def test_a_telephone_is_verified_by_its_code_and_once(
    stores: PostgresStores, telephones: PostgresTelephones
) -> None:
    assert telephones.add(ONE, actor="key_1").verified_at is None
    assert telephones.add(ONE, actor="key_2").added_by == "key_1"
    telephones.set_code(ONE, RIGHT, OVER)
    assert telephones.verify(ONE, RIGHT, actor="key_1").verified_at is not None
    for again in (
        lambda: telephones.set_code(ONE, RIGHT, OVER),
        lambda: telephones.verify(ONE, RIGHT, actor="key_1"),
    ):
        with pytest.raises(TelephoneVerified):
            again()
    assert [each.number for each in telephones.list().items] == [ONE]
    assert telephones.delete(ONE, actor="key_1")
    assert not telephones.delete(ONE, actor="key_1")
    assert [(each.action, each.subject) for each in stores.audit.list(limit=9).items] == [
        (f"telephone.{each}", f"telephone/{ONE}") for each in ("delete", "verify", "add")
    ]


def test_a_code_is_guessed_a_few_times_and_then_no_more(telephones: PostgresTelephones) -> None:
    telephones.add(ONE, actor="key_1")
    with pytest.raises(NoCode):
        telephones.verify(ONE, RIGHT, actor="key_1")
    telephones.set_code(ONE, RIGHT, OVER)
    for left in range(model.CODE_TRIES - 1, -1, -1):
        with pytest.raises(WrongCode) as refused:
            telephones.verify(ONE, WRONG, actor="key_1")
        assert refused.value.left == left
    with pytest.raises(NoCode):
        telephones.verify(ONE, RIGHT, actor="key_1")


def test_guesses_at_once_are_no_more_than_guesses_one_by_one(telephones: PostgresTelephones) -> None:
    telephones.add(ONE, actor="key_1")
    telephones.set_code(ONE, RIGHT, OVER)

    def guess(_: int) -> type[IvrError]:
        with pytest.raises(IvrError) as refused:
            telephones.verify(ONE, WRONG, actor="key_1")
        return refused.type

    with ThreadPoolExecutor(4) as pool:
        refusals = [*pool.map(guess, range(20))]
    assert refusals.count(WrongCode) == model.CODE_TRIES
    assert refusals.count(NoCode) == 20 - model.CODE_TRIES


def test_a_code_ends_and_is_another_telephones_not(
    stores: PostgresStores, telephones: PostgresTelephones
) -> None:
    for number, digest in ((ONE, RIGHT), (OTHER, WRONG)):
        telephones.add(number, actor="key_1")
        telephones.set_code(number, digest, OVER)
    with pytest.raises(WrongCode):
        telephones.verify(OTHER, RIGHT, actor="key_1")
    with stores.database.transaction() as connection:
        connection.execute("update telephone set code_until = code_until - %s", (model.CODE_FOR,))
    with pytest.raises(NoCode):
        telephones.verify(ONE, RIGHT, actor="key_1")
    with pytest.raises(TelephoneNotFound):
        telephones.verify(E164("+14155552673"), RIGHT, actor="key_1")


def test_only_a_verified_telephone_is_rung_for_a_menu(telephones: PostgresTelephones) -> None:
    for _ in range(2):
        with pytest.raises(TelephoneNotVerified):
            telephones.reserve(new_ring(), LIMITS, OVER)
        telephones.add(ONE, actor="key_1")
    assert telephones.reserve(new_ring(purpose="code"), LIMITS, OVER).state == "dialling"


@pytest.mark.parametrize("over", [VerifiedOver("other", OVER.goes_to), VerifiedOver("carrier", "another host")])
def test_a_telephone_is_rung_over_the_trunk_that_it_was_verified_over_and_as_that_was(
    telephones: PostgresTelephones, over: VerifiedOver
) -> None:
    verified(telephones)
    with pytest.raises(TelephoneNotVerified, match="over the trunk carrier"):
        telephones.reserve(new_ring(), LIMITS, over)
    telephones.set_code(ONE, WRONG, over)
    known = telephones.verify(ONE, WRONG, actor="key_1")
    telephones.reserve(new_ring(), LIMITS, over)
    # Each trunk has one way: the last that was verified.
    assert set(known.verified_over) == ({over} if over.trunk == OVER.trunk else {OVER, over})
    assert telephones.list().items == [known]


def test_there_are_so_many_telephones_at_most(
    telephones: PostgresTelephones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "MAX_TELEPHONES", 1)
    telephones.add(ONE, actor="key_1")
    with pytest.raises(TooManyTelephones):
        telephones.add(OTHER, actor="key_1")


def test_a_call_costs_what_it_lasted_and_frees_the_rest_of_what_was_reserved(
    telephones: PostgresTelephones,
) -> None:
    verified(telephones)
    ring = telephones.reserve(new_ring(), LIMITS, OVER)
    assert ring.usd == Decimal("0.50")
    telephones.note(ring.order.ring_id, "ringing")
    telephones.note(ring.order.ring_id, "answered")
    telephones.note(ring.order.ring_id, "ringing")  # a late event
    known = telephones.find_ring(ring.order.ring_id, LIMITS)
    assert known is not None
    assert (known.state, known.answered_at is not None) == ("answered", True)
    telephones.end(ring.order.ring_id, RingEnd("answered", "it was answered", 200, 61.2, "call_1"), LIMITS)
    over = telephones.find_ring(ring.order.ring_id, LIMITS)
    assert over is not None
    assert (over.state, over.usd, over.call_id, over.order) == ("ended", Decimal("0.20"), "call_1", ring.order)


def test_money_is_reserved_before_the_call_and_calls_at_once_cannot_pass_the_limit(
    telephones: PostgresTelephones, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified(telephones)
    monkeypatch.setattr(model, "MAX_AT_ONCE", 100)

    def ring(_: int) -> bool:
        try:
            telephones.reserve(new_ring(), LIMITS, OVER)
        except RingLimitReached:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        made = [*pool.map(ring, range(12))]
    assert made.count(True) == 4  # of $0.50 each


@pytest.mark.parametrize(
    ("limits", "made", "words"),
    [
        (replace(LIMITS, calls_day=2), 2, "2 calls to telephones were made in 24 hours"),
        (replace(LIMITS, calls_day=0), 0, "0 calls to telephones"),
        (replace(LIMITS, usd_day=Decimal("0.99")), 1, r"may cost \$0.50, and \$0.49 of the \$0.99"),
        (LIMITS, 3, "3 calls to telephones are under way"),
    ],
)
def test_each_limit_refuses_and_says_how_long_to_wait(
    stores: PostgresStores, telephones: PostgresTelephones, limits: RingLimits, made: int, words: str
) -> None:
    verified(telephones)
    for _ in range(made):
        telephones.reserve(new_ring(), limits, OVER)
    with pytest.raises(RingLimitReached, match=words) as refused:
        telephones.reserve(new_ring(), limits, OVER)
    assert 0 < refused.value.retry_after_s <= model.DAY.total_seconds()
    older(stores, model.DAY)
    if limits.calls_day:
        telephones.reserve(new_ring(), limits, OVER)


def test_codes_are_called_a_few_times_to_one_telephone_and_to_all(
    telephones: PostgresTelephones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "ALL_CODES_A_DAY", model.CODES_A_DAY + 1)

    def code(number: E164) -> None:
        ring = telephones.reserve(new_ring(number, "code"), LIMITS, OVER)
        telephones.end(ring.order.ring_id, RingEnd("busy", "the telephone is busy"), LIMITS)

    for _ in range(model.CODES_A_DAY):
        code(ONE)
    telephones.delete(ONE, actor="key_1")  # deleting and adding it again is no way around
    with pytest.raises(RingLimitReached, match="a code is called"):
        code(ONE)
    code(OTHER)
    with pytest.raises(RingLimitReached, match="a code is called"):
        code(OTHER)


def test_another_code_has_to_wait_for_the_oldest_one_of_this_telephone(
    stores: PostgresStores, telephones: PostgresTelephones
) -> None:
    def code(number: E164) -> None:
        ring = telephones.reserve(new_ring(number, "code"), LIMITS, OVER)
        telephones.end(ring.order.ring_id, RingEnd("busy", "the telephone is busy"), LIMITS)

    code(OTHER)
    older(stores, timedelta(hours=20))
    for _ in range(model.CODES_A_DAY):
        code(ONE)
    with pytest.raises(RingLimitReached) as refused:
        code(ONE)
    assert refused.value.retry_after_s > timedelta(hours=23).total_seconds()


def test_a_call_whose_process_died_counts_in_full_and_blocks_no_other(
    stores: PostgresStores, telephones: PostgresTelephones
) -> None:
    verified(telephones)
    rings = [telephones.reserve(new_ring(), LIMITS, OVER) for _ in range(model.MAX_AT_ONCE)]
    older(stores, LIMITS.over_after)
    telephones.reserve(new_ring(), LIMITS, OVER)
    lost = telephones.find_ring(rings[0].order.ring_id, LIMITS)
    assert lost is not None
    assert (lost.state, lost.usd) == ("lost", LIMITS.reserved_usd)
    with pytest.raises(RingLimitReached, match="may cost"):
        telephones.reserve(new_ring(), LIMITS, OVER)


def test_calls_are_forgotten_in_time(stores: PostgresStores, telephones: PostgresTelephones) -> None:
    verified(telephones)
    first = telephones.reserve(new_ring(), LIMITS, OVER)
    older(stores, model.KEPT)
    telephones.reserve(new_ring(), LIMITS, OVER)
    assert telephones.find_ring(first.order.ring_id, LIMITS) is None
