"""The tools for menus over the protocol and the real API: what they write, what they refuse, and who may do what."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask

from admin.wiring import Stores
from assistants.marking import OTHERS, OURS
from tests.admin.conftest import Api
from tests.admin.pages import PAGE_TREE
from tests.assistants.clients import Assistant, Assistants, ToolRefused, answering, run

READING = {
    *("check_menu", "check_opt_out", "diff_draft", "get_call", "get_draft", "get_funnel", "get_menu", "hear_prompt"),
    *("list_calls", "list_live_calls", "list_menu_tests", "list_menus", "list_numbers", "list_versions"),
    *("list_voices", "menu_help"),
}
DESTROYING = {"assign_number", "discard_draft", "publish_draft", "unassign_number"}
OF_CALLS = {"get_call", "get_funnel", "list_calls", "list_live_calls"}
DIDS = iter(range(14_155_551_000, 14_155_551_099))


@pytest.fixture
def assistants(app: Flask, stores: Stores) -> Assistants:
    return Assistants(app, stores.postgres.keys)


async def with_draft(assistant: Assistant, **more: Any) -> tuple[str, int]:
    """A menu that no number leads to, with a draft that adds a text: its id, and the draft's revision."""
    made = await assistant("create_menu", menu={**PAGE_TREE, **more})
    menu = (await assistant("get_menu", ivr_id=made["ivr_id"]))["menu"][OTHERS]
    menu["nodes"]["welcome"]["text"] = "Thanks for calling."
    draft = await assistant("save_draft", ivr_id=made["ivr_id"], menu=menu)
    return made["ivr_id"], draft["revision"]


def test_a_menu_is_written_checked_and_compared_and_no_caller_hears_it(assistants: Assistants) -> None:
    async def work() -> None:
        async with assistants() as assistant:
            ivr_id, revision = await with_draft(assistant)
            assert (await assistant("get_menu", ivr_id=ivr_id))["menu"] == {OTHERS: PAGE_TREE}
            draft = await assistant("get_draft", ivr_id=ivr_id)
            assert (draft["revision"], draft["based_on"], draft["behind"]) == (revision, 1, False)
            assert draft["menu"][OTHERS]["nodes"]["welcome"]["text"] == "Thanks for calling."
            checked = await assistant("check_menu", ivr_id=ivr_id)
            assert {each["code"] for each in checked["warnings"]} >= {"audio_not_ready"}
            changes = await assistant("diff_draft", ivr_id=ivr_id)
            [node] = changes["diff"]["nodes"]
            assert node["fields"] == [
                {"pointer": "/nodes/welcome/text", "change": "added", "before": None,
                 "after": {OTHERS: "Thanks for calling."}}
            ]  # fmt: skip
            assert changes["dids"] == []
            listed = await assistant("list_menus", search="Plumber")
            assert (listed["items"][0]["id"], listed["items"][0]["status"]) == (ivr_id, "draft")
            assert (await assistant("list_versions", ivr_id=ivr_id))["items"][0]["version"] == 1
            test = {"name": "out", "script": "9", "expected": {"opted_out": True}}
            made = await assistant("add_menu_test", ivr_id=ivr_id, **test)
            assert made["test"][OTHERS]["expected"] == {"opted_out": True}
            assert len((await assistant("list_menu_tests", ivr_id=ivr_id))["items"]) == 1
            await assistant("discard_draft", ivr_id=ivr_id, revision=revision)
            with pytest.raises(ToolRefused, match="draft_not_found"):
                await assistant("get_draft", ivr_id=ivr_id)

    run(work)


def test_every_fault_of_a_menu_comes_with_its_place_and_a_mended_menu_is_taken(assistants: Assistants) -> None:
    async def work() -> None:
        async with assistants() as assistant:
            ivr_id, revision = await with_draft(assistant)
            wrong = {"name": "x", "nodes": {"a": {"gather": {"q": "b"}}, "c": {"action": "sing"}}}
            with pytest.raises(ToolRefused) as refused:
                await assistant("save_draft", ivr_id=ivr_id, menu=wrong, revision=revision)
            lines = str(refused.value).splitlines()
            assert "refused (invalid_tree): 2 faults" in lines[0]
            places = [line.partition(": ")[0] for line in lines[1:]]
            assert places == ["- at /nodes/a/gather/q", "- at /nodes/c/action"]
            mended = {"name": "x", "nodes": {"a": {"gather": {"1": "c"}}, "c": {"action": "hangup"}}}
            saved = await assistant("save_draft", ivr_id=ivr_id, menu=mended, revision=revision)
            assert saved["revision"] > revision
            with pytest.raises(ToolRefused, match="draft_replaced"):
                await assistant("save_draft", ivr_id=ivr_id, menu=mended, revision=revision)
            with pytest.raises(ToolRefused, match="draft_replaced"):
                await assistant("save_draft", ivr_id=ivr_id, menu=mended)

    run(work)


