"""A backup made during a call, put where nothing was before: the whole of Digitree goes on there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg
import pytest

from ivr.secrets import Sealer
from launcher.embedded.postgres import postgres_url
from tests.launcher.running import API_KEY, PROGRAM, RunningDigitree, environment

DID, PASSPHRASE, AGENT_PASSWORD = "+14155550100", "correct horse battery", "the-agents-own-password"
# With both cores busy with other tests, three times what it takes alone.
FIRST_START_S, SECOND_START_S = 300, 90


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a Digitree that has gone since."""
    folder = tmp_path_factory.mktemp("gone")
    made = folder / "digitree.backup"
    running = RunningDigitree(environment(folder / "home", DIGITREE_API_KEY=API_KEY, DIGITREE_ESL_PROCESSES="1"))
    try:
        running.wait_ready(FIRST_START_S)
        credential = {"username": "us", "password": AGENT_PASSWORD}
        agent = {"name": "desk", "targets": [{"uri": "sip:desk@127.0.0.1:5999", **credential}]}
        assert running.api("POST", "/agents", agent)[0] == 201
        assert running.digitree("call", DID, "--from", "+14805552001", "--press", "9").returncode == 0
        with subprocess.Popen(
            [PROGRAM, "call", DID, "--from", "+14805552002", "--press", "1@8000,h"],
            env=running.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        ) as call:  # fmt: skip
            assert call.stdout is not None
            assert any("hears" in line for line in call.stdout)
            running.env["DIGITREE_BACKUP_PASSPHRASE"] = PASSPHRASE
            backup = running.digitree("backup", str(made))
            assert backup.returncode == 0, backup.stderr
            assert "hold a valid license" in call.communicate(timeout=120)[0]
    finally:
        running.stop()
    return made


def test_a_restored_digitree_answers_calls_keeps_its_opt_outs_and_opens_its_passwords(
    file: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    env = environment(home, DIGITREE_ESL_PROCESSES="1", DIGITREE_BACKUP_PASSPHRASE=PASSPHRASE)
    done = subprocess.run(
        [PROGRAM, "restore", str(file)], env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    running = RunningDigitree(env)
    try:
        running.wait_ready(SECOND_START_S)
        assert not any("speaking" in line for line in running.lines), "every prompt came with it"
        assert running.digitree("dnc", "check", "+14805552001").returncode == 0
        verified = running.digitree("dnc", "verify")
        assert (verified.returncode, "default: 1 events are right" in verified.stdout) == (0, True), verified
        assert running.digitree("audit", "verify").returncode == 0
        call = running.digitree("call", DID, "--from", "+14805552003", "--press", "1,1,1")
        assert (call.returncode, "ended by the agent" in call.stdout) == (0, True), call
        assert running.api("GET", "/agents/desk")[0] == 200, "the old API key is the key"
        with psycopg.connect(postgres_url(home / "pg")) as connection:
            ((document,),) = connection.execute("select document from agent where name = 'desk'").fetchall()
        sealer = Sealer((home / "secret").read_text().strip().encode)
        assert sealer.find(document["targets"][0]["sealed"]) == AGENT_PASSWORD
    finally:
        assert running.stop() == 0, running.tail()
