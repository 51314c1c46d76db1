"""`python -m tests.menus.over_sip.offline M15 ...`: each script's call offline, pickled. Calls offline need gevent,
real ones threads, so these have a process of their own."""

from __future__ import annotations

from gevent import monkey

if __name__ == "__main__":
    monkey.patch_all()

import logging
import pickle
import subprocess
import sys
from collections.abc import Mapping, Sequence

from tests.menus.runner import Played, WrittenMenu, call_server, play, read_menus


def played_offline(menus: Sequence[WrittenMenu]) -> Mapping[tuple[str, int], Played]:
    """By menu and place of the script."""
    command = [sys.executable, "-m", __name__, *(menu.number for menu in menus)]
    made = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    found: Mapping[tuple[str, int], Played] = pickle.loads(made)  # noqa: S301 - our own process wrote it
    return found


def main(numbers: Sequence[str]) -> None:
    logging.disable(logging.CRITICAL)
    with call_server() as rig:
        played = {
            (menu.number, at): play(rig, menu, script)
            for menu in read_menus()
            if menu.number in numbers
            for at, script in enumerate(menu.scripts)
        }
    sys.stdout.buffer.write(pickle.dumps(played))


if __name__ == "__main__":
    main(sys.argv[1:])
