"""Write `src/kinds.generated.ts`: the server's table of node kinds, for the editor.

Run with the product's own Python after a change of `ivr/domain/menu/kinds.py` (`make editor` does it).
"""

from __future__ import annotations

import json
from pathlib import Path

from ivr.domain.menu.kinds import describe_kinds

TARGET = Path(__file__).parent / "src" / "kinds.generated.ts"
_HEAD = """\
// Made by generate_kinds.py of ivr/domain/menu/kinds.py: change the table there, then run `make editor`.

import type { KindTable } from './kinds'

export const TABLE: KindTable = """


def render() -> str:
    return _HEAD + json.dumps(describe_kinds(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
