"""What the fields of a menu can name: voices, agents, services and the like."""

from __future__ import annotations

from typing import Any

from admin.http.page import Page
from admin.http.problems import ApiError


def choices(page: Page, operation: str, **query: str) -> list[dict[str, Any]]:
    """The items of a list endpoint, to choose from; empty while its source is away."""
    try:
        items: list[dict[str, Any]] = page.api(operation, query=query)["items"]
    except ApiError:
        return []
    return items
