"""What errors say and carry."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ivr.domain import errors
from ivr.domain.problems import BadLine, Problem


@pytest.mark.parametrize(
    ("make", "text", "carried"),
    [
        (lambda: errors.InvalidNumber("x"), "this is not a telephone number", {"raw": "x"}),
        (lambda: errors.InvalidNumber("x", "too short"), "too short", {"raw": "x"}),
        (
            lambda: errors.InvalidMenu([Problem("/a", "c", "is missing"), Problem("/b", "c", "is empty")]),
            "/a: is missing; /b: is empty",
            {"problems": [Problem("/a", "c", "is missing"), Problem("/b", "c", "is empty")]},
        ),
        (lambda: errors.MenuNotFound("ivr_a"), "no menu for ivr_a", {"wanted": "ivr_a"}),
        (lambda: errors.VersionNotFound("ivr_a", 7), "ivr_a never had a version 7", {"version": 7}),
        (lambda: errors.ListNotFound("acme"), "there is no do-not-call list acme", {"list_id": "acme"}),
        (lambda: errors.EslTimeout("connect"), "no reply to connect", {"waiting_for": "connect"}),
        (lambda: errors.EslNotProven("user", "another user"), "another user", {"by": "user"}),
        (lambda: errors.VersionReplaced(8), "the menu is at version 8 now", {"current": 8}),
        (lambda: errors.ListTaken("acme"), "there is a do-not-call list acme already", {"list_id": "acme"}),
        (lambda: errors.ImportRefused([BadLine(1, "x")], 1), "1 bad line; nothing was imported", {"count": 1}),
        (
            lambda: errors.ImportRefused([BadLine(1, "x")], 2),
            "2 bad lines; nothing was imported",
            {"bad": [BadLine(1, "x")]},
        ),
        (lambda: errors.ImportUnreadable("empty_file", "it is empty"), "it is empty", {"code": "empty_file"}),
        (lambda: errors.DidTaken("+1", "ivr_a"), "+1 is assigned to ivr_a", {"did": "+1", "ivr_id": "ivr_a"}),
        (lambda: errors.AgentTaken("amy"), "there is an agent amy; give another name, or change that one", {}),
        (lambda: errors.HoursTaken("office"), "there are hours office; give another name, or change those", {}),
        (lambda: errors.ServiceTaken("crm"), "there is a service crm; give another name, or change that one", {}),
        (
            lambda: errors.ServiceInUse("crm", ["ivr_a"]),
            "crm is asked by ivr_a; change them first, or send ?force=true",
            {},
        ),
        (lambda: errors.TooManyServices(100), "there may be 100 services; delete one that no menu asks", {}),
        (
            lambda: errors.HoursInUse("office", [f"ivr_{n}" for n in range(6)]),
            "office is asked by ivr_0, ivr_1, ivr_2, ivr_3, ivr_4 and others; change them first, or send ?force=true",
            {},
        ),
        (lambda: errors.NumberListNotFound("vip"), "there is no list vip", {}),
        (
            lambda: errors.NumberListFull("vip", 100_000),
            "vip would have more than 100,000 numbers; put some of them on another list",
            {},
        ),
        (lambda: errors.NumberListTaken("vip"), "there is a list vip; give another name, or change that one", {}),
        (
            lambda: errors.NumberListNotEmpty("vip", 1),
            "vip has 1 number on it; send ?force=true to delete it with them",
            {},
        ),
        (
            lambda: errors.NumberListNotEmpty("vip", 1200),
            "vip has 1,200 numbers on it; send ?force=true to delete it with them",
            {},
        ),
        (lambda: errors.UserTaken("amy"), "there is a user amy already; give another name, or change that one", {}),
        (
            lambda: errors.AgentInUse("amy", ["1", "2", "3", "4", "5"]),
            "amy is named by 1, 2, 3, 4, 5; change them",
            {},
        ),
        (
            lambda: errors.AgentInUse("amy", list("123456")),
            "amy is named by 1, 2, 3, 4, 5 and others; change them",
            {},
        ),
        (
            lambda: errors.DidsBound("ivr_a", ("+1", "+2")),
            "ivr_a is live on +1, +2",
            {"ivr_id": "ivr_a", "dids": ["+1", "+2"]},
        ),
    ],
)
def test_an_error_says_what_is_wrong_and_carries_it(
    make: Callable[[], errors.IvrError], text: str, carried: dict[str, object]
) -> None:
    error = make()
    assert str(error).startswith(text)
    assert {name: getattr(error, name) for name in carried} == carried
