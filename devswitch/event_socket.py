"""The switch's own event socket, as far as Digitree uses it: login, and `api` commands for one channel.

Framing and replies are FreeSWITCH 1.10.12's (mod_event_socket.c, mod_commands.c). Anything else is answered as an
unknown command and logged: this switch is strict.
"""

from __future__ import annotations

import hmac
import json
import logging
import re
from collections.abc import Callable
from typing import Protocol
from urllib.parse import quote

import gevent
from gevent import socket as gsocket
from gevent.server import StreamServer

from devswitch import wire
from devswitch.caller import KEYS
from devswitch.switch import SwitchCall

log = logging.getLogger(__name__)

# FreeSWITCH waits this long for the password.
_LOGIN_S = 25.0
_IDLE_S = 60.0
_MOST_CONNECTIONS = 50
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
# What the call server needs of a FreeSWITCH, and this switch does.
_MODULES = frozenset({"mod_conference"})
_JSON = "+OK event listener enabled json"
_ORIGINATE = re.compile(
    r"originate \{(?P<variables>(?:[a-z_]+=[A-Za-z0-9-]+,?)+)\}sofia/[A-Za-z0-9_-]+/silent-caller@[^ ]+"
    r" (?P<ticket>ring-[0-9a-f]{32}) XML digitree-telephone",
    re.ASCII,
)
_NO_CHANNEL = "-ERR No such channel!\n"


class Trunks(Protocol):
    """The trunks of a switch, commanded as FreeSWITCH's are (`devswitch.sip.trunks`). `listeners` hear of each reply
    to a registration: gateway, status, phrase."""

    listeners: set[Callable[[str, int, str], None]]

    def command(self, *words: str) -> str: ...

    def reload_lists(self) -> str: ...


# A ticket, the channel's id and the longest time in seconds: begins a call of the switch's own.
Ring = Callable[[str, str, int], SwitchCall]


class EventSocket:
    """A listener on `address`; `find` looks up a call under way by its channel UUID. `ring` begins the only calls
    that this switch makes: tests that ring an agent."""

    def __init__(
        self,
        address: tuple[str, int],
        password: str,
        find: Callable[[str], SwitchCall | None],
        trunks: Trunks | None = None,
        ring: Ring | None = None,
    ) -> None:
        self._password = password.encode()
        self._find, self._ring = find, ring
        self._trunks = trunks
        self._server = StreamServer(address, self._serve, spawn=_MOST_CONNECTIONS)

    @property
    def address(self) -> tuple[str, int]:
        return str(self._server.server_host), int(self._server.server_port)

    def start(self) -> None:
        """OSError if the address is taken."""
        self._server.start()

    def stop(self) -> None:
        self._server.stop(timeout=1)

    def _serve(self, sock: gsocket.socket, _address: tuple[str, int]) -> None:
        try:
            sock.settimeout(_IDLE_S)
            sock.sendall(b"Content-Type: auth/request\n\n")
            _Conversation(sock, self._password, self._find, self._trunks, self._ring).run()
        except (OSError, gevent.Timeout, wire.CommandTooLarge) as error:
            log.debug("event socket: %s", error)
        finally:
            sock.close()


