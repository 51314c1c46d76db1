"""A flow read widget by widget, with a line of the report for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ivr.domain.imports.report import Fate, Imported
from ivr.domain.imports.studio import acts, questions
from ivr.domain.imports.studio.flow import CONNECT, GATHER, SPLIT, Flow, Widget

# Each puts the node and says what is no longer as it was.
_READERS: Mapping[str, Callable[[Flow, Widget, str], list[str]]] = {
    "say-play": questions.say_play,
    GATHER: questions.gather,
    SPLIT: questions.split_based_on,
    CONNECT: acts.connect,
    "enqueue-call": acts.enqueue,
    "send-to-flex": acts.enqueue,
    "record-voicemail": acts.record_voicemail,
    "record-call": acts.record_call,
    "make-http-request": acts.request,
    "run-function": acts.request,
    "set-variables": acts.set_variables,
    "send-message": acts.send_message,
}


def reads(document: object) -> bool:
    """Whether this JSON is a flow."""
    return isinstance(document, dict) and isinstance(document.get("states"), list) and "initial_state" in document


def read(document: Mapping[str, Any], name: str) -> Imported:
    """The menu of a flow. Raises NotReadable."""
    flow = Flow(document)
    first = flow.trigger.way("incomingCall")
    _tell_trigger(flow, first)
    for widget in flow.widgets.values():
        if widget is not flow.trigger:
            _read_widget(flow, widget)
    return flow.builder.finish(name or flow.description, flow.to(first))


def _tell_trigger(flow: Flow, first: str | None) -> None:
    others = [event for event, _ in flow.trigger.ways() if event != "incomingCall"]
    tell = flow.builder.tell
    if first is None:
        tell(flow.trigger.name, "trigger", Fate.NOT_CARRIED, why="no incoming call begins this flow")
    elif others:
        why = f"calls alone begin a menu, so what begins by {', '.join(others)} is gone"
        tell(flow.trigger.name, "trigger", Fate.CHANGED, flow.to(first), why)
    else:
        tell(flow.trigger.name, "trigger", node=flow.to(first))


def _read_widget(flow: Flow, widget: Widget) -> None:
    node = flow.builder.name_node(widget.name)
    joined = next((name for name, split in flow.merged.items() if split == widget.name), None)
    if joined is not None:
        flow.builder.tell(widget.name, widget.kind, node=flow.to(joined), why="one with the node before it")
        return
    reader = _READERS.get(widget.kind)
    if reader is None:
        target = next((target for _, target in widget.ways()), None)
        flow.builder.put(node, {"next": flow.to(target)})
        why = f"there is no {widget.kind} here: the call goes on behind it"
        flow.builder.tell(widget.name, widget.kind, Fate.NOT_CARRIED, node, why)
        return
    notes = reader(flow, widget, node)
    if unread := flow.templates.take_unread():
        notes = [*notes, f"there are no such values here, so they are left out: {', '.join(unread)}"]
    flow.builder.tell(widget.name, widget.kind, Fate.CHANGED if notes else Fate.CARRIED, node, "; ".join(notes))
