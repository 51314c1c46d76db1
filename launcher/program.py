"""A program to run: how it is started and stopped.

A child process must not outlive its supervisor, not even when that is killed with SIGKILL: each child asks the kernel
for a signal at its parent's death (prctl(2), PR_SET_PDEATHSIG). The kernel drops that request when the process
changes its user, so for a program that runs under another account `launcher.run_as` makes it after the change.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def ask_for_death_signal(number: signal.Signals) -> None:
    """Have the kernel send this process `number` when its parent is gone."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Program:
    """`argv` and `env` are complete; `stop_signal` asks for an orderly end.

    `death_signal` is what the kernel sends when the supervisor is gone; it is None for a program started through
    `launcher.run_as`, which has it in `argv`.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals | None = signal.SIGTERM
    pass_fds: tuple[int, ...] = ()
    cwd: Path | None = None
    # -1: the supervisor's own.
    umask: int = -1

    def before_exec(self) -> Callable[[], None] | None:
        """For subprocess's preexec_fn, which runs in the child between fork and exec: system calls only."""
        if self.death_signal is None or not sys.platform.startswith("linux"):
            return None
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        number, parent = int(self.death_signal), os.getpid()

        def bind_to_parent() -> None:
            prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
            if os.getppid() != parent:  # it died before prctl(): no signal will come
                os._exit(1)

        return bind_to_parent
