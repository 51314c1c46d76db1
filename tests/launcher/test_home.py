"""The state directory and the addresses: one supervisor a home, clear words when something is taken."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ivr.home import forget_dead_metrics, forget_live_metrics, prepare_home
from ivr.secrets import read_or_make_secret
from ivr.settings import Settings, SetupError
from launcher.home_locks import find_supervisors, home_locks
from launcher.listening_sockets import bind_shared, check_free, listen


@pytest.fixture
def settings(home: Path) -> Settings:
    settings = Settings(DIGITREE_HOME=home)  # type: ignore[call-arg]
    prepare_home(settings)
    return settings


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
    for name in ("journal", "run", "metrics"):
        assert stat.S_IMODE((settings.home / name).stat().st_mode) == 0o700


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
