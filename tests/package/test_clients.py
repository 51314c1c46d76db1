"""What digitree-client is made of, without making it: names in the OpenAPI document, groups, pinned generators."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement
from typer.testing import CliRunner

from admin.wiring import API_DOCUMENT
from launcher.cli import app
from tests.package.test_locks import lock

CLIENTS = Path(__file__).parents[2] / "clients"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(API_DOCUMENT.text)
    return document


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_clients", CLIENTS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# JSON of the OpenAPI initiative and of other systems.
OF_OTHERS = ("openapi_json", "import_menu", "export_menu_file")


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for item in document["paths"].values() for each in item.values()]


def test_the_document_is_printed_without_a_server() -> None:
    printed = CliRunner().invoke(app, ["openapi"])
    assert printed.exit_code == 0
    assert printed.stdout.strip() == API_DOCUMENT.text


def test_names_in_the_document_are_written_for_people(document: dict[str, Any]) -> None:
    for each in operations(document):
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", each["operationId"]), each["operationId"]
        assert "ivr" not in each["operationId"].split("_")
        assert re.fullmatch(r"[a-z]+( [a-z]+)*", each["tags"][0]), each["tags"]
    for name, schema in document["components"]["schemas"].items():
        assert re.fullmatch(r"([A-Z][a-z]*)+", name), name
        assert not name.endswith(("Schema", "Model")), name
        assert schema["title"] == name


def test_every_link_leads_to_an_operation(document: dict[str, Any]) -> None:
    known = {each["operationId"] for each in operations(document)}
    answers = [answer for each in operations(document) for answer in each["responses"].values()]
    assert {link["operationId"] for answer in answers for link in answer.get("links", {}).values()} <= known


def test_every_json_body_and_answer_has_a_name(document: dict[str, Any]) -> None:
    for each in operations(document):
        contents = [each.get("requestBody", {}), *each["responses"].values()]
        for content in contents:
            schema = content.get("content", {}).get("application/json", {}).get("schema", {"$ref": ""})
            assert "$ref" in schema or each["operationId"] in OF_OTHERS, each["operationId"]


def test_a_message_comes_last_among_the_kinds_of_nodes(document: dict[str, Any]) -> None:
    """A client that takes the first kind that fits would take every node with a `next` for one."""
    kinds = [each["$ref"].rsplit("/", 1)[1] for each in document["components"]["schemas"]["Node"]["oneOf"]]
    by_field = ["GatherNode", "SwitchNode", "MessageNode"]
    assert kinds[-3:] == by_field
    for name in set(kinds) - set(by_field):
        assert "action" in document["components"]["schemas"][name]["required"]


def test_clients_have_every_operation_but_streams_metrics_and_pages(
    document: dict[str, Any], generate: ModuleType
) -> None:
    prepared = generate.prepared(document)
    left_out = {each["operationId"] for each in operations(document)}
    left_out -= {each["operationId"] for each in operations(prepared)}
    assert left_out == {
        "docs", "docs_asset", "openapi_json", "metrics", "watch_live_calls", "follow_test_call",
    }  # fmt: skip
    for each in operations(prepared):
        assert {status[0] for status in each["responses"]} <= {"2", "3"}
        assert len(each.get("requestBody", {}).get("content", {"one": {}})) == 1
    names = [each["operationId"] for each in operations(generate.grouped(prepared))]
    assert "menus.create_menu" in names
    assert "do_not_call.add_dnc" in names


def test_generators_are_pinned() -> None:
    asked = [Requirement(each) for each in (CLIENTS.parent / "locks/clients.in").read_text().split("\n") if each]
    locked = lock("clients")
    assert asked
    assert [each for each in asked if f"=={locked[each.name]['version']}" != str(each.specifier)] == []
    package = json.loads((CLIENTS / "typescript/package.json").read_text())
    npm = json.loads((CLIENTS / "typescript/package-lock.json").read_text())["packages"]
    assert all(re.fullmatch(r"[\d.]+", each) for each in package["devDependencies"].values())
    assert npm[""]["devDependencies"] == package["devDependencies"]
    assert all("integrity" in each for path, each in npm.items() if path)
