"""Where the editor's cards stand is kept with the menu, for all who edit it, and is no part of it."""

from __future__ import annotations

import pytest

from tests.admin.conftest import Api
from tests.admin.pages import PAGE_TREE

PLACES = {"welcome": {"x": -20, "y": 40}, "dnc": {"x": 300, "y": 0}}


@pytest.fixture
def menu(api: Api) -> str:
    return f"/ivr/{api('POST', '/ivr', PAGE_TREE).json['id']}"


def test_places_are_kept_and_make_no_version(api: Api, menu: str) -> None:
    assert api("GET", f"{menu}/places").json == {"places": {}}
    before = api("GET", menu)
    assert api("PUT", f"{menu}/places", {"places": PLACES}).json == {"places": PLACES}
    assert api("GET", f"{menu}/places").json == {"places": PLACES}
    after = api("GET", menu)
    assert (after.json, after.headers["ETag"]) == (before.json, before.headers["ETag"])
    assert api("PUT", f"{menu}/places", {"places": {}}).json == {"places": {}}


def test_they_go_with_the_menu(api: Api, menu: str) -> None:
    api("PUT", f"{menu}/places", {"places": PLACES})
    assert api("DELETE", menu).status_code == 204
    assert api("GET", f"{menu}/places").status_code == 404
    assert api("PUT", f"{menu}/places", {"places": PLACES}).status_code == 404


@pytest.mark.parametrize(
    ("places", "pointer"),
    [
        ({"a b": {"x": 0, "y": 0}}, "/places/a b"),
        ({"a": {"x": 0}}, "/places/a/y"),
        ({"a": {"x": 0.5, "y": 0}}, "/places/a/x"),
        ({"a": {"x": 10_000_000, "y": 0}}, "/places/a/x"),
    ],
)
def test_what_is_no_place_of_a_node_is_refused(api: Api, menu: str, places: object, pointer: str) -> None:
    refused = api("PUT", f"{menu}/places", {"places": places})
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json["errors"]] == [pointer]
