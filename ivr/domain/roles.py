"""Scopes, and the roles that people are given by name: each is a fixed set of scopes.

`people` lets somebody see and change people and call-backs without the menus. Whoever has `read` and `write` may do
that anyway, so the role of scopes does not depend on it there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

Scope = Literal["read", "write", "dnc", "calls", "people", "admin"]
SCOPES: tuple[Scope, ...] = ("read", "write", "dnc", "calls", "people", "admin")
# Of a key or user made through the API without a word about scopes: all but the one that makes keys and users.
USUAL_SCOPES: tuple[Scope, ...] = ("read", "write", "dnc", "calls")

Role = Literal["owner", "editor", "viewer", "supervisor"]
ShownRole = Literal["owner", "editor", "viewer", "supervisor", "custom"]
CUSTOM: ShownRole = "custom"
ROLES: Mapping[Role, tuple[Scope, ...]] = {
    "owner": ("read", "write", "dnc", "calls", "admin"),
    "editor": USUAL_SCOPES,
    "viewer": ("read", "calls"),
    "supervisor": ("calls", "people"),
}
# What a page or an endpoint needs may be either of two scopes: `write or people`.
OR = " or "


def covers(scopes: Collection[str], scope: str) -> bool:
    """Whether these scopes allow what this one does."""
    return scope in scopes or (scope == "people" and {"read", "write"} <= {*scopes})


def allows(scopes: Collection[str], needed: str) -> bool:
    """Whether one of the scopes that `needed` names is there: `admin`, or `write or people`."""
    return any(covers(scopes, each) for each in needed.split(OR))


def role_of(scopes: Collection[str]) -> ShownRole:
    """The role whose scopes these are; "custom" where there is none."""
    return next((role for role, has in ROLES.items() if _plain(has) == _plain(scopes)), CUSTOM)


def is_owner(scopes: Collection[str]) -> bool:
    return role_of(scopes) == "owner"


def roles_that(needed: str) -> tuple[Role, ...]:
    """The roles that have one of the scopes that `needed` names."""
    return tuple(role for role, has in ROLES.items() if allows(has, needed))


def _plain(scopes: Collection[str]) -> frozenset[str]:
    found = frozenset(scopes)
    return found - {"people"} if covers(found - {"people"}, "people") else found
