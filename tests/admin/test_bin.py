"""The bin: a menu that was deleted comes back whole, and nobody sees it until then. Copies of menus."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask

from admin.wiring import Stores
from ivr.domain.copy_names import copy_name
from ivr.secrets import signed_values
from ivr.settings import Settings
from ivr.storage.redis.menu_cache import CacheReader
from keeper.retention import prune
from tests.admin.conftest import Api
from tests.admin.pages import PAGE_DID, PAGE_PATCH, PAGE_TREE
from tests.admin.test_number_lists_page import ORIGIN
from tests.admin.test_preconditions import TEST

OTHER_DID = "+14155559999"


def known_of(api: Api, menu: str) -> dict[str, Any]:
    """All that people see of a menu."""
    versions = [
        {name: value for name, value in each.items() if name != "current"}
        for each in api("GET", f"/ivr/{menu}/versions").json["items"]
    ]
    return {
        "menu": api("GET", f"/ivr/{menu}").json,
        "versions": versions,
        "tests": api("GET", f"/ivr/{menu}/tests").json["items"],
    }


def filled_menu(api: Api) -> str:
    menu = api.create()
    api("PATCH", f"/ivr/{menu}", PAGE_PATCH)
    api("POST", f"/ivr/{menu}/audio", {"node": "welcome", "text": "Press 1.", "voice": "joe"})
    api("POST", f"/ivr/{menu}/tests", TEST)
    for did in (PAGE_DID, OTHER_DID):
        api("POST", f"/ivr/{menu}/assign", {"did": did})
    return menu


def entry_of(api: Api, menu: str) -> dict[str, Any]:
    (entry,) = [each for each in api("GET", "/bin").json["items"] if each["subject"] == menu]
    return dict(entry)


def test_a_deleted_menu_comes_back_as_it_was_and_calls_find_it_again(api: Api, settings: Settings) -> None:
    menu = filled_menu(api)
    before = known_of(api, menu)
    assert api("DELETE", f"/ivr/{menu}?force=true").status_code == 204
    for path in ("", "/versions", "/tests"):
        assert api("GET", f"/ivr/{menu}{path}").status_code == 404
    assert (api("GET", "/ivr").json["items"], api("GET", "/dids").json["items"]) == ([], [])
    entry = entry_of(api, menu)
    assert (entry["kind"], entry["name"], entry["numbers"]) == ("menu", PAGE_TREE["name"], [PAGE_DID, OTHER_DID])

    back = api("POST", f"/bin/{entry['id']}/restore")
    assert (back.status_code, back.json["numbers"], back.json["taken"]) == (200, [PAGE_DID, OTHER_DID], [])
    after = known_of(api, menu)
    # It names an agent, which may be another by now: hence a version of its own.
    menu_before, menu_now = before["menu"], after["menu"]
    assert {**menu_now, "version": 0, "updated_at": ""} == {**menu_before, "version": 0, "updated_at": ""}
    assert list(menu_now["nodes"]) == list(menu_before["nodes"])
    assert after["versions"][-len(before["versions"]) :] == before["versions"]
    assert after["tests"] == before["tests"]
    assert api("GET", "/bin").json["items"] == []
    assert api("POST", f"/bin/{entry['id']}/restore").json["code"] == "bin_entry_not_found"
    assert [each["did"] for each in api("GET", "/dids").json["items"]] == [PAGE_DID, OTHER_DID]
    calls = CacheReader(settings.redis_url, signed_values(settings), timeout_s=10)
    try:
        assert calls.pointer_of(PAGE_DID) == f"{menu}:{menu_now['version']}".encode()
    finally:
        calls.close()


def test_a_number_that_another_menu_has_meanwhile_stays_there_and_is_named(api: Api) -> None:
    menu, other = filled_menu(api), api.create()
    api("DELETE", f"/ivr/{menu}?force=true")
    api("POST", f"/ivr/{other}/assign", {"did": PAGE_DID})
    back = api("POST", f"/bin/{entry_of(api, menu)['id']}/restore").json
    assert (back["numbers"], back["taken"]) == ([OTHER_DID], [PAGE_DID])
    assert api("GET", f"/ivr/{other}").json["dids"] == [PAGE_DID]
    assert api("GET", f"/ivr/{menu}").json["dids"] == [OTHER_DID]


def test_the_keeper_empties_the_bin_when_its_days_are_over_and_lets_sounds_be_until_then(
    api: Api, stores: Stores, settings: Settings
) -> None:
    menu = filled_menu(api)
    (prompt,) = stores.postgres.menus.get(menu).prompts.values()
    file = settings.prompts / prompt.file
    api("DELETE", f"/ivr/{menu}?force=true")
    now = datetime.now(UTC)

    def pruned(after: timedelta) -> int:
        with stores.postgres.database.transaction() as connection:
            connection.execute("update unplayed_prompt set since = since - interval '100 days'")
        make_old(file)
        return prune(stores.postgres.database, settings.prompts, settings.retention, now + after).bin

    assert pruned(timedelta(days=29)) == 0
    assert pruned(timedelta(days=29)) == 0
    assert file.exists()
    assert entry_of(api, menu)["kept_until"] > now.isoformat()
    assert pruned(timedelta(days=31)) == 1
    assert pruned(timedelta(days=31)) == 0
    assert api("GET", "/bin").json["items"] == []
    assert not file.exists()


def make_old(file: Path) -> None:
    if file.exists():
        os.utime(file, (0, 0))


def test_what_is_deleted_for_good_is_gone(api: Api) -> None:
    menu = api.create()
    api("DELETE", f"/ivr/{menu}")
    entry = entry_of(api, menu)
    assert api("DELETE", f"/bin/{entry['id']}").status_code == 204
    assert api("DELETE", f"/bin/{entry['id']}").status_code == 404
    assert api("GET", "/bin").json["items"] == []


def test_every_table_of_a_menu_comes_back(stores: Stores, api: Api) -> None:
    """Whatever refers to a menu by a foreign key is kept in the bin, now and in releases to come."""
    menu = filled_menu(api)
    api("DELETE", f"/ivr/{menu}?force=true")
    with stores.postgres.database.transaction() as connection:
        kept = connection.execute("select distinct from_table as name from bin_row").fetchall()
    assert {row["name"] for row in kept} >= {"ivr", "ivr_version", "prompt", "did", "menu_test"}


def test_a_copy_has_nodes_prompts_and_tests_and_no_number(api: Api) -> None:
    menu = filled_menu(api)
    answer = api("POST", f"/ivr/{menu}/duplicate")
    copy, original = answer.json, api("GET", f"/ivr/{menu}").json
    assert (answer.status_code, copy["name"]) == (201, f"{PAGE_TREE['name']} (copy)")
    assert (copy["version"], copy["dids"], copy["status"]) == (1, [], "draft")
    assert json.dumps(copy["nodes"]) == json.dumps(original["nodes"])
    assert [(each["audio"], each["state"], each["text"]) for each in copy["prompts"]] == [
        (each["audio"], each["state"], each["text"]) for each in original["prompts"]
    ]
    tests = [api("GET", f"/ivr/{each}/tests").json["items"] for each in (menu, copy["id"])]
    assert [each["name"] for each in tests[1]] == [each["name"] for each in tests[0]] == [TEST["name"]]
    assert api("POST", f"/ivr/{copy['id']}/duplicate").json["name"] == f"{PAGE_TREE['name']} (copy 2)"
    assert api("POST", "/ivr/ivr_nothing/duplicate").status_code == 404


def test_a_copy_of_the_longest_name_has_a_name_that_fits() -> None:
    name = copy_name("x" * 200, [])
    assert (len(name) <= 200, name.endswith("(copy)")) == (True, True)
    assert copy_name("Line (copy)", {"Line (copy)", "Line (copy 2)"}) == "Line (copy 3)"


def test_several_menus_are_exported_as_one_file_of_bundles(app: Flask, api: Api) -> None:
    first, second = filled_menu(api), api.create()
    client = app.test_client()
    client.post("/ui/login", data={"key": api.key}, headers=ORIGIN)
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/ui/menus?view=table").text)
    assert found is not None
    form = {"csrf": found[1], "chosen": [first, second, "ivr_nothing"]}
    answer = client.post("/ui/menus/export", data=form, headers=ORIGIN)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as whole:
        names = whole.namelist()
        bundles = [whole.read(name) for name in names]
    assert names == [f"{PAGE_TREE['name']}.digitree.zip", f"{PAGE_TREE['name']} 2.digitree.zip"]
    assert bundles == [api("GET", f"/ivr/{menu}/bundle").data for menu in (first, second)]
    assert client.post("/ui/menus/export", data={**form, "chosen": []}, headers=ORIGIN).status_code == 404


AGENT = {"name": "sales", "targets": [{"uri": "sip:a@192.0.2.1", "username": "me", "password": "secret7"}]}


def test_a_deleted_agent_comes_back_with_its_passwords_and_its_menus_reach_it(api: Api, stores: Stores) -> None:
    api("POST", "/agents", AGENT)
    nodes = {"start": {"action": "transfer", "agent": "sales"}}
    menu = api.create({"name": "Line", "nodes": nodes})
    before = stores.postgres.agents.find("sales")
    assert api("DELETE", "/agents/sales?force=true").status_code == 204
    assert api("GET", "/agents").json["items"] == []
    missing = [each["code"] for each in api("GET", f"/ivr/{menu}").json["warnings"]]
    entry = entry_of(api, "sales")
    lesser = api.as_key(stores.postgres.keys.create("editor", scopes=("read", "write"))[1])
    for method, path in (("POST", f"/bin/{entry['id']}/restore"), ("DELETE", f"/bin/{entry['id']}")):
        assert lesser(method, path).json["code"] == "scope_missing"
    back = api("POST", f"/bin/{entry['id']}/restore")
    assert (back.status_code, back.json["kind"], back.json["id"]) == (200, "agent", "sales")
    assert stores.postgres.agents.find("sales") == before
    warnings = api("GET", f"/ivr/{menu}").json["warnings"]
    assert len(missing) - len(warnings) == 1, "the transfer has its agent again"


def test_an_agent_does_not_take_the_name_of_another_one_back(api: Api) -> None:
    api("POST", "/agents", AGENT)
    api("DELETE", "/agents/sales")
    api("POST", "/agents", {**AGENT, "targets": [{"uri": "sip:b@192.0.2.1"}]})
    refused = api("POST", f"/bin/{entry_of(api, 'sales')['id']}/restore")
    assert (refused.status_code, refused.json["code"]) == (409, "agent_taken")
    assert api("GET", "/agents/sales").json["targets"][0]["uri"] == "sip:b@192.0.2.1"
