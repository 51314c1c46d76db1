"""The seed page through clients that generators make of /openapi.json, against a running API with the real voice.

The generators come from their registries into folders of their own; where these cannot be reached, the tests are
skipped. Types are checked before anything is sent: nothing that matters is `Any` or `unknown`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.admin.running import RunningAdmin, run_speaking_admin

HERE = Path(__file__).parent
SECRET = "of generated clients"


@pytest.fixture
def admin(database: str, cache: str, home: Path, free_port: int) -> Iterator[RunningAdmin]:
    with run_speaking_admin(home, free_port, database, cache) as running:
        yield running


def run(command: list[str | Path], folder: Path, **env: str) -> str:
    """What it prints; fails with all of it."""
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **env}, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def fetch(command: list[str | Path], folder: Path) -> None:
    """Install from a registry; skips where it cannot be reached."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        pytest.skip(f"{Path(command[0]).name} cannot install: {(done.stderr or done.stdout).strip()[-200:]}")


def document(admin: RunningAdmin, folder: Path) -> Path:
    path = folder / "openapi.json"
    path.write_bytes(httpx.get(f"{admin.url}/openapi.json", trust_env=False, timeout=60).content)
    return path


def need_page(admin: RunningAdmin, printed: str) -> None:
    """The menu is as the page leaves it."""
    menu = admin.http.get(f"/ivr/{printed.split()[-1]}").json()
    assert (menu["name"], menu["status"], menu["dids"]) == ("Plumber Qualifier", "live", ["+14155559876"])
    assert menu["nodes"]["welcome"]["gather"] == {"1": "has_license", "2": "hours", "9": "dnc"}
    assert list(menu["nodes"])[:2] == ["welcome", "has_license"]
    ready = {each["audio"] for each in menu["prompts"] if each["state"] == "ready"}
    assert ready >= {"welcome.wav", "license_check.wav"}


def test_the_seed_page_through_a_generated_python_client(admin: RunningAdmin, tmp_path: Path) -> None:
    source, venv = HERE / "python", tmp_path / "venv"
    run([sys.executable, "-m", "venv", venv], tmp_path)
    pip: list[str | Path] = [venv / "bin/python", "-m", "pip", "--disable-pip-version-check", "--no-input"]
    fetch([*pip, "install", "--quiet", "--requirement", source / "requirements.txt"], tmp_path)
    generate: list[str | Path] = [venv / "bin/openapi-python-client", "generate", "--path", document(admin, tmp_path)]
    path = f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}"
    options: list[str | Path] = ["--output-path", tmp_path / "client", "--config", source / "generator.yaml"]
    assert "Endpoint will not be generated" not in run([*generate, *options], tmp_path, PATH=path)
    shutil.copy(source / "seed_page.py", tmp_path)
    run([venv / "bin/mypy", "--strict", "seed_page.py"], tmp_path, MYPYPATH=str(tmp_path / "client"))
    arguments: list[str | Path] = ["seed_page.py", admin.url, admin.key]
    need_page(admin, run([venv / "bin/python", *arguments], tmp_path, PYTHONPATH=str(tmp_path / "client")))


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_the_seed_page_through_a_generated_typescript_client(admin: RunningAdmin, tmp_path: Path) -> None:
    for each in (HERE / "typescript").iterdir():
        if each.is_file():
            shutil.copy(each, tmp_path)
    fetch(["npm", "ci", "--no-audit", "--no-fund"], tmp_path)
    tools = tmp_path / "node_modules" / ".bin"
    run([tools / "openapi-typescript", document(admin, tmp_path), "--output", "api.d.ts"], tmp_path)
    run([tools / "tsc", "--project", "."], tmp_path)
    need_page(admin, run(["node", "built/seed_page.js", admin.url, admin.key], tmp_path))
