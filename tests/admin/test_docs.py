"""The OpenAPI document says what the app does, and the page about it needs nobody else."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import Flask
from pydantic import TypeAdapter

from admin.endpoints import ENDPOINTS
from admin.http.routing import Answer, Endpoint
from tests.admin.conftest import Api
from tests.admin.pages import PAGE_DID, PAGE_PATCH, is_page


@pytest.fixture
def document(api: Api) -> dict[str, Any]:
    return json.loads(api.as_key(None)("GET", "/openapi.json").data)


def test_the_document_has_every_route_and_no_other(app: Flask, document: dict[str, Any]) -> None:
    routes = {
        (re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if not is_page(rule.rule)
        for method in (rule.methods or set()) - {"HEAD"}
    }
    described = {(path, method) for path, item in document["paths"].items() for method in item}
    assert routes == described


def test_every_reference_leads_somewhere_and_every_operation_is_named_once(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    for name in re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', text):
        assert name in document["components"]["schemas"]
    operations = [each["operationId"] for item in document["paths"].values() for each in item.values()]
    assert len(set(operations)) == len(operations)
    assert document["openapi"].startswith("3.1")
    for item in document["paths"].values():
        for each in item.values():
            assert each["summary"]
            assert each.get("security") == [] or "401" in each["responses"]


def test_answers_are_as_their_models_say(api: Api) -> None:
    menu_id = api.create()
    api("POST", f"/ivr/{menu_id}/assign", {"did": PAGE_DID})
    api("POST", "/dnc", {"number": "+14805551234"})
    requests: list[tuple[str, str, str, Any]] = [
        ("GET", "/ivr", "/ivr", None),
        ("GET", "/ivr/<menu:ivr_id>", f"/ivr/{menu_id}", None),
        ("PATCH", "/ivr/<menu:ivr_id>", f"/ivr/{menu_id}", PAGE_PATCH),
        ("POST", "/ivr/<ivr_id>/audio", f"/ivr/{menu_id}/audio", {"node": "dnc", "text": "Bye."}),
        ("PUT", "/ivr/<ivr_id>/audio/<file>", f"/ivr/{menu_id}/audio/welcome.wav", b"sound"),
        ("POST", "/ivr/<ivr_id>/assign", f"/ivr/{menu_id}/assign", {"did": PAGE_DID}),
        ("GET", "/dids", "/dids", None),
        ("GET", "/dnc", "/dnc", None),
        ("GET", "/dnc/<entry:number>", "/dnc/+14805551234", None),
        ("GET", "/dnc/<entry:number>/proof", "/dnc/+14805551234/proof", None),
        ("POST", "/dnc/<entry:number>/release", "/dnc/+14805551234/release", {"reason": "asked for it"}),
        ("POST", "/dnc/check", "/dnc/check", {"numbers": ["+14805551234"]}),
        ("GET", "/dnc/checks", "/dnc/checks", None),
        ("GET", "/dnc/changes", "/dnc/changes", None),
        ("GET", "/dnc/lists", "/dnc/lists", None),
        ("POST", "/dnc/lists", "/dnc/lists", {"id": "acme", "scope": "seller", "seller": "Acme"}),
        ("POST", "/lists", "/lists", {"name": "vip"}),
        ("GET", "/lists/<list_name>", "/lists/vip", None),
        ("PUT", "/lists/<list_name>/numbers/<number>", "/lists/vip/numbers/+14805551234", {"days": 30}),
        ("GET", "/lists/<list_name>/numbers/<number>", "/lists/vip/numbers/+14805551234", None),
        ("POST", "/lists/<list_name>/numbers", "/lists/vip/numbers", {"numbers": ["(480) 555-1235"]}),
        ("GET", "/lists/<list_name>/numbers", "/lists/vip/numbers", None),
        ("GET", "/lists", "/lists", None),
        ("POST", "/hours", "/hours", {"name": "office", "zone": "UTC", "holidays": [{"country": "US"}]}),
        ("PUT", "/hours/<hours>/closure", "/hours/office/closure", {"label": "Storm"}),
        ("GET", "/hours/<hours>", "/hours/office", None),
        ("GET", "/hours", "/hours", None),
        ("POST", "/services", "/services", {"name": "crm", "url": "https://crm.example.com/"}),
        ("GET", "/services/<service>", "/services/crm", None),
        ("GET", "/services", "/services", None),
        ("POST", "/services/<service>/rotate", "/services/crm/rotate", None),
        ("GET", "/agent-presets", "/agent-presets", None),
        ("POST", "/trunks", "/trunks", {"name": "carrier", "preset": "twilio"}),
        ("GET", "/trunks/<trunk>", "/trunks/carrier", None),
        ("GET", "/trunks", "/trunks", None),
        ("GET", "/trunk-presets", "/trunk-presets", None),
        ("GET", "/telephones", "/telephones", None),
        ("GET", "/keys", "/keys", None),
        ("POST", "/keys", "/keys", {"name": "x", "scopes": ["read"]}),
        ("GET", "/audit", "/audit", None),
        ("GET", "/voices", "/voices", None),
        ("GET", "/healthz", "/healthz", None),
        ("GET", "/readyz", "/readyz", None),
    ]
    endpoints = {(each.method, each.path): each for each in ENDPOINTS}
    for method, route, path, body in requests:
        response = api(method, path, body)
        model = _answer(endpoints[method, route], response.status_code).schema
        assert isinstance(model, type)
        parsed = TypeAdapter(model).validate_json(response.data)
        assert set(json.loads(response.data)) == set(parsed.model_dump()), (method, path)


def _answer(endpoint: Endpoint, status: int) -> Answer:
    (answer,) = [each for each in endpoint.answers if (each.status, each.media) == (status, "application/json")]
    return answer


def test_the_page_and_all_its_parts_come_from_here(api: Api) -> None:
    nobody = api.as_key(None)
    page = nobody("GET", "/docs")
    assert page.status_code == 200
    assert "//" not in re.sub(r"<!DOCTYPE[^>]*>", "", page.text), "no other host"
    parts = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(parts) == 4
    for part in parts:
        assert part.startswith("/docs/")
        assert nobody("GET", part).status_code == 200
    assert nobody("GET", "/docs/docs.js").content_type.startswith("text/javascript")
    assert nobody("GET", "/docs/oauth2-redirect.html").status_code == 404


def test_the_policy_of_the_page_allows_no_other_host_and_no_inline_script(api: Api) -> None:
    policy = api.as_key(None)("GET", "/docs").headers["Content-Security-Policy"]
    directives = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self'"
    assert "http" not in policy
    assert api("GET", "/ivr").headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_generators_of_clients_understand_the_document(document: dict[str, Any]) -> None:
    """What they stumbled over: keys by a pattern, and properties with a default, which they take for required."""

    def look(value: Any) -> None:
        if isinstance(value, dict):
            assert "patternProperties" not in value
            for name, each in (value.get("properties") or {}).items():
                assert isinstance(each, bool) or each.get("default") is None, name
            for each in value.values():
                look(each)
        elif isinstance(value, list):
            for each in value:
                look(each)

    look(document["paths"])
    look(document["components"]["schemas"])
    assert document["components"]["schemas"]["GatherNode"]["properties"]["timeout_s"]["description"] == "default: 5.0"


def test_generators_of_clients_leave_no_operation_out(document: dict[str, Any]) -> None:
    """openapi-python-client leaves out an operation whose body has no type that it knows, and gives a field the name
    of the object that it makes of a model."""
    kinds = ("json", "x-www-form-urlencoded", "octet-stream")
    known = {"multipart/form-data", *(f"application/{kind}" for kind in kinds)}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            types = operation.get("requestBody", {}).get("content", known)
            assert known.intersection(types), (method, path)
    for name, schema in document["components"]["schemas"].items():
        own = schema.get("properties", {}).get(re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(), {})
        assert "$ref" not in own, name
        assert own.get("type") != "array", name
