"""The firm's name, address, colour and logo: what may be one, and where it is shown."""

from __future__ import annotations

import io
import re
import zlib

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from admin.firm.logo import KEPT_PIXELS, MAX_BYTES, BadLogo, read_logo
from admin.http.shown_firm import ShownFirm
from ivr.domain.errors import StorageUnavailable
from ivr.ports.firm import Firm
from tests.admin.conftest import Api
from tests.admin.test_number_lists_page import ORIGIN, post

SVG = (
    b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/x.dtd">'
    b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:i="http://example.com/i" viewBox="0 0 10 10">'
    b"<metadata>x</metadata>"
    b'<defs><linearGradient id="a"><stop offset="0" style="stop-color:#f00;-x:1"/></linearGradient></defs>'
    b'<i:note/><path d="M0 0h9v9z" fill="url(#a)" class="b" data-x="1"/></svg>'
)


def png(size: tuple[int, int] = (60, 30), **more: object) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "#c00").save(written, "PNG", **more)
    return written.getvalue()


def drawing(inside: str, attributes: str = 'viewBox="0 0 9 9"') -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{inside}</svg>'.encode()


def put_logo(api: Api, content: bytes, kind: str = "image/png") -> tuple[int, str]:
    answer = api("PUT", "/firm/logo", content, headers={"Content-Type": kind})
    return answer.status_code, answer.json.get("code", "") if answer.status_code != 200 else ""


@pytest.fixture
def browser(app: Flask, api_key: str) -> FlaskClient:
    client = app.test_client()
    assert client.post("/ui/login", data={"key": api_key}, headers=ORIGIN).status_code == 303
    return client


def test_the_name_and_the_colour_are_on_every_page_and_on_the_log_in_page(
    api: Api, app: Flask, browser: FlaskClient
) -> None:
    assert "· Digitree</title>" in browser.get("/ui/firm").text
    typed = {"name": "Roofs & Sons <b>", "contact": "1 Main St\r\nAustin", "own": "yes", "colour": "#FFD400"}
    assert post(browser, "/ui/firm", **typed)[0] == 303
    firm = api("GET", "/firm").json
    assert (firm["name"], firm["contact"], firm["colour"]) == ("Roofs & Sons <b>", "1 Main St\nAustin", "#ffd400")
    assert not firm["colours"]["light"]["readable"]
    own = browser.get("/ui/firm").text
    assert "text needs 4.5" in own
    for page in (own, browser.get("/ui/menus").text, app.test_client().get("/ui/login").text):
        assert "· Roofs &amp; Sons &lt;b&gt;</title>" in page
        assert '<link rel="stylesheet" href="/ui/firm/colour.css?v=ffd400">' in page
    (brand,) = re.findall('<h1 class="brand">.*', app.test_client().get("/ui/forgot").text)
    assert "Roofs &amp; Sons &lt;b&gt;" in brand
    style = app.test_client().get("/ui/firm/colour.css?v=ffd400")
    assert style.content_type == "text/css; charset=utf-8"
    assert "background: #ffd400; border-color: #ffd400; color: #000000" in style.text
    assert firm["colours"]["light"]["accent"] in style.text
    assert "immutable" in style.headers["Cache-Control"]
    assert app.test_client().get("/ui/firm/colour.css?v=old").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"name": "x" * 81}, "/name"), ({"name": "a\nb"}, "/name"), ({"name": "a", "contact": "b\x00"}, "/contact"),
        ({"name": "a", "colour": "red; }"}, "/colour"), ({"name": "a", "colour": "#12345"}, "/colour"),
    ],
)  # fmt: skip
def test_a_name_an_address_or_a_colour_that_is_none_is_refused(api: Api, body: dict[str, str], at: str) -> None:
    refused = api("PUT", "/firm", body)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, at)


def test_a_change_for_an_older_state_is_refused(api: Api) -> None:
    tag = {"If-Match": api("GET", "/firm").headers["ETag"]}
    assert api("PUT", "/firm", {"name": "one"}, headers=tag).status_code == 200
    assert api("PUT", "/firm", {"name": "two"}, headers=tag).status_code == 412
    assert api("DELETE", "/firm/logo", headers=tag).status_code == 412
    assert api("PUT", "/firm/logo", png(), headers={"Content-Type": "image/png", **tag}).status_code == 412


