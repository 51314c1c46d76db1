"""What a channel's API is sent, and what its answer is worth, as plain values.

A text takes the place of a name inside one string of the body, one header or one part of the path, and each of them
is written by the rules of its place: what a caller said can add no field, header, recipient or part of a URL.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from ivr.domain.channels.message import ChannelFailure, Message, SentMessage, sendable
from ivr.domain.channels.preset import Escape, HttpForm

_SLOT = re.compile(r"\{([a-z_]{1,20})\}")
# Whatever is sent again is refused again.
_FOR_GOOD = frozenset({400, 410, 413, 414, 415, 422})
_LOGIN = frozenset({401, 403})
_LONGEST_SAID = 200
# So long a server may ask to be left alone (Retry-After).
LONGEST_REST_S = 3600.0


class HttpRequest(NamedTuple):
    url: str
    body: bytes
    headers: Mapping[str, str]


def request_for(
    form: HttpForm,
    fields: Mapping[str, str],
    headers: Mapping[str, str],
    message: Message,
    message_id: str,
    token: str | None = None,
) -> HttpRequest:
    """The POST of this message. `fields` are the channel's with its secrets opened, `headers` its own, `token` one
    that was fetched for it. Raises ValueError for a body that is no JSON."""
    url = _url(form.url, fields)
    values = {**fields, **_parts(message, message_id, form)}
    sent = {"Accept": "application/json", "User-Agent": "Digitree"}
    for name, value in headers.items():
        sent = {each: kept for each, kept in sent.items() if each.lower() != name.lower()}
        sent[name] = value
    if form.form is not None:
        body = urlencode({name: _filled(value, values) for name, value in form.form.items()}).encode()
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    else:
        template = json.loads(fields["body"]) if "body" in fields else form.json
        body = json.dumps(_filled_json(template, values), ensure_ascii=False, separators=(",", ":")).encode()
        sent["Content-Type"] = "application/json"
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    elif form.basic is not None:
        sent["Authorization"] = basic(*(fields[name] for name in form.basic))
    elif form.bearer is not None and fields.get(form.bearer):
        sent["Authorization"] = f"Bearer {fields[form.bearer]}"
    if form.key_header is not None:
        sent[form.key_header] = message_id
    return HttpRequest(url, body, sent)


def token_request(form: HttpForm, fields: Mapping[str, str]) -> HttpRequest | None:
    """The request for a token (OAuth 2.0 client credentials), where one is needed."""
    if form.token_url is None or form.basic is None:
        return None
    headers = {
        "Accept": "application/json",
        "User-Agent": "Digitree",
        "Content-Type": "application/x-www-form-urlencoded",
        "Authorization": basic(*(fields[name] for name in form.basic)),
    }
    return HttpRequest(_url(form.token_url, fields), b"grant_type=client_credentials", headers)


def judge(status: int, body: bytes, retry_after: str | None = None, *, now: datetime) -> SentMessage:
    """Any 2xx has taken the message. What is refused for its content is refused for good; all else is tried again,
    a login that fails, too: it may be put right. `retry_after` is the answer's header."""
    if 200 <= status < 300:
        return SentMessage("taken", status=status)
    said = " ".join(body[: 4 * _LONGEST_SAID].decode("utf-8", "replace").split())[:_LONGEST_SAID]
    if status in _FOR_GOOD:
        return SentMessage("refused", "refused", status, said)
    failure: ChannelFailure = "login" if status in _LOGIN else "status"
    return SentMessage("again", failure, status, said, read_retry_after(retry_after, now))


def read_retry_after(header: str | None, now: datetime) -> float:
    """The seconds that a server asks to be left alone (RFC 9110, 10.2.3: a number, or a date), LONGEST_REST_S at
    most; 0 where it asks for none, or for what cannot be read."""
    if header is None:
        return 0.0
    text = header.strip()
    if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII):
        return min(float(text), LONGEST_REST_S)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(0.0, (aware - now).total_seconds()), LONGEST_REST_S)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _parts(message: Message, message_id: str, form: HttpForm) -> dict[str, str]:
    escape = _ESCAPES[form.escape]
    told = {"text": sendable(message.text)[: form.longest], "menu": sendable(message.menu)}
    plain = {"to": message.to, "caller": message.caller, "called": message.called, "message_id": message_id}
    return {**{name: escape(text) for name, text in told.items()}, **plain}


def _url(template: str, fields: Mapping[str, str]) -> str:
    """An address that the channel has as a whole stands as it is; what is a part of a path is quoted."""

    def part(found: re.Match[str]) -> str:
        value = fields[found[1]]
        return value.rstrip("/") if found.start() == 0 and found.end() < len(template) else (
            value if found.span() == (0, len(template)) else quote(value, safe="")
        )

    return _SLOT.sub(part, template)


def _filled(template: str, values: Mapping[str, str]) -> str:
    """In one pass: what was put in is not looked at again."""
    return _SLOT.sub(lambda found: values.get(found[1], found[0]), template)


def _filled_json(template: Any, values: Mapping[str, str]) -> Any:
    if isinstance(template, str):
        return _filled(template, values)
    if isinstance(template, list):
        return [_filled_json(each, values) for each in template]
    if isinstance(template, dict):
        return {name: _filled_json(each, values) for name, each in template.items()}
    return template


def _slack(text: str) -> str:
    """The three characters that mean something to Slack: without them no mention and no link is made."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_ESCAPES: Mapping[Escape, Callable[[str], str]] = {"none": str, "slack": _slack}
