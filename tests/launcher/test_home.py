"""The state directory and the addresses: one supervisor a home, clear words when something is taken."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.home import forget_dead_metrics, forget_live_metrics, prepare_home, prepare_metrics
from ivr.secrets import read_or_make_secret
from ivr.settings import Settings, SetupError
from launcher.home_locks import find_supervisors, home_locks
from launcher.listening_sockets import bind_shared, check_free, listen
from launcher.up import typed_program
from tests.other_user import UID, needs_root


@pytest.fixture
def settings(home: Path) -> Iterator[Settings]:
    settings = Settings(DIGITREE_HOME=home)  # type: ignore[call-arg]
    prepare_home(settings)
    prepare_metrics(settings)
    yield settings
    shutil.rmtree(settings.metrics)


def test_a_second_supervisor_of_the_same_process_is_refused_and_told_who_keeps_it(settings: Settings) -> None:
    program = "import sys, time; from pathlib import Path; from launcher.home_locks import home_locks\n"
    program += "with home_locks(Path(sys.argv[1]), ['esl', 'admin']): print('held', flush=True); time.sleep(600)"
    holder = subprocess.Popen([sys.executable, "-c", program, str(settings.home)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
        assert find_supervisors(settings.home) == {"esl": holder.pid, "admin": holder.pid}
        refused = pytest.raises(SetupError, match=rf"process {holder.pid}.*digitree down")
        with refused, home_locks(settings.home, ["admin", "tts"]):
            pass
        with home_locks(settings.home, ["tts"]):
            assert find_supervisors(settings.home)["tts"] == os.getpid()
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    assert find_supervisors(settings.home) == {}
    with home_locks(settings.home, ["esl"]):
        assert find_supervisors(settings.home) == {"esl": os.getpid()}


def test_a_kind_of_process_that_is_shared_has_a_lock_for_each_supervisor(settings: Settings) -> None:
    with home_locks(settings.home, ["esl"]), home_locks(settings.home, ["esl"], shared=["esl"]):
        with home_locks(settings.home, ["esl", "tts"], shared=["esl"]):
            assert set(find_supervisors(settings.home)) == {"esl", "esl.2", "esl.3", "tts"}
            refused = pytest.raises(SetupError, match="already runs")
            with refused, home_locks(settings.home, ["esl", "tts"], shared=["esl"]):
                pass
        assert set(find_supervisors(settings.home)) == {"esl", "esl.2"}


def test_what_a_killed_supervisors_processes_counted_as_live_is_forgotten_at_the_next_start(
    settings: Settings,
) -> None:
    with subprocess.Popen(["true"]) as gone:
        pass
    for pid in (gone.pid, os.getpid()):
        for name in (f"gauge_livesum_{pid}.db", f"counter_{pid}.db"):
            (settings.metrics / name).write_text("")
    forget_dead_metrics(settings)
    left = {path.name for path in settings.metrics.iterdir()}
    assert left == {f"gauge_livesum_{os.getpid()}.db", f"counter_{os.getpid()}.db", f"counter_{gone.pid}.db"}


def test_a_dead_process_has_no_live_calls_but_what_it_counted_stays(settings: Settings) -> None:
    for name in ("gauge_livesum_77.db", "gauge_livesum_177.db", "counter_77.db"):
        (settings.metrics / name).write_text("")
    forget_live_metrics(settings, 77)
    assert {path.name for path in settings.metrics.iterdir()} == {"gauge_livesum_177.db", "counter_77.db"}


def test_the_secret_is_made_once_and_is_for_its_owner_alone(settings: Settings) -> None:
    made = read_or_make_secret(settings)
    assert len(made) == 64
    assert read_or_make_secret(settings) == made
    assert stat.S_IMODE((settings.home / "secret").stat().st_mode) == 0o600


def test_what_holds_callers_numbers_is_for_its_owner_alone(settings: Settings) -> None:
    for path in (settings.journal, settings.home / "run", settings.metrics):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_what_is_mapped_into_memory_is_not_on_the_disk_that_gets_full(settings: Settings) -> None:
    assert settings.metrics.parent == Path("/dev/shm")  # noqa: S108
    chosen = settings.model_copy(update={"metrics_dir": "/mnt/metrics"})
    assert chosen.metrics == Path("/mnt/metrics")


def test_a_directory_in_memory_that_others_made_is_refused(settings: Settings) -> None:
    settings.metrics.chmod(0o777)
    with pytest.raises(SetupError, match="set DIGITREE_METRICS_DIR"):
        prepare_metrics(settings)


def _modes(top: Path) -> dict[str, int]:
    return {str(path.relative_to(top)): stat.S_IMODE(path.lstat().st_mode) for path in (top, *top.rglob("*"))}


def _old_home(home: Path) -> None:
    """As earlier releases left it under an ordinary umask."""
    for name in ("run", "prompts/system", "voices"):
        (home / name).mkdir(parents=True)
    for name in ("secret", "run/menus.db", "prompts/a.wav", "voices/tool"):
        (home / name).write_text("kept")
    for path in (home, *home.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.name == "tool" else 0o644)


def test_a_home_of_an_earlier_release_is_closed_to_other_users_once(home: Path) -> None:
    _old_home(home)
    settings = Settings(DIGITREE_HOME=home)  # type: ignore[call-arg]
    assert prepare_home(settings) >= 8
    modes = _modes(home)
    assert set(modes.values()) == {0o600, 0o700}
    assert modes["secret"] == modes["prompts/a.wav"] == 0o600
    assert modes["voices/tool"] == modes["prompts/system"] == 0o700
    assert prepare_home(settings) == 0


def test_a_switch_of_another_account_reads_the_prompts_and_nothing_else(home: Path) -> None:
    _old_home(home)
    settings = Settings(DIGITREE_HOME=home, DIGITREE_SWITCH="none")  # type: ignore[call-arg]
    prepare_home(settings)
    modes = _modes(home)
    assert (modes["."], modes["prompts"], modes["prompts/system"], modes["prompts/a.wav"]) == (
        0o711, 0o755, 0o755, 0o644,
    )  # fmt: skip
    # It opens a recording by its name, and lists none.
    assert modes.pop("recordings") == 0o711
    assert {mode for name, mode in modes.items() if name != "." and not name.startswith("prompts")} == {0o600, 0o700}
    assert prepare_home(settings) == 0


@needs_root
def test_root_gives_a_home_to_the_account_and_is_not_led_outside_by_links(home: Path, tmp_path: Path) -> None:
    _old_home(home)
    outside = tmp_path / "outside"
    outside.write_text("root's own")
    outside.chmod(0o644)
    (home / "run" / "link").symlink_to(outside)
    os.link(outside, home / "run" / "second-name")
    prepare_home(Settings(DIGITREE_HOME=home), (UID, UID))  # type: ignore[call-arg]
    assert (outside.stat().st_uid, stat.S_IMODE(outside.stat().st_mode)) == (0, 0o644)
    belongs = {path.stat().st_uid for path in (home, *home.rglob("*")) if path.name not in ("link", "second-name")}
    assert belongs == {UID}


@pytest.mark.parametrize(
    ("started_as", "path", "typed"),
    [
        ("{here}/venv/bin/digitree", "/usr/bin", "venv/bin/digitree"),
        ("venv/bin/digitree", "/usr/bin", "venv/bin/digitree"),
        ("/opt/digitree/bin/digitree", "/usr/bin", "/opt/digitree/bin/digitree"),
        ("/opt/digitree/bin/digitree", "/usr/bin:/opt/digitree/bin", "digitree"),
    ],
)
def test_the_program_is_named_as_one_can_type_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started_as: str, path: str, typed: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [started_as.format(here=tmp_path), "up"])
    monkeypatch.setenv("PATH", path)
    monkeypatch.delenv("UV", raising=False)
    assert typed_program() == typed


def test_the_program_that_uvx_runs_is_named_with_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its directory is on the PATH of this process alone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["/cache/of/uv/bin/digitree", "up"])
    monkeypatch.setenv("PATH", "/cache/of/uv/bin:/usr/bin")
    monkeypatch.setenv("UV", "/usr/bin/uv")
    assert typed_program() == "/cache/of/uv/bin/digitree"


@pytest.mark.parametrize(
    ("uid", "variables", "home"),
    [
        (1000, {"HOME": "/home/anna"}, "/home/anna/.local/share/digitree"),
        (1000, {"HOME": "/home/anna", "XDG_DATA_HOME": "/data/anna"}, "/data/anna/digitree"),
        (1000, {"HOME": "/home/anna", "XDG_DATA_HOME": "data"}, "/home/anna/.local/share/digitree"),
        (0, {"HOME": "/root"}, "/var/lib/digitree"),
    ],
)
def test_state_is_found_again_from_any_directory_unless_this_one_has_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uid: int, variables: dict[str, str], home: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    for name in ("DIGITREE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert Settings().home == Path(home)
    (tmp_path / ".digitree").mkdir()
    assert Settings().home == tmp_path / ".digitree"


def test_a_home_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="choose another DIGITREE_HOME"):
        prepare_home(Settings(DIGITREE_HOME=tmp_path / "file" / "home"))  # type: ignore[call-arg]


def test_an_address_in_use_names_the_setting_to_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("launcher.listening_sockets._PATIENCE_S", 0.1)
    with listen("127.0.0.1:0", "DIGITREE_HTTP") as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match=rf"in use.*DIGITREE_HTTP=127.0.0.1:{port + 10}"):
            listen(f"127.0.0.1:{port}", "DIGITREE_HTTP")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken_udp:
        taken_udp.bind(("127.0.0.1", 0))
        with pytest.raises(SetupError, match="DIGITREE_SIP"):
            check_free(f"127.0.0.1:{taken_udp.getsockname()[1]}", "DIGITREE_SIP", udp=True)


def test_who_shares_an_address_gets_no_connection_before_he_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("launcher.listening_sockets._PATIENCE_S", 0.1)
    with bind_shared("127.0.0.1:0", "DIGITREE_ESL") as first:
        address = f"127.0.0.1:{first.getsockname()[1]}"
        first.listen()
        with bind_shared(address, "DIGITREE_ESL"):
            for _ in range(32):
                socket.create_connection(first.getsockname(), timeout=5).close()
                first.accept()[0].close()
        with pytest.raises(SetupError, match="in use"):
            listen(address, "DIGITREE_ESL")


def test_an_address_of_another_machine_is_said_so() -> None:
    with pytest.raises(SetupError, match=r"DIGITREE_ESL=192.0.2.1:8084: 192.0.2.1 is not an address of this machine"):
        listen("192.0.2.1:8084", "DIGITREE_ESL")


def test_an_address_that_is_being_given_up_is_waited_for() -> None:
    taken = listen("127.0.0.1:0", "DIGITREE_HTTP")
    port = taken.getsockname()[1]
    import threading

    threading.Timer(0.5, taken.close).start()
    listen(f"127.0.0.1:{port}", "DIGITREE_HTTP").close()
