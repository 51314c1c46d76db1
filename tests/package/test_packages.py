"""The Debian package and the image, as far as they can be judged without building them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.package.building import SETUP, SOURCES

DEBIAN = SOURCES / "deploy/debian"
VERSION = SETUP["metadata"]["version"]
NFPM, BUILD = (DEBIAN / "nfpm.yaml").read_text(), (DEBIAN / "build.sh").read_text()
SERVICE = {"DIGITREE_HOME": "/var/lib/digitree"}
DOCKERFILE = (SOURCES / "Dockerfile").read_text()


@pytest.mark.parametrize("name", ["debian/build.sh", "debian/digitree", "debian/postinst", "debian/prerm",
                                  "debian/postrm", "dist.sh", "wheel.sh"])  # fmt: skip
def test_every_script_is_one_that_sh_can_read(name: str) -> None:
    done = subprocess.run(["sh", "-n", str(SOURCES / "deploy" / name)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_the_package_contains_is_what_its_recipe_makes() -> None:
    """Paths below the stage, which nfpm.yaml names and build.sh fills."""
    wanted = set(re.findall(r"@STAGE@/([\w.-]+)", NFPM)) - {"usr"}
    assert wanted
    made = ("$stage/", "$here/", "$root/deploy/")
    assert {name for name in wanted if not any(f"{place}{name}" in BUILD for place in made)} == set()


def test_settings_survive_an_upgrade_and_only_a_purge_removes_state_and_says_so() -> None:
    (line,) = [line for line in NFPM.splitlines() if "/etc/digitree/digitree.conf" in line]
    assert "type: config|noreplace" in line
    removing = {name: (DEBIAN / name).read_text() for name in ("postinst", "prerm", "postrm")}
    assert [name for name, text in removing.items() if re.search(r"rm -rf [^\n]*/(var|etc)/", text)] == ["postrm"]
    purge = removing["postrm"].split("  purge)")[1]
    assert purge.index("echo \"Removing /var/lib/digitree") < purge.index("rm -rf /var/lib/digitree /etc/digitree")


@pytest.mark.parametrize(
    ("account", "given", "seen"),
    [
        ("root", {}, {**SERVICE, "DIGITREE_HTTP": "127.0.0.1:8090", "DIGITREE_ZONE": "a=b c"}),
        ("digitree", {"DIGITREE_HTTP": "[::1]:1"}, {**SERVICE, "DIGITREE_HTTP": "[::1]:1"}),
        ("anna", {}, {}),
    ],
)
def test_a_command_of_root_or_the_account_has_the_settings_of_the_service_and_no_other_has(
    tmp_path: Path, account: str, given: dict[str, str], seen: dict[str, str]
) -> None:
    (tmp_path / "digitree.conf").write_text(
        "# a remark\n#DIGITREE_SIP=1\nDIGITREE_HTTP=127.0.0.1:8090\nnot a setting\n\nDIGITREE_ZONE=a=b c"
    )
    program = (DEBIAN / "digitree").read_text().replace("/usr/lib/digitree/bin/digitree", "/usr/bin/env")
    (tmp_path / "digitree").write_text(program.replace("/etc/digitree/", f"{tmp_path}/"))
    (tmp_path / "id").write_text(f"#!/bin/sh\necho {account}\n")
    (tmp_path / "id").chmod(0o755)
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", **given}
    done = subprocess.run(["sh", str(tmp_path / "digitree")], env=env, capture_output=True, text=True, check=True)
    lines = dict(line.split("=", 1) for line in done.stdout.splitlines())
    found = {name: value for name, value in lines.items() if name.startswith("DIGITREE_")}
    assert seen.items() <= found.items()
    assert bool(found) == bool(seen)


def test_the_image_is_named_by_the_version_wherever_it_is_named() -> None:
    assert f"ARG VERSION={VERSION}\n" in DOCKERFILE
    compose = (SOURCES / "docker-compose.yml").read_text()
    assert f"image: digitree/digitree:${{DIGITREE_VERSION:-{VERSION}}}\n" in compose
    assert f"#DIGITREE_VERSION={VERSION}\n" in (SOURCES / ".env.example").read_text()


def test_the_image_says_what_it_is_and_whether_it_is_well() -> None:
    labels = set(re.findall(r"org\.opencontainers\.image\.(\w+)", DOCKERFILE))
    assert {"title", "description", "version", "revision", "licenses"} <= labels
    assert "\nHEALTHCHECK " in DOCKERFILE
    base = re.search(r"^FROM (\S+)@", DOCKERFILE, re.MULTILINE)[1]
    assert f'base.name="docker.io/library/{base}"' in DOCKERFILE
