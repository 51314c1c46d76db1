"""The health of the installation in owners' words: what each check is good for, and what its failure means."""

from __future__ import annotations

from typing import NamedTuple

from admin.health.service import CheckResult
from admin.http.language import later, t


class Part(NamedTuple):
    """`well` and `ill` are sentences: it works; what its failure means and where to look."""

    name: str
    well: str
    ill: str


PARTS: dict[str, Part] = {
    "postgres": Part(
        later("What is saved"),
        later("Menus, calls and settings are saved."),
        later("Nothing can be saved or changed just now. Calls go on."),
    ),
    "redis": Part(
        later("Menus for calls"),
        later("Calls find their menus at once."),
        later("A change reaches calls late. Calls go on with the menus that they know."),
    ),
    "tts": Part(
        later("Voices"),
        later("Texts can be spoken."),
        later("No text can be spoken just now. Calls play what was spoken before."),
    ),
    "esl": Part(
        later("Calls"),
        later("Calls are answered."),
        later("Calls are not answered: the call server does not reply. Start it again, or call for help."),
    ),
    "keeper": Part(
        later("Records of calls"),
        later("Calls appear in lists and reports a moment after they end."),
        later("Calls appear late in lists and reports. Nothing is lost: they wait on the disk."),
    ),
    "prompts": Part(
        later("Prompts"),
        later("Every prompt that comes with this program is there."),
        later("Some prompts that come with this program are not there yet."),
    ),
    "disk": Part(
        later("Room on the disk"),
        later("There is room enough."),
        later("The disk is full or nearly full: make room, or nothing can be saved."),
    ),
    "phone": Part(
        later("Test calls"),
        later("Test calls can be made."),
        later("Test calls and tests of menus do not work just now. Real calls do."),
    ),
    "trunks": Part(
        later("Telephone carriers"),
        later("The carriers can be reached."),
        later("A carrier cannot be reached, or refused us: the page Trunks says why."),
    ),
    "conferences": Part(
        later("Talks of several people"),
        later("Nothing is missing for the menus that there are."),
        later("A menu rings several people into one talk, which this telephone switch cannot do."),
    ),
    "opt_outs": Part(
        later("Opt-outs"),
        later("Every opt-out has its number."),
        later("Some opt-outs came from a withheld number: the page Do not call lists them."),
    ),
    "messages": Part(
        later("Mail and messages"),
        later("All messages of the last day were sent."),
        later("Messages of the last day could not be sent: the page Channels says why."),
    ),
}


class ShownCheck(NamedTuple):
    """`state` is good, warn or bad; `detail` is the check's own text, in English."""

    name: str
    technical: str
    state: str
    said: str
    detail: str
    ms: int


def shown_check(check: CheckResult) -> ShownCheck:
    warns = check.detail.startswith("WARNING: ")
    state = "bad" if not check.ok else "warn" if warns else "good"
    detail = check.detail.removeprefix("WARNING: ")
    part = PARTS.get(check.name)
    if part is None:
        return ShownCheck(check.name.replace("_", " "), check.name, state, detail, detail, check.ms)
    meant = part.ill if state != "good" else part.well
    return ShownCheck(t(part.name), check.name, state, t(meant), detail, check.ms)
