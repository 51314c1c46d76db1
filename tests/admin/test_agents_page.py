"""The page of an agent: a vendor first, and what is known of it filled in."""

from __future__ import annotations

from html import unescape

import pytest
from flask.testing import FlaskClient

from tests.admin.conftest import Api
from tests.admin.test_number_lists_page import post
from tests.admin.test_services_page import browser  # noqa: F401 - a fixture

URI = "sip:+14155550100@room.sip.livekit.cloud;transport=tls"
FORM = {
    **{"preset": "livekit", "name": "room", "uri": URI, "username": "", "password": ""},
    **{"ring_timeout_s": "20", "no_progress_timeout_s": "4", "max_talk_s": "1800", "silence_timeout_s": "5"},
    **{"media_timeout_s": "20", "send": "x", "header_style": "hyphen", "srtp": "required", "tls_verify": "wildcard"},
}


def test_an_agent_is_made_from_what_is_known_of_its_vendor(api: Api, browser: FlaskClient) -> None:  # noqa: F811
    assert "OpenAI GPT-Live" in browser.get("/ui/agents/new").text
    filled = unescape(browser.get("/ui/agents/new?preset=livekit").text)
    assert 'value="sip:<number>@<subdomain>.sip.livekit.cloud;transport=tls"' in filled
    assert '<option value="required" selected' in filled
    assert '<option value="wildcard" selected' in filled
    assert "Create a dispatch rule" in filled
    assert post(browser, "/ui/agents/new", **FORM)[0] == 303
    made = api("GET", "/agents/room").json
    assert (made["targets"][0]["uri"], made["srtp"], made["tls_verify"]) == (URI, "required", "wildcard")


def test_what_is_not_filled_in_stays_with_the_vendor_s_words(api: Api, browser: FlaskClient) -> None:  # noqa: F811
    status, text = post(browser, "/ui/agents/new", **{**FORM, "uri": "sip:<number>@room.sip.livekit.cloud"})
    assert status == 422
    assert "Create a dispatch rule" in text
    assert "put your own number where <number> stands" in unescape(text)
    assert api("GET", "/agents").json["items"] == []


def test_an_agent_of_no_vendor_begins_with_the_defaults_of_the_api(
    api: Api, browser: FlaskClient  # noqa: F811
) -> None:
    shown = browser.get("/ui/agents/new?preset=").text
    made = api("POST", "/agents", {"name": "a", "targets": [{"uri": "sip:a@pbx.example"}]}).json
    for field in ("ring_timeout_s", "no_progress_timeout_s", "max_talk_s", "silence_timeout_s", "media_timeout_s"):
        assert f'name="{field}" type="number" value="{made[field]}"' in " ".join(shown.split()), field


def test_a_telephone_number_is_taken_as_people_write_it(api: Api, browser: FlaskClient) -> None:  # noqa: F811
    assert "Phone number or SIP address 1" in browser.get("/ui/agents/new?preset=generic").text
    form = {**FORM, "preset": "", "name": "boss", "uri": "(415) 555-2671", "srtp": "off", "tls_verify": "name"}
    assert post(browser, "/ui/agents/new", **form)[0] == 303
    assert api("GET", "/agents/boss").json["targets"][0]["uri"] == "tel:+14155552671"
    shown = browser.get("/ui/agents/boss").text
    assert 'value="+14155552671"' in shown
    assert "there is no trunk for calls out" in shown
    assert "+1 415-555-2671" in browser.get("/ui/agents").text
    status, text = post(browser, "/ui/agents/boss", **{**form, "uri": "(415) 555-26"})
    assert (status, "fault-1" in text) == (422, True)


def test_what_few_owners_need_stands_under_advanced(api: Api, browser: FlaskClient) -> None:  # noqa: F811
    assert "<details class=\"gap\"><summary>Advanced" in browser.get("/ui/agents/new?preset=").text
    assert "<details class=\"gap\" open><summary>Advanced" in browser.get("/ui/agents/new?preset=livekit").text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("911", "emergency numbers are never called"),
        ("tel:112", "emergency numbers are never called"),
        ("988", "emergency numbers are never called"),
        ("512-555-0190 x12", "an extension cannot be called"),
        ("(512) 555-0190 ext. 12", "an extension cannot be called"),
        ("office@example.com", "a SIP address begins with sip: such as sip:office@example.com"),
    ],
)
def test_an_address_that_cannot_be_called_is_refused_in_words_about_itself(
    browser: FlaskClient, typed: str, said: str  # noqa: F811
) -> None:
    status, text = post(browser, "/ui/agents/new", **{**FORM, "uri": typed})
    assert (status, said in text, "targets ›" in text) == (422, True, False)
    assert "<strong>Phone number or SIP address 1</strong>" in text


def test_an_agent_that_nobody_can_be_rung_at_is_saved_with_that_word(api: Api, browser: FlaskClient) -> None:  # noqa: F811
    form = {**FORM, "preset": "", "srtp": "off", "tls_verify": "name"}
    assert post(browser, "/ui/agents/new", **{**form, "name": "premium", "uri": "+19005552671"})[0] == 303
    listed = browser.get("/ui/agents").text
    assert "premium is saved, but nobody can be rung there yet" in listed
    assert "nobody is rung" in listed


def test_a_refusal_names_the_menus_that_use_an_agent(api: Api, browser: FlaskClient) -> None:  # noqa: F811
    api("POST", "/agents", {"name": "roof", "targets": [{"uri": URI}]})
    ivr_id = api.create({"name": "Roofing line", "nodes": {"a": {"action": "transfer", "agent": "roof"}}})
    status, text = post(browser, "/ui/agents/roof/delete")
    assert status == 409
    assert "roof is named by “Roofing line”; change them first" in text
    assert ivr_id not in text.partition('role="alert"')[2].partition("</p>")[0]
