"""Lists as programs and people write them: each number of each row is read, or comes back as bad."""

from __future__ import annotations

import io

import pytest

from ivr.domain.dnc.import_cells import read_cell
from ivr.domain.dnc.import_file import NumberFile
from ivr.domain.errors import ImportUnreadable

OUTLOOK = [
    *(f"Field {place}" for place in range(70)), "Home Phone", "Business Fax", "Mobile Phone", "Assistant's Phone",
    *(f"User {place}" for place in range(16)),
]  # fmt: skip
# What writes it; the file; the last ten digits of what is read; the columns of that; the lines that are bad.
FILES: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...], tuple[int, ...]], ...] = (
    (
        "numbered columns",
        "Phone1,Phone2\n4805550101,4805550102\n4805550103,\n",
        ("4805550101", "4805550102", "4805550103"),
        ("Phone1", "Phone2"),
        (),
    ),
    (
        "columns that say no word of telephones",
        "Name,Home,Work,Mobile,Alternate\nJoe,480-555-0101,,602-555-0102,\nAnn,,(480) 555-0103,,6025550104\n",
        ("4805550101", "6025550102", "4805550103", "6025550104"),
        ("Home", "Work", "Mobile", "Alternate"),
        (),
    ),
    (
        "one of two in a row is bad",
        "Phone,Phone 2\n4805550101,555 0102\n555 0103,4805550104\n",
        ("4805550101", "4805550104"),
        ("Phone", "Phone 2"),
        (2, 3),
    ),
    (
        "HubSpot",
        '"Record ID","First Name","Phone Number","Mobile Phone Number","Email","Do not call","Create Date"\n'
        '"5123456789","Joe","+1 480-555-0101","","a@b.c","true","2025-11-01 10:22"\n'
        '"5123456790","Ann","","(480) 555-0102","x@y.z","true","2025-11-02 10:22"\n',
        ("4805550101", "4805550102"),
        ("Phone Number", "Mobile Phone Number"),
        (),
    ),
    (
        "Salesforce, with its footer",
        '"Contact ID","First Name","Phone","Mobile","Home Phone","Other Phone","Asst. Phone","Fax","Do Not Call"\n'
        '"003A000001abcDE","Joe","(480) 555-0101","(480) 555-0102","","","","(480) 555-0999","1"\n'
        '"003A000001abcDF","Ann","","","480.555.0103","","480-555-0104","","1"\n\n'
        '"Confidential Information - Do Not Distribute"\n',
        ("4805550101", "4805550102", "4805550103", "4805550104"),
        ("Phone", "Mobile", "Home Phone", "Other Phone", "Asst. Phone"),
        (5,),
    ),
    (
        "Zoho",
        "Record Id,Lead Owner,Company,Email,Phone,Mobile,Modified Time,Country Code\n"
        "zcrm_5123456000000123456,Bob,Acme,a@b.c,4805550101,4805550102,2026-01-01T10:00:00-07:00,\n",
        ("4805550101", "4805550102"),
        ("Phone", "Mobile"),
        (),
    ),
    ("Five9, its list", "number\n4805550101\n4805550102\n", ("4805550101", "4805550102"), ("number",), ()),
    (
        "Five9, its calls",
        "CALL ID,TIMESTAMP,CAMPAIGN,DISPOSITION,ANI,CUSTOMER NAME,DNIS,CALL TIME\n"
        '300000001234567,"Fri, 28 Nov 2026 10:00:00",Sales,Do Not Call,4805550101,Joe Smith,6025550102,00:01:23\n',
        ("4805550101", "6025550102"),
        ("ANI", "DNIS"),
        (),
    ),
    (
        "Vicidial",
        "lead_id|entry_date|status|vendor_lead_code|list_id|phone_code|phone_number|first_name|alt_phone|comments\n"
        "1234567|2026-01-01 10:00:00|DNC||1001|1|4805550101|Joe|4805550102|Call 6025550103\n"
        "1234568|2026-01-01 10:00:00|DNC||1001|1|4805550104|Ann||\n",
        ("4805550101", "4805550102", "4805550104"),
        ("phone_code and phone_number", "phone_code and alt_phone"),
        (),
    ),
    (
        "Convoso",
        "Lead ID,Status Name,First Name,Phone Code,Phone Number,Alt Phone 1,Alt Phone 2,Caller ID Displayed\n"
        "100234,Do Not Call,Joe,1,4805550101,4805550102,,8005550199\n"
        "100235,Do Not Call,Ann,1,4805550103,,4805550104,8005550199\n",
        ("4805550101", "4805550102", "4805550103", "4805550104"),
        ("Phone Code and Phone Number", "Phone Code and Alt Phone 1", "Phone Code and Alt Phone 2"),
        (),
    ),
    (
        "CallRail",
        "Call Status,Number Name,Tracking Number,Start Time,Duration (seconds),Name,Phone Number,First-Time Caller\n"
        "Answered Call,Google Ads,(800) 555-0199,2026-01-01 10:00 AM,120,Joe Smith,(480) 555-0101,true\n",
        ("4805550101",),
        ("Phone Number",),
        (),
    ),
    ("the FTC's file", "480,5550101\n602,5550102\n", ("4805550101", "6025550102"), ("column 1 and column 2",), ()),
    (
        "the FTC's complaints",
        '"Company_Phone_Number","Created_Date","Consumer_City","Consumer_Area_Code","Subject"\n'
        '"4805550101","2026-01-02 00:00:05","Mesa","480","Other"\n"","2026-01-02 00:00:05","Mesa","480","Other"\n',
        ("4805550101",),
        ("Company_Phone_Number",),
        (3,),
    ),
    (
        "a state's list",
        "AREACODE,PREFIX,SUFFIX,STATUS\n480,555,0101,A\n480,555,0102,A\n",
        ("4805550101", "4805550102"),
        ("AREACODE and PREFIX and SUFFIX",),
        (),
    ),
    (
        "two numbers, both spread",
        "AREA,NUMBER,AREA 2,NUMBER 2\n480,5550101,602,5550102\n480,5550103,602,5550104\n",
        ("4805550101", "6025550102", "4805550103", "6025550104"),
        ("AREA and NUMBER", "AREA 2 and NUMBER 2"),
        (),
    ),
    (
        "Google contacts",
        "First Name,Labels,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value\n"
        "Joe,* myContacts,a@b.c,Mobile,+1 480-555-0101 ::: +1 480-555-0102,Home,4805550103\n"
        "Ann,* myContacts,,Work,(480) 555-0104,,\n",
        ("4805550101", "4805550102", "4805550103", "4805550104"),
        ("Phone 1 - Value", "Phone 2 - Value"),
        (),
    ),
    (
        "Outlook, 90 columns",
        f"{','.join(OUTLOOK)}\n{',' * 70}480-555-0101,480-555-0999,480-555-0102,480 555 0103{',' * 16}\n",
        ("4805550101", "4805550102", "4805550103"),
        ("Home Phone", "Mobile Phone", "Assistant's Phone"),
        (),
    ),
    (
        "GoHighLevel",
        "Contact Id,First Name,Phone,Email,Created,Tags,Additional Phones\n"
        'abc123,Joe,+14805550101,a@b.c,2026-01-01T00:00:00-07:00,dnc,"+14805550102,+14805550103"\n',
        ("4805550101", "4805550102", "4805550103"),
        ("Phone", "Additional Phones"),
        (),
    ),
    (
        "Mailchimp",
        "Email Address,First Name,Address,Phone Number,OPTIN_TIME,EUID,LEID\n"
        'a@b.c,Joe,"1 Main St  Mesa  AZ",480-555-0101,"2026-01-01 10:00:00",abc,5123456789\n',
        ("4805550101",),
        ("Phone Number",),
        (),
    ),
    (
        "RingCentral",
        "Type,Phone Number,Name,Date,Time,Action Result,Duration\n"
        "Voice,(480) 555-0101,Joe,Fri 01/02/2026,10:00 AM,Accepted,0:01:00\n",
        ("4805550101",),
        ("Phone Number",),
        (),
    ),
    (
        "flags and kinds beside the numbers",
        "Name,Phone,DNC,Phone Type,Phone Valid\nJoe,4805550101,Y,Mobile,1\nAnn,4805550102,N,Home,1\n",
        ("4805550101", "4805550102"),
        ("Phone",),
        (),
    ),
    (
        "account numbers that might be telephone numbers",
        "Account Number,Phone,Invoice,Loan Number\n6025550199,4805550101,6025550198,6025550197\n",
        ("4805550101",),
        ("Phone",),
        (),
    ),
    ("a separator of its own", "sep=^\nName^Phone\nJoe^480-555-0101\n", ("4805550101",), ("Phone",), ()),
    ("another one", "sep=:\nName:Phone\nJoe:480-555-0101\n", ("4805550101",), ("Phone",), ()),
    (
        "quotes where none belong",
        "Name;Phone\nJoe;'480-555-0101'\nAnn;\u201c480-555-0102\u201d\nBob;\"\"480-555-0103\"\"\n",
        ("4805550101", "4805550102", "4805550103"),
        ("Phone",),
        (),
    ),
    (
        "a separator inside quotes",
        'Name;Phone\n"Smith; Joe";"480-555-0101; 480-555-0102"\n',
        ("4805550101", "4805550102"),
        ("Phone",),
        (),
    ),
    (
        "all numbers in one line",
        "4805550101,4805550102,4805550103\n",
        ("4805550101", "4805550102", "4805550103"),
        ("column 1", "column 2", "column 3"),
        (),
    ),
    (
        "one heading twice",
        "Phone,Phone,Name\n4805550101,4805550102,Joe\n",
        ("4805550101", "4805550102"),
        ("Phone", "Phone"),
        (),
    ),
)


