"""HubSpot and Salesforce as their documentation has them, as far as docs/recipes/crm_bridge.py asks: each refuses
what they would, and keeps what it was sent."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

HUBSPOT_TOKEN = "pat-na1-of-tests"
ID, SECRET = "3MVG9-of-tests", "8A4B-of-tests"
_SOQL = re.compile(
    r"SELECT Id, FirstName, LastName FROM Contact "
    r"WHERE Phone = '(\+\d+)' OR MobilePhone = '(\+\d+)' LIMIT 1"
)


@dataclass
class Crm:
    """`contacts`: names by number. `asked`: method and path of each request, in their order. `tokens`: how many
    Salesforce has given; one is good until `expire` is called."""

    url: str = ""
    contacts: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tokens: int = 0
    good: str = ""

    def expire(self) -> None:
        self.good = ""

    def find(self, number: str) -> tuple[str | None, str] | None:
        return self.contacts.get(number)

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, Any]:
        path = urlsplit(target).path
        self.asked.append(f"{method} {path}")
        if path == "/services/oauth2/token":
            return self._token(headers, body)
        is_salesforce = path.startswith("/services/")
        token = self.good if is_salesforce else HUBSPOT_TOKEN
        if not token or headers["Authorization"] != f"Bearer {token}":
            return 401, {"message": "INVALID_SESSION_ID"}
        sent: Any = json.loads(body) if body else {}
        if body and headers["Content-Type"] != "application/json":
            return 415, {}
        match method, path:
            case "POST", "/crm/v3/objects/contacts/search":
                return self._search(sent)
            case "POST", "/crm/v3/objects/contacts":
                properties = sent["properties"]
                assert set(sent) == {"properties"}
                self.contacts[properties["phone"]] = (None, properties["lastname"])
                return 201, {"id": "501", "properties": properties}
            case "GET", "/services/data/v62.0/query":
                return self._query(parse_qs(urlsplit(target).query)["q"][0])
            case "POST", "/services/data/v62.0/sobjects/Contact":
                # A field that the object does not have is refused: INVALID_FIELD.
                if set(sent) - {"LastName", "FirstName", "Phone", "MobilePhone"} or not sent.get("LastName"):
                    return 400, [{"errorCode": "INVALID_FIELD"}]
                self.contacts[sent["Phone"]] = (None, sent["LastName"])
                return 201, {"id": "003000000000001", "success": True, "errors": []}
        return 404, {}

    def _token(self, headers: Any, body: bytes) -> tuple[int, Any]:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if headers["Content-Type"] != "application/x-www-form-urlencoded" or form != {
            "grant_type": "client_credentials", "client_id": ID, "client_secret": SECRET,
        }:  # fmt: skip
            return 400, {"error": "invalid_client"}
        self.tokens += 1
        self.good = f"00D-{self.tokens}"
        return 200, {"access_token": self.good, "instance_url": self.url, "token_type": "Bearer"}

    def _search(self, sent: Any) -> tuple[int, Any]:
        filters = [each for group in sent["filterGroups"] for each in group["filters"]]
        assert {each["propertyName"] for each in filters} == {"phone", "mobilephone"}
        assert {each["operator"] for each in filters} == {"EQ"}
        assert sent["limit"] == 1
        found = self.find(filters[0]["value"])
        if found is None:
            return 200, {"total": 0, "results": []}
        named = {"firstname": found[0], "lastname": found[1], "hs_object_id": "501"}
        return 200, {"total": 1, "results": [{"id": "501", "properties": named, "archived": False}]}

    def _query(self, query: str) -> tuple[int, Any]:
        asked = _SOQL.fullmatch(query)
        if asked is None or asked[1] != asked[2]:
            return 400, [{"errorCode": "MALFORMED_QUERY"}]
        found = self.find(asked[1])
        rows = [] if found is None else [{"Id": "003000000000001", "FirstName": found[0], "LastName": found[1]}]
        return 200, {"totalSize": len(rows), "done": True, "records": rows}


@contextmanager
def serving(crm: Crm) -> Iterator[Crm]:
    with _answering(crm.answer) as crm.url:
        yield crm


@contextmanager
def catching(caught: list[Any]) -> Iterator[str]:
    """The address of a catch hook as Zapier's is: it takes any JSON, answers 200 with JSON, and reads no header."""

    def catch(method: str, target: str, headers: Any, body: bytes) -> tuple[int, Any]:
        caught.append(json.loads(body))
        return 200, {"status": "success"}

    with _answering(catch) as url:
        yield url + "/hooks/catch/1234567/abcdef/"


@contextmanager
def _answering(answer: Callable[[str, str, Any, bytes], tuple[int, Any]]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            status, answered = answer(self.command, self.path, self.headers, body)
            text = json.dumps(answered).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *args: Any) -> None:
            """Tests print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
