"""Menus for hypothesis: well-formed documents, and nearly well-formed ones."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ivr.domain.menu.document import ACTIONS, KEYS

NODE_IDS = st.sampled_from([f"n{number}" for number in range(8)])
AUDIO = st.sampled_from(["a.wav", "b-2.wav", "C_3.wav"])

TEXTS = st.sampled_from(["Press 1.", "Grüß Gott\npress 9"])

gather_nodes = st.fixed_dictionaries(
    {"gather": st.dictionaries(st.sampled_from(KEYS), NODE_IDS, min_size=1, max_size=5)},
    optional={
        "audio": AUDIO,
        "timeout_node": NODE_IDS,
        "timeout_s": st.one_of(st.integers(1, 60), st.floats(1, 60)),
        "max_attempts": st.integers(1, 10),
        "text": TEXTS,
        "voice": st.just("rachel"),
    },
)
action_nodes = st.fixed_dictionaries({"action": st.sampled_from(ACTIONS)}, optional={"audio": AUDIO})
transfer_nodes = st.fixed_dictionaries(
    {"action": st.just("transfer")},
    optional={
        "audio": AUDIO,
        "text": TEXTS,
        "agent": st.sampled_from(["sales", "night-shift"]),
        "outcome": st.sampled_from(["qualified", "v1.2"]),
        "hold_audio": AUDIO,
        "fallback_node": NODE_IDS,
    },
)
nodes = st.dictionaries(NODE_IDS, st.one_of(gather_nodes, action_nodes, transfer_nodes), min_size=1, max_size=8)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Well-formed menus; targets may be missing, as drafts have it."""
    document: dict[str, Any] = {"name": draw(st.sampled_from(["Plumber", "Ü 漢字", "x" * 200]))}
    document["nodes"] = draw(nodes)
    if draw(st.booleans()):
        document["start"] = draw(st.sampled_from(sorted(document["nodes"])))
    return document


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
