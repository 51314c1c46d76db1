"""The client: one object for one Digitree, with the operations of the API in groups."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from .api import Api, AsyncApi
from .client import AuthenticatedClient
from .retries import AsyncRetryingClient, Retries, RetryingClient

# Speaking a long text may take that long.
_TIMEOUT_S = 180.0


class Digitree(Api):
    """`url`: where Digitree answers, such as https://ivr.example.com; `key`: an API key. `retries`: how often a
    request is sent again after a lost answer or a 429 or 503; 0: never. Close it after use, or use it by `with`."""

    def __init__(self, url: str, key: str, *, timeout_s: float = _TIMEOUT_S, retries: int = 3) -> None:
        self.http = RetryingClient(Retries(retries), **_options(url, key, timeout_s))
        client = AuthenticatedClient(base_url=url, token=key)
        super().__init__(client.set_httpx_client(self.http))

    def close(self) -> None:
        self.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncDigitree(AsyncApi):
    """As Digitree, for asyncio: every operation is awaited."""

    def __init__(self, url: str, key: str, *, timeout_s: float = _TIMEOUT_S, retries: int = 3) -> None:
        self.http = AsyncRetryingClient(Retries(retries), **_options(url, key, timeout_s))
        client = AuthenticatedClient(base_url=url, token=key)
        super().__init__(client.set_async_httpx_client(self.http))

    async def close(self) -> None:
        await self.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _options(url: str, key: str, timeout_s: float) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {key}", "User-Agent": "digitree-client (Python)"}
    return {"base_url": url, "headers": headers, "timeout": timeout_s}
