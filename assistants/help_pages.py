"""The language of menus, for a model that writes one: pages of the documentation, and the JSON Schema of a menu."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Annotated, Any, Literal

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from assistants.installation import Installation
from assistants.tools import AnyContext, Effect, tool

PAGES = {
    "menu-language": "Every kind of node with its fields, variables, prompts and languages",
    "menu-warnings": "What the warnings of a menu mean, and what to do about each",
    "menu-tests": "Tests of a menu: scripts of keys, and what can be expected",
}
_REFERENCE = re.compile(r'"#/components/schemas/([A-Za-z0-9_]+)"')
_HEADING = re.compile(r"^(##+) (.+)$", re.MULTILINE)
Page = Literal["menu-language", "menu-warnings", "menu-tests"]


def read_page(name: str) -> str:
    return (files("assistants") / "help" / f"{name}.md").read_text(encoding="utf-8")


def sections(text: str) -> dict[str, str]:
    """The parts of a page by their headings, in order; each has those below it."""
    found = list(_HEADING.finditer(text))
    parts = {}
    for number, heading in enumerate(found):
        later = (each.start() for each in found[number + 1 :] if len(each[1]) <= len(heading[1]))
        parts[heading[2]] = text[heading.start() : next(later, len(text))].strip()
    return parts


def menu_schema(described: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a menu as PUT takes it, with all that it refers to, out of an OpenAPI document."""
    schemas = described["components"]["schemas"]
    content = described["paths"]["/ivr/{ivr_id}/draft"]["put"]["requestBody"]["content"]
    root = json.dumps(content["application/json"]["schema"])
    parts: dict[str, Any] = {}
    left = _REFERENCE.findall(root)
    while left:
        name = left.pop()
        if name not in parts:
            parts[name] = json.dumps(schemas[name])
            left += _REFERENCE.findall(parts[name])
    whole = {name: json.loads(_within(text)) for name, text in sorted(parts.items())}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **json.loads(_within(root)), "$defs": whole}


def _within(text: str) -> str:
    return _REFERENCE.sub(r'"#/$defs/\1"', text)


async def menu_help(
    ctx: AnyContext,
    page: Page = "menu-language",
    section: Annotated[
        str | None, Field(max_length=100, description="a heading of the page, such as Question")
    ] = None,
) -> dict[str, Any]:
    """Read how menus are written: without `section` the beginning of a page and its headings, with one that part.
    Read "Question", "Transfer", "Hang up" and "Opt-out" of menu-language before you write a menu."""
    text = read_page(page)
    parts = sections(text)
    if section is None:
        start = _HEADING.search(text)
        return {"page": page, "text": text[: start.start() if start else None].strip(), "sections": list(parts)}
    wanted = next((name for name in parts if name.casefold() == section.casefold()), None)
    if wanted is None:
        raise ToolError(f"{page} has no section of that name; it has {', '.join(parts)}")
    return {"page": page, "section": wanted, "text": parts[wanted]}


def add_help(server: MCPServer[Any], installation: Installation) -> None:
    async def read_schema() -> str:
        return json.dumps(menu_schema(await installation.describe()), ensure_ascii=False)

    tool(server, "Read how menus are written", Effect.READS)(menu_help)
    for name, about in PAGES.items():
        _add_page(server, name, about)
    server.resource(
        "digitree://menu-schema",
        name="menu-schema",
        title="JSON Schema of a menu",
        description="What save_draft and create_menu take",
        mime_type="application/schema+json",
    )(read_schema)


def _add_page(server: MCPServer[Any], name: str, about: str) -> None:
    def read() -> str:
        return read_page(name)

    server.resource(
        f"digitree://help/{name}", name=name, title=name.replace("-", " ").capitalize(), description=about,
        mime_type="text/markdown",
    )(read)  # fmt: skip
