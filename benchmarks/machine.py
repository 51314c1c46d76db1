"""The machine of a run and the resources that processes used, from /proc without any package."""

from __future__ import annotations

import os
import platform
import resource
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher.program import Program

# By which load generators and switches prove themselves to the call server.
SWITCH_SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# Priority among real-time processes.
_FIRST = 2
# As the kernel writes the state of a connection in /proc/net/tcp.
_ESTABLISHED = "01"


def superuser(database_url: str) -> str:
    """The embedded Postgres in the role that may do all."""
    return database_url.replace("//digitree@", "//postgres@", 1)


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of whole processes, all their threads, since they started; ticks of 10 ms."""
    return sum(sum(_cpu_ticks(pid)) for pid in pids) / _TICKS_PER_S


def user_and_system_s(pid: int) -> tuple[float, float]:
    user, system = _cpu_ticks(pid)
    return user / _TICKS_PER_S, system / _TICKS_PER_S


def _cpu_ticks(pid: int) -> tuple[int, int]:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return int(fields[11]), int(fields[12])


def family_seconds(pid: int) -> float:
    """As cpu_seconds, and with it what its children used that have ended; 0 when it has ended itself."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / _TICKS_PER_S


def busy_seconds() -> float:
    """Seconds that all of the machine's cores together have worked, for any process."""
    user, nice, system, _, _, irq, softirq, steal = map(int, _first(Path("/proc/stat"), "cpu ").split()[:8])
    return (user + nice + system + irq + softirq + steal) / _TICKS_PER_S


def memory_bytes(pid: int) -> int:
    """Resident memory of the process itself, without the pages of shared libraries."""
    fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
    return (int(fields[1]) - int(fields[2])) * _PAGE_BYTES


def dies_with_us() -> Callable[[], None] | None:
    """For subprocess's preexec_fn: a server under test does not outlive a bench that was killed."""
    return Program(("",), {}).before_exec()


def end_in_order() -> None:
    """SIGTERM, and SIGINT even under nohup, end the bench as Ctrl-C does: what it started is stopped."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def load_average() -> float:
    return os.getloadavg()[0]


def allow_many_sockets() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@contextmanager
def before_other_programs() -> Iterator[bool]:
    """What is started in the block runs before all other programs of the machine, so that a time measured in it is
    the product's own. False: the account may not have that, and others may make the time longer."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(_FIRST))
    except PermissionError:
        yield False
        return
    try:
        yield True
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def let_pass(pid: int) -> None:
    """Within `before_other_programs`: this process gives way to the others that were started there."""
    if os.sched_getscheduler(pid) == os.SCHED_RR:
        os.sched_setscheduler(pid, os.SCHED_RR, os.sched_param(_FIRST - 1))


def connections_to(port: int) -> int:
    """Connections over IPv4 to this port of the machine, as the side that made them sees them."""
    rows = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    return sum(row.split()[2].endswith(f":{port:04X}") and row.split()[3] == _ESTABLISHED for row in rows)


def describe() -> dict[str, str]:
    memory_kb = _first(Path("/proc/meminfo"), "MemTotal:").split()[0]
    return {
        "CPU": f"{_first(Path('/proc/cpuinfo'), 'model name')}, {os.cpu_count()} cores",
        "memory": f"{int(memory_kb) / 2**20:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
    }


def _first(path: Path, name: str) -> str:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(name):
            return line[len(name) :].lstrip("\t :").strip()
    return "0"
