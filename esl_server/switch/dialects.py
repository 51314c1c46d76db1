"""The commands for a question, a bridge and a hang-up, in the cheapest form that each switch understands.

FreeSWITCH makes two events with all channel variables for each `execute`, which costs it more than the call server's
part of a call. A channel prepared by Digitree's dialplan therefore gets as few `execute` commands as possible. Every
other switch gets only `sendmsg execute` with its arguments in header lines, `linger` and `getvar`.
"""

from __future__ import annotations

from functools import lru_cache

from esl_server.switch.bridging import BRIDGE_RESULTS, BRIDGE_VARIABLES, RACE_RESULT, Bridge
from esl_server.switch.commands import (
    FLUSH_DIGITS,
    LINGER,
    SILENCE_AFTER_ANSWER_MS,
    STATE_VARIABLE,
    TIME_OVER,
    Gather,
    State,
    checked_cause,
    checked_uuid,
    execute,
    executed,
    execution,
    report_sources,
    set_variable,
)

# Set by Digitree's dialplan together with the variables that `Executed` sets itself.
PREPARED_VARIABLE = "digitree_api"
# Commands and the number of their replies.
Commands = tuple[bytes, int]

_STAYS = ("continue_on_fail=true", "hangup_after_bridge=false", "sip_copy_custom_headers=false", *BRIDGE_VARIABLES)
_FORGET_BRIDGE = b"".join(execute("unset", name) for name in BRIDGE_RESULTS)
_BRIDGE_RESULTS = b"".join(f"getvar {name}\n\n".encode("ascii") for name in BRIDGE_RESULTS)
_RACE_RESULT = f"getvar {RACE_RESULT}\n\n".encode("ascii")
_BRIDGE_VARIABLES = ";".join(BRIDGE_VARIABLES).encode("ascii")
_STATE = STATE_VARIABLE.encode("ascii")
_RINGBACK = b"transfer_ringback"  # used for calls that are answered already (switch_ivr_originate.c)
# Of a call's commands in their executed form, the parts that are the same in every call.
_STORE = b"%b%b=" % (execution(b"set"), _STATE)
_PLAY_AND_GET_DIGITS = execution(b"play_and_get_digits")
_BRIDGE = execution(b"bridge")
_PREPARE_BRIDGE = execution(b"multiset") + " ".join(_STAYS).encode("ascii") + b" %b=" % _RINGBACK
# Without it the first word of the first prompt is clipped. A key ends `sleep` and stays in the queue, where the first
# question finds it; `playback` would drop it. Without the variable `sleep` sends no packets.
_SENDS_SILENCE = b"send_silence_when_idle"
# Takes the replies of FreeSWITCH's scheduler.
_CLOCK = b"ivr_clock"
_SILENCE = execute("sleep", str(SILENCE_AFTER_ANSWER_MS))


class Executed:
    """For every FreeSWITCH, whatever its dialplan."""

    # No digit ends a playback.
    answer: Commands = (
        LINGER
        + execute("answer")
        + set_variable("playback_terminators", "none")
        + executed(b"set", b"%b=-1" % _SENDS_SILENCE)
        + _SILENCE
        + executed(b"unset", _SENDS_SILENCE),
        6,
    )
    report_sources: Commands = b"", 0
    stop_clock: Commands = executed(b"set", _CLOCK + b"=${sched_del(${uuid})}"), 1

    def question(
        self,
        gather: Gather,
        variable: bytes,
        state: State,
        *,
        keep_digits: bool,
        opening: bytes = b"",
        limit_s: int = 0,
    ) -> Commands:
        """Store the call state, drop queued digits unless `keep_digits`, play and listen, read the digit. `opening`,
        whose replies are not counted, follows the state: a worker lost while the call is answered has stored it.
        TIME_OVER is pressed after `limit_s`, 0: never."""
        asked = gather.argument(variable, gather.between_ms)
        before, replies = (b"", 3) if keep_digits else (FLUSH_DIGITS, 4)
        if limit_s:
            before += executed(b"set", b"%b=%b" % (_CLOCK, _press_later(b"${uuid}", limit_s)))
            replies += 1
        command = b"%b%b\n\n%b%b%b%b\n\ngetvar %b\n\n" % (
            _STORE, state.encode("ascii"), opening, before, _PLAY_AND_GET_DIGITS, asked, variable,
        )  # fmt: skip
        return command, replies

    def store_state(self, state: State) -> Commands:
        return b"%b%b\n\n" % (_STORE, state.encode("ascii")), 1

    def bridge(self, bridge: Bridge, state: State) -> Commands:
        """Store the call state, connect to the agent, read BRIDGE_RESULTS, of a race RACE_RESULT, too."""
        stored, _ = self.store_state(state)
        forget, forgotten = _forget(bridge)
        command = b"%b%b%b\n\n%b%b%b\n\n%b" % (
            stored, _PREPARE_BRIDGE, bridge.ringback, forget, _BRIDGE, bridge.dialled, _results(bridge),
        )  # fmt: skip
        return command, 3 + forgotten + len(BRIDGE_RESULTS) + bridge.is_race

    def hangup(self, cause: str) -> Commands:
        return _executed_hangup(cause), 1


