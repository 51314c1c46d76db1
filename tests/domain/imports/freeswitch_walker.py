"""What FreeSWITCH does with its menus, as small as the tests need it: one caller from menu to menu."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from tests.domain.imports.callers import END, MOST_STEPS, Caller, Event


class MenuCall:
    def __init__(self, text: str, caller: Caller) -> None:
        found = ElementTree.XML(text).iter("menu")
        self.menus = {str(each.get("name")): each for each in found}
        self.above = [next(iter(self.menus))]
        self.caller = caller
        self.met: list[Event] = []

    def walk(self) -> list[Event]:
        failures = timeouts = 0
        is_first = True
        for _ in range(MOST_STEPS):
            menu = self.menus[self.above[-1]]
            self._hear(menu.get("greet-long") if is_first else menu.get("greet-short") or menu.get("greet-long"))
            key = self.caller.key()
            entry = next((each for each in menu.iter("entry") if key and _fits(each.get("digits", ""), key)), None)
            is_first = False
            if entry is not None:
                if not self._follow(entry):
                    return [*self.met, END]
                failures, timeouts, is_first = 0, 0, True
                continue
            if key is None:
                timeouts += 1
            else:
                failures += 1
            if timeouts >= int(menu.get("max-timeouts", "3")) or failures >= int(menu.get("max-failures", "3")):
                self._hear(menu.get("exit-sound"))
                return [*self.met, END]
        return self.met

    def _follow(self, entry: ElementTree.Element) -> bool:
        """Whether the call goes on in a menu."""
        param = entry.get("param", "")
        match entry.get("action"):
            case "menu-sub":
                self.above.append(param)
            case "menu-top":
                self.above = self.above[:1]
            case "menu-back":
                self.above = self.above[:-1] or self.above
            case "menu-play-sound":
                self._hear(param)
            case "menu-exit":
                return False
            case "menu-exec-app":
                app, _, data = param.partition(" ")
                self.met.append(("rang", data.split("/")[-1] if app == "bridge" else data.split()[0]))
                self.caller.ring()
                return False
        return True

    def _hear(self, sound: str | None) -> None:
        if sound:
            said = sound.startswith("say:")
            self.met.append(("said", sound[4:]) if said else ("played", sound))


def _fits(digits: str, key: str) -> bool:
    if digits.startswith("/"):
        return re.fullmatch(digits.strip("/").removeprefix("^").removesuffix("$"), key) is not None
    return digits == key
