"""Agents as the store keeps them and as a client sees them."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.domain.agents import Agent, Target, agents_named, parse_agent

SEALED = "s" * 60
OTHER = "o" * 60
EVERYTHING = Agent(
    "billing", (Target("sip:a@pbx.example", "digitree", SEALED), Target("sips:b.example")), 21, 5, 1900, "underscore",
    ("x", "user_to_user"), 6, ("PCMU", "OPUS"), "https://crm.example/call", OTHER, True, 30,
    ("sip:*@pbx.example",), "required", "wildcard",
)  # fmt: skip
DOCUMENT: dict[str, Any] = {
    "targets": [
        {"uri": "sip:a@pbx.example", "username": "digitree", "sealed": SEALED},
        {"uri": "sips:b.example", "username": None, "sealed": None},
    ],
    "ring_timeout_s": 21,
    "no_progress_timeout_s": 5,
    "max_talk_s": 1900,
    "header_style": "underscore",
    "send": ["x", "user_to_user"],
    "silence_timeout_s": 6,
    "codecs": ["PCMU", "OPUS"],
    "prepare_url": "https://crm.example/call",
    "prepare_sealed": OTHER,
    "options_ping": True,
    "media_timeout_s": 30,
    "may_transfer_to": ["sip:*@pbx.example"],
    "srtp": "required",
    "tls_verify": "wildcard",
}


def test_an_agent_goes_into_its_document_and_back() -> None:
    assert EVERYTHING.to_json() == DOCUMENT
    assert parse_agent("billing", DOCUMENT) == EVERYTHING
    assert EVERYTHING.sealed == {SEALED, OTHER}


def test_what_may_be_shown_of_an_agent_has_no_secret() -> None:
    shown = EVERYTHING.public_json()
    assert shown["targets"] == [
        {"uri": "sip:a@pbx.example", "username": "digitree", "has_password": True},
        {"uri": "sips:b.example", "username": None, "has_password": False},
    ]
    assert {**shown, "targets": None, "prepare_sealed": OTHER} == {**DOCUMENT, "targets": None}
    assert shown.keys() == DOCUMENT.keys() - {"prepare_sealed"}
    assert SEALED not in str(shown)
    assert OTHER not in str(shown)


def test_an_agent_that_an_earlier_version_stored_is_read_with_todays_defaults() -> None:
    old = {**DOCUMENT, "targets": [{"uri": "sip:a@pbx.example"}]}
    newer = ("codecs", "prepare_url", "prepare_sealed", "options_ping", "media_timeout_s", "may_transfer_to")
    for name in (*newer, "srtp", "tls_verify"):
        del old[name]
    assert parse_agent("billing", old) == Agent(
        "billing", (Target("sip:a@pbx.example"),), 21, 5, 1900, "underscore", ("x", "user_to_user"), 6
    )


TARGET = {"uri": "sip:a@pbx.example"}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("", {}), ("two words", {}), ("a" * 65, {}),
        ("a", {"targets": []}), ("a", {"targets": [TARGET] * 9}),
        ("a", {"targets": [{"uri": "sip:a@pbx.example,user/1000"}]}),
        ("a", {"targets": [TARGET, {**TARGET, "username": "a b"}]}),
        ("a", {"targets": [{**TARGET, "sealed": "short"}, TARGET]}),
        ("a", {"header_style": "camel"}), ("a", {"send": ["x", "cookie"]}),
        ("a", {"codecs": ["PCMU", "MP3"]}), ("a", {"codecs": ["PCMU"] * 5}),
    ],
)  # fmt: skip
def test_an_agent_that_could_not_have_been_stored_is_not_dialled(name: str, change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="agent"):
        parse_agent(name, {**DOCUMENT, **change})


def test_an_agent_may_have_as_many_targets_and_codecs_as_the_limits_say() -> None:
    agent = parse_agent("a" * 64, {**DOCUMENT, "targets": [TARGET] * 8, "codecs": ["PCMU", "PCMA", "G722", "GSM"]})
    assert (len(agent.targets), len(agent.codecs)) == (8, 4)


def test_the_agents_of_a_menu_are_named_once_and_in_order() -> None:
    nodes = {"w": {"prompt": "x"}, "b": {"agent": "zoe"}, "c": {"agent": "amy"}, "d": {"agent": "zoe"}}
    assert agents_named({"nodes": nodes}) == ["amy", "zoe"]


def test_an_agent_may_be_told_everything_and_send_callers_to_fifty_addresses() -> None:
    everything = {**DOCUMENT, "send": ["x", "diversion", "user_to_user", "p_asserted_identity"]}
    assert parse_agent("billing", everything).sent == tuple(everything["send"])
    fifty = [f"sip:{number}@pbx.example" for number in range(50)]
    assert len(parse_agent("billing", {**DOCUMENT, "may_transfer_to": fifty}).may_transfer_to) == 50
    for too_many in ([*fifty, "sip:50@pbx.example"], ["tel:+1"]):
        with pytest.raises(ValueError, match="billing may transfer to what cannot be dialled"):
            parse_agent("billing", {**DOCUMENT, "may_transfer_to": too_many})
