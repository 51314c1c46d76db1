"""The pages of trunks: made from a preset, changed and deleted, and no password is shown."""

from __future__ import annotations

from html import unescape

import pytest
from flask.testing import FlaskClient

from admin.trunks import choices
from ivr.domain.srtp import SRTP
from ivr.domain.trunks import model
from tests.admin.conftest import Api
from tests.admin.test_number_lists_page import post
from tests.admin.test_services_page import browser  # noqa: F401 - a fixture

FORM = {
    **{"preset": "voipms", "name": "account", "kind": "registration", "registrar": "atlanta1.voip.ms"},
    **{"username": "100000_menu", "password": "5up3r-s3cret", "transport": "udp", "srtp": "off", "lookup": "order"},
    **{"caller_in": "national", "caller_out": "national", "dialled_in": "to", "dtmf": "rfc4733", "country": "us"},
    **{"numbers": "+14155550100\r\n +14155550101 \r\n", "calls_at_once": "30", "per_caller_per_s": "0.5"},
}


def test_a_trunk_is_made_changed_and_deleted_on_its_pages(api: Api, browser: FlaskClient) -> None:  # noqa: F811
    assert "No trunk yet" in browser.get("/ui/trunks").text
    assert "VoIP.ms" in browser.get("/ui/trunks/new").text
    filled = browser.get("/ui/trunks/new?preset=voipms").text
    assert "Create a sub account" in filled
    assert '<option value="national" selected' in filled
    assert post(browser, "/ui/trunks/new", **FORM)[0] == 303
    made = api("GET", "/trunks/account").json
    assert (made["numbers"], made["country"]) == (["+14155550100", "+14155550101"], "US")
    assert (made["calls_at_once"], made["per_caller_per_s"], made["calls_per_s"]) == (30, 0.5, None)
    assert (made["preset"], made["expiry_s"], made["has_password"]) == ("voipms", 600, True)
    shown = unescape(browser.get("/ui/trunks/account").text)
    assert "+14155550100\n+14155550101" in shown
    assert "5up3r" not in shown
    changed = {**FORM, "password": "", "numbers": "", "trust_identity": "true", "calls_per_s": "5"}
    assert post(browser, "/ui/trunks/account", **changed)[0] == 303
    made = api("GET", "/trunks/account").json
    assert (made["numbers"], made["trust_identity"], made["calls_per_s"]) == ([], True, 5.0)
    assert made["has_password"] is True
    assert "100000_menu@atlanta1.voip.ms" in browser.get("/ui/trunks").text
    assert post(browser, "/ui/trunks/account/delete")[0] == 303
    assert api("GET", "/trunks").json["items"] == []


def test_what_is_refused_stays_typed(browser: FlaskClient) -> None:  # noqa: F811
    for wrong, fault in [
        ({"registrar": ""}, "name the host that this trunk registers with"),
        ({"registrar": "sip:atlanta1.voip.ms"}, "is not a host"),
        ({"allowed": "0.0.0.0/0"}, "too much of the internet"),
        ({"numbers": "4155550100"}, "is not written as +14155550100"),
        ({"calls_at_once": "many"}, "write a number, or nothing"),
        ({"calls_per_s": "nan"}, "write a number, or nothing"),
        ({"srtp": "required"}, "without TLS the keys of the audio are sent in clear"),
        ({"country": "usa"}, "two capital letters"),
        ({"password": ""}, "give the password"),
    ]:
        status, text = post(browser, "/ui/trunks/new", **{**FORM, **wrong})
        assert (status, fault in unescape(text)) == (422, True), wrong
        assert 'value="account"' in text
        assert "Create a sub account" in text


def test_a_trunk_of_nobody_is_made_without_a_preset(api: Api, browser: FlaskClient) -> None:  # noqa: F811
    assert 'name="preset" value=""' in browser.get("/ui/trunks/new?preset=").text
    pbx = {**FORM, "preset": "", "name": "pbx", "kind": "address", "allowed": "192.0.2.1", "numbers": ""}
    assert post(browser, "/ui/trunks/new", **{**pbx, "registrar": "", "username": "", "password": ""})[0] == 303
    assert api("GET", "/trunks/pbx").json["preset"] is None
    assert "192.0.2.1/32" in browser.get("/ui/trunks").text


@pytest.mark.parametrize(
    ("shown", "possible"),
    [
        (choices.KINDS, model.KINDS),
        (choices.TRANSPORTS, model.TRANSPORTS),
        (choices.SRTP, SRTP),
        (choices.LOOKUPS, model.LOOKUPS),
        (choices.NUMBER_FORMS, model.NUMBER_FORMS),
        (choices.DIALLED_IN, model.DIALLED_IN),
        (choices.DTMF, model.DTMF),
    ],
)
def test_the_page_offers_whatever_a_trunk_may_be(
    shown: tuple[tuple[str, str], ...], possible: tuple[str, ...]
) -> None:
    assert tuple(value for value, _ in shown) == possible
