"""docs/mutants.md keeps what was written into it by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutants.page import BEGIN, END, Mutant, brought_up_to_date, read_reasons, table

PAGE = Path(__file__).parent.parent / "docs" / "mutants.md"
LINE = "a = b | c if d else 1"
LIVES = Mutant("m.x_f__mutmut_1", "pkg/m.py", "survived", (LINE, "a = b | c if d else 2"))
DIED = Mutant("m.xǁKǁf__mutmut_1", "pkg/m.py", "killed")


@pytest.mark.parametrize(
    ("after", "difference"),
    [("a = b | c if d else 2", "1 → 2"), ("a = b | c", "without if d else 1"), ("", "(left out)"),
     ("a = b | c if not d else 1", "not"), ("a = None", "b | c if d else 1 → None")],
)  # fmt: skip
def test_a_survivor_is_shown_by_the_words_that_differ(after: str, difference: str) -> None:
    assert LIVES._replace(change=(LINE, after)).difference == difference


def test_a_reason_stays_while_its_line_of_code_does() -> None:
    page = brought_up_to_date(f"before\n{BEGIN}\n{END}\nafter\n", [LIVES, DIED], "c1")
    reasoned = page.replace("`1 → 2` |  |", "`1 → 2` | it only tunes |")
    assert list(read_reasons(reasoned).values()) == ["it only tunes"]
    another = LIVES._replace(change=(LINE, "a = b | c if not d else 1"))
    again = brought_up_to_date(reasoned, [LIVES, another, DIED], "c2")
    assert "`1 → 2`, `not` | it only tunes |" in again
    assert "commit c2" in again
    assert again.startswith("before\n")
    assert again.endswith("\nafter\n")
    moved = LIVES._replace(change=("a = 1", "a = 2"))
    assert "it only tunes" not in brought_up_to_date(again, [moved], "c3")


def test_what_holds_for_many_is_said_once() -> None:
    alike = [LIVES._replace(change=('x.encode("ascii")', 'x.encode("ASCII")'))] * 3
    page = brought_up_to_date(f"{BEGIN}{END}", alike, "c1")
    assert "- 3 live because the name of an encoding may be written in capitals." in page
    assert "pkg/m.py" not in page


def test_of_a_sample_it_is_said_how_sure_it_is() -> None:
    untried = Mutant("m.x_f__mutmut_2", "pkg/m.py", "not checked")
    *_, folder, _all = table([DIED] * 95 + [LIVES] * 5 + [untried])
    assert folder == "| `pkg` | 101 | 100 | 95 | 95.0% | 88.8% to 97.8% |"
    assert table([DIED, LIVES])[-2] == "| `pkg` | 2 | 2 | 1 | 50.0% |  |"
    assert DIED.function == "K.f"


def test_each_survivor_of_the_page_has_its_reason() -> None:
    unexplained = [line for line, why in read_reasons(PAGE.read_text()).items() if not why]
    assert unexplained == []
