"""What the telephone network reports, in words: one table over SIP status codes and FreeSWITCH's hangup causes.

A cause names a reason, and a reason has one sentence, whoever reports it: `%(who)s` is the carrier, the agent's
server, or the other side. A cause that no table has is said to be unknown. Pure but for the translation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from admin.http.language import later, number_text, t
from ivr.domain.agents import TEL

Who = Literal["carrier", "agent", "other"]

_WHO: dict[Who, str] = {
    "carrier": later("The carrier"),
    "agent": later("The agent's server"),
    "other": later("The other side"),
}
# Reason -> its sentence.
SENTENCES: dict[str, str] = {
    "busy": later("%(who)s said busy."),
    "no_answer": later("Nobody answered."),
    "declined": later("%(who)s declined the call."),
    "no_number": later("The number does not exist."),
    "moved": later("The number has changed."),
    "bad_number": later("The number is not complete, or not in the form that is needed."),
    "unreachable": later("%(who)s cannot reach it."),
    "offline": later("The telephone is switched off, or it is not registered."),
    "no_reply": later("No reply came at all: nothing listens there, or a firewall is in between."),
    "too_slow": later("%(who)s took too long to reply."),
    "overloaded": later("%(who)s has no line free just now."),
    "broken": later("%(who)s has a failure of its own."),
    "login": later("%(who)s asked for a user name and a password and did not take ours."),
    "forbidden": later("%(who)s does not allow this call."),
    "payment": later("%(who)s wants to be paid: look at the account."),
    "no_common_sound": later("Both sides found no form of sound that they both know."),
    "not_understood": later("%(who)s did not understand the call."),
    "loop": later("The call went in a circle."),
    "unwanted": later("Whoever was called does not want such calls."),
    "signature": later("%(who)s does not accept the signature of the caller's number."),
    "certificate": later("The encryption does not hold: its certificate is not accepted."),
    "stopped": later("The call was stopped before an answer."),
    "elsewhere": later("Somebody else answered first."),
    "by_us": later("We ended the call."),
    "longest": later("The call had lasted as long as it may."),
    "no_sound": later("No sound came any more, so the call was ended."),
    "passed_on": later("The call was passed on."),
    "restarted": later("The telephone switch was restarted."),
    "no_trunk": later("It was not called: no trunk makes calls out, or its trunk is away."),
    "settings": later("It was not called: an address in the settings is not right."),
    "over": "",
}
# By RFC 3261 and those that add to it.
SIP: Mapping[int, str] = {
    200: "over",
    **dict.fromkeys((301, 302, 305, 380), "passed_on"),
    400: "not_understood", 401: "login", 402: "payment", 403: "forbidden", 404: "no_number", 405: "not_understood",
    406: "no_common_sound", 407: "login", 408: "too_slow", 410: "moved", 413: "not_understood",
    414: "not_understood", 415: "no_common_sound", 416: "bad_number", 420: "not_understood", 421: "not_understood",
    422: "not_understood", 423: "not_understood", 428: "signature", 429: "signature", 433: "forbidden",
    436: "signature", 437: "signature", 438: "signature", 480: "unreachable", 481: "not_understood", 482: "loop",
    483: "loop", 484: "bad_number", 485: "bad_number", 486: "busy", 487: "stopped", 488: "no_common_sound",
    489: "not_understood", 491: "overloaded", 493: "certificate", 494: "certificate", 500: "broken",
    501: "not_understood", 502: "broken", 503: "overloaded", 504: "too_slow", 505: "not_understood",
    513: "not_understood", 580: "broken", 600: "busy", 603: "declined", 604: "no_number", 606: "no_common_sound",
    607: "unwanted", 608: "unwanted",
}  # fmt: skip
# As switch_types.h names them.
CAUSES: Mapping[str, str] = {
    "NONE": "over", "NORMAL_CLEARING": "over", "NORMAL_UNSPECIFIED": "over", "SUCCESS": "over",
    "UNALLOCATED_NUMBER": "no_number", "DOES_NOT_EXIST_ANYWHERE": "no_number", "NUMBER_CHANGED": "moved",
    "NO_ROUTE_TRANSIT_NET": "unreachable", "NO_ROUTE_DESTINATION": "unreachable",
    "DESTINATION_OUT_OF_ORDER": "unreachable", "NETWORK_OUT_OF_ORDER": "broken", "USER_BUSY": "busy",
    "BUSY_EVERYWHERE": "busy", "NO_ANSWER": "no_answer", "NO_USER_RESPONSE": "no_answer", "NO_PICKUP": "no_answer",
    "ALLOTTED_TIMEOUT": "longest", "SUBSCRIBER_ABSENT": "offline", "USER_NOT_REGISTERED": "offline",
    "CALL_REJECTED": "declined", "DECLINE": "declined", "REJECT_ALL": "declined",
    "INVALID_NUMBER_FORMAT": "bad_number", "EXCHANGE_ROUTING_ERROR": "loop",
    "REDIRECTION_TO_NEW_DESTINATION": "passed_on", "BLIND_TRANSFER": "passed_on",
    "ATTENDED_TRANSFER": "passed_on", "BOWOUT": "passed_on",
    "NORMAL_CIRCUIT_CONGESTION": "overloaded", "SWITCH_CONGESTION": "overloaded",
    "REQUESTED_CHAN_UNAVAIL": "overloaded", "CHANNEL_UNACCEPTABLE": "overloaded", "PRE_EMPTED": "overloaded",
    "NORMAL_TEMPORARY_FAILURE": "broken", "SERVICE_UNAVAILABLE": "broken", "INTERWORKING": "broken",
    "PROTOCOL_ERROR": "broken", "CRASH": "broken", "RECOVERY_ON_TIMER_EXPIRE": "no_reply",
    "PROGRESS_TIMEOUT": "no_reply", "FACILITY_REJECTED": "not_understood",
    "FACILITY_NOT_SUBSCRIBED": "forbidden", "FACILITY_NOT_IMPLEMENTED": "not_understood",
    "SERVICE_NOT_IMPLEMENTED": "not_understood", "OUTGOING_CALL_BARRED": "forbidden",
    "INCOMING_CALL_BARRED": "forbidden", "BEARERCAPABILITY_NOTAUTH": "forbidden",
    "BEARERCAPABILITY_NOTAVAIL": "no_common_sound", "BEARERCAPABILITY_NOTIMPL": "no_common_sound",
    "INCOMPATIBLE_DESTINATION": "no_common_sound", "NOT_ACCEPTABLE": "no_common_sound",
    "CHAN_NOT_IMPLEMENTED": "not_understood", "INVALID_CALL_REFERENCE": "not_understood",
    "INVALID_MSG_UNSPECIFIED": "not_understood", "MANDATORY_IE_MISSING": "login",
    "MANDATORY_IE_LENGTH_ERROR": "not_understood", "MESSAGE_TYPE_NONEXIST": "not_understood",
    "WRONG_MESSAGE": "not_understood", "IE_NONEXIST": "not_understood", "INVALID_IE_CONTENTS": "not_understood",
    "WRONG_CALL_STATE": "not_understood", "RESPONSE_TO_STATUS_ENQUIRY": "not_understood",
    "ACCESS_INFO_DISCARDED": "not_understood", "USER_CHALLENGE": "login",
    "UNWANTED": "unwanted", "NO_IDENTITY": "signature", "BAD_IDENTITY_INFO": "signature",
    "UNSUPPORTED_CERTIFICATE": "signature", "INVALID_IDENTITY": "signature", "STALE_DATE": "signature",
    "ORIGINATOR_CANCEL": "stopped", "LOSE_RACE": "elsewhere", "PICKED_OFF": "elsewhere",
    "MANAGER_REQUEST": "by_us", "SYSTEM_SHUTDOWN": "restarted", "MEDIA_TIMEOUT": "no_sound",
    "SRTP_READ_ERROR": "certificate", "INVALID_GATEWAY": "no_trunk", "GATEWAY_DOWN": "no_trunk",
    "INVALID_URL": "settings", "INVALID_PROFILE": "settings", "no_way_out": "no_trunk",
}  # fmt: skip
# Seconds are told where they are known.
_RANG = {"no_answer": later("Nobody answered within %(seconds)s s.")}
_UNKNOWN = later("Why it ended is not known to this program.")
_UNKNOWN_REFUSAL = later("%(who)s refused the call, for a reason that this program does not know.")
_CODE = re.compile(r" with [1-6]\d\d(?=:)| \((?:(?:SIP )?[1-6]\d\d(?: [^()]*)?|[A-Z][A-Z0-9_]{3,})\)")


def reason_of(sip_status: int | None, cause: str | None) -> str | None:
    """A key of SENTENCES; the status, which the other side gave itself, tells more than the switch's cause. None: no
    table has them."""
    if sip_status is not None:
        found = SIP.get(sip_status)
        # 480 is said for many reasons; the cause may know which.
        if found == "unreachable" and CAUSES.get(cause or "") in ("no_answer", "offline", "no_number"):
            return CAUSES[cause or ""]
        return found
    return CAUSES.get(cause or "NONE")


def cause_text(
    sip_status: int | None, cause: str | None, who: Who = "other", rang_ms: int | None = None
) -> str:
    """The sentence; "" for a call that ended as calls do."""
    reason = reason_of(sip_status, cause)
    name = t(_WHO[who])
    if reason is None:
        return t(_UNKNOWN_REFUSAL, who=name) if sip_status is not None and sip_status >= 300 else t(_UNKNOWN)
    if reason in _RANG and rang_ms:
        return t(_RANG[reason], seconds=number_text(round(rang_ms / 1000)))
    sentence = t(SENTENCES[reason])
    inside = not sentence.startswith("%(who)s")
    return sentence.replace("%(who)s", name[:1].lower() + name[1:] if inside else name)


def coded(sentence: str, code: int | str | None) -> str:
    """The sentence with the code that it stands for in brackets, as the API has it."""
    return f"{sentence.removesuffix('.')} ({code})." if code else sentence


def cause_texts() -> dict[str, str]:
    """The sentence of each cause of the switch, for a script."""
    return {cause: text for cause in CAUSES if (text := cause_text(None, cause))}


def attempt_text(attempt: Mapping[str, Any]) -> str:
    """Of an attempt to reach an agent as the API answers it; "" where its result says all."""
    result, is_number = attempt["result"], attempt["uri"].startswith(TEL)
    if result in ("answered", "answered_silent", "vanished", "elsewhere") or attempt["tls"]:
        return ""
    if result == "refused" and reason_of(None, attempt["cause"]) is None:
        return t("It was not called: such numbers are not rung.")
    who: Who = "carrier" if is_number else "agent"
    return cause_text(attempt["sip_status"], attempt["cause"], who, attempt["ring_ms"])


def plain(said: str) -> str:
    """A sentence of the API without the code that it has in brackets."""
    return _CODE.sub("", said)
