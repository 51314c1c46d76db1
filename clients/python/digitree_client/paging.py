"""Lists without their pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import ParamSpec, Protocol, TypeVar, cast

P = ParamSpec("P")
Item = TypeVar("Item")
Item_co = TypeVar("Item_co", covariant=True)


class Page(Protocol[Item_co]):
    """A page of a list, as the API answers it."""

    @property
    def items(self) -> Sequence[Item_co]: ...

    @property
    def next_cursor(self) -> str | None: ...


def each(operation: Callable[P, Page[Item]], /, *args: P.args, **kwargs: P.kwargs) -> Iterator[Item]:
    """Every item of a list, such as `each(digitree.calls.list_calls, limit=200)`. A page is asked for when it is
    reached."""
    ask, options = cast(Callable[..., Page[Item]], operation), dict(kwargs)
    while True:
        page = ask(*args, **options)
        yield from page.items
        if page.next_cursor is None:
            return
        options["cursor"] = page.next_cursor


async def each_async(
    operation: Callable[P, Awaitable[Page[Item]]], /, *args: P.args, **kwargs: P.kwargs
) -> AsyncIterator[Item]:
    """As `each`, of an AsyncDigitree."""
    ask, options = cast(Callable[..., Awaitable[Page[Item]]], operation), dict(kwargs)
    while True:
        page = await ask(*args, **options)
        for item in page.items:
            yield item
        if page.next_cursor is None:
            return
        options["cursor"] = page.next_cursor
