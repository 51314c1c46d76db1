"""Models of what holds outside while tests run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationError, WrapValidator, model_validator
from pydantic.config import JsonDict
from pydantic_core import InitErrorDetails, PydanticCustomError

from admin.http.json_body import WrittenFloat
from admin.http.messages import Form
from admin.http.models import LEAST_YEAR, MOST_YEAR, NUMBER, Moment, Number, Request
from admin.http.problems import fault
from admin.test_calls.schema import WITHHELD
from ivr.domain.agents import AGENT_NAME
from ivr.domain.errors import InvalidNumber
from ivr.domain.menu import variables
from ivr.domain.menu.answered_by import ANSWERED_BY
from ivr.domain.menu.cases import MOST_RANDOM
from ivr.domain.menu.given import (
    FAILURES,
    LINE_RESULTS,
    RINGS_S,
    TALKS_S,
    Given,
    GivenAgent,
    GivenAnswer,
    fits_a_call,
    too_many_bytes,
)
from ivr.domain.menu.sequences import LANGUAGE, LANGUAGE_RULE
from ivr.domain.menu.switch import NOTHING_TOLD
from ivr.domain.numbers import read_number
from ivr.domain.people.model import ADDRESS
from ivr.domain.tickets import AGENT_BEHAVIOURS
from ivr.domain.verstat import VERSTATS

MAX_BYTES = 20_000
_VERDICTS = (*VERSTATS, NOTHING_TOLD)
MAX_TURNS = 20
MAX_NAMES = 50

_VALUE_RULE = (
    f"a variable is a text of at most {variables.MAX_TEXT} characters, a whole number of at most 15 digits, or "
    "true or false"
)
NAME_RULE = "a name has 1 to 64 letters, digits, underscores or hyphens"
Name = Annotated[str, StringConstraints(pattern=f"^{AGENT_NAME.pattern}$"), Form(NAME_RULE)]


def checked_variables(given: dict[str, Any]) -> dict[str, Any]:
    for name, value in given.items():
        if variables.is_reserved(name):
            raise ValueError(variables.reserved_rule(name))
        if not variables.NAME.fullmatch(name):
            raise ValueError(f"{name[:80]}: {variables.NAME_RULE}")
        is_text = isinstance(value, str) and len(value) <= variables.MAX_TEXT
        is_number = isinstance(value, int) and abs(value) <= variables.MAX_NUMBER
        if not (is_text or is_number):
            raise ValueError(f"{name}: {_VALUE_RULE}")
    if not fits_a_call(given):
        raise ValueError(too_many_bytes())
    return given


def _named(given: dict[str, Any]) -> dict[str, Any]:
    for name in given:
        if not AGENT_NAME.fullmatch(name):
            raise ValueError(f"{name[:80]}: {NAME_RULE}")
    return given


def _one_or_several(given: Any, handler: Callable[[Any], Any]) -> Any:
    """One is a list of one; its faults are where it stands."""
    if isinstance(given, list):
        return handler(given)
    try:
        return handler([given])
    except ValidationError as error:
        moved = [_details(each) for each in error.errors(include_url=False)]
        raise ValidationError.from_exception_data(error.title, moved) from None


def _details(error: Mapping[str, Any]) -> InitErrorDetails:
    context = error.get("ctx") or {}
    rule: Any = error["type"]
    if isinstance(said := context.get("sentence"), str):
        rule = PydanticCustomError(rule, "{sentence}", {"sentence": said})
    return InitErrorDetails(type=rule, loc=error["loc"][1:], input=error["input"], ctx=context)


VARIABLES_SCHEMA: JsonDict = {
    "propertyNames": {"pattern": f"^{variables.NAME_PATTERN}$"},
    "additionalProperties": {
        "anyOf": [
            {"type": "string", "maxLength": variables.MAX_TEXT},
            {"type": "integer", "minimum": -variables.MAX_NUMBER, "maximum": variables.MAX_NUMBER},
            {"type": "boolean"},
        ]
    },
}
_DECIMALS = re.compile(r"-?[0-9]{1,30}\.[0-9]{1,9}", re.ASCII)


def as_written(value: Any) -> Any:
    """JSON in which numbers with decimals are texts, as they are for calls: 152.40 keeps its zero."""
    if isinstance(value, dict):
        return {name: as_written(each) for name, each in value.items()}
    if isinstance(value, list):
        return [as_written(each) for each in value]
    text = value.text if isinstance(value, WrittenFloat) else str(value) if isinstance(value, float) else ""
    return text if _DECIMALS.fullmatch(text) else value


Written = Annotated[Any, AfterValidator(as_written)]
_Seconds = Annotated[float, Field(strict=False, ge=0, le=3600, allow_inf_nan=False)]


class GivenAnswerBody(Request):
    """One answer of a service: `answer` or `fails`."""

    answer: Written = Field(default=None, description="the JSON that the service answers")
    fails: Literal[FAILURES] | None = Field(default=None, description="how it fails instead")  # type: ignore[valid-type]
    delay_s: _Seconds = Field(default=0.0, description="after how long it answers; from 3 on it is a time-out")
    when: Annotated[dict[str, Written], Field(max_length=MAX_NAMES)] = Field(
        default={}, description="only where these values are sent"
    )

    @model_validator(mode="after")
    def _is_one(self) -> GivenAnswerBody:
        if self.fails is not None and "answer" in self.model_fields_set:
            raise ValueError("a service answers or fails; give answer or fails, not both")
        if self.fails is None and "answer" not in self.model_fields_set:
            raise ValueError("give answer, which is any JSON, or fails, a word for how the service fails")
        return self


class GivenAgentBody(Request):
    """What an agent does when it is rung."""

    result: Literal[AGENT_BEHAVIOURS] = "answers"  # type: ignore[valid-type]
    rings_s: _Seconds = Field(default=RINGS_S, description="after how long it answers")
    talks_s: _Seconds = Field(default=TALKS_S, description="after how long it hangs up")
    reports: (
        Annotated[
            str,
            StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,64}$"),
            Form("a report is one word of 1 to 64 letters, digits, dots, underscores or hyphens"),
        ]
        | None
    ) = Field(default=None, description="its X-IVR-Result when it hangs up")
    accepts: bool = Field(
        default=True, description="whether it presses the key that takes the call; an answering machine does not"
    )


class GivenPersonBody(GivenAgentBody):
    """What a person does when they are rung, or that nobody is: their line is closed or full."""

    result: Literal[*AGENT_BEHAVIOURS, *LINE_RESULTS] = "answers"  # type: ignore[valid-type]


_WHO = re.compile(rf"(?:{AGENT_NAME.pattern}|{ADDRESS.pattern})", re.ASCII)
WHO_RULE = f"{NAME_RULE}; or it is a telephone number with + and its country code, or a SIP address"
Who = Annotated[str, StringConstraints(pattern=f"^{_WHO.pattern}$", max_length=400), Form(WHO_RULE)]


def _known_people(given: dict[str, Any]) -> dict[str, Any]:
    for name in given:
        if not _WHO.fullmatch(name):
            raise ValueError(f"{name[:80]}: {WHO_RULE}")
        if not AGENT_NAME.fullmatch(name) and any(each.result in LINE_RESULTS for each in given[name]):
            raise ValueError(f"{name[:80]}: only the line of a group is closed or full; say busy or no_answer here")
    return given


def _one_or_several_of_people(schema: JsonDict) -> None:
    _one_or_several_of(schema)
    schema["propertyNames"] = {"pattern": f"^{_WHO.pattern}$"}


def _one_or_several_of(schema: JsonDict) -> None:
    """One, or a list of them, under each name."""
    several: Any = schema["additionalProperties"]
    schema["additionalProperties"] = {"anyOf": [several["items"], several]}
    schema["propertyNames"] = {"pattern": f"^{AGENT_NAME.pattern}$"}


_Answers = Annotated[
    list[GivenAnswerBody], Field(min_length=1, max_length=MAX_TURNS), WrapValidator(_one_or_several)
]
_Agents = Annotated[
    list[GivenAgentBody], Field(min_length=1, max_length=MAX_TURNS), WrapValidator(_one_or_several)
]

_People = Annotated[
    list[GivenPersonBody], Field(min_length=1, max_length=MAX_TURNS), WrapValidator(_one_or_several)
]


def _known_year(at: datetime) -> datetime:
    if not LEAST_YEAR <= at.year <= MOST_YEAR:
        raise ValueError(f"hours can be asked from {LEAST_YEAR} to {MOST_YEAR}")
    return at


class GivenWorld(Request):
    """What holds outside: tests reach no service, list or agent that is real."""

    random: Annotated[int, Field(strict=True, ge=1, le=MOST_RANDOM)] | None = Field(
        default=None, description="what a switch on random gets; absent: 1"
    )
    at: Annotated[Moment, AfterValidator(_known_year)] | None = Field(
        default=None, description="when opening hours are asked; absent: now"
    )
    caller: Number | None = Field(default=None, description=f"{NUMBER}; or {WITHHELD}")
    called: Number | None = Field(default=None, description=f"the number dialled: {NUMBER}")
    verstat: Literal[_VERDICTS] | None = Field(  # type: ignore[valid-type]
        default=None, description="what a carrier says about the caller's number; none, or absent: nothing"
    )
    language: Annotated[str, StringConstraints(pattern=f"^{LANGUAGE.pattern}$"), Form(LANGUAGE_RULE)] | None = Field(
        default=None, description="the caller's language, as the number called or an earlier call tells it"
    )
    answered_by: Literal[ANSWERED_BY] | None = Field(  # type: ignore[valid-type]
        default=None, description="who answers a call that we make: the variable call.answered_by"
    )
    variables: Annotated[dict[str, Any], Field(max_length=MAX_NAMES), AfterValidator(checked_variables)] = Field(
        default={},
        description="known when the call begins: texts, whole numbers, true and false",
        json_schema_extra=VARIABLES_SCHEMA,
    )
    lists: Annotated[list[Name], Field(max_length=MAX_NAMES)] = Field(
        default=[], description="the lists that the caller is on"
    )
    services: Annotated[dict[str, _Answers], Field(max_length=MAX_NAMES), AfterValidator(_named)] = Field(
        default={},
        json_schema_extra=_one_or_several_of,
        description="what each service answers: one answer, or several in turn, of which the last one stays; a "
        "service that is not here fails",
    )
    people: Annotated[dict[str, _People], Field(max_length=MAX_NAMES), AfterValidator(_known_people)] = Field(
        default={},
        json_schema_extra=_one_or_several_of_people,
        description="what people do, in turn: those of a group, a number such as +14155550123, or a SIP address",
    )
    agents: Annotated[dict[str, _Agents], Field(max_length=MAX_NAMES), AfterValidator(_named)] = Field(
        default={},
        json_schema_extra=_one_or_several_of,
        description="what each agent does, in turn; `default` is the one that transfers without an agent ring",
    )

    @model_validator(mode="after")
    def _has_room(self) -> GivenWorld:
        size = len(json.dumps(self.model_dump(mode="json")).encode())
        if size > MAX_BYTES:
            raise ValueError(f"what is given has at most {MAX_BYTES} bytes as JSON; these are {size}")
        return self

    def given(self, region: str) -> Given:
        """As tests take it; numbers without a country code are of this region. Raises ApiError."""
        services, agents, people = self.services.items(), self.agents.items(), self.people.items()
        return Given(
            random=self.random,
            at=self.at,
            caller=_number(self.caller, region, "/given/caller") if self.caller != WITHHELD else WITHHELD,
            called=_number(self.called, region, "/given/called"),
            verstat=self.verstat,
            language=self.language,
            answered_by=self.answered_by,
            variables=dict(self.variables),
            lists=tuple(self.lists),
            services={name: tuple(GivenAnswer(**dict(each)) for each in turns) for name, turns in services},
            agents={name: tuple(GivenAgent(**dict(each)) for each in turns) for name, turns in agents},
            people={name: tuple(GivenAgent(**dict(each)) for each in turns) for name, turns in people},
        )


def _number(text: str | None, region: str, pointer: str) -> str | None:
    try:
        return None if text is None else read_number(text, region)
    except InvalidNumber as error:
        raise fault(pointer, error.code, str(error)) from None
