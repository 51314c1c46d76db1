"""/telephones and /telephone-calls: what is rung, what is refused, and how it is told."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from admin.http.services import Services
from admin.telephones import service as telephones
from admin.telephones.service import TelephoneDesk
from admin.wiring import Stores
from ivr.clients.ringing import CallLost, NoCallsOut
from ivr.clients.switch import SwitchUnavailable
from ivr.domain.call_records import CallRecord, Outcome, utc_now
from ivr.domain.numbers import E164
from ivr.domain.telephones import model
from ivr.domain.telephones.dial_string import Dialled
from ivr.domain.telephones.endings import SwitchWord
from ivr.settings import Settings
from ivr.storage.disk.prompt_files import PromptFiles, write_wav
from tests.admin.conftest import Api, SilentSpeech
from tests.admin.ringing import NoSwitch, put_in

THEIRS, OURS = "+14155552671", "+14155550100"
CODE = "493011"
# A digit of the tests is 100 ms of one sample.
DIGITS = range(30_001, 30_011)
TRUNK: dict[str, Any] = {"name": "carrier", "hosts": ["a.example.com", "b.example.com"], "numbers": [OURS]}


@pytest.fixture(autouse=True)
def switch(services: Services, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> NoSwitch:
    monkeypatch.setattr(telephones, "new_code", lambda: CODE)
    for digit, sample in enumerate(DIGITS):
        write_wav(settings.prompts / "system" / f"{digit}.wav", struct.pack("<h", sample) * (800 + 100 * digit))
    made = NoSwitch()
    put_in(services, made)
    return made


@pytest.fixture
def trunk(api: Api) -> None:
    assert api("POST", "/trunks", TRUNK).status_code == 201


@pytest.fixture
def verified(api: Api, trunk: None) -> str:
    assert api("POST", "/telephones", {"number": THEIRS, "trunk": "carrier"}).status_code == 201
    answer = api("POST", f"/telephones/{THEIRS}/verify", {"code": CODE})
    assert answer.status_code == 200, answer.text
    return THEIRS


def order(menu: str, **more: Any) -> dict[str, Any]:
    return {"ring": THEIRS, "trunk": "carrier", "ivr_id": menu, **more}


def pointers(answer: Any) -> list[str]:
    return [each["pointer"] for each in answer.json["errors"]]


@pytest.mark.usefixtures("trunk")
def test_a_telephone_is_verified_by_the_code_that_its_call_says(
    api: Api, stores: Stores, switch: NoSwitch, settings: Settings
) -> None:
    made = api("POST", "/telephones", {"number": "(415) 555-2671", "trunk": "carrier"})
    assert made.status_code == 201, made.text
    telephone, call = made.json["telephone"], made.json["call"]
    assert (telephone["number"], telephone["verified_at"]) == (THEIRS, None)
    assert (call["purpose"], call["state"], call["usd"]) == ("code", "dialling", 0.1)
    assert CODE not in made.text

    (dialled,) = switch.dialled
    assert (dialled.number, dialled.caller, dialled.telephone) == (THEIRS, OURS, THEIRS)
    assert dialled.longest_s == 300
    assert api("GET", "/telephones").json == {"items": [telephone], "next_cursor": None}

    wrong = api("POST", f"/telephones/{THEIRS}/verify", {"code": "000000"})
    assert (wrong.status_code, wrong.json["code"], wrong.json["tries_left"]) == (422, "wrong_code", 4)
    assert pointers(wrong) == ["/code"]
    right = api("POST", f"/telephones/{THEIRS}/verify", {"code": CODE})
    assert right.json["verified_at"] is not None
    assert (telephone["verified_over"], right.json["verified_over"]) == ([], ["carrier"])
    assert api("GET", "/telephones").json["items"] == [right.json]
    for again, at in (
        (api("POST", f"/telephones/{THEIRS}/verify", {"code": CODE}), "/path/telephone"),
        (api("POST", f"/telephones/{THEIRS}/code", {"trunk": "carrier"}), "/path/telephone"),
        (api("POST", "/telephones", {"number": THEIRS, "trunk": "carrier"}), "/number"),
    ):
        assert (again.status_code, again.json["code"], pointers(again)) == (409, "telephone_verified", [at])
    audit = [each.action for each in stores.postgres.audit.list(limit=5).items]
    assert audit[:3] == ["telephone.verify", "telephone.ring", "telephone.add"]
    assert api("DELETE", f"/telephones/{THEIRS}").status_code == 204
    assert api("DELETE", f"/telephones/{THEIRS}").json["code"] == "telephone_not_found"


@pytest.mark.usefixtures("trunk")
def test_nothing_but_the_telephone_tells_the_code(
    api: Api, switch: NoSwitch, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, str, int]] = []

    def answered(call: Dialled, told: Callable[[str], object]) -> SwitchWord:
        (path,) = settings.prompts.glob("once-*.wav")
        samples = PromptFiles(settings.prompts).read(path.name) or b""
        values = struct.unpack(f"<{len(samples) // 2}h", samples)
        said = (value for before, value in pairwise((0, *values)) if value != before and value in DIGITS)
        heard.append((path.name, "".join(str(value - DIGITS[0]) for value in said), len(samples)))
        assert api("GET", f"/prompts/{path.name}").status_code == 422
        return SwitchWord("NORMAL_CLEARING", 200, "OK", 30.0, "call_1")

    monkeypatch.setattr(switch, "ring", answered)
    for code in ("111111", "909090", "909090"):
        monkeypatch.setattr(telephones, "new_code", lambda code=code: code)
        api("POST", "/telephones", {"number": THEIRS, "trunk": "carrier"})
        assert [*settings.prompts.glob("once-*")] == [], "it goes with its call"
        assert heard[-1][1] == 2 * code
    names, _, lengths = zip(*heard, strict=True)
    assert len({*names}) == 3
    assert len({*lengths}) == 1, "the length tells no digit"


@pytest.mark.usefixtures("trunk")
def test_the_sound_of_a_code_goes_when_its_call_is_not_made(
    api: Api, services: Services, switch: NoSwitch, settings: Settings
) -> None:
    put_in(services, switch, replace(services.get(TelephoneDesk).limits, calls_day=0))
    assert api("POST", "/telephones", {"number": THEIRS, "trunk": "carrier"}).json["code"] == "ring_limit"
    assert [*settings.prompts.glob("once-*")] == []


@pytest.mark.usefixtures("trunk")
def test_another_code_makes_the_one_before_void(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    api("POST", "/telephones", {"number": THEIRS, "trunk": "carrier"})
    monkeypatch.setattr(telephones, "new_code", lambda: "111111")
    again = api("POST", f"/telephones/{THEIRS}/code", {"trunk": "carrier"})
    assert (again.status_code, again.json["purpose"]) == (201, "code")
    assert api("POST", f"/telephones/{THEIRS}/verify", {"code": CODE}).json["code"] == "wrong_code"
    assert api("POST", f"/telephones/{THEIRS}/verify", {"code": "111111"}).status_code == 200
    assert api("POST", f"/telephones/{THEIRS}/code", {"trunk": "carrier"}).json["code"] == "telephone_verified"
    assert api("POST", "/telephones/+14155552672/code", {"trunk": "carrier"}).status_code == 404


@pytest.mark.usefixtures("trunk")
def test_a_code_that_cannot_be_spoken_is_not_called(
    api: Api, switch: NoSwitch, silent_speech: SilentSpeech
) -> None:
    silent_speech.away = True
    refused = api("POST", "/telephones", {"number": THEIRS, "trunk": "carrier"})
    assert (refused.status_code, refused.json["code"]) == (503, "tts_unavailable")
    assert switch.dialled == []


def test_a_verified_telephone_hears_a_menu_and_the_call_is_told(
    api: Api, stores: Stores, switch: NoSwitch, verified: str
) -> None:
    menu = api.create()
    switch.told = ("ringing", "answered")
    switch.ends = [SwitchWord("NORMAL_CLEARING", 200, "OK", 61.0, "call_1")]
    made = api("POST", "/telephone-calls", order(menu))
    assert made.status_code == 201, made.text
    assert made.headers["Location"] == f"/telephone-calls/{made.json['id']}"
    assert (made.json["ivr_id"], made.json["version"], made.json["usd"]) == (menu, 1, 0.1)
    ticket = switch.dialled[-1].ticket
    assert stores.cache._redis.get(f"digitree:did:{ticket}") is None  # nobody can use it again

    over = api("GET", made.headers["Location"]).json
    assert (over["state"], over["result"], over["usd"]) == ("ended", "answered", 0.04)
    assert over["record"] is None
    stores.postgres.calls.ended(
        CallRecord(
            "call_1", "u", None, "test", E164(THEIRS), THEIRS, utc_now(),
            ended_at=utc_now(), duration_ms=61_000, outcome=Outcome.CALLER_HUNG_UP, test=True,
        )
    )  # fmt: skip
    record = api("GET", made.headers["Location"]).json["record"]
    assert (record["id"], record["ani"], record["test"]) == ("call_1", THEIRS, True)
    assert api("GET", "/usage").json["items"] == []


def test_a_draft_is_heard_too(api: Api, switch: NoSwitch, verified: str) -> None:
    draft = {"name": "x", "nodes": {"bye": {"action": "hangup"}}}
    made = api("POST", "/telephone-calls", {"ring": THEIRS, "trunk": "carrier", "draft": draft})
    assert (made.status_code, made.json["ivr_id"], made.json["version"]) == (201, None, None)
    broken = {"ring": THEIRS, "trunk": "carrier", "draft": {"name": "x", "nodes": {}}}
    refused = api("POST", "/telephone-calls", broken)
    assert refused.status_code == 422
    assert all(each.startswith("/draft") for each in pointers(refused))


def test_another_host_of_the_trunk_is_tried_when_one_is_away_and_not_when_the_telephone_is_busy(
    api: Api, switch: NoSwitch, verified: str
) -> None:
    menu = api.create()
    switch.dialled.clear()
    switch.ends = [SwitchWord("GATEWAY_DOWN"), SwitchWord("USER_BUSY", 486, "Busy Here")]
    over = api("GET", f"/telephone-calls/{api('POST', '/telephone-calls', order(menu)).json['id']}").json
    first, second = (each.gateway.split(".")[:2] for each in switch.dialled)
    assert (first, second) == (["carrier", "0"], ["carrier", "1"])
    assert (over["result"], over["sip_status"], over["usd"]) == ("busy", 486, 0)
    assert over["reason"] == "the telephone is busy (SIP 486 Busy Here)"


def test_a_trunk_that_the_switch_does_not_know_yet_is_waited_for(
    api: Api, switch: NoSwitch, verified: str
) -> None:
    switch.dialled.clear()
    switch.ends = [SwitchWord("INVALID_GATEWAY"), SwitchWord("INVALID_GATEWAY"), SwitchWord("USER_BUSY", 486)]
    over = api(
        "GET", f"/telephone-calls/{api('POST', '/telephone-calls', order(api.create())).json['id']}"
    ).json
    assert (over["result"], len({each.gateway for each in switch.dialled})) == ("busy", 1)


@pytest.mark.parametrize(
    ("error", "usd", "words"),
    [
        (SwitchUnavailable("refused"), 0, "the switch's event socket cannot be reached"),
        (NoCallsOut("-ERR command not found"), 0, "it takes FreeSWITCH"),
        (CallLost("gone"), 0.1, "how the call ended is not known"),
    ],
)
def test_a_switch_that_is_lost_is_told_and_a_call_that_may_go_on_counts_in_full(
    api: Api, switch: NoSwitch, verified: str, error: Exception, usd: float, words: str
) -> None:
    switch.ends = [error]
    over = api(
        "GET", f"/telephone-calls/{api('POST', '/telephone-calls', order(api.create())).json['id']}"
    ).json
    assert (over["state"], over["result"], over["usd"]) == ("ended", "unreachable", usd)
    assert words in over["reason"]


def test_a_call_is_hung_up_on_the_switch(
    api: Api, services: Services, stores: Stores, switch: NoSwitch, verified: str
) -> None:
    put_in(services, switch, later=True)
    made = api("POST", "/telephone-calls", order(api.create())).json["id"]
    assert api("DELETE", f"/telephone-calls/{made}").status_code == 204
    assert [each.replace("-", "") for each in switch.hung_up] == [made.removeprefix("ring_")]
    assert stores.postgres.audit.list(limit=1).items[0].action == "telephone.hangup"
    stores.postgres.telephones.end(
        made, model.RingEnd("hung_up", "it was hung up before somebody answered"), model.RingLimits()
    )
    assert api("DELETE", f"/telephone-calls/{made}").status_code == 204
    assert len(switch.hung_up) == 1
    for unknown in ("ring_" + "0" * 32, "nothing"):
        assert api("GET", f"/telephone-calls/{unknown}").json["code"] == "telephone_call_not_found"


@pytest.mark.usefixtures("trunk")
@pytest.mark.parametrize(
    "number",
    ["+19005551234", "+18765551234", "+881631234567", "+442079460123", "+18005551234", OURS, "900 555 1234"],
)
def test_numbers_that_pay_whoever_is_called_are_never_dialled(api: Api, switch: NoSwitch, number: str) -> None:
    refused = api("POST", "/telephones", {"number": number, "trunk": "carrier"})
    assert (refused.status_code, refused.json["code"]) == (422, "destination_refused")
    assert pointers(refused) == ["/number"]
    menu = api.create()
    for ring in (refused, api("POST", "/telephone-calls", order(menu, ring=number))):
        assert ring.json["code"] == "destination_refused"
    assert pointers(ring) == ["/ring"]
    assert (switch.dialled, api("GET", "/telephones").json["items"]) == ([], [])


def test_a_number_that_leads_to_a_menu_here_is_never_dialled(api: Api, switch: NoSwitch, verified: str) -> None:
    menu = api.create()
    switch.dialled.clear()
    assert api("POST", f"/ivr/{menu}/assign", {"did": THEIRS}).status_code == 200
    for refused, at in (
        (api("POST", "/telephone-calls", order(menu)), "/ring"),
        (api("POST", "/telephones", {"number": THEIRS, "trunk": "carrier"}), "/number"),
    ):
        assert (refused.status_code, refused.json["code"], pointers(refused)) == (422, "destination_refused", [at])
        assert "leads to a menu" in refused.json["detail"]
    assert switch.dialled == []


@pytest.mark.usefixtures("verified")
@pytest.mark.parametrize(
    "spelled",
    ["+1 (415) 555-2671", "4155552671", "tel:+1-415-555-2671", "sip:+14155552671@evil.example", "\uff0b14155552671"],
)
def test_a_number_spelled_otherwise_is_the_same_telephone(api: Api, switch: NoSwitch, spelled: str) -> None:
    made = api("POST", "/telephone-calls", order(api.create(), ring=spelled))
    assert (made.status_code, made.json["telephone"]) == (201, THEIRS)
    assert switch.dialled[-1].number == THEIRS


@pytest.mark.usefixtures("verified")
@pytest.mark.parametrize(
    "ring",
    [
        *(f"{THEIRS}{sign}" for sign in (",2", "|sofia/internal/x", "^", "{a=b}", "[a=b]", "<x>", ":_:", "\r\nX: y")),
        *("{origination_caller_id_number=1}" + THEIRS, "sofia/gateway/x/" + THEIRS),
        *(THEIRS + " &park", THEIRS + "%0d"),
        *("+14155552671;npdi@evil.example:5060,+19005551234", "sip:x@evil.example", "loopback/1", "\u0000" + THEIRS),
    ],
)
def test_no_text_of_a_dial_string_is_a_number(api: Api, switch: NoSwitch, ring: str) -> None:
    switch.dialled.clear()
    refused = api("POST", "/telephone-calls", order(api.create(), ring=ring))
    assert refused.status_code in (400, 422), refused.text
    assert all(each in ("/ring", "") for each in pointers(refused))
    assert switch.dialled == []


@pytest.mark.usefixtures("verified")
@pytest.mark.parametrize(
    "name", ["other", "carrier.0.abc", "carrier,x", "carrier/../x", "{a=b}carrier", "carrier\n", ""]
)
def test_a_trunk_is_one_that_is_there(api: Api, switch: NoSwitch, name: str) -> None:
    switch.dialled.clear()
    refused = api("POST", "/telephone-calls", order(api.create(), trunk=name))
    assert (refused.status_code, pointers(refused), switch.dialled) == (422, ["/trunk"], [])


@pytest.mark.usefixtures("verified")
def test_what_a_trunk_lacks_is_said(api: Api) -> None:
    for change, words in (
        ({"numbers": []}, "no number to call from"),
        ({"hosts": [], "allowed": ["192.0.2.1"]}, "no host for calls out"),
    ):
        changed = api("PATCH", "/trunks/carrier", change)
        assert changed.status_code == 200, changed.text
        refused = api("POST", "/telephone-calls", order(api.create()))
        assert (refused.status_code, refused.json["code"], pointers(refused)) == (422, "no_way_out", ["/trunk"])
        assert words in refused.json["detail"]
        api("PATCH", "/trunks/carrier", {"numbers": [OURS]})


@pytest.mark.usefixtures("trunk")
def test_only_a_verified_telephone_is_rung(api: Api, switch: NoSwitch) -> None:
    menu = api.create()
    for _ in range(2):
        refused = api("POST", "/telephone-calls", order(menu))
        assert (refused.status_code, refused.json["code"]) == (409, "telephone_not_verified")
        assert pointers(refused) == ["/ring"]
        api("POST", "/telephones", {"number": THEIRS, "trunk": "carrier"})
    assert {each.telephone for each in switch.dialled} == {THEIRS}
    assert len(switch.dialled) == 2  # with its codes


def test_a_telephone_is_verified_over_each_trunk_and_anew_when_its_hosts_are_others(
    api: Api, switch: NoSwitch, verified: str
) -> None:
    menu = api.create()
    assert api("POST", "/trunks", {**TRUNK, "name": "other", "numbers": ["+14155550101"]}).status_code == 201
    switch.dialled.clear()

    def rung(trunk: str) -> tuple[int, list[str]]:
        answer = api("POST", "/telephone-calls", order(menu, trunk=trunk))
        return answer.status_code, pointers(answer) if answer.status_code >= 400 else []

    assert rung("other") == (409, ["/ring"])
    assert switch.dialled == []
    assert api("POST", f"/telephones/{THEIRS}/code", {"trunk": "other"}).status_code == 201
    assert api("POST", f"/telephones/{THEIRS}/verify", {"code": CODE}).json["verified_over"] == ["carrier", "other"]
    assert (rung("other")[0], rung("carrier")[0]) == (201, 201)
    for change in (
        {"hosts": ["evil.example.com", "b.example.com"]},
        {"hosts": ["a.example.com:5070", "b.example.com"]},
        {"kind": "registration", "registrar": "evil.example.com", "username": "u", "password": "p"},
    ):
        assert api("PATCH", "/trunks/carrier", change).status_code == 200
        assert rung("carrier") == (409, ["/ring"])
        assert api("GET", "/telephones").json["items"][0]["verified_over"] == ["other"]
    assert rung("other")[0] == 201
    back = {"kind": "address", "hosts": TRUNK["hosts"], "caller_out": "digits", "dtmf": "info"}
    assert api("PATCH", "/trunks/carrier", back).status_code == 200
    assert rung("carrier")[0] == 201


@pytest.mark.usefixtures("verified")
def test_requests_at_once_do_not_pass_the_limit_of_a_day(
    api: Api, services: Services, switch: NoSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = replace(services.get(TelephoneDesk).limits, usd_min=Decimal("0.10"), usd_day=Decimal("1.60"))
    put_in(services, switch, limits, later=True)
    monkeypatch.setattr(model, "MAX_AT_ONCE", 100)
    menu = api.create()

    def ring(_: int) -> Any:
        return Api(api.client.application.test_client(), api.key)("POST", "/telephone-calls", order(menu))

    with ThreadPoolExecutor(4) as pool:
        answers: Sequence[Any] = [*pool.map(ring, range(10))]
    # The call with the code was busy and cost nothing; each of these may cost $0.50.
    assert sorted(each.status_code for each in answers) == [201] * 3 + [429] * 7
    refused = next(each for each in answers if each.status_code == 429)
    assert refused.json["code"] == "ring_limit"
    assert re.fullmatch(
        r"this call may cost \$0\.50, and \$0\.10 of the \$1\.60 for 24 hours are left", refused.json["detail"]
    )
    assert int(refused.headers["Retry-After"]) > 80_000


def test_another_process_and_another_start_count_the_same_calls(
    api: Api, services: Services, stores: Stores, switch: NoSwitch, verified: str, home: Path
) -> None:
    limits = replace(services.get(TelephoneDesk).limits, calls_day=2)
    put_in(services, switch, limits)
    menu = api.create()
    assert api("POST", "/telephone-calls", order(menu)).status_code == 201
    refused = api("POST", "/telephone-calls", order(menu))
    assert (refused.status_code, refused.json["code"]) == (429, "ring_limit")
    with stores.postgres.database.transaction() as connection:
        counted = connection.execute("select count(*) as n from telephone_call").fetchone()
    assert counted == {"n": 2}
