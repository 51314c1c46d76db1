"""Rank: nobody touches or gives what has a scope that they lack."""

from __future__ import annotations

from collections.abc import Collection

from admin.http.principal import Principal
from admin.http.problems import ApiError
from ivr.domain.roles import covers


def need_rank(principal: Principal | None, scopes: Collection[str]) -> None:
    """Raises ApiError 403: neither a key, a user, a session nor a webhook may be a way to scopes that the sender
    lacks. `principal` None: the request needed nobody, so there is nothing to compare."""
    lacking = sorted(each for each in set(scopes) if not covers(principal.scopes, each)) if principal else []
    if lacking:
        raise ApiError(
            403,
            "scope_missing",
            f"this takes a scope that you do not have: {', '.join(lacking)}; nobody gives or changes what they lack",
        )
