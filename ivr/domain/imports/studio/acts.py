"""Widgets that do something: connect-call-to, enqueue-call, send-to-flex, record-voicemail, record-call,
make-http-request, run-function, set-variables, send-message."""

from __future__ import annotations

import json
import re
from typing import Any

from ivr.domain.imports.building import plain_name, variable_name
from ivr.domain.imports.phone_targets import full_number, target_of
from ivr.domain.imports.studio.flow import Flow, Widget
from ivr.domain.imports.studio.liquid import CALLED, CALLER
from ivr.domain.imports.variable_names import free_of_reserved

_ANNOUNCED = "This call is recorded."
_SPEAK_IT = "it is announced, as the law of many places wants: speak the text of the node"
_LONGEST_RECORDING_S = 600
_STUDIO_RECORDING_S = 3600
_ALL_KEYS = "1234567890*#"
_MOST_SET = 16
_MOST_SENT = 16
_MOST_VALUE = 200
_FIELD = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_TEMPLATE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_METHODS = ("POST", "GET", "PUT")
_LINE_S = 3600


def connect(flow: Flow, widget: Widget, node: str) -> list[str]:
    """A transfer; the call goes on behind it whether somebody answered or not, as it does there."""
    split = flow.split_of(widget)
    after = flow.after(split, "noMatch") if split else flow.after(widget, "callCompleted")
    noun = widget.text("noun", "number")
    to, notes = target_of(noun, widget.text("to") or widget.text("sip_endpoint"), flow.templates.only_variable)
    ring: dict[str, Any] = {"action": "transfer", **({"to": to} if to else {})}
    if to and (caller_id := _caller_id(flow, widget.text("caller_id"))):
        ring["caller_id"] = caller_id
    if timeout := widget.whole("timeout"):
        ring["ring_timeout_s"] = min(max(timeout, 5), 120)
    if widget.properties.get("record") is True or widget.text("record").lower() == "true":
        ring |= {"text": _ANNOUNCED, "record": True}
        notes.append(_SPEAK_IT)
    if split:
        ring["case"] = flow.results(split)
    flow.builder.put(node, {**ring, "fallback_node": after, "on_agent_hangup": after})
    return notes


def enqueue(flow: Flow, widget: Widget, node: str) -> list[str]:
    """A waiting line of people, which Flex is, too."""
    queue = plain_name(widget.text("queue_name")) or ("flex" if widget.kind == "send-to-flex" else "support")
    line = {"action": "transfer", "people": queue, "wait_s": _LINE_S, "max_waiting": 1000}
    failed = flow.after(widget, "failedToEnqueue", "callFailure")
    after = flow.after(widget, "callComplete")
    flow.builder.put(node, {**line, "fallback_node": failed, "on_agent_hangup": after})
    return [f"whoever takes the calls of this queue is to be one of the people of the group {queue}"]


def record_voicemail(flow: Flow, widget: Widget, node: str) -> list[str]:
    """A recording."""
    notes: list[str] = []
    longest = widget.whole("max_length") or _STUDIO_RECORDING_S
    if longest > _LONGEST_RECORDING_S:
        notes.append(f"a recording has {_LONGEST_RECORDING_S} seconds at most")
    keys = re.sub(r"[^0-9*#]", "", widget.text("finish_on_key", _ALL_KEYS))
    if widget.text("transcribe").lower() == "true":
        notes.append("it is not written down by itself: ask a service with the link of the sound")
    if widget.way("hangup"):
        notes.append("what came after a hang-up is gone: hung_up_node of the menu does that here")
    flow.builder.put(
        node,
        {
            "action": "record",
            "save": flow.variable_of(widget),
            "max_s": min(max(longest, 2), _LONGEST_RECORDING_S),
            "silence_s": min(max(widget.whole("timeout") or 5, 1), 60),
            "end_keys": "any" if set(keys) >= set(_ALL_KEYS) else keys[:12] or "none",
            "tone": widget.text("play_beep", "true").lower() != "false",
            "max_attempts": 1,
            "next": flow.after(widget, "recordingComplete"),
            "no_input_node": flow.after(widget, "noAudio"),
        },
    )
    return notes


