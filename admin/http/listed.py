"""Lists on pages: sorted by their headings, read back and forth, and changed many entries at once.

A page reads its list by `read_list` and shows it with the macros of `lists.html`. What can be done with several
entries is a table of `BulkAction`: the buttons over the list send the chosen entries, which are asked about once by
their names; then each is done by itself, as the API does it, and what was refused is said with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response

from admin.http.language import later, t
from admin.http.page import ROOT, Page
from admin.http.problems import ApiError
from ivr.ports.bin import BinStore

# Of all lists: those chosen are on one page of it.
MAX_CHOSEN = 200


def read_list(page: Page, operation: str, *filters: str, limit: int = 50, **query: Any) -> dict[str, Any]:
    """The page of the list that the address names: its `sort`, `cursor` and `filters`. `at` is the place of its first
    entry in the whole list, as far as the links there tell."""
    given = {name: page.args.get(name) for name in (*filters, "sort", "cursor")}
    found: dict[str, Any] = page.api(operation, query={"limit": str(limit), "total": "true", **given, **query})
    return {**found, "at": place_of(page), "limit": limit}


def place_of(page: Page) -> int:
    """The place of the first entry of the page that is shown."""
    at = page.args.get("at", "")
    return int(at) if page.args.get("cursor") and at.isascii() and at.isdigit() and 0 < len(at) < 10 else 1


def binned_id(page: Page, subject: str) -> str | None:
    """Of what was deleted last under this id or name: its id in the bin."""
    entry = page.service(BinStore).find_last(subject)
    return entry.bin_id if entry else None


def undo_of(page: Page, subject: str) -> str:
    """The path that restores what was just deleted, for `Page.redirect`."""
    bin_id = binned_id(page, subject)
    return f"/bin/{bin_id}/restore" if bin_id else ""


@dataclass(frozen=True)
class BulkAction:
    """`ask` and `done` say it of so many entries. `act` does it for one and returns its id in the bin where it
    is there now; it raises ApiError. `force`: the label of a box that is to be ticked for what would be refused
    otherwise, and sent as the field `force`. `fields` of the form are kept while it is asked."""

    ask: Callable[[int], str]
    done: Callable[[int], str]
    act: Callable[[Page, str], str | None]
    button: Callable[[], str]
    danger: bool = False
    force: Callable[[], str] | None = None
    fields: Sequence[str] = ()


# What people read of the refusals that they can do something about.
_WHY = {
    "dids_bound": later("It has numbers: tick the box when you delete it, or release them first."),
    "agent_in_use": later("Menus name it: tick the box when you delete it, or take it out of them first."),
    "agent_taken": later("Another agent has its name by now."),
}


@dataclass(frozen=True)
class Refused:
    """`english`: the sentence is the API's own."""

    name: str
    why: str
    english: bool


def run_bulk(page: Page, actions: Mapping[str, BulkAction], path: str, names: Callable[[str], str]) -> Response:
    """Ask about what was chosen on the list at `path`, or do it. `names` says an entry's name for people."""
    chosen = list(dict.fromkeys(page.form_list("chosen")))[:MAX_CHOSEN]
    name = page.form.get("do", "")
    action = actions.get(name)
    back = _back(page, path)
    if action is None or not chosen:
        return page.redirect(back.removeprefix(ROOT), t("Nothing was chosen."))
    kept = {field: page.form.get(field, "") for field in ("back", *action.fields)}
    if page.form.get("sure") != "yes":
        entries = [(each, names(each)) for each in chosen]
        return page.render("bulk_ask.html", entries=entries, action=action, do=name, back=back, kept=kept, path=path)
    done: list[str] = []
    undo: list[str] = []
    refused: list[Refused] = []
    for each in chosen:
        shown = names(each)
        try:
            binned = action.act(page, each)
        except ApiError as error:
            why = _WHY.get(error.code)
            refused.append(Refused(shown, t(why) if why else error.detail, why is None))
            continue
        done.append(shown)
        if binned:
            undo.append(binned)
    said = action.done(len(done)) if done else ""
    if not refused and not undo:
        return page.redirect(back.removeprefix(ROOT), said)
    return page.render("bulk_done.html", said=said, done=done, undo=undo, refused=refused, back=back)


def _back(page: Page, path: str) -> str:
    """The list as it was left, or from its beginning."""
    back = page.form.get("back", "")
    return back if back == ROOT + path or back.startswith(f"{ROOT}{path}?") else ROOT + path
