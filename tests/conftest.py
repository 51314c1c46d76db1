"""Fixtures for every folder: real embedded servers, a pair for each process of tests, emptied before each test.

Nothing here imports psycopg or redis before a fixture asks: a test that patches with gevent must do it first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from ivr.settings import Settings
from launcher.embedded.postgres import embedded_postgres
from launcher.embedded.redis import embedded_redis
from launcher.freeswitch import find_freeswitch
from tests.cluster import copy_migrated_cluster
from tests.helpers import as_superuser
from tests.ports import free_port
from tests.suites import SERVER_FIXTURES

# How long an example takes says how busy the machine is. A check of a change draws the same examples each time: what
# an unlucky draw would find is looked for by `make test-all`, which draws others.
hypothesis.settings.register_profile(
    "explore", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile(
    "tests", hypothesis.settings.get_profile("explore"), derandomize=True, database=None
)
# A mutant is noticed soon or not at all, and where it is noticed need not be made small.
hypothesis.settings.register_profile(
    "mutants", hypothesis.settings.get_profile("tests"), max_examples=20,
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
)  # fmt: skip
hypothesis.settings.load_profile("tests")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-servers", action="store_true", help="leave out tests that start a server")
    one = "what is tested on both switches is tested on FreeSWITCH alone, if there is one"
    parser.addoption("--one-switch", action="store_true", help=one)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    out: list[pytest.Item] = []
    if config.getoption("--no-servers"):
        out = [each for each in items if SERVER_FIXTURES & set(getattr(each, "fixturenames", ()))]
    if config.getoption("--one-switch") and find_freeswitch(Settings()) is not None:
        out += [each for each in items if "devswitch" in _parameters(each).values()]
    if out:
        left_out = set(out)
        items[:] = [each for each in items if each not in left_out]
        config.hook.pytest_deselected(items=out)


def _parameters(item: pytest.Item) -> dict[str, Any]:
    """Those that could be compared: an array is neither equal to a word nor unequal."""
    given = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    return {name: value for name, value in given.items() if isinstance(value, str)}


@pytest.fixture(scope="session")
def migrated_postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """DATABASE_URL of an embedded Postgres after all migrations, for this process of tests alone."""
    directory = tmp_path_factory.mktemp("postgres") / "pg"
    copy_migrated_cluster(directory)
    with embedded_postgres(directory, durable=False) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """REDIS_URL of an embedded Redis."""
    with embedded_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def database(migrated_postgres_url: str) -> str:
    """DATABASE_URL with every table there and empty."""
    empty_tables(migrated_postgres_url)
    return migrated_postgres_url


def empty_tables(database_url: str) -> None:
    """For fixtures of a wider scope than one test."""
    import psycopg

    for _ in range(10):
        try:
            with psycopg.connect(as_superuser(database_url)) as connection:
                _empty(connection)
            return
        except psycopg.errors.DeadlockDetected as error:
            # What the test before left running in the background may hold a lock yet: who of the two has to give way
            # is Postgres's choice.
            deadlock = error
    raise deadlock


def _empty(connection: Any) -> None:
    """All in one transaction: whoever still writes waits for its end, and finds the default list there.

    Rows are deleted where there are any, in one round trip: to truncate 33 tables with their indexes takes thirty
    times as long. Partitions are emptied with their table.
    """
    rows = connection.execute(
        "select quote_ident(relname) from pg_class where relnamespace = 'public'::regnamespace"
        " and relkind in ('r', 'p') and not relispartition and relname <> 'alembic_version'"
    ).fetchall()
    tables = [name for (name,) in rows]
    if not tables:
        return
    statements = [
        f"lock table {', '.join(tables)} in exclusive mode",
        # The do-not-call list refuses to be emptied, except to a superuser who switches its triggers off.
        "set session_replication_role = replica",
        *(f"delete from {table}" for table in tables),  # noqa: S608 (names of tables)
        "select setval(sequencename::regclass, 1, false) from pg_sequences",
        "insert into suppression_list (list_id, scope, head_hash)"
        " values ('default', 'all', encode(sha256('digitree do-not-call list default'), 'hex'))",
    ]
    connection.execute("; ".join(statements))


@pytest.fixture
def cache(redis_url: str) -> str:
    """REDIS_URL of an empty Redis."""
    import redis

    with redis.Redis.from_url(redis_url) as connection:
        connection.flushall()
    return redis_url


@pytest.fixture(name="free_port")
def _free_port() -> int:
    """A port that nobody has."""
    return free_port()


@pytest.fixture
def make_free_port() -> Callable[[], int]:
    """For tests that need several."""
    return free_port


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty DIGITREE_HOME."""
    directory = tmp_path / "home"
    directory.mkdir()
    return directory
