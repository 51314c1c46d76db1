"""The REST API of a running installation, with the API key of whoever asks."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

# Speech of a long text takes this long on a slow machine.
_TIMEOUT = httpx.Timeout(150.0, connect=10.0)
_MAX_ANSWER = 16 * 1024 * 1024
_MAX_EVENT = 64 * 1024
_AGENT = "digitree-mcp"


class Refused(Exception):
    """The API refused a request, or did not answer. `status` is 0 without an answer; `faults` point into what was
    sent."""

    def __init__(self, status: int, code: str, detail: str, faults: tuple[Mapping[str, Any], ...] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Answer:
    """`document` is None for an answer without JSON, whose bytes are `content`."""

    document: Any
    content: bytes = b""
    media: str = ""


class Installation:
    """One per process; `url` is where its API is, without a path. `transport`: another way there."""

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.url = url.rstrip("/")
        # Environment variables of proxies do not count: a key goes to this address and nowhere else.
        self._http = httpx.AsyncClient(
            base_url=self.url, timeout=_TIMEOUT, trust_env=False, headers={"User-Agent": _AGENT}, transport=transport
        )
        self._described: dict[str, Any] | None = None

    def with_key(self, key: str) -> KeyedApi:
        return KeyedApi(self.url, key, self._http)

    async def describe(self) -> dict[str, Any]:
        """Its OpenAPI document, which needs no key; read once."""
        if self._described is None:
            answer = await KeyedApi(self.url, "", self._http).send("GET", "/openapi.json")
            self._described = answer.document
        return self._described

    async def close(self) -> None:
        await self._http.aclose()


@dataclass(frozen=True)
class KeyedApi:
    """`url` of the installation, and the key that every request carries."""

    url: str
    key: str = field(repr=False)
    http: httpx.AsyncClient

    async def get(self, path: str, **query: Any) -> Any:
        """The JSON there; a query that is None is left out. Raises Refused."""
        return (await self.send("GET", path, query=query)).document

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Raises Refused for every answer that is no success, and for none."""
        sent = {name: _written(value) for name, value in (query or {}).items() if value is not None}
        try:
            async with self.http.stream(
                method, path, params=sent, headers={**self._headers(), **(headers or {})},
                content=None if body is None else json.dumps(body),
            ) as response:  # fmt: skip
                content = await _read(response)
        except httpx.HTTPError as error:
            raise self._away(error) from error
        media = response.headers.get("Content-Type", "").partition(";")[0]
        document = _parse(content) if media.endswith("json") else None
        if not response.is_success:
            raise _refused(response.status_code, document)
        return Answer(document, content, media)

    async def events(self, path: str, **query: Any) -> AsyncIterator[dict[str, Any]]:
        """The data of server-sent events until the stream ends. Raises Refused."""
        try:
            async with self.http.stream("GET", path, params=query, headers=self._headers()) as response:
                if not response.is_success:
                    raise _refused(response.status_code, _parse(await _read(response)))
                async for line in response.aiter_lines():
                    if line.startswith("data:") and len(line) <= _MAX_EVENT:
                        found = _parse(line.removeprefix("data:").encode())
                        if isinstance(found, dict):
                            yield found
        except httpx.HTTPError as error:
            raise self._away(error) from error

    def _headers(self) -> dict[str, str]:
        given = {"Accept": "application/json, */*;q=0.5", "Content-Type": "application/json"}
        return {**given, "Authorization": f"Bearer {self.key}"} if self.key else given

    def _away(self, error: httpx.HTTPError) -> Refused:
        text = f"{self.url} does not answer ({type(error).__name__}); check DIGITREE_URL and that Digitree runs there"
        return Refused(0, "not_reached", text)


def path_of(*parts: str) -> str:
    """A path of these parts, each quoted: none of them leads elsewhere."""
    if any(part in ("", ".", "..") for part in parts):
        raise Refused(0, "bad_path", "an id must not be empty or consist of dots")
    return "".join(f"/{quote(part, safe='')}" for part in parts)


async def _read(response: httpx.Response) -> bytes:
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > _MAX_ANSWER:
            raise Refused(0, "answer_too_large", "the answer is too large; ask for less, with a filter or a limit")
    return bytes(content)


def _parse(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _refused(status: int, document: Any) -> Refused:
    problem = document if isinstance(document, dict) else {}
    faults = problem.get("errors")
    return Refused(
        status,
        _code(problem.get("code")),
        str(problem.get("detail", f"the answer was {status} without a reason; is this the address of Digitree?")),
        tuple(each for each in faults if isinstance(each, dict)) if isinstance(faults, list) else (),
    )


def _code(value: Any) -> str:
    return value if isinstance(value, str) and re.fullmatch("[a-z_]{1,60}", value) else "no_problem_document"


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
