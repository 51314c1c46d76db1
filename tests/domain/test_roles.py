"""Roles: each is a fixed set of scopes, and what no role is, is custom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.roles import ROLES, SCOPES, USUAL_SCOPES, allows, covers, role_of, roles_that


@pytest.mark.parametrize(
    ("scopes", "role"),
    [
        (("read", "write", "dnc", "calls", "admin"), "owner"),
        (SCOPES, "owner"),
        (USUAL_SCOPES, "editor"),
        (("calls", "read"), "viewer"),
        (("calls", "people"), "supervisor"),
        (("calls",), "custom"),
        (("read", "write", "admin"), "custom"),
        ((), "custom"),
    ],
)
def test_a_set_of_scopes_is_shown_as_the_role_that_has_it(scopes: tuple[str, ...], role: str) -> None:
    assert role_of(scopes) == role


@pytest.mark.parametrize(
    ("needed", "roles"),
    [
        ("admin", ("owner",)),
        ("write", ("owner", "editor")),
        ("read", ("owner", "editor", "viewer")),
        ("calls", ("owner", "editor", "viewer", "supervisor")),
        ("write or people", ("owner", "editor", "supervisor")),
        ("people", ("owner", "editor", "supervisor")),
        ("read or people", ("owner", "editor", "viewer", "supervisor")),
    ],
)
def test_a_refusal_can_name_the_roles_that_may(needed: str, roles: tuple[str, ...]) -> None:
    assert roles_that(needed) == roles


@given(st.sets(st.sampled_from(SCOPES)), st.sampled_from(list(ROLES)))
def test_only_an_owner_may_do_what_an_owner_may(scopes: set[str], role: str) -> None:
    may_all = all(covers(scopes, each) for each in ROLES["owner"])
    assert may_all == (role_of(scopes) == "owner")
    assert role_of(ROLES[role]) == role
    assert allows(scopes, "write or people") == bool(scopes & {"write", "people"})
