"""Where the programs of Digitree are, for an account that is not the one which installed them."""

from __future__ import annotations

import compileall
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from ivr.settings import Settings
from launcher.freeswitch import find_freeswitch

_PACKAGES = ("admin", "devswitch", "dialplan", "esl_server", "ivr", "keeper", "launcher", "tts")


def _package_directories() -> list[Path]:
    found = (find_spec(package) for package in _PACKAGES)
    return [Path(each.origin).parent for each in found if each is not None and each.origin]


def compile_packages() -> None:
    """Compile what is not yet, for all to read: the account may not write beside the programs, and would compile them
    at each start."""
    kept = os.umask(0o022)
    try:
        for directory in _package_directories():
            compileall.compile_dir(directory, quiet=2)
    finally:
        os.umask(kept)


def touched_paths(settings: Settings) -> list[Path]:
    """The directories and programs that the processes use."""
    paths = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable), settings.home, settings.prompts]
    if settings.secrets_dir:
        paths.append(Path(settings.secrets_dir))
    files = (settings.tls_cert, settings.tls_key, settings.tls_ca, settings.identity_roots)
    paths += [Path(each).parent for each in files if each]
    paths += dict.fromkeys(directory.parent for directory in _package_directories())
    switch = find_freeswitch(settings) if settings.switch in ("auto", "freeswitch") else None
    if switch is not None:
        paths.append(switch.resolve().parent.parent)
    return paths
