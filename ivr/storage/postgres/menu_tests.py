"""Tests of menus in Postgres, and the results of their last run on each version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from psycopg.types.json import Json

from ivr.domain.errors import MenuNotFound
from ivr.domain.menu.given import parse_given
from ivr.domain.menu_tests import (
    MAX_TESTS,
    MenuTest,
    MenuTestNotFound,
    MenuTestTaken,
    TestRun,
    TooManyMenuTests,
    parse_expected,
)
from ivr.ports.checks import accept
from ivr.ports.menu_tests import Check
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Connection, Database

_COLUMNS = "test_id, ivr_id, name, script, expected, agent, created_at, updated_at, given"


class PostgresMenuTests:
    """A MenuTestStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, ivr_id: str) -> Sequence[MenuTest]:
        with self._database.transaction() as connection:
            tests = read_tests(connection, ivr_id)
            if not tests:
                _need_menu(connection, ivr_id)
        return tests

    def get(self, ivr_id: str, test_id: str) -> MenuTest:
        with self._database.transaction() as connection:
            return _get(connection, ivr_id, test_id)

    def create(self, test: MenuTest, *, actor: str, check: Check = accept) -> MenuTest:
        with self._database.transaction() as connection:
            check(None, _need_menu(connection, test.ivr_id, lock=True))
            row = connection.execute(
                "select count(*) as tests from menu_test where ivr_id = %s", (test.ivr_id,)
            ).fetchone()
            if row is not None and row["tests"] >= MAX_TESTS:
                raise TooManyMenuTests(f"a menu has {MAX_TESTS} tests at most")
            _need_name(connection, test)
            _insert(connection, test, actor)
            return _get(connection, test.ivr_id, test.test_id)

    def replace(self, test: MenuTest, *, actor: str, check: Check = accept) -> MenuTest:
        with self._database.transaction() as connection:
            version = _need_menu(connection, test.ivr_id, lock=True)
            before = _get(connection, test.ivr_id, test.test_id)
            check(before, version)
            _need_name(connection, test)
            _update(connection, before, test, actor)
            return _get(connection, test.ivr_id, test.test_id)

    def delete(self, ivr_id: str, test_id: str, *, actor: str, check: Check = accept) -> None:
        with self._database.transaction() as connection:
            version = _need_menu(connection, ivr_id, lock=True)
            before = _get(connection, ivr_id, test_id)
            check(before, version)
            _delete(connection, before, actor)

    def keep_run(self, run: TestRun) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "insert into menu_test_run (ivr_id, version, ran_at, results)"
                " select id, %s, %s, %s from ivr where id = %s for key share"
                " on conflict (ivr_id, version) do update set ran_at = excluded.ran_at, results = excluded.results",
                (run.version, run.ran_at, Json(list(run.results)), run.ivr_id),
            )

    def find_run(self, ivr_id: str, version: int | None = None) -> TestRun | None:
        row = self._database.fetch_one(
            "select ivr_id, version, ran_at, results from menu_test_run"
            " where ivr_id = %s and version = coalesce(%s, version) order by version desc limit 1",
            (ivr_id, version),
        )
        return TestRun(**row) if row else None


def read_tests(connection: Connection, ivr_id: str) -> list[MenuTest]:
    """In the order of their creation."""
    rows = connection.execute(
        f"select {_COLUMNS} from menu_test where ivr_id = %s order by created_at, test_id",  # noqa: S608
        (ivr_id,),
    ).fetchall()
    return [_test(row) for row in rows]


def replace_tests(connection: Connection, ivr_id: str, tests: Sequence[MenuTest], actor: str) -> None:
    """These tests in place of the menu's, by their names: one that is there already keeps its id, and its times where
    it is the same."""
    there = {test.name: test for test in read_tests(connection, ivr_id)}
    for test in tests:
        before = there.pop(test.name, None)
        if before is None:
            _insert(connection, test, actor)
        elif _audited(before) != _audited(test):
            _update(connection, before, replace(test, test_id=before.test_id), actor)
    for gone in there.values():
        _delete(connection, gone, actor)


def _insert(connection: Connection, test: MenuTest, actor: str) -> None:
    connection.execute(
        "insert into menu_test (test_id, ivr_id, name, script, expected, agent, given)"
        " values (%(test_id)s, %(ivr_id)s, %(name)s, %(script)s, %(expected)s, %(agent)s, %(given)s)",
        _values(test),
    )
    write_audit(connection, actor, "test.create", _subject(test), None, _audited(test))


def _update(connection: Connection, before: MenuTest, test: MenuTest, actor: str) -> None:
    connection.execute(
        "update menu_test set name = %(name)s, script = %(script)s, expected = %(expected)s,"
        " agent = %(agent)s, given = %(given)s, updated_at = clock_timestamp() where test_id = %(test_id)s",
        _values(test),
    )
    write_audit(connection, actor, "test.change", _subject(test), _audited(before), _audited(test))


def _delete(connection: Connection, test: MenuTest, actor: str) -> None:
    connection.execute("delete from menu_test where test_id = %s", (test.test_id,))
    write_audit(connection, actor, "test.delete", _subject(test), _audited(test), None)


def _need_menu(connection: Connection, ivr_id: str, *, lock: bool = False) -> int:
    """The menu's version. With a lock, its tests are changed one after the other."""
    statement = "select version from ivr where id = %s" + (" for no key update" if lock else "")  # noqa: S608
    row = connection.execute(statement, (ivr_id,)).fetchone()
    if row is None:
        raise MenuNotFound(ivr_id)
    return int(row["version"])


def _need_name(connection: Connection, test: MenuTest) -> None:
    taken = connection.execute(
        "select from menu_test where ivr_id = %s and name = %s and test_id <> %s",
        (test.ivr_id, test.name, test.test_id),
    ).fetchone()
    if taken is not None:
        raise MenuTestTaken(test.name)


def _get(connection: Connection, ivr_id: str, test_id: str) -> MenuTest:
    row = connection.execute(
        f"select {_COLUMNS} from menu_test where ivr_id = %s and test_id = %s",  # noqa: S608
        (ivr_id, test_id),
    ).fetchone()
    if row is None:
        raise MenuTestNotFound("the menu has no such test")
    return _test(row)


def _test(row: Mapping[str, Any]) -> MenuTest:
    read = {"expected": parse_expected(row["expected"]), "given": parse_given(row["given"])}
    return MenuTest(**{**row, **read})


def _values(test: MenuTest) -> dict[str, Any]:
    return {
        "test_id": test.test_id,
        "ivr_id": test.ivr_id,
        "name": test.name,
        "script": test.script,
        "expected": Json(test.expected.to_json()),
        "agent": test.agent,
        "given": Json(test.given.to_json()),
    }


def _audited(test: MenuTest) -> dict[str, Any]:
    return {
        "name": test.name,
        "script": test.script,
        "expected": test.expected.to_json(),
        "agent": test.agent,
        **({"given": given} if (given := test.given.to_json()) else {}),
    }


def _subject(test: MenuTest) -> str:
    return f"{test.ivr_id}/tests/{test.test_id}"
