"""The verdict on a test of a menu, from the record of its call and the story that the phone was told. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ivr.domain.call_records import CallRecord, Step
from ivr.domain.menu.given import DEFAULT_AGENT
from ivr.domain.menu.listings import OFF
from ivr.domain.menu.variables import text_of
from ivr.domain.menu_tests import Dialled, Expected, Heard, MenuTest, Recorded, Sent, SentBy
from ivr.domain.reports.funnel import visits

# What a call server tells of a test's call: {"what": ...} and what belongs to it.
Story = Sequence[Mapping[str, Any]]

_LONGEST_SHOWN = 400
_HALF_OF_DAY = re.compile(r"\b([ap]) m\b")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one test. `faults` is empty when it passed; `path` are the nodes that the call came to."""

    test_id: str
    name: str
    script: str
    faults: Sequence[str]
    outcome: str | None = None
    path: Sequence[str] = ()
    call_id: str | None = None

    @property
    def passed(self) -> bool:
        return not self.faults

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.test_id,
            "name": self.name,
            "script": self.script,
            "passed": self.passed,
            "faults": list(self.faults),
            "outcome": self.outcome,
            "path": list(self.path),
            "call_id": self.call_id,
        }


def judge(test: MenuTest, record: CallRecord, story: Story = ()) -> Verdict:
    """The test's verdict on its call."""
    path = nodes_of(record.path)
    faults = [
        *_faults_of_way(test.expected, record, path),
        *_faults_of_story(test.expected, record, story),
        *_faults_of_lists(test, story),
    ]
    return Verdict(test.test_id, test.name, test.script, faults, record.outcome, path, record.call_id)


def nodes_of(path: Iterable[Step]) -> list[str]:
    """The nodes of a path in order, once for each visit, and once more for each further attempt at a question."""
    return [stay[0].node for stay in visits(path) for _ in {step.attempt for step in stay}]


def failed(test: MenuTest, fault: str) -> Verdict:
    """The verdict when there is no record to look at."""
    return Verdict(test.test_id, test.name, test.script, [fault])


def _faults_of_way(expected: Expected, record: CallRecord, path: Sequence[str]) -> Iterator[str]:
    if expected.outcome is not None and record.outcome != expected.outcome:
        yield f"the outcome is {record.outcome or 'unknown'}, not {expected.outcome}"
    if expected.node is not None and list(path[-1:]) != [expected.node]:
        yield f"it ends at {path[-1] if path else 'no node'}, not at {expected.node}"
    if expected.path is not None and list(path) != list(expected.path):
        yield f"the way is {_way(path)}, not {_way(expected.path)}"
    if expected.language is not None and record.language != expected.language:
        yield f"the language is {record.language or 'none'}, not {expected.language}"


def _faults_of_story(expected: Expected, record: CallRecord, story: Story) -> Iterator[str]:
    if expected.heard is not None:
        yield from _faults_of_heard(expected.heard, [each for each in story if each["what"] == "heard"])
    for what, many, wanted in (("request", "requests", expected.requests), ("notice", "notices", expected.notices)):
        if wanted is not None:
            sent = [each for each in story if each["what"] == what]
            if not _are_sent(wanted, sent):
                found = ", ".join(_shown(each["service"], each["sent"]) for each in sent) or "none"
                meant = ", ".join(_shown(each.service, each.sent) for each in wanted) or "none"
                yield f"the {many} are {_short(found)}, not {_short(meant)}"
    if expected.recordings is not None:
        kept = [each for each in story if each["what"] == "recorded"]
        if not _are_recorded(expected.recordings, kept):
            found = ", ".join(f"{each['node']}: {each['seconds']} s" for each in kept) or "none"
            meant = ", ".join(_recorded(each) for each in expected.recordings) or "none"
            yield f"the recordings are {_short(found)}, not {_short(meant)}"
    if expected.sent is not None:
        messages = [each for each in story if each["what"] == "sent"]
        if not _are_sent_by(expected.sent, messages):
            found = ", ".join(_message(each) for each in messages) or "none"
            meant = ", ".join(_message(each.to_json()) for each in expected.sent) or "none"
            yield f"the messages are {_short(found)}, not {_short(meant)}"
    if expected.rang is not None:
        rang = [each.person or each.agent or DEFAULT_AGENT for each in record.agent]
        if rang != list(expected.rang):
            yield f"what rang is {', '.join(rang) or 'nobody'}, not {', '.join(expected.rang) or 'nobody'}"
    if expected.dialled is not None:
        rung = [each for each in story if each["what"] == "rang"]
        if not _are_dialled(expected.dialled, rung):
            found = ", ".join(_dialled(each) for each in rung) or "nobody"
            meant = ", ".join(_dialled(each.to_json()) for each in expected.dialled) or "nobody"
            yield f"what is dialled is {_short(found)}, not {_short(meant)}"
    if expected.digits_sent is not None:
        keys = [str(each["keys"]) for each in story if each["what"] == "keys_sent"]
        if keys != list(expected.digits_sent):
            yield f"the keys sent are {', '.join(keys) or 'none'}, not {', '.join(expected.digits_sent) or 'none'}"
    if expected.opted_out is not None:
        is_out = any(each["what"] == "opted_out" for each in story)
        if is_out != expected.opted_out:
            yield f"the caller's number is {'' if is_out else 'not '}on the do-not-call list"


