"""The HTTP side as a stranger meets it."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.helpers import wait_until
from tests.tts.conftest import SpeechProcess, secret
from tts.client.client import TtsClient, TtsUnavailable


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"{}",
        b'{"text": 1}',
        b'{"text": null}',
        b'{"text": "a", "voice": ["joe"]}',
        b'{"text": "a", "fragment": "yes"}',
        b'{"text": "a", "speed": 2}',
        b"[" * 20_000,
        b'{"text": "' + b"a" * 100_000 + b'"}',
    ],
)
def test_a_malformed_request_is_a_400_that_says_so(http: httpx.Client, body: bytes) -> None:
    answer = http.post("/speak", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "message"}


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/speak"), ("PUT", "/convert"), ("GET", "/voices"), ("GET", "/nothing")]
)
@pytest.mark.parametrize("token", ["", "Bearer wrong", "Bearer \u00e9"])
def test_a_user_of_this_machine_without_the_secret_gets_nothing(
    speech: SpeechProcess, method: str, path: str, token: str
) -> None:
    headers = {b"Authorization": token.encode()} if token else {}
    answer = httpx.request(method, speech.url + path, headers=headers, trust_env=False, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert httpx.get(f"{speech.url}/healthz", trust_env=False, timeout=60).status_code == 200


def test_a_web_page_cannot_make_a_browser_speak(http: httpx.Client) -> None:
    answer = http.post("/speak", content=b'{"text": "a"}', headers={"content-type": "text/plain"})
    assert answer.status_code == 400
    assert "application/json" in answer.json()["message"]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/speak", 405), ("GET", "/nothing", 404)])
def test_every_error_is_json(http: httpx.Client, method: str, path: str, status: int) -> None:
    answer = http.request(method, path)
    assert answer.status_code == status
    assert answer.json()["code"]


def test_errors_of_content_are_422_with_code_and_list(http: httpx.Client) -> None:
    answer = http.post("/speak", json={"text": "Hello.", "voice": "bob"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "voice_not_found"
    assert answer.json()["available"] == ["joe", "rachel"]


def test_the_voice_may_be_left_out(http: httpx.Client) -> None:
    assert http.post("/speak", json={"text": "Hello."}).json()["voice"] == "joe"


def test_a_body_that_claims_gigabytes_is_refused_before_it_is_sent(speech: SpeechProcess) -> None:
    address = httpx.URL(speech.url)
    with socket.create_connection((address.host, address.port or 0), timeout=60) as connection:
        connection.sendall(b"PUT /convert HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n")
        assert b" 413 " in connection.recv(200)


def test_health_is_told_without_a_model(own_speech: Callable[[], SpeechProcess]) -> None:
    assert httpx.get(f"{own_speech().url}/healthz", trust_env=False, timeout=60).json() == {"status": "ok"}


def test_a_prompt_directory_that_is_gone_is_unavailable_not_a_crash(
    own_speech: Callable[[], SpeechProcess],
) -> None:
    process = own_speech()
    process.prompts.rename(process.home / "away")
    assert httpx.get(f"{process.url}/healthz", trust_env=False, timeout=60).status_code == 503
    with TtsClient(process.url, secret) as client:
        with pytest.raises(TtsUnavailable) as refused:
            client.speak("Hello.", "joe")
        assert refused.value.retry_after_s > 0
        (process.home / "away").rename(process.prompts)
        assert client.speak("Hello.", "joe").duration_ms > 0


def test_calls_come_before_speech(speech: SpeechProcess) -> None:
    assert os.getpriority(os.PRIO_PROCESS, speech.process.pid) >= 5



def test_sigterm_stops_it_and_its_child_also_while_it_speaks(own_speech: Callable[[], SpeechProcess]) -> None:
    process = own_speech()
    with TtsClient(process.url, secret) as client:
        client.speak("Warm up.", "joe")
        under_way = threading.Thread(target=speak_if_it_can, args=(client,))
        under_way.start()
        workers = workers_of(process)
        assert len(workers) == 1
        assert process.stop() == 0
        under_way.join(timeout=60)
        assert not under_way.is_alive()
    wait_until(lambda: not Path(f"/proc/{workers[0]}").exists(), 5, "the espeak worker is gone")


def workers_of(process: SpeechProcess) -> list[int]:
    """Its children, whichever of its threads has started them; a thread may end meanwhile."""
    found: list[int] = []
    for task in Path(f"/proc/{process.process.pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):
            found += map(int, (task / "children").read_text().split())
    return found


def speak_if_it_can(client: TtsClient) -> None:
    try:
        client.speak("a rather long text without an end and " * 20, "joe")
    except TtsUnavailable:
        return


def test_the_child_does_not_outlive_a_killed_process(own_speech: Callable[[], SpeechProcess]) -> None:
    process = own_speech()
    with TtsClient(process.url, secret) as client:
        client.speak("Warm up.", "joe")
    workers = workers_of(process)
    assert workers
    os.kill(process.process.pid, signal.SIGKILL)
    process.process.wait()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), 5, "the espeak worker is gone")
