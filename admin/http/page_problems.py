"""What the pages say of a refusal: one sentence for each problem code, in the words of the page and its language.

The API's sentences are for those who send requests. Here each code that a page may meet has its own sentence, or the
API's own, with what is said to programs taken out; a limit keeps its numbers. Where one click helps, the page has a
button for it (templates name the code).
"""

from __future__ import annotations

import re
from itertools import pairwise

from admin.http.language import later, t
from admin.http.problems import ApiError
from ivr.domain.problems import Problem

# Code -> the sentence of the page.
SENTENCES: dict[str, str] = {
    # at a field
    "missing": later("Fill this in."),
    "null": later("Fill this in."),
    "extra_forbidden": later("This is not needed here."),
    "unknown_field": later("This is not needed here."),
    "unknown_parameter": later("This address has something in it that this page does not know."),
    "repeated_parameter": later("This address says one thing twice."),
    "bool_type": later("Say yes or no."),
    "bool_parsing": later("Say yes or no."),
    "int_type": later("Write a whole number."),
    "int_parsing": later("Write a whole number."),
    "int_from_float": later("Write a whole number."),
    "int_parsing_size": later("This number is too large."),
    "float_type": later("Write a number."),
    "float_parsing": later("Write a number."),
    "finite_number": later("Write a number."),
    "number_out_of_range": later("This number is too large."),
    "string_type": later("Write a text."),
    "string_unicode": later("This text has a broken character in it. Type it again."),
    "invalid_string": later("This text has a broken character in it. Type it again."),
    "datetime_parsing": later("There is no such time."),
    "datetime_from_date_parsing": later("There is no such time."),
    "invalid_time": later("There is no such time."),
    "invalid_dates": later("These days are not right: the last one comes before the first."),
    "no_such_date": later("There is no such day."),
    "moment_has_passed": later("This moment has passed. Choose a later one."),
    "in_the_past": later("This moment has passed. Choose a later one."),
    "too_far_ahead": later("This is too far ahead. Choose an earlier moment."),
    "unknown_time_zone": later("There is no such time zone. Choose one of the list, such as America/Chicago."),
    "unknown_country": later("There is no such country. Write two letters, such as US."),
    "unknown_preset": later("This preset is not known any more. Choose another one."),
    "not_an_object": later("This is not written as it is needed here. Look at the example in the field."),
    # names that are taken
    **dict.fromkeys(
        (
            *("agent_taken", "channel_taken", "hours_taken", "number_list_taken", "list_taken", "test_taken"),
            *("service_taken", "trunk_taken", "user_taken", "voice_taken"),
        ),
        later("This name is taken. Choose another one."),
    ),
    "did_taken": later("This number belongs to another menu."),
    "dids_bound": later("Callers still reach this menu by its numbers. Take them away first, or confirm below."),
    # what is gone
    "tree_not_found": later("This menu is gone: somebody has deleted it."),
    "version_not_found": later("This version of the menu is not kept any more."),
    "node_not_found": later("This step of the menu is gone: somebody has changed the menu."),
    "place_not_found": later("This step of the menu is gone: somebody has changed the menu."),
    "prompt_not_found": later("This recording is gone."),
    "agent_not_found": later("There is no agent with this name."),
    "hours_not_found": later("There are no hours with this name."),
    "hours_missing": later("There are no hours with this name."),
    "list_not_found": later("There is no list with this name."),
    "list_missing": later("There is no list with this name."),
    "number_list_not_found": later("There is no list with this name."),
    "service_not_found": later("There is no service with this name."),
    "channel_not_found": later("There is no channel with this name."),
    "trunk_not_found": later("There is no trunk with this name."),
    "person_not_found": later("There is nobody with this name."),
    "user_not_found": later("This user is gone."),
    "key_not_found": later("This API key is gone."),
    "session_not_found": later("This log-in has ended already."),
    "webhook_not_found": later("This webhook is gone."),
    "call_not_found": later("There is no such call, or its record is not kept any more."),
    "test_not_found": later("This test is gone."),
    "test_call_not_found": later("This test call is over, and nothing more is known of it."),
    "agent_ring_not_found": later("Nothing more is known of this test."),
    "telephone_not_found": later("This telephone is gone."),
    "telephone_call_not_found": later("Nothing more is known of this call."),
    "outgoing_call_not_found": later("Nothing more is known of this call."),
    "callback_not_found": later("This call-back is gone."),
    "line_not_found": later("There is no line with this name."),
    "sound_not_found": later("This sound is gone."),
    "mailbox_not_found": later("There is no mailbox with this name."),
    "message_not_found": later("This message is gone."),
    "notice_not_found": later("This message is gone."),
    "import_not_found": later("Nothing more is known of this import."),
    "speech_not_found": later("Nothing is being spoken for this menu."),
    "link_not_found": later("This link leads nowhere any more."),
    "voice_not_found": later("There is no such voice. Choose another one."),
    "added_voice_not_found": later("There is no such voice. Choose another one."),
    "not_found": later("There is nothing here."),
    "not_suppressed": later("This number is on no such list."),
    "number_not_listed": later("This number is not on the list."),
    # what comes too late, or does not go now
    "version_replaced": later("Somebody has saved this in the meantime. Load the page again and repeat your change."),
    "callback_settled": later("Somebody has settled this call-back already."),
    "callback_opted_out": later("This caller has asked not to be called."),
    "test_call_over": later("This call is over."),
    "outgoing_call_over": later("This call is over."),
    "call_not_live": later("This call is over."),
    "not_on_this_switch": later("This call is not on the telephone switch of this machine."),
    "not_at_a_question": later("The caller hears no question just now. Try again in a moment."),
    "not_moved": later("The caller could not be moved. Try again in a moment."),
    "agent_being_rung": later("This agent is being rung already."),
    "phone_busy": later("Too many test calls are on just now. Try again in a moment."),
    "phone_unavailable": later("Test calls cannot be made just now: the page Health says why."),
    "switch_unavailable": later("The telephone switch does not reply just now. Try again in a moment."),
    "tts_unavailable": later("No text can be spoken just now. Try again in a moment."),
    "tts_busy": later("Many texts are being spoken just now. Try again in a moment."),
    "speech_engine_failed": later("This voice failed. Try again, or choose another one."),
    "synthesis_failed": later("This voice failed. Try again, or choose another one."),
    "cache_unavailable": later("Nothing was changed: calls would not hear of it just now. Try again in a moment."),
    "saved_not_live": later("It is saved, and calls will hear of it in a moment."),
    "storage_unavailable": later("Nothing can be saved just now, and nothing was changed. Try again in a moment."),
    "storage_full": later("The disk is full, and nothing was changed. Make room on it, then repeat this."),
    "prompt_store_full": later("The disk is full, and nothing was changed. Make room on it, then repeat this."),
    "too_slow": later("This took too long. Try again in a moment."),
    "too_busy": later("Much is going on just now. Try again in a moment."),
    "too_many_streams": later("Too many pages of this kind are open. Close some of them."),
    "conflict": later("Somebody has changed this at the same moment. Load the page again and repeat."),
    "stopping": later("The server is being started again. Try again in a moment."),
    "csrf": later("This page was loaded before you logged in, or is of another site. Load it again and repeat."),
    "foreign_origin": later("This came from another site. Repeat it here."),
    "invalid_cursor": later("This part of the list is gone. Begin with its first page."),
    "too_many_lines": later("This has too many lines. Choose fewer days, or one menu."),
    "too_many_days": later("These days are not right: the last one comes before the first, or they are too many."),
    "nothing_to_speak": later("There is no text here that a voice could speak."),
    "rate_not_supported": later("This voice cannot speak faster or slower."),
    "telephone_not_verified": later("This telephone has to be verified first: it is told a code."),
    "own_user": later("You cannot disable your own account. Another user can."),
    "own_key": later("You cannot revoke the key that you are logged in with."),
    "second_factor_on": later("This user has a second factor already. Remove it first."),
    "no_second_factor": later("This user has no second factor."),
    # in whole files
    "broken_form": later("The file did not arrive whole. Send it again."),
    "body_broken": later("The file did not arrive whole. Send it again."),
    "body_cut_short": later("The file did not arrive whole. Send it again."),
    "body_too_slow": later("The file did not arrive whole. Send it again."),
    "unsupported_media_type": later("This kind of file cannot be read here."),
    "unknown_format": later("This kind of file cannot be read here."),
    "audio_empty": later("This recording has no sound in it."),
    "not_a_bundle": later("This is no file of a menu. Take one that Download made."),
}

