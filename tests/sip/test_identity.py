"""The signature of the caller's number, as it comes over SIP, on both switches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from ivr.settings import split_host_port
from sipp_scenarios.target import Target
from tests.certificate_server import CertificateServer
from tests.helpers import wait_until
from tests.signed_calls import Carrier, CarrierAuthority
from tests.sip.conftest import whole_product
from tests.sip.phone import Phone
from tests.sip.test_verstat import CARRIER as BELIEVED
from tests.sip.test_verstat import DID, NODES, STRANGER, assign

_NUMBERS = iter(range(4_805_550_700, 4_805_550_799))


class Rig(NamedTuple):
    target: Target
    carrier: Carrier
    url: str

    def called(self, *, ip: str = STRANGER, more: dict[str, str] | None = None, **told: Any) -> dict[str, Any]:
        """The record of a call with a signature; `told` is what is signed instead, of `token=None` nothing."""
        number = f"+1{next(_NUMBERS)}"
        headers = dict(more or {})
        if told.get("token", "") is not None:
            signed = {"caller": number, "called": DID, "url": self.url} | told
            headers["Identity"] = self.carrier.token(**signed)
        with Phone(split_host_port(self.target.sip), ip=ip, number=number) as phone:
            assert phone.dial(DID, headers) == 200
            assert phone.far_side_hung_up.wait(40)
        found: list[dict[str, Any]] = []

        def has_ended() -> bool:
            record = self.target.find_call(number)
            found[:] = [record] if record and record["outcome"] else []
            return bool(found)

        wait_until(has_ended, 20, "the call record is there")
        return found[0]


@pytest.fixture(scope="module", params=["freeswitch", "devswitch"])
def rig(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    home = tmp_path_factory.mktemp("identity")
    directory = home / "certificates"
    directory.mkdir()
    authority = CarrierAuthority()
    carrier = Carrier(authority)
    server = CertificateServer(directory, carrier.pem, "localhost")
    (directory / "roots.pem").write_bytes(authority.pem)
    (directory / "web.pem").write_text(server.authority_pem)
    settings = {
        "DIGITREE_IDENTITY_ROOTS": str(directory / "roots.pem"),
        "DIGITREE_VERSTAT_TRUST": f"{BELIEVED}/32",
        "DIGITREE_OUTBOUND_PRIVATE": "true",
        "DIGITREE_ESL_PROCESSES": "1",
        "SSL_CERT_FILE": str(directory / "web.pem"),
    }
    with whole_product(home, settings, switch=request.param) as running:
        assign(running, DID, NODES)
        rig = Rig(running, carrier, server.url("/carrier.pem"))
        # The first call has the certificate fetched, which it does not wait for.
        rig.called()
        wait_until(lambda: rig.called()["verstat"] == "passed_a", 30, "the certificate is there")
        assert server.asked == ["/carrier.pem"]
        yield rig
    server.close()


@pytest.mark.parametrize(
    ("told", "verdict", "node"),
    [
        ({}, "passed_a", "known"),
        ({"claims": {"attest": "B"}}, "passed_b", "other"),
        ({"called": "+14155550182"}, "failed", "out"),
        ({"head": {"ppt": "rph"}, "parameters": ";ppt=rph"}, "not_verified", "other"),
        ({"token": None}, None, "other"),
    ],
)
def test_a_signature_is_judged(rig: Rig, told: dict[str, Any], verdict: str | None, node: str) -> None:
    record = rig.called(**told)
    assert (record["verstat"], record["path"][0]["value"]) == (verdict, verdict or "none")
    assert record["path"][-1]["node"] == node
    assert record["outcome"] == ("opted_out" if verdict == "failed" else "hung_up")


def test_the_first_of_the_kind_counts_among_several(rig: Rig) -> None:
    record = rig.called(parameters=f";ppt=shaken\r\nIdentity: ..AAAA;info=<{rig.url}>;ppt=rph")
    assert record["verstat"] == "passed_a"


def test_the_word_of_a_carrier_that_is_believed_stands_above_it(rig: Rig) -> None:
    told = {"X-Twilio-VerStat": "TN-Validation-Passed-C"}
    assert rig.called(ip=BELIEVED, more=told, called="+14155550182")["verstat"] == "passed_c"
    assert rig.called(ip=BELIEVED)["verstat"] == "passed_a"