def open_text(text: str, *columns: str, region: str = "US") -> NumberFile:
    return NumberFile(io.BytesIO(text.encode()), region, columns)


@pytest.mark.parametrize(
    ("text", "numbers", "columns", "bad"), [each[1:] for each in FILES], ids=[each[0] for each in FILES]
)
def test_every_number_of_every_row_is_read(
    text: str, numbers: tuple[str, ...], columns: tuple[str, ...], bad: tuple[int, ...]
) -> None:
    file = open_text(text)
    assert file.understood.layout.chosen_names == columns
    assert tuple(each.number.removeprefix("+1") for each in file) == numbers
    assert tuple(each.line for each in file.bad) == bad


@pytest.mark.parametrize(
    ("cell", "numbers", "fault"),
    [
        ("480-555-0101 / 480-555-0102", 2, None),
        ("480-555-0101/480-555-0102", 2, None),
        ("480/555-0101 / 480/555-0102", 2, None),
        ("480-555-0101; 480-555-0102;", 2, None),
        ("480-555-0101, 480-555-0102, 480-555-0103", 3, None),
        ("480-555-0101|480-555-0102", 2, None),
        ("480-555-0101 or 480-555-0102", 2, None),
        ("480-555-0101 and/or 480-555-0102", 2, None),
        ("480-555-0101 & 480-555-0102", 2, None),
        ("480-555-0101 ::: 480-555-0102", 2, None),
        ("480-555-0101\n480-555-0102", 2, None),
        ("480-555-0101 480-555-0102", 2, None),
        ("480-555-0101 - 480-555-0102", 2, None),
        ("+1 480 555 0101 +44 20 7946 0958", 2, None),
        ("(480) 555-0101 x12, (480) 555-0102 ext. 3", 2, None),
        ("Cell: 480-555-0101", 1, None),
        ("H: 480-555-0101 W: 480-555-0102", 2, None),
        ("Cell: 480-555-0101; Home: 480-555-0102", 2, None),
        ("480-555-0101 (mobile), 480-555-0102 (home)", 2, None),
        ("480-555-0101 (cell)", 1, None),
        ("480-555-0101 Joe Smith", 1, None),
        ("none / 480-555-0101", 1, None),
        ("480-555-0101, Joe", 1, None),
        ("480-555-0101 / 0102", 1, "0102 has 4 digits; a US number has 10"),
        ("480-555-0101, 555-0102 or 480-555-0103", 2, "555-0102 has 7 digits; a US number has 10"),
        ("480-555-0101; after 5", 1, "after 5 is not a telephone number"),
        ("480-555-0101 after 5", 0, "480-555-0101 after 5 is not a telephone number"),
        ("nobody / none", 0, "nobody / none is not a telephone number"),
        ("INV4805550101", 0, "INV4805550101 is not a telephone number"),
        ("4,805,550,101", 1, None),
        ("4805550101;npdi;rn=+14805559999", 1, None),
    ],
)
def test_whatever_digits_a_cell_has_are_numbers_or_a_fault(cell: str, numbers: int, fault: str | None) -> None:
    reading = read_cell(cell, "US")
    expected = ["+14805550101", "+14805550102", "+14805550103"]
    found = [number for number, _ in reading.numbers]
    if "0103" in cell and "555-0102" in cell and fault:
        expected.remove("+14805550102")
    if "+44" in cell:
        expected[1] = "+442079460958"
    assert found == expected[:numbers]
    assert (str(reading.fault) if reading.fault else None) == fault


