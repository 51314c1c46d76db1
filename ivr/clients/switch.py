"""Client of the switch's own event socket: a few commands about one channel, each within a time limit.

greenswitch's InboundESL with the faults of 0.0.19 corrected: every wait has a deadline, the end of the connection
wakes the greenlet that waits, and closing takes no second.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any
from xml.etree import ElementTree

import gevent
from greenswitch.esl import InboundESL, NotConnectedError

from ivr.domain import orders
from ivr.settings import split_host_port

TIMEOUT_S = 3.0
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_CHANNELS = re.compile(r"^(\d+) session\(s\) - peak", re.ASCII | re.MULTILINE)
_ORDER = re.compile(r"[A-Za-z0-9_;-]{1,200}", re.ASCII)
# Trunks belong to the profile that takes calls (sofia.xml).
PROFILE = "sofia profile digitree"
GATEWAY = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)
# The registrar's answer may be under way; in these states but the first FreeSWITCH itself ends no registration.
_MAY_BE_REGISTERED = ("REGED", "REGISTER", "TRYING")
_CAUSE = re.compile(r"[A-Z_]{1,48}", re.ASCII)
# What came of the last bridge; unset while an agent rings.
DISPOSITION = "originate_disposition"
# Microseconds since 1970: of the agent's answer, where the bridge was a success (bridging.BRIDGE_VARIABLES), else of
# the caller's.
ANSWERED = "answered_time"
# What FreeSWITCH calls a hang-up that neither side wanted.
HUNG_UP_BY_US = "MANAGER_REQUEST"


def _contacts(status: str) -> dict[str, str]:
    """Of the gateways that are registered, or may be. Where the status cannot be read, there are none."""
    try:
        found = ElementTree.fromstring(status)  # noqa: S314 - of our own switch
    except ElementTree.ParseError:
        return {}
    return {
        each.findtext("name", ""): contact
        for each in found.iter("gateway")
        if each.findtext("state") in _MAY_BE_REGISTERED and (contact := each.findtext("contact", "").strip("<>"))
    }


class SwitchUnavailable(Exception):
    """The switch's event socket cannot be reached, or refuses the password."""


