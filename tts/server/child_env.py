"""The environment of child programs that may crash: only what Python needs to start."""

from __future__ import annotations

import os
from collections.abc import Mapping


def child_env(**more: str) -> Mapping[str, str]:
    """A Python outside the system's library path (conda, pyenv with a shared library) finds itself by the
    loader's variable."""
    path = os.environ.get("LD_LIBRARY_PATH")
    return {"LC_ALL": "C.UTF-8", **({"LD_LIBRARY_PATH": path} if path else {}), **more}
