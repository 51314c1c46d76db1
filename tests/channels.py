"""Channels of tests: a mail server's, and those of vendors at a server of the test."""

from __future__ import annotations

from typing import Any

from ivr.domain.channels.definition import Channel
from tests.service_stub import SEALER

SMS_FIELDS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "twilio": ({"account": "AC123", "from": "+14155550100"}, {"token": "t0ken"}),
    "telnyx": ({"from": "+14155550100"}, {"key": "KEY1"}),
    "bandwidth": ({"account": "99", "application": "app-1", "client": "c", "from": "+14155550100"}, {"secret": "s"}),
}


def channel(name: str, preset: str, settings: dict[str, str], secrets: dict[str, str] | None = None) -> Channel:
    """It may send to this machine."""
    sealed = tuple((field, SEALER.seal(value)) for field, value in (secrets or {}).items())
    return Channel(name, preset, tuple(settings.items()), sealed, allow_private=True)


def mail_channel(port: int, name: str = "office", security: str = "none", **more: Any) -> Channel:
    settings = {"host": "127.0.0.1", "port": str(port), "security": security, "from": "ivr@example.com",
                "to": "office@example.com", **more}  # fmt: skip
    secrets = {"password": settings.pop("password")} if "password" in settings else {}
    return channel(name, "smtp", settings, secrets)


def sms_channel(preset: str, url: str, name: str = "sms") -> Channel:
    settings, secrets = SMS_FIELDS[preset]
    token = {"token_url": f"{url}/token"} if preset == "bandwidth" else {}
    return channel(name, preset, {**settings, "base_url": url, **token}, secrets)
