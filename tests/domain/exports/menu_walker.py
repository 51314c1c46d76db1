"""A caller in one of our menus, with all that Digitree says by itself, so that what they meet can be compared with an
exported one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ivr.domain.menu.ask_language import AskLanguageNode
from ivr.domain.menu.document import Menu
from ivr.domain.menu.following import Act, Ask
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.hangup import HangupNode
from ivr.domain.menu.interpreter import Next, begin, step
from ivr.domain.menu.moves import GiveUp, Position
from ivr.domain.menu.node import Node
from ivr.domain.menu.record import RecordNode
from ivr.domain.menu.reject import RejectNode
from ivr.domain.menu.request import RequestNode
from ivr.domain.menu.send import SendNode
from ivr.domain.menu.send_digits import SendDigitsNode
from ivr.domain.menu.sequences import Said, sequence_at, sequence_of
from ivr.domain.menu.suppress import SuppressNode
from ivr.domain.menu.switch import SwitchNode
from ivr.domain.menu.transfer import TransferNode, nobody
from ivr.domain.menu.variables import Memory, text_of
from ivr.domain.system_prompts.languages import words_for
from tests.domain.imports.callers import CALLED, CALLER, END, MOST_STEPS, Caller, Event, filled

SERVICES, SOUNDS, LIST = "https://example.com/services/", "https://example.com/sounds/", "https://digitree.example.com/dnc"


class MenuCall:
    def __init__(self, menu: Menu, caller: Caller) -> None:
        self.menu = menu
        self.caller = caller
        self.answers = 0
        self.met: list[Event] = []

    def walk(self) -> list[Event]:
        if self.menu.record_call:
            self._system("call_recorded", "")
            self.met.append(("recorded", "the whole call"))
        memory = Memory(caller=CALLER, called=CALLED, languages=self.menu.languages)
        position, following = begin(self.menu, memory)
        for _ in range(MOST_STEPS):
            if not isinstance(following, Ask | Act):
                return self._over(position, following)
            position, result = self._meet(position, following)
            if result is _OVER:
                return self._done()
            self.last = result
            position, following = step(self.menu, position, result, 0.0)
        return by_word(self.met)

    def _over(self, position: Position, following: Next) -> list[Event]:
        node = self.menu.nodes[position.node]
        language = position.memory.language
        if isinstance(node, TransferNode) and not isinstance(following, GiveUp):
            if self.last != "agent_hung_up":
                self._system("apology", language)
        else:
            self._system("goodbye", language)
        return self._done()

    def _done(self) -> list[Event]:
        return [*by_word(self.met), END]

    def _meet(self, position: Position, following: Ask | Act[Any]) -> tuple[Position, Any]:
        node, memory = following.node, position.memory
        if isinstance(following, Ask):
            return position, self._ask(node, position, following)
        if node.kind not in ("record", "suppress"):
            self._hear(node.audio, node.text, memory)
        match node:
            case SwitchNode():
                return position, text_of(memory.find(node.switch))
            case TransferNode():
                self.met.append(("rang", filled(node.to or "", memory)))
                how = self.caller.ring()
                return position, "agent_hung_up" if how == "answered" else nobody(how)
            case RecordNode():
                if position.failures:
                    self._hear(node.no_input_audio, node.no_input_text, memory)
                self._hear(node.audio, node.text, memory)
                self.met.append(("recorded", ""))
                return position, "kept" if self.caller.speaks() else "nothing"
            case RequestNode():
                return self._request(node, position)
            case SendNode():
                self.met.append(("sent", filled(node.message or "", memory)))
                return position, "left"
            case SendDigitsNode():
                self.met.append(("keys", node.keys))
                return position, None
            case SuppressNode():
                self.met.append(("asked", LIST))
                if not self.caller.service():
                    self._system("trouble", memory.language)
                elif not self._hear(node.audio, node.text, memory):
                    self._system("opted_out", memory.language)
                return position, _OVER
            case HangupNode() | RejectNode():
                return position, _OVER
        return position, None

    def _request(self, node: RequestNode, position: Position) -> tuple[Position, str]:
        self.met.append(("asked", f"{SERVICES}{node.service}"))
        if not self.caller.service():
            return position, "failed"
        self.answers += 1
        memory, _ = node.keep(position.memory, {"code": str(self.answers)})
        return position._replace(memory=memory), "done"

    def _ask(self, node: Node, position: Position, asked: Ask) -> str | None:
        assert isinstance(node, GatherNode)
        memory, again = position.memory, position.failures
        if isinstance(node, AskLanguageNode):
            if memory.known_language or len(self.menu.languages) < 2:
                return "known"
            self.met.append(("said", node.words()))
            return self.caller.key()
        if asked.after_no_match and not self._hear(node.no_match_audio, node.no_match_text, memory):
            self._system("invalid", memory.language)
        if asked.after_silence:
            self._hear(node.no_input_audio, node.no_input_text, memory)
        has_again = again and (node.again_audio is not None or node.again_text is not None)
        heard = (
            self._hear(node.again_audio, node.again_text, memory, again)
            if has_again
            else self._hear(node.audio, node.text, memory)
        )
        if not heard:
            keys = [key for key in node.gather if len(key) == 1 and key != "X"]
            self.met += [("said", words_for(memory.language).offer(keys))] if keys else []
        return self.caller.key()

    def _hear(self, audio: Said | None, text: Said | None, memory: Memory, again: int = 0) -> bool:
        heard = list(_pieces(audio, text, memory, again))
        self.met += heard
        return bool(heard)

    def _system(self, sentence: str, language: str) -> None:
        self.met.append(("said", words_for(language).sentences[sentence]))


def _pieces(audio: Said | None, text: Said | None, memory: Memory, again: int) -> Iterator[Event]:
    def sequence(said: Said | None) -> Sequence[str]:
        args = memory.language, memory.languages
        return sequence_at(said, again, *args) if again else sequence_of(said, *args)

    texts = sequence(text)
    yield from (("said", filled(each, memory)) for each in texts)
    if not texts:
        yield from (("played", f"{SOUNDS}{each}") for each in sequence(audio))


def by_word(events: Iterable[Event]) -> list[Event]:
    """With each word for itself: in how many texts they are said is no part of what is met."""
    return [(kind, part) for kind, what in events for part in (what.split() if kind == "said" else [what])]


_OVER: Any = object()