def test_a_picture_is_drawn_anew_from_its_pixels_and_everybody_may_see_it(api: Api, app: Flask) -> None:
    anybody = app.test_client()
    assert anybody.get("/ui/firm/logo").status_code == 404
    content = png((3000, 600)) + b"<script>alert(1)</script>"
    assert put_logo(api, content, "image/svg+xml") == (200, "")
    firm = api("GET", "/firm").json
    served = anybody.get(firm["logo"]["url"])
    assert (served.content_type, firm["logo"]["type"]) == ("image/png", "image/png")
    assert b"script" not in served.data
    assert Image.open(io.BytesIO(served.data)).size == (KEPT_PIXELS[0], 240)
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in served.headers["Content-Security-Policy"]
    assert "sandbox" in served.headers["Content-Security-Policy"]
    assert "immutable" in served.headers["Cache-Control"]
    assert firm["logo"]["url"] in anybody.get("/ui/login").text
    assert api("DELETE", "/firm/logo").json["logo"] is None
    assert anybody.get(firm["logo"]["url"]).status_code == 404


def test_a_drawing_keeps_its_shapes_and_colours_and_nothing_else(api: Api, app: Flask) -> None:
    assert put_logo(api, SVG, "text/plain") == (200, "")
    served = app.test_client().get("/ui/firm/logo")
    assert served.content_type == "image/svg+xml"
    assert served.data.decode() == (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><defs><linearGradient id="a">'
        '<stop offset="0" stop-color="#f00" /></linearGradient></defs><path d="M0 0h9v9z" fill="url(#a)" /></svg>'
    )


BOMB = b'<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + drawing("<text>&b;</text>")
ELSEWHERE = b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + drawing("<text>&x;</text>")


@pytest.mark.parametrize(
    "content",
    [
        drawing("<script>alert(1)</script>"), drawing('<path d="M0 0" onload="alert(1)"/>'),
        drawing("<path/>", 'viewBox="0 0 9 9" ONLOAD="x"'), drawing('<image href="https://example.com/x.png"/>'),
        drawing("<foreignObject><p>x</p></foreignObject>"), drawing('<use href="#a"/>'),
        drawing("<style>@import 'x'</style>"),
        drawing('<rect fill="url(https://example.com/x)"/>'), drawing('<rect style="fill:url(//example.com/#a)"/>'),
        drawing('<a href="javascript:alert(1)"><text>x</text></a>'), drawing('<animate attributeName="href"/>'),
        drawing("<g>" * 60 + "</g>" * 60), drawing("<g/>" * 3000), drawing("<g>"), drawing("<path/>", ""),
        BOMB, ELSEWHERE,
        b"<svg", b"<html><svg/></html>", b"\xff\xfe<svg/>", b"GIF89a", b"", b"\x89PNG\r\n\x1a\n", png()[:60],
    ],
)  # fmt: skip
def test_what_could_do_harm_is_no_logo_and_the_refusal_says_what_to_do(content: bytes) -> None:
    with pytest.raises(BadLogo, match=r"^[^;]+; [^;]+$"):
        read_logo(content)


def test_a_picture_that_would_grow_without_bound_is_refused_before_it_is_unpacked(api: Api) -> None:
    head = (20_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(10_000_000))), (b"IEND", b""))
    written = [
        len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")
        for name, data in chunks
    ]
    bomb = b"\x89PNG\r\n\x1a\n" + b"".join(written)
    refused = api("PUT", "/firm/logo", bomb, headers={"Content-Type": "image/png"})
    assert (refused.status_code, refused.json["code"]) == (422, "bad_logo")
    assert "pixels" in refused.json["detail"]
    assert put_logo(api, png() + bytes(MAX_BYTES)) == (413, "too_large")


def test_only_those_with_admin_change_the_firm(api: Api) -> None:
    key = api("POST", "/keys", {"name": "reader", "scopes": ["read", "write"]}).json["key"]
    other = api.as_key(key)
    assert other("GET", "/firm").status_code == 200
    assert other("PUT", "/firm", {"name": "x"}).status_code == 403
    assert put_logo(other, png())[0] == 403


def test_while_postgres_is_away_pages_show_what_was_read_last_and_wait_for_it_once() -> None:
    class Store:
        asked, away = 0, False

        def get(self) -> Firm:
            self.asked += 1
            if self.away:
                raise StorageUnavailable("postgres", "gone")
            return Firm("Acme")

    store, now = Store(), [0.0]
    shown = ShownFirm(store, lambda: now[0])  # type: ignore[arg-type]
    assert shown.get().title == "Acme"
    store.away = True
    assert [shown.get().title for _ in range(3)] == ["Acme"] * 3
    assert store.asked == 2
    now[0], store.away = 11.0, False
    assert (shown.get().title, store.asked) == ("Acme", 3)


def test_changes_of_the_firm_are_in_the_audit_log(api: Api) -> None:
    api("PUT", "/firm", {"name": "one"})
    put_logo(api, png())
    (logo, put) = api("GET", "/audit?subject=firm").json["items"]
    assert (put["action"], put["after"]["name"]) == ("firm.put", "one")
    assert (logo["action"], logo["before"]["logo_sha256"]) == ("firm.logo", None)
    assert logo["after"]["logo_sha256"]
