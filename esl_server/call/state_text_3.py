"""Format 3 of the call state's text, in which fields have a position and no name. It is only read: for calls that a
worker of the former release began."""

from __future__ import annotations

from esl_server.call.state import CallState, Phase
from esl_server.call.state_parts import decode_attempts, decode_path, decode_prepared
from ivr.domain.menu.moves import Position

_PHASES: dict[str, Phase] = {"q": "asking", "b": "bridging", "n": "keying", "c": "confirming"}


def decode(fields: list[str]) -> CallState:
    """The state of these fields, version and signature taken off; raises ValueError, LookupError or TypeError."""
    (
        call_id, pointer, node, failures, steps, phase, started_ms, answered_ms, asked_ms, take_overs,
        path, attempts, prepared, away_ms, keyed,
    ) = fields  # fmt: skip
    decoded = decode_path(path)
    return CallState(
        call_id=call_id,
        pointer=pointer,
        position=Position(node, int(failures), int(steps)),
        phase=_PHASES[phase],
        started_ms=int(started_ms),
        answered_ms=int(answered_ms),
        asked_ms=int(asked_ms),
        take_overs=int(take_overs),
        path=decoded,
        encoded_path=path,
        encoded_steps=len(decoded),
        attempts=decode_attempts(attempts),
        prepared=decode_prepared(prepared),
        away_ms=int(away_ms),
        keyed=keyed,
    )
