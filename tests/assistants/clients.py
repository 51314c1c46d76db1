"""Clients of `digitree mcp`, by the client library that assistants have."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import httpx2
import uvicorn
from flask import Flask
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.types import AudioContent, ElicitRequestParams, ElicitResult

from assistants.confirming import Confirmations
from assistants.installation import Installation
from assistants.over_http import make_app
from assistants.server import make_server
from assistants.tools import Desk
from ivr.domain.roles import SCOPES
from ivr.ports.keys import KeyStore
from tests.helpers import wait_until
from tests.ports import free_port

COMMAND = Path(sys.executable).with_name("digitree")
Call = Callable[..., Coroutine[Any, Any, Any]]


class ToolRefused(Exception):
    """A tool answered that it did not do it; the text is what a model reads."""


class Assistant:
    """What an assistant does with a connection: it calls tools and reads their structured results."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.sounds: list[str] = []

    async def __call__(self, tool: str, **arguments: Any) -> Any:
        result = await self.client.call_tool(tool, arguments)
        text = result.content[0].text
        if result.is_error:
            raise ToolRefused(text)
        assert json.loads(text) == result.structured_content
        assert not set(text) & set("<>`"), "markup in what a model reads"
        self.sounds += [each.data for each in result.content if isinstance(each, AudioContent)]
        return result.structured_content


class WithinProcess(httpx.AsyncBaseTransport):
    """To an app of this process, without a socket."""

    def __init__(self, app: Flask) -> None:
        self._transport = httpx.WSGITransport(app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        sent = httpx.Request(request.method, request.url, headers=request.headers, content=await request.aread())
        answer = self._transport.handle_request(sent)
        headers = {name: value for name, value in answer.headers.items() if name != "content-encoding"}
        return httpx.Response(answer.status_code, headers=headers, content=answer.read())


class Assistants:
    """Assistants of an app of this process, each with a key of its own."""

    def __init__(self, app: Flask, keys: KeyStore) -> None:
        self._keys = keys
        self._installation = Installation("http://127.0.0.1", WithinProcess(app))
        self._confirmations = Confirmations()

    @asynccontextmanager
    async def __call__(self, scopes: tuple[str, ...] = SCOPES, **options: Any) -> AsyncIterator[Assistant]:
        """`options` are those of the client."""
        key = self._keys.create("an assistant", scopes)[1]
        async with Client(make_server(Desk(self._installation, key, self._confirmations)), **options) as client:
            yield Assistant(client)


def run(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return anyio.run(work)


@asynccontextmanager
async def over_stdio(url: str, key: str, **options: Any) -> AsyncIterator[Assistant]:
    env = {**os.environ, "DIGITREE_URL": url, "DIGITREE_API_KEY": key}
    server = StdioServerParameters(command=str(COMMAND), args=["mcp"], env=env)
    async with Client(server, **options) as client:
        yield Assistant(client)


@asynccontextmanager
async def over_http(url: str, key: str, **options: Any) -> AsyncIterator[Assistant]:
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=180, trust_env=False) as http,
        Client(streamable_http_client(url, http_client=http), **options) as client,
    ):
        yield Assistant(client)


@contextmanager
def mcp_server(url: str, log: Path, *names: str) -> Iterator[str]:
    """`digitree mcp --http`; its address."""
    port = free_port()
    options = [part for name in names for part in ("--name", name)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [COMMAND, "mcp", "--http", f"127.0.0.1:{port}", *options],
            env={**os.environ, "DIGITREE_URL": url}, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        def listens() -> bool:
            assert process.poll() is None, log.read_text()
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        wait_until(listens, 60, "the MCP server listens", poll_s=0.1)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def mcp_server_within(url: str, *names: str) -> Iterator[str]:
    """The same in a thread of this process; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        app = make_app(Installation(url), names)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
        finally:
            server.should_exit = True
            thread.join()


def answering(approve: bool, asked: list[str]) -> Any:
    """The callback of a client whose person answers like this; `asked` is what they were shown."""

    async def answer(context: Any, params: ElicitRequestParams) -> ElicitResult:
        asked.append(params.message)
        return ElicitResult(action="accept", content={"approve": approve})

    return answer
