"""Assigning numbers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.admin.conftest import Api
from tests.admin.pages import PAGE_DID, PAGE_TREE

Cached = Callable[[str], "str | None"]


def test_assigning_makes_a_menu_live(api: Api, cached: Cached) -> None:
    menu_id = api.create()
    response = api("POST", f"/ivr/{menu_id}/assign", {"did": PAGE_DID})
    assert response.status_code == 200
    assert (response.json["status"], response.json["did"], response.json["dids"]) == ("live", PAGE_DID, [PAGE_DID])
    assert cached(f"did:{PAGE_DID}") == f"{menu_id}:1"
    assert api("POST", f"/ivr/{menu_id}/assign", {"did": PAGE_DID}).status_code == 200
    (item,) = api("GET", "/dids").json["items"]
    assert (item["did"], item["ivr_id"]) == (PAGE_DID, menu_id)


def test_a_number_of_another_menu_is_409_unless_replaced(api: Api, cached: Cached) -> None:
    first, second = api.create(), api.create()
    api("POST", f"/ivr/{first}/assign", {"did": PAGE_DID})
    refused = api("POST", f"/ivr/{second}/assign", {"did": PAGE_DID})
    assert (refused.status_code, refused.json["code"], refused.json["ivr_id"]) == (409, "did_taken", first)
    assert cached(f"did:{PAGE_DID}") == f"{first}:1"
    taken = api("POST", f"/ivr/{second}/assign", {"did": PAGE_DID, "replace": True})
    assert (taken.status_code, taken.json["status"]) == (200, "live")
    assert cached(f"did:{PAGE_DID}") == f"{second}:1"
    assert api("GET", f"/ivr/{first}").json["status"] == "draft"


def test_a_number_has_a_language_of_its_menu_or_none(api: Api, cached: Cached) -> None:
    menu_id = api.create({**PAGE_TREE, "languages": ["en", "es"]})
    say = f"/ivr/{menu_id}/assign"
    api("POST", say, {"did": PAGE_DID, "language": "es"})
    assert cached(f"did:{PAGE_DID}") == f"{menu_id}:1:es"
    (item,) = api("GET", "/dids").json["items"]
    assert (item["language"], item["languages"]) == ("es", ["en", "es"])
    api("POST", say, {"did": PAGE_DID})
    assert cached(f"did:{PAGE_DID}") == f"{menu_id}:1:es", "what is not named stays"
    refused = api("POST", say, {"did": PAGE_DID, "language": "fr"})
    assert (refused.status_code, refused.json["code"]) == (422, "language_not_spoken")
    api("POST", say, {"did": PAGE_DID, "language": None})
    assert cached(f"did:{PAGE_DID}") == f"{menu_id}:1"
    changes = [each["action"] for each in api("GET", f"/audit?subject={PAGE_DID.replace('+', '%2B')}").json["items"]]
    assert changes == ["did.language", "did.assign"]


def test_a_number_that_is_moved_keeps_its_language(api: Api, cached: Cached) -> None:
    menus = [api.create({**PAGE_TREE, "languages": ["en", "es"]}) for _ in range(2)]
    api("POST", f"/ivr/{menus[0]}/assign", {"did": PAGE_DID, "language": "es"})
    api("POST", f"/ivr/{menus[1]}/assign", {"did": PAGE_DID, "replace": True})
    assert cached(f"did:{PAGE_DID}") == f"{menus[1]}:1:es"


def test_a_number_that_is_moved_to_a_menu_without_its_language_loses_it(api: Api, cached: Cached) -> None:
    spanish, french = (api.create({**PAGE_TREE, "languages": ["en", each]}) for each in ("es", "fr"))
    api("POST", f"/ivr/{spanish}/assign", {"did": PAGE_DID, "language": "es"})
    moved = {"did": PAGE_DID, "replace": True}
    api("POST", f"/ivr/{french}/assign", moved)
    assert cached(f"did:{PAGE_DID}") == f"{french}:1"
    api("POST", f"/ivr/{spanish}/assign", {**moved, "language": "es"})
    api("POST", f"/ivr/{french}/assign", {**moved, "language": "fr"})
    assert cached(f"did:{PAGE_DID}") == f"{french}:1:fr"


def test_a_dialect_of_a_numbers_language_is_the_language(api: Api, cached: Cached) -> None:
    spanish, mexican = (api.create({**PAGE_TREE, "languages": ["en", each]}) for each in ("es", "es-MX"))
    api("POST", f"/ivr/{spanish}/assign", {"did": PAGE_DID, "language": "es"})
    moved = api("POST", f"/ivr/{mexican}/assign", {"did": PAGE_DID, "replace": True}).json
    assert cached(f"did:{PAGE_DID}") == f"{mexican}:1:es"
    assert "number_language_not_listed" not in {each["code"] for each in moved["warnings"]}


@pytest.mark.parametrize(("languages", "heard"), [(["en", "fr"], "or hear en"), (None, "or hear the menu as it is")])
def test_a_number_whose_language_the_menu_has_lost_is_a_warning_that_says_what_callers_hear(
    api: Api, languages: list[str] | None, heard: str
) -> None:
    menu_id = api.create({**PAGE_TREE, "languages": ["en", "es"]})
    api("POST", f"/ivr/{menu_id}/assign", {"did": PAGE_DID, "language": "es"})
    before = api("GET", f"/ivr/{menu_id}").json["warnings"]
    after = api("PATCH", f"/ivr/{menu_id}", {"languages": languages}).json["warnings"]
    assert "number_language_not_listed" not in {each["code"] for each in before}
    (told,) = [each for each in after if each["code"] == "number_language_not_listed"]
    assert told["pointer"] == "/languages"
    assert told["message"].startswith(f"{PAGE_DID} is for callers in es, ")
    assert heard in told["message"]


def test_a_menu_without_numbers_is_a_draft_again(api: Api, cached: Cached) -> None:
    menu_id = api.create()
    other = "+14155550111"
    for did in (PAGE_DID, other):
        api("POST", f"/ivr/{menu_id}/assign", {"did": did})
    assert api("DELETE", f"/ivr/{menu_id}/assign/{PAGE_DID}").json["status"] == "live"
    assert cached(f"did:{PAGE_DID}") is None
    assert api("DELETE", f"/ivr/{menu_id}/assign/%2B14155550111").json["status"] == "draft"
    assert api("DELETE", f"/ivr/{menu_id}/assign/{other}").status_code == 404


@pytest.mark.parametrize(
    "did",
    ["5559876", "+0", "+1415555", "415555987", "", "+15550142", "1415555987a", 7, None],
)
def test_a_did_that_is_no_number_is_422(api: Api, did: object) -> None:
    menu_id = api.create()
    response = api("POST", f"/ivr/{menu_id}/assign", {"did": did})
    assert response.status_code == 422
    assert [each["pointer"] for each in response.json["errors"]] == ["/did"]
    assert api("GET", f"/ivr/{menu_id}").json["status"] == "draft"


def test_dids_are_pages_in_order(api: Api) -> None:
    menu_id = api.create()
    dids = [f"+1415555011{number}" for number in range(5)]
    for did in reversed(dids):
        api("POST", f"/ivr/{menu_id}/assign", {"did": did})
    first = api("GET", "/dids?limit=3").json
    second = api("GET", f"/dids?limit=3&cursor={first['next_cursor']}").json
    assert [each["did"] for each in first["items"] + second["items"]] == dids
    assert second["next_cursor"] is None
    assert [each["did"] for each in api("GET", "/dids?search=(415)%20555-0113").json["items"]] == [dids[3]]