def _faults_of_lists(test: MenuTest, story: Story) -> Iterator[str]:
    given: dict[str, bool | str] = dict.fromkeys(test.given.lists, True)
    now = given | {each["list"]: _given_of(each["given"]) for each in story if each["what"] == "listed"}
    for name, wanted in (test.expected.lists or {}).items():
        found = now.get(name, False)
        if found != wanted and not (wanted is True and found is not False):
            yield f"the list {name}: the caller is {_listed(found)}, not {_listed(wanted)}"


def _given_of(word: str) -> bool | str:
    return {"on": True, OFF: False}.get(word, word)


def _listed(wanted: bool | str) -> str:
    return f"on it for {wanted}" if isinstance(wanted, str) else "on it" if wanted else "off it"


def _faults_of_heard(wanted: Sequence[Heard], heard: Story) -> Iterator[str]:
    at, after = 0, 0
    own = next((each for each in heard if not each.get("system")), None)
    if own is not None and not wanted:
        yield f'"{_short(own["text"])}" is heard at {own["node"]}; nothing should be'
    for each in wanted:
        text = _plain(each.text)
        for later in range(at, len(heard)):
            found = _end_of(text, heard[later], after if later == at else 0)
            if found is not None and each.node in (None, heard[later]["node"]):
                at, after = (later, found) if text else (later + 1, 0)
                break
        else:
            where = f" at {each.node}" if each.node else ""
            rest = "; ".join(f"{one['node']}: {_both(one)}" for one in heard[at:]) or "nothing more"
            yield f'"{each.text}" is not heard{where}, but {_short(rest)}'
            return


def _end_of(text: str, heard: Mapping[str, Any], begins: int) -> int | None:
    """Where it ends in what was heard, as values are or as they are said; None: it was not heard."""
    for form in ("text", "said"):
        found = _plain(heard[form]).find(text, begins)
        if found >= 0:
            return found + len(text)
    return None


def _both(heard: Mapping[str, Any]) -> str:
    """What was heard with its values, and as it is said where that differs."""
    differs = _plain(heard["text"]) != _plain(heard["said"])
    return f"{heard['text']} (said: {heard['said']})" if differs else str(heard["text"])


def _plain(text: str) -> str:
    """Without what is not heard: capitals, stops and more than one blank. `two thirty P M` is `two thirty PM`."""
    letters = "".join(letter if letter.isalnum() else " " for letter in text.casefold())
    return _HALF_OF_DAY.sub(r"\1m", " ".join(letters.split()))


def _are_dialled(wanted: Sequence[Dialled], rung: Story) -> bool:
    return len(wanted) == len(rung) and all(
        one.to == other["to"]
        and one.caller_id in (None, other["caller_id"])
        and _plain(one.whisper or "") in _plain(other["whisper"])
        for one, other in zip(wanted, rung, strict=True)
    )


def _dialled(each: Mapping[str, Any]) -> str:
    caller_id = f" for {each['caller_id']}" if each.get("caller_id") else ""
    whisper = f' with "{each["whisper"]}"' if each.get("whisper") else ""
    return f"{each['to']}{caller_id}{whisper}"


def _are_sent(wanted: Sequence[Sent], sent: Story) -> bool:
    return len(wanted) == len(sent) and all(
        one.service == other["service"]
        and all(_same(value, other["sent"].get(name)) for name, value in one.sent.items())
        for one, other in zip(wanted, sent, strict=True)
    )


def _are_recorded(wanted: Sequence[Recorded], kept: Story) -> bool:
    return len(wanted) == len(kept) and all(
        one.node in (None, other["node"]) and one.seconds in (None, other["seconds"])
        for one, other in zip(wanted, kept, strict=True)
    )


def _recorded(wanted: Recorded) -> str:
    return f"{wanted.node or 'any node'}: {'any length' if wanted.seconds is None else f'{wanted.seconds} s'}"


def _are_sent_by(wanted: Sequence[SentBy], sent: Story) -> bool:
    return len(wanted) == len(sent) and all(
        one.by == other["by"]
        and one.to in (None, other["to"])
        and (one.text is None or one.text in other["text"])
        and one.attach in (None, len(other.get("attach", ())))
        for one, other in zip(wanted, sent, strict=True)
    )


def _message(sent: Mapping[str, Any]) -> str:
    attached = sent.get("attach") or 0
    count = attached if isinstance(attached, int) else len(attached)
    to = f" to {sent['to']}" if sent.get("to") else ""
    words = f' "{sent["text"]}"' if sent.get("text") else ""
    return f"{sent['by']}{to}{words}" + (f" with {count} attached" if count else "")


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, (dict, list)) or isinstance(other, (dict, list)):
        return bool(one == other)
    return _text(one) == _text(other)


def _text(value: Any) -> str:
    return str(value) if isinstance(value, float) else text_of(value)


def _shown(service: str, sent: Mapping[str, Any]) -> str:
    return f"{service} {json.dumps(sent, ensure_ascii=False)}" if sent else service


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _way(path: Sequence[str]) -> str:
    return " > ".join(path) or "nowhere"
