"""What errors say and carry."""

from __future__ import annotations

import pytest

from ivr.domain import errors
from ivr.domain.problems import BadLine, Problem


@pytest.mark.parametrize(
    ("error", "text", "carried"),
    [
        (errors.InvalidNumber("x"), "this is not a telephone number", {"raw": "x"}),
        (errors.InvalidNumber("x", "too short"), "too short", {"raw": "x"}),
        (
            errors.InvalidMenu([Problem("/a", "c", "is missing"), Problem("/b", "c", "is empty")]),
            "/a: is missing; /b: is empty",
            {"problems": [Problem("/a", "c", "is missing"), Problem("/b", "c", "is empty")]},
        ),
        (errors.MenuNotFound("ivr_a"), "no menu for ivr_a", {"wanted": "ivr_a"}),
        (errors.VersionNotFound("ivr_a", 7), "ivr_a never had a version 7", {"version": 7}),
        (errors.ListNotFound("acme"), "there is no do-not-call list acme", {"list_id": "acme"}),
        (errors.EslTimeout("connect"), "no reply to connect", {"waiting_for": "connect"}),
        (errors.VersionReplaced(8), "the menu is at version 8 now", {"current": 8}),
        (errors.ListTaken("acme"), "there is a do-not-call list acme already", {"list_id": "acme"}),
        (errors.ImportRefused([BadLine(1, "x")], 1), "1 bad line; nothing was imported", {"count": 1}),
        (errors.ImportRefused([BadLine(1, "x")], 2), "2 bad lines; nothing was imported", {"bad": [BadLine(1, "x")]}),
        (errors.ImportUnreadable("empty_file", "it is empty"), "it is empty", {"code": "empty_file"}),
        (errors.DidTaken("+1", "ivr_a"), "+1 is assigned to ivr_a", {"did": "+1", "ivr_id": "ivr_a"}),
        (errors.AgentTaken("amy"), "there is an agent amy", {}),
        (errors.UserTaken("amy"), "there is a user amy already", {}),
        (errors.AgentInUse("amy", ["1", "2", "3", "4", "5"]), "amy is named by 1, 2, 3, 4, 5; change them", {}),
        (errors.AgentInUse("amy", list("123456")), "amy is named by 1, 2, 3, 4, 5 and others; change them", {}),
        (
            errors.DidsBound("ivr_a", ("+1", "+2")),
            "ivr_a is live on +1, +2",
            {"ivr_id": "ivr_a", "dids": ["+1", "+2"]},
        ),
    ],
)
def test_an_error_says_what_is_wrong_and_carries_it(
    error: errors.IvrError, text: str, carried: dict[str, object]
) -> None:
    assert str(error).startswith(text)
    assert {name: getattr(error, name) for name in carried} == carried
