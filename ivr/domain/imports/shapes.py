"""Parts of JSON that anybody may have written: what is of another shape than expected counts as empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def object_in(raw: object) -> Mapping[str, Any]:
    return raw if isinstance(raw, dict) else {}


def list_in(raw: object) -> list[Any]:
    return raw if isinstance(raw, list) else []


def objects_in(raw: object) -> list[Mapping[str, Any]]:
    """The objects of a list."""
    return [each for each in list_in(raw) if isinstance(each, dict)]
