"""`python -m tests check|usual|all [arguments of pytest]`.

`check` is what needs no server. `usual` is all but the heavy suites, in two lanes at once: calls in real time, which
wait for most of it, and beside them everything else with what they leave of the machine (nice). Calls over SIP are
made on one switch, FreeSWITCH if there is one. `all` draws other examples of the properties each time, makes those
calls on both switches, and runs the heavy suites after that, one by one. The last line counts all of it in pytest's
form; before it stands what was skipped and why.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests import suites
from tests.tally import Tally

_ROOT = Path(__file__).parent.parent
_CORES = os.cpu_count() or 2
# A call waits nine tenths of its time.
_CALLS_AT_ONCE = 2 * _CORES
_OTHERS_AT_ONCE = _CORES + 1
_NICE = 10
# pytest's own: 0 all passed, 5 nothing was chosen.
_GOOD = (0, 5)
# What is compiled is kept: each of some hundred processes would compile it again.
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class Lane:
    """One run of pytest. One that runs `beside` others is nice, and is told at its end."""

    def __init__(self, directory: Path, name: str, words: Sequence[str], *, beside: bool = False) -> None:
        self._tally = directory / f"{name}.json"
        self._told = directory / f"{name}.txt" if beside else None
        # Schemathesis is used by its command line; its plugin costs each process half a second.
        command = [sys.executable, "-m", "pytest", "-q", "-rfE", "-p", "no:schemathesis"]
        command += ["-p", "tests.tally", "--tally", str(self._tally)]
        with ExitStack() as files:
            self._process = subprocess.Popen(
                [*command, "-o", f"cache_dir=.pytest_cache/{name}", *words],
                cwd=_ROOT,
                env=_ENVIRONMENT,
                stdout=files.enter_context(self._told.open("wb")) if self._told else None,
                stderr=subprocess.STDOUT if self._told else None,
                preexec_fn=(lambda: os.nice(_NICE)) if beside else None,
            )

    def result(self) -> tuple[bool, Tally]:
        """Whether all is well, and what was counted, at its end."""
        code = self._process.wait()
        if self._told is not None:
            print(self._told.read_text(errors="replace"), flush=True)
        try:
            return code in _GOOD, Tally.read(self._tally)
        except OSError:
            return False, Tally()

    def end(self) -> None:
        self._process.terminate()
        self._process.wait()


def run(what: str, more: Sequence[str]) -> bool:
    """Whether all is well; says what was counted."""
    began_s = time.monotonic()
    well, total = True, Tally()
    with tempfile.TemporaryDirectory() as name:
        for group in lanes(what, more):
            running: list[Lane] = []
            try:
                for lane, words in group.items():
                    running.append(Lane(Path(name), lane, words, beside=bool(running)))
                for each in running:
                    lane_well, tally = each.result()
                    well, total = well and lane_well, total + tally
            except BaseException:
                for each in running:
                    each.end()
                raise
    for line, times in sorted(Counter(total.skipped).items()):
        print(f"SKIPPED [{times}] {line}")
    for line in total.failed:
        print(f"FAILED {line}")
    print(total.last_line(time.monotonic() - began_s), flush=True)
    return well and total.counts["passed"] > 0


def lanes(what: str, more: Sequence[str]) -> list[dict[str, list[str]]]:
    """Groups of lanes, by name, with pytest's arguments: those of a group run at once."""
    if what not in ("check", "usual", "all"):
        raise SystemExit("python -m tests check|usual|all [arguments of pytest]")
    if what == "check":
        return [{"check": ["--no-servers", *_at_once(_OTHERS_AT_ONCE), *more, *suites.paths(suites.NO_SERVER)]}]
    ignored = [f"--ignore={path}" for path in suites.paths(suites.HEAVY)]
    # What both switches do is compared by the heavy suites.
    one_switch = ["--one-switch"] if what == "usual" else []
    usual = {
        "calls": [*_at_once(_CALLS_AT_ONCE), *one_switch, *ignored, *more, *suites.paths(suites.PUNCTUAL)],
        "others": [*_at_once(_OTHERS_AT_ONCE), *ignored, *more, *suites.paths(suites.others())],
    }
    if what == "usual":
        return [usual]
    explored = {name: ["--hypothesis-profile=explore", *words] for name, words in usual.items()}
    return [explored, {"heavy": [*more, *suites.paths(suites.HEAVY)]}]


def _at_once(workers: int) -> list[str]:
    """Files stay whole: tests of one file share what they start. They go in the order in which they are given."""
    return ["--numprocesses", str(workers), "--dist", "loadfile", "--no-loadscope-reorder"]


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    what, *more = sys.argv[1:] or ["usual"]
    sys.exit(0 if run(what, more) else 1)


if __name__ == "__main__":
    main()