class _Conversation:
    def __init__(
        self,
        sock: gsocket.socket,
        password: bytes,
        find: Callable[[str], SwitchCall | None],
        trunks: Trunks | None,
        ring: Ring | None = None,
    ) -> None:
        self._trunks = trunks
        self._ring = ring
        self._sock = sock
        self._password = password
        self._find = find
        self._let_in = False
        self._parser = wire.CommandParser()

    def run(self) -> None:
        try:
            self._converse()
        finally:
            if self._trunks is not None:
                self._trunks.listeners.discard(self._tell)

    def _converse(self) -> None:
        with gevent.Timeout(_LOGIN_S) as login:
            while data := self._sock.recv(16384):
                for command in self._parser.feed(data):
                    if not self._answer(command):
                        return
                if self._let_in:
                    login.close()

    def _answer(self, command: wire.Command) -> bool:
        """Answer a command; False if the connection ends with it."""
        if command.verb == "auth":
            self._let_in = hmac.compare_digest(command.argument.encode("utf-8", "replace"), self._password)
            self._sock.sendall(wire.command_reply("+OK accepted" if self._let_in else "-ERR invalid"))
            return self._let_in or self._goodbye()
        if command.verb == "exit":
            self._sock.sendall(wire.command_reply("+OK bye"))
            return self._goodbye()
        if self._let_in and (command.verb == "filter" or command.line.startswith("event json ")):
            self._sock.sendall(wire.command_reply("+OK filter added" if command.verb == "filter" else _JSON))
            return True
        if self._let_in and command.verb == "bgapi" and self._ring is not None:
            self._sock.sendall(wire.command_reply(self._begin(self._ring, command.argument)))
            return True
        if self._let_in and command.verb == "event":
            if self._trunks is not None:
                self._trunks.listeners.add(self._tell)
            self._sock.sendall(wire.command_reply("+OK event listener enabled plain"))
            return True
        if not self._let_in or command.verb != "api":
            self._sock.sendall(wire.command_reply("-ERR command not found"))
            return True
        body = self._api(command.argument).encode("utf-8", "replace")
        self._sock.sendall(b"Content-Type: api/response\nContent-Length: %d\n\n%b" % (len(body), body))
        return True

    def _begin(self, ring: Ring, order: str) -> str:
        """Begin the call of this `originate`, and tell its end as FreeSWITCH does."""
        match = _ORIGINATE.fullmatch(order)
        if match is None:
            log.warning("event socket: bgapi %r is not supported by this switch", order[:100])
            return "-ERR command not found"
        given = dict(each.split("=", 1) for each in match["variables"].split(","))
        live = ring(match["ticket"], given["origination_uuid"], int(given["ivr_longest_s"]))
        # Whoever follows the call says nothing more for as long as it lasts.
        self._sock.settimeout(None)
        gevent.spawn(self._tell_end, live)
        return "+OK Job-UUID: " + given["origination_uuid"]

    def _tell_end(self, live: SwitchCall) -> None:
        cause = live.wait().hangup_cause
        channel = live.channel
        said = {"Event-Name": "CHANNEL_HANGUP_COMPLETE", "Unique-ID": channel.who.channel_uuid, "Hangup-Cause": cause}
        said |= {f"variable_{name}": value for name, value in channel.variables.items() if name.startswith("ivr_")}
        body = json.dumps(said).encode()
        self._send(b"Content-Length: %d\nContent-Type: text/event-json\n\n%b" % (len(body), body))

    def _tell(self, gateway: str, status: int, phrase: str) -> None:
        """An event, as FreeSWITCH sends it of a gateway."""
        said = {"Event-Name": "CUSTOM", "Event-Subclass": "sofia::gateway_state", "Gateway": gateway}
        said |= {"Status": str(status), "Phrase": phrase}
        body = "".join(f"{name}: {quote(value)}\n" for name, value in said.items()).encode() + b"\n"
        head = b"Content-Length: %d\nContent-Type: text/event-plain\n\n" % len(body)
        gevent.spawn(self._send, head + body)

    def _send(self, data: bytes) -> None:
        try:
            self._sock.sendall(data)
        except OSError as error:
            log.debug("event socket: %s", error)

    def _goodbye(self) -> bool:
        text = b"Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"
        self._sock.sendall(
            b"Content-Type: text/disconnect-notice\nContent-Length: %d\n\n%b" % (len(text), text)
        )
        return False

    def _api(self, line: str) -> str:
        name, _, rest = line.partition(" ")
        words = rest.split(" ")
        does = {
            "uuid_kill": self._kill,
            "uuid_setvar": self._set_variable,
            "uuid_getvar": self._get_variable,
            "uuid_recv_dtmf": self._press,
            "uuid_exists": self._exists,
            "module_exists": lambda name="", *_: "true" if name in _MODULES else "false",
            **self._of_trunks(),
        }.get(name)
        if does is None:
            log.warning("event socket: %r is not supported by this switch", line[:100])
            return f"-ERR {name[:64]} command not found!\n"
        return does(*words)

    def _of_trunks(self) -> dict[str, Callable[..., str]]:
        """The commands of the keeper, where this switch has trunks."""
        if self._trunks is None:
            return {}
        reload_lists = self._trunks.reload_lists
        return {"sofia": self._trunks.command, "reloadacl": lambda *_: reload_lists()}

    def _kill(self, uuid: str = "", cause: str = "NORMAL_CLEARING", *rest: str) -> str:
        live = self._find(uuid)
        if live is None:
            return _NO_CHANNEL
        if rest or not re.fullmatch(r"[A-Z_]{1,48}", cause, re.ASCII):
            return "-ERR Unknown hangup cause\n"
        live.kill(cause)
        return "+OK\n"

    def _set_variable(self, uuid: str = "", name: str = "", *value: str) -> str:
        live = self._find(uuid)
        if not _NAME.fullmatch(name):
            return "-USAGE: <uuid> <var> [value]\n"
        if live is None:
            return _NO_CHANNEL
        live.channel.set(name, " ".join(value) or None)
        return "+OK\n"

    def _get_variable(self, uuid: str = "", name: str = "", *rest: str) -> str:
        live = self._find(uuid)
        if rest or not name:
            return "-USAGE: <uuid> <var>\n"
        if live is None:
            return _NO_CHANNEL
        return live.channel.find_variable(name) or "_undef_"

    def _press(self, uuid: str = "", keys: str = "", *rest: str) -> str:
        """Act as if the caller had pressed these keys."""
        live = self._find(uuid)
        if live is None or rest or not keys or not KEYS.issuperset(keys):
            return "-ERR Operation failed\n" if live is None else "-USAGE: <uuid> <dtmf_data>\n"
        for key in keys:
            live.press(key)
        return "+OK\n"

    def _exists(self, uuid: str = "", *_rest: str) -> str:
        return "true" if self._find(uuid) is not None else "false"
