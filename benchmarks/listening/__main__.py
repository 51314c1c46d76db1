"""`python -m benchmarks.listening [--wavs DIR]`: the table alone, and what a caller hears of five prompts a voice."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console

from benchmarks.listening.recognisers import NoRecogniser
from benchmarks.listening.report import part
from benchmarks.listening.section import listen


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.listening", description=__doc__)
    parser.add_argument("--wavs", type=Path, metavar="DIR", help="where five prompts of each voice are left")
    given = parser.parse_args()
    console = Console(stderr=True)
    if given.wavs is not None:
        given.wavs.mkdir(parents=True, exist_ok=True)
    with console.status("") as status:
        try:
            found = listen(status.update, wavs=given.wavs)
        except NoRecogniser as error:
            console.print(str(error), style="red")
            return 1
    print("\n".join(part({"listening": {"measured": found}})))
    return 0


if __name__ == "__main__":
    sys.exit(main())
