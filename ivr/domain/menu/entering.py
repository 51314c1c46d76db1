"""The fields that every node may have for what happens when a call comes to it: variables that it sets, and how often
it may be entered."""

from __future__ import annotations

from ivr.domain.menu.fields import LABEL, Field, NumberField, TargetField, WordField
from ivr.domain.menu.value_fields import ValuesField

MAX_VISITS = 99

ENTERING: tuple[Field, ...] = (
    ValuesField(
        name="set",
        more=True,
        label="Variables set here",
        hint="list:banned puts the caller on that list: 30d, 12h, true for good, false off it.",
        description="Variable -> its value, set when a call comes to the node. `{name}` in a text is replaced by "
        "that variable, `{caller}` and `{called}` by the two numbers. `list:NAME` puts the caller on that list of "
        "numbers for a time (`30d`, `12h`), for good (true), or takes them off it (false).",
    ),
    NumberField(
        name="max_visits",
        more=True,
        label="Times that a call may come here",
        least=1,
        most=MAX_VISITS,
        default=None,
        step=1,
        code="invalid_max_visits",
        rule=f"max_visits is a whole number from 1 to {MAX_VISITS}",
        description="How often a call may come to this node; after that it goes to `over_node`. Absent: no limit.",
    ),
    TargetField(
        name="over_node",
        more=True,
        label="When it comes more often",
        way_out="too often",
        if_absent="No limit",
        if_missing="a call that comes too often hears a goodbye and ends",
        description="Where a call goes that has come here `max_visits` times already.",
    ),
    WordField(
        name="count",
        more=True,
        label="Counted under",
        hint="Nodes with the same word share one count.",
        if_absent="The node's own name",
        pattern=LABEL,
        code="invalid_count",
        rule="a count's name has 1 to 64 letters, digits and the characters _ . -",
        description="The name under which visits are counted: nodes with the same one count together.",
    ),
)
