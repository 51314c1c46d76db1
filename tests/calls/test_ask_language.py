"""The caller's language: asked for in each language's own words, known by the number called or an earlier call, told
to the agent and kept in the record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devswitch.switch import CallResult
from ivr.domain.dnc.events import OptOut
from ivr.domain.menu.language_sentences import audio_of
from tests.calls.test_entries import cut_when
from tests.calls.test_messages import DIALECTS, path, record, writes
from tests.calls.test_sequences import ADIOS, HI, HOLA, KEYS, TECLAS, call, publish
from tests.rig import DID, Rig, running_server, write_wav

__all__ = ["writes"]

LANGUAGES = ["en", "es"]
ENGLISH, SPANISH = (audio_of(*each).removesuffix(".wav") for each in (("en", "1"), ("es", "2")))
NODES: dict[str, Any] = {
    "language": {"action": "ask_language", "next": "ask"},
    "ask": {"audio": {"en": "keys.wav", "es": "teclas.wav"}, "gather": {"1": "agent", "9": "out", "5": "language"}},
    "agent": {"action": "transfer", "headers": {"X-IVR-Lang": "nonsense", "X-IVR-Own": "{language}"}},
    "out": {"action": "suppress", "audio": {"en": "bye.wav", "es": "adios.wav"}},
}
ASKED_KNOWN = ("language", "known", "es")


class Languages:
    """ports.KeptLanguages in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def find(self, number: str) -> str:
        return self.kept.get(number, "")

    def keep(self, number: str, language: str) -> None:
        self.kept[number] = language


def asked(rig: Rig, languages: list[str] = LANGUAGES, number_language: str = "", **question: Any) -> None:
    for place, language in enumerate(languages, 1):
        (rig.prompts_dir / "languages").mkdir(exist_ok=True)
        write_wav(rig.prompts_dir / audio_of(language, str(place)), 400)
    publish(rig, {**NODES, "language": {**NODES["language"], **question}}, languages=languages)
    if number_language:
        rig.menus.pointers[DID] += f":{number_language}"


def agent_headers(result: CallResult) -> dict[str, str]:
    assert result.agent is not None
    return {name: value for name, value in result.agent.headers.items() if name in ("X-IVR-Lang", "X-IVR-Own")}


@DIALECTS
def test_each_language_offers_itself_and_the_call_goes_on_in_the_one_chosen(
    rig: Rig, writes: list[bytes], variables: dict[str, str]
) -> None:
    asked(rig)
    result = call(rig, "2@1500,9@900", extra_variables=variables)
    assert [Path(name).stem for name in result.prompt_names] == [
        Path(each).stem for each in (ENGLISH, SPANISH, TECLAS, ADIOS)
    ]
    assert len([data for data in writes if b"play_and_get_digits" in data]) == 2, "one round trip for each question"
    told = record(rig)
    assert (told["language"], told["outcome"]) == ("es", "opted_out")
    assert told["path"][0]["prompt"] == f"{ENGLISH}.wav+{SPANISH}.wav"
    assert path(rig)[0] == ("language", "key", "2")
    (event,) = (each for kind, each in rig.records.written if kind == "opt_out")
    assert isinstance(event, OptOut)
    assert (event.language, event.prompt_file) == ("es", f"{TECLAS}.wav")


@pytest.mark.parametrize(
    ("keys", "results"), [("-,-,1", ["no_input", "no_input"]), ("7@1500,7@1500,1@1500", ["no_match", "no_match"])]
)
def test_who_chooses_none_is_asked_again_and_then_gets_the_first(rig: Rig, keys: str, results: list[str]) -> None:
    asked(rig)
    result = call(rig, keys)
    assert [step["result"] for step in record(rig)["path"]][:2] == results
    stems = [Path(name).stem for name in result.prompt_names]
    assert stems[:5] == [*[Path(each).stem for each in (ENGLISH, SPANISH)] * 2, KEYS], "no other word in between"
    assert agent_headers(result) == {"X-IVR-Lang": "en", "X-IVR-Own": "en"}


def test_a_key_during_the_first_sentence_chooses_at_once(rig: Rig) -> None:
    asked(rig)
    write_wav(rig.prompts_dir / f"{SPANISH}.wav", 60_000)
    call(rig, "2@800,9")
    step = record(rig)["path"][0]
    assert (step["key"], step["ms"] < 30_000) == ("2", True)


def test_a_number_of_one_language_passes_the_question_over(rig: Rig) -> None:
    asked(rig, number_language="es")
    result = call(rig, "1")
    assert path(rig)[:2] == [ASKED_KNOWN, ("ask", "key", "1")]
    assert record(rig)["path"][0]["value"] == "number"
    assert record(rig)["language"] == "es"
    assert agent_headers(result) == {"X-IVR-Lang": "es", "X-IVR-Own": "es"}


