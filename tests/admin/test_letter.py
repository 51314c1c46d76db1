"""The letter of a proof: what it tells a person, in plain sentences, and what it never does."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape

from admin.wiring import Stores
from ivr.domain.call_records import CallRecord, Outcome, Step
from ivr.domain.numbers import E164
from ivr.domain.outgoing.model import NewOrder
from tests.admin.conftest import Api
from tests.admin.test_dnc_proof import FILE, NUMBER, press_nine
from tests.admin.test_firm import SVG
from tests.admin.test_number_lists_page import ORIGIN

AT = datetime(2026, 3, 9, 12, 0, 0, 123456, tzinfo=UTC)
DID = E164("+14155559876")
MENU = {
    "name": "Roof <b>line</b>",
    "nodes": {
        "welcome": {"audio": "w.wav", "gather": {"9": "out"}, "timeout_node": "out"},
        "out": {"action": "suppress"},
    },
}


@pytest.fixture
def browser(app: Flask, api_key: str) -> FlaskClient:
    client = app.test_client()
    assert client.post("/ui/login", data={"key": api_key}, headers=ORIGIN).status_code == 303
    return client


def call(stores: Stores, call_id: str = "call_1", at: datetime = AT, **fields: object) -> None:
    given: dict[str, object] = {
        "channel_uuid": f"channel-{call_id}", "did": DID, "did_raw": "x", "ani": E164(NUMBER), "ani_raw": "x",
        "started_at": at - timedelta(seconds=9), "ended_at": at + timedelta(seconds=9), "duration_ms": 18_000,
        "outcome": Outcome.OPTED_OUT,
        "path": [Step("welcome", 1, "key", "9", 0, 812), Step("out", 1, "action", None, 900, 0)],
    }  # fmt: skip
    stores.postgres.calls.ended(CallRecord(call_id, **{**given, **fields}))  # type: ignore[arg-type]


def sentences(page: str) -> list[str]:
    """The letter's own paragraphs and quotations, as text; without the technical record."""
    letter = page.partition('<section class="technical"')[0].partition("<main>")[2]
    found = re.findall(r"<(?:p|h1|blockquote)[^>]*>(.*?)</", letter, re.DOTALL)
    return [re.sub("<[^>]+>", "", each) for each in found]


def letter_of(browser: FlaskClient, language: str = "en-US") -> str:
    browser.set_cookie("zone", "America/Phoenix", path="/ui")
    answer = browser.get(f"/ui/dnc/{NUMBER}/proof", headers={"Accept-Language": language})
    assert answer.status_code == 200
    return answer.text


def test_the_letter_says_who_when_what_was_heard_and_pressed_and_what_has_been_since(
    api: Api, stores: Stores, browser: FlaskClient
) -> None:
    ivr_id = api("POST", "/ivr?strict=false", MENU).json["id"]
    press_nine(stores, ivr_id=ivr_id, ivr_version=1, language="es", prompt_text="Para salir, oprima 9.")
    call(stores)
    call(stores, "call_2", AT + timedelta(days=1), outcome=Outcome.HUNG_UP)
    api("POST", "/dnc/check", {"numbers": [NUMBER]})
    api("POST", "/dnc/check", {"numbers": [NUMBER, "+14155550100"]})
    page = letter_of(browser)
    said = sentences(page)
    assert said[1:-1] == [
        "Request not to be called: +1 480-555-1234",
        "To whom it may concern:",
        "On Monday, March 9, 2026, at 5:00\u202fAM MST, somebody called our number +1 415-555-9876 from"
        " +1 480-555-1234. Our automatic telephone menu “Roof &lt;b&gt;line&lt;/b&gt;” spoke with them.",
        "They heard these words, in Spanish:",
        "Para salir, oprima 9.",
        "They pressed the key 9, 0.8 seconds after these words began.",
        "They were then told:",
        "Your number has been removed from our list. Goodbye.",
        "From that moment on, the number has been on our do-not-call list. The law gave us until March 23, 2026 to"
        " honor this. The list “default” holds for all calls that we make.",
        "Today the number is still on the list, and we do not call it. Since then the list was asked about this"
        " number 1 time, and the answer was that it must not be called. Our system has not dialed it since then. The"
        " number itself has called us 1 time since then.",
    ]
    assert '<blockquote lang="es">Para salir' in page
    assert page.index("Technical record") > page.index("Signature")
    assert "<p class=\"test\">" not in page


