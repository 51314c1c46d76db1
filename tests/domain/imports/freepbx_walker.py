"""What FreePBX does with its menus, as small as the tests need it: one caller from destination to destination.

Times are those in which every time condition and call flow is closed. A call that comes back to a menu has all
attempts again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ivr.domain.imports.freepbx.sounds import PROBLEM_WORDS, RETRY_WORDS, TRANSFER_WORDS
from tests.domain.imports.callers import END, MOST_STEPS, Caller, Event

Row = Mapping[str, Any]


class PbxCall:
    """`modules`: the documents of a backup by their modules."""

    def __init__(self, modules: Mapping[str, Any], caller: Caller) -> None:
        self.modules = modules
        self.caller = caller
        self.context = ""
        self.above: dict[str, str] = {}
        self.met: list[Event] = []

    def walk(self) -> list[Event]:
        dest = self.modules["Core"]["configs"]["Did"][0]["destination"]
        for _ in range(MOST_STEPS):
            kind, _, rest = dest.partition(",")
            target = self._go(kind, rest.partition(",")[0])
            if target is None:
                return [*self.met, END]
            dest = target
        return self.met

    def _go(self, kind: str, exten: str) -> str | None:
        if kind.startswith("ivr-"):
            if exten == "s":
                self.above[kind], self.context = self.context, kind
            return self._menu(kind.removeprefix("ivr-"))
        if kind.startswith("app-announcement-"):
            row = self._row("Announcement", "announcement_id", kind.rpartition("-")[2])
            self._hear(row["recording_id"], "")
            back = row["return_ivr"] == "1" and self.context
            return f"{self.context},return,1" if back else row["post_dest"]
        match kind:
            case "ext-local":
                self.met.append(("recorded", ""))
                kept = self.context and self._row("Ivr", "id", self.context.removeprefix("ivr-"))["retvm"]
                return f"{self.context},return,1" if kept else None
            case "from-did-direct":
                if self._rings(f"extension_{exten}") or self._row("Core", "extension", exten)["voicemail"] == "novm":
                    return None
                return f"ext-local,vmu{exten},1"
            case "ext-group":
                row = self._row("Ringgroups", "grpnum", exten)
                self._hear(row["annmsg_id"], "")
                number = row["grplist"].rstrip("#") if row["grplist"].endswith("#") else ""
                return None if self._rings(f"+1{number}" if number else f"group_{exten}") else row["postdest"] or None
            case "ext-queues":
                row = self._row("Queues", "extension", exten)
                return None if self._rings(f"group_{exten}") else row["dest"] or None
            case "timeconditions":
                falsegoto: str = self._row("Timeconditions", "timeconditions_id", exten)["falsegoto"]
                return falsegoto
        assert kind == "app-blackhole"
        return None

    def _menu(self, key: str) -> str | None:
        ivr = self._row("Ivr", "id", key)
        entries = {each["selection"]: each["dest"] for each in self.modules["Ivr"]["configs"]["entries"].get(key, [])}
        failures = {"timeout": 0, "invalid": 0}
        for _ in range(MOST_STEPS):
            self._hear(ivr["announcement"], "")
            pressed = self.caller.key() if entries else None
            if pressed in entries:
                target: str = entries[pressed]
                return target
            how = "timeout" if pressed is None else "invalid"
            if ivr[f"{how}_loops"] == "disabled":
                self.met.append(("said", PROBLEM_WORDS))
                return None
            failures[how] += 1
            if not entries or failures[how] > int(ivr[f"{how}_loops"]):
                self._hear(ivr[f"{how}_recording"], TRANSFER_WORDS)
                returns = ivr[f"{how}_ivr_ret"] == "1" and self.above.get(f"ivr-{key}")
                return f"{returns},return,1" if returns else ivr[f"{how}_destination"]
            self._hear(ivr[f"{how}_retry_recording"], RETRY_WORDS)
        return None

    def _rings(self, whom: str) -> bool:
        self.met.append(("rang", whom))
        return self.caller.ring() == "answered"

    def _hear(self, recording: str, standard: str) -> None:
        if recording == "default":
            self.met.append(("said", standard))
        elif recording:
            files = self._row("Recordings", "id", recording)["filename"]
            self.met += [("played", each) for each in files.split("&")]

    def _row(self, module: str, key: str, value: str) -> Row:
        return next(each for each in _rows(self.modules[module]) if str(each.get(key)) == value)


def _rows(part: Any) -> list[Row]:
    below = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    own = [part] if isinstance(part, dict) else []
    return [*own, *(row for each in below for row in _rows(each))]
