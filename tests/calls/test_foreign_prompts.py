"""System prompts in the caller's language: heard, and named in the record and the opt-out; English where a prompt
was not spoken in it."""

from __future__ import annotations

from typing import Any

from devswitch.caller import CallScript, ScriptedAgent
from devswitch.switch import CallResult, CallSetup, DevSwitch
from ivr.domain.system_prompts.languages import LANGUAGES
from tests.calls.test_messages import DIALECTS, cut_at, record, writes
from tests.calls.test_sequences import call, publish
from tests.rig import DID, Rig, write_wav

__all__ = ["writes"]

# A question of two languages whose opt-out nothing leads on from, and one without a prompt of its own.
NODES: dict[str, Any] = {
    "ask": {"audio": {"en": "keys.wav", "es": "teclas.wav"}, "gather": {"9": "dnc", "8": "bare"}, "max_attempts": 3},
    "bare": {"gather": {"1": "ask", "8": "dnc"}},
    "dnc": {"action": "suppress"},
}


def speak(rig: Rig, language: str, *names: str) -> None:
    """Have these system prompts in a language; without names all of them."""
    folder = rig.prompts_dir / "system" / language
    folder.mkdir(exist_ok=True)
    for name in names or LANGUAGES[language].prompts:
        write_wav(folder / f"{name}.wav", 500)


def heard(result: CallResult) -> list[str]:
    """System prompts by their paths below the prompt directory, without the folder that they share."""
    files = [file.partition("/system/")[2] for file in result.prompts]
    return [file.removesuffix(".wav") for file in files if file]


@DIALECTS
def test_a_caller_who_chose_spanish_hears_spanish(rig: Rig, variables: dict[str, str]) -> None:
    publish(rig, NODES, languages=["es", "en"])
    speak(rig, "es")
    result = call(rig, "5@700,8@700,8@700", extra_variables=variables)
    assert heard(result) == ["es/invalid", "es/keys-18", "es/opted_out"]
    assert record(rig)["path"][2]["prompt"] == "system/es/keys-18.wav"
    (opt_out,) = rig.records.of("opt_out")
    assert (opt_out.prompt_file, opt_out.prompt_text) == ("system/es/keys-18.wav", "Oprima 1, u 8")


def test_a_menu_of_one_language_speaks_it(rig: Rig) -> None:
    publish(rig, NODES, languages=["es"])
    speak(rig, "es")
    assert heard(call(rig, "9@700")) == ["es/opted_out"]


def test_a_menu_without_languages_speaks_english(rig: Rig) -> None:
    publish(rig, {**NODES, "ask": {**NODES["ask"], "audio": "keys.wav"}})
    speak(rig, "es")
    assert heard(call(rig, "5@700,9@700")) == ["invalid", "opted_out"]


def test_what_was_not_spoken_is_heard_in_english(rig: Rig) -> None:
    publish(rig, NODES, languages=["es"])
    speak(rig, "es", "invalid", "press", "8")
    assert heard(call(rig, "5@700,8@700,8@700")) == ["es/invalid", "keys-18", "opted_out"]
    assert record(rig)["path"][2]["prompt"] == "system/keys-18.wav"
    (opt_out,) = rig.records.of("opt_out")
    assert opt_out.prompt_text == "Press 1, or 8"


def test_a_language_that_digitree_does_not_speak_is_english(rig: Rig) -> None:
    nodes = {**NODES, "ask": {**NODES["ask"], "audio": {"ja": "teclas.wav"}}}
    publish(rig, nodes, languages=["ja"])
    assert heard(call(rig, "5@700,9@700")) == ["invalid", "opted_out"]


@DIALECTS
def test_after_a_takeover_the_record_still_names_the_language(rig: Rig, variables: dict[str, str]) -> None:
    publish(rig, NODES, languages=["es"])
    speak(rig, "es")
    result = call(rig, "8,1,9", on_note=cut_at(rig, "keys-18"), extra_variables=variables)
    assert result.connections == 2
    assert [step["prompt"] for step in record(rig)["path"] if step["node"] == "bare"] == ["system/es/keys-18.wav"]
    assert heard(result)[-1] == "es/opted_out"


def test_a_number_is_asked_for_read_back_and_confirmed_in_spanish(rig: Rig) -> None:
    publish(rig, NODES, languages=["es"])
    speak(rig, "es")
    result = call(rig, "9,4155550123#,1", speed=40, ani="anonymous")
    assert heard(result) == [
        *(f"es/{name}" for name in ("key_number", *"14155550123", "confirm_number", "opted_out"))
    ]
    _, keyed = rig.records.of("opt_out")
    assert keyed.prompt_file == "system/es/confirm_number.wav"
    assert keyed.prompt_text == f"+ 1 4 1 5 5 5 5 0 1 2 3. {LANGUAGES['es'].sentences['confirm_number']}"


def test_a_recorded_call_is_announced_in_the_callers_language(rig: Rig) -> None:
    publish(rig, NODES, languages=["fr"], record_call=True)
    speak(rig, "fr")
    assert heard(call(rig, "9@2000")) == ["fr/call_recorded", "fr/opted_out"]
    announced = next(step for step in record(rig)["path"] if step["result"] == "played")
    assert announced["prompt"] == "system/fr/call_recorded.wav"


def test_the_goodbye_is_in_the_callers_language(rig: Rig) -> None:
    publish(rig, {**NODES, "ask": {**NODES["ask"], "max_attempts": 1}}, languages=["de"])
    speak(rig, "de")
    assert heard(call(rig, "-", speed=60))[-1] == "de/goodbye"


def test_the_apology_is_in_the_callers_language(rig: Rig) -> None:
    publish(rig, {"ask": {"gather": {"1": "go"}}, "go": {"action": "transfer"}}, languages=["pt-BR"])
    speak(rig, "pt-BR")
    switch = DevSwitch(rig.targets, speed=60, agents={"agent": ScriptedAgent.busy()})
    result = switch.call(CallSetup(did=DID, script=CallScript.parse("1")), timeout_s=60)
    rig.drained()
    assert heard(result) == ["pt-BR/keys-1", "pt-BR/apology"]


def test_who_is_rung_is_told_the_key_in_the_callers_language(rig: Rig) -> None:
    nodes = {"ask": {"gather": {"1": "go"}}, "go": {"action": "transfer", "accept_key": "8"}}
    publish(rig, nodes, languages=["es"])
    speak(rig, "es")
    (leg,) = call(rig, "1@700", speed=40).bridges
    assert leg.variables["group_confirm_file"].endswith("/system/es/keys-8.wav")
