"""GET after GET on a few kept connections, one at a time on each: how many a second, and how long each took.

    python -m benchmarks.http_load PORT PATH KEY SECONDS CONNECTIONS
"""

from __future__ import annotations

import json
import re
import select
import socket
import sys
import time

from benchmarks.load import percentiles

_LENGTH = re.compile(rb"\r\nContent-Length: (\d+)\r\n", re.IGNORECASE)


def main() -> None:
    port, path, key, seconds, connections = sys.argv[1:]
    request = f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
    poll = select.epoll()
    socks, buffers, sent_at = {}, {}, {}
    for _ in range(int(connections)):
        sock = socket.create_connection(("127.0.0.1", int(port)), timeout=10)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        socks[sock.fileno()] = sock
        poll.register(sock.fileno(), select.EPOLLIN)
    began = time.monotonic()
    for fd, sock in socks.items():
        buffers[fd], sent_at[fd] = b"", time.monotonic()
        sock.sendall(request)
    statuses: dict[str, int] = {}
    took_ms = []
    while (now := time.monotonic()) - began < float(seconds):
        for fd, _ in poll.poll(1):
            data = socks[fd].recv(65536)
            if not data:
                raise ConnectionError("the server closed the connection")
            buffers[fd] += data
            head = buffers[fd].find(b"\r\n\r\n")
            found = _LENGTH.search(buffers[fd])
            if head < 0 or not found or len(buffers[fd]) < head + 4 + int(found[1]):
                continue
            status = buffers[fd][9:12].decode()
            statuses[status] = statuses.get(status, 0) + 1
            took_ms.append((time.monotonic() - sent_at[fd]) * 1000)
            buffers[fd], sent_at[fd] = b"", time.monotonic()
            socks[fd].sendall(request)
    wall_s = now - began
    print(json.dumps({"per_s": round(len(took_ms) / wall_s, 1), "ms": percentiles(took_ms), "statuses": statuses}))


if __name__ == "__main__":
    main()
