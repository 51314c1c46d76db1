"""Prompts of several files, and prompts in the caller's language: played in one write, cut by a key, recorded as
heard, the same after a takeover."""

from __future__ import annotations

from typing import Any

import pytest

from devswitch.caller import CallScript
from devswitch.switch import CallResult, CallSetup, DevSwitch
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PromptFile, PublishedMenu
from tests.calls.test_messages import DIALECTS, cut_at, path, record, writes
from tests.rig import DID, Rig, write_wav

__all__ = ["writes"]

FILES = {name: f"{number:032x}" for number, name in enumerate(("hi", "keys", "hola", "teclas", "bye", "adios"), 40)}
HI, KEYS, HOLA, TECLAS, BYE, ADIOS = FILES.values()
MS = 400
SEVERAL: dict[str, Any] = {
    "ask": {"audio": ["hi.wav", "keys.wav"], "gather": {"1": "told"}, "max_attempts": 2, "again_audio": ["keys.wav"]},
    "told": {"audio": ["bye.wav", "hi.wav"], "next": "end"},
    "end": {"action": "hangup", "audio": ["keys.wav", "bye.wav"]},
}
SPOKEN: dict[str, Any] = {
    "ask": {"audio": {"en": ["hi.wav", "keys.wav"], "es": ["hola.wav", "teclas.wav"]},
            "gather": {"1": "end", "2": "spanish"}},
    "spanish": {"set": {"language": "es"}, "next": "more"},
    "more": {"audio": {"en": "keys.wav", "es": "teclas.wav"}, "gather": {"1": "which"}},
    "which": {"switch": "language", "case": {"es": "end"}, "default": "more"},
    "end": {"action": "hangup", "audio": {"en": "bye.wav", "es": "adios.wav"}},
}  # fmt: skip


def publish(rig: Rig, nodes: dict[str, Any], **more: Any) -> None:
    prompts = {f"{name}.wav": PromptFile(f"{file}.wav", MS) for name, file in FILES.items()}
    for file in FILES.values():
        write_wav(rig.prompts_dir / f"{file}.wav", MS)
    menu = parse_menu({"name": "M", **more, "nodes": nodes})
    rig.menus.publish(PublishedMenu("ivr_seed01", 4, menu, prompts), DID)


def call(rig: Rig, keys: str, speed: float = 20, **setup: Any) -> CallResult:
    switch = DevSwitch(rig.targets, speed=speed)
    result = switch.call(CallSetup(did=DID, script=CallScript.parse(keys), **setup), timeout_s=60)
    rig.drained()
    assert result.violations == []
    return result


def joined(*files: str) -> str:
    return "+".join(f"{file}.wav" for file in files)


@DIALECTS
def test_a_prompt_of_several_files_is_one_write_and_its_step_names_them_all(
    rig: Rig, writes: list[bytes], variables: dict[str, str]
) -> None:
    publish(rig, SEVERAL)
    result = call(rig, "1@1500", extra_variables=variables)
    assert result.prompt_names == [HI, KEYS, BYE, HI, KEYS, BYE]
    assert len([data for data in writes if b"play_and_get_digits" in data]) == 1
    assert [step["prompt"] for step in record(rig)["path"]] == [
        joined(HI, KEYS), joined(BYE, HI), joined(KEYS, BYE)
    ]  # fmt: skip
    assert record(rig)["path"][0]["prompt_ms"] == 2 * MS + 250


def test_a_key_in_the_second_file_ends_both_and_is_the_answer(rig: Rig) -> None:
    publish(rig, SEVERAL)
    # Long, so that the key comes during it on a busy machine, too.
    write_wav(rig.prompts_dir / f"{KEYS}.wav", 60 * MS)
    script = CallScript(presses=((400 + 250 + MS + 20.0 * MS, "1"),))
    result = DevSwitch(rig.targets, speed=4).call(CallSetup(did=DID, script=script), timeout_s=30)
    rig.drained()
    assert path(rig)[0] == ("ask", "key", "1")
    heard = [each for each in result.heard if not each.is_silence]
    assert heard[1].file.endswith(f"{KEYS}.wav")
    assert heard[1].cut_by_key == "1"


def test_the_second_attempt_has_a_prompt_of_its_own(rig: Rig) -> None:
    publish(rig, SEVERAL)
    assert call(rig, "-,1").prompt_names[:3] == [HI, KEYS, KEYS]
    assert [step["prompt"] for step in record(rig)["path"]][:2] == [joined(HI, KEYS), joined(KEYS)]


def test_a_question_without_one_of_its_files_reads_its_keys_out_and_a_message_plays_the_others(rig: Rig) -> None:
    publish(rig, SEVERAL)
    (rig.prompts_dir / f"{HI}.wav").unlink()
    assert call(rig, "1").prompt_names == ["keys-1", BYE, KEYS, BYE]
    assert [step["prompt"] for step in record(rig)["path"]] == ["system/keys-1.wav", joined(BYE), joined(KEYS, BYE)]


@DIALECTS
def test_prompts_are_in_the_language_that_the_caller_has_chosen(rig: Rig, variables: dict[str, str]) -> None:
    publish(rig, SPOKEN, languages=["en", "es"])
    assert call(rig, "2@1500,1@1500", extra_variables=variables).prompt_names == [HI, KEYS, TECLAS, ADIOS]
    assert path(rig)[-2:] == [("which", "switch", "es"), ("end", "action", None)]
    assert record(rig)["path"][2]["prompt"] == joined(TECLAS)


def test_callers_who_choose_nothing_get_the_first_language(rig: Rig) -> None:
    publish(rig, SPOKEN, languages=["es", "en"])
    assert call(rig, "1@1500").prompt_names == [HOLA, TECLAS, ADIOS]


@DIALECTS
def test_a_call_that_is_taken_over_keeps_its_language(rig: Rig, variables: dict[str, str]) -> None:
    publish(rig, SPOKEN, languages=["en", "es"])
    result = call(rig, "2,1", on_note=cut_at(rig, TECLAS), extra_variables=variables)
    assert result.connections == 2
    assert result.prompt_names[-1] == ADIOS
    assert record(rig)["take_overs"] == 1
    assert [step["prompt"] for step in record(rig)["path"] if step["node"] == "more"] == [joined(TECLAS)]


@pytest.mark.parametrize("chosen", ["ES", "es-MX", "fr"])
def test_a_language_is_read_generously(rig: Rig, chosen: str) -> None:
    nodes = {**SPOKEN, "spanish": {"set": {"language": chosen}, "next": "more"}}
    publish(rig, nodes, languages=["en", "es"])
    call(rig, "2,-", speed=60)
    assert record(rig)["path"][2]["prompt"] == joined(KEYS if chosen == "fr" else TECLAS)
