"""The programs of a page, run as a reader would run them, against one running Digitree.

All blocks of a page in one language are one program. They are run in a folder of its own with the files that the
pages speak of, with the product's address in place of the one of `make run`. A `curl` whose request is refused fails
here, though a reader's own only prints the refusal.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.docs.code_blocks import ROOT, CodeBlock, as_program, blocks_of
from tests.docs.not_run import find_reason
from tests.launcher.running import API_KEY, RunningDigitree

_REQUEST = re.compile(r"^(GET|HEAD|POST|PUT|PATCH|DELETE) +(/\S*)", re.MULTILINE)
_CURL = """#!/bin/sh
exec {curl} --fail-with-body --silent --show-error "$@"
"""
# What a page leaves to the reader: `export IVR=...`.
_LEFT_OPEN = re.compile(r"^export (\w+)=\.\.\.", re.MULTILINE)


@dataclass(frozen=True)
class Reader:
    """`folder`: where a reader stands; `strip`: what makes JavaScript of TypeScript, None where npm is not there;
    `given`: variables that a page leaves to its reader."""

    running: RunningDigitree
    folder: Path
    strip: Path | None
    key: str = API_KEY
    given: dict[str, str] = field(default_factory=dict)

    def run(self, page: str, language: str) -> str:
        """What the page's blocks of a language print; fails with all of it."""
        blocks = [each for each in blocks_of(page) if each.language == language and find_reason(each) is None]
        if language == "http":
            return "\n".join(self._send(each) for each in blocks)
        text = self._here(as_program(blocks))
        if language == "typescript":
            return self._typescript(page, text)
        if language == "python":
            return self._run(page, [sys.executable, self._written(page, "py", text)])
        left_open = set(_LEFT_OPEN.findall(text)) - set(self.environment)
        assert left_open == set(), f"{page}: nobody can run what leaves {left_open} open"
        text = _LEFT_OPEN.sub(": ", text)
        return self._run(page, ["bash", "-euo", "pipefail", self._written(page, "sh", text)])

    def api(self) -> httpx.Client:
        key = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.running.base_url, headers=key, timeout=60, trust_env=False)

    @property
    def environment(self) -> dict[str, str]:
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        own = {"KEY": self.key, "BASE": self.running.base_url, "PATH": path, "NO_PROXY": "*", "no_proxy": "*"}
        return {**self.running.env, **self.given, **own}

    def _here(self, text: str) -> str:
        host = self.running.env["DIGITREE_HTTP"]
        return re.sub(r"(127\.0\.0\.1|localhost):8080", host, text)

    def _written(self, page: str, suffix: str, text: str) -> Path:
        path = self.folder / f"{Path(page).stem}.{suffix}"
        path.write_text(text, encoding="utf-8")
        return path

    def _typescript(self, page: str, text: str) -> str:
        if self.strip is None:
            pytest.skip("npm cannot bring amaro, which strips types")
        source = self._written(page, "ts", text)
        target = source.with_suffix(".mjs")
        self._run(page, ["node", self.strip, source, target])
        return self._run(page, ["node", target])

    def _run(self, page: str, command: list[str | Path]) -> str:
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=900, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, f"{page} (lines are the page's)\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def _send(self, block: CodeBlock) -> str:
        """Each request of a block; a body is what stands behind its address."""
        printed = []
        found = list(_REQUEST.finditer(block.text))
        for request, following in zip(found, [*found[1:], None], strict=True):
            body = block.text[request.end() : following.start() if following else None].strip()
            answer = httpx.request(
                request[1], self.running.base_url + request[2], content=body if body[:1] == "{" else None, timeout=60,
                headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}, trust_env=False,
            )  # fmt: skip
            assert answer.is_success, f"{block}: {request[0]}: {answer.status_code} {answer.text}"
            printed.append(answer.text)
        return "\n".join(printed)


def make_reader(running: RunningDigitree, folder: Path) -> Reader:
    """A folder with what a reader of the pages has: `digitree` on the PATH, and files of the names in the pages."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "curl").write_text(_CURL.format(curl=shutil.which("curl")))
    (folder / "bin" / "curl").chmod(0o755)
    for name in ("digitree", "python", "python3"):
        (folder / "bin" / name).symlink_to(Path(sys.executable).with_name(name))
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    for name in ("dialplan", "deploy", "docs"):
        (folder / name).symlink_to(ROOT / name)
    return Reader(running, folder, _stripper(folder))


def _stripper(folder: Path) -> Path | None:
    """Node's own way to leave out types, as its package `amaro`; Node 22.18 and newer have it built in."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return None
    (folder / "package.json").write_text(json.dumps({"private": True, "dependencies": {"amaro": "0.1.9"}}))
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0"]
    if subprocess.run(command, cwd=folder, capture_output=True, timeout=300, check=False).returncode:
        return None
    script = folder / "strip.mjs"
    script.write_text(
        "import {readFileSync, writeFileSync} from 'node:fs'\nimport {transformSync} from 'amaro'\n"
        "const [, , from, to] = process.argv\n"
        "writeFileSync(to, transformSync(readFileSync(from, 'utf8'), {mode: 'strip-only'}).code)\n"
    )
    return script
