"""A flame graph of the ESL process under load: build/profile.svg.

    python -m benchmarks.profile [--seconds 10] [--live 50] [--system]

py-spy looks at the process from outside, so it costs the calls nothing; it must be allowed to (root, or
/proc/sys/kernel/yama/ptrace_scope 0). Where it is not, the process runs under cProfile instead, which is slower and
gives a table. `--system`: time in the kernel counts as well, else only time in Python.
"""

from __future__ import annotations

import argparse
import pstats
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.machine import allow_many_sockets
from benchmarks.product import ROOT, Running, listening, probe, product, wait_until

BUILD = ROOT / "build"


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.profile", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--live", type=int, default=50)
    parser.add_argument("--system", action="store_true")
    given = parser.parse_args()
    allow_many_sockets()
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="digitree-bench-") as home, product(Path(home)) as running:
        failed = _flame_graph(running, given.seconds, given.live, given.system)
        if failed:
            print(f"py-spy: {failed}\ncProfile instead:", file=sys.stderr)
            _table(running, given.seconds, given.live)
    return 0


def _load(port: int, live: int) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", "benchmarks.load", "--port", str(port), "--calls", "10000000", "--live", str(live)]
    return subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.DEVNULL)


def _flame_graph(running: Running, seconds: int, live: int, system: bool) -> str:
    """What was wrong; empty: the graph is there."""
    graph = BUILD / "profile.svg"
    argv = [str(Path(sys.executable).with_name("py-spy")), "record", "--pid", str(running.pids[0]), "--rate", "400"]
    argv += ["--duration", str(seconds), "--output", str(graph), *([] if system else ["--gil"])]
    load = _load(running.port, live)
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=seconds + 60, check=False)
    except OSError as error:
        return str(error)
    finally:
        load.kill()
        load.wait()
    if done.returncode:
        return done.stderr.strip()[-400:]
    print(f"{graph}: open it in a browser")
    return ""


def _table(running: Running, seconds: int, live: int) -> None:
    stats = BUILD / "profile.pstats"
    stats.unlink(missing_ok=True)
    with listening() as listener:
        fd = listener.fileno()
        argv = [sys.executable, "-m", "cProfile", "-o", str(stats), "-m", "esl_server"]
        process = subprocess.Popen(argv, env=running.env | {"DIGITREE_ESL_FD": str(fd)}, cwd=ROOT, pass_fds=(fd,))
        probe(listener.getsockname()[1])
        load = _load(listener.getsockname()[1], live)
        try:
            load.wait(seconds)
        except subprocess.TimeoutExpired:
            load.kill()
            load.wait()
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    wait_until(stats.exists, "the profile is written")
    pstats.Stats(str(stats)).sort_stats("tottime").print_stats(40)


if __name__ == "__main__":
    sys.exit(main())
