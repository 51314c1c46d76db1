"""Opt-outs one can prove: proof, release, lists, and what diallers ask."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime

import psycopg
import pytest

from admin.wiring import Stores
from ivr.domain.dnc.events import OptOut
from ivr.domain.numbers import E164
from ivr.settings import Settings
from tests.admin.conftest import Api
from tests.helpers import as_superuser

NUMBER, OTHER = "+14805551234", "+14805550000"
FILE = "0123456789abcdef0123456789abcdef.wav"


def press_nine(stores: Stores, number: str | None = NUMBER, raw: str = "4805551234", **fields: object) -> None:
    given: dict[str, object] = {
        "event_id": f"optout_{raw}", "number": E164(number) if number else None, "number_raw": raw, "source": "ani",
        "pressed_at": datetime(2026, 3, 9, 12, 0, 0, 123456, tzinfo=UTC), "call_id": "call_1", "did": "+14155559876",
        "ivr_id": "ivr_abc123", "ivr_version": 3, "node": "welcome", "key": "9", "ms_into_question": 812,
        "prompt_file": FILE, "prompt_text": "Press 9 to be removed from our list.",
    }  # fmt: skip
    stores.postgres.dnc.record(OptOut(**{**given, **fields}))  # type: ignore[arg-type]


def test_a_proof_says_what_was_heard_and_pressed_and_its_hashes_can_be_checked(api: Api, stores: Stores) -> None:
    press_nine(stores, OTHER, "4805550000")
    press_nine(stores)
    proof = api("GET", f"/dnc/{NUMBER}/proof").json
    (event,) = proof["events"]
    assert (proof["number"], proof["state"], proof["effective_at"]) == (NUMBER, "listed", "2026-03-09T12:00:00.123Z")
    assert proof["must_honour_by"] == "2026-03-23T12:00:00.123Z"
    assert (event["key"], event["ms_into_question"]) == ("9", 812)
    assert (event["ivr_id"], event["ivr_version"], event["node"]) == ("ivr_abc123", 3, "welcome")
    assert event["heard"] == {
        "file": FILE, "hash": FILE[:32], "text": "Press 9 to be removed from our list.", "url": f"/prompts/{FILE}",
    }  # fmt: skip
    assert hashlib.sha256(event["content"].encode()).hexdigest() == event["hash"] == proof["chain"]["head_hash"]
    assert event["hash_matches"]
    content = json.loads(event["content"])
    assert (content["number"], content["key"], content["pressed_at"]) == (NUMBER, "9", "2026-03-09T12:00:00.123456Z")
    before = api("GET", f"/dnc/{OTHER}/proof").json
    assert content["previous_hash"] == before["events"][0]["hash"]
    assert before["events"][0]["previous_hash"] == before["chain"]["first_hash"]


def test_the_proof_is_a_page_to_print_that_needs_nobody_else(api: Api, stores: Stores) -> None:
    press_nine(stores, prompt_text="Press 9 <script>alert(1)</script>")
    response = api("GET", f"/dnc/{NUMBER}/proof", headers={"Accept": "text/html"})
    assert response.content_type == "text/html; charset=utf-8"
    assert "Accept" in response.headers["Vary"]
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    page = response.text
    assert "<script" not in page
    assert "Press 9 &lt;script&gt;" in page
    assert "key 9, 812 ms into the question" in page
    assert "ivr_abc123, version 3, node welcome" in page
    assert FILE[:32] in page
    assert "@media print" in page
    assert not re.search(r"(src|href)=\"?(https?:)?//", page)
    event = api("GET", f"/dnc/{NUMBER}/proof").json["events"][0]
    assert event["hash"] in page
    assert "DOES NOT MATCH" not in page


def test_the_proof_says_what_the_carrier_said_about_the_number(api: Api, stores: Stores, database: str) -> None:
    press_nine(stores, verstat="failed")
    event = api("GET", f"/dnc/{NUMBER}/proof").json["events"][0]
    assert (event["verstat"], event["hash_matches"], json.loads(event["content"])["format"]) == ("failed", True, 2)
    page = api("GET", f"/dnc/{NUMBER}/proof", headers={"Accept": "text/html"}).text
    assert "its signature does not hold, as the carrier said" in page
    assert api("GET", f"/dnc/{NUMBER}").json["events"][0]["verstat"] == "failed"
    with psycopg.connect(as_superuser(database)) as connection:
        connection.execute("set local session_replication_role = replica")
        connection.execute("update suppression_event set verstat = null")
    assert not api("GET", f"/dnc/{NUMBER}/proof").json["events"][0]["hash_matches"]


def test_a_changed_event_shows_in_the_proof(api: Api, stores: Stores, database: str) -> None:
    press_nine(stores)
    with psycopg.connect(as_superuser(database)) as connection:
        connection.execute("set local session_replication_role = replica")
        connection.execute("update suppression_event set key = '8'")
    assert not api("GET", f"/dnc/{NUMBER}/proof").json["events"][0]["hash_matches"]
    assert "DOES NOT MATCH" in api("GET", f"/dnc/{NUMBER}/proof", headers={"Accept": "text/html"}).text


def test_there_is_no_proof_of_what_never_was(api: Api) -> None:
    assert api("GET", f"/dnc/{NUMBER}/proof").json["code"] == "not_suppressed"
    assert api("GET", f"/dnc/{NUMBER}/proof?list=nobody").json["code"] == "list_not_found"


def test_the_prompt_of_a_proof_can_be_heard(api: Api, settings: Settings) -> None:
    (settings.prompts / FILE).write_bytes(b"RIFFsound")
    response = api("GET", f"/prompts/{FILE}")
    assert (response.status_code, response.data, response.content_type) == (200, b"RIFFsound", "audio/wav")
    assert api("GET", f"/prompts/{'f' * 32}.wav").status_code == 404
    for name in ("..%2Fsecret", "system", f"{'F' * 32}.wav"):
        assert api("GET", f"/prompts/{name}").status_code in (404, 422)


def test_an_import_tells_its_sender_alone_how_far_it_is(api: Api, stores: Stores) -> None:
    text, name = {"Content-Type": "text/csv"}, "import-of-november"
    lines = b"".join(b"+1480555%04d\n" % number for number in range(20))
    assert api("GET", f"/dnc/imports/{name}").json["code"] == "import_not_found"
    assert api("POST", f"/dnc/import?name={name}", lines, headers=text).json["added"] == 20
    assert api("GET", f"/dnc/imports/{name}").json == {"stage": "chaining", "done": 20, "total": 20}
    other = api.as_key(stores.postgres.keys.create("another")[1])
    assert other("GET", f"/dnc/imports/{name}").status_code == 404
    refused = api("POST", f"/dnc/import?name={name}&strict=true", b"+14805550001\nnobody\n", headers=text)
    assert refused.status_code == 422
    assert api("GET", f"/dnc/imports/{name}").json["stage"] == "reading"
    assert api("POST", "/dnc/import?name=short", lines, headers=text).json["errors"][0]["pointer"] == "/query/name"


def test_our_own_prompts_can_be_heard_by_their_names(api: Api, settings: Settings) -> None:
    path = settings.prompts / "system" / "keys-19.wav"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"RIFF" + bytes(60))
    response = api("GET", "/prompts/system/keys-19")
    assert (response.status_code, response.data, response.content_type) == (200, path.read_bytes(), "audio/wav")
    assert api("GET", "/prompts/system/keys-1").json["code"] == "prompt_not_found"
    for name in ("..%2Fsecret", "keys-19.wav", "K"):
        assert api("GET", f"/prompts/system/{name}").status_code in (404, 422)


def test_a_proof_in_spanish_names_the_spanish_prompt_and_its_words(
    api: Api, stores: Stores, settings: Settings
) -> None:
    path = settings.prompts / "system" / "es" / "keys-19.wav"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"RIFF" + bytes(60))
    press_nine(stores, prompt_file="system/es/keys-19.wav", prompt_text="Oprima 1, o 9")
    heard = api("GET", f"/dnc/{NUMBER}/proof").json["events"][0]["heard"]
    assert (heard["text"], heard["url"]) == ("Oprima 1, o 9", "/prompts/system/es/keys-19")
    assert api("GET", heard["url"]).data == path.read_bytes()
    assert api("GET", "/prompts/system/es/goodbye").json["code"] == "prompt_not_found"
    assert api("GET", "/prompts/system/fr/keys-19").json["code"] == "prompt_not_found"
    assert api("GET", "/prompts/system/ja/keys-19").status_code == 422


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("keys-19", "Pulse 1, o 9", "keys read out"),
        ("confirm_number", "4 8 0. Si este es su número, pulse 1.", "one of Digitree's own"),
    ],
)
def test_the_page_of_a_proof_says_which_of_our_prompts_was_heard(
    api: Api, stores: Stores, name: str, text: str, shown: str
) -> None:
    press_nine(stores, prompt_file=f"system/es/{name}.wav", prompt_text=text)
    page = api("GET", f"/dnc/{NUMBER}/proof", headers={"Accept": "text/html"}).text
    assert f"{shown}, <a href=\"/prompts/system/es/{name}\">" in page
    assert text in page


def test_a_release_needs_a_reason_and_the_next_opt_out_lists_the_number_again(api: Api, stores: Stores) -> None:
    press_nine(stores)
    assert api("POST", f"/dnc/{NUMBER}/release", {}).status_code == 422
    released = api("POST", f"/dnc/{NUMBER}/release", {"reason": "asked for it, letter of 3 May"})
    assert (released.status_code, released.json["state"]) == (200, "released")
    assert released.json["released_at"] is not None
    event = released.json["events"][-1]
    assert (event["kind"], event["reason"]) == ("release", "asked for it, letter of 3 May")
    assert event["actor"].startswith("key_")
    assert api("GET", f"/dnc/{NUMBER}").json["state"] == "released"
    assert api("POST", "/dnc/check", {"numbers": [NUMBER]}).json["listed"] == []
    again = api("POST", f"/dnc/{NUMBER}/release", {"reason": "x"})
    assert (again.status_code, again.json["code"]) == (409, "not_listed")
    assert "Released on" in api("GET", f"/dnc/{NUMBER}/proof", headers={"Accept": "text/html"}).text
    assert ",released" in api("GET", "/dnc.csv").text
    relisted = api("POST", "/dnc", {"number": NUMBER})
    assert (relisted.status_code, relisted.json["state"], relisted.json["events_count"]) == (201, "listed", 3)
    assert api("POST", f"/dnc/{OTHER}/release", {"reason": "x"}).status_code == 404


def test_lists_bind_everybody_a_seller_or_those_who_name_them(api: Api) -> None:
    assert api("POST", "/dnc/lists", {"id": "acme", "scope": "seller", "seller": "Acme"}).status_code == 201
    assert api("POST", "/dnc/lists", {"id": "may", "scope": "list"}).status_code == 201
    assert api("POST", "/dnc/lists", {"id": "may", "scope": "list"}).json["code"] == "list_taken"
    assert api("POST", "/dnc/lists", {"id": "x", "scope": "seller"}).status_code == 422
    assert api("POST", "/dnc/lists", {"id": "x", "scope": "all", "seller": "Acme"}).status_code == 422
    for number, name in ((NUMBER, "default"), (OTHER, "acme"), ("+14805550001", "may")):
        assert api("POST", "/dnc", {"number": number, "list": name}).json["list"] == name
    assert api("POST", "/dnc", {"number": NUMBER, "list": "nobody"}).json["code"] == "list_not_found"
    assert [each["id"] for each in api("GET", "/dnc/lists").json["items"]] == ["acme", "default", "may"]
    assert api("GET", f"/dnc/{OTHER}").status_code == 404
    assert api("GET", f"/dnc/{OTHER}?list=acme").json["list"] == "acme"
    assert [each["number"] for each in api("GET", "/dnc?list=may").json["items"]] == ["+14805550001"]

    def listed(**named: str) -> list[str]:
        body = {"numbers": [NUMBER, OTHER, "+14805550001", "+14805550002"], **named}
        return [each["number"] for each in api("POST", "/dnc/check", body).json["listed"]]

    assert listed() == [NUMBER]
    assert listed(seller="Acme") == [OTHER, NUMBER]
    assert listed(list="may") == ["+14805550001", NUMBER]
    assert api("POST", "/dnc/check", {"numbers": [NUMBER], "list": "nobody"}).status_code == 404


def test_ten_thousand_numbers_are_checked_at_once_and_who_did_is_logged(api: Api) -> None:
    api("POST", "/dnc", {"number": "+14805550042"})
    numbers = [f"+1480555{n:04d}" for n in range(10_000)]
    answer = api("POST", "/dnc/check", {"numbers": numbers}).json
    assert [each["number"] for each in answer["listed"]] == ["+14805550042"]
    assert api("POST", "/dnc/check", {"numbers": [*numbers, "+14805560000"]}).status_code == 422
    assert api("POST", "/dnc/check", {"numbers": ["5550042"]}).json["errors"][0]["pointer"] == "/numbers/0"
    (logged,) = api("GET", "/dnc/checks").json["items"]
    assert (logged["check_id"], logged["numbers_count"], logged["listed_count"]) == (answer["check_id"], 10_000, 1)
    assert logged["actor"].startswith("key_")
    assert logged["numbers_sha256"] == hashlib.sha256("\n".join(numbers).encode()).hexdigest()


def test_changes_are_followed_without_missing_one(api: Api) -> None:
    seen, since = [], 0
    for turn in range(3):
        for n in range(3):
            api("POST", "/dnc", {"number": f"+1480555{turn}00{n}"})
        while (answer := api("GET", f"/dnc/changes?since={since}&limit=2").json)["items"]:
            seen += [each["number"] for each in answer["items"]]
            since = answer["next_since"]
    assert seen == [f"+1480555{turn}00{n}" for turn in range(3) for n in range(3)]
    assert answer == {"items": [], "next_since": 9}
    api("POST", "/dnc/+14805550000/release", {"reason": "x"})
    (change,) = api("GET", f"/dnc/changes?since={since}").json["items"]
    assert (change["kind"], change["number"], change["seq"]) == ("release", "+14805550000", 10)


@pytest.mark.parametrize("query", ["since=-1", "since=x", "limit=0", "limit=501", "list=A", f"since={'9' * 20}"])
def test_what_is_no_place_in_a_list_is_refused(api: Api, query: str) -> None:
    assert api("GET", f"/dnc/changes?{query}").status_code == 422


def test_opt_outs_without_a_number_can_be_seen_alone(api: Api, stores: Stores) -> None:
    press_nine(stores)
    press_nine(stores, None, "anonymous")
    assert [each["number_raw"] for each in api("GET", "/dnc?unidentified=true").json["items"]] == ["anonymous"]
    assert [each["number"] for each in api("GET", "/dnc?unidentified=false").json["items"]] == [NUMBER]


def test_paths_beside_the_numbers_take_their_own_methods_alone(api: Api) -> None:
    for path in ("/dnc/check", "/dnc/import"):
        refused = api("GET", path)
        assert (refused.status_code, refused.headers["Allow"]) == (405, "OPTIONS, POST")
    assert api("GET", "/dnc/checkers").status_code == 422
