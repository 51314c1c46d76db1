"""What is unwise or unfinished in a well-formed menu: warnings, each with a pointer.

A warning never stops a menu from being saved or going live, unless the client asked with `?strict=true`.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping

from ivr.domain.menu.document import ActionNode, GatherNode, Menu
from ivr.domain.problems import Problem, pointer

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_WORD_KEYS = {
    **{word: str(digit) for digit, word in enumerate(_DIGITS)},
    **{"star": "*", "asterisk": "*", "pound": "#", "hash": "#"},
}
_KEY = rf"(?:(?:{'|'.join(_WORD_KEYS)})\b|[0-9](?![0-9])|[*#])"
# "press 1", "press the star key", "press 1, 2 or 3"; in "press 1 or press 9" the verb stands twice
_PRESS = re.compile(
    rf"\b(?:press|push|hit|dial)\s+(?:the\s+)?(?:key\s+|number\s+)?({_KEY}(?:\s*(?:,|,?\s*\b(?:or|and)\b)\s*{_KEY})*)",
    re.ASCII | re.IGNORECASE,
)
_EACH_KEY = re.compile(_KEY, re.ASCII | re.IGNORECASE)


def lint(
    tree: Menu, prompts: Container[str], agents: Container[str] = (), spoken: Mapping[str, str] | None = None
) -> list[Problem]:
    """All warnings of a menu; `prompts` holds the audio names that have a file, `agents` the agents there are,
    `spoken` what the files made by a voice say, by audio name."""
    return [
        *_missing_targets(tree),
        *_missing_agents(tree, agents),
        *_dead_ends(tree),
        *_unreachable(tree),
        *_missing_audio(tree, prompts),
        *_stale_prompts(tree, prompts, spoken or {}),
        *_keys_said(tree, spoken or {}),
        *_opt_out(tree, spoken or {}),
    ]


def keys_said(text: str) -> list[str]:
    """The keys that a prompt asks for, in its order: "press 1, or press nine" has 1 and 9."""
    found = (_EACH_KEY.findall(match[1]) for match in _PRESS.finditer(text))
    return list(dict.fromkeys(_WORD_KEYS.get(key.lower(), key) for keys in found for key in keys))


def _missing_targets(tree: Menu) -> Iterator[Problem]:
    for node in tree.nodes.values():
        if isinstance(node, ActionNode):
            if node.fallback_node is not None and node.fallback_node not in tree.nodes:
                text = f"{node.fallback_node} does not exist: callers hear an apology when nobody can be had"
                yield Problem(pointer("nodes", node.id, "fallback_node"), "target_not_found", text, node.id)
            if node.on_agent_hangup is not None and node.on_agent_hangup not in tree.nodes:
                text = f"{node.on_agent_hangup} does not exist: the call ends with the talk"
                yield Problem(pointer("nodes", node.id, "on_agent_hangup"), "target_not_found", text, node.id)
            continue
        for key, target in node.gather.items():
            if target not in tree.nodes:
                text = f"key {key} leads to {target}, which does not exist: not offered until it does"
                yield Problem(pointer("nodes", node.id, "gather", key), "target_not_found", text, node.id)
        if node.timeout_node is not None and node.timeout_node not in tree.nodes:
            text = f"{node.timeout_node} does not exist: without a key the same question is asked again"
            yield Problem(pointer("nodes", node.id, "timeout_node"), "target_not_found", text, node.id)


def _missing_agents(tree: Menu, agents: Container[str]) -> Iterator[Problem]:
    for node in tree.nodes.values():
        if isinstance(node, ActionNode) and node.agent is not None and node.agent not in agents:
            text = f"there is no agent {node.agent}: callers are handed to the default agent until there is"
            yield Problem(pointer("nodes", node.id, "agent"), "agent_not_found", text, node.id)


def _dead_ends(tree: Menu) -> Iterator[Problem]:
    for node in tree.nodes.values():
        if isinstance(node, GatherNode) and not any(target in tree.nodes for target in node.gather.values()):
            text = "no key of this question leads anywhere: every caller is let go after the last attempt"
            yield Problem(pointer("nodes", node.id, "gather"), "no_key_offered", text, node.id)


def _unreachable(tree: Menu) -> Iterator[Problem]:
    seen = {tree.start}
    waiting = [tree.start]
    while waiting:
        node = tree.nodes[waiting.pop()]
        if isinstance(node, ActionNode):
            further = [node.fallback_node, node.on_agent_hangup]
        else:
            further = [*node.gather.values(), node.timeout_node]
        for target in further:
            if target is not None and target in tree.nodes and target not in seen:
                seen.add(target)
                waiting.append(target)
    for node_id in tree.nodes:
        if node_id not in seen:
            yield Problem(pointer("nodes", node_id), "unreachable", "no key leads to this node", node_id)


def _missing_audio(tree: Menu, prompts: Container[str]) -> Iterator[Problem]:
    for node in tree.nodes.values():
        where = pointer("nodes", node.id, "audio")
        if node.audio is None:
            if isinstance(node, GatherNode):
                text = "a question without audio: callers hear its keys read out"
                yield Problem(where, "no_audio", text, node.id)
        elif node.audio not in prompts:
            instead = "its keys read out" if isinstance(node, GatherNode) else "nothing in its place"
            text = f"{node.audio} is not spoken or uploaded yet: callers hear {instead}"
            yield Problem(where, "audio_not_ready", text, node.id)
        if isinstance(node, ActionNode) and node.hold_audio is not None and node.hold_audio not in prompts:
            text = f"{node.hold_audio} is not spoken or uploaded yet: callers hear a ringing tone while they wait"
            yield Problem(pointer("nodes", node.id, "hold_audio"), "audio_not_ready", text, node.id)


def _stale_prompts(tree: Menu, prompts: Container[str], spoken: Mapping[str, str]) -> Iterator[Problem]:
    for node in tree.nodes.values():
        if node.text is None or node.audio is None or node.audio not in prompts or node.audio not in spoken:
            continue  # nothing to compare: what was uploaded says what it says
        if node.text.split() != spoken[node.audio].split():
            text = f"{node.audio} was spoken with other words: callers hear those until it is spoken again"
            yield Problem(pointer("nodes", node.id, "text"), "stale_prompt", text, node.id)


def _keys_said(tree: Menu, spoken: Mapping[str, str]) -> Iterator[Problem]:
    for node in tree.nodes.values():
        words = node.text if node.text is not None else spoken.get(node.audio or "")
        offered = node.gather if isinstance(node, GatherNode) else {}
        missing = [key for key in keys_said(words or "") if key not in offered]
        if missing:
            keys = " and ".join(missing)
            text = f"the prompt says to press {keys}, which is no key of this node"
            where = "text" if node.text is not None else "audio"
            yield Problem(pointer("nodes", node.id, where), "key_not_offered", text, node.id)


def _opt_out(tree: Menu, spoken: Mapping[str, str]) -> Iterator[Problem]:
    """The way out must be in the first question, said by its prompt, one key away, and the same key wherever it is
    offered. A question that stands between its key and the list asks him again what he has said."""
    ends = {node.id for node in tree.nodes.values() if isinstance(node, ActionNode) and node.action == "suppress"}
    offered = [
        (node, key)
        for node in tree.nodes.values()
        if isinstance(node, GatherNode)
        for key, target in node.gather.items()
        if target in ends
    ]
    if not offered:
        return
    yield from _opt_out_unsaid(tree, offered, spoken)
    yield from _opt_out_asked_again(tree, [node for node, _ in offered])
    if all(node.id != tree.start for node, _ in offered):
        text = "the opt-out is not one key away in the first question; nothing may be asked before it"
        yield Problem(pointer("nodes", tree.start), "opt_out_not_first", text, tree.start)
    usual = next((key for node, key in offered if node.id == tree.start), offered[0][1])
    for node, key in offered:
        if key != usual and not any(other is node and usual == its for other, its in offered):
            text = f"the opt-out is key {key} here and {usual} before: a caller who heard {usual} is not let out"
            yield Problem(pointer("nodes", node.id, "gather", key), "opt_out_key_differs", text, node.id)


def _opt_out_unsaid(
    tree: Menu, offered: list[tuple[GatherNode, str]], spoken: Mapping[str, str]
) -> Iterator[Problem]:
    """The first prompt's words, where they are known, must name the key."""
    for node, key in offered:
        words = node.text if node.text is not None else spoken.get(node.audio or "")
        if node.id != tree.start or words is None or key in keys_said(words):
            continue
        text = f"the first prompt does not say that key {key} opts out"
        yield Problem(pointer("nodes", node.id, "gather", key), "opt_out_not_said", text, node.id)


def _opt_out_asked_again(tree: Menu, offering: list[GatherNode]) -> Iterator[Problem]:
    """A question that is there only to confirm: each of its other keys leads back to whence it came, or ends."""
    for asker in tree.nodes.values():
        if not isinstance(asker, GatherNode) or asker in offering:
            continue
        for key, target in asker.gather.items():
            between = tree.nodes.get(target)
            if between is asker or between not in offering or not isinstance(between, GatherNode):
                continue
            others = [tree.nodes.get(each) for each in between.gather.values()]
            if len(others) <= 3 and all(
                each is None or each is asker or (isinstance(each, ActionNode) and each.action != "transfer")
                for each in others
            ):
                text = f"{target} asks again before the opt-out: his first key press must be enough"
                yield Problem(pointer("nodes", asker.id, "gather", key), "opt_out_asked_again", text, asker.id)
