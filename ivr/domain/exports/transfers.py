"""Transfers: a number, a SIP address, an agent, people, or their waiting line."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.domain.conversions import Fate
from ivr.domain.exports.lowering import Lowering, Tongue
from ivr.domain.exports.steps import NOT_REACHED, REACHED, Branch, Queue, Rang, Ring, Way
from ivr.domain.menu.cases import Exact
from ivr.domain.menu.moves import GoTo, Position
from ivr.domain.menu.transfer import TransferNode, agent_hung_up, nobody
from ivr.domain.menu.transfer_fields import ALL, ANSWERED, CALLERS_OWN, IN_TURN
from ivr.domain.menu.transfer_fields import NOT_REACHED as RESULTS

# What whoever is rung, or waits, does not meet there.
_LEFT_OUT: Mapping[str, str] = {
    "headers": "who is rung gets none of its headers",
    "outcome": "the outcome is told to nobody",
    "hold_audio": "callers hear the ringing tone, or the music of the line there",
    "whisper_audio": "who answers hears no whisper",
    "whisper_text": "who answers hears no whisper",
    "accept_key": "who answers has the caller at once, without a key: mind answering machines",
    "end_key": "no key of the caller ends the talk",
    "wait_keys": "no key leaves the line",
    "wait_audio": "nothing is said in the line",
    "wait_text": "nothing is said in the line",
    "place_key": "nothing is said in the line",
}
_WORDS = (ANSWERED, *RESULTS)


def transfer(lowering: Lowering, node: TransferNode, name: str, tongue: Tongue) -> None:
    name = lowering.said_first(name, lowering.pieces(node.audio, node.text, tongue))
    _note_fields(lowering, node)
    ways = {word: _leads(lowering, node, word, tongue) for word in (REACHED, *NOT_REACHED)}
    if node.people is not None and node.wait_s is not None:
        lowering.note(f"the line {node.people} is to be made there, with whoever takes its calls")
        talked, failed = ways[REACHED], ways["no_answer"]
        lowering.put(Queue(name=name, line=node.people, wait_s=node.wait_s, next=talked, failed=failed))
        return
    to, several = _whom(lowering, node)
    following = _result(lowering, name, ways)
    lowering.put(
        Ring(
            name=name,
            to=to,
            several=several,
            shown=node.caller_id or CALLERS_OWN,
            ring_s=node.ring_timeout_s,
            talk_s=node.max_talk_s,
            record=node.record,
            next=following,
        )
    )


def _whom(lowering: Lowering, node: TransferNode) -> tuple[str, bool]:
    if node.to is not None:
        return node.to, False
    if node.people is not None:
        variable = f"people_{_plain(node.people)}"
        lowering.note(f"nobody of the group {node.people} is known: set the variable {variable} to their numbers")
        if node.ring != ALL:
            lowering.note("they ring all at once")
        return f"{{{variable}}}", True
    address = lowering.around.agents.get(node.agent or "")
    if address is not None:
        return address, False
    variable = f"agent_{_plain(node.agent or 'default')}"
    lowering.note(f"the agent has no address there: set the variable {variable} to its number or SIP address")
    return f"{{{variable}}}", False


def _leads(lowering: Lowering, node: TransferNode, word: str, tongue: Tongue) -> str | None:
    result = agent_hung_up(None) if word == REACHED else nobody(word)
    move = node.step(result, Position(node.id), lowering.menu.nodes)
    if isinstance(move, GoTo):
        return lowering.to(move.node, tongue)
    return None if word == REACHED else lowering.apology(tongue)


def _result(lowering: Lowering, name: str, ways: Mapping[str, str | None]) -> str | None:
    """Where the call goes on behind the ringing."""
    otherwise = ways["unreachable"]
    cases = [Way(Exact(word), target) for word, target in ways.items() if target != otherwise]
    if not cases:
        return otherwise
    branch = lowering.names.take(f"{name}_result")
    lowering.put(Branch(name=branch, subject=Rang(name), ways=cases, otherwise=otherwise))
    return branch


def _note_fields(lowering: Lowering, node: TransferNode) -> None:
    for field, why in _LEFT_OUT.items():
        if getattr(node, field) is not None:
            lowering.note(why)
    told = [*(node.on_agent_hangup if isinstance(node.on_agent_hangup, Mapping) else ()), *(node.case or ())]
    words = [each for each in told if each != "*" and each.lower() not in _WORDS]
    if words:
        why = f"no agent tells a word there, so these ways are never taken: {', '.join(words)}"
        lowering.note(why, Fate.NOT_CARRIED)
    if node.joins_all:
        lowering.note("one person is in the talk, the first who answers")
    if node.people is not None and node.ring != IN_TURN and node.wait_s is not None:
        lowering.note("the line decides there who is rung first")


def _plain(name: str) -> str:
    return "".join(each if each.isalnum() else "_" for each in name.lower())
