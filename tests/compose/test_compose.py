"""docker-compose.yml where no container can be run: what it says must at least be consistent."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ivr.settings import Settings, describe_settings
from launcher.services import NAMES

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
OURS = ("tts", "admin", "keeper", "esl", "phone")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return loaded


def variables() -> set[str]:
    return {name for name, _, _, _ in describe_settings(Settings())}


def compose_client() -> list[str]:
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) is None:
            continue
        if subprocess.run([*command, "version"], capture_output=True, check=False).returncode == 0:
            return command
    pytest.skip("no `docker compose` on this machine")


def test_compose_client_takes_the_file_as_it_is() -> None:
    command = [*compose_client(), "--env-file", str(ROOT / ".env.example"), "-f", str(COMPOSE), "config", "-q"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_every_part_is_there_and_has_a_health_check(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"postgres", "redis", "freeswitch", *OURS}
    assert all("test" in service["healthcheck"] for service in compose["services"].values())


def test_each_of_our_containers_runs_the_process_of_its_name(compose: dict[str, Any]) -> None:
    for name in OURS:
        assert compose["services"][name]["command"] == ["up", "--only", name]
        assert name in NAMES


def test_prompts_have_one_path_in_every_container(compose: dict[str, Any]) -> None:
    for name in (*OURS, "freeswitch"):
        service = compose["services"][name]
        (state,) = [volume for volume in service["volumes"] if volume.startswith("state:")]
        assert state.removesuffix(":ro") == "state:/var/lib/digitree"
    assert compose["services"]["esl"]["environment"]["DIGITREE_HOME"] == "/var/lib/digitree"
    assert compose["services"]["freeswitch"]["environment"]["DIGITREE_PROMPTS_DIR"] == "/var/lib/digitree/prompts"


def test_stores_are_reachable_from_this_machine_only(compose: dict[str, Any]) -> None:
    published = [port for service in compose["services"].values() for port in service.get("ports", ())]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_variable_given_to_our_containers_is_a_setting(compose: dict[str, Any]) -> None:
    known = variables()
    for name in OURS:
        assert set(compose["services"][name]["environment"]) <= known


def test_image_has_every_package() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    packages = setup["options.packages.find"]["include"].split()
    copied = re.findall(r"(?m)^COPY (\w+) \1$", (ROOT / "Dockerfile").read_text())
    let_in = re.findall(r"(?m)^!(\w+)$", (ROOT / ".dockerignore").read_text())
    assert {package.removesuffix("*") for package in packages} == set(copied)
    assert set(copied) <= set(let_in)
