"""The systemd units: systemd itself takes them and finds them closed, and each is given its own secrets alone."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ivr.settings import Settings, describe_settings
from tests.compose.test_closed_containers import COMPOSE, secrets_of
from tests.deploy import units

_ANALYZE = shutil.which("systemd-analyze")
_MOST_EXPOSED = 30  # tenths
# How a process is kept alive and where it works; all else is what it may not do.
_RUNNING = {
    "Type", "User", "Group", "Environment", "EnvironmentFile", "ExecStart", "ExecReload", "Restart", "RestartSec",
    "KillMode", "TimeoutStopSec", "OOMPolicy", "LimitNOFILE", "StateDirectory", "StateDirectoryMode",
    "WorkingDirectory",
}  # fmt: skip


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    if _ANALYZE is None:
        pytest.skip("no systemd-analyze on this machine")
    return subprocess.run(
        [_ANALYZE, "--no-pager", *words], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("name", units.UNITS)
def test_a_unit_is_exposed_by_three_at_most(name: str) -> None:
    done = analyze("security", "--offline=true", f"--threshold={_MOST_EXPOSED}", str(units.DIRECTORY / name))
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze judges no files")
    assert done.returncode == 0, done.stdout[-200:] + done.stderr


def test_systemd_finds_no_fault_in_them(tmp_path: Path) -> None:
    for name in (*units.UNITS, units.SHARED):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        text = units.installed(name, program="/bin/true", freeswitch="/bin/true", settings="/etc/digitree/")
        (tmp_path / name).write_text(text)
    done = analyze("verify", *(str(tmp_path / name) for name in units.UNITS))
    assert [line for line in done.stderr.splitlines() if "digitree" in line] == []
    assert done.returncode == 0, done.stderr


def test_there_are_no_other_units() -> None:
    assert {path.name for path in units.DIRECTORY.glob("*.service")} == set(units.UNITS)


def test_a_part_may_no_more_than_the_whole() -> None:
    """The whole has speech in it, which needs memory that is written and then run; of the parts speech alone may."""
    whole = {each for each in units.lines(units.WHOLE) if each[0] not in _RUNNING}
    assert len(whole) > 20
    shared = {each for each in units.lines(units.SHARED) if each[0] not in _RUNNING}
    assert shared == whole | {("MemoryDenyWriteExecute", "yes")}
    for part in units.PARTS:
        name = f"digitree-{part}.service"
        more = {key for key, _ in units.lines(name)} - _RUNNING - {"LoadCredential"}
        # FreeSWITCH writes recordings where the whole may write anyway.
        wider = {"tts": {"MemoryDenyWriteExecute"}, "freeswitch": {"ReadWritePaths"}}.get(part, set())
        assert more <= {"IPAddressDeny", "IPAddressAllow", "RuntimeDirectory", "RuntimeDirectoryMode"} | wider


@pytest.mark.parametrize("part", units.PARTS)
def test_a_part_gets_the_secrets_of_its_container_and_no_others(part: str) -> None:
    names = {name for name in secrets_of(COMPOSE["services"][part]) if re.fullmatch("[A-Z_]+", name)}
    wanted = {f"{name}:/etc/digitree/secrets/{name}" for name in names}
    assert set(units.values(f"digitree-{part}.service", "LoadCredential")) == wanted
    assert "DIGITREE_SECRETS_DIR=%d" in units.values(units.SHARED, "Environment")[0].split()


@pytest.mark.parametrize("name", [*units.UNITS, units.SHARED])
def test_no_unit_has_a_secret_in_its_environment_or_on_its_command_line(name: str) -> None:
    known = {each for each, _, _, _ in describe_settings(Settings())} | {
        "DIGITREE_AGENTS_FILE", "DIGITREE_PROMPTS_DIR", "DIGITREE_TLS_DIR", "DIGITREE_TRUNKS_FILE",
        "PYTHONUNBUFFERED",
    }  # fmt: skip
    for value in units.values(name, "Environment"):
        variables = {each.partition("=")[0] for each in value.split()}
        assert variables <= known
        assert not [each for each in variables if re.search(r"_URL$|PASSWORD|_SECRET$|_KEY$", each)]
    for command in units.values(name, "ExecStart"):
        assert not re.search(r"PASSWORD|_SECRET|API_KEY", command)


def test_the_stop_of_a_unit_takes_no_memory_that_others_share() -> None:
    for name in (*units.UNITS, units.SHARED):
        assert units.values(name, "RemoveIPC") == []


def test_the_account_of_the_units_is_made() -> None:
    text = (units.DIRECTORY / "digitree.sysusers.conf").read_text()
    (account,) = re.findall(r"(?m)^u (\S+) ", text)
    for name in (units.WHOLE, units.SHARED):
        assert units.values(name, "User") == units.values(name, "Group") == [account]
