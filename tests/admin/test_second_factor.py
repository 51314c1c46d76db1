"""The second factor of users: set up, asked for, used once, lost and removed."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

import psycopg
import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from admin.http.log_ins import LogIns, LogInTickets
from admin.http.services import Services
from admin.users.service import STEP_S, SecondFactors
from admin.wiring import Stores
from ivr.secrets import Sealer
from tests.admin.conftest import Api

PASSWORD = "correct horse battery"
ORIGIN = {"Origin": "http://localhost"}
NOON = 1_800_000_000


@pytest.fixture
def now(services: Services) -> Callable[[float], None]:
    """Sets the clock of codes, which stands still."""
    factors = services.get(SecondFactors)
    services.get(LogIns)._sleep = lambda _: None

    def set_clock(seconds: float) -> None:
        object.__setattr__(factors, "clock", lambda: NOON + seconds)

    set_clock(0)
    return set_clock


@pytest.fixture
def ada(api: Api) -> str:
    made = api("POST", "/users", {"name": "ada", "password": PASSWORD, "scopes": ["read", "calls"]})
    return str(made.json["id"])


def _begin(client: FlaskClient, name: str = "ada") -> TestResponse:
    return client.post("/ui/login", data={"name": name, "password": PASSWORD}, headers=ORIGIN)


def _enter(client: FlaskClient, asked: TestResponse, code: str) -> TestResponse:
    ticket = asked.text.split('name="ticket" value="')[1].split('"')[0]
    return client.post("/ui/login/code", data={"ticket": ticket, "code": code}, headers=ORIGIN)


def _post(client: FlaskClient, path: str, **form: str) -> TestResponse:
    csrf = client.get("/ui/account").text.split('name="csrf-token" content="')[1].split('"')[0]
    return client.post(path, data={"csrf": csrf, **form}, headers=ORIGIN)


def _set_up(app: Flask) -> tuple[pyotp.TOTP, list[str]]:
    """Ada's app and her recovery codes, by way of her account page."""
    client = app.test_client()
    assert _begin(client).status_code == 303
    page = _post(client, "/ui/account/second-factor").text
    totp = pyotp.TOTP(page.split('id="secret">')[1].split("<")[0])
    assert 'src="data:image/svg+xml' in page
    assert "is not the code" in _post(client, "/ui/account/second-factor/confirm", code="000000").text
    done = _post(client, "/ui/account/second-factor/confirm", code=totp.at(NOON)).text
    return totp, re.findall(r"[0-9a-f]{5}(?:-[0-9a-f]{5}){3}", done)


@pytest.mark.usefixtures("ada")
def test_a_password_alone_opens_nothing_and_a_code_is_good_once(app: Flask, now: Callable[[float], None]) -> None:
    totp, _ = _set_up(app)
    client = app.test_client()
    asked = _begin(client)
    assert (asked.status_code, "Set-Cookie" in asked.headers) == (200, False)
    assert client.get("/ui/account").status_code == client.get("/ui/menus").status_code == 303
    replayed = _enter(client, asked, totp.at(NOON))
    assert (replayed.status_code, "used already" in replayed.text) == (401, True), "it set the app up"
    now(STEP_S)
    assert _enter(client, asked, totp.at(NOON + STEP_S)).status_code == 303
    assert client.get("/ui/menus").status_code == 200
    seen_by_a_thief = app.test_client()
    again = _begin(seen_by_a_thief)
    assert _enter(seen_by_a_thief, again, totp.at(NOON + STEP_S)).status_code == 401
    assert _enter(seen_by_a_thief, again, totp.at(NOON)).status_code == 401, "nor one from before"


@pytest.mark.usefixtures("ada")
def test_a_clock_may_be_a_step_off_and_no_more(app: Flask, now: Callable[[float], None]) -> None:
    totp, _ = _set_up(app)
    now(20 * STEP_S)
    client = app.test_client()
    asked = _begin(client)
    for off in (-2, 2):
        assert _enter(client, asked, totp.at(NOON + (20 + off) * STEP_S)).status_code == 401
    assert _enter(client, asked, totp.at(NOON + 19 * STEP_S)).status_code == 303


@pytest.mark.usefixtures("ada", "now")
def test_a_recovery_code_stands_in_for_the_app_once(app: Flask) -> None:
    _, codes = _set_up(app)
    assert len(set(codes)) == 10
    client = app.test_client()
    assert _enter(client, _begin(client), codes[3].upper().replace("-", " ")).status_code == 303
    other = app.test_client()
    asked = _begin(other)
    assert _enter(other, asked, codes[3]).status_code == 401
    assert _enter(other, asked, codes[4]).status_code == 303


