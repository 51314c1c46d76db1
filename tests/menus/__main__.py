"""`python -m tests.menus [M15 ...]`: runs every script of the menus offline, and prints what came of each."""

from gevent import monkey

monkey.patch_all()

import logging  # noqa: E402
import sys  # noqa: E402
from collections.abc import Sequence  # noqa: E402

from tests.menus.runner import Played, WrittenMenu, call_server, play, read_menus  # noqa: E402


def main(wanted: Sequence[str]) -> int:
    logging.disable(logging.CRITICAL)
    menus = [menu for menu in read_menus() if not wanted or menu.number in wanted]
    with call_server() as rig:
        played = [(menu, [play(rig, menu, script) for script in menu.scripts]) for menu in menus]
    for menu, scripts in played:
        print(f"{menu.number}  {menu.about}")
        for each in scripts:
            print(f"     {'FAILED' if each.faults else 'right':<7} {each.keys:<62} {each.name}{_more(each)}")
    print(_sum(played))
    return int(any(each.faults for _, scripts in played for each in scripts))


def _more(played: Played) -> str:
    return "".join(f"\n                   {fault}" for fault in played.faults)


def _sum(played: Sequence[tuple[WrittenMenu, Sequence[Played]]]) -> str:
    scripts = [each for _, of_menu in played for each in of_menu]
    passed = [each for each in scripts if not each.faults]
    menus = sum(not any(each.faults for each in of_menu) for _, of_menu in played)
    return f"\n{menus} of {len(played)} menus, {len(passed)} of {len(scripts)} scripts"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
