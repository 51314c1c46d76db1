"""Nodes that ask for keys: one step for each attempt, and a branch on what was keyed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ivr.domain.exports.lowering import Lowering, Tongue, grouped
from ivr.domain.exports.steps import Ask, Branch, Keyed, Piece, Source, Way, Words
from ivr.domain.menu.ask_language import AskLanguageNode
from ivr.domain.menu.entries import Pattern, entries_of, parse_entry
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.gather_fields import KEEP, MAX_ATTEMPTS
from ivr.domain.menu.language_sentences import sentence_of
from ivr.domain.menu.question_fields import NO_INPUT, NO_MATCH
from ivr.domain.menu.sequences import sequence_of
from ivr.domain.menu.variables import LANGUAGE
from ivr.domain.system_prompts.languages import words_for

_NO_ENTRY_S = "how long a whole entry may take has no counterpart there"


class _Question:
    """The attempts at one question. A state is how many silences and how many wrong keys there have been; where they
    count together all of them are silences."""

    def __init__(self, lowering: Lowering, node: GatherNode, tongue: Tongue) -> None:
        self.lowering = lowering
        self.node = node
        self.tongue = tongue
        self.limits = node.max_attempts if isinstance(node.max_attempts, int) else dict(node.max_attempts)
        self.asked: dict[tuple[int, int], str] = {}
        self.before: dict[tuple[bool, tuple[int, int]], str] = {}
        self.waiting: list[tuple[int, int]] = []

    def put(
        self,
        name: str,
        pieces: Callable[[int], Sequence[Piece]],
        ways: Callable[[str], list[Way]],
        gave_up: Callable[[bool], str],
    ) -> None:
        """`ways`: where the keys of the attempt of this name lead; `gave_up`: where the call goes when the attempts
        are used up, by a wrong key or a silence."""
        self.asked[0, 0] = name
        self.waiting.append((0, 0))
        node, lowering = self.node, self.lowering
        while self.waiting:
            state = self.waiting.pop()
            own = name = self.asked[state]
            before = grouped(pieces(sum(state)))
            last = before.pop() if before and node.barge_in else None
            if before and node.barge_in:
                lowering.note("keys cut only the last part of what it says")
            name = lowering.said_first(name, before)
            entries = node.entries
            leaves = lowering.names.take(f"{own}_keys")
            silence = self._silence(state, gave_up)
            lowering.put(
                Ask(
                    name=name,
                    piece=last,
                    digits=entries.longest,
                    end_key=entries.end_key,
                    first_s=node.timeout_s,
                    between_s=node.timeout_s if entries.is_single else node.between_s,
                    next=leaves,
                    silence=silence,
                )
            )
            wrong = self._after(state, gave_up, was_wrong=True)
            lowering.put(Branch(name=leaves, subject=Keyed(name), ways=ways(name), otherwise=wrong))

    def _silence(self, state: tuple[int, int], gave_up: Callable[[bool], str]) -> str:
        node = self.node
        if node.timeout_node in self.lowering.menu.nodes and node.timeout_node != node.id:
            return self.lowering.to(node.timeout_node, self.tongue)
        return self._after(state, gave_up, was_wrong=False)

    def _after(self, state: tuple[int, int], gave_up: Callable[[bool], str], *, was_wrong: bool) -> str:
        silences, wrong = state
        if isinstance(self.limits, int):
            following, used_up = (silences + 1, 0), silences + 1 >= self.limits
        elif was_wrong:
            following, used_up = (silences, wrong + 1), wrong + 1 >= self.limits.get(NO_MATCH, MAX_ATTEMPTS)
        else:
            following, used_up = (silences + 1, wrong), silences + 1 >= self.limits.get(NO_INPUT, MAX_ATTEMPTS)
        if used_up:
            return gave_up(was_wrong)
        if following not in self.asked:
            self.asked[following] = self.lowering.names.take(f"{self.asked[0, 0]}_again")
            self.waiting.append(following)
        return self._said_before(following, self._between(was_wrong), was_wrong)

    def _said_before(self, state: tuple[int, int], pieces: Sequence[Piece], was_wrong: bool) -> str:
        if not pieces:
            return self.asked[state]
        key = was_wrong, state
        if key not in self.before:
            what = "wrong" if was_wrong else "silence"
            self.before[key] = self.lowering.names.take(f"{self.asked[0, 0]}_{what}")
            self.lowering.say(self.before[key], pieces, self.asked[state])
        return self.before[key]

    def _between(self, was_wrong: bool) -> Sequence[Piece]:
        """What is said before the question is asked again."""
        node, lowering = self.node, self.lowering
        if not was_wrong:
            said = lowering.pieces(node.no_input_audio, node.no_input_text, self.tongue)
            if said:
                lowering.note("no key cuts what is said after a silence")
            return said
        said = lowering.pieces(node.no_match_audio, node.no_match_text, self.tongue)
        return said or ([lowering.sentence("invalid", self.tongue)] if node.says_no_match else ())


def gather(lowering: Lowering, node: GatherNode, name: str, tongue: Tongue) -> None:
    """A question."""
    kept: dict[tuple[str, str], str] = {}

    def pieces(again: int) -> Sequence[Piece]:
        if again and (node.again_audio is not None or node.again_text is not None):
            said = lowering.pieces(node.again_audio, node.again_text, tongue, again)
        else:
            said = lowering.pieces(node.audio, node.text, tongue)
        if said:
            return said
        keys = [key for key in node.gather if len(key) == 1 and key != "X"]
        return [Words(words_for(tongue.language).offer(keys), tongue.language)] if keys else ()

    def ways(step: str) -> list[Way]:
        entries = sorted(map(parse_entry, node.gather), key=_narrow)
        return [Way(each, lead(step, node.gather[each.text])) for each in entries if node.gather[each.text] in nodes]

    def lead(step: str, target: str) -> str:
        if node.save is None:
            return lowering.to(target, tongue)
        if (step, target) not in kept:
            values: dict[str, Source] = {node.save: Keyed(step)}
            kept[step, target] = lowering.remembering(values, target, tongue)
        return kept[step, target]

    def gave_up(was_wrong: bool) -> str:
        return lowering.to(node.no_match_node if was_wrong else node.no_input_node, tongue)

    nodes = lowering.menu.nodes
    _note_fields(lowering, node)
    _Question(lowering, node, tongue).put(name, pieces, ways, gave_up)


def ask_language(lowering: Lowering, node: AskLanguageNode, name: str, tongue: Tongue) -> None:
    """The question for the language; it is passed over where a node has set one."""
    languages = lowering.menu.languages
    if tongue.known or len(languages) < 2:
        lowering.say(name, (), lowering.to(node.next, tongue))
        return
    chosen: dict[str, str] = {}

    def lead(language: str) -> str:
        if language not in chosen:
            values: dict[str, Source] = {LANGUAGE: language}
            chosen[language] = lowering.remembering(values, node.next, tongue)
        return chosen[language]

    def pieces(again: int) -> Sequence[Piece]:
        own = node.text if isinstance(node.text, dict) else {}
        if node.text is not None and not own:
            return [Words(each, tongue.language) for each in sequence_of(node.text)]
        return [
            Words(each, language)
            for key, language in node.offered.items()
            for each in (sequence_of(own[language]) if language in own else (sentence_of(language, key),))
        ]

    def ways(step: str) -> list[Way]:
        leads = node.next in lowering.menu.nodes
        return [Way(parse_entry(key), lead(language)) for key, language in node.offered.items() if leads]

    def gave_up(was_wrong: bool) -> str:
        return lead(languages[0]) if node.next in lowering.menu.nodes else lowering.goodbye(tongue)

    if node.remember:
        lowering.note("what callers chose is not kept for their next call")
    _note_fields(lowering, node)
    _Question(lowering, node, tongue).put(name, pieces, ways, gave_up)


def _note_fields(lowering: Lowering, node: GatherNode) -> None:
    if node.secret:
        lowering.note("what is keyed is kept and shown as anything else is: mind what the law says of it")
    if node.type_ahead == KEEP:
        lowering.note("keys that are pressed before the question are dropped")
    if node.entry_s is not None:
        lowering.note(_NO_ENTRY_S)
    if _is_cut_early(node):
        lowering.note("a shorter entry counts once no further key has come in time")


def _is_cut_early(node: GatherNode) -> bool:
    """Whether an entry that cannot grow is shorter than the longest one: it counts at once here."""
    entries = entries_of(tuple(node.gather), node.end_key)
    return any(_is_short(entries.longest, parse_entry(text), node) for text in node.gather)


def _is_short(longest: int, entry: Pattern, node: GatherNode) -> bool:
    return entry.longest < longest and entries_of(tuple(node.gather), node.end_key).is_final(
        "".join("0" if each == "X" else each for each in map(entry.place, range(entry.longest)))
    )


def _narrow(entry: Pattern) -> tuple[int, int]:
    """Sorts the narrower of two entries first."""
    places = [entry.place(at) for at in range(entry.longest)]
    return places.count("X"), entry.most - entry.least