class PreparedChannel:
    """For a channel prepared by Digitree's dialplan: API commands, for which FreeSWITCH makes no events. Arguments
    are sent as a body, because FreeSWITCH reads header lines byte by byte and yields to other threads after each
    byte."""

    def __init__(self, channel_uuid: str) -> None:
        self._uuid = uuid = checked_uuid(channel_uuid).encode("ascii")
        sends, sends_no_more = self._set(_SENDS_SILENCE, b"-1"), self._set(_SENDS_SILENCE, b"")
        answer = b"api uuid_answer %b\n\n" % uuid
        self.answer: Commands = LINGER + answer + sends + _SILENCE + sends_no_more, 5
        self.report_sources: Commands = report_sources(channel_uuid), 2
        self.stop_clock: Commands = b"api sched_del %b\n\n" % uuid, 1
        self._prepare_bridge = b"api uuid_setvar_multi %b %b" % (uuid, _BRIDGE_VARIABLES)

    def question(
        self,
        gather: Gather,
        variable: bytes,
        state: State,
        *,
        keep_digits: bool,
        opening: bytes = b"",
        limit_s: int = 0,
    ) -> Commands:
        """One `execute`: FreeSWITCH runs the API commands while it expands the argument. Their `+OK` follows a
        number, where it is ignored; quotes keep any reply in one argument."""
        flush = b"" if keep_digits else b"${uuid_flush_dtmf(%b)}" % self._uuid
        stored = b"${uuid_setvar(%b %b %b)}" % (self._uuid, _STATE, state.encode("ascii"))
        clock = _press_later(self._uuid, limit_s) if limit_s else b""
        argument = gather.argument(variable, b"'%b%b%b%b'" % (gather.between_ms, stored, flush, clock))
        return b"%b%bgetvar %b\n\n" % (opening, _with_body(b"play_and_get_digits", argument), variable), 2

    def store_state(self, state: State) -> Commands:
        return self._set(_STATE, state.encode("ascii")), 1

    def bridge(self, bridge: Bridge, state: State) -> Commands:
        stored, _ = self.store_state(state)
        forget, forgotten = _forget(bridge)
        bridged = _with_body(b"bridge", bridge.dialled)
        prepared = b"%b;%b=%b\n\n" % (self._prepare_bridge, _RINGBACK, bridge.ringback)
        command = stored + prepared + forget + bridged + _results(bridge)
        return command, 3 + forgotten + len(BRIDGE_RESULTS) + bridge.is_race

    def hangup(self, cause: str) -> Commands:
        return _prepared_hangup(cause), 1

    def _set(self, variable: bytes, value: bytes) -> bytes:
        return b"api uuid_setvar %b %b %b\n\n" % (self._uuid, variable, value)


Dialect = Executed | PreparedChannel
EXECUTED = Executed()


def _press_later(uuid: bytes, limit_s: int) -> bytes:
    """FreeSWITCH presses TIME_OVER itself, as long as the channel lives. Its scheduler counts whole seconds, and may
    be one early."""
    press = b"sched_api(+%d %b uuid_recv_dtmf %b %b)" % (limit_s + 1, uuid, uuid, TIME_OVER.encode("ascii"))
    return b"${sched_del(%b)}${%b}" % (uuid, press)


def _results(bridge: Bridge) -> bytes:
    return _BRIDGE_RESULTS + _RACE_RESULT if bridge.is_race else _BRIDGE_RESULTS


def _forget(bridge: Bridge) -> Commands:
    return (_FORGET_BRIDGE, len(BRIDGE_RESULTS)) if bridge.again else (b"", 0)


@lru_cache(maxsize=64)
def _executed_hangup(cause: str) -> bytes:
    return execute("hangup", checked_cause(cause))


@lru_cache(maxsize=64)
def _prepared_hangup(cause: str) -> bytes:
    return f"sendmsg\ncall-command:hangup\nhangup-cause:{checked_cause(cause)}\n\n".encode("ascii")


def _with_body(application: bytes, argument: bytes) -> bytes:
    head = b"sendmsg\ncall-command:execute\nexecute-app-name:" + application
    return b"%b\ncontent-type:text/plain\ncontent-length:%d\n\n%b" % (head, len(argument), argument)
