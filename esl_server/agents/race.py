"""Several addresses rung at once: their dial string, and what became of each.

FreeSWITCH runs the race within the caller's one `bridge`: it connects the first that answers (or takes the call) and
cancels the others itself, within a turn of its loop (20 ms). Legs of our own would need a second connection to the
switch, and a worker that is lost would leave them ringing, or two of them with the caller.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from esl_server.agents.dialling import DialTarget, attempt_result
from esl_server.agents.prepare import Headers
from esl_server.switch import bridging
from esl_server.switch.bridged import Bridged
from esl_server.switch.bridging import Bridge, Passwords
from ivr.domain.call_records import AgentAttempt, CallRecord

_WON, _LOST = "NONE", "LOSE_RACE"


def leg_ids(channel_uuid: str, rung_before: int, legs: int) -> list[str]:
    """The ids of the legs of a call that has rung so many before: another worker finds the same ones."""
    return [str(uuid.uuid5(uuid.NAMESPACE_OID, f"{channel_uuid}.{rung_before}.{leg}")) for leg in range(legs)]


def bridge_race(
    targets: Sequence[DialTarget],
    ids: Sequence[str],
    record: CallRecord,
    label: str | None,
    elapsed_s: int,
    ringback: str,
    chosen: Headers = (),
    *,
    again: bool,
    passwords: Passwords,
) -> Bridge:
    """The command that rings them all."""
    legs = []
    for target, leg in zip(targets, ids, strict=True):
        headers = target.headers(record, label, elapsed_s, (), chosen)
        shown = record.ani if target.shown is None else target.shown
        legs.append((leg, bridging.leg_variables(target.dial, shown, headers, passwords), target.dial.dialled))
    ring_s = max(each.dial.ring_s for each in targets)
    return bridging.race(legs, ringback, ring_s, again=again)


def attempts_of_race(
    bridged: Bridged, targets: Sequence[DialTarget], ids: Sequence[str], label: str | None, *, cancelled: bool
) -> list[AgentAttempt]:
    """One for each, the one that was answered last. `cancelled`: the caller left before anybody answered."""
    answered, others = [], []
    for target, leg in zip(targets, ids, strict=True):
        cause = bridged.causes.get(leg)
        if cause == _WON:
            answered.append(target.attempt(bridged, label, None))
            continue
        if cause is None:
            cause = "ORIGINATOR_CANCEL" if cancelled else "DESTINATION_OUT_OF_ORDER"
        result = "elsewhere" if cause == _LOST else attempt_result(cause, cause)
        rang = bridged.ring_ms if result in ("elsewhere", "no_answer", "cancelled") else None
        others.append(
            AgentAttempt(target.uri, result, cause, ring_ms=rang, label=label, person=target.person)
        )
    return [*others, *answered]
