"""/trunks: what is answered, what is refused, and that no password comes back or lies about in clear."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from admin.trunks.service import TrunkDesk
from admin.wiring import Stores, make_services
from ivr.domain.call_records import Outcome
from ivr.domain.trunks.carriers import PRESETS
from ivr.domain.trunks.model import EXPIRY_S
from ivr.domain.trunks.state import Refusal, TrunkState
from ivr.secrets import Sealer, read_or_make_secret
from ivr.settings import Settings
from ivr.storage.disk.trunk_states import trunk_states_path, write_states
from tests.admin.conftest import Api
from tests.storage.conftest import call

CARRIER: dict[str, Any] = {"name": "carrier", "allowed": ["198.51.100.0/24"], "numbers": ["+14155550100"]}
ACCOUNT: dict[str, Any] = {
    **{"name": "account", "kind": "registration", "registrar": "sip.example.com", "username": "1000"},
    **{"password": "5up3r-$s3cret", "realm": "example.com"},
}
PLAIN: dict[str, Any] = {
    **{"kind": "address", "hosts": [], "lookup": "order", "transport": "udp", "srtp": "off", "registrar": None},
    **{"expiry_s": None, "outbound_proxy": None, "username": None, "auth_username": None, "realm": None},
    **{"has_password": False, "allowed": [], "caller_in": "e164", "caller_out": "e164", "country": "US"},
    **{"dialled_in": "request_uri", "trust_identity": False, "trust_verstat": False, "dtmf": "rfc4733"},
    **{"calls_at_once": None, "calls_per_s": None, "per_caller_per_s": None, "numbers": [], "preset": None},
}


def shown(trunk: dict[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (trunk or {}).items() if name not in ("created_at", "updated_at")}


@pytest.fixture
def account(api: Api) -> dict[str, Any]:
    made = api("POST", "/trunks", ACCOUNT)
    assert made.status_code == 201, made.text
    return dict(made.json or {})


def test_a_trunk_by_address_needs_little(api: Api) -> None:
    made = api("POST", "/trunks", CARRIER)
    assert made.status_code == 201, made.text
    assert made.headers["Location"] == "/trunks/carrier"
    assert shown(made.json) == {**PLAIN, **CARRIER}
    assert api("GET", "/trunks/carrier").json == made.json
    assert api("GET", "/trunks").json["items"] == [made.json]


def test_a_trunk_by_registration_is_answered_whole_but_for_its_password(account: dict[str, Any]) -> None:
    told = {name: value for name, value in ACCOUNT.items() if name != "password"}
    assert shown(account) == {**PLAIN, **told, "expiry_s": EXPIRY_S, "has_password": True}


@pytest.mark.usefixtures("account")
def test_no_password_lies_in_clear_anywhere(api: Api, settings: Settings, database: str) -> None:
    api("PATCH", "/trunks/account", {"password": "an0ther-one"})
    with psycopg.connect(database) as connection:
        stored = [
            str(row).encode()
            for table in ("trunk", "audit_log", "kept_answer")
            for row in connection.execute(f"select * from {table}").fetchall()  # noqa: S608
        ]
    stored += [path.read_bytes() for path in settings.home.rglob("*") if path.is_file()]
    everything = b"\n".join([*stored, api("GET", "/trunks/account").data, api("GET", "/audit").data])
    assert b"sip.example.com" in everything
    assert b"5up3r" not in everything
    assert b"an0ther" not in everything


@pytest.mark.usefixtures("account")
def test_a_password_stays_until_another_is_given(api: Api, settings: Settings, stores: Stores) -> None:
    sealer = Sealer(read_or_make_secret(settings).encode)

    def password() -> str | None:
        known = make_services(settings, stores).get(TrunkDesk).store.find("account").trunk.credentials
        return sealer.find(known.sealed)

    api("PATCH", "/trunks/account", {"transport": "tls", "username": "1001"})
    assert password() == "5up3r-$s3cret"
    api("PATCH", "/trunks/account", {"password": "an0ther-one"})
    assert password() == "an0ther-one"


@pytest.mark.usefixtures("account")
def test_a_trunk_that_becomes_one_by_address_forgets_its_registration(api: Api) -> None:
    change = {"kind": "address", "hosts": ["sip.example.com"], "username": None}
    changed = api("PATCH", "/trunks/account", change)
    assert changed.status_code == 200, changed.text
    assert shown(changed.json) == {**PLAIN, "name": "account", "hosts": ["sip.example.com"]}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_fills_what_is_not_given(api: Api, preset: str) -> None:
    typed = {
        **{"registrar": "sip.example.com", "username": "1000", "password": "x"},
        **{"hosts": ["pbx.example"], "allowed": ["192.0.2.1"]},
    }
    asked = {field: typed[field] for field in PRESETS[preset].asks}
    made = api("POST", "/trunks", {"name": "t", "preset": preset, "calls_at_once": 5, **asked})
    assert made.status_code == 201, made.text
    of_preset = {name: value for name, value in PRESETS[preset].trunk().items() if name not in asked}
    assert shown(made.json) == {**shown(made.json), **of_preset, "calls_at_once": 5}


def test_what_is_given_counts_more_than_the_preset(api: Api) -> None:
    given = {"allowed": ["54.172.60.0/30"], "transport": "tls"}
    made = api("POST", "/trunks", {"name": "t", "preset": "twilio", **given})
    assert (made.json["allowed"], made.json["transport"]) == (["54.172.60.0/30"], "tls")


def test_presets_are_listed_with_their_sources(api: Api) -> None:
    listed = api("GET", "/trunk-presets").json["items"]
    assert [each["id"] for each in listed] == list(PRESETS)
    assert listed[0]["sources"][0].startswith("https://www.twilio.com/")


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"name": "a b"}, ["/name"]),
        ({"name": None}, ["/name"]),
        ({"kind": "tunnel"}, ["/kind"]),
        ({"preset": "nobody"}, ["/preset"]),
        ({"allowed": []}, ["/allowed"]),
        ({"allowed": ["everybody", "0.0.0.0/0"]}, ["/allowed/0", "/allowed/1"]),
        ({"hosts": ["sip:pbx.example"]}, ["/hosts/0"]),
        ({"hosts": [""]}, ["/hosts/0"]),
        ({"numbers": ["4155550100"]}, ["/numbers/0"]),
        ({"country": "usa"}, ["/country"]),
        ({"country": "ZZ"}, ["/country"]),
        ({"username": "1000"}, ["/password"]),
        ({"username": 'a"b', "password": "x"}, ["/username"]),
        ({"password": "a b", "username": "1000"}, ["/password"]),
        ({"realm": "example.com"}, ["/realm"]),
        ({"registrar": "sip.example.com"}, ["/registrar"]),
        ({"kind": "registration"}, ["/registrar", "/username"]),
        ({"expiry_s": 5}, ["/expiry_s"]),
        ({"calls_at_once": 0}, ["/calls_at_once"]),
        ({"calls_per_s": 0}, ["/calls_per_s"]),
        ({"srtp": "required"}, ["/srtp"]),
        *(({"hosts": ["pbx.example", host]}, ["/hosts/1"]) for host in ("0.0.0.0", "[::]:5060", "224.0.1.1")),
        ({"kind": "registration", "registrar": "0.0.0.0", "username": "u", "password": "p"}, ["/registrar"]),
        ({"ip": "192.0.2.1"}, ["/ip"]),
    ],
)
def test_each_fault_is_named_in_a_sentence(api: Api, changes: dict[str, Any], pointers: list[str]) -> None:
    refused = api("POST", "/trunks", {**CARRIER, **changes})
    assert refused.status_code == 422, refused.text
    assert [each["pointer"] for each in refused.json["errors"]] == pointers
    for each in refused.json["errors"]:
        assert not set(each["message"]) & set("^`\\")
    assert api("GET", "/trunks").json["items"] == []


def test_a_number_with_an_exponent_is_said_to_be_no_whole_number(api: Api) -> None:
    refused = api("POST", "/trunks", b'{"name": "x", "hosts": ["pbx.example"], "calls_at_once": 1e9}')
    assert refused.json["detail"] == "this must be a whole number, written without a point and without an exponent"


@pytest.mark.usefixtures("account")
def test_a_name_and_a_number_belong_to_one_trunk(api: Api) -> None:
    taken = api("POST", "/trunks", {**CARRIER, "name": "account"})
    assert (taken.status_code, taken.json["code"]) == (409, "trunk_taken")
    assert [each["pointer"] for each in taken.json["errors"]] == ["/name"]
    assert taken.json["detail"] == "there is a trunk account; give another name, or change that one"
    api("POST", "/trunks", CARRIER)
    pointers = []
    for refused in (
        api("POST", "/trunks", {**CARRIER, "name": "third"}),
        api("PATCH", "/trunks/account", {"numbers": ["+14155550109", *CARRIER["numbers"]]}),
    ):
        assert (refused.status_code, refused.json["code"]) == (409, "number_on_other_trunk")
        assert "carrier" in refused.json["detail"]
        pointers.append(refused.json["errors"][0]["pointer"])
    assert pointers == ["/numbers/0", "/numbers/1"]


def test_a_number_is_one_however_it_is_written(api: Api) -> None:
    made = api("POST", "/trunks", {**CARRIER, "numbers": ["+4402079460000", "+5491112345678"], "country": "GB"})
    assert made.json["numbers"] == ["+442079460000", "+5491112345678"]
    for number in ("+442079460000", "+4402079460000"):
        refused = api("POST", "/trunks", {**CARRIER, "name": "other", "numbers": [number]})
        assert (refused.status_code, refused.json["code"]) == (409, "number_on_other_trunk")
        changed = api("PATCH", "/trunks/carrier", {"numbers": [number, "+442079460001"]})
        assert changed.json["numbers"] == ["+442079460000", "+442079460001"]
    twice = api("PATCH", "/trunks/carrier", {"numbers": ["+442079460000", "+4402079460000"]})
    assert [each["code"] for each in twice.json["errors"]] == ["number_repeated"]


@pytest.mark.usefixtures("account")
def test_a_trunk_is_deleted_for_good(api: Api) -> None:
    assert api("DELETE", "/trunks/account").status_code == 204
    for method, body in (("GET", None), ("PATCH", {}), ("DELETE", None)):
        gone = api(method, "/trunks/account", body)
        assert (gone.status_code, gone.json["code"]) == (404, "trunk_not_found")
    assert api("GET", "/trunks/a%20b").status_code == 404


@pytest.mark.usefixtures("account")
def test_an_installation_elsewhere_has_trunks_of_its_own_country(settings: Settings, stores: Stores) -> None:
    desk = make_services(settings.model_copy(update={"region": "DE"}), stores).get(TrunkDesk)
    assert desk.create("pbx", {"hosts": ["pbx.example"]}, actor="key_1").trunk.country == "DE"


def told(settings: Settings, **states: TrunkState) -> None:
    """What the keeper saw last."""
    write_states(trunk_states_path(settings.home), states)


@pytest.mark.usefixtures("account")
def test_the_state_of_a_trunk_says_why_it_was_refused(api: Api, settings: Settings, stores: Stores) -> None:
    nothing = {"standing": "unknown", "since": None, "last_call_at": None, "last_refusal": None}
    assert api("GET", "/trunks/account/state").json == nothing
    at = datetime(2026, 3, 9, 12, tzinfo=UTC)
    told(settings, account=TrunkState("refused", at.timestamp(), Refusal(403, "Forbidden", at.timestamp())))
    ended = {"ended_at": at, "duration_ms": 1, "outcome": Outcome.HUNG_UP}
    stores.postgres.calls.ended(call(call_id="call_1", started_at=at, trunk="account", **ended))
    reason = "account refused with 403: it does not accept this account, or this installation's address"
    moment = "2026-03-09T12:00:00.000Z"
    assert api("GET", "/trunks/account/state").json == {
        "standing": "refused", "since": moment, "last_call_at": moment,
        "last_refusal": {"status": 403, "reason": reason, "at": moment},
    }  # fmt: skip
    assert 'digitree_trunk_up{trunk="account"} 0.0' in api("GET", "/metrics").text
    distrusted = Refusal(503, "", at.timestamp(), "sip.example.com", "expired")
    told(settings, account=TrunkState("refused", at.timestamp(), distrusted))
    assert api("GET", "/trunks/account/state").json["last_refusal"] == {
        "status": 503, "reason": "sip.example.com is sent nothing: its certificate has expired", "at": moment,
    }  # fmt: skip
    assert api("GET", "/trunks/nobody/state").status_code == 404
    assert api("POST", "/trunks/nobody/test").status_code == 404


@pytest.mark.usefixtures("account")
def test_a_trunk_is_not_tried_while_the_switch_is_away(api: Api) -> None:
    trial = api("POST", "/trunks/account/test").json or {}
    assert trial["works"] is None
    assert trial["said"].startswith("the switch cannot be asked")
