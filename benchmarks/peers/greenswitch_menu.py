"""Stock greenswitch as its README shows it: an application class on OutboundESLServer, async events.

Its limit of connections is out of the way; its listen queue of 100 is its own.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

from gevent import monkey

monkey.patch_all()

import greenswitch  # noqa: E402


class Menu:
    def __init__(self, session: Any) -> None:
        self.session = session

    def run(self) -> None:
        try:
            self.handle_call()
        except Exception:
            logging.exception("call failed")
        self.session.stop()

    def handle_call(self) -> None:
        session = self.session
        session.connect()
        session.myevents()
        session.linger()
        session.answer()
        session.playback("silence_stream://400")
        for number in (1, 2, 3):
            if self.ask(f"{sys.argv[3]}/{number:032d}.wav") != "1":
                session.playback(f"{sys.argv[3]}/{4:032d}.wav")
                session.hangup()
                return
        session.bridge("sofia/digitree/agent@127.0.0.1:5070", block=True)
        session.hangup()

    def ask(self, prompt: str) -> str | None:
        return self.session.play_and_get_digits(
            "1", "1", "1", "5000", "#", prompt, "silence_stream://10", "ivr_digits", r"\d", "5000", "''",
            block=True, response_timeout=30,
        )  # fmt: skip


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    server = greenswitch.OutboundESLServer(
        bind_address=sys.argv[1], bind_port=int(sys.argv[2]), application=Menu, max_connections=20_000
    )
    server.listen()
