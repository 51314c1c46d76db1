"""A Redis that fails over: `redis+sentinel://[USER:PASSWORD@]HOST:PORT[,HOST:PORT...]/DB?master=NAME`.

Sentinels are asked for the master whenever a connection is made; after a fail-over they close the old ones, so the
next try is at the new master. `sentinel_username` and `sentinel_password` in the query are for the Sentinels
themselves.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

SCHEME = "redis+sentinel://"
SENTINEL_PORT = 26379
_MOST_CONNECTIONS = 64


def connect_by_sentinel(url: str, *, timeout_s: float) -> redis.Redis:
    """A client of the present master; connects at first use. Raises ValueError for an incomplete URL."""
    parts = urlsplit(url)
    user, _, hosts = parts.netloc.rpartition("@")
    username, _, password = user.partition(":")
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    sentinels = [_host_port(text) for text in hosts.split(",") if text]
    database = parts.path.strip("/") or "0"
    if not sentinels or "master" not in asked or not database.isdigit():
        raise ValueError(f"write it as {SCHEME}HOST:PORT[,HOST:PORT...]/DB?master=NAME")
    patience: dict[str, Any] = {
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
        "driver_info": None,
    }
    who = {"username": asked.get("sentinel_username"), "password": asked.get("sentinel_password")}
    manager = Sentinel(sentinels, sentinel_kwargs=patience | {name: value for name, value in who.items() if value})
    client: redis.Redis = manager.master_for(
        asked["master"],
        username=unquote(username) or None,
        password=unquote(password) or None,
        db=int(database),
        max_connections=_MOST_CONNECTIONS,
        **patience,
    )
    return client


def _host_port(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        return text.strip("[]"), SENTINEL_PORT
    return host.strip("[]"), int(port)
