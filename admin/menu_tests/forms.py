"""The page's form of a test as the API's body, and what a test is given as lines for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from admin.http.language import later, number_text, t
from admin.http.problems import fault
from admin.http.words import AGENT_BEHAVIOURS, VERSTATS

_NUMBERS = ("caller", "called")
_GIVEN = {"at": later("time"), "caller": later("caller"), "called": later("number called")}


def body_of(form: Mapping[str, str]) -> dict[str, Any]:
    """The body of create_menu_test; raises ApiError for what cannot be read."""
    return {
        "name": _typed(form, "name"),
        "script": form.get("script", "").replace(" ", ""),
        "expected": {name: value for name, value in _expected(form) if value not in (None, "", [], {})},
        "agent": form.get("agent", "answers"),
        "given": {name: value for name, value in _given(form) if value not in ("", [], {})},
    }


def lines_of(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(what, how) for each thing that a test gives."""
    for name, value in given.items():
        match name:
            case "variables":
                yield from ((each, _shown(of_it)) for each, of_it in value.items())
            case "services":
                for each, of_it in value.items():
                    yield t("service %(name)s", name=each), _in_turn(map(_answer, of_it))
            case "agents":
                for each, of_it in value.items():
                    yield t("agent %(name)s", name=each), _in_turn(map(_agent, of_it))
            case "lists":
                yield t("on the lists"), ", ".join(value)
            case "verstat" if value in VERSTATS:
                yield t("the caller's number"), VERSTATS[value].text
            case _:
                yield t(_GIVEN.get(name, name)), str(value)


def _expected(form: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    yield from ((name, form.get(name, "")) for name in ("outcome", "node"))
    yield "heard", [{"text": line} for line in _lines(form, "heard")]
    yield "rang", _names(form, "rang")
    yield "opted_out", {"yes": True, "no": False}.get(form.get("opted_out", ""))
    then_on = _names(form, "then_on")
    yield "lists", {each.removeprefix("not ").strip(): not each.startswith("not ") for each in then_on}


def _given(form: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    yield "at", _typed(form, "at")
    yield from ((name, _typed(form, name)) for name in (*_NUMBERS, "verstat"))
    yield "lists", _names(form, "lists")
    variables = _pairs(form, "variables", t("write each variable on a line of its own, such as name = Ann"))
    yield "variables", {name: _value(text) for name, text in variables.items()}
    agents = _pairs(form, "agents", t("write each agent on a line of its own, such as sales = busy, answers"))
    yield "agents", {
        name: [{"result": word.strip()} for word in words.split(",")] for name, words in agents.items()
    }
    yield "services", _services(_typed(form, "services"))


def _services(text: str) -> Any:
    if not text:
        return {}
    try:
        return json.loads(text, parse_float=str)
    except ValueError:
        example = '{"balance": {"answer": {"amount": 7}}}'
        rule = t("write the answers of services as JSON, such as %(example)s", example=example)
        raise fault("/given/services", "invalid_json", rule) from None


def _pairs(form: Mapping[str, str], field: str, rule: str) -> dict[str, str]:
    pairs = {}
    for line in _lines(form, field):
        name, equals, value = line.partition("=")
        if not equals:
            raise fault(f"/given/{field}", "invalid_format", rule)
        pairs[name.strip()] = value.strip()
    return pairs


def _value(text: str) -> str | int | bool:
    if text in ("true", "false"):
        return text == "true"
    is_number = text.isascii() and text.isdigit() and (text == "0" or not text.startswith("0"))
    return int(text) if is_number and len(text) <= 15 else text


def _typed(form: Mapping[str, str], name: str) -> str:
    return form.get(name, "").strip()


def _lines(form: Mapping[str, str], name: str) -> list[str]:
    return [line.strip() for line in form.get(name, "").splitlines() if line.strip()]


def _names(form: Mapping[str, str], name: str) -> list[str]:
    return [each.strip() for each in form.get(name, "").split(",") if each.strip()]


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _answer(answer: Mapping[str, Any]) -> str:
    said = (
        t("fails (%(how)s)", how=answer["fails"])
        if "fails" in answer
        else t("answers %(answer)s", answer=_shown(answer["answer"]))
    )
    after = f" {_after(answer['delay_s'])}" if "delay_s" in answer else ""
    return said + after + (f" {t('to %(request)s', request=_shown(answer['when']))}" if "when" in answer else "")


def _agent(agent: Mapping[str, Any]) -> str:
    after = f" {_after(agent['rings_s'])}" if "rings_s" in agent else ""
    reports = f" {t('and reports %(report)s', report=agent['reports'])}" if "reports" in agent else ""
    return f"{AGENT_BEHAVIOURS[agent['result']].text}{after}{reports}"


def _in_turn(turns: Iterable[str]) -> str:
    return t(", then ").join(turns)


def _after(wait_s: float) -> str:
    return t("after %(seconds)s s", seconds=number_text(wait_s))
