"""The units under a systemd that really closes them in: calls go through, recordings are read, nothing is missing."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.embedded.postgres import owner_url
from launcher.embedded.redis import redis_url
from launcher.freeswitch import CONFIG_DIR
from tests.deploy import units
from tests.deploy.installed import PROGRAM, ROOT, Installed, installed, put_units
from tests.helpers import wait_until
from tests.launcher.test_secret_files import made_secrets
from tests.tts.samples import encode_with_ffmpeg, tone

HOME = Path("/var/lib/digitree")
DID = "+14155550100"
API_KEY = "key-of-the-units-" + "0" * 20
needs_freeswitch = pytest.mark.skipif(not shutil.which("freeswitch"), reason="no FreeSWITCH on this machine")
_DIALLED = """
import sys
from tests.helpers import wait_until
from tests.sip.phone import Phone
with Phone(("127.0.0.1", 5080), number="+14805551235") as phone:
    status = phone.dial(sys.argv[1])
    assert status == 200, status
    wait_until(lambda: phone.loud_frames > 20, 30, "the first prompt is heard")
    phone.hang_up()
"""
_ANSWERS = """
import sys
from launcher.probes import answers_options
sys.exit(not answers_options("127.0.0.1:5080"))
"""
_UPLOADED = """
import sys, httpx
url, key = "http://127.0.0.1:8080", sys.argv[1]
with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=120, trust_env=False) as client:
    menu = client.get("/ivr").json()["items"][0]["id"]
    sound = open(sys.argv[2], "rb").read()
    done = client.put(f"/ivr/{menu}/audio/recorded.wav", content=sound, headers={"Content-Type": "audio/webm"})
    print(done.status_code, done.text)
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    run = put_units(tmp_path_factory.mktemp("whole"), (units.WHOLE,))
    with (run / "etc/digitree.conf").open("a") as file:
        file.write(f"DIGITREE_API_KEY={API_KEY}\n")
    with installed(run) as one:
        one.start({units.WHOLE: "Digitree is ready"})
        yield one


@needs_freeswitch
def test_the_whole_takes_calls_with_freeswitch(whole: Installed) -> None:
    assert "the switch is " in whole.log(units.WHOLE)
    whole.python(_DIALLED, DID)


def test_the_whole_reads_recordings(whole: Installed) -> None:
    sound = whole.path("/run/sound.webm")
    sound.write_bytes(encode_with_ffmpeg("webm", "libopus", tone(0.4, 48_000, 1), 48_000))
    assert whole.python(_UPLOADED, API_KEY, "/run/sound.webm").startswith("20")


def test_the_whole_replaces_its_call_servers_while_it_runs(whole: Installed) -> None:
    whole.systemctl("reload", units.WHOLE)
    wait_until(lambda: "processes replaced" in whole.log(units.WHOLE), 60, "the call server is replaced")
    called = whole.call(
        PROGRAM, "call", DID, "--press", "1,1,1", "--speed", "10", user="digitree", env={"DIGITREE_HOME": str(HOME)}
    )
    assert "with sample-agent@" in called.stdout, called.stdout + called.stderr


def test_every_process_is_closed_in(whole: Installed) -> None:
    found = whole.statuses()
    assert len(found) > 8
    for status in found:
        assert (status["NoNewPrivs"], status["Seccomp"], status["CapBnd"]) == ("1", "2", "0" * 16), status["Name"]


def test_the_whole_stops_in_order(whole: Installed) -> None:
    whole.systemctl("stop", units.WHOLE)
    assert whole.systemctl("show", "-P", "Result", units.WHOLE).strip() == "success"
    assert whole.statuses() == []


_STORES = f"""
[Service]
Type=exec
User=digitree
StateDirectory=digitree
StateDirectoryMode=0711
Environment=DIGITREE_HOME={HOME}
ExecStart={PROGRAM} up --only postgres,redis
"""
OURS = ("tts", "admin", "keeper", "esl", "phone")


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installed, dict[str, str]]]:
    """The units of single processes, on stores of another unit, with the secrets that they are given."""
    directory = tmp_path_factory.mktemp("parts")
    secrets = made_secrets(directory)
    secrets |= {"DATABASE_URL": owner_url(HOME / "pg"), "REDIS_URL": redis_url(HOME / "redis")}
    run = put_units(directory, tuple(f"digitree-{part}.service" for part in units.PARTS), stores=_STORES)
    (run / "etc/secrets").mkdir(mode=0o700)
    for name, value in secrets.items():
        (run / "etc/secrets" / name).write_text(value)
        (run / "etc/secrets" / name).chmod(0o400)
    (run / "etc/freeswitch").symlink_to(CONFIG_DIR)
    with installed(run) as one:
        one.start({"stores.service": "ready: postgres, redis"})
        said = {part: "Digitree is ready" if part == "admin" else f"ready: {part}" for part in OURS}
        one.start({f"digitree-{part}.service": words for part, words in said.items()})
        yield one, secrets


@needs_freeswitch
def test_the_parts_take_calls_with_freeswitch(parts: tuple[Installed, dict[str, str]]) -> None:
    one, _ = parts
    one.systemctl("start", "digitree-freeswitch.service")
    env = {"PYTHONPATH": str(ROOT)}
    wait_until(lambda: one.call(sys.executable, "-c", _ANSWERS, env=env).returncode == 0, 60, "FreeSWITCH is ready")
    one.python(_DIALLED, DID)


def test_no_part_has_a_secret_in_its_environment_or_on_its_command_line(
    parts: tuple[Installed, dict[str, str]]
) -> None:
    one, secrets = parts
    shown = one.call("sh", "-c", "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr '\\0' '\\n'").stdout
    assert "DIGITREE_SECRETS_DIR=/run/credentials/digitree-esl.service" in shown
    hidden = {name: value.strip() for name, value in secrets.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    assert [name for name, value in hidden.items() if value in shown] == []


def test_speech_reaches_nothing_but_this_machine(parts: tuple[Installed, dict[str, str]]) -> None:
    one, _ = parts
    denied = one.systemctl("show", "-P", "IPAddressDeny", "digitree-tts.service")
    assert set(denied.split()) == {"0.0.0.0/0", "::/0"}
