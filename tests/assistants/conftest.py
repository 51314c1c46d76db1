"""One installation and one MCP server over HTTP for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.admin.running import RunningAdmin
from tests.admin.test_server import running_admin
from tests.assistants.clients import mcp_server


@dataclass(frozen=True)
class Installed:
    """`mcp` is the address of the MCP server in front of the admin app."""

    admin: RunningAdmin
    mcp: str

    @property
    def key(self) -> str:
        return self.admin.key

    def new_key(self, *scopes: str) -> str:
        answer = self.admin.http.post("/keys", json={"name": " ".join(scopes), "scopes": list(scopes)})
        return str(answer.raise_for_status().json()["key"])


@pytest.fixture(scope="package")
def installed(
    migrated_postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installed]:
    home = tmp_path_factory.mktemp("assistants")
    with (
        running_admin(migrated_postgres_url, redis_url, home) as admin,
        mcp_server(admin.url, home / "mcp.log", "mcp.example.com") as address,
    ):
        yield Installed(admin, address)
