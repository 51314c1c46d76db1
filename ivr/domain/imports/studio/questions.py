"""Widgets that speak and ask: say-play, gather-input-on-call, split-based-on."""

from __future__ import annotations

import re
from typing import Any

from ivr.domain.imports.digit_patterns import up_to
from ivr.domain.imports.splits import put_switches
from ivr.domain.imports.studio.flow import Flow, Widget

_TIMEOUT_S = 5


def say_play(flow: Flow, widget: Widget, node: str) -> list[str]:
    """A message that no key cuts, or keys that are sent."""
    notes: list[str] = []
    following = flow.after(widget, "audioComplete")
    if keys := re.sub(r"[^0-9*#ABCDwW]", "", widget.text("digits"))[:48]:
        flow.builder.put(node, {"action": "send_digits", "keys": keys, "next": following})
        return notes
    flow.builder.put(node, {**flow.prompt(widget, notes), "barge_in": False, "next": following})
    return notes


def gather(flow: Flow, widget: Widget, node: str) -> list[str]:
    """A question that is asked once: silence and a wrong key lead on at once."""
    notes: list[str] = []
    question: dict[str, Any] = flow.prompt(widget, notes)
    split = flow.split_of(widget)
    length = widget.whole("number_of_digits")
    end_key = widget.text("finish_on_key", "#")
    wait_s = min(max(widget.whole("timeout") or _TIMEOUT_S, 1), 60)
    if split is not None:
        question |= {"gather": flow.keys(widget, split), "no_match_node": flow.after(split, "noMatch")}
    else:
        target = flow.after(widget, "keypress")
        entry = up_to(length)
        others = {key: target for key in "*#" if length == 1 and key != end_key}
        question |= {"gather": {entry: target, **others}, "no_match_node": target}
    if widget.name in flow.saved:
        question["save"] = flow.variable_of(widget)
    if length != 1:
        question["between_s"] = min(wait_s, 20)
        if end_key != "#":
            question["end_key"] = end_key if re.fullmatch(r"[*]", end_key) else "none"
    speech = widget.way("speech")
    if speech and speech != widget.way("keypress"):
        notes.append("callers answer by keys alone: the way that speech led to is gone")
    once = {"no_input": 1, "no_match": 1}
    silence = flow.after(widget, "timeout")
    flow.builder.put(node, {**question, "timeout_s": wait_s, "max_attempts": once, "no_input_node": silence})
    return notes


def split_based_on(flow: Flow, widget: Widget, node: str) -> list[str]:
    """Switches on one variable."""
    text = widget.text("input")
    otherwise = flow.after(widget, "noMatch")
    variable = flow.templates.only_variable(text)
    if variable is None:
        flow.templates.take_unread()
        flow.builder.put(node, {"next": otherwise})
        return [f"there is no {text.strip() or 'value'} here, so it goes on as if nothing matched"]
    unread = put_switches(flow.builder, node, variable, flow.conditions(widget), otherwise)
    return [f"{each.condition.kind} {each.condition.value}: {each.why}" for each in unread]
