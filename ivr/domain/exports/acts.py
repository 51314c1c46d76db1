"""Nodes that do something: messages, switches, requests, recordings, messages sent, and the ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ivr.domain.conversions import Fate
from ivr.domain.exports.lowering import Lowering, Tongue
from ivr.domain.exports.report import ServiceAddress
from ivr.domain.exports.steps import (
    Answered,
    Branch,
    Called,
    Caller,
    Chance,
    Fetch,
    Keys,
    Piece,
    Record,
    RecordCall,
    Recorded,
    Refuse,
    Remember,
    Source,
    Subject,
    Text,
    Variable,
    Verdict,
    Way,
)
from ivr.domain.menu.callback import CallbackNode
from ivr.domain.menu.cases import SameAs, fits, parse_case
from ivr.domain.menu.each import EachNode
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.gather_fields import KEEP
from ivr.domain.menu.hangup import HangupNode
from ivr.domain.menu.message import MessageNode, next_without_message
from ivr.domain.menu.record import RecordNode
from ivr.domain.menu.reject import RejectNode
from ivr.domain.menu.request import RequestNode
from ivr.domain.menu.send import SendNode
from ivr.domain.menu.send_digits import SendDigitsNode
from ivr.domain.menu.suppress import SuppressNode
from ivr.domain.menu.switch import RANDOM, SwitchNode
from ivr.domain.menu.variables import CALLED, CALLER, COUNT, LANGUAGE, NOTHING_KNOWN, VERSTAT, is_below

_SERVICES = "https://example.com/services/"
_SITE = "https://digitree.example.com"
_END_KEYS = "0123456789*#"


def message(lowering: Lowering, node: MessageNode, name: str, tongue: Tongue) -> None:
    pieces = lowering.pieces(node.audio, node.text, tongue)
    nodes = lowering.menu.nodes
    if node.record_call:
        record = lowering.fresh(name)
        lowering.say(name, pieces, record)
        lowering.put(RecordCall(name=record, next=lowering.to(node.next, tongue)))
        return
    behind = next_without_message(node.next, nodes)
    if pieces and node.barge_in and behind is not None and isinstance(nodes.get(behind), GatherNode):
        lowering.note("no key cuts it: the question behind it listens from its own prompt on")
    if node.type_ahead == KEEP:
        lowering.note("keys that are pressed before it are dropped")
    lowering.say(name, pieces, lowering.to(node.next, tongue))


def switch(lowering: Lowering, node: SwitchNode, name: str, tongue: Tongue) -> None:
    """A branch; what nobody can be asked there takes the way that is right most of the time."""
    name = lowering.said_first(name, lowering.pieces(node.audio, node.text, tongue))
    value = _known_value(lowering, node, tongue)
    if value is not None:
        lowering.say(name, (), lowering.to(_way_of(node, value, lowering.menu.nodes), tongue))
        return
    ways = [
        Way(parse_case(text), lowering.to(target, tongue))
        for text, target in node.case.items()
        if target in lowering.menu.nodes
    ]
    if any(isinstance(way.case, SameAs) for way in ways):
        lowering.note("a list is compared as a whole there, not by its values")
    lowering.put(Branch(name=name, subject=_subject(node), ways=ways, otherwise=lowering.to(node.default, tongue)))


def _known_value(lowering: Lowering, node: SwitchNode, tongue: Tongue) -> str | None:
    """What is compared, where that is settled before the call."""
    if node.hours is not None:
        why = f"the hours {node.hours} are not known there, so it is always open: ask a service in its place"
        lowering.note(why, Fate.NOT_CARRIED)
        return "open"
    if node.list_name is not None:
        why = f"the list {node.list_name} is not known there, so nobody is on it: ask a service in its place"
        lowering.note(why, Fate.NOT_CARRIED)
        return "false"
    return tongue.language if node.switch == LANGUAGE and lowering.menu.languages else None


def _way_of(node: SwitchNode, value: str, nodes: Mapping[str, object]) -> str:
    found = (to for text, to in node.case.items() if to in nodes and fits(parse_case(text), value, NOTHING_KNOWN))
    return next(found, node.default)


def _subject(node: SwitchNode) -> Subject:
    known: dict[str, Subject] = {CALLER: Caller(), CALLED: Called(), RANDOM: Chance(), VERSTAT: Verdict()}
    return known.get(node.switch, Variable(node.switch))


def request(lowering: Lowering, node: RequestNode, name: str, tongue: Tongue) -> None:
    """A request, and the variables that nodes read of its answer."""
    name = lowering.said_first(name, lowering.pieces(node.audio, node.text, tongue))
    service = lowering.around.services.get(node.service)
    if service is None:
        service = ServiceAddress(f"{_SERVICES}{node.service}")
        lowering.note(f"the address of the service {node.service} is to be filled in")
    elif service.proves:
        lowering.note(f"{node.service} gets no headers of its own and no signature from there")
    if not node.wait:
        lowering.note("it is sent at once, and no second time: the call waits for its answer")
    if node.secret:
        lowering.note("what is kept of its answer is shown as anything else is")
    following = lowering.to(node.next, tongue)
    failed = following if not node.wait and node.fail_node is None else lowering.to(node.fail_node, tongue)
    values = _kept(lowering, node, name) if node.wait else {}
    if values:
        keeping = lowering.names.take(f"{name}_answer")
        then = lowering.in_language(values, node.next, tongue, keeping)
        lowering.put(Remember(name=keeping, values=values, next=then))
        following = keeping
    fields = node.send if isinstance(node.send, Mapping) else {each: f"{{{each}}}" for each in node.send}
    lowering.put(
        Fetch(
            name=name, url=service.url, method=service.method, fields=fields, next=following, failed=failed
        )
    )


def _kept(lowering: Lowering, node: RequestNode, name: str) -> dict[str, Source]:
    """What nodes read of the answer."""
    if node.save is None:
        return {}
    read = {*lowering.menu.read, *((LANGUAGE,) if node.save == LANGUAGE else ())}
    values: dict[str, Source] = {}
    for each in sorted(read):
        if is_below(each, node.save):
            counted = each.endswith(COUNT)
            path = each.removesuffix(COUNT) if counted else each
            values[each] = Answered(name, path.removeprefix(node.save).removeprefix("."), counted)
    return values


def each(lowering: Lowering, node: EachNode, name: str, tongue: Tongue) -> None:
    why = f"it goes through no list there: the call goes on as if {node.list} were empty"
    lowering.note(why, Fate.NOT_CARRIED)
    lowering.say(name, (), lowering.to(node.empty_node or node.done_node, tongue))


def record(lowering: Lowering, node: RecordNode, name: str, tongue: Tongue) -> None:
    """A recording, once for each attempt, and the variable that holds its address."""
    if node.mailbox is not None:
        lowering.note(f"it is in no mailbox {node.mailbox}: recordings lie with the account there")
    if node.barge_in and (node.audio is not None or node.text is not None):
        lowering.note("no key cuts what is said before it")
    keys = _END_KEYS if node.end_keys == "any" else "" if node.end_keys == "none" else node.end_keys
    held = [node.save, *((node.link,) if node.link in lowering.menu.read else ())]
    silence = lowering.remembering(dict.fromkeys(held, ""), node.no_input_node or node.next, tongue)
    names = [name, *(lowering.names.take(f"{name}_again") for _ in range(node.max_attempts - 1))]
    for at, own in enumerate(names):
        before: Sequence[Piece] = ()
        if at:
            before = lowering.pieces(node.no_input_audio, node.no_input_text, tongue)
        said = (*before, *lowering.pieces(node.audio, node.text, tongue))
        step = lowering.said_first(own, said)
        keeping = lowering.remembering(dict.fromkeys(held, Recorded(step)), node.next, tongue)
        lowering.put(
            Record(
                name=step,
                max_s=node.max_s,
                silence_s=node.silence_s,
                end_keys=keys,
                tone=node.tone,
                next=keeping,
                silence=names[at + 1] if at + 1 < len(names) else silence,
            )
        )


def send(lowering: Lowering, node: SendNode, name: str, tongue: Tongue) -> None:
    """A text message; mail and chats have no counterpart."""
    kind, _, rest = node.to.partition(":")
    following = lowering.to(node.next, tongue)
    if kind != "sms":
        why = f"nothing is sent to {node.to}: ask a service that sends it in its place"
        lowering.note(why, Fate.NOT_CARRIED)
        lowering.say(name, (), following)
        return
    if node.attach:
        lowering.note("what was attached is not sent")
    whom = rest if rest[:1] in "{+" else rest.partition(":")[2] or f"{{{CALLER}}}"
    failed = lowering.to(node.fail_node, tongue) if node.fail_node is not None else following
    lowering.put(Text(name=name, to=whom, text=node.message or "", next=following, failed=failed))


def send_digits(lowering: Lowering, node: SendDigitsNode, name: str, tongue: Tongue) -> None:
    name = lowering.said_first(name, lowering.pieces(node.audio, node.text, tongue))
    lowering.put(Keys(name=name, keys=node.keys, next=lowering.to(node.next, tongue)))


def callback(lowering: Lowering, node: CallbackNode, name: str, tongue: Tongue) -> None:
    why = "nobody is told to call back: leave the number with a service, or send it by text message, in its place"
    lowering.note(why, Fate.NOT_CARRIED)
    lowering.say(name, lowering.pieces(node.audio, node.text, tongue), lowering.to(node.next, tongue))


def hangup(lowering: Lowering, node: HangupNode, name: str, tongue: Tongue) -> None:
    lowering.say(name, lowering.pieces(node.audio, node.text, tongue), None)


def reject(lowering: Lowering, node: RejectNode, name: str, tongue: Tongue) -> None:
    pieces = lowering.pieces(node.audio, node.text, tongue)
    name = lowering.said_first(name, pieces)
    lowering.put(Refuse(name=name, reason="busy" if node.reason == "busy" else "decline"))


def suppress(lowering: Lowering, node: SuppressNode, name: str, tongue: Tongue) -> None:
    """A request to the list of this installation, then its words and the end."""
    why = (
        "it asks POST /dnc of this installation to put the number on the list, which must be reached from there with "
        "an API key of the scope dnc: put a list of your own in its place if you have one. A caller without a number "
        "cannot key it there"
    )
    lowering.note(why)
    done, failed = lowering.names.take(f"{name}_done"), lowering.names.take(f"{name}_failed")
    said = lowering.pieces(node.audio, node.text, tongue) or [lowering.sentence("opted_out", tongue)]
    lowering.say(done, said, None)
    lowering.say(failed, [lowering.sentence("trouble", tongue)], None)
    lowering.put(
        Fetch(
            name=name,
            url=f"{(lowering.around.site or _SITE).rstrip('/')}/dnc",
            method="POST",
            fields={"number": f"{{{CALLER}}}"},
            next=done,
            failed=failed,
            needs_key=True,
        )
    )


