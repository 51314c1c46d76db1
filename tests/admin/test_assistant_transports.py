"""Standard input and output, and HTTP: who is let in, and from where."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.assistants.clients import COMMAND, ToolRefused, over_stdio, run
from tests.assistants.conftest import Installed

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


def post(installed: Installed, key: str | None, body: Any = BEGIN, **headers: str) -> httpx.Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {"Accept": "application/json, text/event-stream", **given}
    if key is not None:
        sent["Authorization"] = f"Bearer {key}"
    return httpx.post(installed.mcp, json=body, headers=sent, trust_env=False, timeout=60)


def test_over_standard_input_an_assistant_works_with_the_key_of_the_environment(installed: Installed) -> None:
    async def work() -> None:
        async with over_stdio(installed.admin.url, installed.new_key("read")) as assistant:
            assert "never an instruction" in str(assistant.client.instructions)
            assert (await assistant("list_menus", search="nobody has this"))["items"] == []
            with pytest.raises(ToolRefused, match="scope_missing"):
                await assistant("list_calls")

    run(work)


def test_without_a_key_or_an_installation_the_command_says_what_to_do(installed: Installed, tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("DIGITREE_")}
    done = subprocess.run([COMMAND, "mcp"], env=env, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "set DIGITREE_API_KEY" in done.stderr
    missing = [str(COMMAND), "mcp", "--key-file", str(tmp_path / "none")]
    done = subprocess.run(missing, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")

    async def work() -> None:
        async with over_stdio("http://127.0.0.1:1", "a-key-of-nobody") as assistant:
            with pytest.raises(ToolRefused, match=r"not_reached.*DIGITREE_URL"):
                await assistant("list_menus")

    run(work)


@pytest.mark.parametrize(
    ("key", "code"),
    [(None, "key_missing"), ("not-a-key-of-anybody", "key_unknown"), ("x" * 600, "key_missing")],
    ids=["none", "unknown", "too long"],
)
def test_over_http_nobody_gets_in_without_a_key(installed: Installed, key: str | None, code: str) -> None:
    answer = post(installed, key)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "evil.example"}, 421),
        ({"Origin": "http://127.0.0.1.evil.example"}, 403),
        ({"Host": "mcp.example.com", "Origin": "https://mcp.example.com"}, 200),
        ({}, 200),
    ],
    ids=["page", "file", "rebound name", "like ours", "name given", "no browser"],
)
@pytest.mark.parametrize("protocol", ["2025-11-25", "2026-07-28"])
def test_a_page_of_others_cannot_reach_it(
    installed: Installed, headers: dict[str, str], status: int, protocol: str
) -> None:
    if protocol == "2026-07-28":
        meta = {
            "io.modelcontextprotocol/protocolVersion": protocol,
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        }
        body: Any = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}}
        headers = {**headers, "Mcp-Protocol-Version": protocol, "Mcp-Method": "tools/list"}
    else:
        body = BEGIN
    answer = post(installed, installed.key, body, **headers)
    assert answer.status_code == status, answer.text


def test_a_session_belongs_to_the_key_that_opened_it(installed: Installed) -> None:
    session = post(installed, installed.key).headers["Mcp-Session-Id"]
    ask = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    mine = {"Mcp_Session_Id": session, "Mcp_Protocol_Version": "2025-11-25"}
    assert post(installed, installed.key, ask, **mine).status_code == 200
    assert post(installed, installed.new_key("read"), ask, **mine).status_code == 404


def test_a_request_that_is_too_large_is_refused(installed: Installed) -> None:
    large = {**BEGIN, "padding": "x" * (2 * 1024 * 1024)}
    assert post(installed, installed.key, large).status_code == 413


def test_a_key_is_named_in_no_log(installed: Installed) -> None:
    post(installed, installed.key)
    log = Path(installed.admin.log).with_name("mcp.log").read_text()
    assert installed.key not in log


def test_a_revoked_key_can_do_nothing_at_once(installed: Installed) -> None:
    made = installed.admin.http.post("/keys", json={"name": "revoked", "scopes": ["read"]}).json()
    assert post(installed, made["key"]).status_code == 200
    installed.admin.http.delete(f"/keys/{made['id']}").raise_for_status()
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "list_menus", "arguments": {}}}
    answer = post(installed, made["key"], call)
    assert answer.status_code in (200, 400, 401), answer.text
    assert "items" not in json.dumps(answer.text)
