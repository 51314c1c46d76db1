"""A supervisor over tiny children, to be run and killed by tests: `python -m tests.launcher.tiny PLAN`.

PLAN is JSON: a list of objects with "program", Python source that the child runs with `-u -c`, and fields of
Service. One listening socket is bound by the supervisor; children find its number in FD.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import socket
import sys

from launcher.child_process import Service
from launcher.output import Output
from launcher.program import Program
from launcher.supervisor import Supervisor


def _program(source: str, fd: int) -> Program:
    return Program((sys.executable, "-u", "-c", source), os.environ | {"FD": str(fd)}, pass_fds=(fd,))


def main() -> int:
    plan = json.loads(sys.argv[1])
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)
    print("port", listening.getsockname()[1], flush=True)

    async def begin(supervisor: Supervisor) -> None:
        for row in plan:
            source = row.pop("program")
            supervisor.add(Service(program=functools.partial(_program, source, listening.fileno()), **row))

    return asyncio.run(Supervisor(Output()).run(begin))


if __name__ == "__main__":
    sys.exit(main())
