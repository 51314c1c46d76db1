"""The command lines of docker-compose.yml where no container can be run: each under an account that is not root, on a
file system that it cannot write, its own secrets as files and none in its environment; and a call through them."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis

from ivr.settings import split_host_port
from launcher.embedded.postgres import embedded_postgres
from launcher.embedded.redis import redis_program
from launcher.embedded.server import running_server
from launcher.freeswitch import CONFIG_DIR
from launcher.probes import answers_options
from launcher.program import Program
from tests.closed_process import closed, skip_unless_possible
from tests.compose.test_closed_containers import COMPOSE, secrets_of
from tests.helpers import as_owner, wait_until
from tests.launcher.test_secret_files import made_secrets
from tests.ports import free_address, free_port
from tests.sip.phone import Phone

OURS = ("tts", "admin", "keeper", "esl", "phone")
ADDRESSES = ("DIGITREE_HTTP", "DIGITREE_ESL", "DIGITREE_SIP", "DIGITREE_TTS", "DIGITREE_PHONE", "DIGITREE_FS_EVENT")
PROGRAM = str(Path(sys.executable).with_name("digitree"))
START_S = 240


@dataclass
class Service:
    process: subprocess.Popen[bytes]
    log: Path

    def wait_for(self, text: str) -> None:
        def said() -> bool:
            return text in self.log.read_text(errors="replace") or self.process.poll() is not None

        wait_until(said, START_S, f"{text!r} in {self.log}")
        assert self.process.poll() is None, self.log.read_text(errors="replace")


@dataclass
class Installation:
    """The containers' processes; `account` is theirs, `state` their DIGITREE_HOME."""

    account: str
    directory: Path
    services: dict[str, Service]
    addresses: dict[str, str]
    secrets: dict[str, str]

    def writable(self) -> list[Path]:
        return [self.directory / name for name in ("state", "metrics", "tmp", "pg")]

    def environment(self, name: str) -> dict[str, str]:
        """The environment of a container: what compose gives it, at this test's places, and nothing else."""
        written = COMPOSE["services"][name]["environment"]
        values = {variable: re.sub(r"\$\{[A-Z_]+:-(.*)\}", r"\1", value) for variable, value in written.items()}
        places = {"HOME": "state", "DIGITREE_HOME": "state", "DIGITREE_METRICS_DIR": "metrics", "TMPDIR": "tmp"}
        here = {variable: str(self.directory / where) for variable, where in places.items()}
        here["DIGITREE_SECRETS_DIR"] = str(self.directory / f"secrets-{name}")
        return values | self.addresses | here | {"PATH": os.environ["PATH"], "DIGITREE_ESL_PROCESSES": "1"}

    def start(self, name: str, argv: list[str], more: Mapping[str, str] | None = None, number: int = 1) -> Service:
        """`more` of the environment; `number`: which of several containers of this name."""
        own = self.directory / f"secrets-{name}"
        own.mkdir(exist_ok=True)
        for secret in secrets_of(COMPOSE["services"][name]):
            (own / secret).write_text(self.secrets[secret])
        env, log = self.environment(name) | dict(more or {}), self.directory / f"{name}-{number}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                closed(self.account, [*self.writable(), own], argv), env=env, stdout=output, stderr=output,
                process_group=0,
            )  # fmt: skip
        service = Service(process, log)
        self.services[name if number == 1 else f"{name}-{number}"] = service
        return service

    def run(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """As `docker compose exec` does."""
        own = self.directory / f"secrets-{name}"
        return subprocess.run(
            closed(self.account, [*self.writable(), own], [PROGRAM, *arguments]), env=self.environment(name),
            capture_output=True, text=True, timeout=START_S, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def stop(self) -> None:
        for service in reversed(self.services.values()):
            service.process.send_signal(signal.SIGTERM)
            service.process.wait(60)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    skip_unless_possible()
    directory = tmp_path_factory.mktemp("containers")
    made = made_secrets(directory)
    with contextlib.ExitStack() as stack:
        database_url = stack.enter_context(embedded_postgres(directory / "pg", durable=False))
        account = (directory / "pg").owner()
        port = stack.enter_context(_redis(directory / "secrets" / "redis.conf"))
        made["DATABASE_URL"] = as_owner(database_url)  # as in compose, one role for all
        made["REDIS_URL"] = made["REDIS_URL"].replace(":16379", f":{port}")
        one = Installation(account, directory, {}, {name: free_address() for name in ADDRESSES}, made)
        for path in one.writable():
            path.mkdir(mode=0o755, exist_ok=True)
            shutil.chown(path, account)
        stack.callback(one.stop)
        for name in OURS:
            one.start(name, [PROGRAM, *COMPOSE["services"][name]["command"]])
        for name in OURS:
            one.services[name].wait_for("Digitree is ready" if name == "admin" else f"ready: {name}")
        yield one


@pytest.fixture(scope="module")
def with_freeswitch(installation: Installation) -> Installation:
    """The same, and the command line of FreeSWITCH; its files are at this test's places."""
    program = shutil.which("freeswitch")
    if program is None:
        pytest.skip("no FreeSWITCH on this machine")
    written, state = COMPOSE["services"]["freeswitch"]["entrypoint"], installation.directory / "tmp"
    here = {"/usr/bin/freeswitch": program, "/etc/freeswitch": str(CONFIG_DIR), "/run/fs": str(state)}
    assert set(here) <= set(written)
    home = installation.directory / "state"
    files = {
        "DIGITREE_PROMPTS_DIR": str(home / "prompts"),
        "DIGITREE_AGENTS_FILE": str(home / "fs/passwords.xml"),
        "DIGITREE_TRUNKS_FILE": str(home / "fs/trunks.xml"),
    }
    installation.start("freeswitch", [here.get(word, word) for word in written], files)
    return installation


@contextlib.contextmanager
def _redis(conf: Path) -> Iterator[int]:
    """The server of compose's `redis` with its configuration, on a port of the test."""
    port = free_port()
    command = COMPOSE["services"]["redis"]["command"]
    assert command == ["valkey-server", "/run/secrets/redis.conf"]
    program = Program((str(redis_program()), str(conf), "--port", str(port)), {}, cwd=conf.parent)
    password = re.search(r"requirepass (\S+)", conf.read_text())[1]

    def ready() -> bool:
        with contextlib.suppress(Exception):
            return bool(redis.Redis.from_url(f"redis://:{password}@127.0.0.1:{port}/0").ping())
        return False

    with running_server(program, ready, "Redis"):
        yield port


def processes_below(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        children = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return [pid, *(each for child in children for each in processes_below(child))]
    return []


def test_a_call_goes_through_them_to_the_agent(installation: Installation) -> None:
    called = installation.run("esl", "call", "+14155550100", "--press", "1,1,1", "--speed", "10")
    assert called.returncode == 0, called.stdout + called.stderr
    assert "with sample-agent@" in called.stdout


def test_freeswitch_has_its_secrets_from_files_and_its_health_check_asks_with_one(
    with_freeswitch: Installation, tmp_path: Path
) -> None:
    one = with_freeswitch
    (tmp_path / ".fs_cli_conf").write_text(one.secrets["fs_cli.conf"])
    kind, check = COMPOSE["services"]["freeswitch"]["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DIGITREE_FS_EVENT": one.addresses["DIGITREE_FS_EVENT"]}

    def healthy() -> bool:
        words = ["sh", "-c", check.replace("$$", "$")]
        return subprocess.run(words, env=env, capture_output=True, timeout=30, check=False).returncode == 0

    wait_until(healthy, 60, "the health check passes")
    (tmp_path / ".fs_cli_conf").write_text("[default]\npassword => wrong\n")
    assert not healthy()


def test_a_caller_hears_the_menu_over_freeswitch(with_freeswitch: Installation) -> None:
    address = with_freeswitch.addresses["DIGITREE_SIP"]
    wait_until(lambda: answers_options(address), 60, "FreeSWITCH takes calls")
    with Phone(split_host_port(address), number="+14805551235") as phone:
        assert phone.dial("+14155550100") == 200
        wait_until(lambda: phone.loud_frames > 20, 30, "the first prompt is heard")
        phone.hang_up()


@pytest.mark.parametrize("name", OURS)
def test_a_service_runs_closed_in_and_without_a_secret_in_sight(installation: Installation, name: str) -> None:
    pids = processes_below(installation.services[name].process.pid)
    assert len(pids) >= 2
    secret = [value.strip() for key, value in installation.secrets.items() if key != "DATABASE_URL"]
    for pid in pids:
        shown = Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
        assert not [value for value in secret if value.encode() in shown]
        status: dict[str, Any] = dict(
            line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line
        )
        assert "0" not in status["Uid"].split()
        assert {status[each] for each in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
        assert status["NoNewPrivs"] == "1"


def test_they_cannot_write_beside_their_directories(installation: Installation) -> None:
    for path in ("/etc", "/usr", "/var/tmp"):  # noqa: S108
        words = ["/bin/sh", "-c", f"touch {path}/digitree-was-here"]
        done = subprocess.run(
            closed("root", installation.writable(), words), capture_output=True, text=True, timeout=60, check=False
        )
        assert "Read-only file system" in done.stderr, path


def test_call_servers_are_added_on_the_same_port_and_one_is_stopped(installation: Installation) -> None:
    argv = [PROGRAM, *COMPOSE["services"]["esl"]["command"]]
    second = installation.start("esl", argv, number=2)
    second.wait_for("ready: esl")
    first = installation.services["esl"].process
    first.send_signal(signal.SIGTERM)
    first.wait(60)
    test_a_call_goes_through_them_to_the_agent(installation)
    second.wait_for("ended: 1 transferred")
