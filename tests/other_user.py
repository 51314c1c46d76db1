"""What another user of this machine tries: a child of the test that gives up root, and connects to our ports."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# Nobody's account on any system, and none of ours.
UID = 61234
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")

_SCRIPT = """
import os, socket, sys
port, uid = int(sys.argv[1]), int(sys.argv[2])
os.setgroups([]); os.setgid(uid); os.setuid(uid)
with socket.create_connection(("127.0.0.1", port), timeout=20) as peer:
    peer.sendall(sys.stdin.buffer.read())
    while data := peer.recv(65536):
        sys.stdout.buffer.write(data)
"""


def say_as_other_user(port: int, text: bytes, uid: int = UID) -> subprocess.Popen[bytes]:
    """A process of user `uid` that connects, sends `text` and reads to the end of the stream. Its standard output is
    all that it was told."""
    process = subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, str(port), str(uid)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(text)
    process.stdin.close()
    process.stdin = None  # communicate() would flush it
    return process