def test_the_letter_is_in_the_readers_language_and_the_technical_record_in_english(
    stores: Stores, api: Api, browser: FlaskClient
) -> None:
    press_nine(stores)
    page = letter_of(browser, "es-US")
    said = sentences(page)
    assert "A quien corresponda:" in said
    when = "El lunes, 9 de marzo de 2026, 5:00\u202fa.m. MST"
    assert f"{when}, alguien llamó a nuestro número" in page.replace("\xa0", "")
    assert "Registro técnico" in page
    assert "key 9, 812 ms into the question" in page
    html = {"Accept": "text/html"}
    assert "To whom it may concern" in api("GET", f"/dnc/{NUMBER}/proof", headers=html).text
    assert "A quien corresponda" in api("GET", f"/dnc/{NUMBER}/proof?language=es", headers=html).text
    assert api("GET", f"/dnc/{NUMBER}/proof?language=fr", headers=html).status_code == 422


def test_a_test_call_is_marked_on_every_page(stores: Stores, browser: FlaskClient) -> None:
    press_nine(stores)
    call(stores, test=True)
    page = letter_of(browser)
    assert '<p class="test">Test call: nobody real made this request</p>' in page
    assert re.search(r"\.test \{ position: fixed;", page)


def test_calls_that_we_made_since_are_told(stores: Stores, browser: FlaskClient, database: str) -> None:
    press_nine(stores)
    call(stores, outgoing="out_1")
    with stores.postgres.database.transaction() as connection:
        connection.execute(
            "insert into outgoing_call (id, number, trunk, ivr_id, actor, not_before, until, document, state, due_at)"
            " values ('out_2', %s, 't', 'ivr_1', 'a', now(), now(), %s, 'ended', now())",
            (NUMBER, json.dumps(NewOrder("out_2", E164(NUMBER), "t", "ivr_1", "a", AT, AT).to_json())),
        )
        connection.execute(
            "insert into outgoing_attempt (channel_uuid, order_id, number, trunk, owner, started_at, state, usd)"
            " values ('c', 'out_2', %s, 't', 'o', %s, 'ended', 0)",
            (NUMBER, AT + timedelta(days=2)),
        )
    said = " ".join(sentences(letter_of(browser)))
    assert "we called +1 480-555-1234 from our number +1 415-555-9876" in said
    assert "Our system has dialed it 1 time since then, on Wednesday, March 11, 2026" in said
    assert "we do not call it" not in said


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"source": "api", "call_id": None, "key": None}, "on our do-not-call list by hand."),
        ({"source": "import", "call_id": None, "key": None}, "from a file of numbers."),
        ({"source": "agent", "key": None}, "The agent who spoke with the caller passed on"),
        ({"source": "keyed"}, "keyed in +1 480-555-1234 as their number."),
        ({"did": None}, "we were in a call with +1 480-555-1234."),
        ({"prompt_text": None}, "They heard a recording, which we keep"),
    ],
)
def test_each_way_onto_the_list_has_its_sentence(
    stores: Stores, browser: FlaskClient, fields: dict[str, object], said: str
) -> None:
    press_nine(stores, **fields)  # type: ignore[arg-type]
    assert said in " ".join(sentences(letter_of(browser)))


def test_a_number_taken_off_is_not_said_to_be_on_the_list(api: Api, stores: Stores, browser: FlaskClient) -> None:
    press_nine(stores)
    api("POST", f"/dnc/{NUMBER}/release", {"reason": "asked in writing <i>"})
    said = sentences(letter_of(browser))
    assert said[-2] == "asked in writing &lt;i&gt;"
    assert not [each for each in said if "Today" in each]
    assert browser.get("/ui/dnc/+14155550111/proof").status_code == 404
    assert browser.get("/ui/dnc/nobody/proof").status_code == 404


HOSTILE = "<script>alert(1)</script>\" onload='x' {{ 7*7 }}"


def test_nothing_that_anybody_wrote_is_more_than_text(api: Api, stores: Stores, browser: FlaskClient) -> None:
    api("PUT", "/firm", {"name": HOSTILE, "contact": HOSTILE, "colour": "#0b6e66"})
    api("PUT", "/firm/logo", SVG, headers={"Content-Type": "image/svg+xml"})
    press_nine(stores, raw=HOSTILE, prompt_text=HOSTILE, node=HOSTILE, key="9", prompt_file=FILE)
    answer = browser.get(f"/ui/dnc/{NUMBER}/proof")
    assert str(escape(HOSTILE)) in answer.text
    assert "<script" not in answer.text
    assert "49" not in " ".join(sentences(answer.text))
    assert '<img src="data:image/svg+xml;base64,' in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not re.search(r"(src|href)=\"?(https?:)?//", answer.text)
