"""The journal: what was appended survives the process, what was synced survives the machine, and a torn or rotten
record costs itself alone."""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.domain.errors import StorageUnavailable
from ivr.storage.disk import journal as journal_module
from ivr.storage.disk.journal import GroupCommit, Journal, machine_name, make_writer_name
from ivr.storage.disk.segments import (
    Damage,
    Record,
    decode_record,
    encode_record,
    is_held,
    read_segment,
    segments,
)
from tests.helpers import wait_until

DOCUMENT = {"event_id": "optout_1", "number": "+14805551234"}


# With the half characters that percent-decoding of a caller's bytes can leave.
ANY_TEXT = st.text(st.characters(categories=None), max_size=12)
VALUES = st.recursive(
    st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)


def records_of(directory: Path) -> list[Record]:
    found = []
    for segment in segments(directory):
        for each, _ in read_segment(segment.path)[0]:
            assert isinstance(each, Record)
            found.append(each)
    return found


def numbers_of(directory: Path) -> list[int]:
    return [each.document["n"] for each in records_of(directory)]


class TestRecords:
    @given(st.dictionaries(ANY_TEXT, VALUES), st.integers(0, 2**45))
    def test_a_record_is_one_line_and_comes_back_as_it_was(self, document: dict[str, Any], at: int) -> None:
        line = encode_record("opt_out", document, at)
        assert line.endswith(b"\n")
        assert line.count(b"\n") == 1
        assert decode_record(line[:-1]) == Record("opt_out", at, document)

    @given(st.integers(0, 200), st.integers(0, 7))
    def test_one_flipped_bit_anywhere_is_noticed(self, place: int, bit: int) -> None:
        line = bytearray(encode_record("opt_out", DOCUMENT, 1)[:-1])
        place %= len(line)
        line[place] ^= 1 << bit
        damaged = decode_record(bytes(line))
        # Hexadecimal digits may change case and mean the same.
        assert damaged is None or damaged == Record("opt_out", 1, DOCUMENT)

    @given(st.binary(max_size=60))
    def test_garbage_is_no_record(self, garbage: bytes) -> None:
        assert decode_record(garbage) is None

    def test_what_json_cannot_hold_is_refused_before_anything_is_written(self, tmp_path: Path) -> None:
        journal = Journal(tmp_path, "w")
        with pytest.raises(TypeError):
            journal.append("opt_out", {"a": object()})
        journal.append("opt_out", {"n": 1})
        assert numbers_of(tmp_path) == [1]


class TestTornTails:
    WHOLE = b"".join(encode_record("opt_out", {"n": n, "text": "é" * n}, n) for n in range(5))

    @settings(max_examples=200)
    @given(st.integers(0, len(WHOLE)))
    def test_cut_off_at_any_byte_every_whole_record_before_is_there(
        self, tmp_path_factory: pytest.TempPathFactory, cut: int
    ) -> None:
        path = tmp_path_factory.getbasetemp() / "torn.log"
        path.write_bytes(self.WHOLE[:cut])
        found, end = read_segment(path)
        assert [each.document["n"] for each, _ in found if isinstance(each, Record)] == list(
            range(self.WHOLE[:cut].count(b"\n"))
        )
        assert end == self.WHOLE[:cut].rfind(b"\n") + 1
        # The writer goes on: reading on from there misses nothing and repeats nothing.
        path.write_bytes(self.WHOLE)
        rest, last = read_segment(path, end)
        assert last == len(self.WHOLE)
        assert len(found) + len(rest) == 5

    @settings(max_examples=200)
    @given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=80))
    def test_overwritten_anywhere_only_the_lines_hit_are_lost(
        self, tmp_path_factory: pytest.TempPathFactory, place: int, garbage: bytes
    ) -> None:
        damaged = self.WHOLE[:place] + garbage + self.WHOLE[place + len(garbage) :]
        path = tmp_path_factory.getbasetemp() / "rotten.log"
        path.write_bytes(damaged)
        found, _ = read_segment(path)
        survivors = [each for each, _ in found if isinstance(each, Record)]
        hit_to = place + len(garbage)
        start = 0
        for n, line in enumerate(self.WHOLE.splitlines(keepends=True)):
            if start + len(line) <= place or start >= hit_to + 1:
                assert n in [each.document["n"] for each in survivors]
            start += len(line)
        for each in survivors:
            assert encode_record(each.kind, each.document, each.at_ms) in self.WHOLE or each.at_ms not in range(5)

    def test_every_line_read_says_where_it_ends(self, tmp_path: Path) -> None:
        path = tmp_path / "x.log"
        path.write_bytes(self.WHOLE[:-1] + b"x\nrotten\n")
        found, end = read_segment(path)
        assert [type(each) for each, _ in found] == [Record] * 4 + [Damage] * 2
        assert found[-1][1] == end == path.stat().st_size
        for _, position in found:
            assert path.read_bytes()[position - 1 : position] == b"\n"


