"""The names that the app answers to, and what it tells browsers behind TLS."""

from __future__ import annotations

import pytest

from admin.app import create_app
from admin.http.services import Services
from admin.http.wire import OwnHosts
from ivr.settings import Settings

NAMES = frozenset({"ivr.example.com"})


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("ivr.example.com", True),
        ("IVR.example.com.", True),
        ("ivr.example.com:8443", True),
        ("localhost:8080", True),
        ("127.0.0.1:8080", True),
        ("[::1]:8080", True),
        ("192.0.2.1:8080", True),
        ("192.0.2.2:8080", False),
        ("evil.example", False),
        ("ivr.example.com.evil.example", False),
        ("evil.example:127.0.0.1", False),
    ],
)
def test_only_own_names_loopback_and_the_bound_address_are_answered(host: str, own: bool) -> None:
    assert OwnHosts(NAMES, "192.0.2.1:8080").has(host) is own


def test_of_a_wildcard_every_address_is_ours_and_no_other_name() -> None:
    hosts = OwnHosts(NAMES, "0.0.0.0:8080")
    assert hosts.has("192.0.2.77")
    assert not hosts.has("evil.example")


def test_without_the_setting_every_name_is_answered() -> None:
    assert OwnHosts().has("anything.example")


def test_a_name_that_another_site_points_at_us_gets_421(settings: Settings, services: Services) -> None:
    app = create_app(settings.model_copy(update={"hosts": "ivr.example.com"}), services)
    for path in ("/ivr", "/ui/login", "/healthz"):
        refused = app.test_client().get(path, headers={"Host": "rebound.evil.example"})
        assert (refused.status_code, refused.json["code"]) == (421, "wrong_host")
    assert app.test_client().get("/healthz", headers={"Host": "ivr.example.com"}).status_code == 200


@pytest.mark.parametrize("wrong", ["https://ivr.example.com", "ivr.example.com:8080", "a b", "*.example.com"])
def test_a_setting_that_is_no_name_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("DIGITREE_HOSTS", wrong)
    with pytest.raises(ValueError, match="is not the name of a host"):
        Settings()


@pytest.mark.parametrize(
    ("peer", "forwarded", "secure"),
    [
        ("10.0.0.1", "https", True),
        ("10.0.0.1", "http", False),
        ("192.0.2.9", "https", False),
        ("10.0.0.1", "x", False),
    ],
)
def test_browsers_behind_tls_are_told_to_stay_there_when_a_trusted_proxy_says_so(
    settings: Settings, services: Services, peer: str, forwarded: str, secure: bool
) -> None:
    app = create_app(settings.model_copy(update={"proxies": "10.0.0.1"}), services)
    answer = app.test_client().get(
        "/healthz", headers={"X-Forwarded-Proto": forwarded}, environ_base={"REMOTE_ADDR": peer}
    )
    assert ("Strict-Transport-Security" in answer.headers) is secure
