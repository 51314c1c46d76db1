"""The signature of the caller's number, where a call has one and no carrier that is believed has judged it."""

from __future__ import annotations

from esl_server.call.call import Call
from esl_server.switch.carrier_word import identity_of
from ivr.domain.identity import SignedCall
from ivr.domain.verstat import Verstat


def check_signature(call: Call) -> None:
    """Begin the check; its verdict is that of the call from when it is there. What is signed is the moment, too, so
    only a call that begins is checked."""
    record, checks = call.record, call.services.identities
    if not checks.is_on or record.verstat is not None or record.ani is None or record.test:
        return
    tokens = identity_of(call.leg.channel)
    if not tokens:
        return

    def tell(verdict: Verstat) -> None:
        if record.ended_at is None:
            record.verstat = call.state.verstat = verdict

    checks.check(tokens, SignedCall(record.ani, record.did, record.started_at.timestamp()), record.call_id, tell)