class TestSegments:
    def test_a_segment_is_held_while_it_may_grow_and_free_when_it_was_left_and_synced(self, tmp_path: Path) -> None:
        journal = Journal(tmp_path, "w", segment_bytes=150)
        for n in range(8):
            journal.append("opt_out", {"n": n})
        journal.sync()
        found = segments(tmp_path)
        assert len(found) > 2
        assert [is_held(each.path) for each in found] == [False] * (len(found) - 1) + [True]
        assert numbers_of(tmp_path) == list(range(8))
        journal.close()
        assert not is_held(found[-1].path)

    def test_an_old_segment_is_left_for_a_new_one_with_the_next_record(self, tmp_path: Path) -> None:
        journal = Journal(tmp_path, "w", segment_age_s=0.0)
        journal.append("opt_out", {"n": 1})
        journal.append("opt_out", {"n": 2})
        assert [each.seq for each in segments(tmp_path)] == [1, 2]

    def test_no_segment_is_there_before_the_first_record(self, tmp_path: Path) -> None:
        Journal(tmp_path / "journal", "w").sync()
        assert segments(tmp_path / "journal") == []

    def test_nobody_ever_sees_a_segment_that_is_not_held_by_its_living_writer(self, tmp_path: Path) -> None:
        journal = Journal(tmp_path, "w", segment_bytes=1)
        seen_free: list[str] = []
        done = threading.Event()

        def watch() -> None:
            while not done.is_set():
                newest = max(segments(tmp_path), key=lambda each: each.seq, default=None)
                # Asked in this order: the newest may be left between the two questions.
                if newest and not is_held(newest.path) and newest == max(segments(tmp_path), key=lambda e: e.seq):
                    seen_free.append(newest.path.name)

        watcher = threading.Thread(target=watch)
        watcher.start()
        for n in range(300):
            journal.append("opt_out", {"n": n})
        done.set()
        watcher.join()
        assert seen_free == []
        assert numbers_of(tmp_path) == list(range(300))

    def test_records_of_many_threads_are_all_there_and_whole(self, tmp_path: Path) -> None:
        journal = Journal(tmp_path, "w", segment_bytes=2000)

        def write(thread: int) -> None:
            for n in range(100):
                journal.append("opt_out", {"n": thread * 100 + n})

        threads = [threading.Thread(target=write, args=(thread,)) for thread in range(8)]
        for thread in threads:
            thread.start()
        for _ in range(50):
            journal.sync()
        for thread in threads:
            thread.join()
        journal.close()
        assert sorted(numbers_of(tmp_path)) == list(range(800))

    def test_files_that_are_no_segments_are_left_alone(self, tmp_path: Path) -> None:
        for name in (".w-00000001.log.new", "w-1.log", "notes.txt", "w-00000001.log.gz", "a b-00000001.log"):
            (tmp_path / name).write_bytes(b"x")
        assert segments(tmp_path) == []

    @pytest.mark.parametrize("name", ["", "a/b", "..\n", "a b", "x" * 101])
    def test_a_writer_needs_a_plain_name(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(ValueError, match="cannot name"):
            Journal(tmp_path, name)

    def test_a_writers_name_is_its_own_and_tells_the_machine(self) -> None:
        names = {make_writer_name("esl") for _ in range(100)}
        assert len(names) == 100
        assert all(f"-{machine_name()}-{os.getpid()}-" in name for name in names)


class TestKilled:
    CODE = """
import sys
from pathlib import Path
from ivr.storage.disk.journal import Journal
journal = Journal(Path(sys.argv[1]), "w", segment_bytes=2000)
n = 0
while True:
    journal.append("opt_out", {"n": n})
    print(n, flush=True)
    n += 1
"""

    def test_what_was_appended_by_a_process_killed_before_any_sync_is_there(self, tmp_path: Path) -> None:
        child = subprocess.Popen([sys.executable, "-c", self.CODE, str(tmp_path)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        told = -1
        while told < 200:
            told = int(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        child.wait()
        told = max([told, *map(int, child.stdout.read().split())])
        child.stdout.close()
        found = numbers_of(tmp_path)
        assert found == list(range(len(found)))
        assert len(found) in (told + 1, told + 2)
        assert not any(is_held(each.path) for each in segments(tmp_path))


class TestFullDisk:
    def limited(self, tmp_path: Path, size: int, code: str) -> str:
        """Runs code in a process that may write files of `size` bytes at most."""

        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        head = (
            "import sys, json\nfrom pathlib import Path\nfrom ivr.storage.disk.journal import *\n"
            "from ivr.domain.errors import StorageUnavailable\ndirectory = Path(sys.argv[1])\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", head + code, str(tmp_path)],
            preexec_fn=limit,
            stdout=subprocess.PIPE,
            check=True,
            timeout=60,
        )
        return done.stdout.decode()

    @pytest.mark.parametrize("size", [0, 1, 90, 150, 151, 152, 153, 154, 155, 500, 1000])
    def test_a_record_that_does_not_fit_is_refused_whole(self, tmp_path: Path, size: int) -> None:
        taken = self.limited(
            tmp_path,
            size,
            """
journal = Journal(directory, "w")
taken = []
for n in range(30):
    try:
        journal.append("opt_out", {"n": n, "text": "x" * (n % 7) * 10})
        taken.append(n)
    except StorageUnavailable:
        pass
journal.sync()
print(json.dumps(taken))
""",
        )
        assert numbers_of(tmp_path) == json.loads(taken)
        for segment in segments(tmp_path):
            data = segment.path.read_bytes()
            assert data == b"" or data.endswith(b"\n")

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a tmpfs")
    def test_on_a_full_file_system_it_says_so_and_goes_on_when_there_is_room(self, tmp_path: Path) -> None:
        directory = tmp_path / "full"
        directory.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(directory)], check=False)
        if mounted.returncode != 0:
            pytest.skip("no tmpfs can be mounted here")
        try:
            journal = Journal(directory, "w")
            taken: list[int] = []

            def fill() -> None:
                while len(taken) < 10_000:
                    journal.append("opt_out", {"n": len(taken), "text": "x" * 100})
                    taken.append(len(taken))

            with pytest.raises(StorageUnavailable, match="No space"):
                fill()
            assert len(taken) > 100
            with pytest.raises(StorageUnavailable):
                journal.append("opt_out", {"n": -1, "text": "x" * 1000})
            assert numbers_of(directory) == taken
            for segment in segments(directory):
                segment.path.write_bytes(b"")  # as if the keeper had made room
            journal.append("opt_out", {"n": 77})
            journal.sync()
            journal.close()
        finally:
            subprocess.run(["umount", str(directory)], check=True)

    def test_a_directory_that_cannot_be_made_is_unavailable(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(StorageUnavailable):
            Journal(tmp_path / "file" / "journal", "w").append("opt_out", {})


class FailingDisk:
    """os.fsync that fails while told to, lasts until `busy_until` when that is given, and counts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fails = False
        self.count = 0
        self.busy_until: threading.Event | None = None
        self.real = os.fsync
        monkeypatch.setattr(journal_module.os, "fsync", self)

    def __call__(self, fd: int) -> None:
        self.count += 1
        if self.busy_until:
            self.busy_until.wait(20)
        if self.fails:
            raise OSError(errno.EIO, "Input/output error")
        self.real(fd)


class TestSync:
    @pytest.fixture
    def disk(self, monkeypatch: pytest.MonkeyPatch) -> FailingDisk:
        return FailingDisk(monkeypatch)

    def test_a_record_is_durable_after_a_sync_that_began_after_it(self, tmp_path: Path, disk: FailingDisk) -> None:
        journal = Journal(tmp_path, "w")
        number = journal.append("opt_out", {"n": 1})
        assert not journal.is_durable(number)
        journal.sync()
        assert journal.is_durable(number)
        assert disk.count == 2  # the file, and the directory that has its name
        journal.append("opt_out", {"n": 2})
        journal.sync()
        assert disk.count == 3

    def test_a_record_whose_sync_failed_is_never_called_durable_though_the_next_sync_succeeds(
        self, tmp_path: Path, disk: FailingDisk
    ) -> None:
        journal = Journal(tmp_path, "w")
        good = journal.append("opt_out", {"n": 1})
        journal.sync()
        lost = journal.append("opt_out", {"n": 2})
        disk.fails = True
        with pytest.raises(StorageUnavailable):
            journal.sync()
        disk.fails = False
        after = journal.append("opt_out", {"n": 3})
        journal.sync()
        assert journal.is_durable(good)
        assert journal.is_durable(after)
        with pytest.raises(StorageUnavailable):
            journal.is_durable(lost)
        assert len(segments(tmp_path)) == 2

    def test_left_segments_are_synced_too(self, tmp_path: Path, disk: FailingDisk) -> None:
        journal = Journal(tmp_path, "w", segment_bytes=1)
        for n in range(4):
            number = journal.append("opt_out", {"n": n})
        journal.sync()
        assert journal.is_durable(number)
        assert disk.count == 5

    def test_a_segment_left_at_the_very_moment_of_a_sync_is_synced_too(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        journal = Journal(tmp_path, "w", segment_bytes=1)
        synced: set[int] = set()
        monkeypatch.setattr(journal_module.os, "fsync", lambda fd: synced.add(os.fstat(fd).st_ino))

        class LeftMeanwhile(deque[int]):
            """Found empty once, and not empty right after."""

            told = False

            def __bool__(self) -> bool:
                empty = len(self) == 0
                if empty and not self.told:
                    self.told = True
                    journal.append("opt_out", {"n": 2})
                return not empty

        journal._sealed = LeftMeanwhile()
        number = journal.append("opt_out", {"n": 1})
        journal.sync()
        assert journal.is_durable(number)
        assert segments(tmp_path)[0].path.stat().st_ino in synced

    def test_all_who_wait_at_the_same_time_share_an_fsync(self, tmp_path: Path, disk: FailingDisk) -> None:
        journal = Journal(tmp_path, "w")
        commit = GroupCommit(journal)
        journal.append("opt_out", {"n": -1})
        journal.sync()
        disk.count, disk.busy_until = 0, threading.Event()
        durable = []

        def opt_out(number: int) -> None:
            commit.wait(number, 20)
            durable.append(journal.is_durable(number))

        threads = []
        for n in range(30):
            threads.append(threading.Thread(target=opt_out, args=(journal.append("opt_out", {"n": n}),)))
            threads[-1].start()
        wait_until(lambda: disk.count, 20, "the first fsync")
        disk.busy_until.set()
        for thread in threads:
            thread.join()
        assert durable == [True] * 30
        assert disk.count <= 2

    def test_a_disk_that_hangs_costs_the_wait_and_no_more(self, tmp_path: Path, disk: FailingDisk) -> None:
        journal = Journal(tmp_path, "w")
        commit = GroupCommit(journal)
        number = journal.append("opt_out", {"n": 1})
        disk.busy_until = threading.Event()
        first = threading.Thread(target=commit.wait, args=(number, 20))
        first.start()
        wait_until(lambda: disk.count, 20, "the first fsync")
        with pytest.raises(StorageUnavailable):
            commit.wait(number, 0.1)
        assert first.is_alive(), "the disk hangs yet"
        disk.busy_until.set()
        first.join()

    def test_while_an_fsync_that_nobody_waits_for_is_under_way_no_other_one_claims_anything(
        self, tmp_path: Path, disk: FailingDisk
    ) -> None:
        journal = Journal(tmp_path, "w", segment_bytes=1)
        first = journal.append("opt_out", {"n": 1})
        journal.append("opt_out", {"n": 2})  # the first is in a segment that was left
        disk.busy_until = threading.Event()
        forgotten = threading.Thread(target=journal.sync)
        forgotten.start()
        wait_until(lambda: disk.count, 20, "the first fsync")
        with pytest.raises(StorageUnavailable, match="busy"):
            journal.sync()
        assert not journal.is_durable(first)
        disk.busy_until.set()
        forgotten.join()
        assert journal.is_durable(first)

    def test_a_thread_pool_that_gives_up_counts_as_a_failure(self, tmp_path: Path) -> None:
        def give_up(_work: object) -> None:
            raise TimeoutError

        journal = Journal(tmp_path, "w")
        commit = GroupCommit(journal, give_up)
        with pytest.raises(StorageUnavailable):
            commit.wait(journal.append("opt_out", {"n": 1}))


def test_an_opt_out_under_gevent_holds_up_no_greenlet_while_the_disk_works(tmp_path: Path) -> None:
    """The disk takes until others have had twenty turns: were they held up, it would never end."""
    code = """
import gevent.monkey; gevent.monkey.patch_all()
import sys, os, gevent
from pathlib import Path
from ivr.storage.disk import journal as module
from ivr.storage.disk.journal import GroupCommit, Journal
real, syncs, (ear, mouth) = os.fsync, 0, os.pipe()
def slow(fd):
    global syncs
    syncs += 1
    os.read(ear, 1)
    real(fd)
module.os.fsync = slow
journal = Journal(Path(sys.argv[1]), "w")
commit = GroupCommit(journal, lambda work: gevent.get_hub().threadpool.apply(work))
def opt_out(n):
    commit.wait(journal.append("opt_out", {"n": n}), 20)
waiting = [gevent.spawn(opt_out, n) for n in range(200)]
let_go = 0
while not all(each.ready() for each in waiting):
    for _ in range(20):
        gevent.sleep(0.001)
    if syncs > let_go:
        let_go += 1
        os.write(mouth, b".")
gevent.joinall(waiting, raise_error=True)
assert syncs <= 4, syncs
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=60)
    assert sorted(numbers_of(tmp_path)) == list(range(200))
