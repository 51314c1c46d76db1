"""A form that was sent without a valid session: kept through the log-in, shown, and sent again by a click.

Only forms of our own pages get here: the origin is checked first. Passwords and secrets are not kept.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from flask import request

# A page below /ui, and nothing that a browser could take for another site.
_OWN_PAGE = re.compile(r"/ui/[A-Za-z0-9_./?=&%+:~-]*", re.ASCII)
_SECRET = re.compile(r"csrf|password|secret", re.ASCII)
MAX_KEPT_BYTES = 150 * 1024


@dataclass(frozen=True, slots=True)
class KeptForm:
    """The path to which the form goes and its fields as typed, in their order."""

    path: str
    fields: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The form as JSON, for a hidden field of the log-in page."""
        return json.dumps([self.path, self.fields])


def form_of_request(path: str | None = None) -> KeptForm | None:
    """The form of the current request, to be sent to this path (the request's own by default); None when it is not
    one of a page or is too large to be kept."""
    path = path or request.path
    if request.method != "POST" or not is_own_page(path):
        return None
    fields = tuple((name, value) for name, value in request.form.items(multi=True) if not _SECRET.search(name))
    if path == "/ui/account/password":  # all of its fields are passwords
        return None
    kept = KeptForm(path, fields)
    return kept if fields and len(kept.text) <= MAX_KEPT_BYTES else None


def parse_kept_form(text: str) -> KeptForm | None:
    """The form of a hidden field; None when it is none."""
    if not text:
        return None
    try:
        path, fields = json.loads(text)
        kept = KeptForm(path, tuple((name, value) for name, value in fields))
    except (ValueError, TypeError, RecursionError):
        return None
    if not all(isinstance(each, str) for each in (path, *_flat(kept.fields))):
        return None
    return kept if is_own_page(kept.path) else None


def is_own_page(path: str) -> bool:
    """Whether this is the address of one of our pages, other than log-in and log-out."""
    return is_below_ui(path) and not path.startswith("/ui/log")


def is_below_ui(path: str) -> bool:
    """Whether this is an address of ours that a browser cannot take for another site's."""
    return _OWN_PAGE.fullmatch(path) is not None and not path.startswith("/ui//")


def _flat(fields: tuple[tuple[Any, Any], ...]) -> list[Any]:
    return [part for field in fields for part in field]
