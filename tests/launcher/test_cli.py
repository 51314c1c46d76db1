"""The program `digitree`: it explains itself, and an error is one line that says what to do next."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from ivr.settings import Settings, describe_settings
from tests.helpers import as_owner, as_superuser

Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def cli(home: Path, free_port: int) -> Cli:
    """Runs `digitree ...` on an empty home; keywords are environment variables."""

    def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("DIGITREE_")}
        own |= {"DIGITREE_HOME": str(home), "DIGITREE_TTS": f"127.0.0.1:{free_port}", "COLUMNS": "200"}
        return subprocess.run(
            [str(Path(sys.executable).with_name("digitree")), *arguments],
            env=own | env, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    return run


def _one_line(answer: subprocess.CompletedProcess[str]) -> str:
    assert answer.stdout == ""
    assert "Traceback" not in answer.stderr
    (line,) = answer.stderr.strip().splitlines()
    assert line.startswith("digitree: ")
    return line


def test_the_program_loads_nothing_that_takes_long_before_it_knows_what_is_wanted() -> None:
    heavy = "{'flask', 'gevent', 'httpx', 'numpy', 'openpyxl', 'psycopg', 'pydantic', 'redis', 'rich', 'sqlalchemy'}"
    code = f"import launcher.cli, sys; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_help_names_every_command(cli: Cli) -> None:
    answer = cli("--help")
    assert answer.returncode == 0
    names = ["up", "down", "reload", "call", "test", "keys", "settings", "voices", "dnc", "journal", "migrate"]
    names += ["menu", "doctor", "report", "switch-secret", "user", "backup", "restore", "retention", "privacy"]
    for command in names:
        assert f"│ {command} " in answer.stdout
        assert cli(command, "--help").returncode == 0


def test_the_secret_for_a_freeswitch_of_ones_own_is_printed_and_nowhere_else_shown(cli: Cli) -> None:
    first, again = cli("switch-secret"), cli("switch-secret")
    secret = first.stdout.strip()
    assert re.fullmatch("[0-9a-f]{32}", secret)
    assert again.stdout == first.stdout
    chosen = "c" * 40
    assert cli("switch-secret", DIGITREE_ESL_SECRET=f"{chosen},{secret}").stdout == f"{chosen}\n"
    assert chosen not in cli("settings", DIGITREE_ESL_SECRET=chosen).stdout


def test_settings_lists_every_variable_and_shows_no_secret(cli: Cli) -> None:
    answer = cli("settings", DIGITREE_API_KEY="very-secret-indeed", DATABASE_URL="postgresql://u:hidden@h/d")
    assert answer.returncode == 0
    for variable, *_ in describe_settings(Settings()):
        assert f"{variable}\t" in answer.stdout
    assert "very-secret-indeed" not in answer.stdout
    assert "hidden" not in answer.stdout


@pytest.mark.parametrize(
    ("variable", "value", "example"),
    [
        ("DIGITREE_HTTP", "8080", "127.0.0.1:8080"),
        ("DIGITREE_AGENT_URI", "+14805551234", "sip:agent@192.0.2.10:5060"),
        ("DIGITREE_AGENT_URI", "sip:agent@192.0.2.10:0", "a port of 1 to 65535"),
        ("DIGITREE_AGENT_URI", "sip:agent@192.0.2.10:65536", "a port of 1 to 65535"),
        ("DIGITREE_AGENT_URI", "sip:agent@192.0.2.10:99999;transport=tcp", "a port of 1 to 65535"),
    ],
)
def test_a_wrong_setting_is_named_with_an_example_of_a_right_one(
    cli: Cli, variable: str, value: str, example: str
) -> None:
    answer = cli("up", **{variable: value})
    assert answer.returncode == 2
    line = _one_line(answer)
    assert variable in line
    assert example in line


def test_commands_that_need_a_running_digitree_say_how_to_start_it(cli: Cli, home: Path) -> None:
    for command in (["keys", "list"], ["dnc", "list"], ["voices"]):
        answer = cli(*command)
        assert answer.returncode == 1
        assert "digitree up" in _one_line(answer)
    for command in (["reload"], ["down"]):
        assert f"no `digitree up` runs on {home}" in _one_line(cli(*command))


_SUPERVISOR = """
import signal, sys
from pathlib import Path
from launcher.home_locks import home_locks
asked = {signal.SIGTERM, signal.SIGINT}
signal.pthread_sigmask(signal.SIG_BLOCK, asked)
with home_locks(Path(sys.argv[1]), sys.argv[2].split(",")):
    print("up", flush=True)
    for _ in range(int(sys.argv[3])):
        print(signal.Signals(signal.sigwait(asked)).name, flush=True)
