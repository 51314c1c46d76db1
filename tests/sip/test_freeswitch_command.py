"""How FreeSWITCH is found and started; needs none."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.secrets import event_password, read_or_make_secret, switch_secrets
from ivr.settings import Settings, SetupError
from launcher.freeswitch import CONFIG_DIR, find_freeswitch, freeswitch_command, freeswitch_ready
from launcher.probes import answers_options

PROGRAM = Path("/opt/somewhere/freeswitch")


@pytest.fixture
def settings(home: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DIGITREE_HOME", str(home))
    monkeypatch.setenv("DIGITREE_SIP", "127.0.0.1:5099")
    return Settings()


def test_named_program_that_is_not_there_is_an_error_and_no_silent_fallback(settings: Settings) -> None:
    with pytest.raises(SetupError, match="FREESWITCH_BIN"):
        find_freeswitch(settings.model_copy(update={"freeswitch_bin": "/nowhere/freeswitch"}))


def test_program_is_found_on_the_path_or_not_at_all(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    settings = settings.model_copy(update={"freeswitch_bin": ""})
    assert find_freeswitch(settings) is None
    program = tmp_path / "freeswitch"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find_freeswitch(settings) == program


def test_it_stays_in_the_foreground_at_normal_priority_and_keeps_its_files_under_home(settings: Settings) -> None:
    argv, _ = freeswitch_command(settings, PROGRAM)
    assert argv[0] == str(PROGRAM)
    assert {"-nf", "-nc", "-np", "-nonat"} <= set(argv)
    for option in ("-log", "-db", "-run"):
        directory = Path(argv[argv.index(option) + 1])
        assert directory.is_dir()
        assert directory.parent == settings.home / "fs"
    assert (settings.home / "fs").stat().st_mode & 0o777 == 0o700


def test_it_gets_none_of_our_secrets(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DIGITREE_API_KEY", "DIGITREE_SECRET", "DATABASE_URL", "REDIS_URL"):
        monkeypatch.setenv(name, "secret-of-ours")
    _, env = freeswitch_command(settings, PROGRAM)
    assert "secret-of-ours" not in env.values()


def test_password_of_the_event_socket_is_of_this_home_alone_unless_given(settings: Settings) -> None:
    password = freeswitch_command(settings, PROGRAM)[1]["DIGITREE_FS_PASSWORD"]
    assert re.fullmatch("[0-9a-f]{32}", password)
    # The admin app must know it, and finds it so without its being written anywhere.
    assert password == event_password(settings)
    assert password not in read_or_make_secret(settings)
    other = settings.model_copy(update={"secret": "another"})
    assert event_password(other) != password
    given = settings.model_copy(update={"freeswitch_password": "chosen"})
    assert freeswitch_command(given, PROGRAM)[1]["DIGITREE_FS_PASSWORD"] == "chosen"


def test_secret_for_the_call_server_is_in_the_environment_and_on_no_command_line(settings: Settings) -> None:
    argv, env = freeswitch_command(settings, PROGRAM)
    assert env["DIGITREE_ESL_SECRET"] == switch_secrets(settings)[0]
    assert env["DIGITREE_ESL_SECRET"] not in " ".join(argv)
    changing = settings.model_copy(update={"esl_secret": f"{'n' * 32},{'o' * 32}"})
    assert freeswitch_command(changing, PROGRAM)[1]["DIGITREE_ESL_SECRET"] == "n" * 32


@pytest.mark.parametrize("address", ["0.0.0.0:5080", "no-such-host.invalid:5080", "[::1]:5080"])
def test_address_freeswitch_could_not_use_is_refused_with_the_reason(settings: Settings, address: str) -> None:
    with pytest.raises(SetupError, match="IPv4 address"):
        freeswitch_command(settings.model_copy(update={"sip": address}), PROGRAM)


def test_host_name_becomes_the_address_it_stands_for(settings: Settings) -> None:
    _, env = freeswitch_command(settings.model_copy(update={"sip": "localhost:5099"}), PROGRAM)
    assert env["DIGITREE_SIP"] == "127.0.0.1:5099"


def test_secrets_in_files_stay_there(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "DIGITREE_FS_PASSWORD").write_text("of the file")
    given = settings.model_copy(update={"secrets_dir": str(tmp_path), "freeswitch_password": "of the file"})
    _, env = freeswitch_command(given, PROGRAM)
    assert env["DIGITREE_SECRETS_DIR"] == str(tmp_path)
    assert "DIGITREE_FS_PASSWORD" not in env
    assert env["DIGITREE_ESL_SECRET"] == switch_secrets(settings)[0], "there is no file of that"
    monkeypatch.setenv("DIGITREE_FS_PASSWORD", "of the variable")
    given = given.model_copy(update={"freeswitch_password": "of the variable"})
    assert freeswitch_command(given, PROGRAM)[1]["DIGITREE_FS_PASSWORD"] == "of the variable"


def test_every_variable_the_configuration_reads_reaches_it_and_is_in_the_readme(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = set(re.findall(r"\$\{?(DIGITREE_[A-Z_]+)", (CONFIG_DIR / "vars.xml").read_text()))
    assert "DIGITREE_SIP" in read
    for name in read:
        monkeypatch.setenv(name, "127.0.0.1:1")
    _, env = freeswitch_command(settings.model_copy(update={"secrets_dir": str(tmp_path)}), PROGRAM)
    assert read <= set(env)
    readme = (CONFIG_DIR.parent / "README.md").read_text()
    assert [name for name in sorted(read) if f"`{name}`" not in readme] == []


def test_it_is_ready_when_its_event_socket_is_open_and_it_takes_calls(
    settings: Settings, make_free_port: Callable[[], int]
) -> None:
    event, sip = make_free_port(), make_free_port()
    settings = settings.model_copy(
        update={"freeswitch_event": f"127.0.0.1:{event}", "sip": f"127.0.0.1:{sip}"}
    )
    answers = ["503 Maximum Calls In Progress", "200 OK", "200 OK"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as telephone:
        telephone.bind(("127.0.0.1", sip))
        answering = threading.Thread(target=_answer, args=(telephone, answers))
        answering.start()
        with socket.create_server(("127.0.0.1", event)):
            assert not freeswitch_ready(settings), "it refuses calls yet"
            assert freeswitch_ready(settings)
        assert not freeswitch_ready(settings), "it is only starting"
        assert answers == ["200 OK"]
        assert answers_options(settings.sip)
        answering.join()
    assert not answers_options(settings.sip), "it is gone"


def _answer(telephone: socket.socket, answers: list[str]) -> None:
    while answers:
        _, sender = telephone.recvfrom(2048)
        telephone.sendto(f"SIP/2.0 {answers.pop(0)}\r\n\r\n".encode(), sender)
