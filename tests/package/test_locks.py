"""What is installed is what was checked: locks/ has every package with its hashes, as setup.cfg asks for it."""

from __future__ import annotations

import configparser
import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg")
EXTRAS = {
    "run": (), "test": ("test", "docs"), "mutants": ("test", "docs", "mutants"), "bench": ("bench",),
    "dist": ("dist",),
}  # fmt: skip
_ENTRY = re.compile(
    r"^(?P<name>[a-z0-9.-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>[^\\\n]+?))? \\\n"
    r"(?P<hashes>(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
    re.MULTILINE,
)


def lock(name: str) -> dict[str, re.Match[str]]:
    return {each["name"]: each for each in _ENTRY.finditer((ROOT / f"locks/{name}.txt").read_text())}


def asked_for(name: str) -> list[Requirement]:
    """What setup.cfg lists for this lock."""
    extras = SETUP["options.extras_require"]
    texts = [SETUP["options"]["install_requires"], *(extras[extra] for extra in EXTRAS[name])]
    return [Requirement(line) for text in texts for line in text.splitlines() if line]


@pytest.mark.parametrize("name", [*EXTRAS, "build", "clients"])
def test_every_line_is_a_version_with_hashes(name: str) -> None:
    text = (ROOT / f"locks/{name}.txt").read_text()
    rest = _ENTRY.sub("", text)
    assert lock(name)
    assert [line for line in rest.splitlines() if line and not line.startswith("#")] == []


@pytest.mark.parametrize("name", EXTRAS)
def test_it_has_the_versions_of_setup_cfg(name: str) -> None:
    locked = {each: f"=={entry['version']}" for each, entry in lock(name).items()}
    wrong = [str(each) for each in asked_for(name) if locked.get(canonicalize_name(each.name)) != str(each.specifier)]
    assert wrong == [], "make lock"


@pytest.mark.parametrize("name", ["run", "test"])
def test_it_has_all_that_its_packages_need_on_this_machine_and_no_more(name: str) -> None:
    asked: dict[str, set[str]] = {}
    waiting = asked_for(name)
    while waiting:
        requirement = waiting.pop()
        package = canonicalize_name(requirement.name)
        new = {"", *requirement.extras} - asked.setdefault(package, set())
        asked[package] |= new
        waiting += [each for extra in new for each in _needs(package, extra)]
    assert {each for each, entry in lock(name).items() if _counts_here(entry)} == set(asked), "make lock"


def _needs(package: str, extra: str) -> list[Requirement]:
    """Of the package as it is installed, for one of its extras or (the empty text) for itself."""
    found = [Requirement(text) for text in distribution(package).requires or ()]
    return [each for each in found if each.marker is None or each.marker.evaluate({"extra": extra})]


def _counts_here(entry: re.Match[str]) -> bool:
    return entry["marker"] is None or Marker(entry["marker"]).evaluate()


def test_all_locks_agree() -> None:
    versions: dict[str, set[str]] = {}
    for name in EXTRAS:
        for package, entry in lock(name).items():
            versions.setdefault(package, set()).add(entry["version"])
    assert {package: found for package, found in versions.items() if len(found) > 1} == {}


def test_these_tests_run_on_what_is_locked() -> None:
    other = {
        package: distribution(package).version
        for package, entry in lock("test").items()
        if _counts_here(entry) and distribution(package).version != entry["version"]
    }
    assert other == {}


def test_what_builds_packages_is_locked_too() -> None:
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    assert (ROOT / "locks/build.in").read_text().split() == asked
    assert [Requirement(each).name for each in asked] == list(lock("build"))


def test_nothing_is_installed_beside_the_locks() -> None:
    """But the tool that makes them, for those who do."""
    dockerfile = (ROOT / "Dockerfile").read_text()
    for call in re.findall(r"pip install (.*?)(?: \\| && |$)", dockerfile, re.MULTILINE):
        assert "--no-deps" in call
        assert "--require-hashes --requirement locks/" in call or call.endswith(" .")
    recipes = re.findall(r"^\t.*\$\(PIP\).*$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert [line for line in recipes if "[lock]" not in line] == []
