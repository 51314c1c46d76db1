"""Random menus of all that has a counterpart elsewhere, and random callers."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.domain.imports.callers import Caller

CALLERS = st.builds(
    Caller,
    keys=st.lists(st.sampled_from([*"12345", "*", "101", "44", "77777", None, None]), max_size=14),
    rings=st.lists(st.sampled_from(["answered", "busy", "no_answer", "unreachable"]), max_size=6),
    services=st.lists(st.booleans(), max_size=6),
    words=st.lists(st.booleans(), max_size=6),
)
_KINDS = ("ask", "ask", "enter", "say", "say", "switch", "ring", "record", "request", "send", "keys", "end", "out")
_CASES = ("", "one", "2", "1..50", "4*", "+1480*", "101")
_Targets = st.SearchStrategy[str]


@st.composite
def menus(draw: st.DrawFn, *, tells_results: bool = True) -> dict[str, Any]:
    """Menus in which anything may lead anywhere. `tells_results`: transfers may lead on by why nobody was reached."""
    counts = draw(st.booleans())
    kinds = draw(st.lists(st.sampled_from(_KINDS), min_size=1, max_size=8))
    names = [f"{kind}_{at}" for at, kind in enumerate(kinds)]
    languages = draw(st.sampled_from(((), (), ("en", "es"))))
    if bool(languages) and draw(st.booleans()):
        names.insert(0, "tongue")
        kinds.insert(0, "tongue")
    to = st.sampled_from([*names, "nowhere"])
    nodes = {}
    for name, kind in zip(names, kinds, strict=True):
        node = _node(draw, name, kind, to, tells_results=tells_results)
        if languages and isinstance(node.get("text"), str) and kind != "send" and draw(st.booleans()):
            node["text"] = {"en": node["text"], "es": f"Aquí {name}."}
        if draw(st.integers(0, 4)) == 0:
            values = {"mark": st.sampled_from(["one", "{entry}", "{found.code}", "2"])}
            if languages:
                values["language"] = st.sampled_from(["es", "en"])
            node["set"] = {key: draw(value) for key, value in values.items()}
        if counts and draw(st.integers(0, 5)) == 0:
            node |= {"max_visits": draw(st.integers(1, 3)), "over_node": draw(to)}
        nodes[name] = node
    return {"name": "A line", **({"languages": list(languages)} if languages else {}), "nodes": nodes}


def counts_visits(menu: dict[str, Any]) -> bool:
    return any("max_visits" in node for node in menu["nodes"].values())


def _node(draw: st.DrawFn, name: str, kind: str, to: _Targets, *, tells_results: bool) -> dict[str, Any]:
    words = draw(st.sampled_from([f"This is {name}.", f"{name}, {{mark}}.", f"{name}, {{caller}}.", ""]))
    said: dict[str, Any] = {"text": words} if words else draw(st.sampled_from([{}, {"audio": f"{name}.wav"}]))
    match kind:
        case "tongue":
            return {"action": "ask_language", "next": draw(to)}
        case "ask":
            gather = {key: draw(to) for key in draw(st.lists(st.sampled_from("123*"), min_size=1, unique=True))}
            return {**said, "gather": gather, **_attempts(draw, name, to)}
        case "enter":
            entries = draw(st.sampled_from([["101"], ["1", "101"], ["XXXXX"], ["X{2,6}"], ["4X", "1"]]))
            gather = {each: draw(to) for each in entries}
            return {**said, "gather": gather, "save": "entry", **_attempts(draw, name, to)}
        case "say":
            return {**said, "next": draw(to)}
        case "switch":
            on = draw(st.sampled_from(["mark", "entry", "found.code", "caller"]))
            cases = draw(st.lists(st.sampled_from(_CASES), min_size=1, unique=True))
            return {"switch": on, "case": {each: draw(to) for each in cases}, "default": draw(to)}
        case "ring":
            case = {"busy": draw(to)} if tells_results and draw(st.booleans()) else {}
            ends = draw(st.lists(st.sampled_from(["fallback_node", "on_agent_hangup"]), unique=True))
            ring = {**said, "action": "transfer", "to": "+14155550100", **{way: draw(to) for way in ends}}
            return {**ring, "case": case} if case else ring
        case "record":
            silence = {"no_input_node": draw(to)} if draw(st.booleans()) else {}
            again = {"no_input_text": "I heard nothing."} if draw(st.booleans()) else {}
            return {**said, "action": "record", "save": "said", "next": draw(to), **silence, **again}
        case "request":
            ways = {"next": draw(to), "fail_node": draw(to)}
            return {"action": "request", "service": "desk", "send": ["entry"], "save": "found", **ways}
        case "send":
            return {"action": "send", "to": "sms:{caller}", "text": f"{name}: {{mark}}", "next": draw(to)}
        case "keys":
            return {"action": "send_digits", "keys": "w9", "next": draw(to)}
        case "out":
            return {"action": "suppress", **said}
    return {"action": "hangup", **said}


def _attempts(draw: st.DrawFn, name: str, to: _Targets) -> dict[str, Any]:
    limit = draw(st.sampled_from([None, 1, 2, {"no_input": 1, "no_match": 2}, {"no_match": 1}]))
    optional = {
        "timeout_node": draw(st.one_of(st.none(), st.none(), to, st.just(name))),
        "no_input_node": draw(st.one_of(st.none(), to)),
        "no_match_node": draw(st.one_of(st.none(), to)),
        "again_text": draw(st.sampled_from([None, "Once more.", ["Once more.", "A last time."]])),
        "no_match_text": draw(st.sampled_from([None, "That is none."])),
        "no_input_text": draw(st.sampled_from([None, "Nothing heard."])),
        "max_attempts": limit,
    }
    return {key: value for key, value in optional.items() if value is not None}
