"""The results as people read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.menus.over_sip.play import Result
from tests.menus.runner import WrittenMenu, read_menus

_OFFLINE = "offline"
_COLUMNS = {_OFFLINE: "offline", "freeswitch": "FreeSWITCH", "devswitch": "development switch"}
_RESULTS = "## Results\n"


def summary(results: Sequence[Result]) -> str:
    right = [each for each in results if each.word == "right"]
    menus = {each.menu for each in results}
    whole = menus - {each.menu for each in results if each.word != "right"}
    return f"{len(whole)} of {len(menus)} menus, {len(right)} of {len(results)} scripts"


def write_results(page: Path, menus: Sequence[WrittenMenu], played: Mapping[str, Sequence[Result]]) -> None:
    """Into a page that says under `Results` nothing else. What was not called now stays as it was."""
    above, _, below = page.read_text(encoding="utf-8").partition(_RESULTS)
    cells = {(number, script): dict(zip(_COLUMNS, row, strict=False)) for number, script, _, *row in _rows(below)}
    found = {(each.menu, each.at): each for results in played.values() for each in results}
    for switch, results in played.items():
        for each in results:
            cells.setdefault((each.menu, each.name), {})[switch] = _cell(each)
    for menu in menus:
        for at, script in enumerate(menu.scripts):
            if (menu.number, at) in found:
                is_wrong = any(each.offline for results in played.values() for each in results
                               if (each.menu, each.at) == (menu.number, at))  # fmt: skip
                cells[menu.number, script["name"]][_OFFLINE] = "wrong" if is_wrong else "right"
    page.write_text(above + _RESULTS + "\n" + "\n".join(_lines(cells)) + "\n", encoding="utf-8")


def _rows(below: str) -> Iterator[list[str]]:
    for line in below.splitlines():
        if line.startswith("| M"):
            yield line.strip("| ").split(" | ")


def _lines(cells: Mapping[tuple[str, str], Mapping[str, str]]) -> Iterator[str]:
    menus = read_menus()
    for column in _COLUMNS:
        right = {each for each, row in cells.items() if row.get(column, "").startswith("right")}
        of_menus = {menu.number: {(menu.number, script["name"]) for script in menu.scripts} for menu in menus}
        whole = sum(scripts <= right for scripts in of_menus.values())
        scripts_of_all = sum(map(len, of_menus.values()))
        yield f"- {_COLUMNS[column]}: {whole} of {len(menus)} menus, {len(right)} of {scripts_of_all} scripts"
    yield ""
    yield f"| menu | script | keys | {' | '.join(_COLUMNS.values())} |"
    yield "|" + "---|" * (3 + len(_COLUMNS))
    for menu in menus:
        for script in menu.scripts:
            row = cells.get((menu.number, script["name"]), {})
            said = " | ".join(row.get(column, "not called") for column in _COLUMNS)
            yield f"| {menu.number} | {script['name']} | `{script['keys']}` | {said} |"


def _cell(result: Result) -> str:
    if result.reason:
        return f"not called: {result.reason}"
    if result.faults:
        return f"wrong: {result.faults[0].splitlines()[-1][:160]}".replace("|", "/")
    return "right, called in" if result.called_in else "right"
