"""/ivr: what is answered, what is refused, and what calls read afterwards."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from admin.http.services import Services
from ivr.domain.retention import Retention
from tests.admin.conftest import Api
from tests.admin.pages import PAGE_DID, PAGE_PATCH, PAGE_TREE

Cached = Callable[[str], "str | None"]


def test_a_new_menu_is_a_draft_with_its_nodes_in_the_authors_order(api: Api) -> None:
    response = api("POST", "/ivr", PAGE_TREE)
    assert response.status_code == 201
    menu = response.json
    assert re.fullmatch(r"ivr_[a-z0-9]{12}", menu["id"])
    assert menu["status"] == "draft"
    assert menu["name"] == "Plumber Qualifier"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", menu["created_at"])
    assert (menu["version"], menu["start"], menu["dids"]) == (1, "welcome", [])
    assert menu["nodes"] == PAGE_TREE["nodes"]
    assert response.headers["Location"] == f"/ivr/{menu['id']}"
    assert response.headers["ETag"] == '"1"'


def test_the_order_of_nodes_survives_storage(api: Api) -> None:
    nodes = {name: {"action": "hangup"} for name in ("zeta", "a", "m1", "B", "10", "2")}
    menu_id = api.create({"name": "order", "nodes": nodes})
    read = json.loads(api("GET", f"/ivr/{menu_id}").data)
    assert list(read["nodes"]) == list(nodes)
    assert read["start"] == "zeta"


def test_start_is_the_named_node(api: Api) -> None:
    menu_id = api.create({**PAGE_TREE, "start": "has_license"})
    assert api("GET", f"/ivr/{menu_id}").json["start"] == "has_license"


def test_what_curl_sends_without_a_content_type_header_is_taken_as_json(api: Api) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert api("POST", "/ivr", PAGE_TREE, headers=form).status_code == 201


def test_every_fault_is_named_with_its_pointer(api: Api) -> None:
    response = api(
        "POST",
        "/ivr",
        {
            "name": "",
            "nodes": {
                "a": {"action": "explode"},
                "b": {"action": "hangup", "gather": {"1": "a"}},
                "c": {"gather": {"x": "a", "1 0": "a", "1": "no good"}},
                "d": {"action": "hangup", "audio": "../etc/passwd"},
                "e/~": {"action": "hangup"},
            },
        },
    )
    assert response.status_code == 422
    found = {(each["pointer"], each["code"], each["node"]) for each in response.json["errors"]}
    assert found == {
        ("/name", "invalid_name", None),
        ("/nodes/a/action", "unknown_action", "a"),
        ("/nodes/b", "gather_and_action", "b"),
        ("/nodes/c/gather/x", "invalid_key", "c"),
        ("/nodes/c/gather/1 0", "invalid_key", "c"),
        ("/nodes/c/gather/1", "invalid_target", "c"),
        ("/nodes/d/audio", "invalid_audio", "d"),
        ("/nodes/e~1~0", "invalid_node_id", "e/~"),
    }


def test_501_nodes_are_too_many(api: Api) -> None:
    nodes = {f"n{number}": {"action": "hangup"} for number in range(501)}
    response = api("POST", "/ivr", {"name": "big", "nodes": nodes})
    assert response.status_code == 422
    assert response.json["errors"][0]["code"] == "too_many_nodes"
    nodes.popitem()
    assert api("POST", "/ivr", {"name": "big", "nodes": nodes}).status_code == 201


def test_the_pages_patch_goes_through_with_a_warning(api: Api) -> None:
    menu_id = api.create()
    response = api("PATCH", f"/ivr/{menu_id}", PAGE_PATCH)
    assert response.status_code == 200
    assert response.json["version"] == 2
    assert response.json["nodes"]["welcome"]["gather"]["2"] == "hours"
    assert list(response.json["nodes"]) == list(PAGE_TREE["nodes"])
    warnings = {(each["pointer"], each["code"], each["node"]) for each in response.json["warnings"]}
    assert ("/nodes/welcome/gather/2", "target_not_found", "welcome") in warnings


def test_strict_refuses_warnings_and_changes_nothing(api: Api) -> None:
    menu_id = api.create()
    response = api("PATCH", f"/ivr/{menu_id}?strict=true", PAGE_PATCH)
    assert response.status_code == 422
    assert "/nodes/welcome/gather/2" in {each["pointer"] for each in response.json["errors"]}
    menu = api("GET", f"/ivr/{menu_id}").json
    assert menu["version"] == 1
    assert "2" not in menu["nodes"]["welcome"]["gather"]


def test_strict_creates_a_menu_whose_only_lack_is_its_prompts(api: Api) -> None:
    assert api("POST", "/ivr?strict=true", PAGE_TREE).status_code == 201
    hours = {**PAGE_TREE, "nodes": {**PAGE_TREE["nodes"], **PAGE_PATCH["nodes"]}}
    assert api("POST", "/ivr?strict=true", hours).status_code == 422
    assert len(api("GET", "/ivr").json["items"]) == 1


def test_patch_replaces_the_node_given_removes_null_and_keeps_the_rest(api: Api) -> None:
    menu_id = api.create()
    nodes = {"dnc": None, "unqualified": {"action": "transfer"}, "new": {"action": "hangup"}}
    menu = api("PATCH", f"/ivr/{menu_id}", {"name": "New", "nodes": nodes}).json
    assert menu["name"] == "New"
    assert list(menu["nodes"]) == [*(name for name in PAGE_TREE["nodes"] if name != "dnc"), "new"]
    assert menu["nodes"]["unqualified"] == {"action": "transfer"}
    assert menu["nodes"]["welcome"] == PAGE_TREE["nodes"]["welcome"]


def test_the_first_node_of_a_live_menu_is_not_removed_by_chance(api: Api) -> None:
    menu_id = api.create()
    api("POST", f"/ivr/{menu_id}/assign", {"did": PAGE_DID})
    for path, method in (("", "PATCH"), ("/check", "POST")):
        refused = api(method, f"/ivr/{menu_id}{path}", {"nodes": {"welcome": None}})
        assert (refused.status_code, refused.json["code"]) == (422, "invalid_tree")
        assert [(each["pointer"], each["code"]) for each in refused.json["errors"]] == [
            ("/nodes/welcome", "start_removed")
        ]
    assert api("GET", f"/ivr/{menu_id}").json["start"] == "welcome"
    moved = api("PATCH", f"/ivr/{menu_id}", {"nodes": {"welcome": None}, "start": "has_license"})
    assert (moved.status_code, moved.json["start"]) == (200, "has_license")


def test_odd_removals_from_a_draft_are_warned_of(api: Api) -> None:
    menu_id = api.create()
    patch = {"nodes": {"welcome": None, "welcom": None}}
    for path, method in (("?strict=true", "PATCH"), ("/check", "POST"), ("", "PATCH")):
        answer = api(method, f"/ivr/{menu_id}{path}", patch)
        found = answer.json["errors" if "strict" in path else "warnings"]
        assert answer.status_code == (422 if "strict" in path else 200)
        assert {("/nodes/welcome", "start_removed"), ("/nodes/welcom", "node_not_there")} <= {
            (each["pointer"], each["code"]) for each in found
        }
    assert (answer.json["start"], answer.json["version"]) == ("has_license", 2)
    assert "start_removed" not in api("GET", f"/ivr/{menu_id}").text


def test_a_patch_that_would_leave_no_node_is_refused(api: Api) -> None:
    menu_id = api.create()
    response = api("PATCH", f"/ivr/{menu_id}", {"nodes": dict.fromkeys(PAGE_TREE["nodes"])})
    assert response.status_code == 422
    assert api("GET", f"/ivr/{menu_id}").json["version"] == 1


def test_a_patch_that_changes_nothing_makes_no_version(api: Api) -> None:
    menu_id = api.create()
    assert api("PATCH", f"/ivr/{menu_id}", {"name": PAGE_TREE["name"]}).json["version"] == 1
    assert api("PATCH", f"/ivr/{menu_id}", {}).json["version"] == 1


def test_the_cache_has_a_live_menus_patch_before_the_answer_goes_out(api: Api, cached: Cached) -> None:
    menu_id = api.create()
    for did in (PAGE_DID, "+14155550111"):
        assert api("POST", f"/ivr/{menu_id}/assign", {"did": did}).json["status"] == "live"
    version = api("PATCH", f"/ivr/{menu_id}", PAGE_PATCH).json["version"]
    assert cached(f"did:{PAGE_DID}") == cached("did:+14155550111") == f"{menu_id}:{version}"
    document = json.loads(cached(f"tree:{menu_id}:{version}") or "")
    assert document["nodes"]["welcome"]["gather"]["2"] == "hours"
    assert cached(f"tree:{menu_id}:1"), "calls under way still read the version they began with"


def test_a_draft_is_not_bound_to_any_number_in_the_cache(api: Api, cached: Cached) -> None:
    api.create()
    assert cached(f"did:{PAGE_DID}") is None


def test_if_match_of_another_version_is_412(api: Api) -> None:
    menu_id = api.create()
    patch = {"name": "Two"}
    assert api("PATCH", f"/ivr/{menu_id}", patch, headers={"If-Match": '"1"'}).status_code == 200
    for stale in ('"1"', 'W/"2"', "2", '"x"'):
        response = api("PATCH", f"/ivr/{menu_id}", {"name": "Three"}, headers={"If-Match": stale})
        assert (stale, response.status_code) == (stale, 412)
        assert response.headers["ETag"] == '"2"'
    assert api("PATCH", f"/ivr/{menu_id}", {"name": "Three"}, headers={"If-Match": '"1", "2"'}).status_code == 200
    assert api("PATCH", f"/ivr/{menu_id}", {"name": "Four"}, headers={"If-Match": "*"}).status_code == 200


def test_lists_are_pages_newest_first(api: Api) -> None:
    ids = [api.create() for _ in range(5)]
    seen: list[str] = []
    cursor = ""
    while True:
        page = api("GET", f"/ivr?limit=2{cursor}").json
        seen += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == ids[::-1]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "/query/limit"),
        ("limit=201", "/query/limit"),
        ("limit=x", "/query/limit"),
        ("cursor=nonsense", "/query/cursor"),
        ("cursor=%00%ff", "/query/cursor"),
        ("limit=1&limit=2", "/query/limit"),
        ("colour=red", "/query/colour"),
    ],
)
def test_a_wrong_query_is_named(api: Api, query: str, pointer: str) -> None:
    response = api("GET", f"/ivr?{query}")
    assert response.status_code == 422
    assert [each["pointer"] for each in response.json["errors"]] == [pointer]


@pytest.mark.parametrize("menu_id", ["ivr_nothere123", "ivr_", "nonsense", "ivr_%00abcdef", "ivr_" + "x" * 300])
def test_a_menu_that_is_not_there_is_404(api: Api, menu_id: str) -> None:
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "x"}),
        ("DELETE", "", None),
        ("POST", "/assign", {"did": PAGE_DID}),
        ("DELETE", f"/assign/{PAGE_DID}", None),
        ("POST", "/audio", {"node": "welcome", "text": "Hello."}),
        ("GET", "/audio/welcome.wav", None),
    ):
        assert api(method, f"/ivr/{menu_id}{path}", body).status_code == 404


def test_a_bound_menu_is_deleted_only_by_force(api: Api, cached: Cached) -> None:
    menu_id = api.create()
    api("POST", f"/ivr/{menu_id}/assign", {"did": PAGE_DID})
    refused = api("DELETE", f"/ivr/{menu_id}")
    assert refused.status_code == 409
    assert refused.json["dids"] == [PAGE_DID]
    assert api("DELETE", f"/ivr/{menu_id}?force=true").status_code == 204
    assert cached(f"did:{PAGE_DID}") is None
    assert api("GET", f"/ivr/{menu_id}").status_code == 404
    assert api("GET", "/dids").json["items"] == []


def test_a_draft_is_deleted_just_so(api: Api) -> None:
    menu_id = api.create()
    assert api("DELETE", f"/ivr/{menu_id}").status_code == 204
    assert api("DELETE", f"/ivr/{menu_id}").status_code == 404


def test_idempotency_key_gives_the_first_answer_again(api: Api) -> None:
    once = {"Idempotency-Key": "order-1"}
    first = api("POST", "/ivr", PAGE_TREE, headers=once)
    again = api("POST", "/ivr", PAGE_TREE, headers=once)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    assert len(api("GET", "/ivr").json["items"]) == 1
    other = api("POST", "/ivr", {**PAGE_TREE, "name": "Other"}, headers=once)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")


def test_a_refused_request_does_not_use_up_its_idempotency_key(api: Api) -> None:
    once = {"Idempotency-Key": "order-2"}
    assert api("POST", "/ivr", {"name": "x", "nodes": {}}, headers=once).status_code == 422
    assert api("POST", "/ivr", PAGE_TREE, headers=once).status_code == 201


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "restored from there."), (1, "restored from there for 1 day."), (30, "restored from there for 30 days.")],
)
def test_the_page_says_how_long_a_deleted_menu_can_be_restored(
    app: Flask, api: Api, services: Services, days: int, said: str
) -> None:
    services._by_class[Retention] = replace(services.get(Retention), bin=days)
    menu = api.create(PAGE_TREE)
    browser = app.test_client()
    browser.post("/ui/login", data={"key": api.key}, headers={"Origin": "http://localhost"})
    for _ in range(2):
        page = " ".join(browser.get(f"/ui/menus/{menu}").text.split())
        assert f"It goes to the bin with its versions, prompts and tests, and can be {said}" in page
        api("POST", f"/ivr/{menu}/assign", {"did": PAGE_DID})