def test_an_id_leads_nowhere_else(assistants: Assistants) -> None:
    async def work() -> None:
        async with assistants() as assistant:
            for tool, name, value in (
                ("get_menu", "ivr_id", "../keys"),
                ("get_menu", "ivr_id", ".."),
                ("get_call", "call_id", "live"),
                ("check_opt_out", "number", "../keys"),
            ):
                with pytest.raises(ToolRefused, match="pattern"):
                    await assistant(tool, **{name: value})
            for audio in ("..", "%2e%2e", "../../../keys"):
                with pytest.raises(ToolRefused):
                    await assistant("hear_prompt", ivr_id="ivr_abc123", audio=audio)

    run(work)


def test_each_tool_says_what_it_does_and_how_a_menu_is_written(assistants: Assistants) -> None:
    async def work() -> None:
        async with assistants() as assistant:
            tools = (await assistant.client.list_tools()).tools
            assert {each.name for each in tools if each.annotations.read_only_hint} == READING
            assert {each.name for each in tools if each.annotations.destructive_hint} == DESTROYING
            assert all(each.description and each.title and each.output_schema for each in tools)
            resources = {each.uri: each for each in (await assistant.client.list_resources()).resources}
            schema = (await assistant.client.read_resource("digitree://menu-schema")).contents[0].text
            jsonschema_rs.validator_for(json.loads(schema)).validate(PAGE_TREE)
            assert set(resources) == {
                "digitree://menu-schema",
                *(f"digitree://help/menu-{page}" for page in ("language", "warnings", "tests")),
            }
            page = (await assistant.client.read_resource("digitree://help/menu-language")).contents[0].text
            start = await assistant("menu_help")
            assert {"Question", "Transfer", "Hang up", "Opt-out"} <= set(start["sections"])
            part = await assistant("menu_help", section="opt-out")
            assert part["text"] in page
            with pytest.raises(ToolRefused, match=r"it has .*Question"):
                await assistant("menu_help", section="Songs")

    run(work)


def test_a_key_that_may_only_read_reads_and_does_nothing_else(assistants: Assistants) -> None:
    async def work() -> None:
        async with assistants() as owner:
            ivr_id, revision = await with_draft(owner)
        arguments: dict[str, dict[str, Any]] = {
            "create_menu": {"menu": PAGE_TREE},
            "save_draft": {"ivr_id": ivr_id, "menu": PAGE_TREE, "revision": revision},
            "discard_draft": {"ivr_id": ivr_id, "revision": revision},
            "call_menu": {"ivr_id": ivr_id, "script": "1"},
            "add_menu_test": {"ivr_id": ivr_id, "name": "t", "script": "9", "expected": {"opted_out": True}},
            "run_menu_tests": {"ivr_id": ivr_id},
            "speak_draft": {"ivr_id": ivr_id},
            "speak_prompt": {"ivr_id": ivr_id, "node": "welcome"},
            "publish_draft": {"ivr_id": ivr_id},
            "assign_number": {"ivr_id": ivr_id, "did": f"+{next(DIDS)}"},
            "unassign_number": {"ivr_id": ivr_id, "did": f"+{next(DIDS)}"},
            "get_funnel": {"ivr_id": ivr_id},
            "get_call": {"call_id": "call_1"},
            "list_calls": {},
            "list_live_calls": {},
        }
        async with assistants(scopes=("read",)) as reader:
            names = {each.name for each in (await reader.client.list_tools()).tools}
            assert set(arguments) == names - READING | OF_CALLS
            for name, given in arguments.items():
                with pytest.raises(ToolRefused, match="scope_missing"):
                    await reader(name, **given)
            assert (await reader("get_draft", ivr_id=ivr_id))["revision"] == revision
            assert await reader("check_opt_out", number="+14155559876") == {
                "number": "+14155559876", "on_the_list": False
            }  # fmt: skip

    run(work)


