"""The pages as their readers wait for them: with 500 menus, 5,000 numbers, 100,000 calls and 10,000 opt-outs, each
opened in Chromium with an empty cache.

Server time is from the request to the first byte of the answer; paints are counted from the start of the navigation;
a layout shift is the sum as in CLS, while the page loads. Bytes and requests are those that crossed the wire, packed.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import psutil
import psycopg
from playwright.sync_api import Browser, Page, sync_playwright

from admin.http.navigation import NAV, TABS
from benchmarks.fill import (
    DIDS_EACH,
    copy_rows,
    did,
    ivr_id,
    load_calls,
    load_funnel,
    load_menus,
    load_numbers,
    load_usage,
)
from benchmarks.machine import superuser
from benchmarks.stack import Stack, stack
from tests.web.conftest import FLAGS, WIDE
from tests.web.shifts import shifts_of, wait_until_quiet, watch_shifts

MENUS, CALLS, NUMBERS = 500, 100_000, 10_000
BUSY = 3
# Of one page, for its CPU: that is counted in ticks of 10 ms.
_REQUESTS = 10
_PAINTS = """
window.digitreeLargest = 0;
new PerformanceObserver((list) => { for (const each of list.getEntries()) window.digitreeLargest = each.startTime; })
  .observe({ type: "largest-contentful-paint", buffered: true });
"""
_READ = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const all = [page, ...performance.getEntriesByType("resource")];
  return {
    server_ms: page.responseStart - page.requestStart,
    first_ms: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
    largest_ms: window.digitreeLargest,
    kb: all.reduce((sum, each) => sum + each.transferSize, 0) / 1000,
    requests: all.length,
  };
}"""
Say = Callable[[str], None]


class NoChromium(Exception):
    """There is no Chromium on this machine."""


def pages(rounds: int, size: float, say: Say) -> dict[str, Any]:
    """Every page `rounds` times; the median of each figure."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise NoChromium("apt-get install chromium")
    with TemporaryDirectory(prefix="digitree-bench-") as home, stack(Path(home), esl=False) as running:
        loaded = _load(running.database_url, size, say)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
            cookie = _session(running)
            found: dict[str, Any] = {}
            for name, path in _paths(running):
                visits = [_visit(browser, running, cookie, path) for _ in range(rounds)]
                figures = {key: round(median(each[key] for each in visits), 3) for key in visits[0]}
                found[name] = {**figures, "cpu_ms": _cpu_ms(running, cookie, path)}
                say(f"{name}: {found[name]}")
            browser.close()
    return {
        "loaded": loaded,
        "pages": found,
        "dearest_cpu_ms": max(each["cpu_ms"] for each in found.values()),
        "slowest_server_ms": max(each["server_ms"] for each in found.values()),
        "slowest_first_ms": max(each["first_ms"] for each in found.values()),
        "slowest_largest_ms": max(each["largest_ms"] for each in found.values()),
        "largest_shift": max(each["shift"] for each in found.values()),
    }


def _load(url: str, size: float, say: Say) -> dict[str, int]:
    menus, calls, numbers = (max(50, round(full * size)) for full in (MENUS, CALLS, NUMBERS))
    with psycopg.connect(superuser(url), autocommit=True) as connection:
        say("loading")
        load_menus(connection, menus)
        dids = ((did(n), ivr_id(n % menus)) for n in range(menus * DIDS_EACH))
        copy_rows(connection, "did (did, ivr_id)", dids)
        load_numbers(connection, numbers)
        load_calls(connection, calls, menus)
        load_usage(connection)
        load_funnel(connection, 20)
        connection.execute("vacuum analyze")
    return {"menus": menus, "numbers": menus * DIDS_EACH, "calls": calls, "opt-outs": numbers}


def _session(running: Stack) -> dict[str, Any]:
    url = str(running.http.base_url).rstrip("/")
    answer = httpx.post(
        f"{url}/ui/login", data={"key": running.key}, headers={"Origin": url}, trust_env=False, timeout=60
    )
    return {"name": "digitree", "value": answer.cookies["digitree"], "url": url, "httpOnly": True}


def _paths(running: Stack) -> Iterator[tuple[str, str]]:
    """(name, path) of every page of the navigation, of a busy menu's tabs, and of one call."""
    yield from ((each.label, f"/ui{each.path}") for each in NAV)
    yield "Calls, searched by last four digits", "/ui/calls?search=0147"
    yield "Menus, searched", "/ui/menus?search=menu%2042"
    newest = running.http.get("/calls", params={"limit": 1}).raise_for_status().json()["items"][0]
    yield "One call", f"/ui/calls/{newest['id']}"
    yield from ((f"Menu: {label}", f"/ui/menus/{ivr_id(BUSY)}{tail}") for _, label, tail, _ in TABS)


def _visit(browser: Browser, running: Stack, cookie: dict[str, Any], path: str) -> dict[str, float]:
    context = browser.new_context(
        base_url=str(running.http.base_url),
        viewport=WIDE,  # type: ignore[arg-type]
        reduced_motion="reduce",
        timezone_id="America/Phoenix",
    )
    try:
        context.set_default_timeout(60_000)
        zone = {"name": "zone", "value": "America%2FPhoenix", "url": cookie["url"] + "/ui"}
        context.add_cookies([cookie, zone])  # type: ignore[list-item]
        context.add_init_script(_PAINTS)
        watch_shifts(context)
        page: Page = context.new_page()
        answer = page.goto(path)
        if answer is None or answer.status != 200:
            raise RuntimeError(f"{path}: {answer and answer.status}")
        wait_until_quiet(page)
        return {**page.evaluate(_READ), "shift": shifts_of(page).total}
    finally:
        context.close()


def _cpu_ms(running: Stack, cookie: dict[str, Any], path: str) -> float:
    """Of the admin app for one request: the same however busy the machine is."""
    admin = psutil.Process(running.pids["admin"])

    def used() -> float:
        return sum(sum(each.cpu_times()[:2]) for each in (admin, *admin.children(recursive=True)))

    cookies = {cookie["name"]: cookie["value"]}
    with httpx.Client(base_url=cookie["url"], cookies=cookies, trust_env=False, timeout=60) as client:
        before = used()
        for _ in range(_REQUESTS):
            client.get(path).raise_for_status()
        return round(1000 * (used() - before) / _REQUESTS, 1)


def part(results: dict[str, Any]) -> list[str]:
    """The table of RESULTS.md."""
    found = results.get("pages", {}).get("measured")
    if not found:
        return []
    loaded = ", ".join(f"{count:,} {what}" for what, count in found["loaded"].items())
    lines = [
        "## Pages", "", f"In Chromium with an empty cache, over {loaded}.", "",
        "| page | CPU of the admin app | server | first paint | largest paint | layout shift | kB | requests |",
        "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, one in found["pages"].items():
        times = " | ".join(f"{one[key]:.0f} ms" for key in ("cpu_ms", "server_ms", "first_ms", "largest_ms"))
        lines.append(f"| {name} | {times} | {one['shift']:.3f} | {one['kb']:.0f} | {one['requests']:.0f} |")
    return [*lines, ""]
