"""How a call out ended, in words: from what the switch says of its channel. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.domain.number_text import shown
from ivr.domain.telephones.model import RING_S, RingEnd, RingResult

UNKNOWN_GATEWAY = "INVALID_GATEWAY"
_BUSY = {"USER_BUSY"}
_NO_ANSWER = {"NO_ANSWER", "NO_USER_RESPONSE", "ALLOTTED_TIMEOUT", "PROGRESS_TIMEOUT"}
_BY_STATUS: dict[int, tuple[RingResult, str]] = {
    401: ("refused", "the carrier did not take the trunk's user name and password"),
    402: ("refused", "the carrier wants to be paid first"),
    403: ("refused", "the carrier does not allow this call; look at its rules for calls out, the number that is "
          "called from, and the addresses that it knows"),
    404: ("refused", "the carrier does not know this number"),
    407: ("refused", "the carrier did not take the trunk's user name and password"),
    408: ("no_answer", "nobody answered"),
    410: ("refused", "this number is not in use any more"),
    480: ("no_answer", "the telephone cannot be reached just now, or nobody answered"),
    484: ("refused", "the carrier takes the number for incomplete; look at the trunk's form of numbers"),
    486: ("busy", "the telephone is busy"),
    487: ("no_answer", "nobody answered"),
    488: ("refused", "the carrier does not take our sound; look at the trunk's SRTP"),
    600: ("busy", "the telephone is busy"),
    603: ("declined", "the call was declined"),
    604: ("refused", "the carrier does not know this number"),
}  # fmt: skip
_BY_CAUSE: dict[str, str] = {
    UNKNOWN_GATEWAY: "the switch does not know this trunk yet; try again in a moment",
    "GATEWAY_DOWN": "the trunk is down: its other side does not answer, or did not let it register",
    "NETWORK_OUT_OF_ORDER": "the trunk's other side does not answer",
    "RECOVERY_ON_TIMER_EXPIRE": "the trunk's other side does not answer",
    "DESTINATION_OUT_OF_ORDER": "the trunk's other side does not answer",
    "NORMAL_TEMPORARY_FAILURE": "the trunk's other side cannot be reached",
}
_PHRASE = 60


@dataclass(frozen=True, slots=True)
class SwitchWord:
    """What the switch says when it is over: a hang-up cause by name, the status and phrase of a refusal, seconds from
    the answer (None: there was none), our id of the call, whether the switch hung up on our order, whether it was
    connected to another channel, who answered where that was looked for, and why it was connected to nobody (a cause)
    where it should have been."""

    cause: str
    status: int | None = None
    phrase: str = ""
    talked_s: float | None = None
    call_id: str | None = None
    ordered: bool = False
    bridged: bool = False
    answered_by: str | None = None
    not_bridged: str | None = None


def end_of(said: SwitchWord) -> RingEnd:
    """The end of the call; the reason is a sentence without its full stop."""
    if said.talked_s is not None:
        return RingEnd(
            "answered",
            "it was answered",
            talked_s=said.talked_s,
            call_id=said.call_id,
            answered_by=said.answered_by,
        )
    if said.ordered:
        return RingEnd("hung_up", "it was hung up before somebody answered", said.status)
    if said.cause in _NO_ANSWER and said.status in (None, 487):
        return RingEnd("no_answer", f"nobody answered within {RING_S} seconds", None)
    if said.status is not None and said.status >= 300:
        result, words = _by_status(said.status)
        phrase = f" {shown(said.phrase[:_PHRASE])}" if said.phrase else ""
        return RingEnd(result, f"{words} (SIP {said.status}{phrase})", said.status)
    if said.cause in _BUSY:
        return RingEnd("busy", "the telephone is busy")
    return RingEnd("unreachable", _BY_CAUSE.get(said.cause, f"it could not be made ({shown(said.cause[:_PHRASE])})"))


def worth_another(end: RingEnd) -> bool:
    """Whether another host of the trunk may do better: this one is away, or in trouble of its own."""
    return end.result == "unreachable"


def _by_status(status: int) -> tuple[RingResult, str]:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status < 400:
        return "refused", "the carrier names another address to call, and calls go over the trunk alone"
    return ("unreachable", "the carrier is in trouble") if 500 <= status < 600 else ("refused", "it was refused")
