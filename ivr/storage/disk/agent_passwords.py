"""Agents' SIP passwords where FreeSWITCH reads them: a file of its global variables, beside its other state.

The call server names a variable in a dial string, and FreeSWITCH puts the password in its place: it is never on the
event socket. FreeSWITCH reads the file when it starts and on `reloadxml`; a channel says by FLAG that it has done so.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from ivr.domain.agents import PASSWORD
from ivr.storage.disk.private_files import ensure_private, write_private

FLAG = "digitree_passwords"
_PREFIX = "digitree_sip_"
_LINE = re.compile(rf'data="{_PREFIX}([0-9a-f]{{32}})=([^"]*)"', re.ASCII)
_EMPTY = "<include/>\n"


def passwords_path(home: Path) -> Path:
    return home / "fs" / "passwords.xml"


def variable_of(reference: str) -> str:
    """The global variable of FreeSWITCH that holds the password."""
    return _PREFIX + reference


def encode(passwords: Mapping[str, str]) -> str:
    """The file: passwords by reference. ValueError for what cannot stand in a dial string."""
    values = {FLAG: "true"}
    for reference, password in sorted(passwords.items()):
        if not PASSWORD.fullmatch(password):
            raise ValueError("a password that is not fit for FreeSWITCH")
        values[variable_of(reference)] = password
    lines = (f'  <X-PRE-PROCESS cmd="set" data="{name}={value}"/>\n' for name, value in values.items())
    return f"<include>\n{''.join(lines)}</include>\n"


def decode(text: str) -> dict[str, str]:
    return dict(_LINE.findall(text))


def ensure_file(path: Path) -> None:
    """Make an empty one where there is none: FreeSWITCH then knows no passwords yet."""
    ensure_private(path, _EMPTY)


class AgentPasswords:
    """The file, which several processes change: each under its lock. OSError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, passwords: Mapping[str, str]) -> bool:
        """Beside those that are there; True when the file has changed."""
        with self._locked():
            return self._put({**decode(self._read()), **passwords})

    def replace(self, passwords: Mapping[str, str], dropped: Collection[str]) -> bool:
        """These, and those that are there and not `dropped` (references); True when the file has changed."""
        with self._locked():
            there = decode(self._read())
            kept = {reference: each for reference, each in there.items() if reference not in dropped}
            return self._put({**kept, **passwords})

    def references(self) -> frozenset[str]:
        """Of the passwords that are there."""
        return frozenset(decode(self._read()))

    def _put(self, passwords: Mapping[str, str]) -> bool:
        text = encode(passwords)
        if text == self._read():
            return False
        write_private(self._path, text)
        return True

    def _read(self) -> str:
        try:
            return self._path.read_text()
        except FileNotFoundError:
            return ""

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600), "r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
