"""The short form of `make faults`: the rows that cover most, with fewer and faster calls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults import rows_calls, rows_disk, rows_hostile, rows_people, rows_processes, rows_stores, runner
from tests.faults.bench import Bench

LIVE = 16
SPEED = 4.0
MAX_CALLS = 30


def _set_up(bench: Bench) -> Bench:
    bench.live, bench.speed, bench.quick = LIVE, SPEED, True
    return bench


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with runner.embedded_stage(tmp_path_factory.mktemp("embedded") / "home") as bench:
        yield _set_up(bench)


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with runner.proxied_stage(tmp_path_factory.mktemp("proxied") / "home", max_calls=MAX_CALLS) as bench:
        yield _set_up(bench)


@pytest.fixture(scope="module")
def power(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with runner.power_stage(tmp_path_factory.mktemp("power") / "home") as bench:
        yield _set_up(bench)


def _holds(function: runner.RowFunction, bench: Bench) -> None:
    row = runner.run_row(function, bench)
    if row.skipped:
        pytest.skip(row.skipped)
    assert row.failures == [], bench.site.running.tail() if bench.site.is_up else ""
    assert row.calls > 0


def test_no_call_or_key_is_lost_with_all_call_servers(embedded: Bench) -> None:
    _holds(rows_processes.kill_all_esl, embedded)


def test_three_phones_that_ring_when_all_call_servers_die_get_one_call(embedded: Bench) -> None:
    _holds(rows_people.kill_all_esl_while_three_ring, embedded)


def test_a_reload_and_a_new_version_are_heard_by_nobody(embedded: Bench) -> None:
    _holds(rows_processes.reload_with_new_version, embedded)


def test_an_emptied_redis_is_filled_again_and_noticed_by_nobody(embedded: Bench) -> None:
    _holds(rows_stores.redis_emptied, embedded)


def test_everything_is_kept_while_postgres_is_killed(embedded: Bench) -> None:
    _holds(rows_stores.postgres_killed, embedded)


def test_a_menu_is_wholly_old_or_wholly_new_when_the_admin_app_dies(embedded: Bench) -> None:
    _holds(rows_processes.kill_admin_in_patches, embedded)


def test_a_prompt_that_is_gone_is_replaced_by_its_keys(embedded: Bench) -> None:
    _holds(rows_calls.prompts_lost, embedded)


def test_connections_that_are_no_freeswitch_harm_no_call(embedded: Bench) -> None:
    _holds(rows_hostile.hostile_connections, embedded)


def test_nothing_is_left_of_calls_that_ended(embedded: Bench) -> None:
    _holds(rows_calls.soak, embedded)


def test_a_slow_redis_holds_up_no_call(proxied: Bench) -> None:
    _holds(rows_stores.redis_slow, proxied)


def test_a_fresh_process_knows_the_menus_without_any_store(proxied: Bench) -> None:
    _holds(rows_stores.fresh_process_without_stores, proxied)


def test_an_opt_out_finds_another_store_when_the_journals_disk_is_full(proxied: Bench) -> None:
    _holds(rows_disk.journal_full, proxied)


def test_a_call_too_many_is_refused_at_once(proxied: Bench) -> None:
    _holds(rows_calls.more_calls_than_capacity, proxied)


def test_an_answered_opt_out_survives_a_power_cut(power: Bench) -> None:
    _holds(rows_disk.power_cut, power)
