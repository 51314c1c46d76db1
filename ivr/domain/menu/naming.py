"""What people call a node: any words, beside its id, by which everything else names it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from ivr.domain.menu.fields import Fault, Field
from ivr.domain.plain_names import is_plain_name

MAX_LABEL = 80
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class TitleField(Field):
    """Words for people, which no call needs."""

    type: ClassVar[str] = "title"

    @property
    def attribute(self) -> str:
        # A kind's own label has that name.
        return "title"

    def read(self, value: Any, fault: Fault) -> Any:
        is_text = isinstance(value, str) and len(value) <= MAX_LABEL and not _CONTROL.search(value)
        if not is_text or not is_plain_name(value):
            fault("invalid_label", f"a label is 1 to {MAX_LABEL} printable characters", self.name)
        return value

    def schema(self) -> dict[str, Any]:
        return self._described({"type": "string", "minLength": 1, "maxLength": MAX_LABEL})

    def limits(self) -> dict[str, Any]:
        return {"max_length": MAX_LABEL}


NAMING: tuple[Field, ...] = (
    TitleField(
        name="label",
        more=True,
        label="Name",
        description="What people call the node, in any words: the editor shows it in place of the node's id, by "
        "which ways out, records and reports name the node.",
    ),
)
