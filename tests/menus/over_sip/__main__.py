"""`python -m tests.menus.over_sip [--switch devswitch] [--write FILE] [M15 M01-2 ...]`: plays the scripts as real
calls on FreeSWITCH and on the development switch, and prints what came of each."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from ivr.settings import Settings
from launcher.freeswitch import find_freeswitch
from sipp_scenarios.target import own_target
from tests.menus.over_sip.play import Result, play_all
from tests.menus.over_sip.product import SETTINGS, furnished
from tests.menus.over_sip.table import summary, write_results
from tests.menus.runner import WrittenMenu, read_menus
from tests.ports import free_addresses

SWITCHES = ("freeswitch", "devswitch")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.menus.over_sip", description=__doc__)
    parser.add_argument("--switch", choices=SWITCHES, action="append", help="these alone")
    parser.add_argument("--write", metavar="FILE", type=Path, help="a page of Markdown whose results are replaced")
    parser.add_argument("only", nargs="*", help="menus, such as M15, or scripts, such as M15-2")
    options = parser.parse_args(arguments)
    menus = [
        menu
        for menu in read_menus()
        if not options.only or any(each.split("-")[0] == menu.number for each in options.only)
    ]
    played: dict[str, list[Result]] = {}
    with TemporaryDirectory(prefix="scripts-") as prompts:
        for switch in options.switch or SWITCHES:
            began_s = time.monotonic()
            played[switch] = _play(switch, menus, options.only, Path(prompts) / "prompts")
            print(f"{switch}: {summary(played[switch])}; {(time.monotonic() - began_s) / 60:.1f} minutes", flush=True)
    if options.write:
        write_results(options.write, menus, played)
    return int(any(each.faults or each.reason for results in played.values() for each in results))


def _play(switch: str, menus: Sequence[WrittenMenu], only: Sequence[str], prompts: Path) -> list[Result]:
    """`prompts`: those that were spoken on the switch before, which are the same."""
    program = find_freeswitch(Settings()) if switch == "freeswitch" else None
    if switch == "freeswitch" and program is None:
        reason = "no FreeSWITCH on this machine"
        scripts = [(menu, at) for menu in menus for at in range(len(menu.scripts))]
        return [Result(menu.number, at, menu.scripts[at]["name"], [], reason=reason) for menu, at in scripts]
    results = []
    with TemporaryDirectory(prefix="scripts-") as name:
        directory = Path(name)
        home = directory / "home" / "prompts"
        if prompts.exists():
            home.parent.mkdir(mode=0o700)
            shutil.copytree(prompts, home)
        with own_target(program, directory, SETTINGS, free_addresses) as target:
            with furnished(switch, target, directory) as product:
                for each in play_all(product, menus, only):
                    results.append(each)
                    print(
                        f"{switch:<11} {each.word:<7} {each.menu}-{each.at} {each.name} ({each.seconds:.0f} s)",
                        flush=True,
                    )
                    for fault in each.faults:
                        print(f"{'':<20}{fault}", flush=True)
            shutil.copytree(home, prompts, dirs_exist_ok=True)
    return sorted(results, key=lambda each: (each.menu, each.at))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
