"""Every script of the menus that people run, as a call over SIP on both switches: it comes to what is right."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.menus.over_sip.play import Result, play_all
from tests.menus.over_sip.product import SETTINGS, furnished
from tests.menus.runner import read_menus
from tests.sip.conftest import whole_product

SCRIPTS = [(menu.number, at) for menu in read_menus() for at in range(len(menu.scripts))]
Results = dict[tuple[str, int], Result]


@pytest.fixture(scope="module", params=["freeswitch", "devswitch"])
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Results]:
    """All of them were called at once, a dozen at a time."""
    directory = tmp_path_factory.mktemp("menus")
    with (
        whole_product(directory, SETTINGS, switch=request.param) as target,
        furnished(request.param, target, directory) as product,
    ):
        yield {(each.menu, each.at): each for each in play_all(product, read_menus())}


@pytest.mark.parametrize("script", SCRIPTS, ids=[f"{number}-{at}" for number, at in SCRIPTS])
def test_a_call_comes_to_what_is_right(results: Results, script: tuple[str, int]) -> None:
    assert results[script].faults == []
