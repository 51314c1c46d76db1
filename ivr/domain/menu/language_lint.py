"""Languages: whether a prompt lacks one of the menu's languages, or names one that the menu does not have, and
whether what every menu shares is spoken in them."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping, Sequence

from ivr.domain.menu.ask_language import AskLanguageNode
from ivr.domain.menu.cases import Exact, Range, parse_case
from ivr.domain.menu.digits_said import digits_said
from ivr.domain.menu.node import Node
from ivr.domain.menu.sequences import Said, pieces_of
from ivr.domain.menu.slots import TEXTS
from ivr.domain.menu.switch import SwitchNode
from ivr.domain.menu.templates import fixed_parts
from ivr.domain.menu.variables import LANGUAGE
from ivr.domain.menu.words import READ, words_of
from ivr.domain.problems import Problem, pointer
from ivr.domain.said.language_names import language_in_words, languages_in_words
from ivr.domain.system_prompts.languages import ENGLISH, LANGUAGES, find_words


def lint_languages(languages: Sequence[str], nodes: Mapping[str, Node]) -> Iterator[Problem]:
    for node in nodes.values():
        for audio, text in TEXTS.items():
            said = {field: getattr(node, field, None) for field in (audio, text)}
            yield from _not_listed(node, languages, said)
            if languages[1:] and not isinstance(node, AskLanguageNode):
                yield from _not_said(node, languages, said)
        yield from _never_chosen(node, languages)


def lint_language_questions(nodes: Mapping[str, Node], spoken: Mapping[str, str]) -> Iterator[Problem]:
    """Words of an author's own that do not name the key of a language; `spoken` is what the files made by a voice
    say. Nothing is known of a recording without a text."""
    for node in nodes.values():
        if not isinstance(node, AskLanguageNode):
            continue
        for words in words_of(node, spoken):
            named = digits_said(words.text)
            unsaid = [
                f"key {key}, which chooses {language}"
                for key, language in node.offered.items()
                if words.language in (None, language) and language.partition("-")[0] in READ and key not in named
            ]
            if unsaid:
                text = f"callers do not hear of {' and '.join(unsaid)}: name it in these words, or leave them out"
                yield node.warning("language_not_said", text, *words.path)


def lint_numbers(languages: Sequence[str], numbers: Mapping[str, str]) -> Iterator[Problem]:
    """Numbers with a language that the menu has not, or has no more."""
    first = f", or hear {languages[0]}" if languages else ", or hear the menu as it is"
    for number, language in numbers.items():
        if not is_one_of(language, languages):
            text = (
                f"{number} is for callers in {language}, which is not among the languages of the menu: they are "
                f"asked for their language{first}. Add {language}, or give the number another language"
            )
            yield Problem(pointer("languages"), "number_language_not_listed", text)


def lint_system_prompts(languages: Sequence[str], spoken: Container[str] | None) -> Iterator[Problem]:
    """Languages whose callers hear the system prompts in English; `spoken` None: which are spoken is not known."""
    unknown = [each for each in languages if find_words(each) is None]
    if unknown:
        known = f"it has words for {', '.join(map(language_in_words, LANGUAGES))} alone"
        yield _in_english(unknown, f"{known}. Give wrong keys, endings and the opt-out prompts of your own")
    silent = [each for each in languages if spoken is not None and _is_silent(each, spoken)]
    if silent:
        because = (
            "they are not spoken yet. A voice of the language speaks them within minutes; if there is none, add one,"
            " as with digitree voices add kokoro"
        )
        yield _in_english(silent, because)


def _is_silent(language: str, spoken: Container[str]) -> bool:
    words = find_words(language)
    return words is not None and words is not ENGLISH and words.language not in spoken


def _in_english(languages: Sequence[str], because: str) -> Problem:
    text = (
        f"callers in {languages_in_words(languages)} hear Digitree's own prompts (a wrong key, the goodbye, the "
        f"opt-out) in English: {because}"
    )
    return Problem(pointer("languages"), "system_prompts_in_english", text)


def _not_listed(node: Node, languages: Sequence[str], said: Mapping[str, Said | None]) -> Iterator[Problem]:
    for field, value in said.items():
        if not isinstance(value, Mapping):
            continue
        heard = languages or list(value)[:1]
        for language in value:
            if language not in heard:
                text = f"callers never hear this: {language} is not among the languages of the menu"
                yield node.warning("language_not_listed", text, field, language)


def _not_said(node: Node, languages: Sequence[str], said: Mapping[str, Said | None]) -> Iterator[Problem]:
    """Words that are the same in all languages, and languages without a prompt. A file alone may be music, and a text
    of nothing but variables is in the language of their values."""
    audio, text = said.values()
    if isinstance(audio, Mapping) and not isinstance(text, Mapping):
        found: Collection[str] = audio
    elif text is not None and not any(fixed_parts(piece.item) for piece in pieces_of(text)):
        return
    elif isinstance(audio, Mapping):
        found = audio
    elif isinstance(text, Mapping):
        found = text
    elif text is not None:
        found = languages[:1]
    else:
        return
    missing = [language for language in languages if language not in found]
    if missing:
        heard = next((language for language in languages if language in found), None)
        instead = language_in_words(heard) if heard is not None else "another language"
        field = next(iter(said))
        what = "these words are" if field == "audio" else f"{field} is"
        text = f"{what} not said in {languages_in_words(missing)}: those callers hear {instead}"
        yield node.warning("not_in_every_language", text, field)


def _never_chosen(node: Node, languages: Sequence[str]) -> Iterator[Problem]:
    chosen = (node.set or {}).get(LANGUAGE)
    if isinstance(chosen, str) and "{" not in chosen and not is_one_of(chosen, languages):
        text = f"{chosen} is not among the languages of the menu: callers hear the first one"
        yield node.warning("language_not_listed", text, "set", LANGUAGE)
    if isinstance(node, SwitchNode) and node.switch == LANGUAGE:
        for case in node.case:
            if isinstance(parse_case(case), Exact | Range) and case not in languages:
                text = f"this case is never taken: {case or 'empty'} is not among the languages of the menu"
                yield node.warning("case_never_taken", text, "case", case)


def is_one_of(language: str, languages: Sequence[str]) -> bool:
    """Whether callers in this language, or in a dialect of it, hear one of these."""
    return any(each.partition("-")[0] == language.lower().partition("-")[0] for each in languages)
