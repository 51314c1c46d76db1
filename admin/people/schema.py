"""Requests and answers of /people, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints

from admin.http.answers import Answered, SortedPageSchema, Time
from admin.http.messages import Form
from admin.http.models import NamedQuery, Request
from ivr.domain.hours.model import HOURS_NAME
from ivr.domain.number_lists import LIST_NAME
from ivr.domain.people import model
from ivr.domain.people.model import Duty

PERSON_PATHS: dict[str, Any] = {"person": {"type": "string", "pattern": f"^{model.NAME.pattern}$"}}

Group = Annotated[str, StringConstraints(pattern=f"^{model.GROUP_NAME.pattern}$"), Form(model.GROUP_RULE)]
Address = Annotated[
    str,
    StringConstraints(pattern=f"^{model.ADDRESS.pattern}$", max_length=400),
    Form(model.ADDRESS_RULE),
    Field(description="a telephone number over a trunk, or a SIP address", examples=["+14155550123"]),
]
Groups = Annotated[
    list[Group], Field(max_length=model.MAX_GROUPS, description="transfers ring a group by its name")
]
Place = Annotated[int, Field(ge=1, le=model.LAST_PLACE, description="lower ones ring first in their groups")]
DutyWord = Annotated[
    Duty,
    Field(
        description="on, off, hours: while the opening hours `hours` are open, or list: while the number is on the "
        "list `duty_list`"
    ),
]
Hours = Annotated[
    str,
    StringConstraints(pattern=f"^{HOURS_NAME.pattern}$"),
    Form("opening hours have a name of 1 to 64 letters, digits, underscores or hyphens"),
    Field(description="see /hours; needed for `duty` hours"),
]
DutyList = Annotated[
    str,
    StringConstraints(pattern=f"^{LIST_NAME.pattern}$"),
    Form("a list has a name of 1 to 64 letters, digits, underscores or hyphens"),
    Field(description="see /lists; needed for `duty` list"),
]


class CreatePerson(Request):
    name: Annotated[str, StringConstraints(pattern=f"^{model.NAME.pattern}$"), Form(model.NAME_RULE)]
    address: Address
    groups: Groups = Field(default=[])
    place: Place = model.PLACE
    duty: DutyWord = "on"
    hours: Hours | None = None
    duty_list: DutyList | None = None


def _without_defaults(schema: dict[str, Any]) -> None:
    for each in schema["properties"].values():
        each.pop("default", None)


class PatchPerson(Request):
    """A change; absent fields stay, `groups` are replaced as a whole."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=_without_defaults)

    address: Address = ""
    groups: Groups = Field(default=[])
    place: Place = model.PLACE
    duty: DutyWord = "on"
    hours: Hours | None = None
    duty_list: DutyList | None = None


class PeopleQuery(NamedQuery):
    group: Group | None = Field(default=None, description="those of this group alone")


class PersonSchema(Answered):
    name: str
    address: str
    groups: list[str]
    place: int
    duty: Duty
    hours: str | None
    duty_list: str | None
    on_duty: bool = Field(description="at this moment")
    created_at: Time
    updated_at: Time


class PersonPageSchema(SortedPageSchema):
    items: list[PersonSchema]