@pytest.mark.parametrize("cell", ["030 12345 / 030 12346", "030 12345; 030 12346", "030 12345, 030 12346"])
def test_two_short_numbers_are_not_taken_for_a_long_one(cell: str) -> None:
    assert [number for number, _ in read_cell(cell, "DE").numbers] == ["+493012345", "+493012346"]
    assert [number for number, _ in read_cell("030/12345", "DE").numbers] == ["+493012345"]


def test_what_was_received_is_kept_for_each_number() -> None:
    (first, second) = list(open_text('Phone\n"Cell: 480-555-0101\n480 555 0102"\n'))
    assert (first.raw, second.raw) == ("Cell: 480-555-0101", "480 555 0102")


def test_columns_that_begin_to_have_numbers_far_down_are_read_all_the_same() -> None:
    head = "Name,Phone,Phone 2,Extra,Second phone\n"
    rows = "Joe,4805550101,,,none given\n" * 300
    file = open_text(
        f"{head}{rows}Ann,,4805550102,,\nBob,,,4805550103,\nEve,,,,4805550104\nKim,,,,555 0105\n"
        "Al,4805550106,,,,4805550107\nMo,,,some day,\n"
    )
    assert file.understood.layout.chosen_names == ("Phone", "Phone 2")
    found = [each.number for each in file][300:]
    assert found == [f"+1480555010{n}" for n in (2, 3, 4, 6, 7)]
    assert [(each.line, each.reason) for each in file.bad] == [
        (305, "555 0105 has 7 digits; a US number has 10"),
        (307, "there is no number"),
    ]
    assert file.understood.layout.chosen_names == ("Phone", "Phone 2", "Extra", "Second phone")


