"""What is unwise or unfinished in a well-formed menu: warnings, each with a pointer.

A warning never stops a menu from being saved or going live, unless the client asked with `?strict=true`. What
concerns one kind of node alone is said in its file; here is what holds for all of them.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from ivr.domain.menu.answer_lint import lint_answer
from ivr.domain.menu.ask_language import lint_sentences
from ivr.domain.menu.digits_said import digits_said
from ivr.domain.menu.document import Menu
from ivr.domain.menu.exit_lint import lint_exits
from ivr.domain.menu.header_lint import lint_headers
from ivr.domain.menu.hung_up import FIELD as HUNG_UP
from ivr.domain.menu.hung_up import reached
from ivr.domain.menu.language_lint import (
    lint_language_questions,
    lint_languages,
    lint_numbers,
    lint_system_prompts,
)
from ivr.domain.menu.loop_lint import lint_loops
from ivr.domain.menu.message import MessageNode
from ivr.domain.menu.node import Node, Surroundings
from ivr.domain.menu.opt_out_lint import lint_opt_out
from ivr.domain.menu.prompt_fields import AudioField
from ivr.domain.menu.said_lint import lint_braces, lint_name
from ivr.domain.menu.slots import TEXTS
from ivr.domain.menu.spoken_as import lint_said, texts_said
from ivr.domain.menu.templates import without_variables
from ivr.domain.menu.variable_lint import lint_variables
from ivr.domain.menu.words import stale_pieces, words_of
from ivr.domain.number_lists import ASKED
from ivr.domain.problems import Problem, pointer
from ivr.domain.said.own_words import OwnWords


def lint(
    menu: Menu,
    prompts: Container[str],
    agents: Container[str] = (),
    spoken: Mapping[str, str] | None = None,
    hours: Container[str] = (),
    services: Container[str] | None = None,
    lists: Container[str] | None = None,
    voices: Mapping[str, str] | None = None,
    channels: Container[str] | None = None,
    groups: Container[str] | None = None,
    words: OwnWords | None = None,
    outdated: Container[str] = (),
    system_languages: Container[str] | None = None,
    numbers: Mapping[str, str] | None = None,
) -> list[Problem]:
    """All warnings of a menu; `prompts` holds the audio names that have a file, `agents`, `hours`, `services`,
    `lists`, `voices` and `channels` those there are, `groups` those that people are in, `spoken` what the files made
    by a voice say, by audio name; `voices` with what they speak, `words` the installation's list of words, `outdated`
    the files that a voice would now say otherwise, `system_languages` those that the system prompts are spoken in,
    `numbers` the languages of the menu's numbers that have one."""
    there = hours, services, lists, voices, channels, groups
    around = Surroundings(menu.nodes, prompts, agents, spoken or {}, *there)
    nodes = menu.nodes.values()
    return [
        *_missing_hung_up_node(menu),
        *(warning for node in nodes for warning in _missing_targets(node, around)),
        *(warning for node in nodes for warning in node.lint(around)),
        *lint_loops(menu.nodes),
        *lint_exits(menu.start, menu.nodes),
        *_unreachable(menu),
        *(warning for node in nodes for warning in _missing_audio(node, around)),
        *(warning for node in nodes for warning in _stale_prompt(node, around)),
        *(warning for node in nodes for warning in _outdated_prompt(node, around, outdated)),
        *lint_said(texts_said(menu.nodes, menu.languages, voices, {**(words or {}), **menu.words})),
        *(warning for node in nodes for warning in _unknown_voices(node, around)),
        *(warning for node in nodes for warning in _digits_not_offered(node, around)),
        *(warning for node in nodes for warning in lint_braces(node)),
        *(warning for node in nodes for warning in _over_node_alone(node)),
        *_limits_differ(menu),
        *lint_languages(menu.languages, menu.nodes),
        *lint_language_questions(menu.nodes, around.spoken),
        *lint_numbers(menu.languages, numbers or {}),
        *lint_system_prompts(menu.languages, system_languages),
        *lint_sentences(menu.nodes, voices, prompts, outdated),
        *(warning for node in nodes for warning in _missing_lists(node, around)),
        *lint_variables(menu.start, menu.nodes, menu.hung_up_node),
        *lint_headers(menu.nodes),
        *lint_opt_out(menu.start, around),
        *lint_answer(menu.start, menu.nodes, answers_at_once=menu.answer),
    ]


def _missing_targets(node: Node, around: Surroundings) -> Iterator[Problem]:
    for way in node.targets():
        if way.target not in around.nodes:
            yield node.warning("target_not_found", way.if_missing, *way.path)