"""


def test_down_stops_only_the_supervisor_that_is_meant_and_now_leaves_it_no_time(cli: Cli, home: Path) -> None:
    (home / "run").mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        switch, rest = (
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", _SUPERVISOR, str(home), names, signals], stdout=subprocess.PIPE, text=True
                )
            )
            for names, signals in (("freeswitch", "1"), ("admin,esl,keeper", "2"))
        )
        for each in (switch, rest):
            stack.callback(each.kill)
            assert each.stdout is not None
            assert each.stdout.readline() == "up\n"
        assert "runs phone" in _one_line(cli("down", "--only", "phone"))
        assert cli("down", "--only", "esl,tts", "--now").stdout == "stopped\n"
        assert sorted(rest.communicate(timeout=30)[0].split()) == ["SIGINT", "SIGTERM"]
        assert switch.poll() is None
        assert cli("down").stdout == "stopped\n"
        assert switch.communicate(timeout=30)[0].split() == ["SIGTERM"]


def test_an_unknown_process_is_answered_with_the_names_there_are(cli: Cli) -> None:
    line = _one_line(cli("up", "--only", "admin,postgers"))
    assert "postgers" in line
    assert "keeper" in line


def test_only_some_processes_need_to_be_told_where_the_databases_are(cli: Cli) -> None:
    assert "set DATABASE_URL to one" in _one_line(cli("up", "--only", "admin"))


def test_a_key_is_shown_once_and_can_be_revoked(cli: Cli, database: str) -> None:
    secret = cli("keys", "create", "the office", "--scope", "read", DATABASE_URL=database).stdout.strip()
    assert len(secret) >= 32
    with psycopg.connect(database) as connection:
        for (table,) in connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall():
            rows = connection.execute(f"select t::text from {table} t").fetchall()  # noqa: S608
            assert not any(secret in row for (row,) in rows), f"the secret itself stands in {table}"
    listed = cli("keys", "list", DATABASE_URL=database).stdout
    assert "the office\t" in listed
    assert "in force" in listed
    key_id = listed.split("\t")[0]
    assert cli("keys", "revoke", key_id, DATABASE_URL=database).returncode == 0
    assert "revoked" in cli("keys", "list", DATABASE_URL=database).stdout
    assert cli("keys", "revoke", key_id, DATABASE_URL=database).returncode == 1
    assert "no scope is called" in _one_line(cli("keys", "create", "x", "--scope", "all", DATABASE_URL=database))


def test_the_do_not_call_list_answers_scripts_by_exit_code(cli: Cli, database: str) -> None:
    assert cli("dnc", "check", "+14805550123", DATABASE_URL=database).returncode == 1
    assert cli("dnc", "add", "+14805550123", DATABASE_URL=database).returncode == 0
    assert cli("dnc", "check", "+14805550123", DATABASE_URL=database).returncode == 0
    assert "+14805550123\tagent\t" in cli("dnc", "list", DATABASE_URL=database).stdout
    assert cli("dnc", "add", "12", DATABASE_URL=database).returncode == 2


def test_migrate_brings_an_empty_database_to_the_newest_schema(cli: Cli, migrated_postgres_url: str) -> None:
    name = "empty_for_migrate"
    with psycopg.connect(as_superuser(migrated_postgres_url), autocommit=True) as connection:
        connection.execute(f"create database {name} owner digitree_owner")
    url = migrated_postgres_url.replace("/digitree?", f"/{name}?")
    refused = cli("migrate", DATABASE_URL=url)
    assert refused.returncode == 1
    assert "permission denied" in refused.stderr, "the application's role owns nothing"
    assert cli("migrate", DATABASE_URL=url, DATABASE_OWNER_URL=as_owner(url)).returncode == 0
    assert cli("keys", "list", DATABASE_URL=url).returncode == 0
    assert cli("migrate", DATABASE_URL=url, DATABASE_OWNER_URL=as_owner(url)).returncode == 0, "a second time"


