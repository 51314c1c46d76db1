"""Which numbers are rung, how they are dialled, what it costs, and how it ended, in words."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.numbers import E164
from ivr.domain.telephones.destinations import find_refusal
from ivr.domain.telephones.dial_string import Dialled
from ivr.domain.telephones.endings import SwitchWord, end_of, worth_another
from ivr.domain.telephones.errors import DestinationRefused, NoWayOut
from ivr.domain.telephones.model import NewRing, RingLimits, code_digest, cost_usd, new_code, new_ring_id
from ivr.domain.telephones.way_out import OutTrunk, find_way_out, gateways_out, route, written
from ivr.domain.tickets import new_ticket
from ivr.domain.trunks.gateways import gateways_of
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Credentials, Registration, Trunk

OURS, THEIRS = E164("+14155550100"), E164("+14155552671")
TRUNK = Trunk("carrier", hosts=(Host("a.example.com"), Host("b.example.com")), numbers=(OURS,))
CALL = Dialled(
    "5d0c6dd8-6ac8-4d5c-a8d3-2c2d2a6d3c11", "carrier.0.0123456789", THEIRS, OURS, THEIRS, new_ticket(), 300
)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("+14155552671", None),
        ("+19005551234", "premium-rate"),
        ("+18005551234", "toll-free"),
        ("+15005551234", "personal number"),
        ("+18765551234", "is in JM"),  # dialled as at home, and not in the country
        ("+12423651234", "is in BS"),
        ("+17875551234", "is in PR"),
        ("+16135551234", "is in CA"),
        ("+881631234567", "belongs to no country"),  # satellite
        ("+870773123456", "belongs to no country"),
        ("+882161234567", "belongs to no country"),
        ("+979123456789", "belongs to no country"),  # premium, of no country
        ("+442079460123", "is in GB"),
        ("+25261234567", "is in SO"),
        ("+14155551", "in no range"),
        ("+15551234567", "in no range"),
    ],
)
def test_only_ordinary_numbers_of_the_country_are_rung(number: str, words: str | None) -> None:
    refusal = find_refusal(E164(number), {"US"})
    assert refusal is None if words is None else words in (refusal or "")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("+442079460123", None),
        ("+447011234567", "personal number"),
        ("+448712345678", "premium-rate"),
        ("+491805555123", "shared-cost"),
        ("+4930123456", None),
    ],
)
def test_other_countries_are_allowed_by_name_and_their_dear_numbers_still_refused(
    number: str, words: str | None
) -> None:
    refusal = find_refusal(E164(number), {"US", "GB", "DE"})
    assert refusal is None if words is None else words in (refusal or "")


def test_a_trunks_hosts_are_tried_in_order_and_its_first_number_is_shown() -> None:
    way = find_way_out(TRUNK, THEIRS)
    assert way.gateways == tuple(each.name for each in gateways_of(TRUNK))
    assert (way.caller, way.dialled) == (OURS, THEIRS)


def test_a_registered_trunk_calls_over_its_registration_unless_it_has_hosts() -> None:
    registered = replace(
        TRUNK,
        hosts=(),
        registration=Registration(Host("sip.example.com")),
        credentials=Credentials("account", "sealed"),
    )
    (registration,) = gateways_of(registered)
    assert find_way_out(registered, THEIRS).gateways == (registration.name,)
    both = replace(registered, hosts=(Host("out.example.com"),))
    (gateway,) = find_way_out(both, THEIRS).gateways
    assert gateway.startswith("carrier.0.")


@pytest.mark.parametrize(
    ("trunk", "words"),
    [(replace(TRUNK, hosts=()), "no host"), (replace(TRUNK, numbers=()), "no number to call from")],
)
def test_what_a_trunk_lacks_for_calls_out_is_said(trunk: Trunk, words: str) -> None:
    with pytest.raises(NoWayOut, match=words):
        find_way_out(trunk, THEIRS)


@pytest.mark.parametrize(
    ("number", "form", "country", "as_written"),
    [
        (THEIRS, "e164", "US", "+14155552671"),
        (THEIRS, "digits", "US", "14155552671"),
        (THEIRS, "national", "US", "4155552671"),
        ("+493012345678", "national", "DE", "03012345678"),
        ("+493012345678", "national", "US", "+493012345678"),
    ],
)
def test_numbers_are_written_as_the_carrier_writes_them(
    number: str, form: str, country: str, as_written: str
) -> None:
    assert written(E164(number), form, country) == as_written  # type: ignore[arg-type]


def test_the_command_names_nothing_but_the_call() -> None:
    command = CALL.command()
    assert command.count("{") == command.count("}") == 1
    assert command.endswith(f"sofia/gateway/carrier.0.0123456789/{THEIRS} {CALL.ticket} XML digitree-telephone")


@pytest.mark.parametrize("field", ["channel_uuid", "gateway", "number", "caller", "telephone", "ticket"])
@given(sign=st.sampled_from([*",|[]{}<>^:;@'\"\\ &!$\r\n\t", "/", "&park", "sip:x@y", "::", "%0a", "\u0661"]),
       at=st.integers(0, 40))  # fmt: skip
def test_no_field_of_a_dial_string_takes_a_sign_of_another_language(field: str, sign: str, at: int) -> None:
    good = str(getattr(CALL, field))
    with pytest.raises(ValueError, match="not allowed"):
        replace(CALL, **{field: good[:at] + sign + good[at:]}).command()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "usd"), [(0, "0"), (0.1, "0.02"), (60, "0.02"), (60.1, "0.04"), (300, "0.10")]
)
def test_each_minute_begun_is_paid(seconds: float, usd: str) -> None:
    assert cost_usd(seconds, Decimal("0.02")) == Decimal(usd)


def test_what_is_reserved_is_the_price_of_the_longest_call() -> None:
    assert RingLimits(usd_min=Decimal("0.03"), longest_s=90).reserved_usd == Decimal("0.06")


def test_a_code_is_six_digits_and_its_digest_is_of_its_number() -> None:
    assert all(len(code) == 6 and code.isdigit() for code in (new_code() for _ in range(50)))
    assert code_digest(b"s", THEIRS, "123456") != code_digest(b"s", OURS, "123456")
    assert code_digest(b"s", THEIRS, "123456") != code_digest(b"t", THEIRS, "123456")


def test_the_channel_of_a_call_is_named_for_it() -> None:
    ring = NewRing(new_ring_id(), THEIRS, "carrier", "menu", "key_1")
    replace(CALL, channel_uuid=ring.channel_uuid).command()


@pytest.mark.parametrize(
    ("said", "result", "words"),
    [
        (SwitchWord("NORMAL_CLEARING", 200, talked_s=3.5), "answered", "it was answered"),
        (SwitchWord("USER_BUSY", 486, "Busy Here"), "busy", "the telephone is busy (SIP 486 Busy Here)"),
        (SwitchWord("USER_BUSY"), "busy", "the telephone is busy"),
        (SwitchWord("NO_ANSWER", 487, "CANCEL"), "no_answer", "nobody answered within 45 seconds"),
        (SwitchWord("MANAGER_REQUEST", 487, ordered=True), "hung_up", "it was hung up before somebody answered"),
        (SwitchWord("CALL_REJECTED", 403, "IP not on list"), "refused", "(SIP 403 IP not on list)"),
        (SwitchWord("REDIRECTION_TO_NEW_DESTINATION", 302), "refused", "names another address to call"),
        (SwitchWord("CALL_REJECTED", 407), "refused", "user name and password (SIP 407)"),
        (SwitchWord("NORMAL_UNSPECIFIED", 499, "x\r\nVia: y"), "refused", "it was refused (SIP 499 "),
        (SwitchWord("NORMAL_TEMPORARY_FAILURE", 503), "unreachable", "the carrier is in trouble (SIP 503)"),
        (SwitchWord("GATEWAY_DOWN"), "unreachable", "the trunk is down"),
        (SwitchWord("INVALID_GATEWAY"), "unreachable", "the switch does not know this trunk yet"),
        (SwitchWord("SOMETHING_NEW"), "unreachable", "it could not be made (SOMETHING_NEW)"),
    ],
)
def test_an_end_is_told_in_words(said: SwitchWord, result: str, words: str) -> None:
    end = end_of(said)
    assert end.result == result
    assert words in end.reason
    assert end.reason.isprintable()
    assert worth_another(end) == (result == "unreachable")


IN_ONLY = Trunk("a-in", numbers=(E164("+14155550199"),))
OTHER = Trunk("zeta", hosts=(Host("z.example.com"),), numbers=(E164("+14155550155"),), caller_out="digits")


def out(*trunks: Trunk) -> list[OutTrunk]:
    return [OutTrunk(each, gateways_out(each)) for each in trunks]


@pytest.mark.parametrize(
    ("caller", "came_by", "trunk", "shown"),
    [
        (None, None, TRUNK, OURS),
        (None, "zeta", OTHER, "14155550155"),
        (OURS, "zeta", TRUNK, OURS),  # the number shown is its trunk's
        (THEIRS, "zeta", OTHER, "14155552671"),  # a caller's own
        (THEIRS, "a-in", TRUNK, THEIRS),  # a trunk without a host takes no calls out
    ],
)
def test_a_transfer_goes_over_the_trunk_of_the_number_shown_or_the_one_that_the_call_came_by(
    caller: E164 | None, came_by: str | None, trunk: Trunk, shown: str
) -> None:
    way = route(E164("+14155552672"), out(OTHER, IN_ONLY, TRUNK), (), caller=caller, came_by=came_by)
    assert way.gateways == tuple(each.name for each in gateways_of(trunk))
    assert way.caller == shown


@pytest.mark.parametrize(
    ("number", "words"),
    [(OURS, "would call itself"), ("+19005551234", "premium-rate"), ("+442079460123", "is in GB")],
)
def test_a_transfer_leads_to_no_number_of_ours_and_to_none_that_is_dear(number: str, words: str) -> None:
    with pytest.raises(DestinationRefused, match=words):
        route(E164(number), out(TRUNK, OTHER), ())


def test_a_transfer_without_a_trunk_that_calls_out_says_what_is_missing() -> None:
    with pytest.raises(NoWayOut, match="a-in has no host"):
        route(THEIRS, out(IN_ONLY), ())
    with pytest.raises(NoWayOut, match="there is no trunk"):
        route(THEIRS, (), ())
    assert route(E164("+442079460123"), out(TRUNK), ("GB",)).dialled == "+442079460123"
