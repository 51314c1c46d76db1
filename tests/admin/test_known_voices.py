"""Which voices there are, asked of a speech process that may be away; and the warning of a menu with another."""

from __future__ import annotations

import threading
from typing import Any

from admin.menus.known_voices import FRESH_S, REST_S, KnownVoices
from tests.admin.conftest import Api, SilentSpeech
from tests.helpers import wait_until
from tts.client.errors import TtsUnavailable
from tts.client.results import VoiceInfo


class Speech:
    def __init__(self) -> None:
        self.names = ["joe"]
        self.away = False
        self.asked = 0
        self.answers = threading.Event()
        self.answers.set()

    def __call__(self) -> list[VoiceInfo]:
        self.answers.wait(20)
        self.asked += 1
        if self.away:
            raise TtsUnavailable("away")
        return [VoiceInfo(each, each, "en-us", "m", default=False, alias_of=None) for each in self.names]


def test_voices_are_asked_for_now_and_then_and_stay_known_while_the_speech_process_is_away() -> None:
    now, speech = [0.0], Speech()
    known = KnownVoices(speech, clock=lambda: now[0])
    speech.away = True
    assert known.find() is None
    assert known.find() is None
    assert speech.asked == 1
    now[0] += REST_S
    speech.away = False
    assert set(known.find() or ()) == {"joe"}
    speech.names.append("amy")
    assert set(known.find() or ()) == {"joe"}
    now[0] += FRESH_S
    wait_until(lambda: set(known.find() or ()) == {"joe", "amy"}, 20, "the new one is known")
    speech.away = True
    now[0] += FRESH_S
    known.find()
    wait_until(lambda: speech.asked == 4, 20, "it was asked again")
    assert set(known.find() or ()) == {"joe", "amy"}


def test_a_speech_process_that_hangs_holds_up_one_request_for_a_second_and_no_other() -> None:
    speech = Speech()
    speech.answers.clear()
    known = KnownVoices(speech)
    assert known.find() is None
    assert known.find() is None
    speech.answers.set()
    wait_until(lambda: set(known.find() or ()) == {"joe"}, 20, "it answers")
    assert speech.asked == 1


def test_a_menu_is_saved_with_a_warning_of_a_voice_that_there_is_not(
    api: Api, silent_speech: SilentSpeech
) -> None:
    tree: dict[str, Any] = {"name": "m", "nodes": {"n": {"action": "hangup", "text": "Bye.", "voice": "nobody"}}}
    made = api("POST", "/ivr", tree)
    for answer in (made, api("GET", f"/ivr/{made.json['id']}")):
        assert [each["pointer"] for each in answer.json["warnings"] if each["code"] == "voice_unknown"] == [
            "/nodes/n/voice"
        ]
    strict = api("PATCH", f"/ivr/{made.json['id']}?strict=true", {"name": "other"})
    assert "voice_unknown" in {each["code"] for each in strict.json["errors"]}
    tree["nodes"]["n"]["voice"] = "joe"
    good = api("PUT", f"/ivr/{made.json['id']}", tree)
    assert "voice_unknown" not in {each["code"] for each in good.json["warnings"]}
