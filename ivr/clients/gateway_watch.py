"""What FreeSWITCH knows of its gateways: how they stand, and what they are replied."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self
from xml.etree import ElementTree

import gevent
from gevent.queue import Empty, Queue
from greenswitch.esl import NotConnectedError

from ivr.clients.switch import GATEWAY, PROFILE, TIMEOUT_S, EventSocket, SwitchUnavailable, checked
from ivr.domain.trunks.state import GatewayNews, GatewayStatus
from ivr.settings import split_host_port

_EVENT = "sofia::gateway_state"


class GatewayWatch:
    """A connection for as long as it is looked at. Raises SwitchUnavailable."""

    def __init__(self, address: str, password: str, timeout_s: float = TIMEOUT_S) -> None:
        host, port = split_host_port(address)
        self._timeout_s = timeout_s
        self._socket = EventSocket(host, port, password, timeout_s)
        self._heard: Queue[GatewayNews] = Queue()
        self._socket.register_handle(_EVENT, self._hear)

    def __enter__(self) -> Self:
        try:
            with gevent.Timeout(self._timeout_s, SwitchUnavailable(f"no answer in {self._timeout_s:g} s")):
                self._socket.connect()
                self._socket.send(f"event plain CUSTOM {_EVENT}")
        except (OSError, NotConnectedError, ValueError, KeyError) as error:
            self._socket.close()
            raise SwitchUnavailable(str(error) or type(error).__name__) from error
        except SwitchUnavailable:
            self._socket.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def statuses(self) -> list[GatewayStatus]:
        """Of all gateways of the profile that takes calls."""
        text = self._say("sofia xmlstatus gateway")
        try:
            found = ElementTree.fromstring(text)  # noqa: S314 - of our own switch
        except ElementTree.ParseError as error:
            raise SwitchUnavailable(f"the status of gateways cannot be read: {error}") from error
        return [
            GatewayStatus(
                each.findtext("name", ""),
                each.findtext("state", ""),
                is_up=each.findtext("status") == "UP",
                was_asked=float(each.findtext("pingtime", "0")) > 0,
            )
            for each in found.iter("gateway")
        ]

    def register(self, gateway: str) -> None:
        """Have it register now."""
        self._say(f"{PROFILE} register {checked(GATEWAY, gateway)}")

    def heard(self, wait_s: float) -> GatewayNews | None:
        """The next reply that a gateway got; None where there is none in this time."""
        try:
            return self._heard.get(timeout=wait_s)
        except Empty:
            if not self._socket.connected:
                raise SwitchUnavailable("the switch closed the connection") from None
            return None

    def _hear(self, event: Any) -> None:
        said = event.headers
        name, status, phrase = (said.get(key, "") for key in ("Gateway", "Status", "Phrase"))
        self._heard.put(GatewayNews.of_switch(name, status, phrase))

    def _say(self, command: str) -> str:
        try:
            with gevent.Timeout(self._timeout_s, SwitchUnavailable(f"no answer in {self._timeout_s:g} s")):
                return str(self._socket.send(f"api {command}").data).strip()
        except (OSError, NotConnectedError) as error:
            raise SwitchUnavailable(str(error) or type(error).__name__) from error
