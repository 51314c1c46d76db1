"""Numbers in requests are read as everywhere, and answers show the E.164 that was understood."""

from __future__ import annotations

import pytest

from tests.admin.conftest import Api

WRITTEN = ["+1-480-555-1406", "(480) 555-1406", "480.555.1406", "001 480 555 1406", "4805551406", " +14805551406 "]
E164 = "+14805551406"


@pytest.mark.parametrize("text", WRITTEN)
def test_a_number_is_read_however_it_is_written(api: Api, text: str) -> None:
    menu = api.create()
    assigned = api("POST", f"/ivr/{menu}/assign", {"did": text})
    assert (assigned.status_code, assigned.json["did"], assigned.json["dids"]) == (200, E164, [E164])
    added = api("POST", "/dnc", {"number": text})
    assert (added.status_code, added.json["number"], added.json["number_raw"]) == (201, E164, text)
    assert added.headers["Location"] == f"/dnc/{E164}"
    checked = api("POST", "/dnc/check", {"numbers": [text, "+14805550000"]}).json
    assert [each["number"] for each in checked["listed"]] == [E164]
    assert checked["understood"] == [{"given": text, "number": E164}]
    assert api("GET", f"/dnc/{text}").json["number"] == E164
    assert api("GET", "/calls", query_string={"ani": text, "did": text}).status_code == 200
    assert api("POST", f"/dnc/{text}/release", {"reason": "x"}).json["state"] == "released"
    assert api("DELETE", f"/ivr/{menu}/assign/{text}").json["dids"] == []


def test_numbers_in_e164_are_not_repeated_as_understood(api: Api) -> None:
    assert api("POST", "/dnc/check", {"numbers": [E164, E164]}).json["understood"] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("480 555 140", "480 555 140 has 9 digits; a US number has 10"),
        ("555 0141", "555 0141 has 7 digits; a US number has 10"),
        ("anonymous", ""),
        ("+266696687", ""),
        ("1111111111", ""),
    ],
)
def test_what_is_no_whole_number_is_refused_with_the_reason(api: Api, text: str, said: str) -> None:
    menu = api.create()
    for method, path, body, pointer in (
        ("POST", f"/ivr/{menu}/assign", {"did": text}, "/did"),
        ("POST", "/dnc", {"number": text}, "/number"),
        ("POST", "/dnc/check", {"numbers": [E164, text]}, "/numbers/1"),
    ):
        refused = api(method, path, body)
        assert (refused.status_code, refused.json["code"]) == (422, "invalid_number")
        (fault,) = refused.json["errors"]
        assert fault["pointer"] == pointer
        assert said in fault["message"]
        assert "country code" not in fault["message"]


def test_what_an_earlier_release_listed_is_still_found(api: Api) -> None:
    """A number in E.164 form that cannot exist."""
    assert api("GET", "/dnc/+15550141").status_code == 404
    assert api("GET", "/calls?ani=%2B15550141").status_code == 200
