"""What came of ringing an agent, as a sentence."""

from __future__ import annotations

from collections.abc import Callable

from admin.http.causes import Who, cause_text, coded
from admin.http.language import number_text, t
from ivr.domain.agents import SILENT_S, TEL, Agent
from ivr.domain.call_records import AgentAttempt
from ivr.domain.numbers import E164, is_e164_form

_NOTHING_LISTENS = 503
_NO_REPLY = ("PROGRESS_TIMEOUT", "RECOVERY_ON_TIMER_EXPIRE")


def heard(attempt: AgentAttempt, agent: Agent) -> bool | None:
    """Whether sound came from whoever answered; None: it is not known."""
    if attempt.result in ("answered_silent", "vanished"):
        return attempt.result == "vanished"
    if attempt.result != "answered" or attempt.uri.startswith(TEL):
        return None
    listened_ms = 1000 * (agent.silent_s or SILENT_S)
    return True if (attempt.talk_ms or 0) > listened_ms else None


def said_of(
    attempt: AgentAttempt,
    agent: Agent,
    host_exists: Callable[[str], bool],
    find_refusal: Callable[[E164], str | None] = lambda number: None,
) -> str:
    """`host_exists` tells it of a SIP address; it is asked where nobody was reached. `find_refusal` tells why a
    number is never rung."""
    match attempt.result:
        case "answered":
            return _answered(attempt, agent)
        case "answered_silent":
            return _answered_silent(attempt, agent)
        case "vanished":
            return t("It answered and was heard, and then sent no sound any more.")
        case "no_answer":
            if attempt.sip_status in (None, 487):
                return t("No answer within %(seconds)s s.", seconds=agent.ring_s)
            return coded(t("Nobody answered: the other side gave up."), attempt.sip_status)
        case "busy":
            return _said_by_code(attempt, attempt.sip_status or 486)
        case "declined":
            return _said_by_code(attempt, attempt.sip_status or 603)
        case "refused":
            return _not_dialled(attempt, find_refusal)
        case "cancelled":
            return t("The call was stopped while it rang.")
        case "unreachable":
            return _unreachable(attempt, agent, host_exists)
    return _error(attempt)


def _said_by_code(attempt: AgentAttempt, status: int) -> str:
    who: Who = "carrier" if attempt.uri.startswith(TEL) else "agent"
    return coded(cause_text(status, attempt.cause, who), status)


def _after(attempt: AgentAttempt) -> str:
    return number_text((attempt.ring_ms or 0) / 1000, 1)


def _answered(attempt: AgentAttempt, agent: Agent) -> str:
    if attempt.uri.startswith(TEL):
        return t("Answered after %(seconds)s s. We said nothing and hung up.", seconds=_after(attempt))
    if heard(attempt, agent):
        return t("Answered after %(seconds)s s; sound came; we hung up.", seconds=_after(attempt))
    return t(
        "Answered after %(seconds)s s. The call ended %(talked)s s later, too early to know whether sound comes.",
        seconds=_after(attempt),
        talked=number_text((attempt.talk_ms or 0) / 1000, 1),
    )


def _answered_silent(attempt: AgentAttempt, agent: Agent) -> str:
    if not agent.silent_s:
        return t(
            "Answered after %(seconds)s s. No sound came within %(silent)s s, which this agent\'s settings allow.",
            seconds=_after(attempt),
            silent=SILENT_S,
        )
    return t(
        "Answered after %(seconds)s s, but no sound came within %(silent)s s. Callers would not be kept there.",
        seconds=_after(attempt),
        silent=agent.silent_s,
    )


def _not_dialled(attempt: AgentAttempt, find_refusal: Callable[[E164], str | None]) -> str:
    if attempt.cause == "no_way_out":
        return t("It was not called: no trunk makes calls out. Make one that has a host and a number.")
    number = attempt.uri.removeprefix(TEL)
    reason = find_refusal(E164(number)) if is_e164_form(number) else None
    if reason is not None:
        return t("It was not called: %(reason)s.", reason=reason)
    return coded(t("It was not called: such numbers are not rung."), attempt.cause)


def _unreachable(attempt: AgentAttempt, agent: Agent, host_exists: Callable[[str], bool]) -> str:
    if attempt.tls is not None:
        return t("Its certificate was not accepted: %(reason)s.", reason=attempt.tls.replace("_", " "))
    is_number = attempt.uri.startswith(TEL)
    if not is_number and not host_exists(attempt.uri):
        return t("The host name does not exist.")
    # FreeSWITCH says 503 itself where nothing listens.
    if attempt.sip_status is not None and attempt.sip_status != _NOTHING_LISTENS:
        return _said_by_code(attempt, attempt.sip_status)
    if is_number:
        return t("The trunk\'s other side does not take calls just now.")
    if attempt.cause in _NO_REPLY:
        return t(
            "No reply at all within %(seconds)s s: nothing listens at this address, or a firewall is in between.",
            seconds=agent.no_progress_s,
        )
    return t("Nothing takes calls at this address just now.")


def _error(attempt: AgentAttempt) -> str:
    if attempt.sip_status is None or attempt.sip_status in (401, 407):
        who: Who = "carrier" if attempt.uri.startswith(TEL) else "agent"
        return cause_text(None, attempt.cause or "", who)
    return _said_by_code(attempt, attempt.sip_status)
