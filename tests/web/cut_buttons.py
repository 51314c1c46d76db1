"""Which buttons of a page are cut off at a width: their text is longer than they are, or something clips them."""

from __future__ import annotations

from playwright.sync_api import Page

WIDTHS = (320, 375, 768, 1280)
_CUT = """() => [...document.querySelectorAll("button, .button, input[type=submit], summary")].filter((each) => {
  if (!each.checkVisibility() || each.closest(".unseen")) return false;
  if (each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 2) return true;
  const box = each.getBoundingClientRect(), text = document.createRange();
  text.selectNodeContents(each);
  if (text.getBoundingClientRect().width > box.width + 1 && !each.querySelector(".unseen")) return true;
  for (let around = each.parentElement; around && around !== document.body; around = around.parentElement) {
    const { overflowX } = getComputedStyle(around), edge = around.getBoundingClientRect();
    if (overflowX !== "visible" && overflowX !== "hidden" && overflowX !== "clip") return false;
    if (overflowX !== "visible" && (box.right > edge.right + 1 || box.left < edge.left - 1)) return true;
  }
  return box.right > innerWidth + 1 || box.left < -1;
}).map((each) => each.innerText.trim() || each.ariaLabel || each.outerHTML)"""


def cut_buttons(page: Page) -> list[tuple[int, str]]:
    """Each with the width at which it is cut; what scrolls within itself cuts nothing."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        found += [(width, text) for text in page.evaluate(_CUT)]
    return found
