"""How far a page moves while it loads and while it lives: Chromium's layout shifts, summed as in CLS."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Page

# Above it people notice; "good" for CLS is below 0.1.
MOST = 0.02
_QUIET_MS = 500

_WATCH = """
window.digitreeShifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (entry.hadRecentInput) continue;
    const what = entry.sources.map(({ node, previousRect, currentRect }) => {
      const text = (node?.outerHTML ?? node?.textContent ?? "gone").slice(0, 90);
      return `${text} ${Math.round(previousRect.y)} -> ${Math.round(currentRect.y)}`;
    });
    window.digitreeShifts.push({ at: entry.startTime, value: entry.value, what });
  }
}).observe({ type: "layout-shift", buffered: true });
"""
# Nothing was fetched for a while; a stream of events has no end and is not waited for.
_IS_QUIET = """(quiet) => {
  const ends = performance.getEntriesByType("resource").map((each) => each.responseEnd);
  return document.readyState === "complete" && performance.now() - Math.max(0, ...ends) > quiet;
}"""


@dataclass(frozen=True)
class Shifts:
    """`total`: the largest sum of a session (gaps below 1 s, at most 5 s); `what` moved."""

    total: float
    what: list[str]


def watch_shifts(context: BrowserContext) -> None:
    """Before the first page of this context."""
    context.add_init_script(_WATCH)


def wait_until_quiet(page: Page) -> None:
    page.wait_for_function(_IS_QUIET, arg=_QUIET_MS)


def shifts_of(page: Page) -> Shifts:
    """Of the page as it is now, since it was opened."""
    found = page.evaluate("window.digitreeShifts")
    worst, sum_, began, last = 0.0, 0.0, float("-inf"), float("-inf")
    for each in found:
        if each["at"] - last >= 1000 or each["at"] - began >= 5000:
            sum_, began = 0.0, each["at"]
        sum_, last = sum_ + each["value"], each["at"]
        worst = max(worst, sum_)
    return Shifts(worst, [f"{each['value']:.4f}: {text}" for each in found for text in each["what"]])