_NUMBER = r"([\d,]+)"
# Limits, whose numbers stand in the sentence of the API. Each has the numbers as %(a)s, %(b)s.
_LIMITS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"at least {_NUMBER} characters? needed; this has {_NUMBER}"),
     later("Write at least %(a)s characters; this has %(b)s.")),
    (re.compile(rf"at most {_NUMBER} characters? allowed; this has {_NUMBER}"),
     later("Write at most %(a)s characters; this has %(b)s.")),
    (re.compile(rf"at least {_NUMBER} entr(?:y|ies) needed; this has {_NUMBER}"),
     later("Give at least %(a)s; there are %(b)s.")),
    (re.compile(rf"at most {_NUMBER} entr(?:y|ies) allowed; this has {_NUMBER}"),
     later("Give at most %(a)s; there are %(b)s.")),
    (re.compile(r"at least (-?[\d.,]+) needed; (.*) was given"), later("Take %(a)s or more; this is %(b)s.")),
    (re.compile(r"at most (-?[\d.,]+) allowed; (.*) was given"), later("Take %(a)s or less; this is %(b)s.")),
    (re.compile(rf"{_NUMBER} faults, see errors(.*)"), later("Please correct this:")),
)  # fmt: skip
# What the API's sentences say to programs.
_METHOD = r"\b(?:GET|POST|PUT|PATCH|DELETE) /"
_TO_PROGRAMS = re.compile(
    rf"; (?:send|see|give|leave|use) [^;]*(?:\b[a-z_]+: ?(?:true|false)|[?&][a-z_]+=|{_METHOD})[^;]*"
    rf"|,? or send \?[a-z_]+=\w+|\s*\({_METHOD}[^)]*\)"
)
# Words of the API's fields that people have other words for.
_LABELS: dict[str, str] = {
    "ani": later("Caller"), "did": later("Number"), "name": later("Name"), "uri": later("Address"),
    "targets": later("Address"), "text": later("Text"), "voice": later("Voice"), "number": later("Number"),
    "numbers": later("Numbers"), "from": later("First day"), "to": later("Last day"), "since": later("From"),
    "until": later("Until"), "language": later("Language"), "zone": later("Time zone"), "tz": later("Time zone"),
    "password": later("Password"), "url": later("Address"), "search": later("Search"), "hosts": later("Hosts"),
    "allowed": later("Addresses that calls come from"), "reason": later("Reason"), "address": later("Address"),
    "ivr_id": later("Menu"), "events": later("Events to send"), "scopes": later("Scopes"), "hours": later("Hours"),
    "registrar": later("Registrar"), "username": later("User name"), "country": later("Country"),
    "code": later("Code"), "spelling": later("As it is written"), "groups": later("Groups"),
    "prepare_url": later("Prepare URL"), "seller": later("Seller"), "note": later("Note"),
}  # fmt: skip
_ROOTS = ("query", "path", "headers", "body")


