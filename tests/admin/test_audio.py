"""Prompts over the API, spoken by the real voice where sound matters."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pytest
from werkzeug.test import TestResponse

from admin.app import create_app
from admin.prompts.service import cost_usd
from admin.wiring import Stores, make_services
from ivr.settings import Settings
from tests.admin.conftest import Api, SilentSpeech
from tests.admin.pages import PAGE_DID, PAGE_TREE, WELCOME_TEXT
from tests.tts.conftest import SpeechProcess, secret, start_speech
from tests.tts.samples import encode, encode_with_ffmpeg, raw_samples, tone, wav_claiming
from tts.client.client import TtsClient

Cached = Callable[[str], "str | None"]


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SpeechProcess]:
    """The speech process; its prompt directory serves the whole module."""
    directory = tmp_path_factory.mktemp("voice")
    started = start_speech(directory / "home", directory / "log")
    yield started
    started.stop()


@pytest.fixture
def speaking(settings: Settings, stores: Stores, voice: SpeechProcess, api_key: str) -> Iterator[Api]:
    """The API with the real voice."""
    settings = settings.model_copy(update={"prompts_dir": str(voice.prompts)})
    with TtsClient(voice.url, secret) as client:
        services = make_services(settings, stores, speaker=client)
        yield Api(create_app(services=services).test_client(), api_key)


def test_a_spoken_prompt_is_answered_as_the_page_says(speaking: Api) -> None:
    menu_id = speaking.create()
    request = {"node": "welcome", "text": WELCOME_TEXT, "voice": "rachel"}
    response = speaking("POST", f"/ivr/{menu_id}/audio", request)
    assert response.status_code == 201
    spoken = json.loads(response.data, parse_float=Decimal)
    assert (spoken["node"], spoken["audio"], spoken["text"]) == ("welcome", "welcome.wav", WELCOME_TEXT)
    assert spoken["voice"] == "rachel", "the name that was asked for, though Joe speaks for her"
    assert 3 < spoken["duration_seconds"] < 15
    assert spoken["cost_usd"] == (spoken["duration_seconds"] / 100).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    assert spoken["audio_added"] is False
    assert spoken["url"] == response.headers["Location"] == f"/ivr/{menu_id}/audio/welcome.wav"
    (prompt,) = [each for each in speaking("GET", f"/ivr/{menu_id}").json["prompts"] if each["state"] == "ready"]
    assert prompt["nodes"] == ["welcome"]
    assert Decimal(str(prompt["duration_seconds"])) == spoken["duration_seconds"]
    heard = speaking("GET", spoken["url"])
    assert heard.content_type == "audio/wav"
    with wave.open(io.BytesIO(heard.data)) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (8000, 1, 2)
        assert wav.getnframes() == round(spoken["duration_seconds"] * 8000)


def test_the_same_text_is_spoken_once(speaking: Api) -> None:
    menu_id = speaking.create()
    request = {"node": "has_license", "text": "Press 1 if you have a license."}
    first = speaking("POST", f"/ivr/{menu_id}/audio", request).json
    again = speaking("POST", f"/ivr/{menu_id}/audio", request).json
    assert (first["cached"], again["cached"]) == (False, True)
    assert first["version"] == again["version"] == 2
    assert first["cost_usd"] == again["cost_usd"]


def _writes(stores: Stores) -> tuple[int, int]:
    """(charges, entries in the audit log)."""
    with stores.postgres.database.transaction() as connection:
        row = connection.execute(
            "select (select count(*) from tts_charge) as charges, (select count(*) from audit_log) as entries"
        ).fetchone()
    assert row is not None
    return row["charges"], row["entries"]


def test_what_is_spoken_already_is_answered_without_a_write_or_a_charge(api: Api, stores: Stores) -> None:
    menu_id = api.create()
    request = {"node": "welcome", "text": "Hello.", "voice": "rachel"}
    first = api("POST", f"/ivr/{menu_id}/audio", request).json
    before, menu = _writes(stores), api("GET", f"/ivr/{menu_id}").data
    assert api("POST", f"/ivr/{menu_id}/audio", request).json == first
    assert (_writes(stores), api("GET", f"/ivr/{menu_id}").data) == (before, menu)


@pytest.mark.parametrize(
    "change", [{"voice": "joe"}, {"text": "Hello there."}, {"node": "has_license"}], ids=lambda each: next(iter(each))
)
def test_another_voice_text_or_node_is_written(api: Api, stores: Stores, change: dict[str, str]) -> None:
    menu_id = api.create()
    request = {"node": "welcome", "text": "Hello.", "voice": "rachel"}
    api("POST", f"/ivr/{menu_id}/audio", request)
    before = _writes(stores)
    api("POST", f"/ivr/{menu_id}/audio", {**request, **change})
    assert _writes(stores) == (before[0] + 1, before[1] + 1)
    prompts = {each["audio"]: each for each in api("GET", f"/ivr/{menu_id}").json["prompts"]}
    spoken = prompts["license_check.wav" if "node" in change else "welcome.wav"]
    assert (spoken["text"], spoken["voice"]) == (change.get("text", "Hello."), change.get("voice", "rachel"))


def test_the_same_text_again_puts_back_what_was_uploaded_over_it(api: Api) -> None:
    menu_id = api.create()
    request = {"node": "welcome", "text": "Hello."}
    spoken = api("POST", f"/ivr/{menu_id}/audio", request).json
    api("PUT", f"/ivr/{menu_id}/audio/welcome.wav", b"x" * 100, headers={"Content-Type": "audio/wav"})
    again = api("POST", f"/ivr/{menu_id}/audio", request).json
    assert again == (spoken or {}) | {"version": 4}


def test_a_node_whose_own_words_differ_follows_what_is_spoken_again(api: Api) -> None:
    node = {"action": "hangup", "audio": "bye.wav", "text": "Hello."}
    menu_id = api.create({"name": "x", "nodes": {"a": node}})
    request = {"node": "a", "text": "Hello.", "voice": "joe"}
    api("POST", f"/ivr/{menu_id}/audio", request)
    api("PATCH", f"/ivr/{menu_id}", {"nodes": {"a": {**node, "text": "Good day."}}})
    api("POST", f"/ivr/{menu_id}/audio", request)
    assert api("GET", f"/ivr/{menu_id}").json["nodes"]["a"]["text"] == "Hello."


def test_without_a_text_the_nodes_own_words_are_spoken(api: Api) -> None:
    ask = {"gather": {"1": "bye"}, "text": {"en": "Press 1.", "es": "Oprima 1."}, "no_match_text": "Press 1 only."}
    nodes = {"ask": ask, "bye": {"action": "hangup", "text": "Goodbye."}}
    menu_id = api.create({"name": "x", "languages": ["en", "es"], "nodes": nodes})
    for request in ({"node": "bye"}, {"node": "ask", "at": "audio/es"}, {"node": "ask", "at": "no_match_audio"}):
        assert api("POST", f"/ivr/{menu_id}/audio", request).status_code == 201
    prompts = api("GET", f"/ivr/{menu_id}").json["prompts"]
    spoken = {each["text"] for each in prompts if each["state"] == "ready"}
    assert spoken == {"Goodbye.", "Oprima 1.", "Press 1 only."}


def test_a_node_without_words_needs_a_text(api: Api) -> None:
    menu_id = api.create()
    refused = api("POST", f"/ivr/{menu_id}/audio", {"node": "welcome"})
    assert (refused.status_code, refused.json["code"]) == (422, "nothing_to_speak")
    assert refused.json["errors"][0]["pointer"] == "/text"


def test_an_unknown_voice_is_422_with_the_list(speaking: Api) -> None:
    menu_id = speaking.create()
    response = speaking("POST", f"/ivr/{menu_id}/audio", {"node": "welcome", "text": "Hello.", "voice": "nobody"})
    assert (response.status_code, response.json["code"]) == (422, "voice_not_found")
    assert response.json["errors"][0]["pointer"] == "/voice"
    names = {each["id"] for each in speaking("GET", "/voices").json["items"]}
    assert set(response.json["voices"]) == names >= {"joe", "rachel"}


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "a" * 1001, "a" * 21_000, "bell \x07", "\ue000"])
def test_a_text_that_cannot_be_spoken_is_422(speaking: Api, text: str) -> None:
    menu_id = speaking.create()
    response = speaking("POST", f"/ivr/{menu_id}/audio", {"node": "welcome", "text": text})
    assert response.status_code == 422
    assert response.json["errors"][0]["pointer"] == "/text"
    assert speaking("GET", f"/ivr/{menu_id}").json["version"] == 1


def _tone(seconds: float = 0.5, rate: int = 44_100) -> bytes:
    import math
    import struct

    out = io.BytesIO()
    with wave.open(out, "wb") as wav:
        wav.setnchannels(2)
        wav.setsampwidth(2)
        wav.setframerate(rate)
        samples = (int(9000 * math.sin(index / 20)) for index in range(int(rate * seconds)))
        wav.writeframes(b"".join(struct.pack("<hh", sample, sample) for sample in samples))
    return out.getvalue()


@pytest.mark.parametrize("form", [False, True], ids=["raw", "multipart"])
def test_an_upload_becomes_a_prompt(speaking: Api, form: bool) -> None:
    menu_id = speaking.create()
    path = f"/ivr/{menu_id}/audio/wrong_area.wav"
    if form:
        response = speaking("PUT", path, data={"file": (io.BytesIO(_tone()), "my own.wav")})
    else:
        response = speaking("PUT", path, _tone(), headers={"Content-Type": "audio/wav"})
    assert response.status_code == 200
    assert (response.json["audio"], response.json["nodes"]) == ("wrong_area.wav", ["out_of_area"])
    assert response.json["duration_seconds"] == pytest.approx(0.5, abs=0.2)
    with wave.open(io.BytesIO(speaking("GET", path).data)) as wav:
        assert wav.getframerate() == 8000
    (prompt,) = [each for each in speaking("GET", f"/ivr/{menu_id}").json["prompts"] if each["state"] == "ready"]
    assert (prompt["source"], prompt["text"], prompt["voice"]) == ("upload", None, None)


def test_curls_data_binary_is_taken_as_the_file(speaking: Api) -> None:
    menu_id = speaking.create()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    response = speaking("PUT", f"/ivr/{menu_id}/audio/welcome.wav", _tone(), headers=form)
    assert response.status_code == 200


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"not audio at all" * 50, _tone()[:50], b"\x00" * 5000], ids=range(5)
)
def test_an_upload_that_is_no_audio_is_422(speaking: Api, content: bytes) -> None:
    menu_id = speaking.create()
    headers = {"Content-Type": "audio/wav"}
    response = speaking("PUT", f"/ivr/{menu_id}/audio/welcome.wav", content, headers=headers)
    assert response.status_code == 422
    assert speaking("GET", f"/ivr/{menu_id}").json["version"] == 1


def test_the_bytes_are_bounded_far_above_the_seconds_and_the_refusal_names_both(api: Api) -> None:
    menu_id = api.create()
    headers = {"Content-Type": "audio/wav"}
    too_much = bytes(100 * 1024 * 1024 + 1)
    form = {"file": (io.BytesIO(too_much), "x.wav")}
    for response in (
        api("PUT", f"/ivr/{menu_id}/audio/welcome.wav", too_much, headers=headers),
        api("PUT", f"/ivr/{menu_id}/audio/welcome.wav", data=form),
    ):
        assert (response.status_code, response.json["code"]) == (413, "too_large")
        assert "100 MB" in response.json["detail"]
        assert "300 seconds" in response.json["detail"]
    enough = too_much[: 12 * 1024 * 1024]
    assert api("PUT", f"/ivr/{menu_id}/audio/welcome.wav", enough, headers=headers).status_code == 200


def test_a_form_is_taken_wherever_its_file_has_line_breaks(api: Api) -> None:
    menu_id = api.create()
    for content in (bytes(1024 * 1024), b"\r\n" * 512 * 1024, b"\r" * 300_000, b"\n--" * 100_000):
        form = {"file": (io.BytesIO(content), "x.wav")}
        assert api("PUT", f"/ivr/{menu_id}/audio/welcome.wav", data=form).status_code == 200


def test_a_form_with_much_beside_its_file_is_told_what_is_too_much(api: Api) -> None:
    menu_id = api.create()
    form = {"note": "x" * 70_000, "file": (io.BytesIO(_tone()), "x.wav")}
    response = api("PUT", f"/ivr/{menu_id}/audio/welcome.wav", data=form)
    assert (response.status_code, response.json["code"]) == (413, "too_large")
    assert "65,536 bytes beside its one file" in response.json["detail"]


def _upload(api: Api, content: bytes, name: str = "", media_type: str = "", query: str = "") -> TestResponse:
    path = f"/ivr/{api.create()}/audio/welcome.wav{query}"
    if name:
        return api("PUT", path, data={"file": (io.BytesIO(content), name, media_type or None)})
    return api("PUT", path, content, headers={"Content-Type": media_type or "application/octet-stream"})


TELEPHONE = {
    "gsm": (raw_samples("GSM610"), "audio/GSM"),
    "g722": (encode_with_ffmpeg("g722", "g722", samples=tone(1.5, 16_000, 1), rate_hz=16_000), "audio/G722"),
    "ulaw": (raw_samples("ULAW"), "audio/basic"),
    "alaw": (raw_samples("ALAW"), "audio/PCMA"),
    "sln16": (raw_samples("PCM_16", 16_000), "audio/L16;rate=16000"),
}


@pytest.mark.parametrize(("raw_format", "sample"), TELEPHONE.items(), ids=TELEPHONE.keys())
def test_raw_samples_are_known_by_name_type_or_format(
    speaking: Api, raw_format: str, sample: tuple[bytes, str]
) -> None:
    content, media_type = sample
    unnamed = _upload(speaking, content)
    assert (unnamed.status_code, unnamed.json["code"]) == (422, "bad_audio")
    assert "?format=" in unnamed.json["detail"]
    for response in (
        _upload(speaking, content, name=f"Menu.{raw_format}"),
        _upload(speaking, content, name="menu", media_type=media_type),
        _upload(speaking, content, media_type=media_type),
        _upload(speaking, content, query=f"?format={raw_format}"),
        _upload(speaking, content, name="menu.bin", query=f"?format=.{raw_format.upper()}"),
    ):
        assert response.status_code == 200
        assert response.json["duration_seconds"] == pytest.approx(1.6, abs=0.06)
        assert response.json["warnings"] == []


def test_an_unknown_format_is_422_with_those_there_are(api: Api) -> None:
    response = _upload(api, b"x" * 100, query="?format=doc")
    assert (response.status_code, response.json["code"]) == (422, "unknown_format")
    assert response.json["errors"][0]["pointer"] == "/query/format"
    assert "sln16" in response.json["detail"]


def test_the_answer_tells_what_was_cut_off_and_what_is_odd(speaking: Api) -> None:
    sound = np.concatenate([np.zeros((8000, 1)), tone(1.0, 8000, 1), np.zeros((16_000, 1))])
    answer = _upload(speaking, encode("WAV", samples=sound, rate_hz=8000)).json
    assert answer["trimmed_ms"]["start"] == pytest.approx(950, abs=20)
    assert answer["trimmed_ms"]["end"] == pytest.approx(1950, abs=20)
    assert [each["code"] for each in answer["warnings"]] == ["much_trimmed"]
    assert "before the sound" in answer["warnings"][0]["message"]
    half = _upload(speaking, wav_claiming(2 * 264_600)).json
    assert [each["code"] for each in half["warnings"]] == ["cut_short"]


def test_silence_is_taken_when_it_is_meant(speaking: Api) -> None:
    content = encode("WAV", samples=tone() * 0)
    refused = _upload(speaking, content)
    assert (refused.status_code, refused.json["code"]) == (422, "audio_silent")
    assert "?silence=keep" in refused.json["detail"]
    taken = _upload(speaking, content, query="?silence=keep")
    assert (taken.status_code, taken.json["duration_seconds"]) == (200, 1.5)
    assert taken.json["trimmed_ms"] == {"start": 0, "end": 0}


@pytest.mark.parametrize("container", [("webm", "libopus"), ("mp4", "aac")], ids=["Chrome", "Safari"])
def test_what_browsers_record_is_taken(speaking: Api, container: tuple[str, str]) -> None:
    content = encode_with_ffmpeg(*container, samples=tone(1.5, 48_000, 1), rate_hz=48_000)
    response = _upload(speaking, content, media_type=f"audio/{container[0]};codecs={container[1]}")
    assert response.status_code == 200


def test_a_form_must_have_one_file(api: Api) -> None:
    menu_id = api.create()
    for form in ({"note": "x"}, {"a": (io.BytesIO(b"x"), "a"), "b": (io.BytesIO(b"y"), "b")}):
        response = api("PUT", f"/ivr/{menu_id}/audio/welcome.wav", data=form, content_type="multipart/form-data")
        assert (response.status_code, response.json["code"]) == (422, "one_file_expected")
    broken = {"Content-Type": "multipart/form-data"}
    assert api("PUT", f"/ivr/{menu_id}/audio/welcome.wav", b"--x", headers=broken).status_code in (400, 422)


@pytest.mark.parametrize("name", ["x.mp3", "a b.wav", "..%2Fx.wav", ".wav", "x" * 65 + ".wav", "x.wav%00"])
def test_an_audio_name_outside_the_pattern_is_refused(api: Api, name: str) -> None:
    menu_id = api.create()
    for method in ("GET", "PUT"):
        assert api(method, f"/ivr/{menu_id}/audio/{name}").status_code in (404, 422)


def test_a_node_without_audio_gets_its_own_name(api: Api) -> None:
    menu_id = api.create()
    spoken = api("POST", f"/ivr/{menu_id}/audio", {"node": "dnc", "text": "Goodbye."}).json
    assert (spoken["audio"], spoken["audio_added"]) == ("dnc.wav", True)
    menu = api("GET", f"/ivr/{menu_id}").json
    assert menu["nodes"]["dnc"] == {"audio": "dnc.wav", "action": "suppress"}
    assert list(menu["nodes"]) == list(PAGE_TREE["nodes"])


def test_a_name_that_another_node_plays_is_not_taken_from_it(api: Api) -> None:
    menu_id = api.create(
        {"name": "x", "nodes": {"a": {"action": "hangup", "audio": "b.wav"}, "b": {"action": "hangup"}}}
    )
    spoken = api("POST", f"/ivr/{menu_id}/audio", {"node": "b", "text": "Goodbye."}).json
    assert spoken["audio"] == "b-2.wav"


def test_an_unknown_node_is_422_at_node(api: Api) -> None:
    menu_id = api.create()
    response = api("POST", f"/ivr/{menu_id}/audio", {"node": "nowhere", "text": "Hello."})
    assert response.status_code == 422
    assert [(each["pointer"], each["code"]) for each in response.json["errors"]] == [("/node", "node_not_found")]


def test_a_live_menus_new_prompt_is_in_the_cache_before_the_answer(api: Api, cached: Cached) -> None:
    menu_id = api.create()
    api("POST", f"/ivr/{menu_id}/assign", {"did": PAGE_DID})
    spoken = api("POST", f"/ivr/{menu_id}/audio", {"node": "welcome", "text": "Hello."}).json
    assert cached(f"did:{PAGE_DID}") == f"{menu_id}:{spoken['version']}"
    document = json.loads(cached(f"tree:{menu_id}:{spoken['version']}") or "")
    assert document["prompts"]["welcome.wav"]["duration_ms"] == 1230


def test_speech_away_is_503_and_changes_nothing(api: Api, silent_speech: SilentSpeech) -> None:
    menu_id = api.create()
    silent_speech.away = True
    assert api("POST", f"/ivr/{menu_id}/audio", {"node": "dnc", "text": "Goodbye."}).status_code == 503
    assert api("PUT", f"/ivr/{menu_id}/audio/dnc.wav", b"x" * 100).status_code == 503
    assert api("GET", "/voices").status_code == 503
    assert api("GET", f"/ivr/{menu_id}").json["version"] == 1


def test_parts_of_a_prompt_can_be_had(api: Api, settings: Settings) -> None:
    menu_id = api.create()
    url = api("POST", f"/ivr/{menu_id}/audio", {"node": "welcome", "text": "Hello."}).json["url"]
    whole = api("GET", url)
    part = api("GET", url, headers={"Range": "bytes=4-9"})
    assert (part.status_code, part.data) == (206, whole.data[4:10])
    assert part.headers["Content-Range"] == f"bytes 4-9/{len(whole.data)}"
    assert api("GET", url, headers={"Range": "bytes=999999-"}).status_code == 416
    unchanged = api("GET", url, headers={"If-None-Match": whole.headers["ETag"]})
    assert unchanged.status_code == 304


def test_a_prompt_whose_file_is_gone_is_lost_and_404(api: Api, settings: Settings) -> None:
    menu_id = api.create()
    url = api("POST", f"/ivr/{menu_id}/audio", {"node": "welcome", "text": "Hello."}).json["url"]
    (file,) = Path(settings.prompts).glob("*.wav")
    file.unlink()
    menu = api("GET", f"/ivr/{menu_id}").json
    (prompt,) = [each for each in menu["prompts"] if each["audio"] == "welcome.wav"]
    assert (prompt["state"], prompt["url"], prompt["text"]) == ("lost", None, "Hello.")
    assert ("/nodes/welcome/audio", "audio_not_ready") in {(w["pointer"], w["code"]) for w in menu["warnings"]}
    assert api("GET", url).status_code == 404


def test_a_repeated_request_with_an_idempotency_key_is_charged_once(api: Api, stores: Stores) -> None:
    menu_id = api.create()
    once = {"Idempotency-Key": "welcome-1"}
    for _ in range(3):
        request = {"node": "welcome", "text": "Hello."}
        assert api("POST", f"/ivr/{menu_id}/audio", request, headers=once).status_code == 201
    with stores.postgres.database.transaction() as connection:
        row = connection.execute("select count(*) as charges, sum(cost_usd) as usd from tts_charge").fetchone()
    assert row == {"charges": 1, "usd": Decimal("0.0123")}


@pytest.mark.parametrize(
    ("duration_ms", "usd"),
    [(1000, "0.0100"), (5230, "0.0523"), (5235, "0.0524"), (4, "0.0000"), (3_600_000, "36.0000")],
)
def test_a_second_costs_a_cent(duration_ms: int, usd: str) -> None:
    assert str(cost_usd(duration_ms)) == usd
    assert Decimal(repr(float(cost_usd(duration_ms)))) == Decimal(usd), "a JSON number carries it exactly"


def test_a_recording_that_no_node_plays_is_stored_with_a_warning(api: Api) -> None:
    menu_id = api.create()
    played = api("PUT", f"/ivr/{menu_id}/audio/welcome.wav", b"x", headers={"Content-Type": "audio/wav"})
    assert (played.status_code, played.json["warnings"]) == (200, [])
    misspelt = api("PUT", f"/ivr/{menu_id}/audio/welcom.wav", b"x", headers={"Content-Type": "audio/wav"})
    assert (misspelt.status_code, misspelt.json["nodes"]) == (200, [])
    (warning,) = misspelt.json["warnings"]
    assert warning["code"] == "not_played"
    assert "no node of the menu plays welcom.wav" in warning["message"]
    assert "welcome.wav" in warning["message"]
