"""What a call that we make brings with it to the call server: in the ticket that it dials (ivr.domain.tickets)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Outgoing:
    """`variables` are known when the menu begins; `detects`: whether a machine is told from a person before it
    begins."""

    order_id: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    detects: bool = True

    def to_json(self) -> dict[str, Any]:
        return {"order_id": self.order_id, "variables": dict(self.variables), "detects": self.detects}


def parse_outgoing(document: Any) -> Outgoing | None:
    """The inverse of `to_json`; None for None. Raises ValueError."""
    if document is None:
        return None
    try:
        return Outgoing(str(document["order_id"]), dict(document["variables"]), bool(document["detects"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"a call that we make with a part missing: {error!r}") from error
