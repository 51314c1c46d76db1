"""What the modules of FreePBX say, as rows by their keys. Its versions wrap rows in lists and objects differently."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]
Rows = Mapping[str, Row]
# The modules that are read, as their files in a backup are called.
MODULES = (
    "Ivr", "Recordings", "Announcement", "Ringgroups", "Queues", "Timeconditions", "Daynight", "Core", "Miscdests",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settings:
    """Rows by their ids. `entries`: the keys of a menu by its id; `queue_details` by queue, `times` by group of
    times, `toggles` day and night by number. `routes`: incoming calls. `sounds`: recordings by their paths below the
    folder of sounds, such as `en/custom/main.wav`."""

    ivrs: Rows
    entries: Mapping[str, list[Row]]
    recordings: Rows = field(default_factory=dict)
    announcements: Rows = field(default_factory=dict)
    groups: Rows = field(default_factory=dict)
    queues: Rows = field(default_factory=dict)
    queue_details: Mapping[str, list[Row]] = field(default_factory=dict)
    conditions: Rows = field(default_factory=dict)
    times: Mapping[str, list[Row]] = field(default_factory=dict)
    toggles: Mapping[str, list[Row]] = field(default_factory=dict)
    users: Rows = field(default_factory=dict)
    numbers: Rows = field(default_factory=dict)
    routes: tuple[Row, ...] = ()
    sounds: Mapping[str, bytes] = field(default_factory=dict)


def settings_of(modules: Mapping[str, Any], sounds: Mapping[str, bytes] | None = None) -> Settings | None:
    """The settings in the documents of these modules; None where there is no menu."""
    menus = _configs(modules.get("Ivr"))
    if not isinstance(menus, dict):
        return None
    ivrs = _by("id", menus.get("ivrs"))
    if not ivrs:
        return None
    found: dict[str, Any] = {each: _configs(modules.get(each)) for each in MODULES}
    return Settings(
        ivrs,
        _lists("ivr_id", menus.get("entries"), "selection"),
        _by("id", found["Recordings"], "filename"),
        _by("announcement_id", found["Announcement"]),
        _by("grpnum", found["Ringgroups"]),
        _by("extension", found["Queues"], "descr"),
        _lists("id", found["Queues"], "keyword"),
        _by("timeconditions_id", found["Timeconditions"]),
        _lists("timegroupid", found["Timeconditions"], "time"),
        _lists("ext", found["Daynight"], "dmode"),
        _by("extension", found["Core"], "name", "voicemail"),
        _by("id", found["Miscdests"], "destdial"),
        tuple(_rows(found["Core"], "destination", "cidnum")),
        sounds or {},
    )


def text(row: Row, name: str) -> str:
    """A field as a text, empty where it is absent or null."""
    found = row.get(name)
    return "" if found is None or isinstance(found, dict | list) else str(found)


def whole(row: Row, name: str, otherwise: int) -> int:
    """A field that is a whole number."""
    plain = text(row, name)
    return int(plain[:9]) if plain.isascii() and plain.isdigit() else otherwise


def holds(row: Row, name: str) -> bool:
    """Whether a field is switched on."""
    return text(row, name).lower() not in ("", "0", "no", "false", "disabled")


def _configs(document: Any) -> Any:
    if isinstance(document, list):
        menus = (each for each in map(_configs, document) if isinstance(each, dict) and "ivrs" in each)
        return next(menus, document)
    return _configs(document["configs"]) if isinstance(document, dict) and "configs" in document else document


def _rows(part: Any, *names: str) -> Iterator[Row]:
    """The objects that have these fields, however deep."""
    if isinstance(part, dict):
        if all(each in part for each in names):
            yield part
            return
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from _rows(each, *names)


def _by(key: str, part: Any, *names: str) -> dict[str, Row]:
    return {text(row, key): row for row in _rows(part, key, *names) if text(row, key)}


def _lists(key: str, part: Any, *names: str) -> dict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in _rows(part, key, *names):
        found[text(row, key)].append(row)
    return dict(found)
