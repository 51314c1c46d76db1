"""A softphone that others wrote calls, presses a key and records: what it recorded is what we meant it to hear."""

from __future__ import annotations

import shutil
import subprocess
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.helpers import wait_until
from tests.sip.conftest import Switch
from tests.sip.scripted_server import ScriptedServer

DID = "+14155550100"
_MODULES = next(iter(Path("/usr/lib").glob("**/baresip/modules")), None)

pytestmark = pytest.mark.skipif(
    shutil.which("baresip") is None or _MODULES is None, reason="no baresip on this machine (Debian package baresip)"
)


def write_noise(path: Path, seconds: float, seed: int) -> np.ndarray:
    """Noise of the band a telephone carries: nothing else is like it, so where it is heard is beyond doubt."""
    samples = np.random.default_rng(seed).normal(0, 3000, int(seconds * 8000))
    write_wav(path, samples)
    return samples


def write_wav(path: Path, samples: np.ndarray) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.astype("<i2").tobytes())


def read_wav(path: Path) -> np.ndarray:
    with wave.open(str(path), "rb") as file:
        assert file.getframerate() == 8000
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float64)


def best_match(recorded: np.ndarray, prompt: np.ndarray) -> tuple[float, float]:
    """How like the prompt the recording is where it is most like it (1 is the same), and when that is (s)."""
    size = 1 << (len(recorded) + len(prompt)).bit_length()
    product = np.fft.rfft(recorded, size) * np.conj(np.fft.rfft(prompt, size))
    correlation = np.fft.irfft(product, size)[: len(recorded)]
    at = int(correlation.argmax())
    heard = recorded[at : at + len(prompt)]
    norm = np.linalg.norm(heard) * np.linalg.norm(prompt[: len(heard)])
    return float(correlation[at] / norm) if norm else 0.0, at / 8000


def start_baresip(directory: Path, switch: Switch) -> subprocess.Popen[bytes]:
    """It calls at once, sends silence, and keeps what it hears in `directory`."""
    write_wav(directory / "silence.wav", np.zeros(30 * 8000))
    (directory / "config").write_text(
        "sip_listen 127.0.0.1:0\nnet_interface 127.0.0.1\nrtp_ports 26000-28000\n"
        f"audio_source aufile,{directory}/silence.wav\naudio_player aufile,{directory}/played.wav\n"
        f"audio_alert aufile,{directory}/alert.wav\naudio_srate 8000\naudio_channels 1\n"
        f"module_path {_MODULES}\nmodule stdio.so\nmodule g711.so\nmodule aufile.so\nmodule sndfile.so\n"
        f"module_tmp account.so\nmodule_app menu.so\nsnd_path {directory}\n"
    )
    (directory / "accounts").write_text("<sip:+14805551234@127.0.0.1;transport=udp>;regint=0\n")
    (directory / "contacts").write_text("")
    dial = f"d sip:{DID}@{switch.sip[0]}:{switch.sip[1]}"
    command = ["baresip", "-4", "-f", str(directory), "-e", dial, "-t", "20"]
    with (directory / "log.txt").open("wb") as log:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log)


def test_prompts_and_their_order_are_in_what_a_softphone_recorded(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, tmp_path: Path
) -> None:
    first = write_noise(switch.prompts / "first.wav", 1.5, seed=1)
    second = write_noise(switch.prompts / "second.wav", 1.0, seed=2)
    never = write_noise(tmp_path / "never.wav", 1.0, seed=3)
    phone = start_baresip(tmp_path, switch)
    try:
        call = server.take_call()
        assert call.channel["Caller-Caller-ID-Number"] == "+14805551234"
        call.execute("answer")
        call.execute("sleep", "400")
        call.execute("playback", str(switch.prompts / "first.wav"))
        call.execute("sleep", "500")
        call.execute("playback", str(switch.prompts / "second.wav"))
        pressed = beside.submit(call.press, 5000)
        assert phone.stdin is not None
        phone.stdin.write(b"7")
        phone.stdin.flush()
        assert pressed.result(10) == "7"
        call.execute("hangup")
        wait_until(lambda: b"session closed" in (tmp_path / "log.txt").read_bytes(), 10, "the call is over")
    finally:
        phone.terminate()
        phone.wait(10)
    recorded = read_wav(next(tmp_path.glob("dump-*-dec.wav")))
    likeness, first_s = best_match(recorded, first)
    assert likeness > 0.95
    likeness, second_s = best_match(recorded, second)
    assert likeness > 0.95
    # The recording has no gap where nothing was sent.
    assert second_s - first_s >= 1.5 - 0.05
    assert best_match(recorded, never)[0] < 0.2
