"""The lower bound: a bare gevent handler without menu, record or limits, which ignores the replies."""

from __future__ import annotations

import sys

from gevent import socket
from gevent.server import StreamServer


def execute(application: bytes, argument: bytes) -> bytes:
    return b"sendmsg\ncall-command: execute\nexecute-app-name: %b\nexecute-app-arg: %b\n\n" % (application, argument)


def prompt(number: int) -> bytes:
    return b"%b/%032d.wav" % (PROMPTS, number)


def gather(number: int) -> bytes:
    variable = b"ivr_key_%d" % number
    arguments = b"1 1 1 5000 none %b silence_stream://10 %b . 5000" % (prompt(number + 1), variable)
    return execute(b"flush_dtmf", b"") + execute(b"play_and_get_digits", arguments) + b"getvar %b\n\n" % variable


PROMPTS = sys.argv[3].encode()
START = b"linger 5\n\n" + execute(b"answer", b"") + execute(b"playback", b"silence_stream://400")
GATHERS = [gather(0), gather(1), gather(2)]
BRIDGE = execute(b"bridge", b"sofia/digitree/agent@127.0.0.1:5070") + b"getvar originate_disposition\n\n"
GOODBYE = execute(b"playback", prompt(4))
HANGUP = execute(b"hangup", b"NORMAL_CLEARING")


def ask(sock: socket.socket, command: bytes, replies: int) -> bytes:
    sock.send(command)
    got = sock.recv(65536)
    while got and got.count(b"\n\n") < replies:
        got += sock.recv(65536)
    return got


def handle(sock: socket.socket, _address: object) -> None:
    ask(sock, b"connect\n\n", 1)
    got = ask(sock, START + GATHERS[0], 6)
    for number in (1, 2):
        if got[-3:-2] == b"1":
            got = ask(sock, GATHERS[number], 3)
    if got[-3:-2] == b"1":
        ask(sock, BRIDGE, 2)
    else:
        ask(sock, GOODBYE, 1)
    ask(sock, HANGUP, 1)
    sock.close()


if __name__ == "__main__":
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((sys.argv[1], int(sys.argv[2])))
    listener.listen(4096)
    StreamServer(listener, handle).serve_forever()
