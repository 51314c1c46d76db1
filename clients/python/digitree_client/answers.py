"""The value of an answer that was not refused."""

from __future__ import annotations

from typing import TypeVar

from .problems import DigitreeError
from .types import Response

Value = TypeVar("Value")


def parsed(response: Response[Value]) -> Value:
    """Raises DigitreeError for a status that the API does not describe."""
    if response.parsed is None:
        raise DigitreeError(response.status_code, None)
    return response.parsed
