"""Every script of the menus that people run, as a call over SIP on both switches: it comes to what is right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.menus.over_sip.play import Result, play_all
from tests.menus.over_sip.product import SETTINGS, furnished
from tests.menus.runner import read_menus
from tests.sip.conftest import whole_product

SCRIPTS = [(menu.number, at) for menu in read_menus() for at in range(len(menu.scripts))]
Results = dict[tuple[str, int], Result]


@pytest.fixture(scope="module", params=["freeswitch", "devswitch"])
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Results]:
    """Of those that are selected, which were called a dozen at a time."""
    only = sorted({script for each in request.session.items if (script := _script(each))})
    directory = tmp_path_factory.mktemp("menus")
    with (
        whole_product(directory, SETTINGS, switch=request.param) as target,
        furnished(request.param, target, directory) as product,
    ):
        yield {(each.menu, each.at): each for each in play_all(product, read_menus(), only)}


def _script(test: pytest.Item) -> str:
    """Such as M15-2; empty for other tests."""
    if not isinstance(test, pytest.Function) or test.path != Path(__file__):
        return ""
    script: Any = test.callspec.params["script"]
    return f"{script[0]}-{script[1]}"


@pytest.mark.parametrize("script", SCRIPTS, ids=[f"{number}-{at}" for number, at in SCRIPTS])
def test_a_call_comes_to_what_is_right(results: Results, script: tuple[str, int]) -> None:
    assert results[script].faults == []
