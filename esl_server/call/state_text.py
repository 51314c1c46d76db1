"""The text in which a channel carries its call state: fields by name, a version, a signature.

    4.0;i<call id>;m<menu>:<version>;p<node>.<failures>.<steps>;s<started>;a<answered>;q<asked>;P<path>;...;<signed>

A field is one letter and its value; see `encode_state`. A later minor version may add fields, which are ignored here.
Anything else that changes, a new letter for the result of a step included, needs a new major version: an unknown one
is not taken, and the call begins again. A call is written in the lowest version that can hold it, so that a worker of
the former release takes over whatever it understands: 5 adds variables and counted visits (`v`) and the steps of
switches, what is secret is encrypted (`V`, `K`). The release after next drops format 3 (`state_text_3`).

The signature covers the channel's id: callers cannot forge a state, and none can be moved to another call.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache

from esl_server.call import state_text_3
from esl_server.call.state import CallState, Phase, Signalled
from esl_server.call.state_parts import (
    decode_attempts,
    decode_memory,
    decode_path,
    decode_prepared,
    encode_attempts,
    encode_memory,
    encode_prepared,
)
from esl_server.switch.channel_data import ChannelData
from esl_server.switch.commands import STATE_VARIABLE, State
from ivr.domain.lines.places import read_place
from ivr.domain.menu.moves import Position
from ivr.domain.menu.variables import NOTHING_KNOWN, read_memory
from ivr.domain.verstat import known_verstat
from ivr.secrets import Sealer

log = logging.getLogger(__name__)

_PLAIN_VERSION, _VERSION = "4.0", "5.0"
_ON_CHANNEL = f"variable_{STATE_VARIABLE}"
# `asking`, by far the most frequent phase, has none.
_PHASE_LETTERS: dict[Phase, str] = {
    "bridging": "b", "recording": "r", "keying": "n", "confirming": "c", "waiting": "l",
}  # fmt: skip
_PHASES: dict[str, Phase] = {letter: phase for phase, letter in _PHASE_LETTERS.items()}


def encode_state(state: CallState, channel_uuid: str, secret: bytes) -> State:
    """Text of letters, digits and `:;.,_+-*#` only, which needs no quoting in a command."""
    started_ms = state.started_ms
    node, failures, steps, memory, silences = state.position
    has_memory = memory.values or memory.visits or memory.places
    is_new = state.has_new_steps or state.phase == "recording"
    is_plain = not (has_memory or silences or is_new or state.keyed_is_secret)
    text = (
        f"{_PLAIN_VERSION if is_plain else _VERSION};i{state.call_id};m{state.pointer}"
        f";p{node}.{failures}.{steps}{f'.{silences}' if silences else ''}"
        f";s{started_ms};a{state.answered_ms - started_ms};q{state.asked_ms - started_ms};P{state.path_text}"
    )
    if state.phase != "asking":
        text += f";h{_PHASE_LETTERS[state.phase]}"
    if state.take_overs:
        text += f";t{state.take_overs}"
    if state.attempts:
        text += f";A{encode_attempts(state.attempts)}"
    if state.prepared:
        text += f";R{encode_prepared(state.prepared)}"
    if state.away_ms:
        text += f";w{state.away_ms}"
    if state.keyed:
        text += f";K{_seal(state.keyed, secret)}" if state.keyed_is_secret else f";k{state.keyed}"
    if has_memory:
        text += f";V{_seal(memory.to_text(), secret)}" if memory.secrets else f";v{encode_memory(memory)}"
    if state.signalled is not None:
        text += f";D{_encode_text(state.signalled.did_raw)};C{_encode_text(state.signalled.ani_raw)}"
    if state.verstat is not None:
        text += f";y{state.verstat}"
    if state.trunk is not None:
        text += f";T{state.trunk}"
    if state.rung:
        text += f";g{'.'.join(state.rung)}"
    if state.place is not None:
        text += f";L{state.place.to_text()}"
    return State(sign(text, channel_uuid, secret))


def find_call_state(channel: ChannelData, channel_uuid: str, secret: bytes) -> CallState | None:
    """The state that an earlier worker left on this channel, if any."""
    text = channel.find(_ON_CHANNEL)
    return decode_state(text, channel_uuid, secret) if text else None


def decode_state(text: str, channel_uuid: str, secret: bytes) -> CallState | None:
    """The call state; None when it was not signed for this channel, or is of a format unknown here."""
    body = text.rpartition(";")[0]
    if not hmac.compare_digest(text.encode(), sign(body, channel_uuid, secret).encode()):
        return None
    version, *fields = body.split(";")
    try:
        match version.partition(".")[0]:
            case "4" | "5" as major:
                state = _decode(fields, secret if major == "5" else None)
            case "3":
                state = state_text_3.decode(fields)
            case _:
                log.warning("call state of version %s is unknown: the call begins again", version)
                return None
        if state.pointer:
            int(state.pointer.partition(":")[2])
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        log.error("malformed call state, the call begins again: %r in %s", error, body)
        return None
    return state


def _decode(fields: list[str], secret: bytes | None) -> CallState:
    """`secret` opens what is encrypted in format 5; None: this is format 4."""
    named = {each[:1]: each[1:] for each in fields}
    memory, keyed, keyed_is_secret = NOTHING_KNOWN, named.get("k", ""), False
    if secret is not None:
        memory = decode_memory(named["v"]) if "v" in named else memory
        memory = read_memory(_open(named["V"], secret)) if "V" in named else memory
        keyed, keyed_is_secret = (_open(named["K"], secret), True) if "K" in named else (keyed, False)
    node, failures, steps, *silences = named["p"].split(".")
    started_ms, path = int(named["s"]), decode_path(named["P"])
    return CallState(
        call_id=named["i"],
        pointer=named["m"],
        position=Position(node, int(failures), int(steps), memory, *map(int, silences)),
        phase=_PHASES[named["h"]] if "h" in named else "asking",
        started_ms=started_ms,
        answered_ms=started_ms + int(named["a"]),
        asked_ms=started_ms + int(named["q"]),
        take_overs=int(named.get("t", 0)),
        path=path,
        encoded_path=named["P"],
        encoded_steps=len(path),
        attempts=decode_attempts(named.get("A", "")),
        prepared=decode_prepared(named.get("R", "")),
        away_ms=int(named.get("w", 0)),
        keyed=keyed,
        keyed_is_secret=keyed_is_secret,
        has_new_steps=secret is not None,
        signalled=Signalled(_decode_text(named["D"]), _decode_text(named["C"])) if "D" in named else None,
        verstat=known_verstat(named.get("y")),
        trunk=named.get("T"),
        rung=tuple(named["g"].split(".")) if "g" in named else (),
        place=read_place(named["L"]) if "L" in named else None,
    )


def _encode_text(text: str) -> str:
    return urlsafe_b64encode(text.encode("utf-8", "replace")).decode().rstrip("=")


def _decode_text(text: str) -> str:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


@lru_cache(maxsize=4)
def _sealer(secret: bytes) -> Sealer:
    return Sealer(lambda: secret)


def _seal(text: str, secret: bytes) -> str:
    return _sealer(secret).seal(text).rstrip("=")


def _open(sealed: str, secret: bytes) -> str:
    """Raises ValueError."""
    text = _sealer(secret).find(sealed + "=" * (-len(sealed) % 4))
    if text is None:
        raise ValueError("sealed with another secret")
    return text


def sign(body: str, channel_uuid: str, secret: bytes) -> str:
    signed = _keyed(secret).copy()
    signed.update(f"{channel_uuid};{body}".encode())
    return f"{body};{signed.hexdigest()}"


@lru_cache(maxsize=4)
def _keyed(secret: bytes) -> hashlib.blake2b:
    """A hash with its key: to copy one takes half as long as to make one."""
    return hashlib.blake2b(key=secret[:64], digest_size=16)
