"""`python -m devswitch.phone`: the phone as a process, until SIGTERM or SIGINT."""

from __future__ import annotations

import ipaddress
import logging
import signal
import sys

import gevent
from gevent.event import Event
from gevent.pywsgi import WSGIServer
from pydantic import ValidationError

from devswitch.phone.desk import Desk
from devswitch.phone.http import create_app
from ivr.clients.phone import phone_word
from ivr.secrets import read_or_make_secret, switch_secrets
from ivr.settings import Settings, reachable_host, split_host_port

log = logging.getLogger("devswitch.phone")

_STOP_S = 2.0


def main() -> None:
    try:
        settings = Settings()
    except ValidationError as error:
        sys.exit(str(error))
    logging.basicConfig(level=settings.log_level, format="%(levelname)s %(name)s: %(message)s")
    host, port = split_host_port(settings.phone)
    if host != "localhost" and not _is_loopback(host):
        sys.exit(f"DIGITREE_PHONE={settings.phone}: the phone listens on a loopback address only, such as 127.0.0.1")
    esl_host, esl_port = reachable_host(settings.esl)
    target = f"[{esl_host}]:{esl_port}" if ":" in esl_host else f"{esl_host}:{esl_port}"
    desk = Desk(target, switch_secrets(settings)[0], settings.prompts)
    app = create_app(desk, phone_word(read_or_make_secret(settings)))
    server = WSGIServer((host, port), app, log=None, error_log=log)
    try:
        server.start()
    except OSError as error:
        sys.exit(f"DIGITREE_PHONE={settings.phone}: {error.strerror or error}")
    log.info("test calls on %s", settings.phone)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, stop.set)
    stop.wait()
    desk.close()
    server.stop(timeout=_STOP_S)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


if __name__ == "__main__":
    main()
