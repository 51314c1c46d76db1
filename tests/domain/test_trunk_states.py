"""How a trunk stands, from what the switch tells of its gateways, and refusals in words."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from ivr.domain.tls_verdicts import Verdict
from ivr.domain.trunks.carriers import PRESETS
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Registration, Trunk
from ivr.domain.trunks.refusals import _BY_PRESET, refused, untrusted
from ivr.domain.trunks.state import (
    GatewayNews,
    GatewayStatus,
    Refusal,
    Standing,
    TrunkState,
    TrunkStates,
    parse_state,
    standing_of,
)


def registrar(state: str, name: str = "voip.registrar.1") -> GatewayStatus:
    return GatewayStatus(name, state, is_up=True, was_asked=True)


def host(*, is_up: bool, was_asked: bool = True) -> GatewayStatus:
    return GatewayStatus("voip.0.1", "NOREG", is_up, was_asked)


@pytest.mark.parametrize(
    ("gateways", "standing"),
    [
        ([], "incoming"),
        ([registrar("REGED")], "registered"),
        ([registrar("FAIL_WAIT")], "refused"),
        ([registrar("TRYING")], "trying"),
        ([registrar("SOMETHING_NEW")], "unknown"),
        ([host(is_up=False), registrar("REGED")], "registered"),
        ([host(is_up=True)], "answers"),
        ([host(is_up=True, was_asked=False)], "trying"),
        ([host(is_up=False)], "silent"),
        ([host(is_up=False), host(is_up=True)], "answers"),
    ],
)
def test_a_trunk_stands_as_its_gateways_do(gateways: list[GatewayStatus], standing: Standing) -> None:
    assert standing_of(gateways) == standing


def test_a_standing_has_its_beginning_and_a_refusal_stays_known() -> None:
    states = TrunkStates()
    states.look(["voip", "other"], [registrar("TRYING")], 10.0)
    states.hear(GatewayNews("voip.registrar.1", 403, "Forbidden"), 11.0)
    states.look(["voip", "other"], [registrar("FAIL_WAIT")], 12.0)
    states.look(["voip", "other"], [registrar("FAIL_WAIT")], 20.0)
    assert states.known["voip"] == TrunkState("refused", 12.0, Refusal(403, "Forbidden", 11.0))
    assert states.known["other"] == TrunkState("incoming", 10.0)
    states.look(["voip"], [registrar("REGED")], 30.0)
    states.hear(GatewayNews("voip.registrar.1", 200, "OK"), 31.0)
    assert states.known == {"voip": TrunkState("registered", 30.0, Refusal(403, "Forbidden", 11.0))}
    states.lose(40.0)
    assert states.known["voip"].standing == "unknown"
    states.hear(GatewayNews("stranger.0.1", 403, ""), 41.0)
    assert [*states.known] == ["voip"]


def test_a_state_is_read_as_it_was_written() -> None:
    for state in (TrunkState(), TrunkState("refused", 1.0, Refusal(403, "no", 2.0))):
        assert parse_state(state.to_json()) == state
    with pytest.raises(ValueError, match="standing"):
        parse_state({"standing": "asleep", "since": None, "refusal": None})


ACCOUNT = Trunk("voip", registration=Registration(Host("sip.example"), 300))


@pytest.mark.parametrize(
    ("trunk", "status", "sentence"),
    [
        (
            Trunk("Telnyx", preset="telnyx"), 403,
            "Telnyx refused with 403: the address is not on the connection's list",
        ),
        (ACCOUNT, 401, "voip refused with 401: the user name or the password is wrong"),
        (Trunk("pbx"), 403, "pbx refused with 403: this installation's address is not among those that it accepts"),
        (
            ACCOUNT, 408,
            "voip does not answer: look at the host, its port, the transport, and firewalls between",
        ),
        (ACCOUNT, 302, "voip refused with 302: it sends us to another host"),
        (ACCOUNT, 599, "voip refused with 599: it has an error of its own"),
        (ACCOUNT, 499, "voip refused with 499: it does not say more"),
    ],
)  # fmt: skip
def test_a_refusal_is_told_in_words(trunk: Trunk, status: int, sentence: str) -> None:
    assert refused(trunk, status) == sentence


def test_what_carriers_mean_is_said_of_presets_that_there_are() -> None:
    assert {preset for preset, _ in _BY_PRESET} <= PRESETS.keys()


@pytest.mark.parametrize(
    ("told", "status"), [("200", 200), ("403", 403), ("904", 401), ("", None), ("-1", None), ("٤", None)]
)
def test_what_the_switch_tells_is_read_as_what_was_replied(told: str, status: int | None) -> None:
    assert GatewayNews.of_switch("carrier.registrar.0", told, "words").status == status


def test_every_fault_of_a_certificate_has_a_sentence_of_its_own() -> None:
    said = {untrusted(Host("sip.example"), verdict) for verdict in get_args(Verdict)}
    assert len(said) == len(get_args(Verdict))
    assert all(each.startswith("sip.example is sent nothing: it") for each in said)


def test_a_certificate_that_is_not_accepted_is_why_a_registration_is_not_there() -> None:
    states = TrunkStates()
    states.look(["voip"], [registrar("TRYING")], 10.0)
    states.distrust("voip", Host("sip.example"), "expired", 11.0)
    states.hear(GatewayNews("voip.registrar.1", 503, "Service Unavailable"), 12.0)
    states.look(["voip"], [registrar("TRYING")], 13.0)
    known = states.known["voip"]
    assert known == TrunkState("refused", 13.0, Refusal(503, "", 11.0, "sip.example", "expired"))
    assert parse_state(json.loads(json.dumps(known.to_json()))) == known
    # A word of the carrier counts, and what was found long ago does not.
    states.hear(GatewayNews("voip.registrar.1", 403, "Forbidden"), 14.0)
    assert states.known["voip"].refusal == Refusal(403, "Forbidden", 14.0)
    states.distrust("voip", Host("sip.example"), "expired", 15.0)
    states.hear(GatewayNews("voip.registrar.1", 503, "Away"), 200.0)
    assert states.known["voip"].refusal == Refusal(503, "Away", 200.0)
    states.look(["voip"], [registrar("REGED")], 210.0)
    states.distrust("voip", Host("sip.example"), "expired", 211.0)
    assert states.known["voip"].refusal == Refusal(503, "Away", 200.0)
    states.distrust("gone", Host("sip.example"), "expired", 211.0)
    assert "gone" not in states.known
