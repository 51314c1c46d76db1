"""POST /dnc/import: looked at first, good lines in, bad ones back with a reason, and exports read again."""

from __future__ import annotations

import gzip
import io
from typing import Any

import pytest
from openpyxl import Workbook

from admin.dnc import import_api
from tests.admin.conftest import Api
from tests.domain.test_dnc_import_people import FILES

CSV = {"Content-Type": "text/csv"}
XLSX = {"Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
MIXED = b"Id;Phone;Fax\n1;4805550001.0;602 555 0001\n2;nobody;x\n3;555 0141;\n4;480-555-0002 x12;602 555 0002\n"


def listed(api: Api) -> list[str]:
    return sorted(each["number"] for each in api("GET", "/dnc").json["items"])


def test_good_lines_go_in_and_bad_ones_come_back_with_a_reason(api: Api) -> None:
    done = api("POST", "/dnc/import", MIXED, headers=CSV)
    assert (done.status_code, listed(api)) == (200, ["+14805550001", "+14805550002"])
    assert done.json == {
        "numbers_count": 2, "added": 2, "passed_over": 0, "dry_run": False,
        "bad_count": 2,
        "bad": [
            {"line": 3, "number": "nobody", "reason": "nobody is not a telephone number"},
            {"line": 4, "number": "555 0141", "reason": "555 0141 has 7 digits; a US number has 10"},
        ],
        "understood": {
            "format": "csv", "encoding": "UTF-8", "separator": ";", "heading": True,
            "sheet": None, "sheets": [], "chosen": ["2"],
            "columns": [
                column("Id", False, ["1", "2", "3"], 0),
                column("Phone", True, ["4805550001.0", "nobody", "555 0141"], 2),
                column("Fax", False, ["602 555 0001", "x", "602 555 0002"], 2),
            ],
        },
    }  # fmt: skip


def column(name: str, chosen: bool, samples: list[str], numbers: int) -> dict[str, Any]:
    return {"name": name, "chosen": chosen, "samples": samples, "numbers_count": numbers}


def test_the_bad_lines_come_as_a_csv_that_can_be_put_right_and_imported(api: Api) -> None:
    answer = api("POST", "/dnc/import", MIXED, headers={**CSV, "Accept": "text/csv"})
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert answer.text.splitlines() == [
        "line,number,reason",
        "3,nobody,nobody is not a telephone number",
        "4,555 0141,555 0141 has 7 digits; a US number has 10",
    ]
    counts = [answer.headers[f"Digitree-{name}"] for name in ("Numbers", "Added", "Bad-Lines")]
    assert counts == ["2", "2", "2"]
    corrected = answer.text.replace("3,nobody", "3,480 555 0003").replace("4,555 0141", "4,480 555 0141")
    assert api("POST", "/dnc/import", corrected.encode(), headers=CSV).json["added"] == 2
    assert "+14805550141" in listed(api)


def test_a_dry_run_says_all_of_it_and_writes_nothing(api: Api) -> None:
    api("POST", "/dnc", {"number": "+14805550001"})
    dry = api("POST", "/dnc/import?dry_run=true", MIXED, headers=CSV).json
    assert (dry["numbers_count"], dry["added"], dry["bad_count"], dry["dry_run"]) == (2, 1, 2, True)
    assert listed(api) == ["+14805550001"]
    assert api("POST", "/dnc/import?dry_run=true&list=nobody", MIXED, headers=CSV).json["code"] == "list_not_found"


@pytest.mark.parametrize(("content", "query"), [(b"nobody\n", ""), (MIXED, "&strict=true"), (MIXED, "&column=Id")])
def test_a_dry_run_is_refused_as_the_import_would_be(api: Api, content: bytes, query: str) -> None:
    dry = api("POST", f"/dnc/import?dry_run=true{query}", content, headers=CSV)
    real = api("POST", f"/dnc/import?dry_run=false{query}", content, headers=CSV)
    assert (dry.status_code, dry.json["code"], dry.json["errors"]) == (422, "bad_lines", real.json["errors"])
    assert (real.status_code, listed(api)) == (422, [])


@pytest.mark.parametrize("column", ["Fax", "fax", "3"])
def test_the_column_can_be_chosen(api: Api, column: str) -> None:
    assert api("POST", f"/dnc/import?column={column}", MIXED, headers=CSV).json["added"] == 2
    assert listed(api) == ["+16025550001", "+16025550002"]


def test_all_columns_with_numbers_are_read_and_several_can_be_chosen(api: Api) -> None:
    """A file with several columns of numbers loses none of them."""
    file = b"Name,Home,Work,Mobile\nJoe,480-555-0001,,480-555-0002 / 480-555-0003\nAnn,,555 0004,480-555-0005\n"
    dry = api("POST", "/dnc/import?dry_run=true&column=Home&column=3&column=Home", file, headers=CSV).json
    assert (dry["numbers_count"], dry["understood"]["chosen"]) == (1, ["2", "3"])
    done = api("POST", "/dnc/import", file, headers=CSV).json
    assert (done["numbers_count"], done["added"], done["understood"]["chosen"]) == (4, 4, ["2", "3", "4"])
    assert done["bad"] == [{"line": 3, "number": "555 0004", "reason": "555 0004 has 7 digits; a US number has 10"}]
    assert [each["name"] for each in done["understood"]["columns"] if each["chosen"]] == ["Home", "Work", "Mobile"]
    assert listed(api) == [f"+1480555000{n}" for n in (1, 2, 3, 5)]
    refused = api("POST", "/dnc/import?column=Home&column=Fax", file, headers=CSV)
    assert (refused.status_code, refused.json["code"]) == (422, "column_not_found")
    assert api("POST", "/dnc/import?list=default&list=default", file, headers=CSV).json["code"] == "invalid_request"


def test_lists_of_other_programs_are_read_whole(api: Api) -> None:
    for name, text, numbers, _, bad in FILES:
        done = api("POST", "/dnc/import", text.encode(), headers=CSV).json
        assert (done["numbers_count"], done["bad_count"]) == (len(numbers), len(bad)), name
        assert {f"+1{number}" for number in numbers} <= {*listed(api)}, name


def test_a_file_of_another_kind_is_refused_with_what_it_is(api: Api) -> None:
    packed = api("POST", "/dnc/import", gzip.compress(MIXED), headers=CSV)
    assert (packed.status_code, packed.json["code"]) == (422, "unreadable_file")
    assert packed.json["detail"] == "this is a gzip file; unpack it and send the file that is in it"


def test_a_strict_import_is_all_or_nothing(api: Api) -> None:
    refused = api("POST", "/dnc/import?strict=true", b"+14805550001\nnobody\n12\n", headers=CSV)
    assert (refused.status_code, refused.json["code"]) == (422, "bad_lines")
    assert [each["pointer"] for each in refused.json["errors"]] == ["/2", "/3"]
    assert refused.json["errors"][1]["message"] == "line 3: 12 has 2 digits; a US number has 10"
    assert listed(api) == []
    assert api("POST", "/dnc/import?strict=true", b"+14805550001\n", headers=CSV).json["added"] == 1


@pytest.mark.parametrize(
    ("content", "query", "code"),
    [
        (b"", "", "empty_file"),
        (b"\r\n,,\r\n\x1a", "", "empty_file"),
        (b"Phone\n", "", "empty_file"),
        (b"PK\x03\x04", "", "unreadable_file"),
        (MIXED, "?column=Mobile", "column_not_found"),
        (b"5550141\n", "", "bad_lines"),
        (b"4.80555E+09\n", "", "bad_lines"),
    ],
)
def test_a_file_without_a_number_is_refused_in_words(api: Api, content: bytes, query: str, code: str) -> None:
    refused = api("POST", f"/dnc/import{query}", content, headers=CSV)
    assert (refused.status_code, refused.json["code"]) == (422, code)
    said = " ".join([refused.json["detail"], *(each["message"] for each in refused.json["errors"])])
    assert not set("`^$\\[]{}") & set(said)
    assert listed(api) == []


def test_a_workbook_is_imported(api: Api) -> None:
    book, file = Workbook(), io.BytesIO()
    for row in (("Id", "Cell Phone"), (1, 4805550001), (2, "(480) 555-0002"), (3, "none")):
        book.worksheets[0].append(row)
    book.create_sheet("More").append(["480-555-0003"])
    book.save(file)
    done = api("POST", "/dnc/import", file.getvalue(), headers=XLSX).json
    assert (done["added"], done["bad_count"], done["understood"]["format"]) == (2, 1, "xlsx")
    assert (done["understood"]["separator"], done["understood"]["sheet"]) == (None, "Sheet")
    assert done["understood"]["sheets"] == [
        {"name": "Sheet", "chosen": True, "numbers_count": 2},
        {"name": "More", "chosen": False, "numbers_count": 1},
    ]
    more = api("POST", "/dnc/import?sheet=More", file.getvalue(), headers=XLSX).json
    assert (more["added"], more["understood"]["sheet"]) == (1, "More")
    refused = api("POST", "/dnc/import?sheet=Less", file.getvalue(), headers=XLSX)
    assert (refused.status_code, refused.json["code"]) == (422, "sheet_not_found")


def test_what_was_exported_can_be_given_back(api: Api) -> None:
    api("POST", "/dnc/import", b"number\n+14805550001\n(480) 555-0002\n", headers=CSV)
    assert api("GET", "/dnc/+14805550002").json["source"] == "import"
    exported = api("GET", "/dnc.csv").data
    assert api("POST", "/dnc/import", exported, headers=CSV).json["added"] == 0
    api("POST", "/dnc/lists", {"id": "may", "scope": "list"})
    assert api("GET", "/dnc.csv?list=may").data.count(b"\n") == 1
    assert api("POST", "/dnc/import?list=may", api("GET", "/dnc.csv?list=may").data, headers=CSV).json["added"] == 0
    assert api("POST", "/dnc/import?list=may&strict=true", exported, headers=CSV).json["added"] == 2
    assert api("POST", "/dnc/import?list=nobody", exported, headers=CSV).json["code"] == "list_not_found"


def test_of_bytes_without_a_type_the_content_tells_what_they_are(api: Api) -> None:
    """As clients send them that generators make of our document."""
    book, file = Workbook(), io.BytesIO()
    book.active.append(["+14805550003"])
    book.save(file)
    for content, kind in ((b"number\n+14805550002\n", "csv"), (file.getvalue(), "xlsx")):
        done = api("POST", "/dnc/import", content, headers={"Content-Type": "application/octet-stream"}).json
        assert (done["added"], done["understood"]["format"]) == (1, kind)


def test_other_types_and_files_that_are_too_long_are_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    assert api("POST", "/dnc/import", b"{}", headers={"Content-Type": "application/json"}).status_code == 415
    monkeypatch.setattr(import_api, "MAX_FILE_BYTES", 10)
    assert api("POST", "/dnc/import", MIXED, headers=CSV).status_code == 413


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/dnc", {"number": "+15550141"}, "/number"),
        ("/dnc/check", {"numbers": ["+14805550001", "+15550141"]}, "/numbers/1"),
    ],
)
def test_a_number_that_cannot_exist_is_refused_with_what_is_wrong(
    api: Api, path: str, body: dict[str, Any], pointer: str
) -> None:
    refused = api("POST", path, body)
    assert (refused.status_code, refused.json["code"]) == (422, "invalid_number")
    (fault,) = refused.json["errors"]
    assert (fault["pointer"], fault["message"]) == (pointer, "+15550141 has 7 digits after +1; a US number has 10")


def test_a_number_that_cannot_exist_leads_to_no_menu(api: Api) -> None:
    menu = api.create()
    refused = api("POST", f"/ivr/{menu}/assign", {"did": "+15550142"})
    assert refused.status_code == 422
    assert refused.json["errors"][0]["message"] == "+15550142 has 7 digits after +1; a US number has 10"
