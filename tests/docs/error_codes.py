"""Every code that a problem of the API may have, with its HTTP status, read from the code."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from admin.http.problems import RULES
from ivr.domain.errors import IvrError
from tts.client.errors import TtsError

ROOT = Path(__file__).parents[2]
# What makes a refusal: where its code stands among the arguments, and its status where it is always the same.
_MAKERS = {
    "ApiError": (1, None),
    "fault": (1, 422),
    "not_found": (1, 404),
    "unavailable": (0, 503),
    "invalid": (9, 422),
}
# Made by a name in place of a text, or outside Flask.
_OTHERS = {
    "key_malformed": 401,
    "key_missing": 401, "key_unknown": 401, "bad_request": 400, "bad_http": 400, "not_found": 404,
    "method_not_allowed": 405, "too_large": 413, "bad_lines": 422, "text_tag": 422,
}  # fmt: skip


def codes() -> dict[str, set[int]]:
    """Code -> statuses."""
    found: dict[str, set[int]] = {code: {rule.status} for code, rule in RULES.items()}
    for code, status in [*_OTHERS.items(), *_of_classes(), *_of_calls()]:
        found.setdefault(code, set()).add(status)
    return found


def _of_classes() -> Iterator[tuple[str, int]]:
    """Errors that have the rule of a class above them."""
    for package in ("ivr.domain", "admin", "tts.client"):
        root = importlib.import_module(package)
        for module in pkgutil.walk_packages(root.__path__, f"{package}."):
            if module.name.rpartition(".")[2] not in ("__main__", "wsgi", "gunicorn_conf", "gunicorn_worker"):
                importlib.import_module(module.name)
    waiting: list[type[IvrError | TtsError]] = [IvrError, TtsError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        rule = next((RULES[code] for each in kind.__mro__ if (code := vars(each).get("code")) in RULES), None)
        if rule and "code" in vars(kind) and not kind.__module__.startswith("tests."):
            yield kind.code, rule.status


def _of_calls() -> Iterator[tuple[str, int]]:
    for path in sorted((ROOT / "admin").rglob("*.py")):
        for each in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(each.func, "id", "") if isinstance(each, ast.Call) else ""
            if isinstance(each, ast.Call) and name in _MAKERS:
                at, status = _MAKERS[name]
                given = [*each.args[at : at + 1], *(word.value for word in each.keywords if word.arg == "code")]
                code = given[-1].value if given and isinstance(given[-1], ast.Constant) else None
                said = each.args[0].value if each.args and isinstance(each.args[0], ast.Constant) else None
                if isinstance(code, str):
                    yield code, status or int(str(said))
