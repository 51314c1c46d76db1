"""One event-socket session: our server on the other end of a TCP connection, and the channel it controls.

Theory of operation. As in FreeSWITCH's sync mode there is one thread of control: the session reads a command,
runs it to its end, answers, and reads the next. While an application runs the socket is not read, so a server
that dies meanwhile is noticed only afterwards. While no application runs the session waits for the socket and for
the caller at once. A hang-up is sent to a lingering socket before the next command is read: after the reply of
the application that was running, before those of the commands that were pipelined behind it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import gevent
from gevent import socket as gsocket

from devswitch import channel_data, wire
from devswitch.apps import KNOWN_TO_FREESWITCH, QUIET_APPLICATIONS, RUN_AFTER_HANGUP, Application, AppSurroundings
from devswitch.apps_bridge import BRIDGE_APPLICATIONS
from devswitch.apps_conference import CONFERENCE_APPLICATIONS
from devswitch.apps_media import MEDIA_APPLICATIONS
from devswitch.apps_record import RECORD_APPLICATIONS
from devswitch.channel import Channel, Dtmf
from devswitch.expand import atoi, is_true

# FreeSWITCH waits this long for the first command.
_CONNECT_TIMEOUT_S = 25.0
_RECEIVE_BYTES = 16384
_READ_EVENT = 1
# A server that reads nothing from its socket for this long is taken for dead.
_SEND_TIMEOUT_S = 10.0
# However fast the call runs, a lingering server gets this much real time for its last commands.
_LEAST_LINGER_S = 0.25
# FreeSWITCH repeats an application (`loops`) only while each round takes at least this long.
_LEAST_LOOP_MS = 500.0

APPLICATIONS: dict[str, Application] = {
    **QUIET_APPLICATIONS, **MEDIA_APPLICATIONS, **RECORD_APPLICATIONS, **BRIDGE_APPLICATIONS,
    **CONFERENCE_APPLICATIONS,
}  # fmt: skip
_PLAYS = frozenset({"playback", "loop_playback", "play_and_get_digits", "bridge"})
_SENDMSG_HEADERS_WORDS = """
call-command execute-app-name execute-app-arg loops event-lock event-uuid event-uuid-name async content-type
content-length hangup-cause session-id lead-frames hold-bleg event-lock-pri
"""
_SENDMSG_HEADERS = frozenset(_SENDMSG_HEADERS_WORDS.split())
# Commands of FreeSWITCH that the call server never needs on a sync socket: answered plausibly, and a violation.
_UNMODELLED = {
    "api": None,
    "bgapi": None,
    "nixevent": "+OK events nixed",
    "noevents": "-ERR not listening for events",
    "myevents": "+OK Events Enabled",
    "divert_events": "+OK events diverted",
    "sendevent": "+OK",
    "log": "+OK log level",
    "nolog": "-ERR not loging",
    "resume": "+OK",
    "auth": None,
    "userauth": None,
}


@dataclass
class CommandLog:
    """One command and its reply."""

    line: str  # for sendmsg: the application and its argument
    received_ms: float
    answered_ms: float = 0.0
    reply: str = ""


class SocketSession:
    """One session. `run` returns when either side has ended it; the dialplan then continues."""

    def __init__(self, channel: Channel, around: AppSurroundings, sock: gsocket.socket, full: bool = True) -> None:
        self.channel = channel
        self.around = around
        self.commands: list[CommandLog] = []
        self.unknown: list[str] = []
        self.key_to_prompt_ms: list[float] = []
        self.lost = False  # the server went away without `exit`
        self._sock = sock
        self._full = full
        self._parser = wire.CommandParser()
        self._ready: list[wire.Command] = []
        self._running = True
        self._closed = False
        self._linger_s: int | None = None
        self._linger_until_s: float | None = None  # on the machine's monotonic clock
        # In the course of a hang-up the socket is served as in a call.
        self._told_of_hangup = not channel.is_up
        self._key_ended_s: float | None = None
        self._is_filtered = False
        self._events: list[bytes] = []
        self._readable = gevent.get_hub().loop.io(sock.fileno(), _READ_EVENT)

    # -- the loop ----------------------------------------------------------------------------------------------------

    def run(self) -> None:
        try:
            first = self._next_command(_CONNECT_TIMEOUT_S)
            if first is None:
                self._running = False  # the caller hung up before the first command
            else:
                connects = first.verb.lower() == "connect"
                if not connects:
                    self.channel.violation(f"{first.line!r} before connect: FreeSWITCH runs it and answers nothing")
                self._handle(first, silent=not connects)
            while self._running and (command := self._next_command()) is not None:
                self._handle(command)
            self._send(wire.disconnect_notice(self.channel.who.channel_uuid))
        finally:
            self.channel.on_dequeued = None
            self._readable.close()
            self._sock.close()

    def _next_command(self, timeout_s: float | None = None) -> wire.Command | None:
        """The next command, after the notice of a hang-up if there was one. None when the session is over."""
        channel = self.channel
        deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            channel.clock.catch_up()
            channel.take_due()
            if not channel.is_up and not self._told_of_hangup:
                self._told_of_hangup = True
                if not self._tell_of_hangup():
                    return None
            now_s = time.monotonic()
            if self._linger_until_s is not None and now_s >= self._linger_until_s:
                return None
            if self._ready:
                return self._ready.pop(0)
            self._send_events()
            if self._closed:
                self.lost = channel.is_up
                return None
            if deadline_s is not None and now_s >= deadline_s:
                channel.violation(f"no connect within {timeout_s:.0f} s")
                return None
            self._receive(now_s, deadline_s)

    def _receive(self, now_s: float, deadline_s: float | None) -> None:
        """Wait for bytes, for the caller's next act, or for a time-out, whichever is first."""
        channel = self.channel
        waits_s = [until_s - now_s for until_s in (deadline_s, self._linger_until_s) if until_s is not None]
        if channel.is_up and (due_ms := channel.caller.next_at_ms()) is not None:
            waits_s.append((due_ms - channel.clock.now_ms) / 1000)
        self._readable.start(channel.wake.set)
        try:
            channel.wake.wait(max(0.0, min(waits_s)) if waits_s else None)
        finally:
            self._readable.stop()
            channel.wake.clear()
        try:
            self._sock.settimeout(0)
            data = self._sock.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        try:
            self._ready += self._parser.feed(data)
        except wire.CommandTooLarge as error:
            channel.violation(f"command too large: {error}")
            data = b""
        self._closed = not data

    def _tell_of_hangup(self) -> bool:
        """Send the notice of the hang-up; False if the socket is closed at once, since it did not ask to linger."""
        if self._linger_s is None:
            return False
        who, clock = self.channel.who, self.channel.clock
        self._send(wire.linger_notice(who.channel_uuid, who.channel_name, self._linger_s))
        if self._linger_s >= 0:
            # FreeSWITCH compares whole seconds of the wall clock and waits until more than that many have passed.
            left_s = int(clock.wall_s) + self._linger_s + 1 - clock.wall_s
            self._linger_until_s = time.monotonic() + max(left_s / clock.speed, _LEAST_LINGER_S)
        return True

    def _send(self, data: bytes) -> None:
        # FreeSWITCH does not check whether a reply was sent; it notices a lost peer when it next reads.
        try:
            self._sock.settimeout(_SEND_TIMEOUT_S)
            self._sock.sendall(data)
        except OSError:
            self._closed = True

    # -- commands ----------------------------------------------------------------------------------------------------

    def _handle(self, command: wire.Command, silent: bool = False) -> None:
        channel = self.channel
        log = CommandLog(command.line, channel.clock.now_ms)
        self.commands.append(log)
        reply = self._answer_to(command, log)
        log.answered_ms = channel.clock.now_ms
        if isinstance(reply, bytes):
            self._send(reply)
            return
        log.reply = reply or "-ERR command not found"
        if not silent:
            self._send(wire.command_reply(reply))

    def _answer_to(self, command: wire.Command, log: CommandLog) -> str | bytes:
        """The reply's text, or a whole reply in bytes."""
        verb = command.verb.lower()
        if verb != "sendmsg" and (command.headers or command.stray_lines or command.body):
            self.channel.violation(f"{command.line!r} carries more lines: {command.headers} {command.stray_lines}")
        if verb == "exit":
            self._running = False
            return "+OK bye"
        if verb == "connect":
            return self._connect()
        if verb == "getvar":
            if not command.argument:
                self.channel.violation("getvar without a name")
            return self.channel.find_variable(command.argument) or ""
        if verb == "sendmsg":
            return self._sendmsg(command, log)
        if verb in ("linger", "nolinger"):
            return self._linger(verb, command.argument)
        if verb in ("filter", "event"):
            return self._subscribe(verb, command.argument)
        if verb == "api" and (answer := self.channel.api(*command.argument.partition(" ")[::2])) is not None:
            log.reply = answer
            return wire.api_response(answer)
        if verb == "bgapi" and self.channel.dial_in_background(command.argument):
            return "+OK Job-UUID: 00000000-0000-0000-0000-000000000000"
        if verb in _UNMODELLED:
            self.channel.violation(f"{command.line!r} is not expected on a sync socket")
            return _UNMODELLED[verb] or ""
        self.unknown.append(command.line)
        self.channel.violation(f"{command.line!r} is not a command of FreeSWITCH")
        return ""

    def _connect(self) -> bytes:
        channel, clock = self.channel, self.channel.clock
        start_us = channel.who.created_us

        def stamp(at_ms: float | None) -> int:
            return 0 if at_ms is None else start_us + int(at_ms * 1000)

        headers = channel_data.channel_headers(
            channel.who,
            channel.variables,
            answered_us=stamp(channel.answered_ms),
            hangup_us=0 if channel.is_up else stamp(channel.hung_up_ms),
            hangup_cause=channel.hangup_cause,
            now_wall_s=clock.wall_s,
            sequence=channel.who.session_id * 40,
        )
        headers = [(name, channel.header_overrides.get(name, value)) for name, value in headers]
        headers += [
            ("Content-Type", "command/reply"),
            ("Reply-Text", "+OK\n"),
            ("Socket-Mode", "static"),
            ("Control", "full" if self._full else "single-channel"),
        ]
        return wire.connect_reply(headers)

    def _subscribe(self, verb: str, argument: str) -> str:
        """Events of this channel's digits; without the filter they would be those of all channels."""
        if verb == "filter" and argument == f"Unique-ID {self.channel.who.channel_uuid}":
            self._is_filtered = True
            return f"+OK filter added. [Unique-ID]=[{self.channel.who.channel_uuid}]"
        if verb == "event" and argument == "plain DTMF" and self._is_filtered:
            self.channel.on_dequeued = self._note_digit
        else:
            self.channel.violation(f"{f'{verb} {argument}'!r} is not expected on a sync socket")
        return "+OK event listener enabled plain" if verb == "event" else "+OK filter added."

    def _note_digit(self, digit: Dtmf) -> None:
        self._events.append(wire.digit_event(self.channel.who.channel_uuid, digit.key, digit.source))

    def _send_events(self) -> None:
        """FreeSWITCH sends them when it has no command to read."""
        events, self._events = self._events, []
        for event in events:
            self._send(event)

    def _linger(self, verb: str, argument: str) -> str:
        if not self._full:
            self.channel.violation(f"{verb} on a socket without `full`")
            return ""
        if verb == "nolinger":
            self._linger_s = None
            return "+OK will not linger"
        if not argument:
            self._linger_s = -1
            return "+OK will linger"
        self._linger_s = atoi(argument)
        return f"+OK will linger {self._linger_s} seconds"

    # -- sendmsg -----------------------------------------------------------------------------------------------------

    def _sendmsg(self, command: wire.Command, log: CommandLog) -> str:
        channel, headers = self.channel, command.headers
        for name in headers.keys() - _SENDMSG_HEADERS:
            channel.violation(f"sendmsg with a header that FreeSWITCH ignores: {name}: {headers[name]}")
        for line in command.stray_lines:
            channel.violation(f"sendmsg with a line that is not a header: {line!r}")
        target = command.argument.strip() or headers.get("session-id", "")
        if target and target != channel.who.channel_uuid:
            channel.violation(f"sendmsg to another session: {target}")
            return f"-ERR invalid session id [{target}]"
        if is_true(headers.get("async")):
            channel.violation("sendmsg with async in a sync session")
        what = headers.get("call-command", "")
        if what == "execute":
            self._execute(command, log)
        elif what == "hangup":
            log.line = f"hangup {headers.get('hangup-cause', '')}".strip()
            APPLICATIONS["hangup"](channel, self.around, headers.get("hangup-cause", ""))
        else:
            log.line = f"sendmsg {what}".strip()
            channel.violation(f"sendmsg with call-command {what!r}")
            if what not in ("unicast", "nomedia", "xferext"):
                self.unknown.append(log.line)
        return "+OK"

    def _execute(self, command: wire.Command, log: CommandLog) -> None:
        headers = command.headers
        name, arg = headers.get("execute-app-name", ""), headers.get("execute-app-arg", "")
        if not arg and headers.get("content-type", "").lower() == "text/plain":
            arg = command.body
        log.line = f"{name} {arg}".strip()
        if name in _PLAYS:
            self._measure_key_to_prompt()
        for _ in range(max(1, atoi(headers.get("loops", "1")))):
            began_ms = self.channel.clock.now_ms
            if not execute(self.channel, self.around, name, arg):
                self.unknown.append(log.line)
                break
            if not self.channel.is_up or self.channel.clock.now_ms - began_ms < _LEAST_LOOP_MS:
                break
        if name == "play_and_get_digits" and self.channel.find_variable("read_result") == "success":
            self._key_ended_s = time.monotonic()

    def _measure_key_to_prompt(self) -> None:
        if self._key_ended_s is not None:
            self.key_to_prompt_ms.append((time.monotonic() - self._key_ended_s) * 1000)
            self._key_ended_s = None


def execute(channel: Channel, around: AppSurroundings, name: str, arg: str) -> bool:
    """Run one application as FreeSWITCH does; False if none has that name (the caller is then hung up)."""
    name = name.lower()  # FreeSWITCH does not mind capitals
    application = APPLICATIONS.get(name)
    if application is None and name in KNOWN_TO_FREESWITCH:
        channel.violation(f"{name} {arg}: FreeSWITCH has this application, the development switch has not")
        return True
    if application is None:
        channel.violation(f"{name!r} is not an application of FreeSWITCH")
        channel.hang_up("DESTINATION_OUT_OF_ORDER", "switch")
        return False
    if not channel.is_up and name not in RUN_AFTER_HANGUP:
        return True
    expanded = channel.expand(arg)
    if expanded.startswith("%["):
        channel.violation(f"{name} {arg}: variables scoped to one application are not modelled")
    channel.set("current_application_data", expanded)
    channel.set("current_application_response", None)
    channel.set("current_application", name)
    application(channel, around, expanded)
    return True
