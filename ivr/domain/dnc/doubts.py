"""What is doubtful about a number that stands on a list: it cannot exist, or is read otherwise today."""

from __future__ import annotations

from ivr.domain.errors import InvalidNumber
from ivr.domain.number_text import shown
from ivr.domain.numbers import read_number


def find_doubt(number: str, raw: str, region: str | None) -> str | None:
    """Why somebody should look at an entry, or None. Without a `region` what was received (`raw`) does not count."""
    try:
        today = read_number(number)
    except InvalidNumber as error:
        return f"{error}{_received_as(raw, number, region)}"
    if today != number:
        return f"{number} is written {today}"
    if region is None:
        return None
    try:
        received = read_number(raw, region)
    except InvalidNumber as error:
        return f"it was received as {shown(raw)}: {error}"
    return None if received == number else f"it was received as {shown(raw)}, which is {received}"


def _received_as(raw: str, number: str, region: str | None) -> str:
    if region is None or raw == number:
        return ""
    try:
        return f"; it was received as {shown(raw)}, which is {read_number(raw, region)}"
    except InvalidNumber:
        return f"; it was received as {shown(raw)}"
