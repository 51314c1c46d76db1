"""What each container may do and knows: nothing that its process does not need."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS, TMP = "10001:10001", "/tmp"  # noqa: S108
_READS_STORES = {"DATABASE_URL", "REDIS_URL", "DIGITREE_SECRET"}
# service: (user and group, secrets, what is writable in memory)
TABLE = {
    "postgres": ("999:999", {"POSTGRES_PASSWORD"}, {TMP, "/var/run/postgresql"}),
    "redis": ("999:1000", {"redis.conf"}, {"/data"}),
    "tts": (OURS, {"DIGITREE_SECRET"}, {TMP}),
    "admin": (OURS, _READS_STORES | {"DIGITREE_API_KEY", "DIGITREE_FS_PASSWORD"}, {TMP}),
    "keeper": (OURS, _READS_STORES | {"DIGITREE_FS_PASSWORD"}, {TMP}),
    "esl": (OURS, _READS_STORES | {"DIGITREE_ESL_SECRET"}, {TMP}),
    "phone": (OURS, {"DIGITREE_SECRET", "DIGITREE_ESL_SECRET"}, {TMP}),
    "freeswitch": (OURS, {"DIGITREE_ESL_SECRET", "DIGITREE_FS_PASSWORD", "fs_cli.conf"}, {TMP, "/run/fs"}),
}
_DIGEST = re.compile(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}")


def secrets_of(service: dict[str, Any]) -> set[str]:
    return {each if isinstance(each, str) else each["source"] for each in service.get("secrets", ())}


def test_the_table_has_every_service() -> None:
    assert set(TABLE) == set(COMPOSE["services"])


@pytest.mark.parametrize("name", TABLE)
def test_a_container_has_no_privilege_and_its_own_secrets_alone(name: str) -> None:
    service, (user, secrets, in_memory) = COMPOSE["services"][name], TABLE[name]
    assert service["user"] == user
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"cap_add", "privileged", "devices", "env_file"} & set(service)
    assert secrets_of(service) == secrets
    assert {each.split(":")[0] for each in service.get("tmpfs", ())} == in_memory


@pytest.mark.parametrize("name", TABLE)
def test_no_secret_is_in_an_environment_or_on_a_command_line(name: str) -> None:
    service = COMPOSE["services"][name]
    # Where the page is reached is no secret; the URLs of stores have passwords in them.
    secret = re.compile(r"(?<!^DIGITREE)_URL$|PASSWORD|_SECRET$|_KEY$|AUTH")
    named = {name for name in service.get("environment", {}) if secret.search(name)}
    assert named == ({"POSTGRES_PASSWORD_FILE"} if name == "postgres" else set())
    words = [*service.get("command", ()), *service.get("entrypoint", ()), *service["healthcheck"]["test"]]
    assert not [word for word in words if re.search(r"PASSWORD|_SECRET|API_KEY|requirepass", word)]
    assert not re.search(r"PASSWORD|_SECRET|API_KEY", (ROOT / ".env.example").read_text())


def test_every_secret_is_a_file_that_is_made_and_given_to_somebody() -> None:
    given = set().union(*(secrets_of(service) for service in COMPOSE["services"].values()))
    assert {name: each["file"] for name, each in COMPOSE["secrets"].items()} == {
        name: f"./secrets/{name}" for name in given
    }


def test_our_processes_look_for_them_where_they_are() -> None:
    for name, (user, _, _) in TABLE.items():
        if user == OURS:
            assert COMPOSE["services"][name]["environment"]["DIGITREE_SECRETS_DIR"] == "/run/secrets"
    postgres = COMPOSE["services"]["postgres"]["environment"]
    assert postgres["POSTGRES_PASSWORD_FILE"] == "/run/secrets/POSTGRES_PASSWORD"


def test_images_that_we_do_not_build_are_pinned_by_digest() -> None:
    foreign = [each["image"] for each in COMPOSE["services"].values() if "build" not in each]
    bases = re.findall(r"(?m)^FROM (\S+)", (ROOT / "Dockerfile").read_text())
    assert len(foreign) == 3
    assert len(bases) == 1
    assert [image for image in foreign + bases if not _DIGEST.fullmatch(image)] == []


def test_the_image_runs_as_the_user_that_the_containers_name() -> None:
    assert re.findall(r"(?m)^USER (\S+)", (ROOT / "Dockerfile").read_text()) == [OURS]


def test_the_health_check_of_freeswitch_finds_its_password_where_fs_cli_looks() -> None:
    mounted = [each for each in COMPOSE["services"]["freeswitch"]["secrets"] if isinstance(each, dict)]
    assert mounted == [{"source": "fs_cli.conf", "target": "/etc/fs_cli.conf"}]
