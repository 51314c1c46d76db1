"""The menus of calls under faults, each about one kind of node."""

from __future__ import annotations

from typing import Any

WAIT_S = 2

MENU: dict[str, Any] = {
    "name": "Faults",
    "nodes": {
        "welcome": {
            "audio": "welcome.wav",
            "gather": {"1": "license", "9": "dnc"},
            "timeout_node": "welcome",
            "timeout_s": WAIT_S,
        },
        "license": {"audio": "license.wav", "gather": {"1": "area", "2": "unqualified"}, "timeout_s": WAIT_S},
        "area": {"audio": "area.wav", "gather": {"1": "agent", "2": "unqualified"}, "timeout_s": WAIT_S},
        "agent": {"action": "transfer"},
        "unqualified": {"action": "hangup", "audio": "bye.wav"},
        "dnc": {"action": "suppress"},
    },
}
# Callers hear two messages that continue by themselves: before the first question, and between two.
MESSAGES_MENU: dict[str, Any] = {
    "name": "Faults with messages",
    "nodes": {
        "hello": {"audio": "hello.wav", "next": "ask"},
        "ask": {"audio": "ask.wav", "gather": {"1": "notice", "9": "dnc"}, "timeout_s": WAIT_S},
        "notice": {"audio": "notice.wav", "next": "choose"},
        "choose": {"audio": "choose.wav", "gather": {"1": "agent", "2": "unqualified"}, "timeout_s": WAIT_S},
        "agent": {"action": "transfer"},
        "unqualified": {"action": "hangup", "audio": "bye.wav"},
        "dnc": {"action": "suppress"},
    },
}
# A service is asked before the first question, whose answer changes nothing of the way; another is left a notice.
SERVICES_MENU: dict[str, Any] = {
    "name": "Faults with services",
    "nodes": {
        "look": {
            **{"action": "request", "service": "crm", "send": ["caller"], "save": "crm"},
            **{"next": "offer", "fail_node": "offer"},
        },
        "offer": {"audio": "offer.wav", "gather": {"1": "tell", "2": "unqualified", "9": "dnc"}, "timeout_s": WAIT_S},
        "tell": {
            **{"action": "request", "service": "notices", "send": ["caller"], "wait": False},
            "next": "unqualified",
        },
        "unqualified": {"action": "hangup", "audio": "bye.wav"},
        "dnc": {"action": "suppress"},
    },
}
# Mail and a text message are left behind the question.
MESSAGES_OUT_MENU: dict[str, Any] = {
    "name": "Faults with messages to people",
    "nodes": {
        "pick": {"audio": "pick.wav", "gather": {"1": "post", "2": "unqualified", "9": "dnc"}, "timeout_s": WAIT_S},
        "post": {"action": "send", "to": "mail:office", "text": "{caller} called.", "next": "text_out"},
        "text_out": {"action": "send", "to": "sms:{caller}", "text": "Your link.", "next": "unqualified"},
        "unqualified": {"action": "hangup", "audio": "bye.wav"},
        "dnc": {"action": "suppress"},
    },
}
# Entries of several digits: a pattern, an opt-out that might grow into it, one of a key beside longer ones.
ENTRIES_MENU: dict[str, Any] = {
    "name": "Faults with entries",
    "nodes": {
        "account": {
            **{"audio": "account.wav", "gather": {"X{6}": "code", "9": "dnc"}, "save": "account"},
            **{"timeout_s": WAIT_S, "between_s": 2},
        },
        "code": {
            **{"audio": "code.wav", "gather": {"1": "agent", "2": "unqualified", "25X": "unqualified"}},
            **{"timeout_s": WAIT_S, "between_s": 2},
        },
        "agent": {"action": "transfer"},
        "unqualified": {"action": "hangup", "audio": "bye.wav"},
        "dnc": {"action": "suppress"},
    },
}
# A service's list is gone through; what the caller takes of it must be the element that they heard.
PEOPLE = ("Ann", "Bo", "Cy")
EACH_MENU: dict[str, Any] = {
    "name": "Faults with a list",
    "nodes": {
        "find": {
            **{"action": "request", "service": "people", "send": ["caller"], "save": "found"},
            **{"next": "people", "fail_node": "dnc"},
        },
        "people": {
            **{"action": "each", "list": "found.people", "save": "who", "audio": "one.wav"},
            **{"next": "take", "done_node": "unqualified", "empty_node": "dnc"},
        },
        "take": {"audio": "take.wav", "gather": {"1": "taken", "2": "people", "9": "dnc"}, "timeout_s": WAIT_S},
        "taken": {"switch": "who.name", "case": dict.fromkeys(PEOPLE, "unqualified"), "default": "dnc"},
        "unqualified": {"action": "hangup", "audio": "bye.wav"},
        "dnc": {"action": "suppress"},
    },
}
# Callers leave a message before the question.
RECORDINGS_MENU: dict[str, Any] = {
    "name": "Faults with recordings",
    "nodes": {
        "note": {"action": "record", "save": "said", "max_s": 20, "next": "choose"},
        "choose": {"audio": "choose.wav", "gather": {"1": "agent", "2": "unqualified"}, "timeout_s": WAIT_S},
        "agent": {"action": "transfer"},
        "unqualified": {"action": "hangup", "audio": "bye.wav"},
    },
}
# Callers have one of several people, and then a question.
PEOPLE_MENU: dict[str, Any] = {
    "name": "Faults with people",
    "nodes": {
        "ring": {"action": "transfer", "people": "", "on_agent_hangup": "after", "fallback_node": "nobody"},
        "after": {"audio": "after.wav", "gather": {"2": "unqualified", "9": "dnc"}, "timeout_s": WAIT_S},
        "nobody": {"action": "hangup"},
        "unqualified": {"action": "hangup"},
        "dnc": {"action": "suppress"},
    },
}
# Of calls that we make.
OUTGOING_MENU: dict[str, Any] = {
    "name": "Faults in calls that we make",
    "nodes": {
        "who": {"switch": "call.answered_by", "case": {"machine": "message"}, "default": "ask"},
        "ask": {"audio": "ask.wav", "gather": {"1": "thanks", "9": "dnc"}, "timeout_s": 5},
        "message": {"action": "hangup", "audio": "message.wav"},
        "thanks": {"action": "hangup", "audio": "thanks.wav"},
        "dnc": {"action": "suppress"},
    },
}
# The way depends on a list of numbers, and twice on hours: at the call's beginning and behind a question.
# The caller's language is asked first.
LANGUAGE_MENU: dict[str, Any] = {
    "name": "Faults with languages",
    "languages": ["en", "es"],
    "nodes": {
        "tongue": {"action": "ask_language", "audio": "tongue.wav", "next": "spoken", "timeout_s": WAIT_S,
                   "max_attempts": 3, "remember": True},
        "spoken": {"audio": "spoken.wav", "gather": {"1": "agent", "2": "unqualified", "9": "dnc"},
                   "timeout_s": WAIT_S},
        "agent": {"action": "transfer"},
        "unqualified": {"action": "hangup", "audio": "bye.wav"},
        "dnc": {"action": "suppress"},
    },
}  # fmt: skip
HOURS_MENU: dict[str, Any] = {
    "name": "Faults with hours and lists",
    "nodes": {
        "known": {"switch": "list:known", "case": {"true": "front"}, "default": "door"},
        "door": {"switch": "hours:desk", "case": {"open": "front"}, "default": "night"},
        "front": {"audio": "front.wav", "gather": {"1": "desk", "9": "dnc"}, "timeout_s": WAIT_S},
        "night": {"audio": "night.wav", "gather": {"1": "desk", "9": "dnc"}, "timeout_s": WAIT_S},
        "desk": {"switch": "hours:desk", "case": {"open": "day"}, "default": "late"},
        "day": {"audio": "day.wav", "gather": {"1": "agent", "2": "unqualified"}, "timeout_s": WAIT_S},
        "late": {"audio": "late.wav", "gather": {"1": "agent", "2": "unqualified"}, "timeout_s": WAIT_S},
        "agent": {"action": "transfer"},
        "unqualified": {"action": "hangup", "audio": "bye.wav"},
        "dnc": {"action": "suppress"},
    },
}
