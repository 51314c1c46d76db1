"""Settings in files, as containers and systemd hand secrets over: a directory with one file for each, named for its
variable. An environment variable of that name counts more."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic_settings import SecretsSettingsSource, SettingsError

DIRECTORY = "DIGITREE_SECRETS_DIR"


class SecretFiles(SecretsSettingsSource):
    """Reads the directory that DIGITREE_SECRETS_DIR names; blanks and line ends around a value do not count. Raises
    pydantic_settings.SettingsError when the directory or one of its files cannot be read."""

    def __call__(self) -> dict[str, Any]:
        directory = self.current_state.get(DIRECTORY)
        if not directory:
            return {}
        for path in (Path(directory), *_files(directory)):
            if not os.access(path, os.R_OK):
                raise SettingsError(f"{path} cannot be read: let the account of this process read it")
        self.secrets_dir = directory
        return super().__call__()


def _files(directory: str) -> list[Path]:
    try:
        return [path for path in Path(directory).iterdir() if not path.is_dir()]
    except OSError as error:
        raise SettingsError(f"{DIRECTORY}={directory}: {error.strerror}; name a directory of files") from error


def settings_in_files(directory: str) -> frozenset[str]:
    """The variables that have a file in `directory`; none when it is the empty text."""
    return frozenset(path.name.upper() for path in _files(directory)) if directory else frozenset()
