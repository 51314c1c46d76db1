"""Requests and answers of /dnc, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from admin.http.answers import Answered, SignedHeadSchema, SortedPageSchema, Time
from admin.http.messages import Form
from admin.http.models import (
    MAX_NUMBER,
    MAX_SEARCH,
    NUMBER_PATH,
    PLAIN_NAME,
    PLAIN_NAME_FORM,
    SORT,
    Moment,
    Number,
    Query,
    Request,
    SortedQuery,
)
from ivr.domain.dnc.events import LIST_ID, MAX_REASON
from ivr.ports.dnc import DncSort

MAX_CHECKED = 10_000
MAX_CHANGES = 500
DNC_PATHS: dict[str, Any] = {"number": NUMBER_PATH}

ListId = Annotated[
    str,
    StringConstraints(pattern=f"^{LIST_ID.pattern}$"),
    Field(description="see GET /dnc/lists"),
    Form("a list's id has 1 to 64 small letters, digits, underscores or hyphens, and begins with a letter or digit"),
]
Seller = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$"),
    Form("a seller's name has no control characters and no line ends"),
]
NewSeller = Annotated[str, StringConstraints(max_length=200, pattern=PLAIN_NAME), PLAIN_NAME_FORM]
_Checked = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NUMBER)]
_ManyNumbers = Annotated[
    list[_Checked],
    Field(min_length=1, max_length=MAX_CHECKED, description="in E.164 or as people write them, as in POST /dnc"),
]


class ListQuery(Query):
    list: ListId = "default"


class ProofQuery(ListQuery):
    language: Annotated[Literal["en", "es"], Field(description="of the letter to print")] = "en"


IMPORT_NAME = "^[A-Za-z0-9_-]{16,64}$"


class ImportQuery(ListQuery):
    name: Annotated[
        Annotated[str, StringConstraints(pattern=IMPORT_NAME)] | None,
        Field(description="a name of your choice; GET /dnc/imports/{name} then returns the progress"),
        Form("the name of an import has 16 to 64 letters, digits, underscores or hyphens"),
    ] = None
    column: Annotated[
        list[Annotated[str, StringConstraints(min_length=1, max_length=200)]],
        Field(
            default_factory=list,
            max_length=100,
            description="the heading of a column of numbers, or its place from 1; `1+2`: a number that is spread "
            "over both; may be given several times; without it all columns with telephone numbers are read",
        ),
    ]
    sheet: Annotated[
        Annotated[str, StringConstraints(min_length=1, max_length=200)] | None,
        Field(
            description="the name of a workbook's sheet, or its place from 1; without it the first that has "
            "telephone numbers is read"
        ),
    ] = None
    dry_run: Annotated[bool, Field(description="true: only report what would be done, or refused")] = False
    strict: Annotated[bool, Field(description="true: import nothing if there is a bad line (422)")] = False


class DncQuery(SortedQuery):
    sort: Annotated[DncSort | None, SORT] = None
    source: Annotated[
        Literal["ani", "keyed", "api", "import", "agent"] | None, Field(description="how it got onto the list")
    ] = None
    since: Annotated[Moment | None, Field(description="first opt-out then or later")] = None
    until: Annotated[Moment | None, Field(description="first opt-out before")] = None
    unidentified: Annotated[
        bool | None, Field(description="true: only opt-outs whose caller's number is unknown; false: all others")
    ] = None
    search: Annotated[
        str | None, Field(max_length=MAX_SEARCH, description="only this number, or numbers with these digits")
    ] = None
    list: ListId = "default"


class ChangesQuery(ListQuery):
    since: Annotated[
        int, Field(ge=0, le=2**53, description="`next_since` of the previous answer; 0: from the beginning")
    ] = 0
    limit: Annotated[int, Field(ge=1, le=MAX_CHANGES)] = MAX_CHANGES


class AddSuppression(Request):
    number: Number
    source: Literal["api", "import", "agent"] = "api"
    list: ListId = "default"


class Release(Request):
    reason: Annotated[
        str,
        StringConstraints(min_length=1, max_length=MAX_REASON, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$"),
        Form("a reason has no control characters and no line ends"),
    ] = Field(description="why the number may be called again; kept for good")
    list: ListId = "default"


class CheckNumbers(Request):
    numbers: _ManyNumbers
    list: ListId | None = Field(default=None, description="check this list, too, besides those that bind everybody")
    seller: Seller | None = Field(default=None, description="check this seller's lists, too")


class CreateList(Request):
    id: ListId
    scope: Literal["all", "seller", "list"] = Field(
        description="whom it binds: everybody, one seller, or only checks that name the list"
    )
    seller: NewSeller | None = Field(default=None, description="only for a list of scope `seller`")


class OptOutEventSchema(Answered):
    event_id: str
    kind: Literal["opt_out", "release"]
    seq: int = Field(description="its place in the list's chain")
    source: str
    pressed_at: Time
    effective_at: Time
    must_honour_by: Time
    recorded_at: Time
    number_raw: str
    call_id: str | None
    did: str | None
    ivr_id: str | None
    ivr_version: int | None
    node: str | None
    key: str | None
    ms_into_question: int | None
    prompt_file: str | None = Field(description="what was heard; the name is the hash of its content")
    prompt_text: str | None
    actor: str | None
    reason: str | None = Field(description="of a release")
    verstat: str | None = Field(
        default=None, description="what a carrier said about the number, as in GET /calls/{call_id}; null: nothing"
    )
    language: str | None = Field(
        default=None,
        description="the caller's, in which the prompt was heard; null: the menu does not say which it speaks",
    )
    previous_hash: str
    hash: str


class SuppressionSummarySchema(Answered):
    number: str | None = Field(description="null: it was withheld, or cannot be a number")
    number_raw: str = Field(description="as received")
    list: str
    state: Literal["listed", "released"]
    source: str = Field(description="of the first opt-out: ani, keyed, api, import or agent")
    first_at: Time
    last_at: Time
    effective_at: Time
    must_honour_by: Time
    released_at: Time | None
    events_count: int


class SuppressionSchema(SuppressionSummarySchema):
    events: list[OptOutEventSchema] = Field(description="oldest first, 500 at most")


class SuppressionPageSchema(SortedPageSchema):
    items: list[SuppressionSummarySchema]


class ChangeSchema(OptOutEventSchema):
    number: str | None


class ChangesSchema(Answered):
    items: list[ChangeSchema]
    next_since: int = Field(description="pass it back as `since`; the same as before when nothing is new")


class ListedSchema(Answered):
    number: str
    list: str
    since: Time


class CheckLoggedSchema(Answered):
    check_id: str
    at: Time
    actor: str
    list: str | None
    seller: str | None
    numbers_count: int = Field(description="different ones")
    listed_count: int
    numbers_sha256: str = Field(description="SHA-256 of the different numbers, sorted, joined by line feeds")


class UnderstoodNumberSchema(Answered):
    given: str
    number: str = Field(description="E.164")


class CheckedSchema(CheckLoggedSchema):
    listed: list[ListedSchema]
    understood: list[UnderstoodNumberSchema] = Field(description="the numbers that were not written in E.164")


class CheckPageSchema(Answered):
    items: list[CheckLoggedSchema]
    next_cursor: str | None


class ImportBadLineSchema(Answered):
    line: int = Field(description="of the file or the sheet, from 1")
    number: str = Field(description="what stood where the number should be")
    reason: str


class ImportColumnSchema(Answered):
    name: str = Field(description="its heading, empty without one")
    chosen: bool = Field(description="numbers were read here, or a part of them")
    samples: list[str] = Field(description="the first cells that are not empty")
    numbers_count: int = Field(description="telephone numbers among the first 200 rows")


class ImportSheetSchema(Answered):
    name: str
    chosen: bool = Field(description="this sheet was read")
    numbers_count: int = Field(description="telephone numbers among its first 200 rows")


class ImportUnderstoodSchema(Answered):
    format: Literal["csv", "xlsx"]
    encoding: str | None = Field(description="of a CSV: UTF-8, UTF-16, UTF-32 or Windows-1252")
    separator: str | None = Field(description="of a CSV")
    sheet: str | None = Field(description="of a workbook: the sheet that was read")
    sheets: list[ImportSheetSchema] = Field(description="of a workbook: all its sheets, 100 at most")
    heading: bool
    chosen: list[str] = Field(description="the columns that were read, each as `column` takes it")
    columns: list[ImportColumnSchema] = Field(description="from the left, 1,000 at most")


class ImportedSchema(Answered):
    numbers_count: int = Field(description="numbers that were read; a line may have several")
    added: int = Field(description="on the list by this; the others stood there, or twice in the file")
    passed_over: int = Field(description="lines of an export that are released or have no number")
    bad_count: int = Field(description="lines, or entries of a line, without a valid number, which were left out")
    bad: list[ImportBadLineSchema] = Field(description="the first 1,000 of them")
    dry_run: bool = Field(description="true: nothing was written, `added` would have been")
    understood: ImportUnderstoodSchema


class ImportStateSchema(Answered):
    stage: Literal["reading", "listing", "chaining"] = Field(
        description="reading the file, putting its numbers on the list, writing their events; the last is done when "
        "the POST is answered, and only then anything counts"
    )
    done: int = Field(description="bytes while reading, else numbers")
    total: int


class DncListSchema(Answered):
    id: str
    scope: Literal["all", "seller", "list"]
    seller: str | None
    created_at: Time
    events_count: int
    head_hash: str = Field(description="of the last event: note it elsewhere, and no new chain goes unseen")
    signed_head: SignedHeadSchema | None = Field(description="the newest that was signed; null: none yet")


class DncListsSchema(Answered):
    items: list[DncListSchema]
    next_cursor: str | None


class HeardSchema(Answered):
    file: str | None
    hash: str | None = Field(description="the beginning of a SHA-256; the file is named by it")
    text: str | None
    url: str | None = Field(description="listen to the file")


class ProofEventSchema(OptOutEventSchema):
    heard: HeardSchema
    content: str = Field(description="the canonical JSON whose SHA-256 is `hash`")
    hash_matches: bool


class ChainSchema(Answered):
    first_hash: str = Field(description="`previous_hash` of the list's first event")
    events_count: int
    head_hash: str
    signed_head: SignedHeadSchema | None = Field(description="the newest that was signed; null: none yet")


class ProofSchema(SuppressionSummarySchema):
    stated_at: Time
    events: list[ProofEventSchema]
    chain: ChainSchema
    how_to_check: list[str]