class Switch:
    """A connection for each command, since they are rare. Raises SwitchUnavailable."""

    def __init__(self, address: str, password: Callable[[], str], timeout_s: float = TIMEOUT_S) -> None:
        self._host, self._port = split_host_port(address)
        self._password = password
        self._timeout_s = timeout_s

    def hang_up(self, channel_uuid: str) -> bool:
        """False when the switch has no such channel."""
        return self._ask(f"uuid_kill {checked(_UUID, channel_uuid)} {checked(_CAUSE, HUNG_UP_BY_US)}")[0]

    def has_channel(self, channel_uuid: str) -> bool:
        return self._say(f"uuid_exists {checked(_UUID, channel_uuid)}")[0] == "true"

    def existing(self, channel_uuids: Sequence[str]) -> set[str]:
        """Which of these channels there are."""
        asked = [each for each in channel_uuids if _UUID.fullmatch(each)]
        said = self._say(*(f"uuid_exists {each}" for each in asked)) if asked else []
        return {each for each, there in zip(asked, said, strict=True) if there == "true"}

    def has_conferences(self) -> bool:
        """Whether the module for talks of more than two is loaded."""
        return self._say("module_exists mod_conference")[0] == "true"

    def give_order(self, channel_uuid: str, order: str) -> bool:
        """Put the order on the channel and end its question; False when the switch has no such channel."""
        uuid = checked(_UUID, channel_uuid)
        return all(
            self._ask(
                f"uuid_setvar {uuid} {orders.VARIABLE} {checked(_ORDER, order)}",
                f"uuid_recv_dtmf {uuid} {orders.KEY}",
            )
        )

    def take_order_back(self, channel_uuid: str) -> bool:
        return self._ask(f"uuid_setvar {checked(_UUID, channel_uuid)} {orders.VARIABLE}")[0]

    def answered_ms(self, channel_uuids: Sequence[str]) -> dict[str, int]:
        """When the talk with an agent began (epoch milliseconds), for those of the channels that have one."""
        asked = [each for each in channel_uuids if _UUID.fullmatch(each)]
        names = (DISPOSITION, ANSWERED)
        said = self._say(*(f"uuid_getvar {each} {name}" for each in asked for name in names)) if asked else []
        told = zip(asked, said[::2], said[1::2], strict=True)
        return {
            each: int(answered) // 1000
            for each, disposition, answered in told
            if disposition == "SUCCESS" and answered.isdigit() and len(answered) < 20
        }

    def reload(self) -> None:
        """Have the switch read its configuration again."""
        self._say("reloadxml")

    def keep_gateways(self, names: Collection[str]) -> dict[str, str]:
        """End the gateways that are not among these, and have the switch read from its file those that it does not
        have yet. Calls on them go on. Returns what those that it has ended were registered as, where it says so."""
        there = set(" ".join(self._say(f"{PROFILE} gwlist up", f"{PROFILE} gwlist down")).split())
        gone = sorted(each for each in there - set(names) if GATEWAY.fullmatch(each))
        registered = _contacts(self._say("sofia xmlstatus gateway")[0]) if gone else {}
        commands = [f"{PROFILE} killgw {each}" for each in gone]
        if set(names) - there:
            commands.append(f"{PROFILE} rescan")
        if commands:
            self._say(*commands)
        return {name: registered[name] for name in gone if name in registered}

    def count_channels(self) -> int:
        """The channels that there are now. `show channels` reads a table that is written a little later."""
        told = _CHANNELS.search(self._say("status")[0])
        if told is None:
            raise SwitchUnavailable("the switch does not say how many channels it has")
        return int(told[1])

    def close_if_idle(self) -> bool:
        """Have the switch refuse new calls (503) and make none, if it has no channel. False: it has one."""
        if self.count_channels():
            return False
        closed = False
        try:
            self._say("fsctl pause")
            closed = not self.count_channels()
        finally:
            if not closed:
                self._say("fsctl resume")
        return closed

    def reload_networks(self) -> None:
        """Have the switch read its access lists again. Raises SwitchUnavailable."""
        if not self._ask("reloadacl")[0]:
            raise SwitchUnavailable("the switch could not read its access lists")

    def _ask(self, *commands: str) -> list[bool]:
        return [text.startswith("+OK") for text in self._say(*commands)]

    def _say(self, *commands: str) -> list[str]:
        connection = EventSocket(self._host, self._port, self._password(), self._timeout_s)
        try:
            with gevent.Timeout(self._timeout_s, SwitchUnavailable(f"no answer in {self._timeout_s:g} s")):
                connection.connect()
                return [str(connection.send(f"api {command}").data).strip() for command in commands]
        except (OSError, NotConnectedError, ValueError, KeyError) as error:
            raise SwitchUnavailable(str(error) or type(error).__name__) from error
        finally:
            connection.close()


def checked(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(f"not allowed in a command to the switch: {text[:80]!r}")
    return text


class EventSocket(InboundESL):
    def receive_events(self) -> None:
        try:
            super().receive_events()
        except (OSError, ValueError, KeyError, NotConnectedError):
            self.connected = False
        # No reply will come: the greenlet that waits for one must wake.
        self.connected = False
        self._auth_request_event.set()
        for waiting in self._commands_sent:
            waiting.set_exception(NotConnectedError("the switch closed the connection"))

    @staticmethod
    def _read_socket(sock: Any, length: int) -> str:
        data = sock.read(length)
        if len(data) < length:
            raise NotConnectedError("the switch closed the connection")
        return str(data.decode("utf-8", "replace"))

    def close(self) -> None:
        self._run = False
        gevent.killall([each for each in (self._receive_events_greenlet, self._process_events_greenlet) if each])
        for name in ("sock_file", "sock"):
            if (opened := getattr(self, name, None)) is not None:
                opened.close()
