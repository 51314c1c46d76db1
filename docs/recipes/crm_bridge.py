"""A bridge between a menu's `request` nodes and HubSpot or Salesforce: it needs Python 3.11 and nothing else.

Digitree posts flat JSON, signed; these want nested bodies, their own tokens, and answer with names that no variable
of a menu has. Addresses: /hubspot/find, /hubspot/create, /salesforce/find, /salesforce/create. Each takes `caller`
(E.164) and, to create, `last` (the last name; else "Caller" and the number); each answers
{"known": true, "contact": {"id": ..., "first": ..., "last": ...}} or {"known": false}.

Settings are environment variables: SERVICE_SECRET (the service's whsec_...; several, separated by blanks), BRIDGE
(127.0.0.1:9100), HUBSPOT_TOKEN; SALESFORCE_URL (https://NAME.my.salesforce.com), SALESFORCE_CLIENT_ID,
SALESFORCE_CLIENT_SECRET. HUBSPOT_URL is there for trying.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

E164 = re.compile(r"\+[1-9][0-9]{5,14}")
SALESFORCE_API = "/services/data/v62.0"
# Digitree waits three seconds for all of it.
PATIENCE_S = 2.5
MAX_BODY = 64 * 1024
_token_lock = threading.Lock()
_token = ""


def is_signed(headers: dict[str, str], body: bytes) -> bool:
    """As Standard Webhooks has it; names of headers in lower case."""
    message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not stamp.isdecimal() or abs(time.time() - int(stamp)) > 300:
        return False
    given = [each.partition(",")[2].encode() for each in headers.get("webhook-signature", "").split()]
    for secret in os.environ["SERVICE_SECRET"].split():
        key = base64.b64decode(secret.removeprefix("whsec_"))
        wanted = base64.b64encode(hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256))
        if any(hmac.compare_digest(each, wanted) for each in given):
            return True
    return False


def send(method: str, url: str, token: str, body: Any = None) -> Any:
    """JSON of the answer; raises urllib.error.HTTPError."""
    request = urllib.request.Request(
        url,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        return json.load(answer)


def hubspot(method: str, path: str, body: Any) -> Any:
    url = os.environ.get("HUBSPOT_URL", "https://api.hubapi.com")
    return send(method, url + path, os.environ["HUBSPOT_TOKEN"], body)


def salesforce(method: str, path: str, body: Any = None) -> Any:
    """With a token of the client credentials flow, which is fetched once and again when it has expired."""
    global _token
    for is_second in (False, True):
        with _token_lock:
            if not _token or is_second:
                _token = fetch_salesforce_token()
            token = _token
        try:
            return send(method, os.environ["SALESFORCE_URL"] + SALESFORCE_API + path, token, body)
        except urllib.error.HTTPError as error:
            if error.code != 401 or is_second:
                raise
    raise AssertionError("not reached")


def fetch_salesforce_token() -> str:
    form = {
        "grant_type": "client_credentials",
        "client_id": os.environ["SALESFORCE_CLIENT_ID"],
        "client_secret": os.environ["SALESFORCE_CLIENT_SECRET"],
    }
    url = os.environ["SALESFORCE_URL"] + "/services/oauth2/token"
    with urllib.request.urlopen(url, urllib.parse.urlencode(form).encode(), timeout=PATIENCE_S) as answer:
        return str(json.load(answer)["access_token"])


def contact(number: str, first: str | None, last: str | None) -> dict[str, Any]:
    return {"known": True, "contact": {"id": number, "first": first or "", "last": last or ""}}


def find_in_hubspot(caller: str) -> dict[str, Any]:
    fields = ("phone", "mobilephone")
    groups = [{"filters": [{"propertyName": each, "operator": "EQ", "value": caller}]} for each in fields]
    body = {"filterGroups": groups, "properties": ["firstname", "lastname"], "limit": 1}
    found = hubspot("POST", "/crm/v3/objects/contacts/search", body)["results"]
    if not found:
        return {"known": False}
    properties = found[0]["properties"]
    return contact(found[0]["id"], properties.get("firstname"), properties.get("lastname"))


def create_in_hubspot(caller: str, last: str) -> dict[str, Any]:
    body = {"properties": {"phone": caller, "lastname": last}}
    return contact(hubspot("POST", "/crm/v3/objects/contacts", body)["id"], None, last)


def find_in_salesforce(caller: str) -> dict[str, Any]:
    # The number has digits and a + alone, so it cannot end the text.
    where = f"Phone = '{caller}' OR MobilePhone = '{caller}'"
    query = f"SELECT Id, FirstName, LastName FROM Contact WHERE {where} LIMIT 1"
    found = salesforce("GET", "/query?" + urllib.parse.urlencode({"q": query}))["records"]
    return contact(found[0]["Id"], found[0]["FirstName"], found[0]["LastName"]) if found else {"known": False}


def create_in_salesforce(caller: str, last: str) -> dict[str, Any]:
    made = salesforce("POST", "/sobjects/Contact", {"LastName": last, "Phone": caller})
    return contact(made["id"], None, last)


FINDERS = {"hubspot": find_in_hubspot, "salesforce": find_in_salesforce}
CREATORS = {"hubspot": create_in_hubspot, "salesforce": create_in_salesforce}


def answer_to(path: str, sent: dict[str, Any]) -> dict[str, Any]:
    """Raises KeyError for another address, ValueError for a caller without a number. Asked twice it creates once."""
    _, system, what = path.split("/", 2)
    find, create = FINDERS[system], {"find": None, "create": CREATORS[system]}[what]
    caller = str(sent.get("caller") or "")
    if not E164.fullmatch(caller):
        raise ValueError("a caller without a number")
    found = find(caller)
    if found["known"] or create is None:
        return found
    return create(caller, str(sent.get("last") or f"Caller {caller}"))


class Bridge(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY:
            self.close_connection = True
            return self.reply(413, {"error": "too large"})
        body = self.rfile.read(length)
        if not is_signed({name.lower(): value for name, value in self.headers.items()}, body):
            return self.reply(401, {"error": "not signed"})
        try:
            return self.reply(200, answer_to(self.path, json.loads(body)))
        except (KeyError, ValueError) as error:
            return self.reply(400, {"error": str(error)})
        except OSError as error:
            return self.reply(502, {"error": str(error)})

    def reply(self, status: int, answer: dict[str, Any]) -> None:
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


if __name__ == "__main__":
    host, _, port = os.environ.get("BRIDGE", "127.0.0.1:9100").partition(":")
    server = ThreadingHTTPServer((host, int(port)), Bridge)
    print(f"listening on {host}:{server.server_port}", flush=True)
    server.serve_forever()
