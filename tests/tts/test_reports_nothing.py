"""The libraries of speech tell nobody that they are used: what they would tell lies below HOME first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_SPOKEN = """
from pathlib import Path
from tts.server.models import Models
from tts.server.voices import VoiceTable
table = VoiceTable(Path("no-other-voices"))
voice = table.resolve("joe")
assert len(Models().synthesise("Hello.", voice).samples)
"""


def test_speech_keeps_no_identifier_of_the_machine(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home"), "PYTHONPATH": str(Path(__file__).parents[2])}
    words = [sys.executable, "-c", _SPOKEN]
    done = subprocess.run(words, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert [path for path in (tmp_path / "home").rglob("*") if path.is_file()] == []
