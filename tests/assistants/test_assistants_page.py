"""docs/assistants.md: its configurations connect, and its table has every tool."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters

from assistants.installation import Installation
from assistants.server import make_server
from assistants.tools import Desk
from tests.assistants.clients import COMMAND, over_http, run
from tests.assistants.conftest import Installed

PAGE = (Path(__file__).parents[2] / "docs/assistants.md").read_text(encoding="utf-8")
ADDRESS = "https://ivr.example.com"


def configurations() -> list[dict[str, Any]]:
    set_up = PAGE.partition("## Set-up")[2].partition("## What it can do")[0]
    found = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", set_up, re.DOTALL)]
    return [each.get("servers", each.get("mcpServers"))["digitree"] for each in found]


def test_every_configuration_on_the_page_connects(installed: Installed) -> None:
    def filled(text: str) -> str:
        with_key = text.replace("YOUR_KEY", installed.key).replace("${input:digitree-key}", installed.key)
        return with_key.replace(f"{ADDRESS}/mcp", installed.mcp).replace(ADDRESS, installed.admin.url)

    async def work() -> None:
        for given in configurations():
            wanted = json.loads(filled(json.dumps(given)))
            if "url" in wanted:
                key = wanted["headers"]["Authorization"].removeprefix("Bearer ")
                async with over_http(wanted["url"], key) as assistant:
                    assert "items" in await assistant("list_menus")
            else:
                assert wanted["command"] == "digitree"
                server = StdioServerParameters(command=str(COMMAND), args=wanted["args"], env=wanted["env"])
                async with Client(server) as client:
                    assert not (await client.call_tool("list_menus", {})).is_error

    assert len(configurations()) == 4
    run(work)


def test_the_table_has_every_tool() -> None:
    async def work() -> set[str]:
        server = make_server(Desk(Installation("http://digitree.invalid"), "key"))
        return {each.name for each in await server.list_tools()}

    table = PAGE.partition("## What it can do")[2].partition("\n\nResources")[0]
    assert set(re.findall(r"`([a-z]+_[a-z_]+)`", table)) == run(work)
