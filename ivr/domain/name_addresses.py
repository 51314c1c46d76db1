"""The value of a SIP header that names somebody: From, Refer-To, P-Asserted-Identity (RFC 3261, 20.10)."""

from __future__ import annotations

import re
from typing import NamedTuple

_BRACKETED = re.compile(
    r'(?:"(?:[^"\\]|\\.)*"\s*|[^"<>@:;,]*)<(?P<uri>[^<>"]*)>\s*(?P<parameters>(?:;[^<>"?,]*)?)', re.ASCII | re.DOTALL
)


class NameAddress(NamedTuple):
    """`parameters` are the header's own, such as the tag; those of the address stand in `uri`."""

    uri: str
    parameters: str


def read_name_address(header: str) -> NameAddress | None:
    """The address in `Name <URI>;parameters` or `URI;parameters`; None where there are several or none."""
    text = header.strip()
    found = _BRACKETED.fullmatch(text)
    if found is not None:
        return NameAddress(found["uri"], found["parameters"])
    uri, _, parameters = text.partition(";")
    return None if not uri or any(c in uri for c in '<>", \t\r\n') else NameAddress(uri, parameters)
