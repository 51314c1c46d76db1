"""The wheel, installed into an environment of its own, away from the sources, started and called; and the image."""

from __future__ import annotations

import re
import shutil
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.settings import split_host_port
from tests.helpers import wait_until
from tests.launcher.running import API_KEY, RunningDigitree, environment
from tests.package.building import BESIDE, PACKAGES, SOURCES, build_wheel, run
from tests.sip.phone import Phone

# Those that `assistants` has by symbolic links.
HELP = ("docs/menu-language.md", "docs/menu-tests.md", "docs/menu-warnings.md")
SAMPLE_DID = "+14155550100"
START_S = 240


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory with `python` and `digitree` of the environment that has the wheel. Other packages are those of
    this environment: a line of a .pth file puts them on the path, and does not follow the editable install there."""
    directory = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", "--without-pip", str(directory / "venv"), cwd=directory)
    python = directory / "venv" / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--quiet", "--python", str(python))
    run(*pip, "install", "--no-deps", str(wheel), cwd=directory)
    own = run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=directory).strip()
    Path(own, "shared.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
    return python.parent


@pytest.fixture(scope="module")
def running(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDigitree]:
    """`digitree up` as installed, with FreeSWITCH where there is one."""
    freeswitch = shutil.which("freeswitch")
    switch = {"DIGITREE_SWITCH": "freeswitch", "FREESWITCH_BIN": freeswitch} if freeswitch else {}
    home = tmp_path_factory.mktemp("home")
    env = environment(home / "state", DIGITREE_API_KEY=API_KEY, DIGITREE_ESL_PROCESSES="1", **switch)
    one = RunningDigitree(env, program=programs / "digitree", directory=home)
    try:
        one.wait_ready(START_S)
        yield one
    finally:
        one.stop()


def test_every_file_of_every_package_is_in_the_wheel_and_nothing_else(wheel: Path) -> None:
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    there = {
        str(path.relative_to(SOURCES))
        for package in PACKAGES
        for path in (SOURCES / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == there


@pytest.mark.parametrize(
    "kind",
    [
        "admin/**/templates/*.html", "admin/static/*.css", "admin/static/*.js",
        "admin/translations/es/LC_MESSAGES/*.po", "ivr/storage/postgres/migrations/versions/*.py",
        "ivr/storage/postgres/migrations/*.mako", "ivr/storage/redis/*.lua", "dialplan/*.xml",
        "dialplan/freeswitch/*.xml", "launcher/sample_menu.json",
    ],
)  # fmt: skip
def test_each_kind_of_data_that_the_product_reads_is_in_the_wheel(wheel: Path, kind: str) -> None:
    packed = {Path(name) for name in zipfile.ZipFile(wheel).namelist()}
    assert {path.relative_to(SOURCES) for path in SOURCES.glob(kind)} & packed, kind


def test_neither_tests_nor_what_builds_the_editor_is_in_the_wheel(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def test_the_image_is_built_from_all_that_the_wheel_is_built_from() -> None:
    copied = re.findall(r"^COPY (.*) \S+$", (SOURCES / "Dockerfile").read_text(), re.MULTILINE)
    sent = re.findall(r"^!(.*)$", (SOURCES / ".dockerignore").read_text(), re.MULTILINE)
    wanted = {*PACKAGES, *BESIDE, *HELP, "locks/build.txt", "locks/run.txt"}
    assert set(" ".join(copied).split()) == set(sent) == wanted


def test_the_installed_program_runs_what_the_wheel_brought(programs: Path) -> None:
    for package in PACKAGES:
        origin = run(str(programs / "python"), "-c", f"import {package}; print({package}.__file__)", cwd=programs)
        assert Path(origin.strip()).is_relative_to(programs.parent), package


def test_a_call_from_the_terminal_reaches_the_agent(running: RunningDigitree) -> None:
    called = running.digitree("call", SAMPLE_DID, "--from", "+14805551234", "--press", "1,1,1", "--speed", "10")
    assert called.returncode == 0, called.stdout + called.stderr
    assert "with sample-agent@" in called.stdout


def test_a_call_over_sip_hears_the_menu_and_is_recorded(running: RunningDigitree) -> None:
    with Phone(split_host_port(running.env["DIGITREE_SIP"]), number="+14805551235") as phone:
        assert phone.dial(SAMPLE_DID) == 200
        wait_until(lambda: phone.loud_frames > 20, 10, "the first prompt is heard")
        phone.hang_up()

    def outcomes() -> list[str]:
        status, calls = running.api("GET", "/calls?ani=%2B14805551235")
        assert status == 200
        return [call["outcome"] for call in calls["items"]]

    wait_until(lambda: outcomes() == ["caller_hung_up"], 15, "the call is recorded")


def test_the_page_finds_its_templates_and_scripts(running: RunningDigitree) -> None:
    status, page = running.api("GET", "/ui/menus", key=API_KEY)
    assert status in (200, 303), page
    for path in ("/ui/login", "/docs", "/openapi.json"):
        status, page = running.api("GET", path)
        assert status == 200, (path, page)
