"""An import of a million numbers, and how long others who write to the same list wait meanwhile.

    python -m benchmarks.dnc_import [NUMBERS]

Beside it somebody opts out by hand every 50 ms, each time another number that is not in the file. Into an embedded
Postgres of its own, with fsync, removed at the end.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO

from benchmarks.fill import caller
from ivr.domain.call_records import new_id, utc_now
from ivr.domain.dnc.events import OptOut
from ivr.domain.dnc.import_file import NumberFile
from ivr.domain.numbers import E164
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.dnc import PostgresDnc
from ivr.storage.postgres.migrate import upgrade
from launcher.embedded.postgres import embedded_postgres, owner_url

NUMBERS = 1_000_000
_EVERY_S = 0.05


def write_numbers(file: IO[bytes], count: int) -> None:
    file.write(b"number\n")
    file.writelines(f"{caller(n)}\n".encode() for n in range(count))


def opt_out_meanwhile(url: str, over: threading.Event, waits_s: list[float]) -> None:
    database = Database(url, budget_s=600)
    store, n = PostgresDnc(database), 0
    while not over.is_set():
        n += 1
        number = E164(f"+1{3_020_000_000 + n}")
        began = time.monotonic()
        store.record(OptOut(new_id("event"), number, number, "api", utc_now(), actor="bench"))
        waits_s.append(time.monotonic() - began)
        over.wait(_EVERY_S)
    database.close()


def main(count: int = NUMBERS) -> None:
    with (
        TemporaryDirectory(prefix="digitree-import-") as folder,
        TemporaryFile() as file,
        embedded_postgres(Path(folder) / "pg") as url,
    ):
        write_numbers(file, count)
        upgrade(url, owner_url(Path(folder) / "pg"))
        database, over, waits_s = Database(url), threading.Event(), list[float]()
        other = threading.Thread(target=opt_out_meanwhile, args=(url, over, waits_s))
        other.start()
        seen: dict[str, float] = {}

        def progress(stage: str, _done: int, _total: int) -> None:
            seen.setdefault(stage, time.monotonic())

        began = time.monotonic()
        try:
            imported = PostgresDnc(database).import_numbers(
                NumberFile(file),
                actor="bench",
                progress=progress,
            )
            took_s = time.monotonic() - began
        finally:
            over.set()
            other.join()
            database.close()
        print(f"peak memory of this process {getrusage(RUSAGE_SELF).ru_maxrss // 1024} MB")
        print(f"{imported.added} numbers in {took_s:.1f} s ({imported.added / took_s:.0f}/s)")
        for stage, at in seen.items():
            print(f"  {stage:8} from {at - began:6.1f} s")
        waits_s.sort()
        print(f"{len(waits_s)} opt-outs by hand meanwhile: median {waits_s[len(waits_s) // 2] * 1000:.1f} ms,")
        print(f"longest {waits_s[-1]:.1f} s, the next {waits_s[-2]:.2f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
