"""The question for the language: its keys, what follows each reply, its words, and what is unwise about it."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.domain.errors import InvalidMenu
from ivr.domain.menu.ask_language import KNOWN, AskLanguageNode, voice_of
from ivr.domain.menu.document import Menu, parse_menu
from ivr.domain.menu.interpreter import Ask, begin, step
from ivr.domain.menu.language_sentences import SENTENCE_FILE, SENTENCES, audio_of, find_sentence, sentence_of
from ivr.domain.menu.lint import lint
from ivr.domain.menu.moves import GiveUp
from ivr.domain.menu.variables import Memory
from ivr.domain.said.said import normalise

ASK = {"audio": {"en": "a.wav", "es": "b.wav"}, "gather": {"1": "bye", "9": "out"},
       "text": {"en": "To go on press 1, or 9 to be removed.", "es": "Oprima 1, o 9 para que no le llamemos más."}}
VOICES = {"joe": "en-us", "claude": "es-mx", "siwis": "fr-fr"}


def menu(languages: list[str] | None = None, **question: Any) -> Menu:
    nodes = {"language": {"action": "ask_language", "next": "ask", **question}, "ask": ASK,
             "out": {"action": "suppress"}, "bye": {"action": "hangup"}}  # fmt: skip
    return parse_menu({"name": "M", "languages": languages or ["en", "es"], "nodes": nodes})


def asking(it: Menu) -> AskLanguageNode:
    node = it.nodes["language"]
    assert isinstance(node, AskLanguageNode)
    return node


def after(it: Menu, *replies: str | None) -> tuple[str, str]:
    """Where these replies lead, and in which language."""
    position, following = begin(it, Memory(languages=it.languages))
    for reply in replies:
        assert isinstance(following, Ask)
        position, following = step(it, position, reply, 1.0)
    return position.node, position.memory.language


@pytest.mark.parametrize(
    ("replies", "node", "language"),
    [
        (("1",), "ask", "en"),
        (("2",), "ask", "es"),
        ((None,), "language", "en"),
        (("7",), "language", "en"),
        ((None, "2"), "ask", "es"),
        ((None, None), "ask", "en"),
        (("7", "3"), "ask", "en"),
    ],
)
def test_a_key_chooses_and_after_the_last_attempt_the_first_language_counts(
    replies: tuple[str | None, ...], node: str, language: str
) -> None:
    assert after(menu(), *replies) == (node, language)


def test_what_is_known_is_passed_and_sets_nothing() -> None:
    it = menu()
    position, _ = begin(it, Memory(languages=it.languages, values={"language": "es"}))
    position, following = step(it, position, KNOWN, 1.0)
    assert (position.node, position.memory.language, isinstance(following, Ask)) == ("ask", "es", True)


def test_without_the_node_that_follows_the_call_ends() -> None:
    it = parse_menu({"name": "M", "languages": ["en", "es"],
                     "nodes": {"language": {"action": "ask_language", "next": "gone"}}})  # fmt: skip
    position, following = begin(it, Memory(languages=it.languages))
    for _ in range(2):
        position, following = step(it, position, "1", 1.0)
    assert following == GiveUp("no_match")


@pytest.mark.parametrize(
    ("question", "heard"),
    [
        ({}, ["For English, press 1.", "Para español, oprima el 2."]),
        ({"keys": {"*": "es", "0": "en"}}, ["Para español, oprima el asterisco.", "For English, press 0."]),
        ({"text": {"es": "Español: dos."}}, ["For English, press 1.", "Español: dos."]),
        ({"text": ["One.", "Dos."]}, ["One.", "Dos."]),
    ],
)
def test_each_language_has_one_sentence_in_the_order_of_the_keys(question: dict[str, Any], heard: list[str]) -> None:
    assert asking(menu(**question)).words() == " ".join(heard)


def test_own_prompts_stand_in_place_of_the_sentence_of_their_language() -> None:
    assert asking(menu()).prompt_at(0) == ("languages/en-1.wav", "languages/es-2.wav")
    assert asking(menu(audio={"es": ["x.wav", "y.wav"]})).prompt_at(0) == ("languages/en-1.wav", "x.wav", "y.wav")
    assert asking(menu(audio="own.wav")).prompt_at(1) == ("own.wav",)


@pytest.mark.parametrize("language", SENTENCES)
@pytest.mark.parametrize("key", "0123456789*#")
def test_every_sentence_is_words_that_a_voice_can_say_and_a_file_of_its_own(language: str, key: str) -> None:
    text = sentence_of(language, key)
    said = normalise(text, language).text
    assert not any(sign in said for sign in "{}*#")
    assert SENTENCE_FILE.fullmatch(audio_of(language, key))
    assert sentence_of(f"{language}-XX", key) == text, "a dialect has the sentence of its language"


def test_a_language_that_digitree_does_not_know_is_offered_by_its_code() -> None:
    assert sentence_of("haw", "3") == "For the language haw, press 3."


@pytest.mark.parametrize(
    ("language", "voice"), [("es", "claude"), ("es-ES", "claude"), ("fr", "siwis"), ("de", "joe"), ("en", "joe")]
)
def test_the_first_voice_of_the_language_says_its_sentence_else_the_default_one(language: str, voice: str) -> None:
    assert voice_of(language, VOICES) == voice
    assert voice_of(language, {}) is None


def test_the_question_may_come_before_the_one_that_offers_the_opt_out() -> None:
    ready = {"a.wav", "b.wav", "languages/en-1.wav", "languages/es-2.wav"}
    assert lint(menu(), ready, voices=VOICES) == []


@pytest.mark.parametrize(
    "own",
    [
        {"text": {"en": "For English, press 1."}, "audio": {"en": "own.wav"}},
        {"text": "For English press 1. Para español oprima el 2.", "audio": "own.wav"},
    ],
)
def test_it_may_do_so_in_words_of_the_authors_own(own: dict[str, Any]) -> None:
    ready = {"a.wav", "b.wav", "own.wav", "languages/es-2.wav"}
    found = {each.code for each in lint(menu(**own), ready, voices=VOICES)}
    assert found.isdisjoint({"message_before_opt_out", "language_not_said"})


@pytest.mark.parametrize(
    ("question", "pointer", "unsaid"),
    [
        ({"text": "Welcome to Acme."}, "text", ["key 1", "key 2"]),
        ({"text": "For English, press 1."}, "text", ["key 2"]),
        ({"text": {"es": "Para español, oprima el 3."}}, "text/es", ["key 2"]),
        ({"keys": {"1": "en", "5": "es"}, "text": "Press 1, o para español oprima el 2."}, "text", ["key 5"]),
        ({"audio": "own.wav"}, "audio", ["key 2"]),
    ],
)
def test_words_that_do_not_name_the_key_of_a_language_are_told(
    question: dict[str, Any], pointer: str, unsaid: list[str]
) -> None:
    found = lint(menu(**question), {"own.wav"}, spoken={"own.wav": "For English, press 1."}, voices=VOICES)
    (told,) = [each for each in found if each.code == "language_not_said"]
    assert told.pointer == f"/nodes/language/{pointer}"
    assert [key for key in ("key 1", "key 2", "key 5") if key in told.message] == unsaid


@pytest.mark.parametrize(
    "question", [{"audio": "own.wav"}, {"keys": {"1": "en", "2": "nl"}, "text": "Press 1. Voor Nederlands de twee."}]
)
def test_of_words_that_are_not_known_nothing_is_told(question: dict[str, Any]) -> None:
    assert "language_not_said" not in [each.code for each in lint(menu(**question), {"own.wav"}, voices=VOICES)]


@pytest.mark.parametrize(
    ("question", "languages", "codes"),
    [
        ({}, ["en"], {"one_language"}),
        ({"keys": {"1": "en", "2": "fr"}}, ["en", "es"], {"language_not_listed", "language_not_offered"}),
        ({"keys": {"2": "es"}}, ["en", "es"], {"language_not_offered"}),
        ({}, ["en", "haw"], {"no_sentence", "no_voice_for_language"}),
        ({}, ["en", "pt-BR"], {"no_voice_for_language"}),
    ],
)
def test_what_is_unwise_about_the_question_is_a_warning(
    question: dict[str, Any], languages: list[str], codes: set[str]
) -> None:
    it = menu(languages, **question)
    ready = {"a.wav", "b.wav", *asking(it).prompt_at(0)}
    found = {each.code for each in lint(it, ready, voices=VOICES) if each.pointer.startswith("/nodes/language")}
    assert found == codes


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ({"keys": {}}, "invalid_keys"),
        ({"keys": {"12": "en"}}, "invalid_key"),
        ({"keys": {"1": "english"}}, "invalid_language"),
        ({"keys": {"1": "en", "2": "en"}}, "doubled_language"),
        ({"keys": {"1": 7}}, "invalid_language"),
        ({"gather": {"1": "bye"}}, "gather_and_action"),
        ({"save": "x"}, "unknown_field"),
        ({"remember": "yes"}, "invalid_remember"),
        ({"max_attempts": 0}, "invalid_max_attempts"),
        ({"next": 5}, "invalid_target"),
    ],
)
def test_what_is_malformed_is_a_fault(question: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidMenu) as refused:
        menu(**question)
    assert code in {each.code for each in refused.value.problems}


@pytest.mark.parametrize("language", [*SENTENCES, "pt-BR", "ja"])
@pytest.mark.parametrize("key", ["1", "*", "#"])
def test_the_words_of_a_sentence_are_known_from_its_file(language: str, key: str) -> None:
    assert find_sentence(audio_of(language, key)) == sentence_of(language, key)


@pytest.mark.parametrize("file", ["en-1.wav", "languages/en.wav", "languages/../en-1.wav", "system/goodbye.wav", ""])
def test_other_files_are_no_sentence(file: str) -> None:
    assert find_sentence(file) is None
