"""/privacy: what is kept about a caller is shown, and erased but for what must be kept."""

from __future__ import annotations

from admin.wiring import Stores
from ivr.domain.numbers import E164
from ivr.secrets import signed_values
from ivr.settings import Settings
from ivr.storage.redis.kept_languages import RedisKeptLanguages
from tests.admin.conftest import Api
from tests.storage.conftest import call

CALLER = "+14805550001"


def test_a_caller_is_shown_and_erased_and_their_opt_out_stays(api: Api, stores: Stores) -> None:
    stores.postgres.calls.started(call(ani=E164(CALLER), ani_raw=CALLER))
    assert api("POST", "/dnc", {"number": CALLER}).status_code == 201
    shown = api("GET", f"/privacy/{CALLER}").json
    assert [each["ani"] for each in shown["calls"]] == [CALLER]
    assert len(shown["opt_outs"]) == 1
    erased = api("DELETE", f"/privacy/{CALLER}").json
    assert (erased["erased"]["calls"], erased["kept"]["opt_outs"]) == (1, 1)
    (record,) = api("GET", "/calls").json["items"]
    assert (record["ani"], record["ani_raw"]) == (None, "erased")
    assert api("GET", f"/dnc/{CALLER}").status_code == 200
    newest = api("GET", "/audit").json["items"][0]
    assert newest["action"] == "privacy.erase"
    assert CALLER not in str(newest)


def test_the_language_that_a_caller_chose_is_shown_and_erased(api: Api, settings: Settings) -> None:
    kept = RedisKeptLanguages(settings.redis_url, signed_values(settings), days=365)
    kept.keep(CALLER, "es")
    assert api("GET", f"/privacy/{CALLER}").json["language"] == "es"
    assert api("DELETE", f"/privacy/{CALLER}").json["erased"]["languages"] == 1
    assert kept.find(CALLER) == ""
    assert api("GET", f"/privacy/{CALLER}").json["language"] is None
    kept.close()


def test_a_number_that_is_none_is_refused(api: Api) -> None:
    assert api("GET", "/privacy/nobody").status_code == 422
