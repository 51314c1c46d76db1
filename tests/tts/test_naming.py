from __future__ import annotations

import pytest

from tts.client.naming import PROMPT_FILE, recording_file, recording_hash, speech_file

REQUEST = {"text": "Hello.", "voice": "joe", "model": "joe-medium", "model_sha256": "ab" * 32, "fragment": False}


def test_the_same_request_has_the_same_name() -> None:
    assert speech_file(**REQUEST) == speech_file(**REQUEST)  # type: ignore[arg-type]
    assert PROMPT_FILE.fullmatch(speech_file(**REQUEST))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [{"text": "Hello"}, {"voice": "jim"}, {"model": "joe-low"}, {"model_sha256": "cd" * 32}, {"fragment": True}],
)
def test_whatever_changes_the_sound_changes_the_name(change: dict[str, object]) -> None:
    assert speech_file(**{**REQUEST, **change}) != speech_file(**REQUEST)  # type: ignore[arg-type]


def test_what_is_joined_to_be_hashed_cannot_be_shifted_from_field_to_field() -> None:
    assert speech_file("a", "b c", "d", "", False) != speech_file("a b", "c", "d", "", False)


def test_a_recording_is_named_by_its_bytes() -> None:
    one, other = recording_hash(), recording_hash()
    one.update(b"one")
    other.update(b"other")
    assert PROMPT_FILE.fullmatch(recording_file(one.hexdigest()))
    assert recording_file(one.hexdigest()) != recording_file(other.hexdigest())


def test_a_recording_is_named_also_by_what_was_said_of_it() -> None:
    said = [recording_hash(), recording_hash("ulaw"), recording_hash("alaw"), recording_hash("ulaw", True)]
    assert len({each.hexdigest() for each in said}) == 4
