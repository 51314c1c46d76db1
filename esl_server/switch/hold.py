"""A caller who has the call on hold."""

from __future__ import annotations

import time

from esl_server.switch import bridging, commands
from esl_server.switch.session import Session

_ASK_HOLD = b"".join(commands.getvar(name) for name in commands.HOLD_RESULTS)
_ON_HOLD = frozenset({"recvonly", "inactive"})


def wait_out_hold(session: Session, reply_s: float) -> float | None:
    """The seconds waited until the hold or the call is over, 20 minutes at most; None where there was no hold since
    the note of the last re-INVITE was forgotten."""
    began = time.monotonic()
    on_hold, was_reinvited = _find_hold(session, reply_s)
    if not (on_hold or was_reinvited):
        return None
    while on_hold and not session.hung_up and time.monotonic() - began < bridging.LONGEST_HOLD_S:
        session.request(commands.WAIT_ON_HOLD, 1, reply_s, "hold")
        on_hold, _ = _find_hold(session, reply_s)
    return time.monotonic() - began


def _find_hold(session: Session, reply_s: float) -> tuple[bool, bool]:
    """Whether the call is on hold, and whether the caller's side has changed the session since the last hold."""
    count = len(commands.HOLD_RESULTS)
    flow, address, reinvited = session.request(_ASK_HOLD, count, reply_s, "getvar", wanted=count)
    return flow in _ON_HOLD or address == "0.0.0.0", reinvited == "true"  # noqa: S104 (a caller's, not ours)
