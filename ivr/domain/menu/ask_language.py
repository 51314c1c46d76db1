"""The question for the caller's language: one sentence in each language's own words and voice, and a key for each.

It is a question like any other, so all that holds for questions holds here: what it adds is that each key sets the
variable `language`, that its sentences come with Digitree, and that it is passed over where the language is known.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, NamedTuple

from ivr.domain.menu.fields import DTMF_DIGITS, Fault, Field, NumberField, TargetField, WayOut
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.gather_fields import BETWEEN_S, GATHER_FIELDS
from ivr.domain.menu.language_sentences import audio_of, has_sentence, sentence_of
from ivr.domain.menu.moves import AskAgain, GiveUp, GoTo, Kept, Move, Position
from ivr.domain.menu.node import ApiSchema, Mark, Node, Surroundings
from ivr.domain.menu.question_fields import FlagField
from ivr.domain.menu.sequences import LANGUAGE, LANGUAGE_RULE, MAX_LANGUAGES, Said, sequence_of
from ivr.domain.menu.variables import LANGUAGE as VARIABLE
from ivr.domain.problems import Problem
from ivr.domain.said.language_names import language_in_words

ATTEMPTS = 2
# The result of a node that is passed over, since the caller's language is known.
KNOWN = "known"
_TAKEN_OVER = ("timeout_s", "barge_in", "type_ahead")


class OwnSentence(NamedTuple):
    """The sentence that offers this language by this key."""

    language: str
    key: str


@dataclass(frozen=True, kw_only=True)
class KeyLanguagesField(Field):
    """A language for each key, in the order in which they are offered."""

    type: ClassVar[str] = "key_languages"
    is_map: ClassVar[bool] = True

    def read(self, value: Any, fault: Fault) -> Any:
        if not isinstance(value, dict) or not 1 <= len(value) <= MAX_LANGUAGES:
            text = f"{self.name} names 1 to {MAX_LANGUAGES} keys, each with its language"
            fault("invalid_keys", text, self.name)
            return value
        for key, language in value.items():
            if len(key) != 1 or key not in DTMF_DIGITS:
                fault("invalid_key", "a key is one of 0-9, * or #", self.name, key)
            if not isinstance(language, str) or not LANGUAGE.fullmatch(language):
                fault("invalid_language", LANGUAGE_RULE, self.name, key)
        if len({str(each) for each in value.values()}) < len(value):
            fault("doubled_language", "two keys have the same language", self.name)
        return value

    def schema(self) -> dict[str, Any]:
        return self._described(
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": MAX_LANGUAGES,
                "propertyNames": {"pattern": "^[0-9*#]$"},
                "additionalProperties": {"type": "string", "pattern": f"^{LANGUAGE.pattern}$"},
            }
        )

    def limits(self) -> dict[str, Any]:
        return {"digits": DTMF_DIGITS}

    @property
    def attribute(self) -> str:
        return "by_key"


_ATTEMPTS = NumberField(
    name="max_attempts",
    label="Attempts",
    least=1,
    most=10,
    default=ATTEMPTS,
    step=1,
    code="invalid_max_attempts",
    rule="max_attempts is a whole number from 1 to 10",
    description="Silences and wrong keys in a row; after them the caller gets the first language.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskLanguageNode(GatherNode):
    """`next` names the node where the call continues in the language chosen; it need not exist (yet). `by_key`: the
    language of each key; None: those of the menu at 1, 2, 3 ... `remember`: the caller's choice is kept for their
    next call."""

    kind: ClassVar[str] = "ask_language"
    mark: ClassVar[Mark] = Mark("action", "ask_language")
    api: ClassVar[ApiSchema] = ApiSchema(
        "AskLanguageNode",
        "The question for the language",
        "Asks once, in one sentence of each of the menu's `languages`, and continues at `next` in the one chosen. It "
        "is passed over where the caller's language is known.",
    )
    label: ClassVar[str] = "Language question"
    new_id: ClassVar[str] = "language"
    comes_first: ClassVar[bool] = True
    says_no_match: ClassVar[bool] = False
    instead_of_audio: ClassVar[str] = "the sentence that comes with Digitree"
    without_audio: ClassVar[str | None] = None
    own_fields: ClassVar[tuple[Field, ...]] = (
        TargetField(
            name="next",
            label="Then",
            way_out="then",
            if_missing="after the question callers hear a goodbye and the call ends",
            description="Where the call continues, in the language chosen.",
            required=True,
        ),
        KeyLanguagesField(
            name="keys",
            more=True,
            label="Language of each key",
            if_absent="The menu's languages at 1, 2, 3 ...",
            description='Key -> language, in the order in which they are offered: `{"1": "en", "2": "es"}`. Absent: '
            "the menu's languages at 1, 2, 3 and so on.",
        ),
        FlagField(
            name="remember",
            more=True,
            label="Remember the choice for the caller's next call",
            description="true: what the caller chose is kept, and they are not asked when they call again.",
        ),
        _ATTEMPTS,
        *(each for each in GATHER_FIELDS if each.name in _TAKEN_OVER),
    )

    next: str
    by_key: Mapping[str, str] | None = None
    remember: bool = False
    max_attempts: int = ATTEMPTS
    # Those of the menu, and what follows from them.
    of_menu: tuple[str, ...] = field(default=(), init=False, repr=False, compare=False)
    offered: Mapping[str, str] = field(init=False, repr=False, compare=False)
    # What other questions have and this one has not.
    gather: Mapping[str, str] = field(init=False, repr=False, compare=False)
    timeout_node: str | None = field(default=None, init=False, repr=False)
    again_audio: Said | None = field(default=None, init=False, repr=False)
    again_text: Said | None = field(default=None, init=False, repr=False)
    no_input_audio: Said | None = field(default=None, init=False, repr=False)
    no_input_text: Said | None = field(default=None, init=False, repr=False)
    no_match_audio: Said | None = field(default=None, init=False, repr=False)
    no_match_text: Said | None = field(default=None, init=False, repr=False)
    no_input_node: str | None = field(default=None, init=False, repr=False)
    no_match_node: str | None = field(default=None, init=False, repr=False)
    save: str | None = field(default=None, init=False, repr=False)
    secret: bool = field(default=False, init=False, repr=False)
    end_key: str | None = field(default=None, init=False, repr=False)
    between_s: float = field(default=BETWEEN_S, init=False, repr=False)
    entry_s: float | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self._offer(())

    def _offer(self, languages: tuple[str, ...]) -> None:
        offered = self.by_key or {str(place): each for place, each in enumerate(languages, 1)}
        # Without languages nothing is asked, and a question has a key.
        gather = dict.fromkeys(offered or ("1",), self.next)
        made = {"of_menu": languages, "offered": offered, "gather": gather}
        for name, value in made.items():
            object.__setattr__(self, name, value)
        GatherNode.__post_init__(self)
        if offered:
            moves = {key: GoTo(self.next, Kept(VARIABLE, each, is_secret=False)) for key, each in offered.items()}
            object.__setattr__(self, "moves", moves)

    def in_menu(self, languages: tuple[str, ...]) -> AskLanguageNode:
        """The same question in a menu of these languages."""
        asking = replace(self)
        asking._offer(languages)
        return asking

    @classmethod
    def check(cls, raw: Mapping[str, Any], fault: Fault) -> None:
        Node.check(raw, fault)

    def prompt_at(self, again: int, language: str = "", languages: Sequence[str] = ()) -> tuple[str, ...]:
        """The author's own prompt, or each language's own sentence, one after the other. A prompt that the author has
        in some languages stands in place of theirs."""
        if self.audio is not None and not isinstance(self.audio, Mapping):
            return sequence_of(self.audio)
        own = self.audio or {}
        return tuple(
            name
            for key, each in self.offered.items()
            for name in (sequence_of(own[each]) if each in own else (audio_of(each, key),))
        )

    def own_sentences(self) -> Iterator[OwnSentence]:
        """Those that Digitree brings: all that the author has no prompt for."""
        if self.audio is None or isinstance(self.audio, Mapping):
            for key, language in self.offered.items():
                if language not in (self.audio or {}):
                    yield OwnSentence(language, key)

    def words(self) -> str:
        """What callers hear, as one text."""
        if self.text is not None and not isinstance(self.text, Mapping):
            return " ".join(sequence_of(self.text))
        own = self.text or {}
        said = (sequence_of(own[it]) if it in own else (sentence_of(it, key),) for key, it in self.offered.items())
        return " ".join(part for parts in said for part in parts)

    def needs_no_key(self, way: WayOut, nodes: Container[str]) -> bool:
        return way.path[0] == "next"

    def sets(self) -> Mapping[str, int]:
        longest = max(map(len, self.offered.values()), default=0)
        return {**Node.sets(self), VARIABLE: longest + 2}

    def sets_before(self, way: WayOut) -> Iterable[str]:
        return (*Node.sets_before(self, way), VARIABLE)

    def step(self, result: str | None, position: Position, nodes: Container[str]) -> Move:
        """`result` is the key, None for silence, or KNOWN where nothing was asked. After the last attempt the caller
        gets the first language."""
        if result == KNOWN:
            return GoTo(self.next) if self.next in nodes else GiveUp("no_input")
        move = self.moves.get(result or "")
        if move is not None and self.next in nodes:
            return move
        if position.failures + 1 < self.max_attempts:
            return AskAgain(result is not None)
        if self.next not in nodes:
            return GiveUp("no_input" if result is None else "no_match")
        return GoTo(self.next, Kept(VARIABLE, self.of_menu[0] if self.of_menu else "", is_secret=False))

    def lint(self, around: Surroundings) -> Iterator[Problem]:
        if len(self.of_menu) < 2:
            text = "the menu speaks one language: give it languages, or leave this question out"
            yield self.warning("one_language", text)
        for key, language in self.offered.items():
            if self.of_menu and language not in self.of_menu:
                text = f"{language} is not among the languages of the menu: key {key} leads to the first one"
                yield self.warning("language_not_listed", text, "keys", key)
        missing = [each for each in self.of_menu if each not in self.offered.values()]
        if missing:
            yield self.warning("language_not_offered", f"no key offers {' and '.join(missing)}", "keys")
        for each in self.own_sentences():
            if not has_sentence(each.language):
                text = f"Digitree has no sentence that offers {each.language}: give the node one in text and audio"
                yield self.warning("no_sentence", text, "text")


def own_sentences(nodes: Mapping[str, Node]) -> Iterator[tuple[AskLanguageNode, OwnSentence]]:
    """The sentences of a menu that Digitree brings, with the nodes that say them."""
    for node in nodes.values():
        if isinstance(node, AskLanguageNode):
            yield from ((node, each) for each in node.own_sentences())


def voice_of(language: str, voices: Mapping[str, str]) -> str | None:
    """Who says a sentence in this language: the first voice that speaks it or a dialect of it, else the first one;
    None: there is no voice. `voices` with what they speak, the default one first."""
    wanted = language.lower()
    exact = [name for name, spoken in voices.items() if spoken.lower() == wanted]
    alike = [name for name, spoken in voices.items() if spoken.lower().partition("-")[0] == wanted.partition("-")[0]]
    return next(iter((*exact, *alike, *voices)), None)


def speaks(spoken: str, language: str) -> bool:
    """Whether a voice for the language `spoken` speaks this one, or another dialect of it."""
    return spoken.lower().partition("-")[0] == language.lower().partition("-")[0]


def lint_sentences(
    nodes: Mapping[str, Node],
    voices: Mapping[str, str] | None,
    prompts: Container[str],
    outdated: Container[str] = (),
) -> Iterator[Problem]:
    """Warnings of sentences that callers hear in another voice than their language's, or not at all. `prompts` have a
    file; the `outdated` were spoken by another voice than the one of their language, or in other words."""
    for node, (language, key) in own_sentences(nodes):
        audio = audio_of(language, key)
        spoken = voices[voice] if voices and (voice := voice_of(language, voices)) else language
        named = language_in_words(language)
        if not speaks(spoken, language):
            heard = f"callers hear its sentence in a voice for {language_in_words(spoken.partition('-')[0])}"
            if audio in outdated:
                heard = "its sentence stays as an earlier voice spoke it, and is not spoken again"
            yield node.warning("no_voice_for_language", f"no voice speaks {named}: {heard}", "voice")
        elif audio in outdated and audio in prompts:
            text = f"the sentence that offers {named} was spoken by another voice, or in other words: save again"
            yield node.warning("stale_prompt", text, "audio")
        if audio not in prompts:
            text = f"the sentence that offers {named} is not spoken yet: callers hear keys read out. Save again"
            yield node.warning("audio_not_ready", text, "audio")
