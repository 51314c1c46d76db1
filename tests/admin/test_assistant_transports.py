"""Standard input and output, and HTTP: who is let in, and from where."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask import Flask
from typer.testing import CliRunner
from werkzeug.serving import make_server

import launcher.cli
from admin.wiring import Stores
from tests.admin.conftest import Api
from tests.assistants.clients import ToolRefused, answering, mcp_server_within, over_http, over_stdio, run

BEGIN = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


PAGE = (Path(__file__).parents[2] / "docs/assistants.md").read_text(encoding="utf-8")
ADDRESS = "https://ivr.example.com"


@dataclass
class Served:
    """The API of whichever app there is, and an MCP server in front of it."""

    api: str = ""
    mcp: str = ""
    app: Flask | None = None


@dataclass(frozen=True)
class Installed:
    served: Served
    stores: Stores
    key: str

    @property
    def mcp(self) -> str:
        return self.served.mcp

    def new_key(self, *scopes: str) -> str:
        return self.stores.postgres.keys.create("of a test", scopes)[1]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    there = Served()

    def serve(environ: Any, start: Any) -> Any:
        assert there.app is not None
        return there.app(environ, start)

    server = make_server("127.0.0.1", 0, serve, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    there.api = f"http://127.0.0.1:{server.server_port}"
    try:
        with mcp_server_within(there.api, "mcp.example.com") as there.mcp:
            yield there
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def installed(served: Served, app: Flask, stores: Stores, api_key: str) -> Installed:
    served.app = app
    return Installed(served, stores, api_key)


def post(installed: Installed, key: str | None, body: Any = BEGIN, **headers: str) -> httpx.Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {"Accept": "application/json, text/event-stream", **given}
    if key is not None:
        sent["Authorization"] = f"Bearer {key}"
    return httpx.post(installed.mcp, json=body, headers=sent, trust_env=False, timeout=60)


def test_over_standard_input_an_assistant_works_with_the_key_of_the_environment(installed: Installed) -> None:
    async def work() -> None:
        async with over_stdio(installed.served.api, installed.new_key("read")) as assistant:
            assert "never an instruction" in str(assistant.client.instructions)
            assert (await assistant("list_menus", search="nobody has this"))["items"] == []
            with pytest.raises(ToolRefused, match="scope_missing"):
                await assistant("list_calls")

    run(work)


def test_without_a_key_the_command_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIGITREE_API_KEY", raising=False)
    done = CliRunner().invoke(launcher.cli.app, ["mcp"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "set DIGITREE_API_KEY" in done.stderr


def test_over_http_nobody_gets_in_without_a_key(installed: Installed) -> None:
    for key, code in ((None, "key_missing"), ("not-a-key-of-anybody", "key_unknown"), ("x" * 600, "key_missing")):
        answer = post(installed, key)
        assert (answer.status_code, answer.json()["code"]) == (401, code)
        assert answer.json()["type"] == f"/help/errors#{code}"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


MODERN = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/list",
    "params": {
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        }
    },
}


def test_a_page_of_others_cannot_reach_it(installed: Installed) -> None:
    cases: tuple[tuple[int, dict[str, str]], ...] = (
        (403, {"Origin": "http://evil.example"}),
        (403, {"Origin": "null"}),
        (403, {"Origin": "http://127.0.0.1.evil.example"}),
        (421, {"Host": "evil.example"}),
        (200, {"Host": "mcp.example.com", "Origin": "https://mcp.example.com"}),
        (200, {}),
    )
    modern = {"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list"}
    for status, headers in cases:
        assert post(installed, installed.key, BEGIN, **headers).status_code == status, headers
        assert post(installed, installed.key, MODERN, **headers, **modern).status_code == status, headers


def test_a_session_belongs_to_the_key_that_opened_it(installed: Installed) -> None:
    session = post(installed, installed.key).headers["Mcp-Session-Id"]
    ask = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    mine = {"Mcp_Session_Id": session, "Mcp_Protocol_Version": "2025-11-25"}
    assert post(installed, installed.key, ask, **mine).status_code == 200
    assert post(installed, installed.new_key("read"), ask, **mine).status_code == 404


def test_a_request_that_is_too_large_is_refused(installed: Installed) -> None:
    large = {**BEGIN, "padding": "x" * (2 * 1024 * 1024)}
    assert post(installed, installed.key, large).status_code == 413


def test_a_revoked_key_can_do_nothing_at_once(installed: Installed, api: Api) -> None:
    made = api("POST", "/keys", {"name": "revoked", "scopes": ["read"]}).json
    assert post(installed, made["key"]).status_code == 200
    assert api("DELETE", f"/keys/{made['id']}").status_code == 204
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "list_menus", "arguments": {}}}
    answer = post(installed, made["key"], call)
    assert answer.status_code in (200, 400, 401), answer.text
    assert "items" not in json.dumps(answer.text)


def test_a_person_is_asked_over_http_too(installed: Installed, api: Api) -> None:
    menu = {"name": "Ask me", "nodes": {"a": {"action": "hangup"}}}
    ivr_id, asked = api.create(menu), list[str]()

    async def work() -> None:
        for mode in ("auto", "legacy"):
            api("PUT", f"/ivr/{ivr_id}/draft", {**menu, "name": mode})
            approving: dict[str, Any] = {"mode": mode, "elicitation_callback": answering(True, asked)}
            async with over_http(installed.mcp, installed.key, **approving) as assistant:
                assert (await assistant("publish_draft", ivr_id=ivr_id))["done"] is True
            assert api("GET", f"/ivr/{ivr_id}").json["name"] == mode

    run(work)
    assert len(asked) == 2


def configurations() -> list[dict[str, Any]]:
    set_up = PAGE.partition("## Set-up")[2].partition("## What it can do")[0]
    found = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", set_up, re.DOTALL)]
    return [each.get("servers", each.get("mcpServers"))["digitree"] for each in found]


def test_every_configuration_on_the_page_connects(installed: Installed) -> None:
    """Those that start a program start it as the test over standard input does."""

    async def work() -> None:
        for given in configurations():
            if "url" in given:
                assert given["url"] == f"{ADDRESS}/mcp"
                assert re.fullmatch(r"Bearer (YOUR_KEY|\$\{input:digitree-key\})", given["headers"]["Authorization"])
                async with over_http(installed.mcp, installed.key) as assistant:
                    assert (await assistant("list_menus"))["items"] == []
            else:
                assert (given["command"], given["args"]) == ("digitree", ["mcp"])
                assert given["env"].keys() == {"DIGITREE_URL", "DIGITREE_API_KEY"}

    assert len(configurations()) == 4
    run(work)
