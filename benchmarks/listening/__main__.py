"""How well voices are understood.

    python -m benchmarks.listening                     the table of all voices of DIGITREE_HOME
    python -m benchmarks.listening joe af_heart        of these; --write keeps them in RESULTS.md, beside the others
    python -m benchmarks.listening --wavs DIR          five prompts of each voice as a caller hears them, no table
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks import report
from benchmarks.listening.recognisers import NoRecogniser
from benchmarks.listening.report import part
from benchmarks.listening.section import leave_wavs, measured
from tts.client.errors import VoiceNotFound


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.listening", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("voices", nargs="*", metavar="VOICE", help="all of the home if none is named")
    parser.add_argument("--wavs", type=Path, metavar="DIR", help="leave five prompts of each voice there")
    parser.add_argument("--write", action="store_true", help="after each voice, into results.json and RESULTS.md")
    given = parser.parse_args()
    console = Console(stderr=True)
    with console.status("") as status:
        try:
            if given.wavs is not None:
                files = leave_wavs(given.voices, given.wavs, status.update)
                console.print(f"{files} files in {given.wavs}")
                return 0
            found = {}
            before = report.stamp()
            for name, voice in measured(given.voices, status.update):
                found[name] = voice
                if given.write:
                    _keep({name: voice}, before)
        except (NoRecogniser, VoiceNotFound) as error:
            console.print(str(error), style="red")
            return 1
    print("\n".join(part({"listening": {"measured": {"voices": found}}})))
    return 0


def _keep(voices: report.Measured, before: dict[str, Any]) -> None:
    results = report.load()
    kept = results.get("listening", {}).get("measured", {"voices": {}})["voices"]
    results["listening"] = report.section({"voices": {**kept, **voices}}, 1, 1.0, before)
    report.write(results)


if __name__ == "__main__":
    sys.exit(main())
