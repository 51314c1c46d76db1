"""`python -m tests`: every test, in two halves at once, since most of them wait for something most of the time.

The first half makes calls and must be punctual. The other runs beside it with what the first leaves of the machine
(nice); its output is printed when it has ended. One or two that fail are tried once more when nothing runs beside
them: what fails again has failed, what passes is told at the end, as a test that the load of the machine can break.
Arguments are pytest's and go to both.
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
_PYTEST = (sys.executable, "-m", "pytest", "-q", "-rsfE", "--durations=10")
_BESIDE = ("-o", "cache_dir=.pytest_cache/beside")
# pytest's own: 0 all passed, 1 some failed, 5 nothing was chosen
_GOOD = (0, 5)
_SOME_FAILED = 1
# More than that is no accident of timing.
MOST_TRIED_AGAIN = 2
_COUNT = re.compile(r"(\d+) (passed|failed|skipped|errors?|xfailed|xpassed|deselected)")
_BROKEN = re.compile(r"^(?:FAILED|ERROR) (.+)$", re.MULTILINE)


def halves() -> tuple[list[str], list[str]]:
    """(punctual, the others): every folder and file with tests is in one of them."""
    everything = sorted(
        each.name for each in HERE.iterdir() if each.name.startswith("test_") or next(each.glob("test_*.py"), None)
    )
    others = [name for name in everything if name not in PUNCTUAL]
    return [f"tests/{name}" for name in PUNCTUAL], [f"tests/{name}" for name in others]


def counts(output: str) -> Counter[str]:
    """What pytest's last line says: `{"passed": 3, "failed": 1}`."""
    last_line = output.strip().rpartition("\n")[2]
    return Counter({what.removesuffix("s"): int(number) for number, what in _COUNT.findall(last_line)})


def broken(output: str) -> list[str]:
    """The tests that failed or could not be set up, as pytest names them in its summary, with their reasons."""
    return _BROKEN.findall(output.rpartition("short test summary info")[2])


def may_be_tried_again(code: int, output: str) -> bool:
    return code == _SOME_FAILED and 0 < len(broken(output)) <= MOST_TRIED_AGAIN


def main() -> None:
    punctual, others = halves()
    with tempfile.TemporaryFile("w+") as output:
        beside = subprocess.Popen(
            [*_PYTEST, *_BESIDE, *sys.argv[1:], *others],
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
    total = counts(first_output) + counts(second_output)
    first, first_again = _tried_again(first, first_output, [*sys.argv[1:], *punctual])
    second, second_again = _tried_again(second, second_output, [*_BESIDE, *sys.argv[1:], *others])
    print(f"both halves: {', '.join(f'{number} {what}' for what, number in total.items())}")
    for name in first_again + second_again:
        print(f"failed beside the others, passed alone: {name}")
    sys.stdout.flush()
    sys.exit(0 if first in _GOOD and second in _GOOD and total["passed"] else 1)


def _tried_again(code: int, output: str, arguments: list[str]) -> tuple[int, list[str]]:
    """The code that counts, and the tests that passed this time."""
    if not may_be_tried_again(code, output):
        return code, []
    print(f"once more, alone: {', '.join(broken(output))}", flush=True)
    code, _ = _run([*_PYTEST, "--last-failed", "--last-failed-no-failures=none", *arguments])
    return code, broken(output) if code == 0 else []


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
