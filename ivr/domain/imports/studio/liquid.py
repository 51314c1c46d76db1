"""Templates such as `{{flow.variables.name}}` as variables here. Liquid's tags and filters have no counterpart.

The names are those of Studio's context: `trigger.call`, `contact`, `flow`, `widgets`
(https://www.twilio.com/docs/studio/user-guide/liquid-template-language, read 2026-11).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ivr.domain.imports.building import variable_name
from ivr.domain.imports.variable_names import free_of_reserved

CALLER, CALLED = "caller", "called"
_OUTPUT = re.compile(r"\{\{-?(.*?)-?\}\}", re.DOTALL)
_TAG = re.compile(r"\{%-?.*?-?%\}", re.DOTALL)
_CALLERS = frozenset({"contact.channel.address", "trigger.call.from", "trigger.call.caller", "trigger.message.from"})
_CALLED = frozenset({"flow.channel.address", "trigger.call.to", "trigger.call.called", "trigger.message.to"})
_WIDGET = re.compile(r"widgets\.([^.\s]+)\.(.+)", re.ASCII)
_PARSED = re.compile(r"parsed\.([A-Za-z0-9_.]+)", re.ASCII)
_OWN = re.compile(r"(?:flow\.variables|trigger\.call|trigger\.request|flow\.data)\.([A-Za-z0-9_]+)", re.ASCII)
_DIGITS = ("digits", "speechresult")
_MOST_PARTS = 4


@dataclass
class Templates:
    """What the templates of a flow named: widgets whose keys are used, and what could not be read."""

    digits: set[str] = field(default_factory=set)
    unread: list[str] = field(default_factory=list)

    def variable(self, expression: str) -> str | None:
        """The variable here of an expression, without its braces; None: there is none."""
        name, _, filters = expression.strip().partition("|")
        found = None if filters.strip() else self._variable(name.strip())
        if found is None:
            self.unread.append(expression.strip())
        return found

    def only_variable(self, text: str) -> str | None:
        """The variable of a text that is nothing but one template."""
        found = _OUTPUT.fullmatch(text.strip())
        return self.variable(found[1]) if found else None

    def text(self, text: str) -> str:
        """The text with variables here; what cannot be read is left out."""
        if tags := _TAG.findall(text):
            self.unread.extend(tags)
            text = _TAG.sub("", text)
        read = [self._piece(match) for match in _OUTPUT.finditer(text)]
        plain = [piece.replace("{", "(").replace("}", ")") for piece in _OUTPUT.split(text)[::2]]
        return " ".join("".join(a + b for a, b in zip(plain, [*read, ""], strict=True)).split())

    def take_unread(self) -> list[str]:
        """What could not be read since the last time this was asked."""
        unread, self.unread = self.unread, []
        return unread

    def _piece(self, match: re.Match[str]) -> str:
        variable = self.variable(match[1])
        return f"{{{variable}}}" if variable else ""

    def _variable(self, name: str) -> str | None:
        low = name.lower()
        if low in _CALLERS:
            return CALLER
        if low in _CALLED:
            return CALLED
        if found := _WIDGET.fullmatch(name):
            return self._of_widget(*found.groups())
        if found := _OWN.fullmatch(name):
            return free_of_reserved(variable_name(found[1]))
        return None

    def _of_widget(self, widget: str, what: str) -> str | None:
        own = free_of_reserved(variable_name(widget))
        if what.lower() in _DIGITS:
            self.digits.add(widget)
            return own
        if what.lower() == "recordingurl":
            return f"{own}.link"
        if what.lower() == "body":
            return own
        parsed = _PARSED.fullmatch(what)
        if parsed is None:
            return None
        parts = parsed[1].split(".")
        usable = all(part == variable_name(part) for part in parts) and len(parts) < _MOST_PARTS
        return ".".join((own, *parts)) if usable else None
