"""`make docs`: builds the site of mkdocs.yml into admin/help/site.zip (or the file that is named), which the product
serves at /help.

The archive is committed, so that an installation needs nothing to have it. It is not compressed: Git then stores only
what differs from the last one, and a wheel compresses it anyway. The same pages make the same bytes.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import zipfile
from pathlib import Path

# The theme advertises its successor otherwise (docs/decisions.md).
os.environ["NO_MKDOCS_2_WARNING"] = "1"

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

ROOT = Path(__file__).parents[2]
ARCHIVE = ROOT / "admin" / "help" / "site.zip"
_DATE = (1980, 1, 1, 0, 0, 0)


def build_site(directory: Path) -> None:
    """Build the site into this directory. Raises Abort for a broken link or a page that the navigation lacks."""
    build(load_config(str(ROOT / "mkdocs.yml"), strict=True, site_dir=str(directory)))


def pack(directory: Path, archive: Path) -> None:
    """All files of the directory in one archive."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
        for path in sorted(each for each in directory.rglob("*") if each.is_file()):
            packed.writestr(zipfile.ZipInfo(path.relative_to(directory).as_posix(), _DATE), path.read_bytes())


def main(archive: Path) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    with tempfile.TemporaryDirectory() as directory:
        try:
            build_site(Path(directory))
        except Abort as error:
            sys.exit(f"the site was not built: {error}")
        pack(Path(directory), archive)
    print(f"built: {archive}, {archive.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else ARCHIVE)
