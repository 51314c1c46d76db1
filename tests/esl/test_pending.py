"""What is sent with the next command: prompts before a question are played as one with it, before anything else to
their end."""

from __future__ import annotations

import pytest

from esl_server.call.lead import Lead
from esl_server.switch import commands
from esl_server.switch.commands import BREATH, SEQUENCE_LEAD_MS, execute
from esl_server.switch.pending import Heard, Pending, ahead_of
from ivr.domain.call_records import Step

A, B, C = (Heard(f"/p/{name}.wav", 1000, f"store {name}\n\n".encode) for name in "abc")
UNCUT = A._replace(path="/p/u.wav", stored="store u\n\n".encode, is_cut=False)
SEVERAL = Heard("file_string:///p/d.wav!/p/e.wav", 1000, "store d\n\n".encode)
OTHER = b"other\n\n"
GATHER = commands.gather("/p/q.wav", 5)


def pending(*each: Heard | bytes) -> Pending:
    made = Pending()
    for one in each:
        if isinstance(one, Heard):
            made.play(one)
        else:
            made.add(one, 1)
    return made


def test_before_anything_but_a_question_each_prompt_is_played_to_its_end_behind_its_state() -> None:
    made = pending(A, OTHER, UNCUT)
    text = A.stored() + commands.playback(A.path) + OTHER + UNCUT.stored() + commands.playback(UNCUT.path)
    assert made.take() == (text, 5, 2.0)
    assert made.take() == (b"", 0, 0.0)


def test_a_question_takes_the_prompts_before_it_and_other_commands_come_first() -> None:
    made = pending(A, OTHER, SEVERAL)
    run = made.cut_by_key(keeps=False)
    assert run == [A, SEVERAL]
    assert made.take() == (OTHER, 1, 2.0)
    joined = ahead_of(GATHER, run)
    assert joined.file == f"file_string:///p/a.wav!/p/d.wav!/p/e.wav!{BREATH}!/p/q.wav".encode()
    assert joined.argument(b"k", b"1") == GATHER.argument(b"k", b"1").replace(GATHER.file, joined.file)
    assert ahead_of(GATHER, []) is GATHER


def test_several_files_of_a_question_stay_one_sequence() -> None:
    asked = commands.gather("file_string:///p/q.wav!/p/r.wav", 5)
    assert asked.behind([A.path]).file == f"file_string:///p/a.wav!{BREATH}!/p/q.wav!/p/r.wav".encode()


@pytest.mark.parametrize("keeps", [True, False])
def test_what_no_key_cuts_is_played_to_its_end_and_what_is_before_it_until_a_key_unless_that_is_kept(
    keeps: bool,
) -> None:
    made = pending(A, B, UNCUT, C)
    assert made.has_uncut
    assert made.cut_by_key(keeps=keeps) == [C]
    assert not made.has_uncut
    before = (
        commands.uncut_playback(A.path) + commands.uncut_playback(B.path)
        if keeps
        else commands.play_until_key([A.path, B.path], commands.CUT_VARIABLE)
    )
    text = A.stored() + before + UNCUT.stored() + commands.uncut_playback(UNCUT.path)
    assert made.take()[:2] == (text, 5 if keeps else 4)


@pytest.mark.parametrize(("each", "stays"), [((A, OTHER, B), False), ((A, UNCUT, B), True)])
def test_after_a_key_nothing_is_played_that_it_could_cut(each: tuple[Heard | bytes, ...], stays: bool) -> None:
    made = pending(*each)
    assert made.skip() is stays
    assert made.cut_by_key(keeps=False) == []
    assert A.path.encode() not in made.take()[0]


def test_until_a_key_nothing_is_waited_for_and_one_key_is_told() -> None:
    told = commands.play_until_key(["/p/a.wav", "/p/b.wav"], b"ivr_key_3")
    files = "file_string:///p/a.wav!/p/b.wav"
    assert told == execute("play_and_get_digits", f"0 0 1 1000 none {files} silence_stream://10 ivr_key_3 . 1000")


# -- the times of the record ---------------------------------------------------------------------------------------


def lead(*prompts: tuple[int, int, bool]) -> Lead:
    """ms, files, whether a key may cut it; behind 100 ms of silence."""
    made = Lead()
    made.ms = 100
    for ms, pieces, is_cut in prompts:
        made.add(Step("n", 1, "played", None, made.ms, ms), pieces, is_cut=is_cut)
    return made


@pytest.mark.parametrize(
    ("prompts", "times"),
    [
        ([(1000, 1, True)], [(350, 1000)]),
        ([(1000, 1, True), (500, 1, True)], [(350, 1000), (1350, 500)]),
        ([(1250, 2, True), (500, 1, True)], [(100, 1250), (1350, 500)]),
        ([(1000, 1, True), (750, 2, True), (500, 1, True)], [(350, 1000), (1350, 500), (1850, 500)]),
        ([(1000, 1, False), (500, 1, True)], [(100, 1000), (1350, 500)]),
        ([(1000, 1, True), (500, 1, False)], [(100, 1000), (1100, 500)]),
    ],
)
def test_prompts_played_as_one_have_one_silence_before_them(
    prompts: list[tuple[int, int, bool]], times: list[tuple[int, int]]
) -> None:
    made = lead(*prompts)
    assert SEQUENCE_LEAD_MS == 250
    assert made.join() is prompts[-1][2]
    ms, steps = made.take()
    assert [(step.at_ms, step.ms) for step in steps] == times
    assert ms == times[-1][0] + times[-1][1]
    assert (made.take(), made.pieces) == ((0, []), 0)


def test_what_is_skipped_takes_no_time() -> None:
    made = lead((1000, 1, True), (500, 1, False), (300, 1, True))
    made.skip()
    assert [(step.at_ms, step.ms) for step in made.steps] == [(100, 0), (100, 500), (600, 0)]
    assert made.ms == 600
