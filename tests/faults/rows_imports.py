"""Files of numbers, whose import is cut off."""

from __future__ import annotations

import http.client
import threading
import urllib.error
import urllib.request
from contextlib import suppress

from tests.faults.bench import Bench
from tests.faults.site import ADMIN, Site
from tests.faults.verdict import Row
from tests.helpers import wait_until
from tests.launcher.running import API_KEY

# As GET /dnc/imports/NAME tells them; each file has numbers of its own.
_STAGES = {"reading": 4_802_000_000, "listing": 6_022_000_000, "chaining": 5_202_000_000}


def kill_admin_in_imports(bench: Bench, row: Row) -> None:
    """SIGKILL the admin app in the middle of an import of numbers"""
    site, count = bench.site, 12_000 if bench.quick else 60_000
    left = []
    with bench.crowd(row, unbroken=True) as crowd:
        for stage, first in _STAGES.items():
            numbers = [f"+1{first + index}" for index in range(count)]
            status = _import_and_kill(site, stage, numbers)
            listed = _listed(site, numbers)
            left.append(listed[0])
            row.check(status in (None, 200), f"the import was answered {status}")
            whole = (count,) if status == 200 else (0, count)
            row.check(listed[0] in whole, f"killed while {stage}, answered {status}: {listed[0]} of {count} listed")
            status = _import(site, f"import-again-after-{stage}", numbers)
            row.check(status == 200, f"sent again after {stage}: {status}")
            listed = _listed(site, numbers)
            row.check(listed == (count, count), f"sent again after {stage}: {listed} numbers and events of {count}")
        bench.wait_new_calls(crowd)
    verified = site.running.digitree("dnc", "verify")
    row.check(verified.returncode == 0, f"the list's chain: {verified.stdout[-500:]}")
    row.figures.append(f"files of {count}, after the kills {left} of them listed, all of them when sent again")


def _import_and_kill(site: Site, stage: str, numbers: list[str]) -> int | None:
    """The admin app is killed when it says that the import is in this stage. The import's status, None for none."""
    name, statuses = f"import-cut-while-{stage}", list[int | None]()
    sending = threading.Thread(target=lambda: statuses.append(_import(site, name, numbers)))
    sending.start()
    wait_until(lambda: statuses or _stage(site, name) == stage, 60, f"the import is {stage}", poll_s=0.005)
    site.wait_replaced(ADMIN, site.kill(ADMIN), 1)
    site.wait_ready()
    sending.join(120)
    return statuses[0]


def _import(site: Site, name: str, numbers: list[str]) -> int | None:
    file = "\n".join(["number", *numbers]).encode()
    request = urllib.request.Request(  # noqa: S310
        f"{site.running.base_url}/dnc/import?name={name}", method="POST", data=file,
        headers={"Authorization": f"Bearer {API_KEY}", "Content-Type": "text/csv"},
    )  # fmt: skip
    try:
        with urllib.request.urlopen(request, timeout=100) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, http.client.HTTPException):
        return None


def _stage(site: Site, name: str) -> str:
    with suppress(OSError, http.client.HTTPException):
        status, found = site.running.api("GET", f"/dnc/imports/{name}")
        return str(found["stage"]) if status == 200 else ""
    return ""


def _listed(site: Site, numbers: list[str]) -> tuple[int, int]:
    """How many of these numbers are listed, and how many events they have."""
    with site.postgres() as connection:
        found = connection.execute(
            "select count(distinct number) as listed, count(*) as events from suppression_event"
            " where number between %s and %s", (numbers[0], numbers[-1]),
        ).fetchone()  # fmt: skip
    assert found is not None
    return found["listed"], found["events"]
