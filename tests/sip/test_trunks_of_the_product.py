"""A trunk that is made while everything runs takes effect without a restart of anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ivr.settings import split_host_port
from sipp_scenarios.target import Target
from tests.helpers import wait_until
from tests.sip.conftest import whole_product
from tests.sip.phone import Phone
from tests.sip.registrar import Registrar

DID, WAITING, UNASSIGNED = "+14155550171", "+14155550172", "+14155550173"
_NUMBERS = iter(range(4_805_550_710, 4_805_550_799))
WAITS = {"ask": {"audio": "hello.wav", "gather": {"1": "bye"}, "timeout_s": 60}, "bye": {"action": "hangup"}}


@pytest.fixture(scope="module", params=["freeswitch", "devswitch"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    settings = {"DIGITREE_SIP_ALLOW": "127.0.0.1/32"}
    with whole_product(tmp_path_factory.mktemp("trunks"), settings, switch=request.param) as running:
        menu = running.http.post("/ivr", json={"name": "m", "nodes": {"bye": {"action": "hangup"}}})
        running.http.post(f"/ivr/{menu.json()['id']}/assign", json={"did": DID}).raise_for_status()
        menu = running.http.post("/ivr", json={"name": "m", "nodes": WAITS}).raise_for_status()
        running.http.post(f"/ivr/{menu.json()['id']}/assign", json={"did": WAITING}).raise_for_status()
        yield running


def make(target: Target, name: str, **trunk: Any) -> None:
    target.http.post("/trunks", json={"name": name, **trunk}).raise_for_status()


def dialled(target: Target, ip: str, did: str = UNASSIGNED) -> int:
    """The status of a call from this address."""
    with Phone(split_host_port(target.sip), ip=ip) as caller:
        return caller.dial(did)


def state_of(target: Target, name: str) -> dict[str, Any]:
    answer: dict[str, Any] = target.http.get(f"/trunks/{name}/state").raise_for_status().json()
    return answer


def tried(target: Target, name: str) -> dict[str, Any]:
    answer: dict[str, Any] = target.http.post(f"/trunks/{name}/test").raise_for_status().json()
    return answer


def test_a_trunk_registers_when_it_is_made_and_ends_when_it_is_deleted(target: Target) -> None:
    with Registrar("account", "5up3r-s3cret") as registrar:
        make(
            target, "account", preset="registrar", registrar=f"127.0.0.1:{registrar.port}", username="account",
            password="5up3r-s3cret",
        )  # fmt: skip
        wait_until(lambda: registrar.contacts, 30, "the trunk is registered")
        wait_until(lambda: state_of(target, "account")["standing"] == "registered", 30, "its state says so")
        works = f"account is registered with 127.0.0.1:{registrar.port}"
        assert tried(target, "account") == {"works": True, "said": works}
        assert 'digitree_trunk_up{trunk="account"} 1.0' in target.http.get("/metrics").text
        target.http.delete("/trunks/account").raise_for_status()
        wait_until(lambda: not registrar.contacts, 40, "it is registered no more")
        assert registrar.wrong == 0


def test_the_networks_of_a_trunk_may_call_while_it_is_there(target: Target) -> None:
    carrier, stranger = "127.0.0.31", "127.0.0.32"
    assert dialled(target, carrier) == 403
    make(target, "carrier", allowed=[carrier])
    wait_until(lambda: dialled(target, carrier) == 404, 30, "the carrier may call")
    assert dialled(target, stranger) == 403
    target.http.patch("/trunks/carrier", json={"allowed": [stranger]}).raise_for_status()
    wait_until(lambda: dialled(target, stranger) == 404, 30, "the other address may call")
    assert dialled(target, carrier) == 403
    target.http.delete("/trunks/carrier").raise_for_status()
    wait_until(lambda: dialled(target, stranger) == 403, 30, "nobody but ourselves may call")
    assert dialled(target, "127.0.0.1") == 404


def called(target: Target, ip: str, number: str, user: str, to: str = "", **headers: str) -> None:
    """Returns when the menu has hung up."""
    with Phone(split_host_port(target.sip), ip=ip, number=number) as caller:
        assert caller.dial(user, headers, to=to) == 200
        assert caller.far_side_hung_up.wait(40)


def record_of(target: Target, ani: str) -> dict[str, Any]:
    wait_until(lambda: target.find_call(ani), 20, "the call record is there")
    return target.find_call(ani) or {}


def wait_for(target: Target, ip: str, trunk: str) -> None:
    """Returns when calls from this address come by this trunk: the switch is told first, then the call server."""
    wait_until(lambda: dialled(target, ip) == 404, 30, "the carrier may call")

    def is_known() -> bool:
        number = f"+1{next(_NUMBERS)}"
        called(target, ip, number, DID)
        return bool(record_of(target, number)["trunk"] == trunk)

    wait_until(is_known, 30, "its calls come by the trunk")


def test_a_call_knows_its_trunk_which_says_what_its_numbers_mean_and_whom_to_believe(target: Target) -> None:
    carrier, raw = "127.0.0.33", "03012345678"
    make(
        target, "german", allowed=[carrier], country="DE", caller_in="national", dialled_in="to", trust_identity=True,
        trust_verstat=True,
    )  # fmt: skip
    wait_for(target, carrier, "german")
    called(target, carrier, raw, DID)
    record = record_of(target, "+493012345678")
    assert (record["trunk"], record["ani_raw"], record["verstat"]) == ("german", raw, None)
    # The account that the carrier knows us by stands in the request.
    asserted = "<sip:+14155550123@carrier.example;verstat=TN-Validation-Passed-A>"
    called(target, carrier, raw, "account", to=DID, **{"P-Asserted-Identity": asserted})
    record = record_of(target, "+14155550123")
    assert (record["trunk"], record["did"], record["verstat"]) == ("german", DID, "passed_a")


def test_calls_beyond_the_limits_of_a_trunk_get_503_and_come_to_no_menu(
    target: Target, request: pytest.FixtureRequest
) -> None:
    if "devswitch" in request.node.callspec.id:
        pytest.skip("the development switch counts no calls of a trunk")
    carrier, sip = "127.0.0.34", split_host_port(target.sip)
    make(target, "small", allowed=[carrier], calls_at_once=1)
    wait_for(target, carrier, "small")
    with Phone(sip, ip=carrier, number="+14805550701") as first:
        assert first.dial(WAITING) == 200
        with Phone(sip, ip=carrier, number="+14805550702") as second:
            assert second.dial(WAITING) == 503
        with Phone(sip, ip="127.0.0.1", number="+14805550703") as other:
            assert other.dial(WAITING) == 200
            other.hang_up()
        first.hang_up()
    wait_until(lambda: dialled(target, carrier) == 404, 20, "there is room again")
    record = record_of(target, "+14805550702")
    assert (record["outcome"], record["trunk"], record["path"]) == ("over_capacity", "small", [])
    assert (record_of(target, "+14805550701")["trunk"], record_of(target, "+14805550703")["trunk"]) == ("small", None)

    limits = {"calls_at_once": None, "per_caller_per_s": 0.01}
    target.http.patch("/trunks/small", json=limits).raise_for_status()
    with Phone(sip, ip=carrier, number="+14805550704") as again:
        # The first within a window is taken, and the limit may be known a moment later.
        wait_until(lambda: again.dial(UNASSIGNED) == 503, 20, "one caller calls too often")
    with Phone(sip, ip=carrier, number="+14805550705") as other:
        assert other.dial(UNASSIGNED) == 404


def test_a_trunk_that_requires_encryption_is_refused_in_clear(target: Target) -> None:
    carrier = "127.0.0.35"
    make(target, "secret", allowed=[carrier], transport="tls", srtp="required")
    wait_until(lambda: dialled(target, carrier) == 488, 30, "clear sound is refused")
    target.http.patch("/trunks/secret", json={"srtp": "optional"}).raise_for_status()
    wait_until(lambda: dialled(target, carrier) == 404, 30, "clear sound is taken")


def test_what_is_wrong_with_a_trunk_is_said_in_words(target: Target) -> None:
    with Registrar("account", "right") as registrar:
        where = f"127.0.0.1:{registrar.port}"
        make(target, "voip", preset="voipms", registrar=where, username="account", password="wrong")
        wait_until(lambda: state_of(target, "voip")["last_refusal"], 40, "it is refused")
        refusal = state_of(target, "voip")["last_refusal"]
        why = "the sub account's user name or password is wrong, or it is registered with another server"
        assert (refusal["status"], refusal["reason"]) == (403, f"voip refused with 403: {why}")
        trial = tried(target, "voip")
        assert (trial["works"], trial["said"]) == (False, refusal["reason"])
        make(target, "pbx", preset="asterisk", hosts=[where])
        assert tried(target, "pbx") == {"works": True, "said": f"{where} answers"}
    dead = "127.0.0.1:1"
    make(target, "dead", preset="asterisk", hosts=[dead])
    assert tried(target, "dead")["said"].startswith("dead does not answer: look at the host")
    make(target, "twilio", preset="twilio")
    assert tried(target, "twilio") == {"works": None, "said": "twilio has no host to ask: call one of its numbers"}
    wait_until(lambda: state_of(target, "twilio")["standing"] == "incoming", 20, "it takes calls")
    for name in ("voip", "pbx", "dead", "twilio"):
        target.http.delete(f"/trunks/{name}").raise_for_status()