def test_several_columns_can_be_chosen_and_only_they_are_read() -> None:
    text = "Phone1,Phone2,Phone3\n4805550101,4805550102,4805550103\n"
    assert [each.number[-1] for each in open_text(text, "Phone1", "3")] == ["1", "3"]
    assert [each.number[-1] for each in open_text(text, "phone2")] == ["2"]
    assert [each.number[-1] for each in open_text("Phone,Phone\n4805550101,4805550102\n", "Phone")] == ["1", "2"]


@pytest.mark.parametrize("chosen", ["120", "Column number one hundred and twenty with a long name"])
def test_any_column_can_be_chosen(chosen: str) -> None:
    names = [f"x{place % 100}" for place in range(119)] + ["Column number one hundred and twenty with a long name"]
    text = f"{','.join(names)}\n{'a,' * 119}4805550101\n"
    assert [each.number for each in open_text(text, chosen)] == ["+14805550101"]
    with pytest.raises(ImportUnreadable, match=r"there are x0, x1, .*x29 and 90 more"):
        open_text(text, "y")


def test_a_row_as_long_as_a_contact_program_writes_it_is_read() -> None:
    names = ",".join(f"A property of a contact {place}" for place in range(400))
    values = ",".join("some value that stands here" for _ in range(400))
    assert [each.number for each in open_text(f"{names},Phone\n{values},4805550101\n")] == ["+14805550101"]


def test_the_encoding_is_named_as_it_is() -> None:
    late = "Name;Phone\n" + "Joe;4805550101\n" * 5000 + "Jos\u00e9;4805550102\n"
    names = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "cp1252": "Windows-1252", "utf-16": "UTF-16"}
    for encoding, name in names.items():
        assert NumberFile(io.BytesIO(late.encode(encoding))).understood.encoding == name
