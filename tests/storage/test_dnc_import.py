"""Many numbers at once, in the chain and each once, and the list's other writers go on."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivr.domain.dnc.chain import ChainRun, chain_hash
from ivr.domain.dnc.events import DncEvent
from ivr.domain.dnc.import_file import NumberFile
from ivr.domain.errors import ImportRefused, ListNotFound
from ivr.ports.dnc import Imported
from ivr.storage.postgres import dnc_import
from ivr.storage.postgres.dnc_verify import verify_list
from ivr.storage.postgres.stores import PostgresStores
from tests.storage.conftest import AT, opt_out


def lines(*numbers: str) -> NumberFile:
    return NumberFile(io.BytesIO("".join(f"{number}\n" for number in numbers).encode()))


def test_an_import_lists_each_number_once_and_keeps_the_chain(stores: PostgresStores) -> None:
    stores.dnc.record(opt_out("+14805550001"))
    many = [f"+1480555{n:04d}" for n in range(7000)]
    done = stores.dnc.import_numbers(lines(*many, "(480) 555-0002"), actor="key_1")
    assert done == Imported(7001, 6999, 0)
    entry = stores.dnc.find("+14805550002")
    assert entry is not None
    assert (entry.source, entry.events, entry.number_raw) == ("import", 1, "+14805550002")
    (event,) = stores.dnc.events("+14805550002")
    assert (event.actor, event.source, event.kind) == ("key_1", "import", "opt_out")
    stores.dnc.record(opt_out("+14805550003"))
    report = verify_list(stores.database, "default")
    assert (report.fault, report.events) == (None, 7001)
    assert stores.audit.list(subject="default").items[0].action == "dnc.import"


def test_several_numbers_of_a_row_are_an_entry_each_in_the_order_of_the_file(stores: PostgresStores) -> None:
    text = b"Home,Work\n480-555-0009,480-555-0001 / 480-555-0008\n480-555-0002,480-555-0009\n"
    done = stores.dnc.import_numbers(NumberFile(io.BytesIO(text)), actor="key_1")
    assert done == Imported(5, 4, 0)
    changes = stores.dnc.changes("default", since=0, limit=10)
    assert [each.number for each in changes] == [f"+1480555000{n}" for n in (9, 1, 8, 2)]
    assert verify_list(stores.database, "default").fault is None


def test_the_same_file_again_changes_nothing_and_a_released_number_is_listed_again(stores: PostgresStores) -> None:
    stores.dnc.import_numbers(lines("+14805550001", "+14805550002"), actor="key_1")
    assert stores.dnc.import_numbers(lines("+14805550001", "+14805550002"), actor="key_1").added == 0
    stores.dnc.release("+14805550001", actor="key_1", reason="x")
    assert stores.dnc.import_numbers(lines("+14805550001", "+14805550002"), actor="key_1").added == 1
    entry = stores.dnc.find("+14805550001")
    assert entry is not None
    assert (entry.released_at, entry.events) == (None, 3)
    assert verify_list(stores.database, "default").fault is None


def test_good_lines_go_in_and_bad_ones_are_counted(stores: PostgresStores) -> None:
    done = stores.dnc.import_numbers(lines("+14805550001", "nobody", "+14805550002", "12"), actor="key_1")
    assert done == Imported(2, 2, 0, 2)
    assert {each.number for each in stores.dnc.list().items} == {"+14805550001", "+14805550002"}
    (entry,) = stores.audit.list(subject="default").items
    assert entry.after == {"numbers": 2, "added": 2, "passed_over": 0, "refused": 2}
    assert verify_list(stores.database, "default").fault is None


@pytest.mark.parametrize(
    ("numbers", "strict"),
    [(["+14805550001", "nobody", "+14805550002", "12"], True), (["00", "nobody", "-", "12"], False)],
)
def test_a_file_without_a_good_line_or_strictly_with_a_bad_one_leaves_everything_as_it_was(
    stores: PostgresStores, numbers: list[str], strict: bool
) -> None:
    with pytest.raises(ImportRefused) as refused:
        stores.dnc.import_numbers(lines(*numbers), actor="key_1", strict=strict)
    assert {2, 4} <= {bad.line for bad in refused.value.bad}
    assert stores.dnc.list().items == []
    assert stores.audit.list().items == []


def test_a_dry_run_counts_and_writes_nothing(stores: PostgresStores) -> None:
    stores.dnc.record(opt_out("+14805550001"))
    before = stores.audit.list().items, stores.dnc.find_list("default")
    many = ["+14805550001", "+14805550002", "480-555-0002", "nobody"]
    assert stores.dnc.import_numbers(lines(*many), actor="key_1", dry_run=True) == Imported(3, 1, 0, 1)
    with pytest.raises(ImportRefused):
        stores.dnc.import_numbers(lines("nobody"), actor="x", dry_run=True)
    with pytest.raises(ListNotFound):
        stores.dnc.import_numbers(lines("+14805550001"), actor="x", list_id="nobody", dry_run=True)
    assert (stores.audit.list().items, stores.dnc.find_list("default")) == before
    assert stores.dnc.find("+14805550002") is None


def test_an_import_that_breaks_off_in_the_middle_leaves_everything_as_it_was(stores: PostgresStores) -> None:
    class Broken(Exception):
        pass

    def progress(stage: str, done: int, total: int) -> None:
        if stage == "write":
            raise Broken

    with pytest.raises(Broken):
        stores.dnc.import_numbers(lines("+14805550001"), actor="key_1", progress=progress)
    assert stores.dnc.list().items == []
    assert verify_list(stores.database, "default").events == 0
    assert stores.dnc.import_numbers(lines("+14805550001"), actor="key_1").added == 1


def test_opt_outs_and_other_imports_meanwhile_are_kept_in_the_same_chain(stores: PostgresStores) -> None:
    def write(first: int) -> None:
        stores.dnc.import_numbers(lines(*(f"+1480555{n:04d}" for n in range(first, first + 600))), actor="x")

    def press() -> None:
        for n in range(30):
            stores.dnc.record(opt_out(f"+1480666{n:04d}"))

    with ThreadPoolExecutor(3) as threads:
        for done in [*(threads.submit(write, first) for first in (0, 300)), threads.submit(press)]:
            done.result()
    report = verify_list(stores.database, "default")
    assert report.fault is None
    assert len(list(stores.dnc.export())) == 930


def test_the_same_numbers_in_imports_at_once_are_one_event_each_and_no_error(database: str) -> None:
    stores = PostgresStores(database, max_size=4)
    numbers = [f"+1480555{n:04d}" for n in range(300)]

    def write(list_id: str, together: threading.Barrier) -> None:
        def progress(stage: str, done: int, total: int) -> None:
            if (stage, done) == ("written", 0):
                together.wait(20)

        stores.dnc.import_numbers(lines(*numbers), actor="x", list_id=list_id, progress=progress)

    for turn in range(20):
        list_id, together = f"list{turn}", threading.Barrier(4)
        stores.dnc.create_list(list_id, "list")
        with ThreadPoolExecutor(4) as threads:
            for done in [threads.submit(write, list_id, together) for _ in range(4)]:
                done.result()
        entries = list(stores.dnc.export(list_id))
        assert [each.number for each in entries] == numbers
        assert {each.events for each in entries} == {1}
        report = verify_list(stores.database, list_id)
        assert (report.fault, report.events) == (None, len(numbers))
    stores.close()


def test_of_an_import_and_an_opt_out_meanwhile_the_earlier_one_listed_the_number(stores: PostgresStores) -> None:
    """He presses after the import began to count, and is written before it."""
    late = datetime.now(UTC) + timedelta(minutes=5)

    def progress(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("written", 0):
            stores.dnc.record(replace(opt_out("+14805550002"), pressed_at=late))

    stores.dnc.import_numbers(lines("+14805550002"), actor="x", progress=progress)
    entry = stores.dnc.find("+14805550002")
    assert entry is not None
    assert (entry.source, entry.events, entry.last_at) == ("import", 2, late)
    assert verify_list(stores.database, "default").fault is None


def test_an_import_goes_to_a_list_that_exists(stores: PostgresStores) -> None:
    with pytest.raises(ListNotFound):
        stores.dnc.import_numbers(lines("+14805550001"), actor="x", list_id="nobody")
    stores.dnc.create_list("may", "list")
    stores.dnc.import_numbers(lines("+14805550001"), actor="x", list_id="may")
    assert stores.dnc.find("+14805550001") is None
    assert stores.dnc.find("+14805550001", "may") is not None


def test_whoever_opts_out_while_the_entries_are_written_waits_for_nothing(stores: PostgresStores) -> None:
    """The list's head is taken last, for as long as the chain takes."""
    stores.dnc.record(opt_out("+14805550001"))
    at_once = []

    def progress(stage: str, done: int, total: int) -> None:
        if stage == "written" and done:
            stores.dnc.record(opt_out("+14806660001"))
            at_once.append(stores.dnc.find("+14806660001") is not None)

    done = stores.dnc.import_numbers(lines("+14805550002", "+14805550003"), actor="x", progress=progress)
    assert (done.added, at_once) == (2, [True])
    assert verify_list(stores.database, "default").fault is None