def test_a_language_that_the_menu_lacks_is_no_reason_not_to_ask(rig: Rig) -> None:
    asked(rig, number_language="fr")
    call(rig, "2,9")
    assert path(rig)[0] == ("language", "key", "2")


def test_who_comes_back_to_the_question_is_not_asked_twice(rig: Rig) -> None:
    asked(rig)
    call(rig, "2,5,9")
    assert path(rig)[:4] == [("language", "key", "2"), ("ask", "key", "5"), ASKED_KNOWN, ("ask", "key", "9")]
    assert record(rig)["path"][2]["value"] is None


def test_words_of_the_owner_stand_in_place_of_the_sentence_of_their_language(rig: Rig) -> None:
    asked(rig, audio={"es": "hola.wav"})
    assert [Path(name).stem for name in call(rig, "2@1500,9").prompt_names][:2] == [Path(ENGLISH).stem, HOLA]


def test_one_prompt_of_the_owner_says_it_in_all_languages(rig: Rig) -> None:
    asked(rig, audio="hi.wav")
    assert [Path(name).stem for name in call(rig, "2@800,9").prompt_names][:2] == [HI, TECLAS]


def test_keys_of_its_own_choose_their_languages(rig: Rig) -> None:
    asked(rig, keys={"*": "es", "0": "en"}, audio="hi.wav")
    call(rig, "*,9")
    assert record(rig)["language"] == "es"


def test_a_question_whose_sentences_are_not_spoken_reads_out_its_keys(rig: Rig) -> None:
    asked(rig)
    (rig.prompts_dir / f"{SPANISH}.wav").unlink()
    assert call(rig, "2,9").prompt_names[0].endswith("keys-12")
    write_wav(rig.prompts_dir / f"{SPANISH}.wav", 400)
    stems = [Path(name).stem for name in call(rig, "2@1500,9").prompt_names]
    assert stems[:2] == [Path(each).stem for each in (ENGLISH, SPANISH)], "spoken meanwhile, it is heard"


@DIALECTS
def test_a_worker_lost_while_the_language_is_asked_keeps_the_place_and_the_choice(
    rig: Rig, variables: dict[str, str]
) -> None:
    asked(rig)
    result = call(rig, "2,1", speed=4, on_note=cut_when("gather", 1, rig), extra_variables=variables)
    assert result.connections == 2
    told = record(rig)
    assert (told["take_overs"], told["language"]) == (1, "es")
    assert told["path"][0]["prompt"] == f"{ENGLISH}.wav+{SPANISH}.wav"
    assert agent_headers(result)["X-IVR-Lang"] == "es"


def test_a_menu_that_says_no_languages_says_none_to_the_agent(rig: Rig) -> None:
    publish(rig, {"ask": {"audio": "keys.wav", "gather": {"1": "agent"}}, "agent": NODES["agent"]})
    result = call(rig, "1")
    assert agent_headers(result) == {"X-IVR-Lang": "nonsense"}
    assert record(rig)["language"] is None


@pytest.fixture
def remembering(tmp_path: Path) -> Iterator[tuple[Rig, Languages]]:
    languages = Languages()
    with running_server(tmp_path, languages=languages) as running:
        yield running, languages


def test_a_caller_who_chose_before_is_not_asked_again(remembering: tuple[Rig, Languages]) -> None:
    rig, languages = remembering
    asked(rig, remember=True)
    call(rig, "2,9")
    assert list(languages.kept.values()) == ["es"]
    result = call(rig, "1")
    first = rig.records.of("call_ended")[-1]["path"][0]
    assert (first["node"], first["result"], first["key"], first["value"]) == ("language", "known", "es", "earlier")
    assert agent_headers(result)["X-IVR-Lang"] == "es"


@pytest.mark.parametrize(("remember", "ani"), [(True, "anonymous"), (False, "4805551234")])
def test_nothing_is_kept_of_withheld_numbers_or_where_the_menu_does_not_remember(
    remembering: tuple[Rig, Languages], remember: bool, ani: str
) -> None:
    rig, languages = remembering
    asked(rig, remember=remember)
    call(rig, "2,9", ani=ani)
    assert languages.kept == {}


def test_who_got_the_first_language_without_choosing_is_asked_next_time(
    remembering: tuple[Rig, Languages],
) -> None:
    rig, languages = remembering
    asked(rig, remember=True)
    call(rig, "-,-,9")
    assert languages.kept == {}
