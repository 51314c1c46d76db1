"""The phone as a process, and its client: who may ask, what is refused, what happens when it dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ivr.clients.phone import Order, PhoneCallNotFound, PhoneCallOver, PhoneClient, PhoneUnavailable, phone_word
from tests.helpers import wait_until

SECRET = "0123456789abcdef"


@pytest.fixture
def process(home: Path, make_free_port) -> Iterator[tuple[subprocess.Popen, str]]:
    """With no call server behind it: calls are refused, which is enough here."""
    address = f"127.0.0.1:{make_free_port()}"
    env = {
        **os.environ,
        "DIGITREE_HOME": str(home), "DIGITREE_PHONE": address, "DIGITREE_SECRET": SECRET,
        "DIGITREE_ESL": f"127.0.0.1:{make_free_port()}",
    }  # fmt: skip
    phone = subprocess.Popen([sys.executable, "-m", "devswitch.phone"], env=env)
    client = PhoneClient(f"http://{address}", lambda: SECRET)
    wait_until(lambda: phone.poll() is None and _answers(client), 30, "the phone answers")
    yield phone, f"http://{address}"
    phone.kill()
    phone.wait()


def _answers(client: PhoneClient) -> bool:
    try:
        client.check()
    except PhoneUnavailable:
        return False
    return True


def test_the_process_as_its_client_and_as_strangers_see_it(process):
    phone, url = process
    client = PhoneClient(url, lambda: SECRET)
    with pytest.raises(PhoneUnavailable):
        PhoneClient(url, lambda: "another secret").check()
    strange = httpx.Client(base_url=url, trust_env=False, timeout=60)
    assert strange.post("/calls", json={"dial": "+14155550100", "ani": "anonymous"}).status_code == 401
    assert strange.get("/calls/test_1/events").status_code == 401

    ours = httpx.Client(base_url=url, trust_env=False, headers={"Authorization": f"Bearer {phone_word(SECRET)}"})
    good = {"dial": "+14155550100", "ani": "anonymous"}
    senseless: list[dict[str, Any]] = [
        {"dial": "sip:root@example.org"}, {"dial": "+1\n"}, {"dial": 7}, {"ani": "${system(id)}"}, {"agent": "root"},
        {"script": "x" * 2000}, {"script": "zz"}, {"fast": True}, {"about": []}, {"more": 1},
    ]  # fmt: skip
    for bad in senseless:
        assert ours.post("/calls", json=good | bad).status_code == 400, bad
    assert ours.post("/calls", content=b"x" * 100_000).status_code in (400, 413)

    # Nobody answers on the event socket: the development switch's last resort is a 503.
    events = client.run(Order("+14155550100", "anonymous", script="1", fast=True))
    assert events[-1]["kind"] == "ended"
    assert events[-1]["sip_status"] == 503

    call = client.dial(Order("+14155550100", "+14805551234", about={"ivr_id": "ivr_abc"}))
    state = client.get(call)
    assert state.about == {"ivr_id": "ivr_abc"}
    with pytest.raises(PhoneCallNotFound):
        client.get("test_" + "0" * 32)
    for keys in ("", "x", "1" * 33):
        assert ours.post(f"/calls/{call}/keys", json={"keys": keys}).status_code == 400
    client.hang_up(call)
    list(client.events(call))
    client.hang_up(call)
    with pytest.raises(PhoneCallOver):
        client.press(call, "1")

    phone.send_signal(signal.SIGTERM)
    assert phone.wait(30) == 0
    with pytest.raises(PhoneUnavailable):
        client.check()


def test_it_listens_on_loopback_only(home: Path, make_free_port):
    env = {**os.environ, "DIGITREE_HOME": str(home), "DIGITREE_PHONE": f"0.0.0.0:{make_free_port()}"}
    done = subprocess.run(
        [sys.executable, "-m", "devswitch.phone"], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert "loopback" in done.stderr


def test_a_phone_killed_in_mid_call_is_an_error_of_the_stream_not_a_silence(process):
    phone, url = process
    client = PhoneClient(url, lambda: SECRET)
    call = client.dial(Order("+14155550100", "anonymous"))
    events = client.events(call)
    # No call server: a pause and a third try, so the end is two seconds away.
    threading.Timer(0.2, phone.kill).start()
    with pytest.raises(PhoneUnavailable):
        list(events)
