"""The audit log in owners' words: what was done to what, and the name of what it was done to."""

from __future__ import annotations

import re
from collections.abc import Mapping

from admin.http.language import later, t

THINGS = {
    "agent": later("agent"), "alerts": later("alerts"), "bin": later("bin"), "call": later("call"),
    "callback": later("call-back"), "channel": later("channel"), "did": later("number"),
    "dnc": later("do-not-call list"), "draft": later("draft"), "firm": later("firm"), "hours": later("hours"),
    "ivr": later("menu"), "key": later("API key"), "list": later("list"), "mailbox": later("mailbox"),
    "mailed_report": later("report by mail"), "outgoing": later("call out"), "person": later("person"),
    "privacy": later("personal data"), "prompt": later("prompt"), "service": later("service"),
    "session": later("log-in"), "sound": later("sound"), "system_mail": later("mail from Digitree"),
    "telephone": later("telephone"), "test": later("test of a menu"), "test_call": later("test call"),
    "trunk": later("trunk"), "user": later("user"), "voice": later("voice"), "webhook": later("webhook"),
    "words": later("words"), "zone": later("time zone"),
}  # fmt: skip
DEEDS = {
    "add": later("added"), "assign": later("led to a menu"), "cancel": later("cancelled"),
    "change": later("changed"), "choose": later("chosen"), "close": later("ended"), "create": later("made"),
    "delete": later("deleted"), "discard": later("discarded"), "erase": later("erased"), "hangup": later("hung up"),
    "import": later("imported"), "import_done": later("report of the import put away"),
    "language": later("language chosen"), "list": later("list made"),
    "logo": later("logo changed"), "mail_confirm": later("mail address confirmed"), "make": later("made"),
    "move": later("moved"), "open": later("begun"), "password_link": later("link for a new password sent"),
    "password_reset": later("new password set"), "ping": later("tried"),
    "prompt": later("prompt spoken or uploaded"), "publish": later("published"), "put": later("saved"),
    "remove": later("taken off"), "replay": later("sent again"), "restore": later("earlier version restored"),
    "revoke": later("revoked"), "ring": later("rung"), "rotate": later("secret changed"), "save": later("saved"),
    "second_factor": later("second factor changed"), "send": later("sent"), "settle": later("settled"),
    "test": later("tried"), "try": later("tried"), "unassign": later("taken from its menu"),
    "undelete": later("brought back from the bin"), "verify": later("verified"),
}  # fmt: skip
_ID = re.compile(r"[a-z]{2,8}_(?:[a-z]+_)?[0-9a-z]{8,}")


def action_text(action: str) -> str:
    """`ivr.change` -> `menu: changed`; an action that a newer version wrote stays as it is, without its dot."""
    thing, _, deed = action.partition(".")
    if thing not in THINGS:
        return action.replace(".", " ").replace("_", " ")
    return f"{t(THINGS[thing])}: {t(DEEDS.get(deed, deed.replace('_', ' ')))}"


def subject_text(subject: str, names: Mapping[str, str]) -> str:
    """With the names of what has one; ids without one are left out."""
    head, *rest = subject.split("/")
    shown = [names.get(head, "" if _ID.fullmatch(head) or (rest and head in THINGS) else head)]
    shown += [part for part in rest if part != "audio" and not _ID.fullmatch(part)]
    return " › ".join(part for part in shown if part)