def record_call(flow: Flow, widget: Widget, node: str) -> list[str]:
    """The announcement from which on the whole call is recorded."""
    after = flow.after(widget, "success", "failed")
    if widget.text("record_call", "true").lower() == "false":
        flow.builder.put(node, {"next": after})
        return ["a recording of the whole call ends with the call here"]
    flow.builder.put(node, {"text": _ANNOUNCED, "record_call": True, "next": after})
    return [_SPEAK_IT]


def request(flow: Flow, widget: Widget, node: str) -> list[str]:
    """A question to a service, which a function is, too."""
    notes: list[str] = []
    method = widget.text("method", "POST").upper()
    if method not in _METHODS:
        notes.append(f"a service is not asked by {method}, but by POST")
        method = "POST"
    sent = _sent(flow, widget, notes)
    address = widget.text("url")
    plain = _TEMPLATE.sub("", address)
    if plain != address:
        notes.append("the address of a service has no variables: they are sent beside it")
        for each in _TEMPLATE.findall(address):
            if variable := flow.templates.variable(each):
                sent.setdefault(variable.replace(".", "_"), f"{{{variable}}}")
    asked: dict[str, Any] = {"action": "request", "service": flow.builder.service(widget.name, plain, method)}
    if sent:
        asked["send"] = dict(list(sent.items())[:_MOST_SENT])
    ways = {"next": flow.after(widget, "success"), "fail_node": flow.after(widget, "failed", "fail")}
    flow.builder.put(node, {**asked, "save": flow.variable_of(widget), **ways})
    if widget.kind == "run-function":
        notes.append("the function is asked as a service, which has to answer in JSON")
    return notes


def set_variables(flow: Flow, widget: Widget, node: str) -> list[str]:
    """Messages that say nothing and set 16 variables each."""
    values = {
        free_of_reserved(variable_name(name)): flow.templates.text(value)[:_MOST_VALUE]
        for name, value in widget.pairs("variables")
    }
    names = list(values)
    parts = [names[at : at + _MOST_SET] for at in range(0, len(names), _MOST_SET)] or [[]]
    nodes = [node, *(flow.builder.name_node(f"{widget.name} {at}") for at in range(2, len(parts) + 1))]
    for own, part, following in zip(nodes, parts, [*nodes[1:], flow.after(widget, "next")], strict=True):
        found = {"set": {name: values[name] for name in part}} if part else {}
        flow.builder.put(own, {**found, "next": following})
    return []


def send_message(flow: Flow, widget: Widget, node: str) -> list[str]:
    """A text message, by a channel that is to be made."""
    notes = ["it goes by a channel for text messages, which is to be made"]
    to = widget.text("to", "{{contact.channel.address}}")
    variable = flow.templates.only_variable(to)
    whom = f"{{{variable}}}" if variable else full_number(to)
    if whom is None:
        notes.append(f"{to.strip()} is nobody to send it to, so it goes to the caller")
        whom = f"{{{CALLER}}}"
    ways = {"next": flow.after(widget, "sent")}
    if widget.way("failed"):
        ways["fail_node"] = flow.after(widget, "failed")
    text = flow.templates.text(widget.text("body"))[:2000]
    flow.builder.put(node, {"action": "send", "to": f"sms:{whom}", **({"text": text} if text else {}), **ways})
    return notes


def _caller_id(flow: Flow, text: str) -> str | None:
    variable = flow.templates.only_variable(text)
    return variable if variable in (CALLER, CALLED) else full_number(text)


def _sent(flow: Flow, widget: Widget, notes: list[str]) -> dict[str, str]:
    pairs = dict(widget.pairs("parameters"))
    body = widget.text("body").strip()
    if body:
        flat = _flat(body)
        if flat is None:
            notes.append("its body is no flat JSON object, so it is not sent: name its fields in `send`")
        pairs |= flat or {}
    if bad := [name for name in pairs if not _FIELD.fullmatch(name)]:
        notes.append(f"these names cannot be sent: {', '.join(bad)}")
    found = {name: flow.templates.text(value)[:_MOST_VALUE] for name, value in pairs.items() if name not in bad}
    if len(found) > _MOST_SENT:
        notes.append(f"{_MOST_SENT} fields are sent at most, without {', '.join(list(found)[_MOST_SENT:])}")
    return found


def _flat(body: str) -> dict[str, str] | None:
    try:
        inside = json.loads(body)
    except ValueError:
        return None
    if not isinstance(inside, dict) or not all(isinstance(each, str | int | float) for each in inside.values()):
        return None
    return {name: str(value) for name, value in inside.items()}
