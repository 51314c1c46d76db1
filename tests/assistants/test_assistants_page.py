"""docs/assistants.md: its table has every tool. That its configurations connect is tested with the transports."""

from __future__ import annotations

import re
from pathlib import Path

from assistants.installation import Installation
from assistants.server import make_server
from assistants.tools import Desk
from tests.assistants.clients import run

PAGE = (Path(__file__).parents[2] / "docs/assistants.md").read_text(encoding="utf-8")

def test_the_table_has_every_tool() -> None:
    async def work() -> set[str]:
        server = make_server(Desk(Installation("http://digitree.invalid"), "key"))
        return {each.name for each in await server.list_tools()}

    table = PAGE.partition("## What it can do")[2].partition("\n\nResources")[0]
    assert set(re.findall(r"`([a-z]+_[a-z_]+)`", table)) == run(work)
