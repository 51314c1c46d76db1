"""Write `src/kinds.generated.ts`: the server's table of node kinds, for the editor.

Run with the product's own Python after a change of `ivr/domain/menu/kinds.py` (`make editor` does it).
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from ivr.domain.menu.kinds import describe_kinds

TARGET = Path(__file__).parent / "src" / "kinds.generated.ts"
_HEAD = """\
// Made by generate_kinds.py of ivr/domain/menu/kinds.py: change the table there, then run `make editor`.

import type { KindTable } from './kinds'
import { t } from './translate.ts'

export const TABLE: KindTable = """


# What people read in the table, in the page's language.
_READ = re.compile(r'("(?:label|hint|if_absent|way_out)": )("(?:[^"\\]|\\.)+")')


def render() -> str:
    table = json.dumps(describe_kinds(), indent=2, ensure_ascii=False)
    return _HEAD + _READ.sub(r"\1t(\2)", table) + "\n"


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
