"""A caller whom the agent sends on by REFER.

FreeSWITCH takes the caller out of the bridge and into our dialplan, which connects the call server again; the
agent's leg waits for what comes of it. If the agent may send callers there, the address is rung like any agent: once
it has answered, the agent is told and let go. Else the worker leaves the call, and FreeSWITCH tells the agent so and
connects the two again.
"""

from __future__ import annotations

import logging

from esl_server.call.call import Call, now_ms
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.effects.effect import After
from esl_server.call.effects.transfer import Transfer
from esl_server.switch.bridged import Bridged
from esl_server.switch.printable import printable
from ivr.domain.errors import CallSentOn
from ivr.domain.menu.transfer import TransferNode
from ivr.domain.referral import find_allowed

log = logging.getLogger(__name__)


def continue_referral(
    call: Call, menu: CompiledMenu, node: TransferNode, bridged: Bridged | None, refer_to: str
) -> After:
    """`bridged` is the talk with the agent, `refer_to` the agent's Refer-To. Raises CallerHungUp, or CallSentOn when
    the caller stays with the agent."""
    agent = menu.agent(node)
    allowed = find_allowed(refer_to, agent.may_transfer_to) if agent else None
    call.leg.forget_referral()
    transfer = Transfer(call, menu, node)
    if agent is None or allowed is None or bridged is None:
        log.warning("%s: the agent may not send callers to %s", call.record.call_id, printable(refer_to))
        if bridged is None or bridged.disposition != "SUCCESS":  # sent on before they could talk: the agent is gone
            return transfer.without_agent(call.state.position)
        call.leg.send_back()
        raise CallSentOn
    state, agent_asked_ms = call.state, call.state.asked_ms
    talk = transfer.last_attempt(bridged)
    talk.sent_on_to = allowed
    away_ms = state.away_ms
    target = call.services.agents.sent_on_target(agent, allowed)
    transfer.ringing.has_answered(talk, target)
    attempt = transfer.ringing.ring(target, state.position)
    if call.leg.hung_up or attempt.result == "answered":
        transfer.ringing.has_answered(attempt, target)
        return transfer.after_talk(state.position, attempt)
    log.warning("%s: sent on to %s: %s", call.record.call_id, allowed, attempt.result)
    # The talk with the agent continues: it is recorded at its end, behind this attempt.
    call.record.agent.remove(talk)
    call.record.agent.append(attempt)
    state.away_ms = away_ms + max(0, now_ms() - state.asked_ms)
    call.leg.store_state(call.stand(state.position, agent_asked_ms, "bridging"))
    call.leg.send_back(talk_goes_on=True)
    raise CallSentOn
