"""Fields that a menu has beside its name and its nodes."""

from __future__ import annotations

from ivr.domain.menu.fields import NumberField
from ivr.domain.menu.spoken import rate_field

USUAL_MENU_S = 600
# Of a menu: all its calls are recorded; of a message: those that come to it, from its end on.
RECORD_CALL = "record_call"
# The menu's own list of words that are said in other words.
WORDS = "words"

MAX_MENU_S = NumberField(
    name="max_menu_s",
    label="Longest time in the menu, seconds",
    least=30,
    most=3600,
    default=USUAL_MENU_S,
    step=1,
    code="invalid_max_menu_s",
    rule="max_menu_s is a whole number of seconds from 30 to 3600",
    description="How many seconds a call may be in the menu, talks with agents apart. After that the next node that "
    "is not an end or a transfer is a goodbye instead, with outcome `budget_spent`. "
    f"Absent: {USUAL_MENU_S}.",
)

RATE = rate_field(
    "How fast its texts are spoken, where a node does not say it: 1 is as the voices do by themselves, 2 twice as "
    "fast. Absent: 1."
)
