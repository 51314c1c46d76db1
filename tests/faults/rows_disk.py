"""The journal's disk is full, or the whole home's; the machine loses power."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.faults.bench import STARTS_PER_S, Bench
from tests.faults.calling import Call
from tests.faults.scripts import OPT_OUTS
from tests.faults.site import ADMIN, ESL, KEEPER
from tests.faults.verdict import Row, judge
from tests.helpers import wait_until


def journal_full(bench: Bench, row: Row) -> None:
    """Journal's disk full; then Postgres away, too; then Redis, too"""
    site = bench.site
    if not os.path.ismount(site.home / "journal"):
        row.skipped = "no small tmpfs may be mounted here"
        return
    postgres, cache, far = bench.postgres_proxy, bench.redis_proxy, bench.far_redis
    if postgres is None or cache is None or far is None:
        raise ValueError("this row needs stores behind proxies")
    said = len(site.running.lines)
    with kept_full(site.home / "journal"):
        to_postgres = _calls(bench)
        written = len(site.opt_outs([call.number for call in to_postgres]))
        postgres.refuse()
        try:
            to_redis = _calls(bench)
            waiting = int(far.llen("digitree:optouts"))
            cache.refuse()
            to_nobody = _calls(bench)
        finally:
            cache.heal()
            postgres.heal()
    wait_until(lambda: not far.llen("digitree:optouts"), 30, "what waited in Redis is in Postgres", poll_s=0.1)
    judge(row, site, to_postgres, unbroken=True)
    judge(row, site, to_redis, unbroken=True)
    judge(row, site, to_nobody, unbroken=True, opt_out_fails=True)
    for found, calls, where in ((written, to_postgres, "Postgres"), (waiting, to_redis, "Redis")):
        row.check(found == _opting_out(calls), f"{found} of {_opting_out(calls)} were in {where} at once")
    alarms = "\n".join(line for line in site.running.lines[said:] if "OPT-OUT LOST" in line)
    for call in to_nobody:
        if call.script in OPT_OUTS:
            row.check(call.number in alarms, f"no alarm names {call.number}")
            row.check(call.prompts[-1:] == ["trouble"], f"{call.number} heard {call.prompts[-1:]} last")
    row.figures.append(
        f"{written} opt-outs went to Postgres, {waiting} to Redis, {_opting_out(to_nobody)} callers were told"
    )


def home_full(bench: Bench, row: Row) -> None:
    """Home's disk full: database, journal, prompts, everything"""
    site = bench.site
    if not os.path.ismount(site.home.parent):
        row.skipped = "no disk of its own may be mounted here"
        return
    before = {words: site.pids(words) for words in (ADMIN, ESL, KEEPER)}
    with kept_full(site.home.parent):
        calls = _calls(bench)
        answers = {
            "GET /ivr": site.running.api("GET", "/ivr")[0],
            "GET /healthz": site.running.api("GET", "/healthz")[0],
            "GET /metrics": site.running.api("GET", "/metrics")[0],
            "the page": site.running.api("GET", "/ui/login")[0],
        }
        ready, text = site.running.api("GET", "/readyz")
        status, problem = site.write_a_lot()
    row.check(all(each == 200 for each in answers.values()), f"answers: {answers}")
    row.check(ready == 503 and "is full" in str(text), f"/readyz says {ready} {text}")
    row.check(status == 507, f"a write is answered with {status} {problem}")
    row.check(before == {words: site.pids(words) for words in before}, "a process died")
    judge(row, site, calls, unbroken=True, flush_s=90)
    site.wait_ready()
    row.figures.append(f"written meanwhile: {status}; nothing died")


def home_full_ext4(bench: Bench, row: Row) -> None:
    """Home's disk full, on ext4"""
    home_full(bench, row)


def _calls(bench: Bench) -> list[Call]:
    total = bench.live
    load = bench.callers.load(bench.site.did, live=total, total=total, per_s=STARTS_PER_S, speed=bench.speed)
    return bench.callers.wait_over(load)


def _opting_out(calls: list[Call]) -> int:
    return sum(call.script in OPT_OUTS for call in calls)


