"""What the voice is given to say, and how long it is silent where a text has a pause."""

from __future__ import annotations

import numpy as np
import pytest

from ivr.domain.said.said import normalise
from ivr.domain.spoken.pieces import RECORDED
from tests.tts.conftest import SpeechProcess
from tests.tts.samples import read_prompt
from tts.client.client import BadText, TtsClient
from tts.client.system_prompts import SYSTEM_PROMPTS


def longest_silence_ms(samples: np.ndarray) -> int:
    """Between the first and the last sound."""
    loud = np.flatnonzero(np.abs(samples) > np.abs(samples).max() / 100)
    return int(np.diff(loud).max() / 8)


def test_the_voice_says_the_words_and_the_answer_has_them(client: TtsClient) -> None:
    written = client.speak("Open 9am-5pm, $49.95 a visit.", "joe")
    assert written.spoken_as == "Open nine AM to five PM, forty-nine dollars and ninety-five cents a visit."
    assert written.language == "en-us"
    # The very words are the very file: nothing else reached the engine.
    assert client.speak(written.spoken_as, "joe").file == written.file


@pytest.mark.parametrize(
    ("text", "pause_ms"),
    [
        ('Please hold.<break time="1500ms"/>Thank you.', 1500),
        ('Please hold.<break time="2s"/>Thank you.', 2000),
        ("Please hold... thank you.", 500),
    ],
)
def test_a_pause_is_as_long_as_it_is_written(
    client: TtsClient, speech: SpeechProcess, text: str, pause_ms: int
) -> None:
    spoken = client.speak(text, "joe")
    silence_ms = longest_silence_ms(read_prompt(speech.prompts / spoken.file))
    assert silence_ms == pytest.approx(pause_ms, abs=150)


def test_a_pause_at_the_end_is_kept(client: TtsClient) -> None:
    with_pause, without = client.speak('Thank you.<break time="1s"/>', "joe"), client.speak("Thank you.", "joe")
    # A voice never says the same in quite the same time.
    assert with_pause.duration_ms == pytest.approx(without.duration_ms + 1000, abs=200)


def test_another_tag_is_refused_with_what_may_be_written(client: TtsClient) -> None:
    with pytest.raises(BadText) as refused:
        client.speak("This is <emphasis>important</emphasis>.", "joe")
    assert refused.value.code == "text_tag"
    assert '<break time="500ms"/>' in refused.value.message


def test_what_cannot_be_said_is_left_out_with_a_warning(client: TtsClient) -> None:
    spoken = client.speak("Welcome {{first_name}} 😀 to our line.", "joe")
    assert spoken.spoken_as == "Welcome to our line."
    assert {warning.code for warning in spoken.warnings} == {"text_template", "text_emoji"}


def test_prompts_of_an_earlier_release_are_found_again() -> None:
    """Names of files are made from what is said, so texts of nothing but words keep theirs."""
    for text in (*RECORDED.values(), *SYSTEM_PROMPTS.values()):
        if not any(character.isdigit() for character in text):
            assert normalise(text, "en-us").text == text
