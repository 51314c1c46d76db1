"""`digitree up` as a person meets it: from an empty directory to a menu that can be called, and through what
may happen to it. One Digitree serves the whole module; the tests run in this order."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from launcher.embedded.postgres import postgres_url
from launcher.embedded.redis import redis_program, redis_url
from tests.helpers import wait_until
from tests.launcher.running import API_KEY, PROGRAM, RunningDigitree, environment, processes_of
from tests.other_user import needs_root, say_as_other_user
from tests.ports import free_address

SEED_PAGE = Path(__file__).parents[1] / "seed_page.sh"
# With both cores busy with other tests, three times what it takes alone.
FIRST_START_S = 180
SECOND_START_S = 30


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    home = tmp_path_factory.mktemp("digitree") / "home"
    return environment(home, DIGITREE_API_KEY=API_KEY, DIGITREE_ESL_PROCESSES="2")


@pytest.fixture(scope="module")
def running(env: dict[str, str]) -> Iterator[RunningDigitree]:
    one = RunningDigitree(env)
    try:
        one.wait_ready(FIRST_START_S)
        yield one
    finally:
        one.stop()


def test_ready_means_that_every_dependency_has_its_line_and_says_ok(running: RunningDigitree) -> None:
    # A check that is late on a busy machine says so, and not the next time.
    wait_until(lambda: running.api("GET", "/readyz")[0] == 200, 20, "all are ready")
    _, text = running.api("GET", "/readyz")
    for name in ("postgres", "redis", "tts", "esl", "keeper", "prompts"):
        assert name in str(text)


def test_the_first_start_says_what_to_do_next(running: RunningDigitree) -> None:
    said = "\n".join(running.lines)
    assert running.base_url in said
    assert "call +14155550100 --from +14805551234 --press 1,1,1" in said
    assert API_KEY not in said


def test_the_sample_menu_is_live_with_all_its_prompts_spoken(running: RunningDigitree) -> None:
    _, dids = running.api("GET", "/dids")
    (bound,) = [each for each in dids["items"] if each["did"] == "+14155550100"]
    _, menu = running.api("GET", f"/ivr/{bound['ivr_id']}")
    assert menu["status"] == "live"
    assert menu["name"].startswith("Sample")
    assert [prompt["state"] for prompt in menu["prompts"]] == ["ready"] * 5
    assert menu["warnings"] == []


def test_the_bootstrap_key_is_no_childs_business(running: RunningDigitree) -> None:
    read = 0
    for pid in running.children():
        # Postgres under its own account, in a container; or a process that has just ended.
        with suppress(PermissionError, FileNotFoundError, ProcessLookupError):
            assert API_KEY.encode() not in Path(f"/proc/{pid}/environ").read_bytes()
            read += 1
    assert read > 3


@needs_root
def test_root_is_given_up_by_the_supervisor_and_every_process_of_it(running: RunningDigitree) -> None:
    assert any("started by root: all processes run as" in line for line in running.lines)
    owner = Path(running.env["DIGITREE_HOME"]).stat().st_uid
    assert owner not in (0, pwd.getpwnam("nobody").pw_uid)
    processes = psutil.Process(running.process.pid).children(recursive=True)
    assert len(processes) > 8
    for process in (psutil.Process(running.process.pid), *processes):
        with suppress(psutil.NoSuchProcess, FileNotFoundError):
            assert set(process.uids()) == {owner}, process.cmdline()
            status = Path(f"/proc/{process.pid}/status").read_text()
            assert "CapEff:\t0000000000000000" in status, process.cmdline()


def test_nothing_under_the_home_is_for_other_users(running: RunningDigitree) -> None:
    home = Path(running.env["DIGITREE_HOME"])
    open_to_others = []
    for path in (home, *home.rglob("*")):
        with suppress(FileNotFoundError):
            found = path.lstat()
            if found.st_mode & 0o077 and not stat.S_ISSOCK(found.st_mode):
                open_to_others.append(f"{path} {found.st_mode:o}")
    assert open_to_others == []


@needs_root
@pytest.mark.parametrize("server", ["DIGITREE_ESL", "DIGITREE_TTS", "DIGITREE_PHONE"])
def test_another_user_of_the_machine_gets_nothing_from_our_ports(running: RunningDigitree, server: str) -> None:
    port = int(running.env[server].rpartition(":")[2])
    asked = b"GET /voices HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    told, _ = say_as_other_user(port, asked).communicate(timeout=60)
    assert told == b"" if server == "DIGITREE_ESL" else told.startswith(b"HTTP/1.1 401 ")


def test_a_second_supervisor_on_the_same_home_is_refused(running: RunningDigitree) -> None:
    answer = running.digitree("up")
    assert answer.returncode == 1
    assert f"process {running.process.pid}" in answer.stderr


def test_an_address_in_use_is_named_before_anything_starts(running: RunningDigitree, tmp_path: Path) -> None:
    other = environment(tmp_path / "home", DIGITREE_HTTP=running.env["DIGITREE_HTTP"])
    answer = subprocess.run([PROGRAM, "up"], env=other, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 1
    assert "in use by another program" in answer.stderr
    assert "DIGITREE_HTTP" in answer.stderr
    assert answer.stdout == ""


def test_the_seed_page_works_as_it_stands_and_the_calls_do_what_it_says(running: RunningDigitree) -> None:
    env = running.env | {"BASE_URL": running.base_url, "API_KEY": API_KEY}
    env |= {"DIGITREE": PROGRAM, "PYTHON": sys.executable}
    done = subprocess.run([str(SEED_PAGE)], env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr + running.tail()


@pytest.mark.parametrize(
    "words",
    [
        "-m keeper", "-m tts", "-m devswitch.phone", "gunicorn", redis_program().name, "/bin/postgres",
        "-m esl_server",
    ],
)
def test_whatever_dies_is_back_and_ready_without_a_person(running: RunningDigitree, words: str) -> None:
    victims = _processes(running, words)
    assert victims
    seen = len(running.lines)
    for pid in victims:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for _ in victims:
        running.wait_for_line(r"was ended by SIGKILL; starting it again in 0\.1 s", 10, after=seen)
    wait_until(lambda: _ready(running), 60, f"ready again after the death of {words}\n{running.tail()}", poll_s=0.2)


def test_tests_of_a_menu_run_from_the_command_line_and_are_red_or_green(running: RunningDigitree) -> None:
    # Postgres was killed a moment ago.
    dids = wait_until(lambda: running.api("GET", "/dids")[1].get("items"), 20, "the numbers are read")
    menu = dids[0]["ivr_id"]
    test = {"name": "reaches the agent", "script": "1,1,1", "expected": {"outcome": "transferred"}}
    status, _ = running.api("POST", f"/ivr/{menu}/tests", test)
    assert status == 201
    green = running.digitree("test", "+14155550100")
    assert (green.returncode, green.stdout.split("\t")[0]) == (0, "passed"), green.stderr
    draft = Path(running.env["DIGITREE_HOME"]) / "draft.json"
    draft.write_text('{"name": "Closed", "nodes": {"closed": {"action": "hangup"}}}')
    red = running.digitree("test", menu, "--draft", str(draft))
    assert (red.returncode, red.stdout.split("\t")[0]) == (1, "FAILED"), red.stderr
    assert "hung_up, not transferred" in red.stdout
    assert running.digitree("test", "No such menu").returncode == 2


def _processes(running: RunningDigitree, words: str) -> list[int]:
    return [pid for pid in running.children() if words in running.words(pid)]


def _ready(running: RunningDigitree) -> bool:
    try:
        return running.api("GET", "/readyz")[0] == 200
    except OSError:
        return False


def test_a_request_during_a_restart_of_the_admin_app_waits_and_is_answered(running: RunningDigitree) -> None:
    seen = len(running.lines)
    os.kill(running.pid_of("gunicorn"), signal.SIGKILL)
    running.wait_for_line("admin was ended by SIGKILL", 10, after=seen)
    assert running.api("GET", "/healthz")[0] == 200


def test_reload_replaces_the_call_server_process_by_process(running: RunningDigitree) -> None:
    before = set(_processes(running, "-m esl_server"))
    seen = len(running.lines)
    assert running.digitree("reload").returncode == 0
    running.wait_for_line(r"reload: 2 processes replaced", 60, after=seen)
    # The old ones have no calls and go at once.
    wait_until(lambda: before.isdisjoint(running.children()), 15, "the old processes are gone")
    wait_until(lambda: len(_processes(running, "-m esl_server")) == 2, 15, f"two processes\n{running.tail()}")
    host, _, port = running.env["DIGITREE_ESL"].partition(":")
    socket.create_connection((host, int(port)), timeout=30).close()


def test_several_call_servers_share_an_address_and_one_that_goes_takes_no_call_with_it(
    running: RunningDigitree,
) -> None:
    home = Path(running.env["DIGITREE_HOME"])
    address = free_address()
    env = running.env | {"DIGITREE_ESL": address, "DIGITREE_ESL_SHARE": "true", "DIGITREE_ESL_PROCESSES": "1"}
    env |= {"DATABASE_URL": postgres_url(home / "pg"), "REDIS_URL": redis_url(home / "redis")}
    env |= {"DIGITREE_SECRET": (home / "secret").read_text().strip()}
    both = [RunningDigitree(env, "--only", "esl") for _ in range(2)]
    try:
        for each in both:
            each.wait_for_line("esl_server: listening", 30)
        host, _, port = address.partition(":")
        for _ in range(64):
            socket.create_connection((host, int(port)), timeout=30).close()
        for each in both:
            each.wait_for_line(r"ended: \d+ rejected_handshakes", 10)
        counted = _calls_counted(running)
        calls = [_CallUnderWay(both[0], f"+1480555{number}", "1@5000,h") for number in range(3001, 3007)]
        stopping = both.pop(0)
        assert stopping.stop() == 0, stopping.tail()
        assert all("Do you hold a valid license?" in call.heard_after() for call in calls)
        wait_until(lambda: _calls_counted(running) == counted + 6, 10, "the calls of the one that went are counted")
        late = _CallUnderWay(both[0], "+14805553007", "1")
        assert "Do you hold a valid license?" in late.heard_after()
    finally:
        for each in both:
            assert each.stop() == 0, each.tail()


def _calls_counted(running: RunningDigitree) -> float:
    _, metrics = running.api("GET", "/metrics")
    return sum(float(line.split()[-1]) for line in metrics.splitlines() if line.startswith("digitree_calls_total{"))


class _CallUnderWay:
    """`digitree call` in the background, from the moment its caller hears the first question."""

    def __init__(self, running: RunningDigitree, ani: str, press: str) -> None:
        self._process = subprocess.Popen(
            [PROGRAM, "call", "+14155550100", "--from", ani, "--press", press],
            env=running.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "hears" in line:
                return
        raise AssertionError("the call heard nothing")

    def heard_after(self) -> str:
        """What came after the first question, when the call is over."""
        return self._process.communicate(timeout=120)[0]


def test_ctrl_c_lets_calls_end_then_stops_everything_with_exit_code_0(running: RunningDigitree) -> None:
    call = _CallUnderWay(running, "+14805552001", "9@8000")
    seen = len(running.lines)
    running.process.send_signal(signal.SIGINT)
    running.wait_for_line(r"waiting for esl-1, esl-2: 1 live calls|waiting for esl-\d: 1 live calls", 10, after=seen)
    assert "removed from our list" in call.heard_after()
    assert running.process.wait(60) == 0, running.tail()
    assert processes_of(Path(running.env["DIGITREE_HOME"])) == []
    assert not any("did not stop in time" in line for line in running.lines), running.tail()


def test_a_second_start_is_quick_and_makes_nothing_twice(env: dict[str, str]) -> None:
    again = RunningDigitree(env)
    try:
        took_s = again.wait_ready(SECOND_START_S)
        print(f"second start: {took_s:.1f} s")
        _, menus = again.api("GET", "/ivr")
        assert len([menu for menu in menus["items"] if menu["name"].startswith("Sample")]) == 1
        assert not any("speaking" in line for line in again.lines)
        assert "API key" not in "\n".join(again.lines)
        assert again.digitree("dnc", "check", "+14805552001").returncode == 0, "pressed while we were stopping"
    finally:
        assert again.stop() == 0, again.tail()


def test_a_sigkill_of_the_supervisor_ends_no_call_leaves_nothing_and_loses_no_opt_out(env: dict[str, str]) -> None:
    killed = RunningDigitree(env)
    killed.wait_ready(SECOND_START_S)
    call = _CallUnderWay(killed, "+14805552002", "9@2500")
    killed.process.kill()
    killed.process.wait()
    # Pressed when Postgres and Redis are gone and the call server has nobody to start it again.
    assert "removed from our list" in call.heard_after()
    wait_until(lambda: not processes_of(Path(env["DIGITREE_HOME"])), 30, "every child has ended", poll_s=0.1)
    again = RunningDigitree(env)
    try:
        again.wait_ready(SECOND_START_S)
        assert again.digitree("dnc", "check", "+14805552002").returncode == 0
    finally:
        assert again.stop() == 0, again.tail()


def test_a_revoked_bootstrap_key_stops_neither_the_start_nor_a_call(env: dict[str, str]) -> None:
    one = RunningDigitree(env)
    try:
        one.wait_ready(FIRST_START_S)
        _, keys = one.api("GET", "/keys")
        (bootstrap,) = [key["id"] for key in keys["items"] if key["name"] == "bootstrap"]
        _, other = one.api("POST", "/keys", {"name": "other", "scopes": ["read", "write", "dnc", "calls", "admin"]})
        assert one.api("DELETE", f"/keys/{bootstrap}", key=other["key"])[0] == 204
        assert "removed from our list" in _CallUnderWay(one, "+14805552003", "9@2500").heard_after()
    finally:
        assert one.stop() == 0, one.tail()
    (Path(env["DIGITREE_HOME"]) / "sample-loaded").unlink()  # the start has its own work at the API to do again
    again = RunningDigitree(env)
    try:
        again.wait_ready(FIRST_START_S)
        again.wait_for_line("DIGITREE_API_KEY was revoked", 1)
        assert again.api("GET", "/keys")[0] == 401
        call = _CallUnderWay(again, "+14805552004", "9@2500")
        assert "removed from our list" in call.heard_after()
        assert again.api("GET", "/dnc/+14805552004", key=other["key"])[0] == 200
    finally:
        assert again.stop() == 0, again.tail()
