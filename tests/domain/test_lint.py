"""What is unwise in a menu is told and never refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from ivr.domain.menu.digits_said import digits_said
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.lint import lint
from tests.domain.strategies import documents

END = {"action": "hangup"}


def warnings(prompts: frozenset[str] = frozenset(), **nodes: Any) -> list[tuple[str, str]]:
    tree = parse_menu({"name": "m", "nodes": nodes})
    found = lint(tree, prompts)
    assert all(problem.message for problem in found)
    return [(problem.pointer, problem.code) for problem in found]


def test_a_sound_menu_has_no_warning() -> None:
    assert warnings(frozenset({"a.wav"}), ask={"gather": {"1": "end"}, "audio": "a.wav"}, end=END) == []


def test_a_key_that_leads_nowhere_is_told_with_its_key() -> None:
    found = warnings(frozenset({"a.wav"}), ask={"gather": {"1": "end", "2": "hours"}, "audio": "a.wav"}, end=END)
    assert found == [("/nodes/ask/gather/2", "target_not_found")]


def test_a_timeout_node_that_does_not_exist_is_told() -> None:
    node = {"gather": {"1": "end"}, "audio": "a.wav", "timeout_node": "gone"}
    assert warnings(frozenset({"a.wav"}), ask=node, end=END) == [("/nodes/ask/timeout_node", "target_not_found")]


def test_a_question_without_any_way_out_is_told() -> None:
    found = warnings(frozenset({"a.wav"}), ask={"gather": {"1": "x"}, "audio": "a.wav"})
    assert ("/nodes/ask/gather", "no_key_offered") in found


def test_a_node_that_no_key_reaches_is_told_and_one_behind_a_timeout_is_not() -> None:
    node = {"gather": {"1": "end"}, "audio": "a.wav", "timeout_node": "late"}
    found = warnings(frozenset({"a.wav"}), ask=node, end=END, late=END, island=END)
    assert found == [("/nodes/island", "unreachable")]


def test_audio_without_a_file_is_told_and_so_is_a_question_without_audio() -> None:
    found = warnings(ask={"gather": {"1": "end"}}, end={"action": "hangup", "audio": "bye.wav"})
    assert found == [("/nodes/ask/audio", "no_audio"), ("/nodes/end/audio", "audio_not_ready")]


def test_an_end_without_audio_is_nothing_to_tell() -> None:
    assert warnings(end=END) == []


@pytest.mark.parametrize(
    ("node", "field", "heard"),
    [
        ({"gather": {"1": "end"}, "no_input_text": "Hm?"}, "no_input_audio", "nothing in its place"),
        ({"gather": {"1": "end"}, "no_match_text": "No."}, "no_match_audio", "that this was not a valid choice"),
        ({"gather": {"1": "end"}, "again_text": ["A", "B"]}, "again_audio", "the question's own prompt"),
        ({"action": "request", "wait": False, "service": "x", "next": "end", "text": "Hm."}, "audio",
         "nothing in its place"),
        ({"action": "transfer", "fallback_node": "end", "text": {"en": "Hm."}}, "audio", "nothing in its place"),
    ],
)  # fmt: skip
def test_words_without_audio_are_told_with_what_callers_hear(node: dict[str, Any], field: str, heard: str) -> None:
    audio = {"audio": "a.wav"} if "gather" in node else {}
    menu = parse_menu({"name": "m", "nodes": {"ask": {**audio, **node}, "end": END}})
    (found,) = lint(menu, {"a.wav"})
    text_field = field.replace("audio", "text")
    assert (found.pointer, found.code) == (f"/nodes/ask/{field}", "no_audio")
    assert found.message == f"{text_field} has no audio yet: callers hear {heard}"
    named = {"ask": {**audio, **node, field: "a.wav"}, "end": END}
    assert lint(parse_menu({"name": "m", "nodes": named}), {"a.wav"}) == []


OUT = {"action": "suppress"}


def question(**keys: str) -> dict[str, Any]:
    return {"gather": {name[1:]: target for name, target in keys.items()}, "audio": "a.wav"}


def test_an_opt_out_one_key_away_in_the_first_question_is_sound() -> None:
    found = warnings(frozenset({"a.wav"}), ask=question(k1="more", k9="out"), more=question(k9="out"), out=OUT)
    assert found == []


def test_an_opt_out_behind_another_question_is_told() -> None:
    sure = question(k1="out", k2="ask")
    found = warnings(frozenset({"a.wav"}), ask=question(k9="sure"), sure=sure, out=OUT)
    assert found == [("/nodes/ask/gather/9", "opt_out_asked_again"), ("/nodes/ask", "opt_out_not_first")]


def test_an_opt_out_on_another_key_than_before_is_told() -> None:
    more = question(k8="out")
    found = warnings(frozenset({"a.wav"}), ask=question(k1="more", k9="out"), more=more, out=OUT)
    assert found == [("/nodes/more/gather/8", "opt_out_key_differs")]


def test_an_opt_out_on_another_key_beside_the_usual_one_is_nothing_to_tell() -> None:
    more = question(k8="out", k9="out")
    assert warnings(frozenset({"a.wav"}), ask=question(k1="more", k9="out"), more=more, out=OUT) == []


@given(documents())
def test_every_warning_names_a_node_of_the_menu_and_points_below_it(document: dict[str, Any]) -> None:
    tree = parse_menu(document)
    for problem in lint(tree, frozenset({"a.wav"})):
        assert problem.node in tree.nodes
        assert problem.pointer.startswith(f"/nodes/{problem.node}")
        assert problem.message


TRANSFER = {
    "action": "transfer",
    "agent": "sales",
    "outcome": "qualified",
    "hold_audio": "hold.wav",
    "fallback_node": "later",
}


def test_what_a_transfer_names_and_is_not_there_is_a_warning_each():
    tree = parse_menu({"name": "T", "nodes": {"go": TRANSFER}})
    assert [(problem.pointer, problem.code) for problem in lint(tree, frozenset())] == [
        ("/nodes/go/fallback_node", "target_not_found"),
        ("/nodes/go/agent", "agent_not_found"),
        ("/nodes/go/hold_audio", "audio_not_ready"),
    ]


def test_a_transfer_whose_names_are_all_there_is_fine_and_its_fallback_is_reached():
    tree = parse_menu({"name": "T", "nodes": {"go": TRANSFER, "later": {"action": "hangup"}}})
    assert lint(tree, {"hold.wav"}, {"sales"}) == []


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Press 1 if you are a plumber, or press 9 to be removed.", ["1", "9"]),
        ("press one, two or 3; press the star key", ["1", "2", "3", "*"]),
        ("PRESS POUND. Dial 911 in an emergency. Press 10.", ["#"]),
        ("Press 1, and press 1 again, or hit #", ["1", "#"]),
        ("The press one reads. Press onward. Impress 2.", ["1"]),
        ("", []),
    ],
)
def test_the_keys_that_a_prompt_asks_for_are_found(text: str, keys: list[str]) -> None:
    assert digits_said(text) == keys


def test_a_key_that_the_text_offers_and_the_node_does_not_is_told() -> None:
    ask = {"gather": {"1": "end"}, "audio": "a.wav", "text": "Press 1, or press 3 for hours."}
    found = lint(parse_menu({"name": "m", "nodes": {"ask": ask, "end": END}}), {"a.wav"})
    assert [(each.pointer, each.code, each.node) for each in found] == [("/nodes/ask/text", "key_not_offered", "ask")]
    assert "press 3" in found[0].message


def test_without_a_text_of_its_own_a_node_is_held_to_what_was_spoken() -> None:
    tree = parse_menu({"name": "m", "nodes": {"ask": {"gather": {"1": "end"}, "audio": "a.wav"}, "end": END}})
    found = lint(tree, {"a.wav"}, spoken={"a.wav": "Press 1 or 4."})
    assert [(each.pointer, each.code) for each in found] == [("/nodes/ask/audio", "key_not_offered")]


def test_a_text_newer_than_its_audio_is_told_until_it_is_spoken() -> None:
    node = {"gather": {"1": "end"}, "audio": "a.wav", "text": "Press\n1 please"}
    tree = parse_menu({"name": "m", "nodes": {"ask": node, "end": END}})
    stale = [(each.pointer, each.code) for each in lint(tree, {"a.wav"}, spoken={"a.wav": "Press 1"})]
    assert stale == [("/nodes/ask/text", "stale_prompt")]
    assert lint(tree, {"a.wav"}, spoken={"a.wav": "Press 1 please"}) == []
    assert lint(tree, {"a.wav"}, spoken={}) == []  # uploaded: nobody knows what it says


def test_a_node_without_a_text_has_no_text_that_could_be_newer() -> None:
    tree = parse_menu({"name": "m", "nodes": {"ask": {"gather": {"1": "end"}, "audio": "a.wav"}, "end": END}})
    assert lint(tree, {"a.wav"}, spoken={"a.wav": "Press 1."}) == []
    tree = parse_menu({"name": "m", "nodes": {"end": {**END, "text": "Goodbye."}}})
    assert [each.code for each in lint(tree, {"a.wav"}, spoken={"a.wav": "Press 1."})] == ["no_audio"]


def test_words_spoken_earlier_are_not_stale_without_their_file() -> None:
    tree = parse_menu({"name": "m", "nodes": {"end": {**END, "audio": "a.wav", "text": "Goodbye."}}})
    assert [each.code for each in lint(tree, (), spoken={"a.wav": "Bye."})] == ["audio_not_ready"]
    (stale,) = lint(tree, {"a.wav"}, spoken={"a.wav": "Bye."})
    assert stale.message == "a.wav was spoken with other words: callers hear those until it is spoken again"


def test_each_warning_says_what_callers_hear_or_cannot_do() -> None:
    nodes = {
        "ask": {"gather": {"1": "gone"}}, "hello": {"audio": "b.wav", "next": "hello"},
        "go": {"action": "transfer", "agent": "sales"},
    }  # fmt: skip
    said = {each.code: each.message for each in lint(parse_menu({"name": "m", "nodes": nodes}), WITH_FILE)}
    assert said == {
        "target_not_found": "key 1 leads to gone, which does not exist: not offered until it does",
        "no_key_offered": "no key of this question leads anywhere: every caller is let go after the last attempt",
        "message_loop": said["message_loop"],
        "agent_not_found": said["agent_not_found"],
        "unreachable": "no way from the start leads to this node",
        "no_audio": "a question without audio: callers hear its keys read out",
        "audio_not_ready": "b.wav is not spoken or uploaded yet: callers hear nothing in its place",
    }
    assert "sales" in said["agent_not_found"]
    assert said["message_loop"]


def test_a_first_prompt_that_does_not_say_the_key_of_the_opt_out_is_told() -> None:
    nodes = {"ask": question(k1="end", k9="out"), "end": END, "out": OUT}
    tree = parse_menu({"name": "m", "nodes": nodes})
    silent = lint(tree, ["a.wav"], spoken={"a.wav": "Press 1 to go on."})
    assert [(each.pointer, each.code) for each in silent] == [("/nodes/ask/gather/9", "opt_out_not_said")]
    assert lint(tree, ["a.wav"], spoken={"a.wav": "Press 1 to go on, or press nine to be taken off."}) == []


def unsaid(node: dict[str, Any], spoken: dict[str, str] | None = None, **others: Any) -> list[str]:
    """The keys whose opt-out the first prompt `ask` does not say."""
    tree = parse_menu({"name": "m", "nodes": {"ask": node, **others, "end": END, "out": OUT}})
    found = [each for each in lint(tree, {"a.wav"}, spoken=spoken) if each.code == "opt_out_not_said"]
    assert all(each.node == "ask" for each in found)
    return [each.pointer.rpartition("/")[2] for each in found]


def test_each_key_of_the_first_question_that_opts_out_must_be_said() -> None:
    both = question(k1="more", k8="out", k9="out")
    assert unsaid({**both, "text": "Press 1 to go on."}) == ["8", "9"]
    assert unsaid({**both, "text": "Press 1 to go on, 8 to be removed."}) == ["9"]
    assert unsaid({**both, "text": "Press 9 to be removed."}) == ["8"]
    first = {**question(k9="out"), "text": "Hello."}
    assert unsaid(first, more=question(k9="out")) == ["9"]
    tree = {"more": {**question(k9="out"), "text": "Hello."}, "ask": first, "out": OUT}
    found = lint(parse_menu({"name": "m", "start": "ask", "nodes": tree}), {"a.wav"})
    assert ("ask", "opt_out_not_said") in [(each.node, each.code) for each in found]


def test_words_that_are_not_known_are_not_missed() -> None:
    nameless = {"gather": {"9": "out"}}
    assert unsaid(nameless) == []
    assert unsaid(nameless, {"a.wav": "Hello."}) == []


@pytest.mark.parametrize(
    ("text", "has_file", "spoken", "recording"),
    [("Hi.", True, {}, True), ("Hi.", True, {"a.wav": "Hi."}, False), ("Hi.", False, {}, False),
     (None, True, {"a.wav": "Hi."}, False)],
)  # fmt: skip
def test_only_of_a_recording_it_may_be_that_it_says_more_than_the_text(
    text: str | None, has_file: bool, spoken: dict[str, str], recording: bool
) -> None:
    ask = question(k9="out") | ({} if text is None else {"text": text})
    tree = parse_menu({"name": "m", "nodes": {"ask": ask, "out": OUT}})
    (found,) = (
        each for each in lint(tree, {"a.wav"} if has_file else (), spoken=spoken) if each.code == "opt_out_not_said"
    )
    assert ("recording" in found.message) is recording


def asked_again(**nodes: Any) -> list[str]:
    tree = parse_menu({"name": "m", "nodes": {**nodes, "out": OUT, "end": END}})
    found = [each for each in lint(tree, {"a.wav"}) if each.code == "opt_out_asked_again"]
    assert all("asks again before the opt-out" in each.message for each in found)
    return [each.pointer for each in found]


def test_a_question_that_only_confirms_the_opt_out_is_told_wherever_it_stands() -> None:
    sure = question(k1="out", k2="ask")
    assert asked_again(ask=question(k9="sure"), sure=sure) == ["/nodes/ask/gather/9"]
    assert asked_again(ask=question(k1="end", k2="ask", k9="sure"), sure=sure) == ["/nodes/ask/gather/9"]
    assert asked_again(hello={"audio": "a.wav", "next": "ask"}, ask=question(k9="sure"), sure=sure) != []
    assert asked_again(first=question(k1="end"), ask=question(k9="sure"), sure=sure) != []
    assert asked_again(sure=sure, ask=question(k9="sure")) == ["/nodes/ask/gather/9"]
    assert asked_again(ask=question(k9="sure"), sure=question(k1="out", k2="ask", k3="gone")) != []
    assert asked_again(ask=question(k9="sure"), sure=question(k1="out", k2="ask", k3="end")) != []


def test_a_question_with_other_ways_does_not_only_confirm() -> None:
    more = question(k1="end")
    assert asked_again(ask=question(k9="sure"), sure=question(k1="out", k2="more"), more=more) == []
    assert asked_again(ask=question(k9="sure"), sure=question(k1="out", k2="ask", k3="ask", k4="end")) == []
    assert asked_again(ask=question(k8="out", k9="sure"), sure=question(k1="out", k2="ask")) == []
    assert asked_again(ask=question(k1="ask", k2="more"), more=more, sure=question(k9="out")) == []
    plain, offering = question(k1="end", k2="ask"), question(k1="hours", k9="out")
    hours = question(k1="end")
    assert asked_again(ask=question(k1="plain", k2="offering"), plain=plain, offering=offering, hours=hours) == []


SAID = "Press 1 for a roofer, or 9 to be removed from our list."


def test_the_text_beside_a_recording_tells_what_the_recording_says() -> None:
    ask = question(k1="end", k9="out")
    nodes = {"ask": {**ask, "text": "Our new greeting"}, "end": END, "out": OUT}
    (unsaid,) = lint(parse_menu({"name": "m", "nodes": nodes}), {"a.wav"})
    assert unsaid.code == "opt_out_not_said"
    assert "write the recording's words into the node's text" in unsaid.message
    nodes["ask"]["text"] = SAID
    assert lint(parse_menu({"name": "m", "nodes": nodes}), {"a.wav"}) == []
    # What a voice has spoken is known: no text makes it say more.
    (stale,) = lint(parse_menu({"name": "m", "nodes": nodes}), {"a.wav"}, spoken={"a.wav": "Our new greeting"})
    assert stale.code == "stale_prompt"


@pytest.mark.parametrize("said", ["Hang up and dial 9-1-1 in an emergency.", "Press 9am", "We are open 9 to 5."])
def test_a_nine_that_is_no_key_does_not_pass_for_the_opt_out(said: str) -> None:
    nodes = {"ask": {**question(k1="end", k9="out"), "text": f"Press 1 for a roofer. {said}"}, "end": END, "out": OUT}
    found = lint(parse_menu({"name": "m", "nodes": nodes}), {"a.wav"}, spoken={"a.wav": nodes["ask"]["text"]})
    assert [each.code for each in found] == ["opt_out_not_said"]


WITH_FILE = frozenset({"a.wav"})


def test_a_message_without_audio_is_told_and_so_is_one_that_leads_nowhere() -> None:
    found = warnings(hello={"next": "later"})
    assert found == [("/nodes/hello/next", "target_not_found"), ("/nodes/hello/audio", "no_audio")]


def test_messages_that_lead_only_to_each_other_are_told() -> None:
    ring = {"a": {"audio": "a.wav", "next": "b"}, "b": {"audio": "a.wav", "next": "a"}}
    assert warnings(WITH_FILE, **ring) == [("/nodes/a/next", "message_loop"), ("/nodes/b/next", "message_loop")]
    assert warnings(WITH_FILE, start={"audio": "a.wav", "next": "end"}, end=END) == []


def test_a_message_before_the_question_that_offers_the_opt_out_is_told() -> None:
    hello = {"audio": "a.wav", "next": "ask"}
    found = warnings(WITH_FILE, hello=hello, ask=question(k1="end", k9="out"), end=END, out=OUT)
    assert found == [("/nodes/hello", "message_before_opt_out")]
    uncut = {"audio": "a.wav", "next": "ask", "barge_in": False}
    asked = {"ask": question(k1="end", k9="out"), "end": END, "out": OUT}
    found = warnings(WITH_FILE, hello={**hello, "next": "terms"}, terms=uncut, **asked)
    assert found == [("/nodes/terms", "message_before_opt_out")]
    silent = {"set": {"x": 1}, "next": "ask"}
    assert warnings(WITH_FILE, hello=silent, ask=question(k1="end", k9="out"), end=END, out=OUT) == []


def test_the_opt_out_is_found_behind_a_message_and_missed_in_the_question_after_one() -> None:
    sorry, hello = {"audio": "a.wav", "next": "out"}, {"audio": "a.wav", "next": "first"}
    found = warnings(WITH_FILE, ask=question(k1="end", k9="sorry"), sorry=sorry, end=END, out=OUT)
    assert found == [("/nodes/sorry", "opt_out_not_at_once")]
    first, more = question(k1="more", k2="end"), question(k1="end", k2="end", k9="out")
    late = warnings(WITH_FILE, hello=hello, first=first, more=more, end=END, out=OUT)
    assert ("/nodes/hello", "opt_out_not_first") in late
    assert "message_before_opt_out" not in [code for _, code in late]


def test_a_message_that_asks_for_a_key_is_told() -> None:
    node = {"audio": "a.wav", "text": "Press 1 now.", "next": "end"}
    assert warnings(WITH_FILE, hello=node, end=END) == [("/nodes/hello/text", "key_not_offered")]


def test_a_way_for_an_agents_dnc_is_never_taken_and_one_to_nowhere_is_missing() -> None:
    go = {"action": "transfer", "on_agent_hangup": {"DNC": "bye", "booked": "nowhere", "*": "bye"}}
    menu = parse_menu({"name": "m", "nodes": {"go": go, "bye": {"action": "hangup"}}})
    told = {(each.code, each.pointer): each.message for each in lint(menu, ())}
    assert ("result_never_taken", "/nodes/go/on_agent_hangup/DNC") in told
    missing = told[("target_not_found", "/nodes/go/on_agent_hangup/booked")]
    assert missing == "nowhere does not exist: the call ends with the talk"
    assert ("unreachable", "/nodes/bye") not in told


@pytest.mark.parametrize(
    ("question", "warned"),
    [
        ({"gather": {"XXXXX": "end"}, "entry_s": 20}, []),
        ({"gather": {"1": "end"}, "entry_s": 20}, [("/nodes/ask/entry_s", "entry_s_without_effect")]),
        ({"gather": {"XX": "end"}, "entry_s": 4}, [("/nodes/ask/timeout_s", "timeout_s_without_effect")]),
        ({"gather": {"XX": "end"}, "entry_s": 5}, []),
    ],
)
def test_a_time_for_an_entry_without_effect_is_told(question: dict[str, Any], warned: list[tuple[str, str]]) -> None:
    assert warnings(frozenset({"a.wav"}), ask={"audio": "a.wav", **question}, end=END) == warned


@pytest.mark.parametrize(
    ("gather", "warned"),
    [
        ({"9": "out", "1": "end"}, []),
        ({"9": "out", "9XX": "end"}, ["/nodes/ask/gather/9"]),
        ({"9": "out", "XXXXX": "end"}, ["/nodes/ask/gather/9"]),
        ({"*": "out", "XXXXX": "end"}, []),
        ({"99": "out", "1": "end"}, []),
        ({"XX": "out", "1": "end"}, []),
    ],
)
def test_an_opt_out_that_waits_for_more_digits_is_told(gather: dict[str, str], warned: list[str]) -> None:
    nodes = {"ask": {"gather": gather}, "end": END, "out": OUT}
    found = lint(parse_menu({"name": "m", "nodes": nodes}), ())
    assert [each.pointer for each in found if each.code == "opt_out_waits"] == warned


@pytest.mark.parametrize(
    ("between", "told"),
    [
        ({"sure": {"audio": "a.wav", "next": "out"}}, ["/nodes/sure"]),
        ({"sure": {"text": "Sure.", "set": {"x": 1}, "next": "out"}}, ["/nodes/sure"]),
        ({"sure": {"set": {"x": 1}, "next": "also"}, "also": {"audio": "a.wav", "next": "out"}}, ["/nodes/also"]),
        ({"sure": {"switch": "called", "case": {"1": "out"}, "default": "out", "audio": "a.wav"}}, ["/nodes/sure"]),
        ({"sure": {"set": {"x": 1}, "next": "out"}}, []),
        # Nobody opts out by this key alone.
        ({"sure": {"audio": "a.wav", "next": "end"}}, []),
        ({"sure": {"switch": "called", "case": {"1": "out"}, "default": "end", "audio": "a.wav"}}, []),
        ({"sure": {"audio": "a.wav", "next": "sure"}}, []),
    ],
)
def test_what_is_heard_between_the_key_and_the_opt_out_is_told(between: dict[str, Any], told: list[str]) -> None:
    nodes = {"ask": question(k1="end", k8="sure", k9="sure"), **between, "end": END, "out": OUT}
    found = lint(parse_menu({"name": "m", "nodes": nodes}), WITH_FILE)
    assert [each.pointer for each in found if each.code == "opt_out_not_at_once"] == told


@pytest.mark.parametrize(
    ("voice", "voices", "pointers"),
    [
        ("amy", {"joe"}, ["/nodes/n/voice"]),
        ("joe", {"joe"}, []),
        ("amy", None, []),
        ({"en": "joe", "es": "amy"}, {"joe"}, ["/nodes/n/voice/es"]),
    ],
)
def test_a_voice_that_there_is_not_is_warned_of_where_the_voices_are_known(
    voice: object, voices: set[str] | None, pointers: list[str]
) -> None:
    text = {"en": "Bye.", "es": "Adios."} if isinstance(voice, dict) else "Bye."
    menu = parse_menu({"name": "m", "languages": ["en", "es"],
                       "nodes": {"n": {"action": "hangup", "text": text, "voice": voice}}})  # fmt: skip
    known = None if voices is None else dict.fromkeys(voices, "en-us")
    found = [each for each in lint(menu, (), voices=known) if each.code == "voice_unknown"]
    assert [each.pointer for each in found] == pointers
    assert all("no voice called amy" in each.message for each in found)


def test_a_message_may_tell_the_keys_of_what_follows_it() -> None:
    tell, more = {"text": "Press star to end the talk.", "next": "more"}, {"text": "One moment.", "next": "talk"}
    talk = {"action": "transfer", "end_key": "*"}
    told = ("/nodes/tell/text", "key_not_offered")
    assert told not in warnings(tell=tell, more=more, talk=talk)
    assert told in warnings(tell=tell, more=more, talk={"action": "transfer"})
    assert told in warnings(tell=tell, more={"text": "One moment.", "next": "tell"})
