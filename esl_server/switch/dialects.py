"""How a question, a bridge and an end are said to the switch: as any switch understands it, or as costs ours least.

FreeSWITCH makes two events of all the channel's variables for each `execute`, which costs it more than our part of a
call. So where a dialplan of ours says that the channel is prepared for it, there are as few as can be. Nobody else is
asked for more than `sendmsg execute` with its arguments as header lines, `linger` and `getvar`.
"""

from __future__ import annotations

from esl_server.switch.commands import (
    BRIDGE_RESULTS,
    LINGER,
    SILENCE_AFTER_ANSWER_MS,
    STATE_VARIABLE,
    Bridge,
    Gather,
    State,
    checked_cause,
    checked_uuid,
    execute,
    executed,
    set_variable,
)

# Set by a dialplan of ours, with what Executed sets by itself.
PREPARED_VARIABLE = "digitree_api"
# Commands, and how many replies they have.
Commands = tuple[bytes, int]

_STAYS = ("continue_on_fail=true", "hangup_after_bridge=false", "sip_copy_custom_headers=false")
_PREPARE_BRIDGE = b"".join(execute("set", variable) for variable in _STAYS)
_FORGET_BRIDGE = b"".join(execute("unset", name) for name in BRIDGE_RESULTS)
_BRIDGE_RESULTS = b"".join(f"getvar {name}\n\n".encode("ascii") for name in BRIDGE_RESULTS)
_FLUSH = execute("flush_dtmf")
_STATE = STATE_VARIABLE.encode("ascii")
_RINGBACK = b"transfer_ringback"  # what an already answered caller hears (switch_ivr_originate.c)
# The first word of the first prompt is clipped otherwise.
_SILENCE = execute("playback", f"silence_stream://{SILENCE_AFTER_ANSWER_MS}")


class Executed:
    """For every FreeSWITCH, whatever its dialplan."""

    # No key ends a playback of ours.
    answer: Commands = LINGER + execute("answer") + set_variable("playback_terminators", "none") + _SILENCE, 4

    def question(
        self, gather: Gather, variable: bytes, state: State, *, keep_keys: bool, opening: bytes = b""
    ) -> Commands:
        """Store the place, forget earlier keys unless they are kept, play and listen, tell the key. `opening`, whose
        replies are not counted, comes behind the place: who is lost while the call is answered has left that."""
        argument = gather.argument(variable, gather.between_ms)
        asked = b"%bgetvar %b\n\n" % (executed(b"play_and_get_digits", argument), variable)
        place, _ = self.place(state)
        return (place + opening + asked, 3) if keep_keys else (place + opening + _FLUSH + asked, 4)

    def place(self, state: State) -> Commands:
        return executed(b"set", b"%b=%b" % (_STATE, state.encode("ascii"))), 1

    def bridge(self, bridge: Bridge, state: State) -> Commands:
        """Store the place, connect to the agent, tell BRIDGE_RESULTS."""
        place, _ = self.place(state)
        ringback = executed(b"set", b"%b=%b" % (_RINGBACK, bridge.ringback))
        forget, forgotten = _forget(bridge)
        command = place + _PREPARE_BRIDGE + ringback + forget + executed(b"bridge", bridge.dialled) + _BRIDGE_RESULTS
        return command, 3 + len(_STAYS) + forgotten + len(BRIDGE_RESULTS)

    def hangup(self, cause: str) -> Commands:
        return execute("hangup", checked_cause(cause)), 1


class PreparedChannel:
    """The same where our own dialplan has prepared the channel, by API commands, for which FreeSWITCH makes no
    events. An argument is a body: the lines of a command it reads byte by byte, and gives way to other threads after
    each byte."""

    def __init__(self, channel_uuid: str) -> None:
        self._uuid = uuid = checked_uuid(channel_uuid).encode("ascii")
        self.answer: Commands = b"%bapi uuid_answer %b\n\n%b" % (LINGER, uuid, _SILENCE), 3

    def question(
        self, gather: Gather, variable: bytes, state: State, *, keep_keys: bool, opening: bytes = b""
    ) -> Commands:
        """One `execute`: the API commands are called while FreeSWITCH fills in its argument. The `+OK` that comes of
        them stands behind a number, where it means nothing, in quotes, whatever it is."""
        flush = b"" if keep_keys else b"${uuid_flush_dtmf(%b)}" % self._uuid
        place = b"${uuid_setvar(%b %b %b)}" % (self._uuid, _STATE, state.encode("ascii"))
        argument = gather.argument(variable, b"'%b%b%b'" % (gather.between_ms, place, flush))
        return b"%b%bgetvar %b\n\n" % (opening, _with_body(b"play_and_get_digits", argument), variable), 2

    def place(self, state: State) -> Commands:
        return self._set(_STATE, state.encode("ascii")), 1

    def bridge(self, bridge: Bridge, state: State) -> Commands:
        place, _ = self.place(state)
        forget, forgotten = _forget(bridge)
        bridged = _with_body(b"bridge", bridge.dialled)
        command = place + self._set(_RINGBACK, bridge.ringback) + forget + bridged + _BRIDGE_RESULTS
        return command, 3 + forgotten + len(BRIDGE_RESULTS)

    def hangup(self, cause: str) -> Commands:
        return f"sendmsg\ncall-command:hangup\nhangup-cause:{checked_cause(cause)}\n\n".encode("ascii"), 1

    def _set(self, variable: bytes, value: bytes) -> bytes:
        return b"api uuid_setvar %b %b %b\n\n" % (self._uuid, variable, value)


Dialect = Executed | PreparedChannel
EXECUTED = Executed()


def _forget(bridge: Bridge) -> Commands:
    return (_FORGET_BRIDGE, len(BRIDGE_RESULTS)) if bridge.again else (b"", 0)


def _with_body(application: bytes, argument: bytes) -> bytes:
    head = b"sendmsg\ncall-command:execute\nexecute-app-name:" + application
    return b"%b\ncontent-type:text/plain\ncontent-length:%d\n\n%b" % (head, len(argument), argument)
