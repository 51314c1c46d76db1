"""What a telephone hears that is being verified: a menu without keys, which says a code twice."""

from __future__ import annotations

from typing import Any


def code_menu(code: str) -> dict[str, Any]:
    spoken = ". ".join(code)
    first = f"Hello. Somebody wants to try a menu on this telephone. If it is you, the code is: {spoken}."
    last = f"Once more: {spoken}. If you did not ask for this, you need not do anything. Goodbye."
    return {
        "name": "Code of a telephone",
        "nodes": {"code": {"text": first, "next": "again"}, "again": {"action": "hangup", "text": last}},
    }
