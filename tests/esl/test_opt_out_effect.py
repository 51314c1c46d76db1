"""An opt-out: what is kept of it, and what the caller hears after it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from esl_server.call.effects import suppress
from esl_server.call.effects.keyed_number import Keyed
from esl_server.call.effects.suppress import continue_keyed_number, opt_out
from esl_server.switch import commands
from ivr.domain.call_records import Outcome, Step
from ivr.domain.errors import StorageUnavailable
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.interpreter import Act
from ivr.domain.menu.moves import Position
from ivr.domain.system_prompts.languages import ENGLISH
from tests.esl.test_call_notes import CHANNEL, in_every_language, made

TREE = parse_menu({"name": "m", "nodes": {"ask": {"gather": {"9": "dnc"}}, "dnc": {"action": "suppress"}}})
DNC: Any = TREE.nodes["dnc"]
AT = Position("dnc", 0, 1)
NUMBER: Any = "+14155550123"
PRESSED = Step("ask", 1, "key", "9", 400, 812)
OWN_WORDS = commands.playback("/p/own.wav")


class Kept:
    """A recorder that keeps opt-outs, up to `room` of them."""

    def __init__(self, room: int = 9) -> None:
        self.room = room
        self.opt_outs: list[Any] = []

    def opt_out(self, event: Any) -> None:
        if len(self.opt_outs) == self.room:
            raise StorageUnavailable("full")
        self.opt_outs.append(event)

    def started(self, record: Any) -> None: ...

    def stands(self, *_: Any) -> None: ...


def call_with(kept: Kept, *, number: bool = True, path: tuple[Step, ...] = (PRESSED,)) -> Any:
    call = made(kept, CHANNEL if number else CHANNEL.replace(b"4805551234", b"anonymous"))  # type: ignore[arg-type]
    call.services.prompts = in_every_language(
        **{name: commands.playback(f"/p/{name}.wav") for name in ("opted_out", "number_unknown", "trouble")}
    )
    call.record.path.extend(path)
    return call


def menu(directory: Path, own: bytes | None = None) -> Any:
    paths = SimpleNamespace(heard_system=lambda name, language: directory / f"{name}.wav")
    return SimpleNamespace(
        tree=TREE,
        paths=paths,
        heard=lambda node, memory: (f"{node.id}.wav", "Press 9"),
        ending=lambda node, memory: own, own_audio=lambda node, memory: None,
    )


def played(call: Any) -> list[str]:
    return [
        each[0].rpartition(b"/")[2].partition(b".")[0].decode()
        for each in call.leg.session.requests
        if each[3] == "playback"
    ]


def test_the_key_and_the_question_that_offered_it_are_kept(tmp_path: Path) -> None:
    kept = Kept()
    call = call_with(kept)
    assert opt_out(call, menu(tmp_path), AT, Act(DNC)) is Outcome.OPTED_OUT
    (event,) = kept.opt_outs
    assert (event.source, event.node, event.key, event.ms_into_question) == ("ani", "ask", "9", 812)
    assert (event.prompt_file, event.prompt_text) == ("ask.wav", "Press 9")
    assert played(call) == ["opted_out"]
    assert call.record.outcome is Outcome.OPTED_OUT
    assert call.record.path[-1].result == "action"


@pytest.mark.parametrize(
    ("path", "kept_as"),
    [((), ("dnc", None, None, None)), ((Step("gone", 1, "key", "9", 0, 5),), ("gone", "9", 5, None)),
     ((Step("dnc", 1, "action", None, 0, 0),), ("dnc", None, 0, None))],
)  # fmt: skip
def test_where_no_question_led_there_none_is_named(
    tmp_path: Path, path: tuple[Step, ...], kept_as: tuple[Any, ...]
) -> None:
    kept = Kept()
    opt_out(call_with(kept, path=path), menu(tmp_path), AT, Act(DNC))
    (event,) = kept.opt_outs
    assert (event.node, event.key, event.ms_into_question, event.prompt_file) == kept_as


def test_the_nodes_own_audio_confirms_where_it_has_some(tmp_path: Path) -> None:
    call = call_with(Kept())
    opt_out(call, menu(tmp_path, OWN_WORDS), AT, Act(DNC))
    assert played(call) == ["own"]


def test_an_opt_out_that_cannot_be_kept_is_not_confirmed(tmp_path: Path) -> None:
    call = call_with(Kept(room=0))
    assert opt_out(call, menu(tmp_path), AT, Act(DNC)) is Outcome.OPT_OUT_FAILED
    assert played(call) == ["trouble"]


class Asked:
    """The questions for a number: what they come to, and with what they went on."""

    can, found = True, Keyed(NUMBER, 900)
    continued: list[str | None]

    def __init__(self, call: Any, files: Any, language: str) -> None:
        self.files = files
        Asked.continued = []

    def can_be_asked(self) -> bool:
        return self.can

    def ask(self, position: Position) -> Keyed | None:
        assert position == AT
        return self.found

    def continue_with(self, reply: str | None) -> Keyed | None:
        self.continued.append(reply)
        return self.found


@pytest.mark.parametrize("taken_over", [True, False])
@pytest.mark.parametrize(("can", "keyed"), [(True, True), (True, False), (False, True)])
def test_a_caller_without_a_number_is_confirmed_only_when_one_was_keyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, can: bool, keyed: bool, taken_over: bool
) -> None:
    monkeypatch.setattr(suppress, "NumberAsked", Asked)
    monkeypatch.setattr(Asked, "can", can)
    monkeypatch.setattr(Asked, "found", Keyed(NUMBER, 900) if keyed else None)
    kept = Kept()
    call = call_with(kept, number=False)
    if taken_over:
        assert continue_keyed_number(call, menu(tmp_path, OWN_WORDS), DNC, "4155550123") is Outcome.OPTED_OUT
        assert Asked.continued == (["4155550123"] if can else [])
    else:
        assert opt_out(call, menu(tmp_path, OWN_WORDS), AT, Act(DNC)) is Outcome.OPTED_OUT
    assert played(call) == ["own" if can and keyed else "number_unknown"]
    numbers = [event.number for event in kept.opt_outs]
    assert numbers == [None][taken_over:] + [NUMBER] * (can and keyed)
    assert call.record.outcome is Outcome.OPTED_OUT


def test_a_keyed_number_that_cannot_be_kept_is_not_confirmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suppress, "NumberAsked", Asked)
    call = call_with(Kept(room=1), number=False)
    assert opt_out(call, menu(tmp_path), AT, Act(DNC)) is Outcome.OPT_OUT_FAILED
    assert played(call) == ["trouble"]


def test_the_event_of_a_keyed_number_says_what_was_confirmed() -> None:
    record = call_with(Kept(), number=False).record
    event = Keyed(NUMBER, 900).event(record, "dnc")
    assert (event.number, event.number_raw, event.source, event.key) == (NUMBER, NUMBER, "keyed", "1")
    assert (event.node, event.ms_into_question) == ("dnc", 900)
    assert event.event_id.endswith("_keyed")
    assert event.prompt_file == "system/confirm_number.wav"
    assert event.prompt_text == f"+ 1 4 1 5 5 5 5 0 1 2 3. {ENGLISH.sentences['confirm_number']}"
