"""An older release on the database of a later one: it says so, takes calls, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.faults.calling import Callers
from tests.faults.site import DID, Site, make_home
from tests.faults.verdict import Row, judge
from tests.helpers import as_superuser, wait_until

LATER = "9999"


@pytest.fixture
def changed(tmp_path: Path) -> Iterator[tuple[Site, str]]:
    """A site whose database a later release has changed meanwhile, and the schema that it knows."""
    site = Site(make_home(tmp_path / "home"), DIGITREE_ESL_PROCESSES="1")
    with site.up():
        site.make_menu(DID)
        wait_until(lambda: site.pointer(DID) is not None, 20, "the menu is in Redis")
        known = _set_schema(site, LATER)
    yield site, known
    site.stop()


def test_calls_are_taken_and_their_records_wait_until_the_schema_is_known_again(
    changed: tuple[Site, str],
) -> None:
    site, known = changed
    site.launch()
    site.running.wait_for_line(rf"the schema {LATER} of a later release", 90)
    with Callers(site.esl) as callers:
        calls = callers.wait_over(callers.load(site.did, live=4, total=8, per_s=20.0, speed=1.0))
    with site.postgres() as connection:
        assert connection.execute("select count(*) as n from call_record").fetchone() == {"n": 0}
        assert connection.execute("select count(*) as n from suppression_event").fetchone() == {"n": 0}
        assert connection.execute("select version_num from alembic_version").fetchall() == [{"version_num": LATER}]
    # The later release starts again, so to say.
    assert _set_schema(site, known) == LATER
    site.wait_ready(90)
    row = Row("a later release's database")
    judge(row, site, calls, unbroken=True, clock_s=10)
    assert (row.calls, row.failures) == (8, [])
    assert row.opt_outs_found == row.opt_outs_expected > 0


def _set_schema(site: Site, version: str) -> str:
    """The version before."""
    with psycopg.connect(as_superuser(site.database_url)) as connection:
        row = connection.execute("select version_num from alembic_version").fetchone()
        connection.execute("update alembic_version set version_num = %s", (version,))
    return str(row[0])