@pytest.mark.usefixtures("ada", "now")
def test_neither_secret_nor_codes_are_kept_readable(app: Flask, database: str, api: Api) -> None:
    totp, codes = _set_up(app)
    with psycopg.connect(database) as connection:
        row = str(connection.execute("select * from second_factor").fetchall())
    audit = api("GET", "/audit?action=user").text
    assert "in force" in audit
    for secret in (totp.secret, *codes, codes[0].replace("-", "")):
        assert secret not in row
        assert secret not in audit


@pytest.mark.usefixtures("ada")
def test_codes_are_not_guessed_from_many_addresses(app: Flask, now: Callable[[float], None]) -> None:
    totp, codes = _set_up(app)
    now(STEP_S)
    asked = _begin(app.test_client())
    found = []
    for number in range(30):
        thief = app.test_client()
        thief.environ_base = {"REMOTE_ADDR": f"198.51.100.{number}"}
        found.append(_enter(thief, asked, f"{number:06d}").status_code)
    assert (found.count(401), found.count(429)) == (5, 25)
    thief = app.test_client()
    assert _enter(thief, asked, totp.at(NOON + STEP_S)).status_code == 429, "a right guess does not show"
    hers = app.test_client()
    assert _enter(hers, asked, codes[0]).status_code == 303, "she has recovery codes, and her own browsers"


@pytest.mark.parametrize("ticket", ["", "x", Sealer(lambda: b"other").seal("log-in until 9999999999 user_1 ada")])
@pytest.mark.usefixtures("now")
def test_a_ticket_that_we_did_not_give_is_none(app: Flask, ticket: str) -> None:
    answer = app.test_client().post("/ui/login/code", data={"ticket": ticket, "code": "000000"}, headers=ORIGIN)
    assert answer.status_code == 401
    assert "Log in again" in answer.text


def test_a_ticket_is_good_for_five_minutes() -> None:
    at = [1000.0]
    tickets = LogInTickets(Sealer(lambda: b"s"), lambda: at[0])
    ticket = tickets.issue("user_1", "ada")
    at[0] += 299
    assert tickets.find(ticket) == ("user_1", "ada")
    at[0] += 1
    assert tickets.find(ticket) is None


@pytest.mark.usefixtures("ada")
def test_switching_it_off_needs_a_code(app: Flask, now: Callable[[float], None]) -> None:
    totp, codes = _set_up(app)
    client = app.test_client()
    assert _enter(client, _begin(client), codes[0]).status_code == 303
    assert _post(client, "/ui/account/second-factor/off", code="000000").status_code == 422
    assert _begin(app.test_client()).status_code == 200
    now(STEP_S)
    assert _post(client, "/ui/account/second-factor/off", code=totp.at(NOON + STEP_S)).status_code == 303
    assert _begin(app.test_client()).status_code == 303


@pytest.mark.usefixtures("now")
def test_an_administrator_sets_one_up_and_removes_it_by_the_api(
    app: Flask, api: Api, ada: str, stores: Stores
) -> None:
    path = f"/users/{ada}/second-factor"
    assert api("DELETE", path).status_code == 404
    made = api("POST", path).json
    assert f"secret={made['secret']}" in unquote(made["uri"])
    assert not api("GET", f"/users/{ada}").json["second_factor"], "not before it is confirmed"
    assert _begin(app.test_client()).status_code == 303
    wrong = api("POST", f"{path}/confirm", {"code": "000000"})
    assert (wrong.status_code, wrong.json["code"]) == (422, "wrong_code")
    done = api("POST", f"{path}/confirm", {"code": pyotp.TOTP(made["secret"]).at(NOON)})
    assert len(done.json["recovery_codes"]) == 10
    assert api("GET", f"/users/{ada}").json["second_factor"]
    assert api("POST", path).json["code"] == "second_factor_on"
    lesser = api.as_key(stores.postgres.keys.create("lesser", ["read", "admin"])[1])
    for method, where in (("POST", path), ("POST", f"{path}/confirm"), ("DELETE", path)):
        body = {"code": "000000"} if where != path else None
        assert lesser(method, where, body).json["code"] == "scope_missing", "she may see calls"
    assert api("DELETE", path).status_code == 204
    assert _begin(app.test_client()).status_code == 303


@pytest.mark.usefixtures("now")
def test_a_key_has_no_second_factor(app: Flask, api_key: str) -> None:
    client = app.test_client()
    client.post("/ui/login", data={"key": api_key}, headers=ORIGIN)
    assert _post(client, "/ui/account/second-factor").status_code == 409
