"""`python -m tests`: every test, in two halves at once, since most of them wait for something most of the time.

The first half makes calls and must be punctual. The other runs beside it with what the first leaves of the machine
(nice); its output is printed when it has ended. Arguments are pytest's and go to both.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
PUNCTUAL = ("calls", "conform", "devswitch", "devswitch_sip", "esl", "faults", "phone", "sip", "stack")
_NICE = 10
_PYTEST = (sys.executable, "-m", "pytest", "-q", "-rs", "--durations=10")
# pytest's own: 0 all passed, 5 nothing was chosen
_GOOD = (0, 5)
_COUNT = re.compile(r"(\d+) (passed|failed|skipped|error|xfailed|xpassed|deselected)")


def halves() -> tuple[list[str], list[str]]:
    """(punctual, the others): every folder and file with tests is in one of them."""
    everything = sorted(
        each.name for each in HERE.iterdir() if each.name.startswith("test_") or next(each.glob("test_*.py"), None)
    )
    others = [name for name in everything if name not in PUNCTUAL]
    return [f"tests/{name}" for name in PUNCTUAL], [f"tests/{name}" for name in others]


def main() -> None:
    punctual, others = halves()
    with tempfile.TemporaryFile("w+") as output:
        beside = subprocess.Popen(
            [*_PYTEST, "-o", "cache_dir=.pytest_cache/beside", *sys.argv[1:], *others],
            cwd=HERE.parent,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: os.nice(_NICE),
        )
        print(f"{' '.join(punctual)}; beside them {' '.join(others)}, told at their end", flush=True)
        try:
            first, first_output = _run([*_PYTEST, *sys.argv[1:], *punctual])
            second = beside.wait()
        except BaseException:
            beside.terminate()
            beside.wait()
            raise
        output.seek(0)
        second_output = output.read()
    print(second_output, flush=True)
    counts: Counter[str] = Counter()
    for text in (first_output, second_output):
        for number, what in _COUNT.findall(text.strip().rpartition("\n")[2]):
            counts[what] += int(number)
    print(f"both halves: {', '.join(f'{number} {what}' for what, number in counts.items())}", flush=True)
    sys.exit(0 if first in _GOOD and second in _GOOD and counts["passed"] else 1)


def _run(command: list[str]) -> tuple[int, str]:
    """Shows the output as it comes; its exit code and all it said."""
    told: list[str] = []
    with subprocess.Popen(command, cwd=HERE.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        while piece := os.read(process.stdout.fileno(), 65536):
            sys.stdout.buffer.write(piece)
            sys.stdout.flush()
            told.append(piece.decode(errors="replace"))
    return process.returncode, "".join(told)


if __name__ == "__main__":
    main()
