"""How a tool is declared: a function that gives plain values, of which this makes what the protocol wants."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Any, get_type_hints

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import AudioContent, CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from assistants.confirming import Confirmations, NotConfirmed
from assistants.installation import Installation, KeyedApi, Refused
from assistants.marking import as_text, mark, sentence
from ivr.domain.menu.published import IVR_ID

_MAX_FAULTS = 50
_BEARER = "bearer "

IvrId = Annotated[str, Field(pattern=f"^{IVR_ID.pattern}$", description="the menu's id, such as ivr_abc123")]
Number = Annotated[
    str, Field(pattern=r"^\+[1-9][0-9]{6,14}$", description="a telephone number in E.164, such as +14155559876")
]
Limit = Annotated[int, Field(ge=1, le=50)]
Cursor = Annotated[str | None, Field(max_length=1000, description="`next_cursor` of the page before")]
NodeId = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,64}$")]
Menu = Annotated[
    dict[str, Any],
    Field(
        description="a whole menu: its name and its nodes, by their ids; the first node begins the call unless "
        "`start` names another. Read the tool menu_help first, or the resource digitree://menu-schema",
        json_schema_extra={
            "required": ["name", "nodes"],
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 200},
                "start": {"type": ["string", "null"]},
                "languages": {"type": "array", "items": {"type": "string"}},
                "nodes": {"type": "object", "additionalProperties": {"type": "object"}},
            },
        },
    ),
]


class Effect(Enum):
    """What a tool does, as its annotations say it: READS nothing else, ADDS something new, REPLACES what there was so
    that a repetition changes nothing, DESTROYS what callers or people have now."""

    READS = (True, False, True)
    ADDS = (False, False, False)
    REPLACES = (False, False, True)
    DESTROYS = (False, True, True)

    def annotations(self) -> ToolAnnotations:
        read_only, destructive, idempotent = self.value
        return ToolAnnotations(
            read_only_hint=read_only, destructive_hint=destructive, idempotent_hint=idempotent, open_world_hint=False
        )


@dataclass(frozen=True)
class Desk:
    """What all tools of a server share; `key` is None where each request brings its own."""

    installation: Installation
    key: str | None = field(repr=False)
    confirmations: Confirmations = field(default_factory=Confirmations)


@dataclass(frozen=True)
class Sound:
    """What a tool gives to be heard, beside what it says of it."""

    about: dict[str, Any]
    base64: str
    media: str


Given = dict[str, Any] | Sound
Result = Annotated[CallToolResult, dict[str, Any]]
AnyContext = Context[Any, Any]


def desk_of(ctx: AnyContext) -> Desk:
    found: Desk = ctx.request_context.lifespan_context
    return found


def api_of(ctx: AnyContext) -> KeyedApi:
    """The API with the key of this very request. Raises ToolError where it has none."""
    desk = desk_of(ctx)
    key = desk.key if desk.key is not None else bearer((ctx.headers or {}).get("authorization", ""))
    if not key:
        raise ToolError("send an API key in the header Authorization: Bearer KEY")
    return desk.installation.with_key(key)


def bearer(header: str) -> str:
    """The key in the value of Authorization; empty: there is none."""
    return header[len(_BEARER) :].strip() if header[: len(_BEARER)].lower() == _BEARER else ""


def tool(
    server: MCPServer[Any], title: str, effect: Effect
) -> Callable[[Callable[..., Awaitable[Given]]], Callable[..., Awaitable[CallToolResult]]]:
    """Add a function as a tool of its name; its docstring is what a model reads of it."""

    def add(function: Callable[..., Awaitable[Given]]) -> Callable[..., Awaitable[CallToolResult]]:
        with_sentences = readable_errors(function)

        @functools.wraps(function)
        async def run(*args: Any, **kwargs: Any) -> CallToolResult:
            return result_of(await with_sentences(*args, **kwargs))

        run.__annotations__ = {**get_type_hints(function, include_extras=True), "return": Result}
        run.__signature__ = inspect.signature(function, eval_str=True).replace(  # type: ignore[attr-defined]
            return_annotation=Result
        )
        server.add_tool(
            run, title=title, description=inspect.getdoc(function), annotations=effect.annotations(),
            structured_output=True,
        )  # fmt: skip
        return run

    return add


def add_tools(server: MCPServer[Any], rows: Iterable[tuple[str, Effect, Callable[..., Awaitable[Given]]]]) -> None:
    """Add functions as tools, each with its title and its effect."""
    for title, effect, function in rows:
        tool(server, title, effect)(function)


def readable_errors(function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """The same function, whose refusals are sentences with the places that they are about."""

    @functools.wraps(function)
    async def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return await function(*args, **kwargs)
        except Refused as error:
            raise ToolError(refusal(error)) from error
        except NotConfirmed as error:
            raise ToolError(str(error)) from error

    return run


def refusal(error: Refused) -> str:
    """The sentence of a refusal, then a line for each fault: its pointer into what was sent, and what is wrong."""
    faults = [(sentence(str(each.get("pointer"))), sentence(str(each.get("message")))) for each in error.faults]
    says = sentence(error.detail)
    if len(faults) == 1 and faults[0][1] == says:
        return f"refused ({error.code}), at {faults[0][0] or 'the whole'}: {says}"
    lines = [f"- at {pointer or 'the whole'}: {message}" for pointer, message in faults[:_MAX_FAULTS]]
    more = [f"- and {len(faults) - _MAX_FAULTS} more"] if len(faults) > _MAX_FAULTS else []
    return "\n".join([f"refused ({error.code}): {says}", *lines, *more])


def result_of(given: Given) -> CallToolResult:
    about = given.about if isinstance(given, Sound) else given
    content: list[Any] = [TextContent(type="text", text=as_text(about))]
    if isinstance(given, Sound):
        content.append(AudioContent(type="audio", data=given.base64, mime_type=given.media))
    return CallToolResult(content=content, structured_content=about)


def marked_page(page: dict[str, Any]) -> dict[str, Any]:
    """A page of a list as it is shown: its items and the cursor of the next."""
    return {"items": mark(page["items"]), "next_cursor": mark(page.get("next_cursor"), "next_cursor")}
