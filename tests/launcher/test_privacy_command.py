"""`digitree privacy` and `digitree retention`: what goes and what stays is said."""

from __future__ import annotations

import json
from datetime import timedelta

from ivr.domain.call_records import utc_now
from ivr.domain.numbers import E164
from ivr.storage.postgres.stores import PostgresStores
from tests.launcher.test_cli import Cli, cli  # noqa: F401 - a fixture
from tests.storage.conftest import call, stores  # noqa: F401 - a fixture


def test_what_is_erased_and_what_is_kept_is_said(
    cli: Cli,  # noqa: F811
    database: str,
    redis_url: str,
    stores: PostgresStores,  # noqa: F811
) -> None:
    stores.calls.started(call(ani=E164("+14805550001"), ani_raw="+14805550001"))
    env = {"DATABASE_URL": database, "REDIS_URL": redis_url}
    cli("dnc", "add", "+14805550001", **env)
    shown = json.loads(cli("privacy", "export", "480-555-0001", **env).stdout)
    assert (len(shown["calls"]), len(shown["opt_outs"])) == (1, 1)
    erased = cli("privacy", "erase", "+14805550001", **env)
    assert erased.returncode == 0, erased.stderr
    assert "erased: 1 call records are without the number" in erased.stdout
    assert "kept: 1 opt-outs and releases" in erased.stdout
    assert json.loads(cli("privacy", "export", "+14805550001", **env).stdout)["calls"] == []


def test_a_dry_run_of_the_retention_counts(cli: Cli, database: str, stores: PostgresStores) -> None:  # noqa: F811
    stores.calls.started(call(started_at=utc_now() - timedelta(days=2000)))
    told = cli("retention", "--dry-run", DATABASE_URL=database)
    assert "call records\t1826 days\t1\t" in told.stdout
    assert "call records\t1826 days\t1\t" in cli("retention", DATABASE_URL=database).stdout
    assert "call records\t1826 days\t0\t" in cli("retention", DATABASE_URL=database).stdout
