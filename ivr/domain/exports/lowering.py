"""A menu taken apart into steps (`steps`).

Two things that a call knows become a part of the steps' names: the language of its caller, since what is said cannot
depend on a variable elsewhere, and the attempts at a question, since others have no count of them. So a node becomes
steps once for each language in which callers come to it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from ivr.domain.conversions import Fate, Line
from ivr.domain.exports.names import Names
from ivr.domain.exports.notes import Notes
from ivr.domain.exports.report import Around
from ivr.domain.exports.steps import (
    Branch,
    Count,
    Piece,
    Plan,
    RecordCall,
    Remember,
    Say,
    Sound,
    Source,
    Step,
    Variable,
    Visits,
    Way,
    Words,
)
from ivr.domain.menu.ask_language import AskLanguageNode
from ivr.domain.menu.cases import Exact, Range
from ivr.domain.menu.document import Menu
from ivr.domain.menu.menu_fields import USUAL_MENU_S
from ivr.domain.menu.node import Node
from ivr.domain.menu.sequences import Said, choose_language, sequence_at, sequence_of
from ivr.domain.menu.templates import one_variable
from ivr.domain.menu.variables import LANGUAGE
from ivr.domain.number_lists import ASKED
from ivr.domain.system_prompts.languages import words_for

MENU = "menu"
_MOST = 999_999_999_999_999
_PLACEHOLDER = "https://example.com/sounds/"


class Tongue(NamedTuple):
    """The language that a caller has here; `known`: they chose it, or a node did."""

    language: str
    known: bool


Body: TypeAlias = "Callable[[Lowering, Any, str, Tongue], None]"


class Lowering:
    """One menu on its way: `run` makes its plan."""

    def __init__(self, menu: Menu, around: Around, bodies: Mapping[str, Body]) -> None:
        self.menu = menu
        self.around = around
        self.names = Names()
        self.steps: dict[str, Step] = {}
        self.part_of: dict[str, str] = {}
        self._bodies = bodies
        self._entries: dict[tuple[str, Tongue], str] = {}
        self._waiting: deque[tuple[str, Tongue]] = deque()
        self._ends: dict[tuple[str, str], str] = {}
        self._notes = Notes()
        self._part = MENU
        self._asks_language = any(isinstance(each, AskLanguageNode) for each in menu.nodes.values())
        for node_id in menu.nodes:
            self.names.take(node_id)

    def run(self) -> Plan:
        first = Tongue(self.menu.languages[0] if self.menu.languages else "", known=False)
        start: str | None = self.to(self.menu.start, first)
        if LANGUAGE in self.menu.read and self.menu.languages:
            name = self.names.take("language_is_set")
            self.put(Remember(name=name, values={LANGUAGE: first.language}, next=start))
            start = name
        if self.menu.record_call:
            start = self._record_all(start, first)
        self._note_menu()
        while self._waiting:
            node_id, tongue = self._waiting.popleft()
            self._part = node_id
            self._enter(self.menu.nodes[node_id], self._entries[node_id, tongue], tongue)
        return Plan(self.menu.name, start, self.steps, self.part_of, tuple(self._lines()), self.names)

    def put(self, step: Step) -> None:
        self.steps[step.name] = step
        self.part_of[step.name] = self._part

    def fresh(self, name: str) -> str:
        """A further name beside this one."""
        return self.names.take(f"{name}_2")

    def note(self, why: str, fate: Fate = Fate.CHANGED) -> None:
        """Say this of the node in hand, once."""
        self._notes.at(self._part)
        self._notes.note(why, fate)

    def to(self, target: str | None, tongue: Tongue) -> str:
        """The first step of a node; of the goodbye where there is no such node."""
        if target is None or target not in self.menu.nodes:
            return self.goodbye(tongue)
        tongue = tongue if self._asks_language else tongue._replace(known=False)
        key = target, tongue
        if key not in self._entries:
            is_first = all(node != target for node, _ in self._entries)
            self._entries[key] = target if is_first else self.names.take(f"{target}_{tongue.language or 'known'}")
            self._waiting.append(key)
        return self._entries[key]

    def goodbye(self, tongue: Tongue) -> str:
        return self._end("goodbye", tongue)

    def apology(self, tongue: Tongue) -> str:
        return self._end("apology", tongue)

    def sentence(self, name: str, tongue: Tongue) -> Words:
        """What Digitree says by itself."""
        return Words(words_for(tongue.language).sentences[name], tongue.language)

    def pieces(self, audio: Said | None, text: Said | None, tongue: Tongue, again: int = 0) -> tuple[Piece, ...]:
        """What callers hear there of a prompt; `again` counts the attempts after the first."""
        languages = self.menu.languages
        if again:
            sounds = sequence_at(audio, again, tongue.language, languages)
            texts = sequence_at(text, again, tongue.language, languages)
        else:
            sounds = sequence_of(audio, tongue.language, languages)
            texts = sequence_of(text, tongue.language, languages)
        if texts and not (sounds and self.around.sounds):
            return tuple(Words(each, tongue.language) for each in texts)
        return tuple(self._sound(each, tongue) for each in sounds)

    def say(self, name: str, pieces: Sequence[Piece], following: str | None) -> None:
        """A step for each part that is spoken in one language, or is one recording."""
        groups: list[Piece | None] = [*grouped(pieces)]
        names = [name, *(self.fresh(name) for _ in groups[1:])]
        for own, group, then in zip(names, groups or (None,), [*names[1:], following], strict=True):
            self.put(Say(name=own, piece=group, next=then))

    def said_first(self, name: str, pieces: Sequence[Piece]) -> str:
        """Say these under this name; the name of the step that is to follow."""
        if not pieces:
            return name
        following = self.fresh(name)
        self.say(name, pieces, following)
        return following

    def remembering(self, values: Mapping[str, Source], target: str, tongue: Tongue) -> str:
        """The name of a step that sets these and goes on at the target."""
        name = self.names.take(f"{next(iter(values)).replace('.', '_')}_is_set")
        self.put(Remember(name=name, values=values, next=self.in_language(values, target, tongue, name)))
        return name

    def in_language(self, values: Mapping[str, Source], target: str, tongue: Tongue, name: str) -> str:
        """Where the call goes on that has set these."""
        return self.choose(values.get(LANGUAGE), tongue, name, lambda now: self.to(target, now))

    def choose(
        self, told: Source | None, tongue: Tongue, name: str, going: Callable[[Tongue], str]
    ) -> str:
        """Where the call goes on once its language is `told`; None: it stays as it is."""
        languages = self.menu.languages
        if told is None or not languages:
            return going(tongue)
        if not isinstance(told, str) or "{" not in told:
            return going(self._told(str(told)) if isinstance(told, str) else tongue)
        self.note("only the codes of the menu's languages choose one there, in small letters as they are written")
        branch = self.fresh(name)
        ways = [Way(Exact(each), going(Tongue(each, known=True))) for each in languages]
        self.put(Branch(name=branch, subject=Variable(LANGUAGE), ways=ways, otherwise=going(self._told(""))))
        return branch

    def _told(self, text: str) -> Tongue:
        wanted = text.lower().replace("_", "-").partition("-")[0]
        known = bool(wanted) and any(each.partition("-")[0] == wanted for each in self.menu.languages)
        return Tongue(choose_language(self.menu.languages, text), known)

    def _sound(self, audio: str, tongue: Tongue) -> Piece:
        held = one_variable(audio)
        if held is not None:
            return Sound(f"{{{held}}}")
        if not self.around.sounds and audio in self.around.spoken:
            return Words(self.around.spoken[audio], tongue.language)
        if not self.around.sounds:
            self.note(f"{audio} is a recording: put it at an address, and name that in place of the one there")
        return Sound(f"{self.around.sounds or _PLACEHOLDER}{audio}")

    def _enter(self, node: Node, name: str, tongue: Tongue) -> None:
        if node.max_visits is not None:
            following = self.fresh(name)
            over = Way(Range(node.max_visits, _MOST), self.to(node.over_node, tongue))
            self.put(Branch(name=name, subject=Visits(node.counted_as), ways=[over], otherwise=following))
            name = following
        if node.max_visits is not None or node.count is not None:
            following = self.fresh(name)
            self.put(Count(name=name, counter=node.counted_as, next=following))
            name = following
        if lists := sorted(node.lists_set()):
            self.note(f"nobody is put on the list {', '.join(lists)}, or taken off it", Fate.NOT_CARRIED)
        values = {each: value for each, value in (node.set or {}).items() if not each.startswith(ASKED)}
        if not values:
            self._body(node, name, tongue)
            return
        bodies: dict[Tongue, str] = {}
        remember = name

        def going(now: Tongue) -> str:
            if now not in bodies:
                bodies[now] = self.fresh(remember)
            return bodies[now]

        following = self.choose(values.get(LANGUAGE), tongue, name, going)
        self.put(Remember(name=remember, values=values, next=following))
        for now, body in bodies.items():
            self._body(node, body, now)

    def _body(self, node: Node, name: str, tongue: Tongue) -> None:
        self._bodies[node.kind](self, node, name, tongue)

    def _end(self, sentence: str, tongue: Tongue) -> str:
        key = sentence, tongue.language
        if key not in self._ends:
            name = self.names.take(f"{sentence}_{tongue.language}" if tongue.language else sentence)
            self._ends[key] = name
            before, self._part = self._part, MENU
            self.say(name, [self.sentence(sentence, tongue)], None)
            self._part = before
        return self._ends[key]

    def _record_all(self, start: str | None, tongue: Tongue) -> str:
        notice, record = self.names.take("call_recorded"), self.names.take("record_call")
        self.say(notice, [self.sentence("call_recorded", tongue)], record)
        self.put(RecordCall(name=record, next=start))
        return notice

    def _note_menu(self) -> None:
        menu = self.menu
        self._part = MENU
        if not menu.answer:
            self.note("calls are answered at once")
        if menu.hung_up_node is not None:
            why = "nothing is done once a caller has hung up: a status callback of the number can do that"
            self.note(why, Fate.NOT_CARRIED)
        if menu.max_menu_s != USUAL_MENU_S:
            self.note(f"nothing ends a call after {menu.max_menu_s} s in the menu")
        if menu.words or menu.rate is not None:
            self.note("its own voices read the texts, without the words and the rate of this menu")
        if menu.languages:
            self.note("the language of the number that was called is not known, nor that of an earlier call")

    def _lines(self) -> list[Line]:
        lines = [self._notes.told(MENU, MENU, None)] if self._notes.has(MENU) else []
        reached = {node for node, _ in self._entries}
        for part, node in self.menu.nodes.items():
            if part in reached:
                lines.append(self._notes.told(part, node.kind, part))
            else:
                why = "no call comes here, so it is left out"
                lines.append(Line(part, node.kind, Fate.NOT_CARRIED, None, why))
        return lines


def grouped(pieces: Sequence[Piece]) -> list[Piece]:
    """With neighbouring words of one language as one text."""
    groups: list[Piece] = []
    for piece in pieces:
        last = groups[-1] if groups else None
        if isinstance(piece, Words) and isinstance(last, Words) and piece.language == last.language:
            groups[-1] = Words(f"{last.text} {piece.text}", last.language)
        else:
            groups.append(piece)
    return groups