def test_publishing_takes_a_confirmation_of_just_what_was_shown(assistants: Assistants) -> None:
    async def work() -> None:
        async with (
            assistants() as assistant,
            assistants(scopes=("read", "write")) as other,
        ):
            ivr_id, revision = await with_draft(assistant)
            shown = await assistant("publish_draft", ivr_id=ivr_id)
            assert (shown["done"], shown["would"]["publish"]["revision"]) == (False, revision)
            assert shown["would"]["publish"]["summary"] == {OURS: "words for welcome added"}
            assert (await assistant("get_menu", ivr_id=ivr_id))["version"] == 1
            token = shown["confirmation"]
            with pytest.raises(ToolRefused, match="something else"):
                await other("publish_draft", ivr_id=ivr_id, confirmation=token)
            with pytest.raises(ToolRefused, match="something else"):
                await assistant("publish_draft", ivr_id=ivr_id, require_tests=True, confirmation=token)
            again = (await assistant("get_draft", ivr_id=ivr_id))["menu"][OTHERS]
            await assistant("save_draft", ivr_id=ivr_id, menu={**again, "name": "Changed"}, revision=revision)
            with pytest.raises(ToolRefused, match="changed since"):
                await assistant("publish_draft", ivr_id=ivr_id, confirmation=token)
            assert (await assistant("get_menu", ivr_id=ivr_id))["version"] == 1
            token = (await assistant("publish_draft", ivr_id=ivr_id))["confirmation"]
            done = await assistant("publish_draft", ivr_id=ivr_id, confirmation=token)
            assert (done["done"], done["menu_now"]["version"]) == (True, 2)
            with pytest.raises(ToolRefused, match="draft_not_found"):
                await assistant("publish_draft", ivr_id=ivr_id, confirmation=token)

    run(work)


def test_numbers_are_assigned_and_taken_away_after_a_confirmation(assistants: Assistants, api: Api) -> None:
    did, free = f"+{next(DIDS)}", f"+{next(DIDS)}"

    async def work() -> None:
        async with assistants() as assistant:
            first, _ = await with_draft(assistant)
            second, _ = await with_draft(assistant)
            shown = await assistant("assign_number", ivr_id=first, did=did)
            assert shown["would"]["assign"]["leads_now_to"] is None
            assert api("GET", f"/ivr/{first}").json["dids"] == []
            with pytest.raises(ToolRefused, match="something else"):
                await assistant("assign_number", ivr_id=first, did=free, confirmation=shown["confirmation"])
            done = await assistant("assign_number", ivr_id=first, did=did, confirmation=shown["confirmation"])
            assert done["menu_now"]["dids"] == [did]
            assert did in [each["did"] for each in (await assistant("list_numbers", search=did))["items"]]
            with pytest.raises(ToolRefused, match="take_over"):
                await assistant("assign_number", ivr_id=second, did=did)
            wanted = {"ivr_id": second, "did": did, "take_over": True}
            shown = await assistant("assign_number", **wanted)
            assert shown["would"]["assign"]["leads_now_to"]["ivr_id"] == first
            await assistant("assign_number", **wanted, confirmation=shown["confirmation"])
            shown = await assistant("unassign_number", ivr_id=second, did=did)
            assert api("GET", f"/ivr/{second}").json["dids"] == [did]
            done = await assistant("unassign_number", ivr_id=second, did=did, confirmation=shown["confirmation"])
            assert done["menu_now"]["dids"] == []
            with pytest.raises(ToolRefused, match="not_assigned"):
                await assistant("unassign_number", ivr_id=second, did=did)

    run(work)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_where_the_client_can_ask_only_the_person_confirms(assistants: Assistants, mode: Any) -> None:
    async def work() -> None:
        async with assistants() as silent:
            ivr_id, revision = await with_draft(silent, name="Ask me")
            token = (await silent("publish_draft", ivr_id=ivr_id))["confirmation"]
        asked: list[str] = []
        refusing = {"mode": mode, "elicitation_callback": answering(False, asked)}
        async with assistants(**refusing) as assistant:
            answer = await assistant("publish_draft", ivr_id=ivr_id)
            assert (answer["done"], "confirmation" in answer) == (False, False)
            assert (await assistant("publish_draft", ivr_id=ivr_id, confirmation=token))["done"] is False
            assert (await assistant("get_menu", ivr_id=ivr_id))["version"] == 1
        assert f"Publish draft {revision} of the menu \u201cAsk me\u201d ({ivr_id})?" in asked[0]
        approving = {"mode": mode, "elicitation_callback": answering(True, asked)}
        async with assistants(**approving) as assistant:
            answer = await assistant("publish_draft", ivr_id=ivr_id)
            assert (answer["done"], answer["menu_now"]["version"]) == (True, 2)

    run(work)
