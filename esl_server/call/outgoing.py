"""A call that we have made, from its answer to the beginning of its menu: who is there, and what the menu is given.

Whom we have called is listened to first (ivr.domain.outgoing.detector), and the menu begins when a person waits for
it, or a machine records. A worker lost meanwhile has stored nothing: the next one begins again.
"""

from __future__ import annotations

import logging
import time

from esl_server.call.call import Call
from esl_server.switch import commands, listening
from esl_server.switch.session import is_unset
from ivr.domain.errors import CallerHungUp
from ivr.domain.menu.answered_by import ANSWERED_BY, ANSWERED_BY_VARIABLE
from ivr.domain.menu.variables import NOTHING_KNOWN, Memory
from ivr.domain.outgoing.detector import SLICE_MS, Detector
from ivr.domain.outgoing_ticket import Outgoing
from ivr.domain.tickets import ANSWERED_BY_CHANNEL, CALL_VARIABLE

log = logging.getLogger(__name__)


def begin_outgoing(call: Call, outgoing: Outgoing) -> Memory:
    """What the menu knows when it begins. The process that dials reads the id of the record and who answered from the
    channel. Raises CallerHungUp."""
    record = call.record
    call.leg.with_next(commands.set_variable(CALL_VARIABLE, record.call_id))
    record.answered_by = _who_answered(call) if outgoing.detects else "unknown"
    call.leg.with_next(commands.set_variable(ANSWERED_BY_CHANNEL, record.answered_by))
    memory = NOTHING_KNOWN
    for name, value in {**outgoing.variables, ANSWERED_BY_VARIABLE: record.answered_by}.items():
        memory = memory.keeping(name, value, is_secret=False)
    return memory


def still_answered_by(call: Call) -> None:
    """After a takeover: who answered is among what the call knows."""
    if call.record.outgoing is not None:
        found = call.position.memory.find(ANSWERED_BY_VARIABLE)
        call.record.answered_by = str(found) if found in ANSWERED_BY else None


def _who_answered(call: Call) -> str:
    leg, detector, began, at_ms = call.leg, Detector(), time.monotonic(), 0.0
    leg.with_next(*listening.find_tones())
    while not detector.done:
        leg.flush_pending()
        command, replies = listening.listen(SLICE_MS)
        waited_s = SLICE_MS / 1000 + listening.REPLY_S
        timed_out, tone = leg.session.request(command, replies, waited_s, "listening", wanted=2)
        if leg.hung_up:
            raise CallerHungUp
        heard = timed_out == "false"
        # A slice without sound takes its whole time, on a switch whose time does not pass, too.
        at_ms = max((time.monotonic() - began) * 1000, at_ms if heard else at_ms + SLICE_MS)
        detector.feed(at_ms, heard=heard, tone=not is_unset(tone))
    leg.with_next(listening.STOP)
    log.info("%s: answered by %s", call.record.call_id, detector.verdict)
    return str(detector.verdict)
