"""The units of deploy/systemd, as files and as lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

DIRECTORY = Path(__file__).parents[2] / "deploy/systemd"
WHOLE = "digitree.service"
SHARED = "digitree-.service.d/closed.conf"
PARTS = ("tts", "admin", "keeper", "esl", "phone", "freeswitch")
UNITS = (WHOLE, *(f"digitree-{part}.service" for part in PARTS))
PROGRAM, FREESWITCH, SETTINGS = "/opt/digitree/bin/digitree", "/usr/bin/freeswitch", "/etc/digitree/"


def lines(name: str, section: str = "Service") -> Iterator[tuple[str, str]]:
    """(setting, value) of a file, in its order."""
    now = ""
    for line in (DIRECTORY / name).read_text().splitlines():
        if line.startswith("["):
            now = line.strip("[]")
        elif line and not line.startswith("#") and now == section:
            key, _, value = line.partition("=")
            yield key, value


def values(name: str, key: str) -> list[str]:
    return [value for each, value in lines(name) if each == key]


def installed(name: str, *, program: str, freeswitch: str, settings: str) -> str:
    """The text of a file with these paths in the place of its own."""
    text = (DIRECTORY / name).read_text()
    return text.replace(PROGRAM, program).replace(FREESWITCH, freeswitch).replace(SETTINGS, settings)
