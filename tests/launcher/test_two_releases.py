"""Two releases take turns on one home while calls go on: forward to the next one, back, and forward again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.calling import Call, Callers
from tests.faults.scripts import OPT_OUTS
from tests.faults.site import DID, Site, make_home
from tests.faults.verdict import Row, judge
from tests.launcher.releases import LATER, Release, earlier_release, next_release

# The first release that knows what to do with the database of a later one.
EARLIER = "c1fb49a"
START_S = 240
LIVE = 16
# A caller's time passes this fast: whoever is held while a server starts has a minute instead of 17 s.
SLOWLY = 0.25


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> tuple[Release, Release]:
    """An earlier release and the next one."""
    return (
        earlier_release(EARLIER, tmp_path_factory.mktemp("earlier")),
        next_release(tmp_path_factory.mktemp("next")),
    )


def test_calls_and_opt_outs_survive_the_way_to_the_next_release_and_back(
    releases: tuple[Release, Release], tmp_path: Path
) -> None:
    earlier, later = releases
    site = Site(make_home(tmp_path / "home"), DIGITREE_ESL_PROCESSES="1")
    try:
        _start(site, earlier)
        site.make_menu(DID)
        with Callers(site.esl) as callers:
            forward = _call(callers, site)
            site.stop()
            _start(site, later)
            row = Row("forward")
            judge(row, site, callers.wait_over(forward, 300), clock_s=60, flush_s=120)
            assert (row.calls, row.failures) == (LIVE, [])
            changed = site.ask("PATCH", f"/ivr/{site.ivr_id}", {"name": "Changed by the next release"})["version"]

            back = _call(callers, site)
            site.stop()
            site.launch(earlier.program, earlier.directory)
            site.running.wait_for_line(rf"the schema {LATER} of a later release", START_S)
            written = _records(site)
            meanwhile = _call(callers, site)
            calls = callers.wait_over(back, 300) + callers.wait_over(meanwhile, 300)
            assert (_records(site), _schema(site)) == (written, LATER), "the earlier release writes nothing"
            site.stop()
            _start(site, later)
        row = Row("back, and forward again")
        judge(row, site, calls, versions=(changed,), clock_s=60, flush_s=120)
        assert (row.calls, row.failures) == (2 * LIVE, [])
        assert row.opt_outs_found == row.opt_outs_expected == _opting_out(calls) > 0
    finally:
        site.stop()


def _start(site: Site, release: Release) -> None:
    site.launch(release.program, release.directory)
    site.running.wait_ready(START_S)


def _call(callers: Callers, site: Site) -> str:
    """So many calls; each hears the first prompt."""
    callers.take_notes()
    first = site.prompt_files()["welcome.wav"]
    load = callers.load(site.did, live=LIVE, total=LIVE, per_s=50.0, speed=SLOWLY, watch=first)
    callers.wait_notes(LIVE, 120)
    return load


def _opting_out(calls: list[Call]) -> int:
    return sum(call.script in OPT_OUTS for call in calls)


def _schema(site: Site) -> str:
    with site.postgres() as connection:
        row = connection.execute("select version_num from alembic_version").fetchone()
    assert row is not None
    return str(row["version_num"])


def _records(site: Site) -> int:
    with site.postgres() as connection:
        row = connection.execute("select count(*) as n from call_record").fetchone()
    assert row is not None
    return int(row["n"])
