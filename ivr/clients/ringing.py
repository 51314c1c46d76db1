"""A call out over the switch's event socket: dialled, followed until it has ended.

The switch tells of one channel alone, whose id is chosen here, in JSON: its texts are those of a stranger's SIP
messages, and no character of them can begin another header.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import gevent
import gevent.queue
from greenswitch.esl import NotConnectedError

from ivr.clients.switch import HUNG_UP_BY_US, TIMEOUT_S, EventSocket, SwitchUnavailable
from ivr.domain.menu.answered_by import ANSWERED_BY
from ivr.domain.telephones.endings import UNKNOWN_GATEWAY, SwitchWord
from ivr.domain.tickets import ANSWERED_BY_CHANNEL
from ivr.settings import split_host_port

_EVENTS = "CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_ANSWER CHANNEL_HANGUP_COMPLETE BACKGROUND_JOB"
_RINGING = ("CHANNEL_PROGRESS", "CHANNEL_PROGRESS_MEDIA")
# How much longer than a call may last an event of its end may take.
_PATIENCE_S = 60.0
_MOVED = 302
# A call that was not made may have no channel, whose end could be told.
_SETTLING_S = 2.0
# For a switch that is to learn of a new trunk.
_WAITS_S = (1.0, 2.0, 4.0)


class CallLost(SwitchUnavailable):
    """The switch was told to dial, and how the call ends will not be known."""


class NoCallsOut(SwitchUnavailable):
    """The switch has no such commands, as the development switch has none; nothing was dialled."""


class CallOut(Protocol):
    """A call to make: `Dialled`, or a `CallBack`. Times are seconds."""

    @property
    def channel_uuid(self) -> str: ...

    @property
    def ring_s(self) -> int: ...

    @property
    def longest_s(self) -> int: ...

    def command(self) -> str:
        """Raises ValueError."""


class Ringing(Protocol):
    """The part of `Ringer` that calls need."""

    def ring(self, call: CallOut, told: Callable[[str], object]) -> SwitchWord:
        """Raises SwitchUnavailable, CallLost."""


def ring_once_known(
    ringer: Ringing,
    call: CallOut,
    told: Callable[[str], object],
    pause: Callable[[float], object] = time.sleep,
) -> SwitchWord:
    """Make the call, again while the switch does not know its trunk: it is told of a new one a moment after that was
    made. Raises SwitchUnavailable, CallLost."""
    for wait_s in _WAITS_S:
        said = ringer.ring(call, told)
        if said.cause != UNKNOWN_GATEWAY:
            return said
        pause(wait_s)
    return ringer.ring(call, told)


class Ringer:
    """A connection for each call, while it lasts."""

    def __init__(self, address: str, password: Callable[[], str], timeout_s: float = TIMEOUT_S) -> None:
        self._host, self._port = split_host_port(address)
        self._password = password
        self._timeout_s = timeout_s

    def ring(self, call: CallOut, told: Callable[[str], object]) -> SwitchWord:
        """Make the call and wait for its end; `told` hears of `ringing` and `answered` meanwhile. Raises
        SwitchUnavailable or NoCallsOut when nothing was dialled, and CallLost."""
        command, job, lost = call.command(), str(uuid.uuid4()), SwitchUnavailable
        connection = _Follower(self._host, self._port, self._password(), self._timeout_s)
        try:
            with gevent.Timeout(self._timeout_s, SwitchUnavailable(f"no answer in {self._timeout_s:g} s")):
                connection.connect()
                for each in (
                    f"filter Unique-ID {call.channel_uuid}",
                    f"filter Job-UUID {job}",
                    f"event json {_EVENTS}",
                ):
                    _order(connection, each)
            lost = CallLost
            most_s = call.ring_s + call.longest_s + _PATIENCE_S
            with gevent.Timeout(most_s, CallLost("the end of the call was not told")):
                _order(connection, f"bgapi {command}\nJob-UUID: {job}")
                return _follow(connection, told)
        except (OSError, NotConnectedError, ValueError, KeyError) as error:
            raise lost(str(error) or type(error).__name__) from error
        finally:
            connection.close()


def _order(connection: _Follower, command: str) -> None:
    said = str(connection.send(command).data)
    if not said.startswith("+OK"):
        raise NoCallsOut(said)


def _follow(connection: _Follower, told: Callable[[str], object]) -> SwitchWord:
    failed: SwitchWord | None = None
    answered_us = 0
    while True:
        event = connection.next_event(_SETTLING_S if failed else None)
        if event is None:  # no channel was made, or its end comes never
            return failed or SwitchWord("DESTINATION_OUT_OF_ORDER")
        name = event.get("Event-Name")
        if name in _RINGING:
            told("ringing")
        elif name == "CHANNEL_ANSWER":
            told("answered")
            answered_us = _integer(event, "Caller-Channel-Answered-Time")
        elif name == "CHANNEL_HANGUP_COMPLETE":
            return _word_of(event, answered_us)
        elif name == "BACKGROUND_JOB" and not str(event.get("_body", "")).startswith("+OK"):
            failed = SwitchWord(str(event.get("_body", "")).removeprefix("-ERR").strip() or "UNKNOWN")


def _word_of(event: Mapping[str, Any], answered_us: int) -> SwitchWord:
    answered_us = _integer(event, "Caller-Channel-Answered-Time") or answered_us
    hung_up_us = _integer(event, "Caller-Channel-Hangup-Time")
    cause = str(event.get("Hangup-Cause") or event.get("variable_hangup_cause") or "")
    status = _integer(event, "variable_sip_invite_failure_status") or _integer(event, "variable_sip_term_status")
    if event.get("variable_sip_redirected_to") and not answered_us:
        status = _MOVED  # mod_sofia keeps no status of it
    call_id = event.get("variable_ivr_call")
    return SwitchWord(
        cause,
        status or None,
        # Of a 302 mod_sofia has the phrase of its own CANCEL.
        "" if status == _MOVED else str(event.get("variable_sip_invite_failure_phrase") or ""),
        max(0.0, (hung_up_us - answered_us) / 1e6) if answered_us else None,
        str(call_id) if call_id else None,
        cause == HUNG_UP_BY_US,
        bool(event.get("variable_bridge_uuid")),
        who if (who := str(event.get(f"variable_{ANSWERED_BY_CHANNEL}") or "")) in ANSWERED_BY else None,
        str(event.get("variable_originate_disposition") or "") or None,
    )


def _integer(event: Mapping[str, Any], name: str) -> int:
    text = str(event.get(name) or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


class _Follower(EventSocket):
    """Keeps events as JSON, which the base class would read as headers; None ends them."""

    def __init__(self, host: str, port: int, password: str, timeout_s: float) -> None:
        super().__init__(host, port, password, timeout_s)
        self._told: gevent.queue.Queue[dict[str, Any] | None] = gevent.queue.Queue()

    def handle_event(self, event: Any) -> None:
        if event.headers.get("Content-Type") != "text/event-json":
            super().handle_event(event)
            return
        read = json.loads(self._read_socket(self.sock_file, int(event.headers["Content-Length"])))
        if isinstance(read, dict):
            self._told.put(read)

    def receive_events(self) -> None:
        super().receive_events()
        self._told.put(None)

    def next_event(self, timeout_s: float | None) -> dict[str, Any] | None:
        """None: none came in this time. Raises NotConnectedError when the connection is lost."""
        try:
            event = self._told.get(timeout=timeout_s)
        except gevent.queue.Empty:
            return None
        if event is None:
            raise NotConnectedError("the switch closed the connection")
        return event
