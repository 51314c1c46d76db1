"""Drafts: changes of a menu that callers hear nothing of until they are published as one version."""

from __future__ import annotations

from typing import Any

import pytest

from admin.wiring import Stores
from tests.admin.conftest import Api
from tests.admin.pages import PAGE_DID, PAGE_TREE

NODES = PAGE_TREE["nodes"]
RENAMED = {**PAGE_TREE, "name": "Roofing line"}
GOODBYE = {**PAGE_TREE, "nodes": {**NODES, "unqualified": {**NODES["unqualified"], "text": "Goodbye."}}}
IF_NONE = {"If-None-Match": "*"}


@pytest.fixture
def menu(api: Api) -> str:
    """The id of a live menu with one spoken prompt, at version 2."""
    ivr_id = api.create()
    api("POST", f"/ivr/{ivr_id}/assign", {"did": PAGE_DID})
    assert api("POST", f"/ivr/{ivr_id}/audio", {"node": "unqualified", "text": "Bye."}).status_code == 201
    return ivr_id


def live(api: Api, ivr_id: str) -> Any:
    return api("GET", f"/ivr/{ivr_id}").json


def heard(api: Api, url: str) -> bytes:
    answer = api("GET", url)
    assert answer.status_code == 200, answer.text
    return answer.data


def put_draft(api: Api, ivr_id: str, document: Any, query: str = "", **headers: str) -> Any:
    answer = api("PUT", f"/ivr/{ivr_id}/draft{query}", document, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == f'"{answer.json["revision"]}"'
    return answer.json


def speak(api: Api, ivr_id: str, text: str | None = None, node: str = "unqualified") -> Any:
    answer = api("POST", f"/ivr/{ivr_id}/draft/audio", {"node": node, "text": text})
    assert answer.status_code == 201, answer.text
    return answer.json


def test_nothing_of_a_draft_is_live_until_it_is_published_as_one_version(api: Api, menu: str) -> None:
    before = live(api, menu)
    sound = heard(api, f"/ivr/{menu}/audio/not_qualified.wav")
    draft = put_draft(api, menu, RENAMED)
    assert (draft["name"], draft["based_on"], draft["behind"]) == ("Roofing line", before["version"], False)
    speak(api, menu, "Good morning.", "welcome")
    spoken = speak(api, menu, "So long.")
    assert (spoken["version"], spoken["revision"]) == (before["version"], draft["revision"] + 2)
    new_sound = heard(api, spoken["url"])
    now = live(api, menu)
    assert {**now, "draft": None} == before
    assert now["draft"]["revision"] == spoken["revision"]
    assert heard(api, f"/ivr/{menu}/audio/not_qualified.wav") == sound != new_sound

    read = api("GET", f"/ivr/{menu}/draft").json
    assert read["sounds"] == ["not_qualified.wav", "welcome.wav"]
    published = api("POST", f"/ivr/{menu}/draft/publish", headers={"If-Match": f'"{read["revision"]}"'})

    assert published.status_code == 200, published.text
    assert published.headers["ETag"] == f'"{before["version"] + 1}"'
    assert (published.json["version"], published.json["name"]) == (before["version"] + 1, "Roofing line")
    assert published.json["draft"] is None
    assert heard(api, f"/ivr/{menu}/audio/not_qualified.wav") == new_sound
    assert api("GET", f"/ivr/{menu}/draft").json["code"] == "draft_not_found"


def test_a_save_for_another_revision_is_refused_and_the_first_finds_none(api: Api, menu: str) -> None:
    first = put_draft(api, menu, RENAMED, **IF_NONE)
    again = api("PUT", f"/ivr/{menu}/draft", RENAMED, headers=IF_NONE)
    assert (again.status_code, again.json["code"]) == (412, "draft_replaced")
    second = put_draft(api, menu, GOODBYE, **{"If-Match": f'"{first["revision"]}"'})
    for method, path, body in (
        ("PUT", "draft", RENAMED),
        ("POST", "draft/audio", {"node": "unqualified"}),
        ("POST", "draft/publish", None),
        ("DELETE", "draft", None),
    ):
        late = api(method, f"/ivr/{menu}/{path}", body, headers={"If-Match": f'"{first["revision"]}"'})
        assert (late.status_code, late.json["code"]) == (412, "draft_replaced"), path
        assert late.headers["ETag"] == f'"{second["revision"]}"'
    assert api("GET", f"/ivr/{menu}/draft").json["name"] == GOODBYE["name"]


def test_the_revision_of_a_draft_that_is_gone_never_stands_for_another(api: Api, menu: str) -> None:
    first = put_draft(api, menu, RENAMED)
    assert api("DELETE", f"/ivr/{menu}/draft").status_code == 204
    late = api("PUT", f"/ivr/{menu}/draft", GOODBYE, headers={"If-Match": f'"{first["revision"]}"'})
    assert (late.status_code, late.json["code"]) == (412, "draft_replaced")
    assert put_draft(api, menu, GOODBYE)["revision"] > first["revision"]


def test_a_draft_of_an_older_version_is_published_only_to_replace_it(api: Api, menu: str) -> None:
    draft = put_draft(api, menu, RENAMED)
    changed = api("PATCH", f"/ivr/{menu}", {"name": "Changed meanwhile"}).json
    assert api("GET", f"/ivr/{menu}/draft").json["behind"]
    refused = api("POST", f"/ivr/{menu}/draft/publish")
    assert (refused.status_code, refused.json["code"]) == (412, "version_replaced")
    assert "replace=true" in refused.json["detail"]
    assert live(api, menu)["version"] == changed["version"]

    rebased = put_draft(api, menu, RENAMED, f"?based_on={changed['version']}")
    assert (rebased["based_on"], rebased["behind"]) == (changed["version"], False)
    put_draft(api, menu, RENAMED, f"?based_on={draft['based_on']}")
    replaced = api("POST", f"/ivr/{menu}/draft/publish?replace=true")
    assert (replaced.status_code, replaced.json["name"]) == (200, "Roofing line")


def test_a_new_version_that_says_the_same_leaves_a_draft_current(api: Api, menu: str) -> None:
    put_draft(api, menu, RENAMED)
    for name in ("Other", PAGE_TREE["name"]):
        api("PATCH", f"/ivr/{menu}", {"name": name})
    draft = api("GET", f"/ivr/{menu}/draft").json
    assert (draft["behind"], draft["version"]) == (False, draft["based_on"] + 2)
    assert api("POST", f"/ivr/{menu}/draft/publish").status_code == 200


def test_a_discarded_draft_leaves_the_menu_as_it_was(api: Api, menu: str, stores: Stores) -> None:
    before = live(api, menu)
    put_draft(api, menu, RENAMED)
    speak(api, menu, "So long.")
    assert api("DELETE", f"/ivr/{menu}/draft").status_code == 204
    assert live(api, menu) == before
    actions = [each.action for each in stores.postgres.audit.list(subject=menu).items]
    assert actions[:2] == ["draft.discard", "draft.save"]
