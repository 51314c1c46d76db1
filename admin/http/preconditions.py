"""If-Match: a change that was made for an older state is refused (412) instead of undoing what came in between.

A menu's ETag is its version. Agents, hours, services, trunks, webhooks, users and tests of menus have the hash of
what they are.
Anything else has no ETag, and a change of it with If-Match is refused, never done as if the header were not there.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from flask import request

from admin.http.problems import ApiError

HEADER = "If-Match"
IF_MATCH = {HEADER: "the ETag that the change was made for; another one: 412"}
ETAG = {"ETag": "what If-Match names in a change"}

_MAX_TAGS = 20
# Weak tags never match here (RFC 9110, 13.1.1).
_STRONG_TAG = re.compile(r'"([\x21\x23-\x7e]{1,64})"', re.ASCII)
_VERSION = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


@dataclass(frozen=True, slots=True)
class IfMatch:
    """The tags of the header, without their quotes; None: any will do."""

    tags: frozenset[str] | None = None

    @property
    def versions(self) -> frozenset[int] | None:
        """Those that are a menu's version."""
        if self.tags is None:
            return None
        return frozenset(int(tag) for tag in self.tags if _VERSION.fullmatch(tag))

    def need(self, *current: str) -> None:
        """Raises ApiError 412 unless one of the current tags is named; the first is the one to use from now on."""
        if self.tags is not None and self.tags.isdisjoint(current):
            raise ApiError(
                412,
                "version_replaced",
                "this has changed since you read it; read it again and repeat your change",
                headers={"ETag": quoted(current[0])},
            )


def if_match() -> IfMatch:
    """Of the current request."""
    header = request.headers.get(HEADER)
    if header is None or header.strip() == "*":
        return IfMatch()
    tags = (_STRONG_TAG.fullmatch(each.strip()) for each in header.split(",", _MAX_TAGS))
    return IfMatch(frozenset(tag[1] for tag in tags if tag))


def refuse_if_match() -> None:
    """Raises ApiError 412 where If-Match names a tag and there is none to compare it with."""
    if if_match().tags is not None:
        text = "nothing here has an ETag that If-Match could name; send the request without that header"
        raise ApiError(412, "no_etag", text)


def tag_of(content: Any) -> str:
    """The tag of plain values and times: equal contents have equal tags."""
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def quoted(tag: str) -> str:
    return f'"{tag}"'
