"""Mail addresses as channels and messages have them: ASCII, without quotes, comments or names."""

from __future__ import annotations

import re

MAX_ADDRESSES = 20

_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ONE = rf"(?=[^@]{{1,64}}@[^@]{{1,253}}\Z){_LOCAL}@{_LABEL}(?:\.{_LABEL})*"
_IN_LIST = rf"{_LOCAL}@{_LABEL}(?:\.{_LABEL})*"
ADDRESS = re.compile(_ONE, re.ASCII)
ADDRESS_RULE = "a mail address is written as office@example.com, without a name"
ADDRESSES = re.compile(rf"{_IN_LIST}(?:, ?{_IN_LIST}){{0,{MAX_ADDRESSES - 1}}}", re.ASCII)
ADDRESSES_RULE = f"up to {MAX_ADDRESSES} mail addresses are written as office@example.com, boss@example.com"


def is_address(text: str) -> bool:
    return ADDRESS.fullmatch(text) is not None


def addresses_in(text: str) -> list[str]:
    """Those of a list with commas."""
    return [each.strip() for each in text.split(",") if each.strip()]
