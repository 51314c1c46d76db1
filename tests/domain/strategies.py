"""Menus for hypothesis: well-formed documents made of the table of node kinds, and nearly well-formed ones."""

from __future__ import annotations

from math import ceil
from typing import Any

from hypothesis import strategies as st

from ivr.domain.menu.ask_language import KeyLanguagesField
from ivr.domain.menu.choice_field import ChoiceField
from ivr.domain.menu.fields import DTMF_DIGITS, Field, NumberField, WordField
from ivr.domain.menu.kinds import KINDS
from ivr.domain.menu.node import Node
from ivr.domain.menu.waiting_fields import WaitKeysField

NODE_IDS = st.sampled_from([f"n{number}" for number in range(8)])
AUDIO = st.sampled_from(["a.wav", "b-2.wav", "C_3.wav"])

ENTRIES = [*DTMF_DIGITS, "101", "XXXXX", "X{6,16}", "X", "#1"]
WORDS = ["qualified", "found", "order", "who.name", "caller", "random", "hours:office", "list:banned", "#", "none",
         "+14155552671", "sip:desk@192.0.2.20", "{order}"]
TEXTS = st.sampled_from(["Press 1.", "Grüß Gott\npress 9"])

LANGUAGES = st.sampled_from(["en", "es", "pt-BR"])


def in_several_ways(one: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """One, several in sequence, and either for each language."""
    some = st.one_of(one, one, st.lists(one, min_size=1, max_size=3))
    return st.one_of(some, some, st.dictionaries(LANGUAGES, some, min_size=1))


_BY_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "audio": in_several_ways(AUDIO),
    # A prompt that is one file in every language.
    "word": AUDIO,
    "text": in_several_ways(TEXTS),
    "voice": st.one_of(st.just("rachel"), st.dictionaries(LANGUAGES, st.just("rachel"), min_size=1)),
    "service": st.sampled_from(["codes", "desk-2"]),
    "agent": st.sampled_from(["sales", "night-shift"]),
    "flag": st.booleans(),
    "attempts": st.one_of(
        st.integers(1, 10), st.dictionaries(st.sampled_from(["no_input", "no_match"]), st.integers(1, 10), min_size=1)
    ),
    "destination": st.sampled_from(
        ["mail:office", "chat:sales", "sms:{caller}", "sms:alerts", "sms:alerts:{order}", "mail:{order}"]
    ),
    "message": st.sampled_from(["Call {caller:phone}.", "Grüß Gott\n{order}", "漢"]),
    "variables": st.lists(st.sampled_from(["order", "who.name"]), min_size=1, unique=True),
    "target": NODE_IDS,
    "result_targets": st.one_of(
        NODE_IDS, st.dictionaries(st.sampled_from(["booked", "no_show", "v1.2", "*"]), NODE_IDS, min_size=1)
    ),
    "headers": st.dictionaries(
        st.sampled_from(["X-IVR-Who", "X-IVR-A1"]), st.sampled_from(["", "{order}"]), min_size=1
    ),
    "values": st.dictionaries(
        st.sampled_from(["order", "who.name", "x1"]),
        st.one_of(st.sampled_from(["", "for {order}", "{caller}", "漢"]), st.integers(-9, 10**9), st.booleans()),
        min_size=1,
    ),
    "sent": st.one_of(
        st.lists(st.sampled_from(["caller", "order", "who.name"]), min_size=1, unique=True),
        st.dictionaries(
            st.sampled_from(["number", "Reason-1"]),
            st.one_of(st.sampled_from(["", "{caller}", "for {order}", "漢"]), st.integers(-9, 10**9), st.booleans()),
            min_size=1,
        ),
    ),
    "case_targets": st.dictionaries(
        st.sampled_from(["", "yes", "true", "5..60", "9..1", "+1480*", "anonymous", "漢*", "{order}"]),
        NODE_IDS,
        min_size=1,
    ),
    "title": st.sampled_from(["Is it a leak?", "漢", "x"]),
    "digit_targets": st.dictionaries(st.sampled_from(ENTRIES), NODE_IDS, min_size=1, max_size=5),
}


def values_of(field: Field) -> st.SearchStrategy[Any]:
    """Whatever this field may hold; a field of a new type needs a line above."""
    if isinstance(field, WaitKeysField):
        return st.dictionaries(st.sampled_from(DTMF_DIGITS), NODE_IDS, min_size=1, max_size=5)
    if isinstance(field, KeyLanguagesField):
        return st.sampled_from([{"1": "en"}, {"2": "es", "#": "pt-BR"}])
    if isinstance(field, WordField) and field.type == "word":
        return st.sampled_from([word for word in WORDS if field.pattern.fullmatch(word)])
    if isinstance(field, NumberField) and field.type == "number":
        whole = st.integers(ceil(field.least), int(field.most))
        return whole if field.step == 1 else st.one_of(whole, st.floats(field.least, field.most))
    if isinstance(field, ChoiceField):
        return st.sampled_from([word for word, _ in field.options])
    return _BY_TYPE[field.type]


def nodes_of(kind: type[Node]) -> st.SearchStrategy[dict[str, Any]]:
    """Well-formed nodes of one kind, as JSON."""
    fields = kind.fields()
    required = {each.name: values_of(each) for each in fields if each.required}
    if kind.mark.value is not None:
        required[kind.mark.field] = st.just(kind.mark.value)
    optional = {each.name: values_of(each) for each in fields if not each.required}
    return st.fixed_dictionaries(required, optional=optional).map(_with_what_is_needed)


def _with_what_is_needed(node: dict[str, Any]) -> dict[str, Any]:
    """Fields that others need beside them."""
    needed: dict[str, Any] = {}
    if "max_visits" in node:
        needed["over_node"] = node.get("over_node", "n0")
    if node.get("action") == "request" and node.get("wait") is not False:
        needed["fail_node"] = node.get("fail_node", "n0")
    if node.get("action") == "each":
        needed |= {"list": "found.people", "save": "who"}
    return {**node, **needed}


nodes = st.dictionaries(NODE_IDS, st.one_of([nodes_of(kind) for kind in KINDS]), min_size=1, max_size=8)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Well-formed menus; targets may be missing, as drafts have it."""
    document: dict[str, Any] = {"name": draw(st.sampled_from(["Plumber", "Ü 漢字", "x" * 200]))}
    document["nodes"] = draw(nodes)
    if draw(st.booleans()):
        document["start"] = draw(st.sampled_from(sorted(document["nodes"])))
    if draw(st.booleans()):
        document["answer"] = False
    if draw(st.booleans()):
        document["languages"] = draw(st.lists(LANGUAGES, min_size=1, unique=True))
    if draw(st.booleans()):
        document["max_menu_s"] = draw(st.integers(30, 599))
    if draw(st.booleans()):
        document["rate"] = draw(st.floats(0.5, 2))
    if any(node.get("action") == "suppress" for node in document["nodes"].values()):
        # What offers an opt-out can be cut short.
        for node in document["nodes"].values():
            node.pop("barge_in", None)
    return document


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
