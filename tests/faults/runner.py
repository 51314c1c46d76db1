"""Runs the rows, stage by stage: rows of one stage share a Digitree, so each must leave it well."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ivr.settings import Settings
from launcher import first_start
from launcher.embedded.postgres import embedded_postgres
from launcher.embedded.redis import embedded_redis
from launcher.freeswitch import find_freeswitch
from tests.faults import (
    report,
    rows_away,
    rows_calls,
    rows_calls_out,
    rows_disk,
    rows_drafts,
    rows_forged,
    rows_freeswitch,
    rows_hostile,
    rows_imports,
    rows_language,
    rows_lines,
    rows_messages,
    rows_people,
    rows_processes,
    rows_recordings,
    rows_ringing,
    rows_services,
    rows_stores,
    rows_trunks,
    rows_webhooks,
)
from tests.faults.bench import Bench
from tests.faults.calling import Callers
from tests.faults.proxy import Proxy
from tests.faults.site import DID, Site, make_home
from tests.faults.verdict import Row

RowFunction = Callable[[Bench, Row], None]


class StageSkipped(Exception):
    """What this machine lacks."""


@dataclass(frozen=True)
class Stage:
    """A Digitree, and the rows that are run on it, in this order."""

    name: str
    open: Callable[[Path], AbstractContextManager[Bench]]
    rows: tuple[RowFunction, ...]


@contextmanager
def embedded_stage(home: Path) -> Iterator[Bench]:
    """As anybody runs it: two ESL processes, embedded Postgres and Redis."""
    # The receivers of its webhooks are here.
    site = Site(make_home(home), DIGITREE_OUTBOUND_PRIVATE="true")
    with site.up(), Callers(site.esl) as callers:
        site.make_menu(DID)
        yield Bench(site, callers)


@contextmanager
def proxied_stage(home: Path, max_calls: int = 230) -> Iterator[Bench]:
    """Postgres and Redis are somebody else's, behind a network that can be bad; one ESL process that takes as many
    calls as a row has live, and some that come while others go."""
    with ExitStack() as stack:
        far = home.with_name(f"{home.name}-far")
        stack.enter_context(embedded_postgres(far / "pg"))
        stack.enter_context(embedded_redis(far / "redis"))
        postgres = stack.enter_context(Proxy(str(far / "pg" / ".s.PGSQL.5432")))
        cache = stack.enter_context(Proxy(str(far / "redis" / "redis.sock")))
        site = Site(
            make_home(home),
            database_url=f"postgresql://digitree@127.0.0.1:{postgres.port}/digitree",
            redis_url=f"redis://127.0.0.1:{cache.port}/0",
            DATABASE_OWNER_URL=f"postgresql://digitree_owner@127.0.0.1:{postgres.port}/digitree",
            DIGITREE_ESL_PROCESSES="1",
            DIGITREE_MAX_CALLS=str(max_calls),
        )
        stack.enter_context(small_disk(home / "journal"))
        stack.enter_context(site.up())
        callers = stack.enter_context(Callers(site.esl))
        site.make_menu(DID)
        near_redis = redis.Redis(unix_socket_path=str(far / "redis" / "redis.sock"))
        yield Bench(
            site, callers, esl_processes=1, redis_proxy=cache, postgres_proxy=postgres, far_redis=near_redis
        )


@contextmanager
def power_stage(home: Path) -> Iterator[Bench]:
    """A home on a disk of its own; the row starts and ends it."""
    with rows_disk.Disk(home.with_name("power.img"), home.with_name("power-disk")) as disk:
        site = Site(make_home(home.with_name("power-disk") / "home"))
        try:
            with Callers(site.esl) as callers:
                yield Bench(site, callers, disk=disk)
        finally:
            site.stop()


@contextmanager
def full_tmpfs_stage(home: Path) -> Iterator[Bench]:
    """A home on a disk of its own that is in memory."""
    with small_disk(home.with_name("full-tmpfs"), "400m"), _full_stage(home.with_name("full-tmpfs")) as bench:
        yield bench


@contextmanager
def full_ext4_stage(home: Path) -> Iterator[Bench]:
    """A home on a disk of its own that is a file."""
    directory = home.with_name("full-ext4")
    with rows_disk.Disk(home.with_name("full.img"), directory, 400 << 20), _full_stage(directory) as bench:
        yield bench


@contextmanager
def _full_stage(disk: Path) -> Iterator[Bench]:
    site = Site(make_home(disk / "home"))
    with site.up(), Callers(site.esl) as callers:
        site.make_menu(DID)
        yield Bench(site, callers)


@contextmanager
def freeswitch_stage(home: Path) -> Iterator[Bench]:
    """The real switch with the sample menu, its prompts long enough to be killed in."""
    if find_freeswitch(Settings()) is None or shutil.which("sipp") is None:
        raise StageSkipped("no FreeSWITCH or no SIPp on this machine")
    env = {
        "DIGITREE_OUTBOUND_PRIVATE": "true",
        "DIGITREE_SIP_ALLOW": "127.0.0.1/32",
        "DIGITREE_OUTGOING_USD_DAY": "1000",
        "DIGITREE_OUTGOING_AT_ONCE": str(rows_calls_out.AT_ONCE),
        "DIGITREE_RING_USD_DAY": "1000",
    }
    site = Site(make_home(home), DIGITREE_SWITCH="freeswitch", **env)
    sample = first_start.sample()
    with site.up(), Callers(site.esl) as callers:
        site.make_menu(sample["did"], sample["menu"], prompt_ms=4000)
        yield Bench(site, callers)


@contextmanager
def small_disk(directory: Path, size: str = "4m") -> Iterator[None]:
    """A tmpfs; nothing where we may not mount one."""
    directory.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(directory)]
    # The root of a container may not, either.
    if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode:
        yield
        return
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=False)


STAGES = (
    Stage(
        "embedded",
        embedded_stage,
        (
            rows_processes.kill_one_esl,
            rows_processes.kill_all_esl,
            rows_processes.kill_one_then_all_esl,
            rows_processes.kill_one_esl_in_messages,
            rows_processes.reload_with_new_version,
            rows_stores.redis_killed,
            rows_stores.redis_frozen,
            rows_stores.redis_emptied,
            rows_stores.postgres_killed,
            rows_stores.postgres_frozen,
            rows_stores.postgres_read_only,
            rows_stores.postgres_out_of_connections,
            rows_processes.kill_admin_in_patches,
            rows_drafts.kill_admin_in_publishes,
            rows_imports.kill_admin_in_imports,
            rows_webhooks.kill_keeper_while_webhooks_tell,
            rows_services.service_slow,
            rows_services.service_dead,
            rows_services.service_lies,
            rows_services.service_fails_without_redis,
            rows_services.kill_all_esl_in_requests,
            rows_services.notices_without_postgres,
            rows_messages.messages_away,
            rows_language.kill_all_esl_in_lists,
            rows_language.kill_all_esl_in_entries,
            rows_language.kill_all_esl_while_the_language_is_asked,
            rows_language.hours_changed,
            rows_lines.kill_one_esl_in_a_line,
            rows_lines.redis_emptied_under_a_line,
            rows_recordings.kill_all_in_recordings,
            rows_people.kill_all_esl_while_three_ring,
            rows_people.kill_all_esl_in_turn,
            rows_people.kill_all_esl_in_whispers,
            rows_people.kill_all_esl_before_the_key,
            rows_people.callers_leave_without_esl,
            rows_processes.kill_tts_in_mid_sentence,
            rows_calls.prompts_lost,
            rows_calls.system_prompts_lost,
            rows_calls.agent_fails,
            rows_hostile.hostile_connections,
            rows_forged.forged_text,
            rows_forged.api_fuzzed,
            rows_calls.soak,
        ),
    ),
    Stage(
        "proxied",
        proxied_stage,
        (
            rows_stores.redis_slow,
            rows_stores.redis_a_little_slow,
            rows_stores.redis_silent_network,
            rows_stores.postgres_silent_network,
            rows_stores.fresh_process_without_stores,
            rows_language.menus_without_stores,
            rows_disk.journal_full,
            rows_calls.more_calls_than_capacity,
        ),
    ),
    Stage("power", power_stage, (rows_disk.power_cut,)),
    Stage("full-tmpfs", full_tmpfs_stage, (rows_disk.home_full, rows_recordings.disk_full_in_recordings)),
    Stage("full-ext4", full_ext4_stage, (rows_disk.home_full_ext4,)),
    Stage(
        "freeswitch",
        freeswitch_stage,
        (
            rows_freeswitch.fs_kill_one_then_all,
            rows_freeswitch.fs_reload_with_new_version,
            rows_webhooks.fs_kill_keeper_while_they_talk,
            rows_trunks.trunks_without_postgres,
            rows_recordings.fs_kill_switch_in_recordings,
            rows_ringing.fs_kill_while_people_ring,
            rows_ringing.fs_kill_in_conferences,
            rows_calls_out.fs_kill_in_calls_out,
            rows_calls_out.fs_kill_switch_in_calls_out,
            rows_calls_out.fs_kill_in_call_backs,
            rows_away.fs_trunk_away,
        ),
    ),
)


def _title(function: RowFunction) -> str:
    return (function.__doc__ or function.__name__).splitlines()[0]


def run_row(function: RowFunction, bench: Bench) -> Row:
    row = Row(_title(function))
    began = time.monotonic()
    try:
        function(bench, row)
        row.failures += [f"the harness broke: {text}" for text in bench.callers.broken]
        bench.callers.broken.clear()
        if bench.callers.lag_ms > 100:
            row.figures.append(f"a busy machine: the callers themselves were late by {bench.callers.lag_ms:.0f} ms")
        if bench.site.is_up:
            bench.site.wait_ready()
    except Exception as error:  # noqa: BLE001 - a row that breaks must not hide the others
        row.failures.append(f"{type(error).__name__}: {error}")
        traceback.print_exc(file=sys.stderr)
    row.took_s = time.monotonic() - began
    return row


def main() -> None:
    parser = argparse.ArgumentParser(prog="make faults", description="every fault under live calls")
    only_help = "rows whose function or fault matches this regular expression; the report's other rows stay"
    parser.add_argument("--only", default="", help=only_help)
    parser.add_argument("--live", type=int, default=200, help="live calls at a time")
    parser.add_argument("--quick", action="store_true", help="less of everything, and no report")
    parser.add_argument("--no-report", action="store_true", help="leave docs/faults.md alone")
    options = parser.parse_args()
    # An end from outside is an exception like others, so what was started is stopped and what was mounted unmounted.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    console = Console()
    rows = run(console, only=options.only.lower(), live=options.live, quick=options.quick)
    console.print(report.table(rows))
    for row in rows:
        for failure in row.failures:
            console.print(f"[red]{row.fault}[/]: {failure}", highlight=False)
    if not (options.no_report or options.quick):
        (report.write_again if options.only else report.write)(rows, live=options.live)
    sys.exit(any(row.failures for row in rows))


def run(console: Console, *, only: str, live: int, quick: bool) -> list[Row]:
    chosen = [
        (stage, [each for each in stage.rows if re.search(only, f"{each.__name__} {each.__doc__}".lower())])
        for stage in STAGES
    ]
    total = sum(len(functions) for _, functions in chosen)
    scratch = Path(tempfile.mkdtemp(prefix="digitree-faults-"))
    rows: list[Row] = []
    counts, what = TextColumn("{task.completed}/{task.total}"), TextColumn("{task.description}")
    with Progress(counts, BarColumn(), TimeElapsedColumn(), what, console=console, transient=True) as progress:
        task = progress.add_task("", total=total)
        for stage, functions in chosen:
            if not functions:
                continue
            progress.update(task, description=f"starting a Digitree ({stage.name})")
            try:
                with stage.open(scratch / stage.name) as bench:
                    bench.live, bench.quick = min(live, bench.live), quick
                    for function in functions:
                        progress.update(task, description=_title(function))
                        row = run_row(function, bench)
                        rows.append(row)
                        sign = "[green]holds[/]" if row.holds else row.skipped or "[red]DOES NOT HOLD[/]"
                        progress.console.print(f"{sign}  {row.fault} ({row.took_s:.0f} s)", highlight=False)
                        for figure in row.figures:
                            progress.console.print(f"       {figure}", style="dim", highlight=False)
                        progress.advance(task)
            except StageSkipped as error:
                rows += [Row(_title(function), skipped=str(error)) for function in functions]
            except Exception as error:  # noqa: BLE001 - the other stages are still worth running
                rows.append(Row(f"stage {stage.name}", failures=[f"{type(error).__name__}: {error}"]))
                traceback.print_exc(file=sys.stderr)
    shutil.rmtree(scratch, ignore_errors=True)
    return rows
