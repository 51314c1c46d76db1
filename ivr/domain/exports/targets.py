"""The systems that menus are exported to: one file for each, and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ivr.domain.exports import acts, questions, studio, swml, transfers
from ivr.domain.exports.lowering import Body, Lowering
from ivr.domain.exports.notes import Notes
from ivr.domain.exports.report import NOTHING_KNOWN, Around, Exported
from ivr.domain.exports.silent_steps import without_silent_steps
from ivr.domain.exports.steps import Plan
from ivr.domain.menu.document import Menu


@dataclass(frozen=True, slots=True)
class Target:
    """`label` is what people call it."""

    label: str
    write: Callable[[Plan, Notes], dict[str, Any]]


TARGETS: Mapping[str, Target] = {
    studio.TARGET: Target("Twilio Studio", studio.write),
    swml.TARGET: Target("SignalWire SWML", swml.write),
}

# What each kind of node becomes.
BODIES: Mapping[str, Body] = {
    "gather": questions.gather,
    "ask_language": questions.ask_language,
    "message": acts.message,
    "switch": acts.switch,
    "request": acts.request,
    "send": acts.send,
    "each": acts.each,
    "record": acts.record,
    "callback": acts.callback,
    "send_digits": acts.send_digits,
    "hangup": acts.hangup,
    "reject": acts.reject,
    "suppress": acts.suppress,
    "transfer": transfers.transfer,
}


def export_menu(menu: Menu, target: str, around: Around = NOTHING_KNOWN) -> Exported:
    """The menu as a document of this target. Raises NotExportable."""
    plan = without_silent_steps(Lowering(menu, around, BODIES).run())
    notes = Notes()
    document = TARGETS[target].write(plan, notes)
    return Exported(target, document, notes.beside(plan.lines))