def test_it_is_told_how_far_the_list_has_grown(stores: PostgresStores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dnc_import, "_LISTED_AT_ONCE", 2)
    told = []
    many = lines(*(f"+1480555000{n}" for n in (4, 2, 0, 1, 3)))
    stores.dnc.import_numbers(many, actor="x", progress=lambda *each: told.append(each))
    assert [(done, total) for stage, done, total in told if stage == "written"] == [(0, 5), (2, 5), (4, 5), (5, 5)]
    assert [each.number for each in stores.dnc.export()] == [f"+1480555000{n}" for n in range(5)]
    assert verify_list(stores.database, "default").fault is None


def test_a_run_of_hashes_is_the_hash_of_each_event() -> None:
    event: dict[str, Any] = dict.fromkeys(each.name for each in fields(DncEvent))
    event |= {"list_id": "default", "kind": "opt_out", "source": "import", "actor": 'a"b\\c'}
    event |= {"pressed_at": AT, "effective_at": AT, "honour_by": AT, "recorded_at": AT}
    varying: dict[str, Any] = {"event_id": "e_1", "number": "+1", "number_raw": '("\\\t\u2028'}
    varying |= {"previous_hash": "0" * 64, "seq": 7}
    event |= varying
    assert ChainRun(event).hash(**varying) == chain_hash(event)