@contextmanager
def kept_full(directory: Path) -> Iterator[None]:
    """Whatever becomes free is taken again at once."""
    filler, stop = directory / "filler", threading.Event()
    with open(filler, "ab", buffering=0) as out:

        def fill() -> None:
            while True:
                with suppress(OSError):
                    while out.write(bytes(4096)) == 4096:
                        pass
                if stop.wait(0.002):
                    return

        thread = threading.Thread(target=fill)
        thread.start()
        try:
            wait_until(lambda: _free_bytes(directory) == 0, 10, "the disk is full")
            yield
        finally:
            stop.set()
            thread.join()
            filler.unlink()


def _free_bytes(directory: Path) -> int:
    found = os.statvfs(directory)
    return found.f_bavail * found.f_bsize


class Disk:
    """A file system in a file: what it has not written back is gone when the power goes. Where it may not be mounted
    (root may, and not in a container) it is a plain directory, and only the processes die."""

    def __init__(self, image: Path, directory: Path, size: int = 2 << 30) -> None:
        self._image, self._directory, self._size = image, directory, size
        self.real = os.geteuid() == 0 and shutil.which("mkfs.ext4") is not None
        directory.mkdir(parents=True)

    def __enter__(self) -> Disk:
        if self.real:
            with open(self._image, "wb") as file:
                file.truncate(self._size)
            _run("mkfs.ext4", "-q", str(self._image))
            try:
                self._mount()
            except RuntimeError:
                self.real = False
        return self

    def __exit__(self, *_: object) -> None:
        if self.real:
            _run("umount", "--lazy", str(self._directory))

    def lose_power(self) -> None:
        """Back to what was on the disk. Nobody may use it at the moment."""
        if not self.real:
            return
        kept = self._image.with_suffix(".kept")
        # Before the unmounting, which writes everything back.
        _run("cp", "--sparse=always", str(self._image), str(kept))
        # The killed are not all gone the moment they are killed.
        wait_until(lambda: _unmounted(self._directory), 20, "nobody uses the disk any more", poll_s=0.1)
        kept.rename(self._image)
        self._mount()

    def _mount(self) -> None:
        # Only an fsync commits: not the clock.
        _run("mount", "-o", "loop,commit=300", str(self._image), str(self._directory))


def _unmounted(directory: Path) -> bool:
    return subprocess.run(["umount", str(directory)], capture_output=True, check=False, timeout=120).returncode == 0


def _run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)}: {done.stderr.strip()}")


def power_cut(bench: Bench, row: Row) -> None:
    """Power cut right after key 9 was answered, 100 times (10 callers each time)"""
    site, callers, disk = bench.site, bench.callers, bench.disk
    assert disk is not None
    rounds, each = (1, 10) if bench.quick else (10, 10)
    numbers: list[str] = []
    for _ in range(rounds):
        site.start()
        site.make_menu_once()
        callers.take_notes()
        load = callers.load(
            site.did, live=each, total=each, scripts=("opt out",), per_s=1000.0, watch="/opted_out.wav"
        )
        # The first moment of the confirmation: the opt-out was answered.
        notes = callers.wait_notes(each, 60)
        site.kill_everything()
        disk.lose_power()
        callers.wait_over(load)
        numbers += [note["number"] for note in notes]
    site.start()
    wait_until(lambda: len(site.opt_outs(numbers)) >= len(numbers), 30, "every opt-out is in Postgres", poll_s=0.2)
    found = site.opt_outs(numbers)
    row.calls = row.opt_outs_expected = len(set(numbers))
    row.opt_outs_found = len({event["number"] for event in found})
    row.opt_outs_twice = len(found) - row.opt_outs_found
    row.check(row.opt_outs_found == row.opt_outs_expected == rounds * each, "AN OPT-OUT IS LOST")
    row.check(row.opt_outs_twice == 0 and all(event["events"] == 1 for event in found), "an opt-out is there twice")
    row.figures.append("the file system forgot what was not fsynced" if disk.real else "only the processes died")
    site.stop()