def _missing_hung_up_node(menu: Menu) -> Iterator[Problem]:
    if menu.hung_up_node is not None and menu.hung_up_node not in menu.nodes:
        text = f"there is no node {menu.hung_up_node}: nothing is done when a caller hangs up"
        yield Problem(pointer(HUNG_UP), "target_not_found", text)


def _unreachable(menu: Menu) -> Iterator[Problem]:
    seen = {node.id for start in (menu.start, menu.hung_up_node) for node in reached(start, menu.nodes)}
    for node in menu.nodes.values():
        if node.id not in seen:
            yield node.warning("unreachable", "no way from the start leads to this node")


def _over_node_alone(node: Node) -> Iterator[Problem]:
    if node.over_node is not None and node.max_visits is None:
        text = "over_node is never taken without max_visits, the number of times that a call may come here"
        yield node.warning("over_node_never_taken", text, "over_node")


def _limits_differ(menu: Menu) -> Iterator[Problem]:
    first: dict[str, Node] = {}
    for node in menu.nodes.values():
        if node.max_visits is None:
            continue
        other = first.setdefault(node.counted_as, node)
        if other.max_visits != node.max_visits:
            text = (
                f"visits of {other.id} and of this node count together, as {node.counted_as}, and there the limit is "
                f"{other.max_visits}: give both the same max_visits, or each a count of its own"
            )
            yield node.warning("count_limits_differ", text, "max_visits")


def _missing_lists(node: Node, around: Surroundings) -> Iterator[Problem]:
    for name in node.lists_set():
        if around.lists is not None and name not in around.lists:
            text = f"there is no list called {name}: nobody is put on it until there is"
            yield node.warning("list_not_found", text, "set", ASKED + name)


def _missing_audio(node: Node, around: Surroundings) -> Iterator[Problem]:
    unwise = node.without_prompt() if node.audio is None else None
    if unwise is not None:
        yield node.warning("no_audio", unwise, "audio")
    for each in node.fields():
        if isinstance(each, AudioField) and not (each.name == "audio" and unwise is not None):
            yield from _text_alone(node, each)
    for sound in node.sounds():
        if "{" in sound.audio:
            yield from lint_name(node, sound, around.prompts)
        elif sound.audio not in around.prompts:
            text = f"{sound.audio} is not spoken or uploaded yet: callers hear {sound.instead}"
            yield node.warning("audio_not_ready", text, *sound.path)


def _text_alone(node: Node, field: AudioField) -> Iterator[Problem]:
    text_field = TEXTS.get(field.name)
    if text_field is not None and getattr(node, field.name) is None and getattr(node, text_field) is not None:
        text = f"{text_field} has no audio yet: callers hear {node.instead_of(field)}"
        yield node.warning("no_audio", text, field.name)


def _stale_prompt(node: Node, around: Surroundings) -> Iterator[Problem]:
    for path, audio in stale_pieces(node, around.spoken):
        if audio in around.prompts:
            text = f"{audio} was spoken with other words: callers hear those until it is spoken again"
            yield node.warning("stale_prompt", text, *path)


def _outdated_prompt(node: Node, around: Surroundings, outdated: Container[str]) -> Iterator[Problem]:
    stale = {audio for _, audio in stale_pieces(node, around.spoken)}
    for sound in node.sounds():
        if sound.audio in outdated and sound.audio in around.prompts and sound.audio not in stale:
            text = "would be said otherwise now, by the words, rules or rate of today: speak it again"
            yield node.warning("stale_prompt", f"{sound.audio} {text}", *sound.path)


def _unknown_voices(node: Node, around: Surroundings) -> Iterator[Problem]:
    if around.voices is None or node.voice is None:
        return
    named = {(): node.voice} if isinstance(node.voice, str) else {(each,): v for each, v in node.voice.items()}
    for path, voice in named.items():
        if voice not in around.voices:
            text = f"there is no voice called {voice}: the text cannot be spoken until another one is chosen"
            yield node.warning("voice_unknown", text, "voice", *path)


def _until_keys(node: Node, nodes: Mapping[str, Node]) -> list[Node]:
    """The node, and after a message those that follow it: it may tell the keys of the next question or transfer."""
    found = [node]
    while isinstance(node, MessageNode) and (after := nodes.get(node.next)) is not None and after not in found:
        found.append(after)
        node = after
    return found


def _digits_not_offered(node: Node, around: Surroundings) -> Iterator[Problem]:
    offered = [each.offered_digits() for each in _until_keys(node, around.nodes)]
    for words in words_of(node, around.spoken):
        said = digits_said(without_variables(words.text))
        missing = [digit for digit in said if not any(digit in each for each in offered)]
        if missing:
            text = f"the prompt says to press {' and '.join(missing)}, which this node does not have"
            yield node.warning("key_not_offered", text, *words.path)
