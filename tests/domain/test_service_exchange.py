"""What a service is sent, and which answers count."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.sealed_headers import is_header_name
from ivr.domain.service_definition import Service, parse_service, services_named
from ivr.domain.service_exchange import MAX_ANSWER_BYTES, MAX_DEPTH, content_key, judge, kept_s, parse_answer, sent_to
from ivr.domain.service_table import parse_table, table_text
from tests.service_stub import service

CRM = service("https://crm.example.com/callers")


def test_a_service_is_sent_the_variables_and_which_call_asks_it() -> None:
    sent = sent_to(CRM, {"caller": "+14155550100", "tries": 2, "name": "Ärzte"}, "call_1")
    assert json.loads(sent.body) == {
        "caller": "+14155550100",
        "tries": 2,
        "name": "Ärzte",
        "call_id": "call_1",
        "service": "crm",
    }
    assert sent.query == ""


def test_a_variable_cannot_pretend_to_be_another_call() -> None:
    assert json.loads(sent_to(CRM, {"call_id": "call_2", "service": "pay"}, "call_1").body) == {
        "call_id": "call_1",
        "service": "crm",
    }


def test_a_get_has_what_is_sent_in_its_query_and_no_body() -> None:
    sent = sent_to(Service("crm", "https://a.example", "GET"), {"a": "x&b=1\r\nHost: y", "n": 5, "z": None}, "call_1")
    assert sent.body == b""
    assert sent.query.isascii()
    assert not set(sent.query) & set(" \r\n")
    assert parse_qs(sent.query, keep_blank_values=True) == {
        **{"a": ["x&b=1\r\nHost: y"], "n": ["5"], "z": [""]},
        **{"call_id": ["call_1"], "service": ["crm"]},
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, "\ud800"])
def test_what_json_cannot_hold_is_not_sent(value: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        sent_to(CRM, {"x": value}, "call_1")


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b"[]", []),
        (b'"text"', "text"),
        (b"null", None),
        (b"\xef\xbb\xbf{}", {}),
        (b'{"brackets": "[[[[[[{{{{{{"}', {"brackets": "[[[[[[{{{{{{"}),
        (b'{"quote": "\\"["}', {"quote": '"['}),
        (b'["' + b"[" * 1000 + b'"]', ["[" * 1000]),
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, json.loads("[" * MAX_DEPTH + "]" * MAX_DEPTH)),
    ],
)
def test_an_answer_that_is_json_counts(body: bytes, value: Any) -> None:
    assert judge(200, "application/json", body) == (value, None)
    assert judge(201, "", body) == (value, None)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("152.40", Decimal("152.40")),
        ("-0.0", Decimal("-0.0")),
        ("0." + "1" * 38, Decimal("0." + "1" * 38)),
        ("0." + "1" * 39, 0.1111111111111111),
        ("0." + "1" * 60_000, 0.1111111111111111),
        ("1" * 300 + ".5", float("1" * 300)),
        ("1.50e2", 150.0),
        ("1E-400", 0.0),
        ("1e-99999999999999999999", 0.0),
        ("-0", 0),
        ("1" * 4300, int("1" * 4300)),
    ],
)
def test_a_number_with_decimals_is_read_as_it_is_written(written: str, value: Any) -> None:
    for text, read in ((written, value), (f'{{"x": [{written}, "\\u0041"]}}', {"x": [value, "A"]})):
        body, failure = judge(200, "", text.encode())
        assert failure is None
        assert repr(body) == repr(read)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"1e400",
        b"-1E400",
        b"[1" + b"0" * 400 + b".5]",
        b"NaN",
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b"[" * 60_000,
        b'{"a":' * 12_000,
        b'"\xff"',
        b"1" * 5000,
        b'{"a": 1} x',
        b"{'a': 1}",
        b"\x00",
        '{"a": 1}'.encode("utf-16"),
    ],
)
def test_an_answer_that_is_not_json_fails(body: bytes) -> None:
    assert judge(200, "application/json", body) == (None, "not_json")


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'"\\ud800x"', "x"),
        (b'{"a\\udfff": ["\\u0000b", 1.50]}', {"a": ["b", Decimal("1.50")]}),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'{"name": "A\\u0000nn"}', {"name": "Ann"}),
    ],
)
def test_what_no_store_takes_is_left_out_of_texts(body: bytes, value: Any) -> None:
    assert judge(200, "application/json", body) == (value, None)


@pytest.mark.parametrize("kind", ["text/html", "TEXT/HTML; charset=utf-8", "application/xhtml+xml"])
def test_an_answer_that_calls_itself_a_page_fails(kind: str) -> None:
    assert judge(200, kind, b"{}") == (None, "not_json")


@pytest.mark.parametrize("status", [100, 199, 300, 301, 302, 307, 308, 400, 404, 500, 599])
def test_every_status_but_success_fails(status: int) -> None:
    assert judge(status, "application/json", b"{}") == (None, "status")


def test_an_answer_without_content_counts_and_is_null() -> None:
    assert judge(204, "", b"") == (None, None)


def test_an_answer_above_the_bound_is_not_read() -> None:
    assert judge(200, "application/json", b'"' + b"x" * MAX_ANSWER_BYTES + b'"') == (None, "too_large")


@pytest.mark.parametrize(
    ("said", "bound", "kept"),
    [
        ("", 300, 0),
        ("max-age=60", 300, 60),
        ("public, Max-Age=60", 300, 60),
        ("max-age=9999", 300, 300),
        ("max-age=60", 0, 0),
        ("max-age=0", 300, 0),
        ("no-store, max-age=60", 300, 0),
        ("max-age=60, no-cache", 300, 0),
        ("private=x, max-age=60", 300, 0),
        ("max-age=60, max-age=5", 300, 5),
        ("max-age=-5", 300, 0),
        ("max-age=99999999999999999999", 300, 0),
        ("max-age=\u0665", 300, 0),
    ],
)
def test_an_answer_is_kept_only_if_the_service_says_so(said: str, bound: int, kept: int) -> None:
    assert kept_s(service("https://a.example", cache_s=bound), said) == kept


@given(st.dictionaries(st.text(max_size=5), st.one_of(st.text(max_size=5), st.integers(), st.none()), max_size=5))
def test_the_same_content_is_one_however_it_is_ordered(variables: dict[str, Any]) -> None:
    assert content_key(variables) == content_key(dict(reversed(variables.items())))


JSON = st.recursive(
    st.one_of(
        *(st.none(), st.booleans(), st.integers(-(10**18), 10**18), st.floats(allow_nan=False, allow_infinity=False)),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=20,
)


@given(JSON)
def test_what_json_writes_is_read_as_it_was(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return
    if "\\u0000" not in text:
        assert _as_floats(parse_answer(data)) == value


def _as_floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_floats(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_as_floats(each) for each in value]
    return float(value) if isinstance(value, Decimal) else value


@given(st.binary(max_size=200))
def test_no_bytes_bring_it_down(body: bytes) -> None:
    assert judge(200, "", body).failure in (None, "not_json")


@pytest.mark.parametrize(
    "name",
    ["Host", "host", "Content-Length", "Transfer-Encoding", "Connection", "TE", "Trailer", "Upgrade", "Expect",
     "Content-Type", "Accept-Encoding", "webhook-id", "Webhook-Signature", "Proxy-Authorization",
     "", "a b", "a:b", "a\r\nb", "X-\u00c4", "-x", "x" * 65],
)  # fmt: skip
def test_headers_that_frame_a_request_cannot_be_chosen(name: str) -> None:
    assert not is_header_name(name)


@pytest.mark.parametrize("name", ["Authorization", "X-Api-Key", "Cookie", "x_token", "User-Agent", "Accept"])
def test_other_headers_can(name: str) -> None:
    assert is_header_name(name)


def test_a_service_is_stored_whole_and_shown_without_its_secrets() -> None:
    stored = service("https://a.example", headers={"Authorization": "Bearer 1"}, timeout_s=1.5, cache_s=0)
    assert parse_service("crm", json.loads(json.dumps(stored.to_json()))) == stored
    assert stored.public_json() == {
        **{"url": "https://a.example", "method": "POST", "headers": ["Authorization"], "timeout_s": 1.5},
        **{"cache_s": 0, "allow_private": True},
    }
    assert "sealed" not in repr(stored)
    assert stored.secret not in repr(stored)


@pytest.mark.parametrize(
    "change",
    [{"method": "DELETE"}, {"url": 5}, {"headers": {"Host": "x" * 80}}, {"headers": {"X-A": "in clear"}},
     {"secret": "whsec_clear"}, {"timeout_s": 4}, {"timeout_s": 0}, {"cache_s": -1}, {"cache_s": 3601},
     {"headers": {f"X-{n}": CRM.secret for n in range(11)}}],
)  # fmt: skip
def test_a_document_that_could_not_have_been_stored_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="service"):
        parse_service("crm", {**CRM.to_json(), **change})


def test_all_services_are_one_text() -> None:
    others = [service("https://b.example", name="b"), CRM]
    assert table_text(others) == table_text(reversed(others))
    assert parse_table(table_text(others).encode()) == {"b": others[0], "crm": CRM}
    for text in (b"[]", b"5", b"{", b'{"crm": 5}', b'{"crm": {}}'):
        with pytest.raises(ValueError, match=r"table|Expecting|service"):
            parse_table(text)


def test_the_services_that_a_menu_names() -> None:
    nodes = {"a": {"service": "crm"}, "b": {"service": "crm"}, "c": {"text": "service"}, "d": {"service": "a"}}
    assert services_named({"nodes": nodes}) == ["a", "crm"]
