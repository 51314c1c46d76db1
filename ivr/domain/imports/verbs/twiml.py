"""TwiML's verbs (https://www.twilio.com/docs/voice/twiml, read 2026-11)."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from ivr.domain.imports.verbs.verb import Verb
from ivr.domain.imports.xml_text import local_name

SOURCE = "twiml"
_KINDS = {
    "Say": "say", "Play": "play", "Pause": "pause", "Gather": "gather", "Dial": "dial", "Record": "record",
    "Redirect": "redirect", "Hangup": "hangup", "Reject": "reject", "Enqueue": "enqueue", "Message": "message",
    "Sms": "message", "Number": "number", "Sip": "sip", "Client": "client", "Conference": "conference",
    "Queue": "queue",
}  # fmt: skip
# Attributes as TwiML calls them, and as the builder does.
_FIELDS = {
    "numDigits": "length", "finishOnKey": "end_keys", "timeout": "timeout", "action": "action", "loop": "loop",
    "callerId": "caller_id", "timeLimit": "max_talk", "hangupOnStar": "star_ends", "record": "record",
    "maxLength": "longest", "playBeep": "tone", "transcribe": "transcribe", "reason": "reason", "to": "to",
    "digits": "digits", "length": "pause", "actionOnEmptyResult": "acts_on_silence", "input": "input",
    "waitUrl": "wait", "language": "language", "voice": "voice",
}  # fmt: skip
_WITH_WORDS = {
    "Say": "text", "Play": "address", "Redirect": "to", "Message": "text", "Sms": "text", "Enqueue": "queue",
}  # fmt: skip


def reads(root: Element) -> bool:
    """Whether this XML is a document of TwiML."""
    return local_name(root) == "Response"


def verbs_of(root: Element) -> list[Verb]:
    """The verbs of a document, in their order."""
    return [_verb(each) for each in root]


def _verb(element: Element) -> Verb:
    name = local_name(element)
    fields = {_FIELDS[each]: value for each, value in element.attrib.items() if each in _FIELDS}
    words = " ".join("".join(element.itertext()).split()) if name in ("Say", "Message", "Sms") else ""
    words = words or " ".join((element.text or "").split())
    if name == "Dial" and words:
        return Verb("dial", name, fields, (Verb("number", "Number", {"to": words}), *map(_verb, element)))
    if name in ("Number", "Sip", "Client", "Conference", "Queue"):
        fields["to"] = words
    elif name in _WITH_WORDS and words:
        fields[_WITH_WORDS[name]] = words
    inside = () if name in ("Say", "Message", "Sms") else tuple(map(_verb, element))
    return Verb(_KINDS.get(name, "unknown"), name, fields, inside)
