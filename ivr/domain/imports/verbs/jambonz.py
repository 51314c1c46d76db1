"""jambonz' verbs (https://docs.jambonz.org/verbs/overview, read 2026-11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ivr.domain.imports.report import NotReadable
from ivr.domain.imports.shapes import list_in, objects_in
from ivr.domain.imports.verbs.verb import Verb

SOURCE = "jambonz"
_KINDS = {
    "say": "say", "play": "play", "pause": "pause", "gather": "gather", "dial": "dial", "redirect": "redirect",
    "hangup": "hangup", "enqueue": "enqueue", "message": "message", "sip:decline": "reject", "dtmf": "digits",
    "conference": "conference", "answer": "answer", "tag": "tag", "config": "tag",
}  # fmt: skip
_FIELDS = {
    "text": "text", "url": "address", "loop": "loop", "numDigits": "length", "minDigits": "least",
    "maxDigits": "most", "finishOnKey": "end_keys", "timeout": "timeout", "interDigitTimeout": "between",
    "actionHook": "action", "callerId": "caller_id", "timeLimit": "max_talk", "length": "pause", "name": "queue",
    "to": "to", "dtmf": "digits", "status": "status",
}  # fmt: skip


def reads(document: object) -> bool:
    """Whether this JSON is an array of verbs."""
    return isinstance(document, list) and bool(document) and all(_is_verb(each) for each in document)


def verbs_of(document: object) -> list[Verb]:
    """The verbs of an array. Raises NotReadable."""
    if not isinstance(document, list) or not all(_is_verb(each) for each in document):
        raise NotReadable("a document of jambonz is an array of objects that have a verb")
    return [_verb(each) for each in document]


def _is_verb(raw: object) -> bool:
    return isinstance(raw, dict) and isinstance(raw.get("verb"), str)


def _verb(raw: Mapping[str, Any]) -> Verb:
    name = raw["verb"]
    fields = {_FIELDS[each]: _text(value) for each, value in raw.items() if each in _FIELDS and _text(value)}
    if name in ("gather", "dial", "enqueue"):
        fields["goes_on"] = "true"
    notes: list[str] = []
    inside: list[Verb] = []
    if name == "gather":
        # Its hook is asked in silence, too.
        fields = {"timeout": "15", **fields, "acts_on_silence": "true"}
        inside += [_verb({**raw[each], "verb": each}) for each in ("say", "play") if isinstance(raw.get(each), dict)]
        kinds = list_in(raw.get("input"))
        if "speech" in kinds and "digits" in kinds:
            notes.append("callers answer by keys alone")
        if kinds and "digits" not in kinds:
            notes.append("callers answered by speech alone: here no key is offered")
    if name == "dial":
        inside += [_target(each) for each in objects_in(raw.get("target"))]
    if name == "redirect":
        fields["to"] = fields.pop("action", "")
    return Verb(_KINDS.get(name, "unknown"), name, fields, tuple(inside), tuple(notes))


def _target(raw: Mapping[str, Any]) -> Verb:
    kind, to = str(raw.get("type")), str(raw.get("number") or raw.get("sipUri") or raw.get("name") or "")
    return Verb({"phone": "number", "sip": "sip"}.get(kind, "client"), kind, {"to": to})


def _text(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(filter(None, map(_text, value)))
    if isinstance(value, dict):
        return _text(value.get("url"))
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else ""
