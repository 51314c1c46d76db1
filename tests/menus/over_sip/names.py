"""A script's own names: many scripts run at once in one product, so each has numbers, groups, services, agents and
hours of its own, in its menu and in all that is given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

_NUMBER = re.compile(r"\+1\d{10}", re.ASCII)
_SIP = re.compile(r"sips?:([A-Za-z0-9_.-]+)@[^;]+", re.ASCII)
_NUMBERS = count(4_805_560_000)
_HOURS = "hours:"


def new_number() -> str:
    return f"+1{next(_NUMBERS)}"


@dataclass
class Names:
    """`suffix` is on every name; `caller` and `called` stand for the numbers in the script, and whoever is rung has a
    number or an address at `telephones` (HOST:PORT).
    Lists and channels are shared: their numbers tell scripts apart."""

    suffix: str
    telephones: str
    same: dict[str, str] = field(default_factory=dict)

    def own(self, name: str) -> str:
        return f"{name}{self.suffix}"

    def rung(self, who: str) -> str:
        """The number, address or group that is given or dialled."""
        if who not in self.same:
            address = _SIP.fullmatch(who)
            if address:
                self.same[who] = f"sip:{self.own(address[1])}@{self.telephones}"
            elif _NUMBER.fullmatch(who):
                self.same[who] = new_number()
            else:
                self.same[who] = self.own(who)
        return self.same[who]

    def given(self, value: Any) -> Any:
        """An answer of a service, or what it is sent: numbers and addresses in it are this script's."""
        if isinstance(value, Mapping):
            return {name: self.given(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.given(each) for each in value]
        if not isinstance(value, str):
            return value
        if value in self.same or _SIP.fullmatch(value) or _NUMBER.fullmatch(value):
            return self.rung(value)
        for name, own in self.same.items():
            if name.startswith("+"):
                value = value.replace(name, own)
        return value

    def menu(self, menu: Mapping[str, Any]) -> dict[str, Any]:
        nodes = {name: self._node(node) for name, node in menu["nodes"].items()}
        return {**menu, "name": f"{menu['name']} {self.suffix}", "nodes": nodes}

    def _node(self, node: Mapping[str, Any]) -> dict[str, Any]:
        own = dict(node)
        for field_name in ("service", "people", "agent"):
            if field_name in own:
                own[field_name] = self.own(own[field_name])
        if str(own.get("switch", "")).startswith(_HOURS):
            own["switch"] = self.own(own["switch"])
        if own.get("action") == "transfer" and "{" not in own.get("to", "{"):
            own["to"] = self.rung(own["to"])
        return own
