"""`python -m launcher.run_as UID GID SIGNAL PARENT PATH... -- PROGRAM...`: gives up root and becomes the program.

The kernel drops a request for a signal at the parent's death when a process changes its user, so it is made after.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from ivr.settings import SetupError
from launcher.program import ask_for_death_signal
from launcher.service_account import Account, become


def main() -> None:
    end = sys.argv.index("--")
    uid, gid, number, parent = map(int, sys.argv[1:5])
    try:
        become(Account(str(uid), uid, gid), [Path(each) for each in sys.argv[5:end]])
    except SetupError as error:
        sys.exit(str(error))
    ask_for_death_signal(signal.Signals(number))
    if os.getppid() == parent:  # else no signal will come
        os.execv(sys.argv[end + 1], sys.argv[end + 1 :])  # noqa: S606


if __name__ == "__main__":
    main()
