"""A published menu as ready command bytes, built once, when a process first reads that version."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from esl_server.agents.dialling import Agents, DialTarget
from esl_server.call.filling import SILENT, Filler, Voice
from esl_server.call.sequence import PlayedFile, PlayedSequence, in_sequence
from esl_server.call.sound_files import SoundFiles, is_whole, least_bytes
from esl_server.call.state_parts import TONES
from esl_server.switch import bridging, commands
from ivr.domain.agents import Agent
from ivr.domain.hours.known_word import KnownWord
from ivr.domain.menu.document import Menu
from ivr.domain.menu.fields import DTMF_DIGITS
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.interpreter import Act, Next
from ivr.domain.menu.language_sentences import SENTENCE_FILE
from ivr.domain.menu.node import Node
from ivr.domain.menu.published import PromptFile, PublishedMenu, cache_pointer
from ivr.domain.menu.sequences import Said, sequence_of
from ivr.domain.menu.templates import fill_name
from ivr.domain.menu.transfer import TransferNode
from ivr.domain.menu.variables import NOTHING_KNOWN, Memory
from ivr.domain.system_prompts.languages import FOLDER, find_text


class PromptPaths(Protocol):
    """The paths of prompt files (ivr.storage.disk.prompt_files)."""

    def path_of(self, file: str) -> Path: ...

    def heard_system(self, name: str, language: str) -> Path: ...

    def piece(self, voice: str, name: str) -> Path: ...

    def keys_prompt(self, keys: str, language: str) -> Path | None: ...


@dataclass(slots=True)
class Question:
    """A gather node's own prompt, ready to be asked: a file, or several in sequence. `files` has their paths; one of
    fewer bytes than its own is damaged."""

    files: tuple[tuple[str, int], ...]
    ask: commands.Gather
    played: PlayedSequence
    # What a record says of it.
    recorded: tuple[str | None, int]
    _seen_until: float = float("-inf")

    def is_whole(self) -> bool:
        return all(is_whole(path, min_bytes) for path, min_bytes in self.files)

    def was_whole(self) -> bool:
        """`is_whole` as of a second ago at most. Files rarely vanish; one that has just vanished costs the caller a
        question without a prompt, after which `CompiledMenu.is_still_there` checks again."""
        now = time.monotonic()
        if now >= self._seen_until:
            if not self.is_whole():
                return False
            self._seen_until = now + _SEEN_S
        return True


_SEEN_S = 1.0


class Spoken(NamedTuple):
    """What is played of some audio names, `until` it is looked for again."""

    played: PlayedSequence | None
    until: float


class Varies(NamedTuple):
    """A question whose prompt says variables: the audio names of it."""

    names: tuple[str, ...]


class Filled(NamedTuple):
    """Such a question, ready to be asked in one call."""

    ask: commands.Gather
    played: PlayedSequence


@dataclass(frozen=True, slots=True)
class CompiledMenu:
    """One version of one menu. Questions are built when first asked, so that a menu of 500 nodes costs a call no more
    than one of five."""

    pointer: str
    published: PublishedMenu
    tree: Menu
    paths: PromptPaths
    filler: Filler
    _questions: dict[tuple[str, int, str], Question | Varies | None]
    # By the identity of their commands, which they keep.
    _asked_with: dict[int, Question]
    _spoken: dict[tuple[str, ...], Spoken]
    _targets: dict[str, list[DialTarget]]
    _words: dict[str, KnownWord]

    @classmethod
    def of(cls, published: PublishedMenu, paths: PromptPaths, voice: Voice = SILENT) -> CompiledMenu:
        pointer = cache_pointer(published.ivr_id, published.version)
        filler = Filler(published.prompts, SoundFiles(paths), voice)
        words = {name: KnownWord(hours, published.given.at) for name, hours in published.hours.items()}
        return cls(pointer, published, published.tree, paths, filler, {}, {}, {}, {}, words)

    def leaves_unanswered(self, following: Next, memory: Memory = NOTHING_KNOWN) -> bool:
        """Whether a call that is not answered yet need not be for this."""
        if not isinstance(following, Act):
            return False
        node: Node = following.node
        return node.leaves_unanswered and self.spoken(node.audio, memory) is None

    def gather(
        self, node: GatherNode, again: int = 0, memory: Memory = NOTHING_KNOWN
    ) -> commands.Gather | Filled:
        """The node's own question, or its digits read out when the prompt is missing or damaged. `again`: how often
        it was asked before."""
        if not (again or memory.languages):
            # `_ready`, without calls of its own: nearly every question.
            question = self._questions.get((node.id, 0, ""))
            if type(question) is Question and question.was_whole():
                return question.ask
        if again and node.again_audio is not None and (own := self._ready(node, again, memory)) is not None:
            return own
        return self._ready(node, 0, memory) or self.digits_read_out(node, memory)

    def _ready(self, node: GatherNode, again: int, memory: Memory) -> commands.Gather | Filled | None:
        question = self._question(node, again, memory.language if memory.languages else "")
        if isinstance(question, Question):
            return question.ask if question.was_whole() else None
        played = self.filler.fill(question.names, memory) if question is not None else None
        if played is None:
            return None
        if not played.duration_ms:
            return Filled(self.digits_read_out(node, memory), played)
        return Filled(_asking(node, played.path if node.barge_in else commands.ALREADY_PLAYED), played)

    def digits_read_out(self, node: GatherNode, memory: Memory = NOTHING_KNOWN) -> commands.Gather:
        """The question without its own prompt."""
        return _asking(node, self._fallback_path(node, memory))

    def is_still_there(
        self, node: GatherNode, asked: commands.Gather, memory: Memory = NOTHING_KNOWN
    ) -> bool:
        """Whether FreeSWITCH could open the file of a question: it is on disk, or it is tones."""
        own = self._asked(node, asked)
        if own is not None:
            return own.is_whole()
        return asked.file == commands.TONE.encode() or self._fallback_path(node, memory) != commands.TONE

    def tones(self, node: GatherNode, memory: Memory = NOTHING_KNOWN) -> commands.Gather:
        """The question without any file."""
        return _asking(node, commands.TONE)

    def played(
        self, node: GatherNode, asked: commands.Gather | None = None, memory: Memory = NOTHING_KNOWN
    ) -> tuple[str | None, int | None]:
        """The file that a question was asked with, below the prompt directory, and its length where it is known.
        Without `asked`: the node's own prompt, if it has one."""
        question = self._question(node, 0, memory.language) if asked is None else self._asked_with.get(id(asked))
        if isinstance(question, Question):
            return question.recorded
        if question is not None:
            filled = self.filler.fill(question.names, memory, in_time=False)
            return (filled.file or None, filled.duration_ms) if filled is not None else (None, None)
        path = self._fallback_path(node, memory)
        if path == commands.TONE or (asked is not None and commands.TONE.encode() in asked.file):
            return TONES, None
        return name_of(Path(path)), None

    def heard(self, node: GatherNode, memory: Memory = NOTHING_KNOWN) -> tuple[str | None, str | None]:
        """What a caller hears at this question: the prompt's file below the prompt directory, and the words where no
        prompt has them (digits read out)."""
        question = self._question(node, 0, memory.language)
        if isinstance(question, Varies):
            filled = self.filler.fill(question.names, memory, in_time=False)
            if filled is not None:
                return filled.file or None, filled.heard
        elif question is not None and question.is_whole():
            return question.recorded[0], None
        path = self._fallback_path(node, memory)
        if path == commands.TONE:
            return None, "(two tones)"
        file = name_of(Path(path))
        return file, find_text(file)

    def played_first(self, node: GatherNode, asked: commands.Gather) -> PlayedSequence | None:
        """What is played to its end before this command listens; None: it plays its prompt itself."""
        own = None if node.barge_in else self._asked(node, asked)
        return None if own is None else own.played

    def ringback(self, node: TransferNode, memory: Memory = NOTHING_KNOWN) -> str:
        """What a caller hears while an agent rings: the node's own audio, or a ringing tone. FreeSWITCH ends the
        bridge at once when it cannot open the file."""
        prompt = self.find_whole(fill_name(node.hold_audio, memory) if node.hold_audio else None)
        return str(self.paths.path_of(prompt.file)) if prompt else bridging.RINGING

    def find_whole(self, audio: str | None) -> PromptFile | None:
        """The file of an audio name; None when there is none, it is missing or damaged, or it says variables."""
        prompt = self.published.prompts.get(audio) if audio else None
        if prompt is None or self.filler.is_template(prompt):
            return None
        return prompt if is_whole(str(self.paths.path_of(prompt.file)), least_bytes(prompt.duration_ms)) else None

    def agent(self, node: TransferNode) -> Agent | None:
        """The agent that a transfer names; None: the default agent, or somebody in place of an agent."""
        return self.published.agents.get(node.agent) if node.agent and node.rings_an_agent else None

    def targets(self, node: TransferNode, agents: Agents) -> tuple[str | None, list[DialTarget]]:
        """The name of the agent that a transfer reaches, None for the default agent, and its addresses."""
        agent = self.agent(node)
        if agent is None and node.limits_nothing:
            return None, agents.default
        targets = self._targets.get(node.id)
        if targets is None:
            targets = self._targets[node.id] = agents.targets_of(node.limited(agent or agents.default[0].agent))
        return agent.name if agent else None, targets

    def word_of(self, hours: str, moment_ms: int) -> str:
        """The word of these hours at a moment (epoch milliseconds); empty where the menu has no such hours."""
        word = self._words.get(hours)
        return "" if word is None else word.at(moment_ms)

    def ending(self, node: Node, memory: Memory = NOTHING_KNOWN) -> bytes | None:
        """The playback of an action's own audio, or None."""
        return None if (own := self.own_audio(node, memory)) is None else own.playback

    def own_audio(self, node: Node, memory: Memory = NOTHING_KNOWN) -> PlayedSequence | None:
        """An action's own audio; FreeSWITCH skips a file of it that is missing."""
        if not node.audio:
            return None
        names = sequence_of(node.audio, memory.language, self.tree.languages)
        if self.filler.says_variables(names):
            return self.filler.fill(names, memory)
        return in_sequence([self._file(prompt) for name in names if (prompt := self.published.prompts.get(name))])

    def spoken(self, said: Said | None, memory: Memory = NOTHING_KNOWN) -> PlayedSequence | None:
        """What is said to this caller, as far as its files were there and whole a second ago; None: nothing is."""
        if not said:
            return None
        if isinstance(said, str):
            names: tuple[str, ...] = (said,)
        else:
            names = sequence_of(said, memory.language if memory.languages else "", self.tree.languages)
        now = time.monotonic()
        seen = self._spoken.get(names)
        if seen is not None and now < seen.until:
            return seen.played
        if self.filler.says_variables(names):
            return self.filler.fill(names, memory)
        played = in_sequence([self._file(prompt) for name in names if (prompt := self.find_whole(name))])
        self._spoken[names] = Spoken(played, now + _SEEN_S)
        return played

    def _file(self, prompt: PromptFile) -> PlayedFile:
        return PlayedFile(self.paths.path_of(prompt.file), prompt.in_records, prompt.duration_ms)

    def _question(self, node: GatherNode, again: int, language: str) -> Question | Varies | None:
        try:
            return self._questions[node.id, again, language]
        except KeyError:
            question = self._build(node, again, language)
            # What Digitree says by itself may be spoken yet.
            if question is not None or not node.comes_first:
                self._questions[node.id, again, language] = question
            return question

    def _asked(self, node: GatherNode, asked: commands.Gather) -> Question | None:
        """The question that was asked; None: it was asked without a prompt of its own."""
        return self._asked_with.get(id(asked))

    def _build(self, node: GatherNode, again: int, language: str) -> Question | Varies | None:
        """None where the question names no prompt, or one of its prompts has no file."""
        names = node.prompt_at(again, language, self.tree.languages)
        if self.filler.says_variables(names):
            return Varies(names)
        sounds = SoundFiles(self.paths)
        found = [self.published.prompts.get(name) or sounds.find_sentence(name) for name in names]
        files = [self._file(prompt) for prompt in found if prompt is not None]
        played = in_sequence(files)
        if played is None or len(files) < len(names):
            return None
        sizes = tuple((str(each.path), _least_bytes(each)) for each in files)
        asked_path = played.path if node.barge_in else commands.ALREADY_PLAYED
        recorded = played.file or None, played.duration_ms
        question = Question(sizes, _asking(node, asked_path), played, recorded)
        self._asked_with[id(question.ask)] = question
        return question

    def _fallback_path(self, node: GatherNode, memory: Memory) -> str:
        """A prompt that reads out the digits offered; two tones when its parts are missing, too."""
        keys = "".join(key for key, to in node.gather.items() if key in DTMF_DIGITS and to in self.tree.nodes)
        path = self.paths.keys_prompt(keys, memory.language) if keys else None
        return str(path) if path else commands.TONE


def name_of(path: Path) -> str:
    """How records name a system prompt, by its path."""
    folder, name = path.parent.name, path.name
    return f"{FOLDER}/{name}" if folder == FOLDER else f"{FOLDER}/{folder}/{name}"


def _least_bytes(file: PlayedFile) -> int:
    """The size below which it is damaged; a sentence that comes with Digitree may be spoken again meanwhile."""
    return 1 if SENTENCE_FILE.fullmatch(file.file) else least_bytes(file.duration_ms)


def _asking(node: GatherNode, path: str) -> commands.Gather:
    if node.entries.is_single:
        return commands.gather(path, node.timeout_s)
    stage = node.entries.stage("")
    end_keys = stage.end_keys if node.entry_s is None else commands.TIME_OVER + stage.end_keys
    return commands.gather_entry(path, stage.digits, end_keys, node.timeout_s, node.between_s)
