"""What a menu must look like, and how each fault is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.errors import InvalidMenu
from ivr.domain.menu.document import MAX_NODES, merge_patch, parse_menu, patched, require_plain_name
from ivr.domain.menu.fields import DTMF_DIGITS
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.gather_fields import NO_INPUT_WAIT_S
from ivr.domain.menu.kinds import KINDS
from ivr.domain.menu.transfer import TransferNode
from ivr.domain.problems import Problem, pointer
from tests.domain.strategies import documents, json_values

END = {"action": "hangup"}


def menu(**nodes: Any) -> dict[str, Any]:
    return {"name": "m", "nodes": nodes}


def faults(document: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidMenu) as refused:
        parse_menu(document)
    problems = refused.value.problems
    assert all(problem.message for problem in problems)
    # An unknown field is the same fault in a node and outside of one.
    assert all(
        problem.node == (problem.pointer.split("/")[2] if problem.pointer.startswith("/nodes/") else None)
        for problem in problems
        if problem.code not in ("unknown_field", "invalid_node_id")
    )
    return [(problem.pointer, problem.code) for problem in problems]


def problems_of(document: object) -> list[Problem]:
    """The faults, none when it is a menu; anything else that is raised fails the test."""
    try:
        parse_menu(document)
    except InvalidMenu as refused:
        return refused.problems or pytest.fail("refused without a reason")
    return []


GATHER_FAULTS = [
    ({"gather": {}}, "/nodes/n/gather", "empty_gather"),
    ({"gather": None}, "/nodes/n/gather", "empty_gather"),
    ({"gather": ["1"]}, "/nodes/n/gather", "empty_gather"),
    ({"gather": {"A": "n"}}, "/nodes/n/gather/A", "invalid_key"),
    ({"gather": {"1A": "n"}}, "/nodes/n/gather/1A", "invalid_key"),
    ({"gather": {"X{9,3}": "n"}}, "/nodes/n/gather/X{9,3}", "invalid_key"),
    ({"gather": {"X1": "n", "1X": "n"}}, "/nodes/n/gather/1X", "ambiguous_entries"),
    ({"gather": {"1": "n"}, "save": "caller"}, "/nodes/n/save", "reserved_variable"),
    ({"gather": {"1": "n"}, "save": "hours.office"}, "/nodes/n/save", "reserved_variable"),
    ({"gather": {"1": "n"}, "save": "Caller"}, "/nodes/n/save", "invalid_variable"),
    ({"gather": {"1": "n"}, "secret": "yes"}, "/nodes/n/secret", "invalid_secret"),
    ({"gather": {"1": "n"}, "end_key": "##"}, "/nodes/n/end_key", "invalid_end_key"),
    ({"gather": {"XXXX": "n"}, "end_key": "5"}, "/nodes/n/end_key", "end_key_in_entry"),
    ({"gather": {"1": "n", "1*2": "n"}, "end_key": "*"}, "/nodes/n/end_key", "end_key_in_entry"),
    ({"gather": {"1": "n"}, "between_s": 0}, "/nodes/n/between_s", "invalid_between_s"),
    ({"gather": {"1": "n"}, "max_attempts": {}}, "/nodes/n/max_attempts", "invalid_max_attempts"),
    ({"gather": {"1": "n"}, "max_attempts": {"both": 1}}, "/nodes/n/max_attempts", "invalid_max_attempts"),
    (
        {"gather": {"1": "n"}, "max_attempts": {"no_input": 0}},
        "/nodes/n/max_attempts/no_input",
        "invalid_max_attempts",
    ),
    ({"gather": {"": "n"}}, "/nodes/n/gather/", "invalid_key"),
    ({"gather": {"/": "n"}}, "/nodes/n/gather/~1", "invalid_key"),
    ({"gather": {"~": "n"}}, "/nodes/n/gather/~0", "invalid_key"),
    ({"gather": {"١": "n"}}, "/nodes/n/gather/١", "invalid_key"),
    ({"gather": {"1": None}}, "/nodes/n/gather/1", "invalid_target"),
    ({"gather": {"1": ""}}, "/nodes/n/gather/1", "invalid_target"),
    ({"gather": {"1": "a b"}}, "/nodes/n/gather/1", "invalid_target"),
    ({"gather": {"1": "${system(x)}"}}, "/nodes/n/gather/1", "invalid_target"),
    ({"gather": {"1": "n\n"}}, "/nodes/n/gather/1", "invalid_target"),
    ({"gather": {"1": "x" * 65}}, "/nodes/n/gather/1", "invalid_target"),
    ({"gather": {"1": {"node": "n"}}}, "/nodes/n/gather/1", "invalid_target"),
    ({"gather": {"1": "n"}, "timeout_node": None}, "/nodes/n/timeout_node", "invalid_target"),
    ({"gather": {"1": "n"}, "timeout_node": "../n"}, "/nodes/n/timeout_node", "invalid_target"),
    ({"gather": {"1": "n"}, "timeout_node": 1}, "/nodes/n/timeout_node", "invalid_target"),
    ({"gather": {"1": "n"}, "timeout_s": 0}, "/nodes/n/timeout_s", "invalid_timeout"),
    ({"gather": {"1": "n"}, "timeout_s": 61}, "/nodes/n/timeout_s", "invalid_timeout"),
    ({"gather": {"1": "n"}, "timeout_s": "5"}, "/nodes/n/timeout_s", "invalid_timeout"),
    ({"gather": {"1": "n"}, "timeout_s": True}, "/nodes/n/timeout_s", "invalid_timeout"),
    ({"gather": {"1": "n"}, "timeout_s": None}, "/nodes/n/timeout_s", "invalid_timeout"),
    ({"gather": {"1": "n"}, "timeout_s": float("nan")}, "/nodes/n/timeout_s", "invalid_timeout"),
    ({"gather": {"1": "n"}, "timeout_s": float("inf")}, "/nodes/n/timeout_s", "invalid_timeout"),
    ({"gather": {"1": "n"}, "max_attempts": 0}, "/nodes/n/max_attempts", "invalid_max_attempts"),
    ({"gather": {"1": "n"}, "max_attempts": 11}, "/nodes/n/max_attempts", "invalid_max_attempts"),
    ({"gather": {"1": "n"}, "max_attempts": 2.0}, "/nodes/n/max_attempts", "invalid_max_attempts"),
    ({"gather": {"1": "n"}, "max_attempts": True}, "/nodes/n/max_attempts", "invalid_max_attempts"),
    ({"gather": {"1": "n"}, "audio": None}, "/nodes/n/audio", "invalid_audio"),
    ({"gather": {"1": "n"}, "audio": "a.mp3"}, "/nodes/n/audio", "invalid_audio"),
    ({"gather": {"1": "n"}, "audio": "../a.wav"}, "/nodes/n/audio", "invalid_audio"),
    ({"gather": {"1": "n"}, "audio": "a b.wav"}, "/nodes/n/audio", "invalid_audio"),
    ({"gather": {"1": "n"}, "audio": "a.wav\n"}, "/nodes/n/audio", "invalid_audio"),
    ({"gather": {"1": "n"}, "audio": ".wav"}, "/nodes/n/audio", "invalid_audio"),
    ({"gather": {"1": "n"}, "audio": "ä.wav"}, "/nodes/n/audio", "invalid_audio"),
    ({"gather": {"1": "n"}, "audio": "x" * 65 + ".wav"}, "/nodes/n/audio", "invalid_audio"),
    ({"gather": {"1": "n"}, "prompt": "x"}, "/nodes/n/prompt", "unknown_field"),
    ({"gather": {"1": "n"}, "a/b": 1}, "/nodes/n/a~1b", "unknown_field"),
]
ACTION_FAULTS = [
    ({"action": "dance"}, "/nodes/n/action", "unknown_action"),
    ({"action": "Transfer"}, "/nodes/n/action", "unknown_action"),
    ({"action": None}, "/nodes/n/action", "unknown_action"),
    ({"action": ["hangup"]}, "/nodes/n/action", "unknown_action"),
    ({"action": "dance", "to": "music", "next": "n"}, "/nodes/n/action", "unknown_action"),
    ({"action": "dance", "gather": {"1": "n"}}, "/nodes/n/action", "unknown_action"),
    ({"action": "hangup", "audio": 1}, "/nodes/n/audio", "invalid_audio"),
    ({"action": "hangup", "timeout_node": "n"}, "/nodes/n/timeout_node", "unknown_field"),
    ({"action": "hangup", "gather": {"1": "n"}}, "/nodes/n", "gather_and_action"),
    ({}, "/nodes/n", "no_gather_no_action"),
    ({"audio": "a.wav"}, "/nodes/n", "no_gather_no_action"),
]
NODE_FAULTS = [(value, "/nodes/n", "not_an_object") for value in (None, "hangup", 1, True, [], [END])]


@pytest.mark.parametrize(("node", "where", "code"), [*GATHER_FAULTS, *ACTION_FAULTS, *NODE_FAULTS])
def test_a_malformed_node_is_refused_at_its_place(node: object, where: str, code: str) -> None:
    assert faults(menu(n=node)) == [(where, code)]


KNOWN_OF_AN_END = (
    "unknown field; known here: action, audio, count, label, max_visits, over_node, rate, set, text, voice"
)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            {"name": "m", "nodes": {}, "b": 1, "a": 1},
            "unknown field; known here: answer, hung_up_node, languages, max_menu_s, name, nodes, rate, "
            "record_call, start, words",
        ),
        (menu(n={"action": "hangup", "x": 1}), KNOWN_OF_AN_END),
        (
            menu(n={"action": "dance"}),
            "an action is one of ask_language, request, send, each, record, callback, send_digits, hangup, reject, "
            "suppress, transfer",
        ),
        (menu(n={"action": "hangup", "next": "n"}), "a node has only one of gather, next, switch, action"),
        (menu(n={}), "a node needs gather or next or switch or action"),
        ({"name": "m", "nodes": {str(n): END for n in range(501)}}, "501 nodes; at most 500"),
        ({"name": "x" * 201, "nodes": {"n": END}}, "a name is 1 to 200 printable characters"),
    ],
)
def test_a_fault_says_what_would_be_right(document: object, message: str) -> None:
    assert message in [problem.message for problem in problems_of(document)]


@pytest.mark.parametrize("node_id", ["", "a b", "a/b", "ä", "x" * 65, "n\n", "${x}", "a.b"])
def test_a_node_id_is_letters_digits_underscore_and_hyphen(node_id: str) -> None:
    assert faults({"name": "m", "nodes": {node_id: END}}) == [(pointer("nodes", node_id), "invalid_node_id")]


DOCUMENT_FAULTS: list[tuple[object, list[tuple[str, str]]]] = [
    (None, [("", "not_an_object")]),
    ([], [("", "not_an_object")]),
    ("{}", [("", "not_an_object")]),
    ({}, [("/name", "missing"), ("/nodes", "missing")]),
    ({"name": "m"}, [("/nodes", "missing")]),
    ({"name": "m", "nodes": {}}, [("/nodes", "missing")]),
    ({"name": "m", "nodes": [END]}, [("/nodes", "missing")]),
    ({"nodes": {"n": END}}, [("/name", "missing")]),
    ({"name": "m", "nodes": {"n": END}, "extra": 1}, [("/extra", "unknown_field")]),
    ({"name": "m", "nodes": {"n": END}, "id": "ivr_x"}, [("/id", "unknown_field")]),
    ({"name": "m", "nodes": {"n": END}, "start": "x"}, [("/start", "start_not_found")]),
    ({"name": "m", "nodes": {"n": END}, "start": ["n"]}, [("/start", "start_not_found")]),
    ({"name": "m", "nodes": {"n": END}, "start": 1}, [("/start", "start_not_found")]),
    ({"name": "m", "nodes": {"n": END}, "max_menu_s": 29}, [("/max_menu_s", "invalid_max_menu_s")]),
    ({"name": "m", "nodes": {"n": END}, "max_menu_s": 3601}, [("/max_menu_s", "invalid_max_menu_s")]),
    ({"name": "m", "nodes": {"n": END}, "max_menu_s": 60.5}, [("/max_menu_s", "invalid_max_menu_s")]),
    ({"name": "m", "nodes": {"n": END}, "rate": 0.4}, [("/rate", "invalid_rate")]),
    ({"name": "m", "nodes": {"n": END}, "rate": "fast"}, [("/rate", "invalid_rate")]),
    ({"name": "m", "nodes": {"n": {**END, "rate": 2.1}}}, [("/nodes/n/rate", "invalid_rate")]),
    ({"name": "m", "nodes": {"n": END}, "max_menu_s": True}, [("/max_menu_s", "invalid_max_menu_s")]),
]


@pytest.mark.parametrize(("document", "expected"), DOCUMENT_FAULTS)
def test_a_malformed_document_is_refused_at_its_place(document: object, expected: list[tuple[str, str]]) -> None:
    assert faults(document) == expected


@pytest.mark.parametrize(
    "name", ["", "  ", "\t", "a\nb", "a\0", "\x1b[31m", "x" * 201, "\u2028", "\x85", "\ud800", None, 1, []]
)
def test_a_name_is_printable_and_not_too_long(name: object) -> None:
    assert faults({"name": name, "nodes": {"n": END}}) == [("/name", "invalid_name")]


def test_a_patch_without_nodes_removes_none() -> None:
    document = {"name": "m", "nodes": {"n": END}}
    assert patched(document, {"name": "x"}, live=True) == ({**document, "name": "x"}, [])


def test_a_new_name_that_cannot_be_seen_is_refused_and_one_that_was_there_stays() -> None:
    unseen = parse_menu({"name": "\u200b", "nodes": {"n": END}})
    with pytest.raises(InvalidMenu) as refused:
        require_plain_name(unseen)
    (problem,) = refused.value.problems
    assert (problem.pointer, problem.code) == ("/name", "invalid_name")
    assert problem.message == "a name needs a visible character, and none that changes the direction of the text"
    require_plain_name(unseen, "\u200b")
    require_plain_name(parse_menu({"name": "m", "nodes": {"n": END}}))


def test_every_fault_is_told_at_once() -> None:
    document = {"name": "", "nodes": {"a": {"action": "x"}, "b": {"gather": {"x": "?"}, "audio": "n"}}, "x": 1}
    assert faults(document) == [
        ("/x", "unknown_field"),
        ("/name", "invalid_name"),
        ("/nodes/a/action", "unknown_action"),
        ("/nodes/b/audio", "invalid_audio"),
        ("/nodes/b/gather/x", "invalid_key"),
    ]


def test_five_hundred_nodes_are_taken_and_one_more_is_not() -> None:
    most = {f"n{number}": END for number in range(MAX_NODES)}
    assert len(parse_menu({"name": "m", "nodes": most}).nodes) == MAX_NODES
    assert faults({"name": "m", "nodes": {**most, "more": END}}) == [("/nodes", "too_many_nodes")]


def test_the_first_node_in_the_authors_order_is_the_start_unless_another_is_named() -> None:
    document = menu(zebra=END, apple=END)
    assert parse_menu(document).start == "zebra"
    assert parse_menu({**document, "start": "apple"}).start == "apple"


def test_every_key_and_action_is_known_and_the_defaults_are_those_of_the_field() -> None:
    tree = parse_menu(menu(ask={"gather": dict.fromkeys(DTMF_DIGITS, "end")}, end=END))
    ask = tree.nodes["ask"]
    assert isinstance(ask, GatherNode)
    assert list(ask.gather) == list(DTMF_DIGITS)
    assert (ask.timeout_s, ask.max_attempts, ask.audio, ask.timeout_node) == (NO_INPUT_WAIT_S, 3, None, None)
    actions = [kind for kind in KINDS if kind.mark.field == "action"]
    for kind in (each for each in actions if not any(field.required for field in each.own_fields)):
        assert parse_menu(menu(n={"action": kind.kind})).nodes["n"] == kind("n")
    assert {"transfer", "hangup", "suppress"} <= {kind.kind for kind in actions}


def test_a_target_that_does_not_exist_is_no_fault() -> None:
    tree = parse_menu(menu(ask={"gather": {"2": "hours"}, "timeout_node": "nowhere"}))
    assert isinstance(tree.nodes["ask"], GatherNode)


@given(documents())
def test_a_tree_goes_to_json_and_back_unchanged_in_content_and_order(document: dict[str, Any]) -> None:
    tree = parse_menu(document)
    text = json.dumps(tree.to_json())
    assert json.loads(text) == document
    assert list(json.loads(text)["nodes"]) == list(document["nodes"])
    assert parse_menu(json.loads(text)) == tree


@given(json_values | st.builds(dict, name=st.just("m"), nodes=json_values))
def test_whatever_json_comes_is_a_tree_or_a_list_of_faults_that_point_into_it(document: Any) -> None:
    for problem in problems_of(document):
        assert problem.pointer == "" or problem.pointer.startswith("/")
        assert problem.message


@given(json_values)
def test_a_patch_of_any_json_gives_a_document_or_a_list_of_faults(patch: Any) -> None:
    stored = menu(a=END)
    try:
        merged = merge_patch(stored, {"nodes": patch})
    except InvalidMenu:
        assert not isinstance(patch, dict)
    else:
        problems_of(merged)
    assert stored == menu(a=END)


def test_a_pointer_escapes_what_rfc_6901_reserves() -> None:
    assert pointer("nodes", "a/b~c", 0) == "/nodes/a~1b~0c/0"


STORED = {"name": "m", "start": "b", "nodes": {"a": END, "b": END, "c": END}}


class TestMergePatch:
    def test_a_replaced_node_keeps_its_place_and_a_new_one_goes_to_the_end(self) -> None:
        merged = merge_patch(STORED, {"nodes": {"new": END, "b": {"action": "transfer"}}})
        assert list(merged["nodes"]) == ["a", "b", "c", "new"]
        assert merged["nodes"]["b"] == {"action": "transfer"}

    def test_a_node_is_replaced_whole_and_not_merged_field_by_field(self) -> None:
        stored = menu(a={"action": "hangup", "audio": "bye.wav"})
        assert merge_patch(stored, {"nodes": {"a": END}})["nodes"]["a"] == END

    def test_null_removes_a_node_and_removing_what_is_not_there_is_no_fault(self) -> None:
        merged = merge_patch(STORED, {"nodes": {"a": None, "never": None}})
        assert list(merged["nodes"]) == ["b", "c"]

    def test_removing_what_is_not_there_is_a_warning(self) -> None:
        merged, warnings = patched(STORED, {"nodes": {"a": None, "a/b": None}}, live=True)
        assert list(merged["nodes"]) == ["b", "c"]
        assert [(each.pointer, each.code) for each in warnings] == [("/nodes/a~1b", "node_not_there")]

    def test_the_first_node_of_a_live_menu_is_removed_only_with_another_start(self) -> None:
        stored = menu(a=END, b=END)
        for patch in ({"nodes": {"a": None}}, {"nodes": {"a": None, "c": END}}):
            with pytest.raises(InvalidMenu) as refused:
                patched(stored, patch, live=True)
            text = "calls begin at a; to remove it, name another node as start in the same request"
            assert refused.value.problems == [Problem("/nodes/a", "start_removed", text)]
            merged, warnings = patched(stored, patch, live=False)
            assert next(iter(merged["nodes"])) == "b"
            assert [each.code for each in warnings] == ["start_removed"]
            assert warnings[0].message == "calls began at a, which is gone; now they begin at b"
            assert "begin at b" in warnings[0].message
        for start in ("b", None):
            assert patched(stored, {"nodes": {"a": None}, "start": start}, live=True)[1] == []
        assert patched({**stored, "start": "b"}, {"nodes": {"a": None}}, live=True)[1] == []
        assert patched(stored, {"nodes": {"b": None}}, live=True)[1] == []

    @given(json_values)
    def test_a_patch_with_warnings_is_merged_as_any(self, patch: Any) -> None:
        stored = menu(a=END, b=END)
        try:
            merged = merge_patch(stored, {"nodes": patch})
        except InvalidMenu:
            return
        assert patched(stored, {"nodes": patch}, live=False)[0] == merged

    def test_a_removed_node_that_comes_back_goes_to_the_end(self) -> None:
        without = merge_patch(STORED, {"nodes": {"a": None}})
        assert list(merge_patch(without, {"nodes": {"a": END}})["nodes"]) == ["b", "c", "a"]

    def test_start_null_gives_the_choice_back_to_the_order(self) -> None:
        assert "start" not in merge_patch(STORED, {"start": None})
        assert parse_menu(merge_patch(STORED, {"start": None})).start == "a"

    def test_removing_the_start_node_is_refused_by_parsing(self) -> None:
        assert faults(merge_patch(STORED, {"nodes": {"b": None}})) == [("/start", "start_not_found")]

    def test_removing_every_node_is_refused_by_parsing(self) -> None:
        merged = merge_patch({"name": "m", "nodes": {"a": END}}, {"nodes": {"a": None}})
        assert faults(merged) == [("/nodes", "missing")]

    @pytest.mark.parametrize("nodes", [None, [], "a", 1])
    def test_nodes_that_are_no_object_are_refused(self, nodes: object) -> None:
        with pytest.raises(InvalidMenu) as refused:
            merge_patch(STORED, {"nodes": nodes})
        assert refused.value.problems[0].pointer == "/nodes"

    def test_the_stored_document_is_left_alone(self) -> None:
        before = json.dumps(STORED)
        merge_patch(STORED, {"name": "x", "start": None, "nodes": {"a": None, "d": END}})
        assert json.dumps(STORED) == before

    @given(documents(), documents())
    def test_patching_with_a_whole_menu_twice_is_patching_once(
        self, stored: dict[str, Any], patch: dict[str, Any]
    ) -> None:
        once = merge_patch(stored, patch)
        twice = merge_patch(once, patch)
        assert json.dumps(twice) == json.dumps(once)
        kept = list(stored["nodes"])
        assert list(once["nodes"])[: len(kept)] == kept


@pytest.mark.parametrize(
    ("field", "code", "wrong"),
    [
        ("agent", "invalid_agent", ["", "a b", "${x}", "x" * 65, 1, None]),
        ("outcome", "invalid_outcome", ["", "a,b", "a=b", "ü", "x" * 65, 1, None]),
        ("hold_audio", "invalid_audio", ["", "../a.wav", "a.mp3", 1, None]),
        ("fallback_node", "invalid_target", ["", "a b", 1, None]),
        ("on_agent_hangup", "invalid_target", ["", "a b", 1, None]),
    ],
)
def test_what_a_transfer_may_say_is_checked(field: str, code: str, wrong: list[Any]) -> None:
    for value in wrong:
        assert faults(menu(go={"action": "transfer", field: value})) == [(f"/nodes/go/{field}", code)]


@pytest.mark.parametrize(
    ("results", "found"),
    [
        ({}, [("", "invalid_results")]),
        ({f"r{number}": "go" for number in range(33)}, [("", "invalid_results")]),
        ({"a b": "go"}, [("/a b", "invalid_result")]),
        ({"": "go"}, [("/", "invalid_result")]),
        ({"x" * 65: "go"}, [(f"/{'x' * 65}", "invalid_result")]),
        ({"booked": "a b", "*": 1}, [("/booked", "invalid_target"), ("/*", "invalid_target")]),
        ({"booked": "go", "Booked": "go"}, [("/Booked", "doubled_result")]),
    ],
)
def test_the_results_of_an_agent_are_checked(results: dict[str, Any], found: list[tuple[str, str]]) -> None:
    told = faults(menu(go={"action": "transfer", "on_agent_hangup": results}))
    assert told == [(f"/nodes/go/on_agent_hangup{where}", code) for where, code in found]


@pytest.mark.parametrize("action", ["hangup", "suppress"])
def test_only_a_transfer_has_an_agent_and_what_belongs_to_it(action: str) -> None:
    node = {"action": action, "agent": "a", "outcome": "o", "hold_audio": "h.wav", "fallback_node": "go"}
    assert {code for _, code in faults(menu(go=node))} == {"unknown_field"}


def test_a_transfer_keeps_all_that_was_said_of_it() -> None:
    node = {"action": "transfer", "agent": "a", "outcome": "o", "hold_audio": "h.wav", "fallback_node": "go"}
    assert parse_menu(menu(go=node)).nodes["go"] == TransferNode(
        "go", agent="a", outcome="o", hold_audio="h.wav", fallback_node="go"
    )


@pytest.mark.parametrize("results", [1, 32])
def test_an_agent_may_have_up_to_32_results(results: int) -> None:
    named = {f"r{number}": "go" for number in range(results)}
    node = parse_menu(menu(go={"action": "transfer", "on_agent_hangup": named})).nodes["go"]
    assert isinstance(node, TransferNode)
    assert node.on_agent_hangup == named


def test_after_a_talk_one_node_or_one_for_each_result_may_follow() -> None:
    for hung_up, targets in (("bye", ["bye"]), ({"booked": "a", "*": "b"}, ["a", "b"])):
        node = parse_menu(menu(go={"action": "transfer", "on_agent_hangup": hung_up})).nodes["go"]
        assert [way.target for way in node.targets()] == targets
