"""The form of an effect: what a call does at a node of one kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from esl_server.call.call import Call
from esl_server.call.compiled_menu import CompiledMenu
from ivr.domain.call_records import Outcome
from ivr.domain.menu.interpreter import Next
from ivr.domain.menu.moves import Position

# The call's outcome, or where it continues.
After: TypeAlias = Outcome | tuple[Position, Next]

# The last argument is the interpreter's decision for a node of the kind: Ask, or Act. Raises CallerHungUp.
Effect: TypeAlias = Callable[[Call, CompiledMenu, Position, Any], After]
