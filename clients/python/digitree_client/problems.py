"""What a client raises where Digitree refuses a request."""

from __future__ import annotations

from http import HTTPStatus

import httpx

from .models import Fault, Problem


class DigitreeError(Exception):
    """A refused request. `code` is stable and made for programs, `detail` for people; `faults` has one entry for each
    fault of the request, with a JSON pointer to its place. `code` is empty where the answer is not Digitree's."""

    def __init__(self, status: int, problem: Problem | None, retry_after_s: float | None = None) -> None:
        self.status = status
        self.problem = problem
        self.code = problem.code if problem else ""
        self.title = problem.title if problem else _phrase(status)
        self.detail = problem.detail if problem else ""
        self.faults: list[Fault] = problem.errors if problem else []
        self.retry_after_s = retry_after_s
        super().__init__(f"{status} {self.code or self.title}: {self.detail}".rstrip(": "))


def error_of(response: httpx.Response) -> DigitreeError:
    """The error that an answer of status 400 or more stands for; the answer has been read."""
    try:
        problem = Problem.from_dict(response.json())
    except (ValueError, TypeError, KeyError, AttributeError):
        problem = None
    return DigitreeError(response.status_code, problem, retry_after_s(response))


def retry_after_s(response: httpx.Response) -> float | None:
    """The seconds of `Retry-After`; None: it has none, or a date."""
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"
