"""An end: refuses a call that is not answered yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from ivr.domain.menu.choice_field import ChoiceField
from ivr.domain.menu.ending import EndNode
from ivr.domain.menu.fields import Field
from ivr.domain.menu.node import ApiSchema, Mark, Surroundings
from ivr.domain.problems import Problem

Reason = Literal["declined", "busy", "unavailable", "not_found"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectNode(EndNode):
    """On a call that is answered it is a hang-up."""

    kind: ClassVar[str] = "reject"
    mark: ClassVar[Mark] = Mark("action", "reject")
    api: ClassVar[ApiSchema] = ApiSchema(
        "RejectNode", "A refusal", "Refuses a call that is not answered yet; an answered one is hung up."
    )
    label: ClassVar[str] = "Reject"
    new_id: ClassVar[str] = "reject"
    leaves_unanswered: ClassVar[bool] = True
    own_fields: ClassVar[tuple[Field, ...]] = (
        ChoiceField(
            name="reason",
            label="The caller is told",
            if_absent="Declined",
            options=(
                ("declined", "Declined"),
                ("busy", "Busy"),
                ("unavailable", "Not available now"),
                ("not_found", "No such number"),
            ),
            description="What the caller's telephone is told: SIP 603, 486, 480 or 404.",
        ),
    )

    reason: Reason = "declined"

    def lint(self, around: Surroundings) -> Iterator[Problem]:
        """Nothing: whether it comes before the answer depends on the menu (`answer_lint`)."""
        return iter(())
