"""The codes that API clients, logs and metrics know errors by."""

from __future__ import annotations

import importlib
import pkgutil
import re

import admin
import ivr
from ivr.domain.errors import IvrError


def errors_of(root: type[IvrError]) -> set[type[IvrError]]:
    return {root}.union(*(errors_of(below) for below in root.__subclasses__()))


def test_no_two_errors_of_the_product_share_a_code() -> None:
    for package in (ivr, admin):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in module.name and not module.name.endswith(("wsgi", "__main__", "gunicorn_conf")):
                importlib.import_module(module.name)
    codes = sorted(error.code for error in errors_of(IvrError) if "code" in vars(error))
    assert codes == sorted(set(codes))
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in codes)
