"""Every page with data, at both widths: nothing moves by more than people notice while it loads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from ivr.storage.postgres.stores import PostgresStores
from tests.web.conftest import NARROW, WIDE, Site
from tests.web.sample_data import Sample, fill, live_calls
from tests.web.sample_outgoing import fill_outgoing, fill_survey
from tests.web.sample_sounds import fill_sounds
from tests.web.screens import paths_of
from tests.web.shifts import MOST, shifts_of, wait_until_quiet, watch_shifts

_MORE = (
    *("/ui/account", "/ui/search?search=desert", "/ui/agents/new", "/ui/hours/new"),
    *("/ui/dnc/import", "/ui/dnc/lists"),
)


@pytest.fixture
def paths(site: Site, database: str, cache: str) -> Iterator[list[str]]:
    stores = PostgresStores(database)
    try:
        sample: Sample = fill(site.http, stores, speaks=False)
        survey = fill_survey(site.http, stores)
        fill_sounds(stores, Path(site.home))
        outgoing = fill_outgoing(stores, survey)
        with live_calls(cache, sample.menus):
            more = (f"/ui/menus/{survey}/answers", f"/ui/calls-out/{outgoing}", *_MORE)
            yield ["/ui/login", *paths_of(sample).values(), *more]
    finally:
        stores.close()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_no_page_moves_while_it_loads(
    open_page: Callable[..., Page], paths: list[str], size: dict[str, int]
) -> None:
    page = open_page(size=size)
    watch_shifts(page.context)
    moved = []
    for path in paths:
        page.goto(path)
        wait_until_quiet(page)
        found = shifts_of(page)
        if found.total > MOST:
            moved.append(f"{path}: {found.total:.3f}\n    " + "\n    ".join(found.what))
    assert not moved, "\n".join(moved)