def sentence_of(code: str, message: str) -> str:
    """What the page says of one fault."""
    if code in SENTENCES:
        return t(SENTENCES[code])
    for pattern, text in _LIMITS:
        if found := pattern.fullmatch(message):
            return t(text, a=found[1], b=found[2])
    return _TO_PROGRAMS.sub("", message)


def said_of(error: ApiError) -> str:
    """What the page says of a refusal as a whole."""
    return sentence_of(error.code, error.detail)


def label_of(fault: Problem) -> str:
    """The field of a fault in the words of the page: `/query/ani` -> `Caller`, `/targets/0/uri` -> `Address 1`; ""
    where the fault is of no field."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in fault.pointer.split("/") if part]
    parts = parts[1:] if len(parts) > 1 and parts[0] in _ROOTS else parts
    words = [part for part in parts if not part.isdecimal()]
    places = [str(int(part) + 1) for part in parts if part.isdecimal() and len(part) < 6]
    if not words:
        return ""
    last = words[-1]
    label = t(_LABELS[last]) if last in _LABELS else last.replace("_", " ")
    return " ".join([label[:1].upper() + label[1:], *places[-1:]])


def where(pointer: str) -> str:
    """A JSON pointer for developers: `/targets/0/uri` -> `targets › 1 › uri`. Below `gather` a number is a digit."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")]
    shown = (
        str(int(part) + 1) if re.fullmatch("[0-9]{1,5}", part) and before != "gather" else part
        for before, part in pairwise(parts)
    )
    return " › ".join(shown)
