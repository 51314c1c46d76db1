"""Makes both clients from the OpenAPI document: `python clients/generate.py OPENAPI_JSON` leaves their packages in
clients/dist. `make clients` runs it.

Each is put together in clients/build: what is written by hand here, and what its generator makes of the document. The
generators' versions are pinned with all that they need (locks/clients.txt, clients/typescript/package-lock.json).
"""

from __future__ import annotations

import ast
import configparser
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
BUILD, DIST = HERE / "build", HERE / "dist"
_METHODS = frozenset({"get", "put", "post", "delete", "patch"})
# Of several forms of the same body a client sends one: a file is bytes, whatever is in it.
_BODIES = ("application/json", "application/octet-stream")
# Not for programs: the pages about the API, and the figures for Prometheus.
_LEFT_OUT = re.compile(r"/docs.*|/openapi\.json|/metrics")


def prepared(document: dict[str, Any]) -> dict[str, Any]:
    """The document with what a client has methods for. Refusals are raised, so they are no answers of a method; a
    body has one form; a stream of events is read by other means."""
    paths: dict[str, Any] = {}
    for path, item in document["paths"].items():
        if not _LEFT_OUT.fullmatch(path):
            kept = {method: each for method, each in item.items() if method in _METHODS and not _streams(each)}
            paths |= {path: {method: _plain(each) for method, each in kept.items()}} if kept else {}
    return {**document, "paths": paths}


def _streams(operation: dict[str, Any]) -> bool:
    return any("text/event-stream" in each.get("content", {}) for each in operation["responses"].values())


def _plain(operation: dict[str, Any]) -> dict[str, Any]:
    answers = {status: each for status, each in operation["responses"].items() if status < "4"}
    rest = {**operation, "responses": answers}
    if "requestBody" in operation:
        content = operation["requestBody"]["content"]
        media = next((each for each in _BODIES if each in content), next(iter(content)))
        rest["requestBody"] = {**operation["requestBody"], "content": {media: content[media]}}
    return rest


def make_python(document: dict[str, Any], version: str, digest: str) -> None:
    source, folder, tools = HERE / "python", BUILD / "python", BUILD / "tools"
    package = folder / "digitree_client"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    locked: list[str | Path] = ["--require-hashes", "--requirement", HERE.parent / "locks/clients.txt"]
    if not (tools / "bin" / "openapi-python-client").exists():
        _run([sys.executable, "-m", "venv", tools], BUILD)
    _run([tools / "bin/python", "-m", "pip", "install", "--quiet", *locked], BUILD)
    generator: list[str | Path] = [tools / "bin/openapi-python-client", "generate", "--fail-on-warning"]
    generator += ["--path", _write(BUILD / "python.json", json.dumps(document)), "--output-path", package]
    generator += ["--meta", "none"]
    generator += ["--config", source / "generator" / "config.yaml"]
    _run([*generator, "--custom-template-path", source / "generator" / "templates"], BUILD, tools / "bin")
    let_maps_take_their_values(package / "models")
    shutil.copytree(source / "digitree_client", package, dirs_exist_ok=True)
    _write(package / "build.py", f'__version__ = "{version}"\nOPENAPI_SHA256 = "{digest}"\n')
    _write(package / "events.py", events_module(document["webhooks"]))
    _write(package / "py.typed", "")
    for each in (source / "pyproject.toml", source / "README.md", HERE.parent / "LICENSE"):
        shutil.copy(each, folder)
    _run([tools / "bin/python", "-m", "build", "--outdir", DIST, folder], BUILD)


def let_maps_take_their_values(models: Path) -> None:
    """A model without fields of its own is a map: `WrittenMenuNodes({"welcome": ...})` instead of one assignment for
    each entry."""
    changed = 0
    for file in models.glob("*.py"):
        text = file.read_text()
        if any(_fields(each) == ["additional_properties"] for each in ast.parse(text).body):
            file.write_text(text.replace("_attrs_field(init=False, factory=dict)", "_attrs_field(factory=dict)"))
            changed += 1
    if not changed:
        raise SystemExit("the generator writes maps otherwise than let_maps_take_their_values expects them")


def _fields(node: ast.stmt) -> list[str]:
    body = node.body if isinstance(node, ast.ClassDef) else []
    return [ast.unparse(each.target) for each in body if isinstance(each, ast.AnnAssign)]


def events_module(webhooks: dict[str, Any]) -> str:
    """The table of webhook events and the models of their data."""
    models = {event: _model_of(item) for event, item in webhooks.items()}
    names = sorted(set(models.values()))
    imports = "".join(f"    {name},\n" for name in names)
    rows = "".join(f'    "{event}": {model}.from_dict,\n' for event, model in models.items())
    return (
        '"""Webhook events and their data."""\n\nfrom __future__ import annotations\n\n'
        "from collections.abc import Callable, Mapping\nfrom typing import Any\n\n"
        f"from .models import (\n{imports})\n\nEventData = {' | '.join(names)}\n\n"
        f"EVENTS: Mapping[str, Callable[[Mapping[str, Any]], EventData]] = {{\n{rows}}}\n"
    )


def _model_of(item: dict[str, Any]) -> str:
    schema = item["post"]["requestBody"]["content"]["application/json"]["schema"]
    return str(schema["properties"]["data"]["$ref"]).rsplit("/", 1)[1]


def make_typescript(document: dict[str, Any], version: str, digest: str) -> None:
    source, folder = HERE / "typescript", BUILD / "typescript"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("src", "lib"):
        shutil.rmtree(folder / name, ignore_errors=True)
    shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
    shutil.copy(HERE.parent / "LICENSE", folder)
    package = json.loads((source / "package.json").read_text())
    _write(folder / "package.json", json.dumps({**package, "version": version}, indent=2))
    _write(folder / "openapi.json", json.dumps(grouped(document)))
    _write(
        folder / "src" / "build.ts", f"export const VERSION = '{version}'\nexport const OPENAPI_SHA256 = '{digest}'\n"
    )
    _run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], folder)
    _run([folder / "node_modules/.bin/openapi-ts"], folder)
    _run([folder / "node_modules/.bin/tsc", "--project", "."], folder)
    _run(["npm", "pack", "--pack-destination", DIST], folder)


def grouped(document: dict[str, Any]) -> dict[str, Any]:
    """The document with the group of each operation before its name, of which the generator makes groups."""
    paths = {
        path: {
            method: {**each, "operationId": f"{each['tags'][0].replace(' ', '_')}.{each['operationId']}"}
            for method, each in item.items()
        }
        for path, item in document["paths"].items()
    }
    return {**document, "paths": paths}


def _run(command: Iterable[str | Path], folder: Path, tools: Path | None = None) -> None:
    env = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"} if tools else None
    done = subprocess.run([*command], cwd=folder, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}")


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def main() -> None:
    text = Path(sys.argv[1]).read_text().strip()
    setup = configparser.ConfigParser()
    setup.read(HERE.parent / "setup.cfg")
    version, digest = setup["metadata"]["version"], hashlib.sha256(text.encode()).hexdigest()
    document = prepared(json.loads(text))
    BUILD.mkdir(exist_ok=True)
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    make_python(document, version, digest)
    make_typescript(document, version, digest)
    for each in sorted(DIST.iterdir()):
        print(f"{each.relative_to(HERE.parent)}  {each.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
