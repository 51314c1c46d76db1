"""Both clients as they are packed, each installed into a fresh environment, and a whole Digitree to ask."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.launcher.running import API_KEY, RunningDigitree, environment

HERE = Path(__file__).parent
SOURCES = HERE.parents[1]
MYPY, TYPESCRIPT, NODE_TYPES = "mypy==2.4.1", "typescript@5.9.3", "@types/node@20.19.25"
# What pip and npm say of a registry that cannot be reached.
UNREACHABLE = ("ENOTFOUND", "ECONNREFUSED", "EAI_AGAIN", "ETIMEDOUT", "NewConnectionError", "No matching dist")
START_S = 240


def run(command: list[str | Path], folder: Path, **env: str) -> str:
    """What it prints; fails with all of it."""
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **env}, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def fetch(command: list[str | Path], folder: Path) -> None:
    """As `run`; skips where a registry cannot be reached."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900, check=False)
    said = done.stdout + done.stderr
    if done.returncode != 0 and any(each in said for each in UNREACHABLE):
        pytest.skip(f"{Path(command[0]).name} reaches no registry: {said.strip()[-200:]}")
    assert done.returncode == 0, said[-6000:]


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheel and the tarball, as `make clients` leaves it."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    document = tmp_path_factory.mktemp("document") / "openapi.json"
    document.write_text(run([Path(sys.executable).with_name("digitree"), "openapi"], SOURCES))
    fetch([sys.executable, SOURCES / "clients/generate.py", document], SOURCES)
    return SOURCES / "clients/dist"


@dataclass(frozen=True)
class Programs:
    """Programs over one client, in a folder where it is installed. They have been found right by the types."""

    folder: Path
    command: tuple[str | Path, ...]
    source: Path
    ending: str

    def run(self, name: str, *arguments: str | Path, **env: str) -> str:
        return run([*self.command, self.folder / f"{name}{self.ending}", *arguments], self.folder, **env)


@pytest.fixture(scope="session")
def python(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Programs:
    folder = tmp_path_factory.mktemp("python")
    run([sys.executable, "-m", "venv", folder / "venv"], folder)
    interpreter = folder / "venv/bin/python"
    (wheel,) = packages.glob("*.whl")
    fetch([interpreter, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", wheel, MYPY], folder)
    for each in (HERE / "python").glob("*.py"):
        shutil.copy(each, folder)
    (folder / "docs_page.py").write_text(examples("python"))
    (folder / "readme.py").write_text(examples("python", SOURCES / "clients/python/README.md"))
    run([interpreter, "-m", "mypy", "--strict", ".", "--exclude", "venv"], folder)
    run([interpreter, "-m", "mypy", "--strict", "-p", "digitree_client"], folder)
    return Programs(folder, (interpreter,), HERE / "python", ".py")


@pytest.fixture(scope="session")
def typescript(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Programs:
    folder = tmp_path_factory.mktemp("typescript")
    for each in (HERE / "typescript").glob("*"):
        shutil.copy(each, folder)
    (folder / "docs_page.ts").write_text(examples("ts"))
    (folder / "readme.ts").write_text(examples("ts", SOURCES / "clients/typescript/README.md"))
    (folder / "package.json").write_text(json.dumps({"private": True, "type": "module"}))
    (tarball,) = packages.glob("*.tgz")
    fetch(["npm", "install", "--no-audit", "--no-fund", tarball, TYPESCRIPT, NODE_TYPES], folder)
    run([folder / "node_modules/.bin/tsc", "--project", "."], folder)
    return Programs(folder / "built", ("node",), HERE / "typescript", ".js")


def examples(language: str, page: Path = SOURCES / "docs/clients.md") -> str:
    """All examples of a page in one language, one after the other."""
    blocks = page.read_text().split(f"```{language}\n")[1:]
    assert blocks
    return "\n".join(each.split("```\n", 1)[0] for each in blocks)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDigitree]:
    home = tmp_path_factory.mktemp("home")
    options = {"DIGITREE_API_KEY": API_KEY, "DIGITREE_ESL_PROCESSES": "1", "DIGITREE_OUTBOUND_PRIVATE": "true"}
    one = RunningDigitree(environment(home / "state", **options), directory=home)
    try:
        one.wait_ready(START_S)
        yield one
    finally:
        one.stop()


@pytest.fixture(autouse=True)
def emptied(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a program has made is gone before the next."""
    yield
    if "product" not in request.fixturenames:
        return
    product: RunningDigitree = request.getfixturevalue("product")
    for path, name in (("/ivr", "id"), ("/lists", "name"), ("/services", "name"), ("/channels", "name")):
        for each in product.api("GET", path)[1]["items"]:
            assert product.api("DELETE", f"{path}/{each[name]}?force=true")[0] == 204


@pytest.fixture(scope="module")
def delivered(product: RunningDigitree, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A webhook as it was received: its secret, headers, body, and when."""
    received: queue.Queue[tuple[dict[str, str], str]] = queue.Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            received.put(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/hook"
        status, hook = product.api("POST", "/webhooks", {"url": url, "events": ["call.ended"]})
        assert status == 201, hook
        product.api("POST", f"/webhooks/{hook['id']}/ping")
        headers, body = received.get(timeout=60)
        server.shutdown()
    given: dict[str, Any] = {"secret": hook["secret"], "headers": headers, "body": body, "now_s": time.time()}
    path = tmp_path_factory.mktemp("webhook") / "delivered.json"
    path.write_text(json.dumps(given))
    return path
