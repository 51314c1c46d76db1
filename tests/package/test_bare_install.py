"""The wheel alone, without the sources: an environment made of the locks alone, as docs/install.md has it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.launcher.running import API_KEY, RunningDigitree, environment
from tests.package.building import SOURCES, build_wheel, run

SAMPLE_DID, OPTED_OUT = "+14155550100", "+14805551235"
INSTALL_S, START_S = 1200, 300


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`digitree` of the new environment."""
    wheel = build_wheel(tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("wheel"))
    directory = tmp_path_factory.mktemp("bare")
    run(sys.executable, "-m", "venv", str(directory / "venv"), cwd=directory)
    pip = (str(directory / "venv/bin/python"), "-m", "pip", "--quiet", "install", "--no-deps")
    checked = ("--no-build-isolation", "--use-pep517", "--require-hashes", "--requirement")
    for lock in ("build", "run"):
        run(*pip, *checked, str(SOURCES / f"locks/{lock}.txt"), cwd=directory, timeout_s=INSTALL_S)
    run(*pip, str(wheel), cwd=directory)
    return directory / "venv/bin/digitree"


def test_it_takes_calls_at_once_and_a_second_start_finds_what_the_first_has_kept(
    program: Path, tmp_path: Path
) -> None:
    env = environment(tmp_path / "home", DIGITREE_API_KEY=API_KEY, DIGITREE_ESL_PROCESSES="1")
    first = RunningDigitree(env, program=program, directory=tmp_path)
    try:
        first.wait_ready(START_S)
        called = first.digitree("call", SAMPLE_DID, "--from", "+14805551234", "--press", "1,1,1", "--speed", "10")
        assert "with sample-agent@" in called.stdout, called.stdout + called.stderr
        opted = first.digitree("call", SAMPLE_DID, "--from", OPTED_OUT, "--press", "9", "--speed", "10")
        assert opted.returncode == 0, opted.stdout + opted.stderr
        assert first.stop() == 0
    finally:
        first.stop()
    second = RunningDigitree(env, program=program, directory=tmp_path)
    try:
        second.wait_ready(START_S)
        assert second.api("GET", f"/dnc/{OPTED_OUT.replace('+', '%2B')}")[0] == 200
        again = second.digitree("call", SAMPLE_DID, "--from", "+14805551234", "--press", "1,1,1", "--speed", "10")
        assert "with sample-agent@" in again.stdout, again.stdout + again.stderr
        assert second.stop() == 0
    finally:
        second.stop()
