"""The client in the processes that use it, and against servers that are not well."""

from __future__ import annotations

import http.server
import io
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from tests.tts.conftest import SECRET, SpeechProcess, secret
from tests.tts.samples import encode
from tts.client.client import BadAudio, SynthesisFailed, TtsClient, TtsError, TtsUnavailable

SPEECH_OF_ANOTHER_FILE = (
    b'{"file": "../../etc/passwd", "voice": "joe", "model": "joe", "duration_ms": 1, "cached": true}'
)


def test_nothing_heavy_comes_with_the_client() -> None:
    heavy = "{'numpy', 'scipy', 'piper', 'onnxruntime', 'soundfile', 'soxr', 'av', 'flask', 'waitress'}"
    code = f"import tts.client.client, tts.client.system_prompts, sys; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_greenlets_go_on_while_one_waits_for_speech(speech: SpeechProcess) -> None:
    code = f"""
from gevent import monkey; monkey.patch_all()
import gevent
from tts.client.client import TtsClient
client, ticks, done = TtsClient({speech.url!r}, lambda: {SECRET!r}), 0, []
def tick():
    global ticks
    while len(done) < 6:
        ticks += 1
        gevent.sleep(0.005)
def speak(number):
    done.append(client.speak(f"Greenlet number {{number}} is waiting for its prompt.", "joe"))
gevent.joinall([gevent.spawn(tick), *(gevent.spawn(speak, n) for n in range(6))], raise_error=True)
assert len({{one.file for one in done}}) == 6
assert ticks > 20, ticks
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_stream_is_converted_like_bytes(client: TtsClient) -> None:
    content = encode("WAV")
    assert client.convert(io.BytesIO(content)) == client.convert(content)


def test_a_stream_over_100_mb_is_refused_on_the_way(client: TtsClient) -> None:
    with pytest.raises(BadAudio) as refused:
        client.convert(io.BytesIO(bytes(101 << 20)))
    assert refused.value.code == "audio_too_large"


def test_voices_are_listed_with_the_default_and_the_aliases(client: TtsClient) -> None:
    joe, rachel = client.voices()
    assert (joe.id, joe.default, joe.alias_of, joe.model) == ("joe", True, None, "en_US-joe-medium")
    assert (rachel.id, rachel.default, rachel.alias_of) == ("rachel", False, "joe")


def test_no_speech_process_is_unavailable_and_worth_another_try(free_port: int) -> None:
    with TtsClient(f"http://127.0.0.1:{free_port}", secret) as client, pytest.raises(TtsUnavailable) as refused:
        client.speak("Hello.", "joe")
    assert str(refused.value).endswith("it is started again by itself, try again in a few seconds")
    assert refused.value.retryable
    assert refused.value.retry_after_s > 0


def test_a_proxy_in_the_environment_is_not_asked(
    speech: SpeechProcess, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{free_port}")
    with TtsClient(speech.url, secret) as client:
        assert client.voices()


class Unwell(http.server.BaseHTTPRequestHandler):
    """Answers every POST with what the test put into `answer`; None: not at all."""

    answer: tuple[int, bytes] | None = None
    given_up = threading.Event()

    def do_POST(self) -> None:
        if self.answer is None:
            self.given_up.wait(10)
            return
        status, body = self.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def unwell() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Unwell)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    Unwell.given_up.clear()
    yield f"http://127.0.0.1:{server.server_port}"
    Unwell.given_up.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("answer", "error", "retry_after_s"),
    [
        ((503, b'{"code": "tts_busy", "message": "busy", "retry_after_s": 7}'), TtsUnavailable, 7),
        ((502, b"<html>Bad gateway</html>"), TtsUnavailable, 2),
        ((404, b""), TtsUnavailable, 2),
        ((200, b"It works!"), TtsUnavailable, 2),
        ((200, b'{"status": "another service"}'), TtsUnavailable, 2),
        ((200, SPEECH_OF_ANOTHER_FILE), TtsUnavailable, 2),
        ((500, b'{"code": "synthesis_failed", "message": "no sound"}'), SynthesisFailed, None),
    ],
)
def test_an_answer_we_cannot_use_is_an_error_we_can(
    unwell: str, answer: tuple[int, bytes], error: type[TtsError], retry_after_s: float | None
) -> None:
    Unwell.answer = answer
    with TtsClient(unwell, secret) as client, pytest.raises(error) as raised:
        client.speak("Hello.", "joe")
    assert getattr(raised.value, "retry_after_s", None) == retry_after_s


def test_a_process_that_hangs_is_given_up_in_time(unwell: str) -> None:
    Unwell.answer = None
    with TtsClient(unwell, secret, timeout_s=0.3) as client, pytest.raises(TtsUnavailable):
        client.speak("Hello.", "joe")
