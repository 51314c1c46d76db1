"""FreeSWITCH's side of an async event socket, for the libraries that speak only that.

Sizes and order of the events are those of a recorded call: an `execute` is acknowledged at once, then come
CHANNEL_EXECUTE and, when the application is through, CHANNEL_EXECUTE_COMPLETE, each 6-7 kB; a key is a DTMF event
of 2 kB besides. In favour of those libraries the 20 ms are left out that FreeSWITCH takes to start an application in
this mode.
"""

from __future__ import annotations

import time

from benchmarks.load import OK, Call, Generator

_LINES = b"".join(
    b"Caller-Number-%03d: 0\nCaller-Name-%03d: x\nCaller-Detail-%03d: sofia/external/%%2B14805551234%%40127.0.0.1\n"
    % (n, n, n)
    for n in range(26)
)
_VARIABLES = b"".join(b"variable_padding_%03d: %s\n" % (n, b"x" * 18) for n in range(84))
_SMALL = _LINES[: _LINES.index(b"Caller-Number-016")]


def event(name: bytes, call: bytes, body: bytes, tail: bytes = b"") -> bytes:
    """One text/event-plain message."""
    text = b"Event-Name: %b\nUnique-ID: %b\nChannel-Call-UUID: %b\n%b%b\n" % (name, call, call, body, tail)
    return b"Content-Length: %d\nContent-Type: text/event-plain\n\n%b" % (len(text), text)


class AsyncGenerator(Generator):
    socket_mode = b"async"

    def _play(self, call: Call, data: bytes, now: float) -> None:
        for command in data[:-2].split(b"\n\n"):
            self._run(call, command, now)

    def _run(self, call: Call, command: bytes, now: float) -> None:
        if command.startswith(b"exit"):
            self._send(call, b"Content-Type: command/reply\nReply-Text: +OK bye\n\n" + _notice(call, b"disconnect"))
            return
        if not command.startswith(b"sendmsg"):
            self._send(call, OK)
            return
        fields = dict(line.partition(b": ")[::2] for line in command.lower().split(b"\n")[1:])
        application = fields.get(b"execute-app-name", b"hangup")
        app_uuid = fields.get(b"event-uuid", b"00000000-0000-0000-0000-000000000000")
        self._note_prompt(call, now)
        body = _LINES + _VARIABLES
        tail = b"variable_current_application: %b\nApplication: %b\nApplication-UUID: %b\n" % (
            application,
            application,
            app_uuid,
        )
        begun = OK + event(b"CHANNEL_EXECUTE", call.id, body, tail)
        complete = event(b"CHANNEL_EXECUTE_COMPLETE", call.id, body, b"Application-Response: _none_\n" + tail)
        if application == b"play_and_get_digits":
            self._send(call, begun)
            key = next(call.keys, "")
            variable = fields[b"execute-app-arg"].split(b" ")[7]
            answer = b"variable_%b: %b\n" % (variable, key.encode()) if key else b""
            pressed = event(b"DTMF", call.id, _SMALL, b"DTMF-Digit: %b\n" % key.encode()) if key else b""
            done = event(b"CHANNEL_EXECUTE_COMPLETE", call.id, body, answer + tail)
            self._press(call, pressed + done, now)
        elif application == b"hangup":
            self._hang_up(call, begun, complete, body)
        elif application == b"bridge":
            call.outcome = "transfer"
            self._send(call, begun + complete)
        elif application == b"answer":
            self._send(call, begun + event(b"CHANNEL_ANSWER", call.id, body) + complete)
        else:
            self._send(call, begun + complete)

    def _hang_up(self, call: Call, begun: bytes, complete: bytes, body: bytes) -> None:
        ended = b"Hangup-Cause: NORMAL_CLEARING\n"
        messages = [
            begun,
            event(b"CHANNEL_HANGUP", call.id, body, ended),
            complete,
            event(b"CHANNEL_UNPARK", call.id, body),
            event(b"CHANNEL_EXECUTE_COMPLETE", call.id, body, b"variable_current_application: socket\n"),
            event(b"CHANNEL_STATE", call.id, _SMALL, ended) * 2,
            event(b"CHANNEL_HANGUP_COMPLETE", call.id, body + _SMALL, ended),
            _notice(call, b"linger"),
        ]
        self._send(call, b"".join(messages))
        call.outcome = call.outcome or "hangup"
        # For FreeSWITCH the call is over now; when the server closes its socket is the server's affair.
        self._ended += 1
        self.result.done += 1
        self.result.outcomes[call.outcome] = self.result.outcomes.get(call.outcome, 0) + 1
        call.outcome = "over"
        call.began = time.monotonic()

    def _end(self, call: Call) -> None:
        if call.outcome != "over":
            call.outcome = ""
            super()._end(call)


def _notice(call: Call, disposition: bytes) -> bytes:
    return (
        b"Content-Type: text/disconnect-notice\nControlled-Session-UUID: %b\nContent-Disposition: %b\n"
        b"Content-Length: 0\n\n"
    ) % (call.id, disposition)
