"""The whole product for these tests, with a certificate of an authority that its carriers trust, too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.carriers.kamailio import require_kamailio
from tests.carriers.site import Site, running_site


@pytest.fixture(scope="session", params=["freeswitch", "devswitch"])
def our_site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    require_kamailio()
    with running_site(tmp_path_factory.mktemp("site"), request.param) as running:
        yield running


@pytest.fixture
def on_freeswitch(request: pytest.FixtureRequest) -> None:
    """Skips the test on the development switch."""
    if "devswitch" in request.node.callspec.params.values():
        pytest.skip("what FreeSWITCH does")


@pytest.fixture
def here(our_site: Site) -> Iterator[Site]:
    """Without trunks before and after."""
    yield our_site
    for trunk in our_site.http.get("/trunks").raise_for_status().json()["items"]:
        our_site.http.delete(f"/trunks/{trunk['name']}").raise_for_status()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """For files of a carrier."""
    return tmp_path
