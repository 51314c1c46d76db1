"""docs/licences.md lists all that is installed, each package with the licence that it says of itself."""

from __future__ import annotations

import re

import pytest

from tests.package import licences
from tests.package.test_locks import lock

PAGE = licences.PAGE.read_text()


@pytest.mark.parametrize("name", ["installed packages", "packages for tests"])
def test_the_page_says_what_the_packages_say(name: str) -> None:
    begin, end = f"<!-- made: {name} -->\n", f"\n<!-- /made: {name} -->"
    assert PAGE.split(begin)[1].split(end)[0] == licences.tables()[name], "make licences"


def test_every_copyleft_licence_is_explained() -> None:
    explained = PAGE.split("## Programs")[0]
    for package in lock("run"):
        licence = licences.licence_of(package)
        if re.search("GPL|MPL|AGPL|SSPL|EPL|CDDL", licence):
            assert f"`{package}`" in explained, f"{package}: {licence}"


def test_what_is_said_of_the_inside_is_of_a_package_that_is_there() -> None:
    assert set(licences.INSIDE) <= {*lock("run"), *lock("test")}


def test_a_licence_that_nobody_has_read_stops_the_page() -> None:
    with pytest.raises(LookupError, match="no-such-package"):
        licences.licence_of("no-such-package")
