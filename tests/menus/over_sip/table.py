"""The results as people read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.menus.over_sip.play import Result
from tests.menus.runner import WrittenMenu

_SWITCHES = {"freeswitch": "FreeSWITCH", "devswitch": "development switch"}
_RESULTS = "## Results\n"


def summary(results: Sequence[Result]) -> str:
    right = [each for each in results if each.word == "right"]
    menus = {each.menu for each in results}
    whole = menus - {each.menu for each in results if each.word != "right"}
    return f"{len(whole)} of {len(menus)} menus, {len(right)} of {len(results)} scripts"


def write_results(page: Path, menus: Sequence[WrittenMenu], played: Mapping[str, Sequence[Result]]) -> None:
    """Into a page that says under `Results` nothing else."""
    above = page.read_text(encoding="utf-8").partition(_RESULTS)[0]
    page.write_text(above + _RESULTS + "\n" + "\n".join(_lines(menus, played)) + "\n", encoding="utf-8")


def _lines(menus: Sequence[WrittenMenu], played: Mapping[str, Sequence[Result]]) -> Iterator[str]:
    for switch, results in played.items():
        yield f"- {_SWITCHES[switch]}: {summary(results)}"
    yield ""
    yield f"| menu | script | keys | offline | {' | '.join(_SWITCHES[switch] for switch in played)} |"
    yield "|" + "---|" * (4 + len(played))
    found = {(switch, each.menu, each.at): each for switch, results in played.items() for each in results}
    for menu in menus:
        for at, script in enumerate(menu.scripts):
            of = [found.get((switch, menu.number, at)) for switch in played]
            offline = "right" if not any(each and each.offline for each in of) else "wrong"
            cells = [_cell(each) for each in of]
            yield f"| {menu.number} | {script['name']} | `{script['keys']}` | {offline} | {' | '.join(cells)} |"


def _cell(result: Result | None) -> str:
    if result is None:
        return "not called"
    if result.reason:
        return f"not called: {result.reason}"
    if result.faults:
        return f"wrong: {result.faults[0].splitlines()[-1][:160]}".replace("|", "/")
    return f"right, {result.seconds:.0f} s" + (", called in" if result.called_in else "")
