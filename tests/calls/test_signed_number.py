"""The signature of a caller's number is checked while the call goes on, and is no reason to refuse it anything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from esl_server.services.identities import IdentityChecks
from ivr.clients.certificates import Certificates
from ivr.domain.identity import IdentityRefused
from ivr.domain.identity_chain import Chain, Roots, read_chain
from tests.calls.test_messages import path, publish, record
from tests.calls.test_verstat import CALLER, MENU, call
from tests.rig import DID, Rig
from tests.signed_calls import Carrier, CarrierAuthority

ROOT = CarrierAuthority()
CARRIER = Carrier(ROOT)


class At(Certificates):
    """A server of certificates that has this one, or none."""

    def __init__(self, pem: bytes | None) -> None:
        super().__init__()
        self._pem = pem

    def _fetch(self, url: str) -> tuple[Chain, int]:
        if self._pem is None:
            raise IdentityRefused("no_certificate")
        return read_chain(self._pem), 3600


@pytest.fixture
def checking(rig: Rig) -> Rig:
    served(rig, CARRIER.pem)
    publish(rig, MENU)
    return rig


def served(rig: Rig, pem: bytes | None) -> None:
    checks = IdentityChecks(Roots(ROOT.pem), At(pem))
    rig.server._services = replace(rig.server._services, identities=checks)


def signed(called: str = DID) -> dict[str, str]:
    return {"sip_identity": CARRIER.token(CALLER, called)}


def test_the_first_call_is_not_held_up_and_has_the_verdict_when_it_is_there(checking: Rig) -> None:
    result = call(checking, "1", signed())
    assert path(checking)[0] == ("who", "switch", "none")
    assert record(checking)["verstat"] == "passed_a"
    assert result.agent is not None
    assert result.agent.headers["X-IVR-Verstat"] == "passed_a"


def test_the_next_one_has_it_from_the_beginning(checking: Rig) -> None:
    call(checking, "1", signed())
    call(checking, "1", signed())
    assert [each["path"][0]["value"] for each in checking.records.of("call_ended")] == ["none", "passed_a"]


@pytest.mark.parametrize(
    ("pem", "called", "verdict"),
    [(CARRIER.pem, DID, "passed_a"), (CARRIER.pem, "+14155550999", "failed"), (Carrier(ROOT).pem, DID, "failed"),
     (b"garbage", DID, "failed"), (None, DID, "not_verified")],
)  # fmt: skip
def test_whatever_it_says_the_caller_is_opted_out_and_the_proof_has_it(
    checking: Rig, pem: bytes | None, called: str, verdict: str
) -> None:
    served(checking, pem)
    call(checking, "9", signed(called))
    (opt_out,) = checking.records.of("opt_out")
    assert (opt_out.number, opt_out.verstat) == (CALLER, verdict)
    assert (record(checking)["outcome"], record(checking)["verstat"]) == ("opted_out", verdict)


def test_a_caller_without_a_number_has_no_verdict(checking: Rig) -> None:
    call(checking, "9", signed(), ani="anonymous")
    assert record(checking)["verstat"] is None
