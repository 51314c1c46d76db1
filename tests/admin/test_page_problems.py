"""What a page says of a refusal is a sentence for its reader: no pointer, no JSON and no request is in it, whatever
the code."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any, get_args

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic_core import core_schema

from admin.http.messages import _SENTENCES as OF_PYDANTIC
from admin.http.messages import code_of, message_of
from admin.http.page_problems import SENTENCES, label_of, sentence_of
from admin.http.problems import RULES
from ivr.domain.problems import Problem
from tests.admin.conftest import Api
from tests.admin.pages import PAGE_DID, PAGE_TREE

ORIGIN = {"Origin": "http://localhost"}
# A pointer, a field of JSON, a parameter, a request, an id, a pattern.
_FOR_PROGRAMS = re.compile(
    r"/(?:query|path|nodes|targets|name|did)\b|\b[a-z_]+: (?:true|false|null)\b|\?[a-z_]+=|\bJSON\b|\bnull\b|`"
    r"|\b(?:GET|POST|PUT|PATCH|DELETE) /|\bivr_[a-z0-9]{6,}|\[[A-Za-z0-9_.-]+\]\{|\^\("
)
_CONTEXT = {
    "expected": "'a' or 'b'", "min_length": 3, "max_length": 9, "actual_length": 12, "ge": 1, "le": 5,
    "sentence": "x",
}  # fmt: skip


@pytest.mark.parametrize("code", sorted({*SENTENCES, *RULES}))
def test_no_code_has_a_sentence_for_programs(code: str) -> None:
    rule = RULES.get(code)
    api = f"ab12 is here{rule.hint}" if rule and rule.hint else (rule and rule.sentence) or "ab12 is here"
    assert not _FOR_PROGRAMS.search(sentence_of(code, api))


@pytest.mark.parametrize("kind", sorted(set(OF_PYDANTIC) & set(get_args(core_schema.ErrorType))))
def test_no_fault_of_a_field_has_a_sentence_for_programs(kind: str) -> None:
    error = {"type": kind, "ctx": _CONTEXT, "input": "abcdefghijkl"}
    said = sentence_of(code_of(error), message_of(error))
    assert said
    assert not _FOR_PROGRAMS.search(said)


@pytest.mark.parametrize(
    ("pointer", "label"),
    [
        ("/query/ani", "Caller"), ("/name", "Name"), ("/targets/0/uri", "Address 1"), ("", ""),
        ("/path/did", "Number"), ("/may_transfer_to/2", "May transfer to 3"), ("/0", ""),
    ],
)  # fmt: skip
def test_a_field_has_its_name_on_the_page(pointer: str, label: str) -> None:
    assert label_of(Problem(pointer, "x", "x")) == label


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("at least 10 characters needed; this has 3", "Write at least 10 characters; this has 3."),
        ("at most 120 allowed; 500 was given", "Take 120 or less; this is 500."),
        ("a name is 1 to 200 printable characters", "a name is 1 to 200 printable characters"),
        ("sales is named by a menu; see GET /agents/sales, or send ?force=true", "sales is named by a menu"),
        ("it is in use, or send ?force=true", "it is in use"),
    ],
)
def test_limits_keep_their_numbers_and_hints_for_programs_go(message: str, said: str) -> None:
    assert sentence_of("something", message) == said


@pytest.fixture
def log_in(app: Flask, api: Api) -> Callable[[], FlaskClient]:
    def log_in() -> FlaskClient:
        body = {"name": "ann", "password": "a long password", "scopes": ["read", "write", "calls", "admin", "dnc"]}
        assert api("POST", "/users", body).status_code == 201
        client = app.test_client()
        form = {"name": "ann", "password": "a long password"}
        assert client.post("/ui/login", data=form, headers=ORIGIN).status_code == 303
        return client

    return log_in


def test_what_owners_type_wrongly_is_answered_in_their_words(api: Api, log_in: Callable[[], FlaskClient]) -> None:
    """The refusals that the page is known to meet most, each on its page."""
    browser = log_in()
    first, second = (api("POST", "/ivr", {**PAGE_TREE, "name": name}).json["id"] for name in ("one", "two"))
    api("POST", f"/ivr/{first}/assign", {"did": PAGE_DID})
    csrf = browser.get("/ui/account").text.split('name="csrf-token" content="')[1].split('"')[0]
    forms: list[tuple[str, dict[str, Any], str]] = [
        (f"/ui/menus/{second}/numbers", {"did": PAGE_DID}, "This number belongs to another menu."),
        ("/ui/numbers", {"did": PAGE_DID, "ivr_id": second}, "This number belongs to another menu."),
        (f"/ui/menus/{first}/delete", {}, "Callers still reach this menu by its numbers."),
        (f"/ui/menus/{first}/name", {"name": ""}, "Name"),
        ("/ui/agents/new", {"name": "sales", "address": "nonsense"}, ""),
        ("/ui/users", {"name": "bob", "password": "short", "role": "viewer"}, "Write at least 10 characters"),
        ("/ui/users", {"name": "ann", "password": "a long password", "role": "viewer"}, "This name is taken."),
        ("/ui/webhooks", {"url": "ftp://x", "events": ["call.ended"]}, ""),
        ("/ui/hours/new", {"name": "office", "zone": "Mars"}, "There is no such time zone."),
        ("/ui/time-zone", {"zone": "Mars"}, "There is no such time zone."),
        ("/ui/dnc", {"number": "12", "list": "default"}, "a US number has 10"),
        ("/ui/people", {"name": "ann", "address": "12"}, ""),
        ("/ui/lists", {"name": "a b"}, ""),
        ("/ui/keys", {"name": "", "scopes": ["read"]}, ""),
    ]
    left = []
    for path, form, expected in forms:
        answer = browser.post(path, data={"csrf": csrf, **form}, headers=ORIGIN)
        assert 400 <= answer.status_code < 500, (path, answer.status_code)
        shown = re.findall(r'<div class="problem".*?</div>|<p class="fault".*?</p>', answer.text, re.DOTALL)
        problem = unescape(re.sub("<[^>]+>", " ", " ".join(shown)))
        assert expected in problem or not expected, (path, problem)
        if not problem or _FOR_PROGRAMS.search(problem):
            left.append((path, problem))
    assert not left
    typed = ("/ui/calls?ani=12", "a US number has 10"), ("/ui/calls/call_nothing", "There is no such call")
    for address, said in typed:
        text = unescape(browser.get(address).text)
        assert said in text
        assert "/query/" not in text


def test_menus_that_stand_in_the_way_are_called_by_their_names(api: Api, log_in: Callable[[], FlaskClient]) -> None:
    browser = log_in()
    assert api("POST", "/agents", {"name": "sales", "targets": [{"uri": "sip:sales@192.0.2.20"}]}).status_code == 201
    ring = {"name": "Roofing line", "nodes": {"ring": {"action": "transfer", "agent": "sales"}}}
    menu = api("POST", "/ivr", ring).json["id"]
    csrf = browser.get("/ui/account").text.split('name="csrf-token" content="')[1].split('"')[0]
    answer = unescape(browser.post("/ui/agents/sales/delete", data={"csrf": csrf}, headers=ORIGIN).text)
    assert "“Roofing line”" in answer
    assert menu not in re.findall(r'<div class="problem".*?</div>', answer, re.DOTALL)[0]
