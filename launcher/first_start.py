"""What the first start provides: an API key, the system prompts, a sample menu that can be called at once.

Each part checks first whether it is needed, so an interrupted first start is finished by the next one. The sample
menu goes through the API like any other. It is loaded once: after it was deleted it does not come back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import httpx

from ivr.domain.errors import IvrError
from ivr.domain.system_prompts.languages import FOLDER, KEYS
from ivr.home import first_start_path
from ivr.secrets import read_or_make_secret
from ivr.settings import Settings, SetupError, reachable_host

_BOOTSTRAP_NAME = "bootstrap"
_SEEDING_NAME = "first start (revoked when done)"
_MARKER = "sample-loaded"
# Speech takes some seconds a prompt on a slow machine.
_TIMEOUT_S = 120.0

Progress = Callable[[str, int, int], None]


def sample() -> dict[str, Any]:
    """{did, menu, texts}: the menu as the API takes it, and the words of each node that has audio."""
    loaded: dict[str, Any] = json.loads((files("launcher") / "sample_menu.json").read_text())
    return loaded


@dataclass(frozen=True, slots=True)
class FirstKey:
    """`secret`: of DIGITREE_API_KEY or of a new key, if it is in force. `is_new`: it was made now and cannot be read
    again. `refused`: DIGITREE_API_KEY was revoked or has ended."""

    secret: str | None = None
    is_new: bool = False
    refused: bool = False


def ensure_api_key(settings: Settings) -> FirstKey:
    """Make DIGITREE_API_KEY a key; without it, and without any key in force, make a new one. A key that was revoked
    stays so, and stops nothing: no call needs a key."""
    now = datetime.now(UTC)
    with _stores(settings) as stores:
        if settings.api_key:
            try:
                key = stores.keys.adopt(settings.api_key, _BOOTSTRAP_NAME)
            except ValueError as error:
                raise SetupError(f"DIGITREE_API_KEY: {error}") from error
            return FirstKey(settings.api_key) if key.in_force(now) else FirstKey(refused=True)
        if any(key.in_force(now) for key in stores.keys.list()):
            return FirstKey()
        _, secret = stores.keys.create(_BOOTSTRAP_NAME)
        return FirstKey(str(secret), is_new=True)


def ensure_system_prompts(settings: Settings, progress: Progress) -> list[str]:
    """Speak the system prompts that are missing or outdated; returns their names."""
    from tts.client.client import TtsClient
    from tts.client.errors import TtsError
    from tts.client.system_prompts import FRAGMENTS
    from tts.client.system_prompts import ensure_system_prompts as ensure

    host, port = reachable_host(settings.tts)
    try:
        with TtsClient(f"http://{host}:{port}", lambda: read_or_make_secret(settings), _TIMEOUT_S) as client:
            made = ensure(client, settings.prompts, progress)
    except TtsError as error:
        raise SetupError(f"the system prompts cannot be spoken: {error}") from error
    if not FRAGMENTS.keys().isdisjoint(made):
        # They were joined from the old fragments, and are joined again when they are next needed.
        for joined in (settings.prompts / FOLDER).glob(f"{KEYS}*.wav"):
            joined.unlink(missing_ok=True)
    return made


def want_other_languages(settings: Settings) -> None:
    """Have the speech process make the system prompts in all other languages that its voices speak. Nothing waits for
    them: callers hear English meanwhile."""
    from tts.client.client import TtsClient
    from tts.client.errors import TtsError

    host, port = reachable_host(settings.tts)
    try:
        with TtsClient(f"http://{host}:{port}", lambda: read_or_make_secret(settings), _TIMEOUT_S) as client:
            client.want_system_prompts()
    except TtsError as error:
        raise SetupError(f"the system prompts cannot be spoken in other languages: {error}") from error


def sample_is_loaded(settings: Settings) -> bool:
    return (settings.home / _MARKER).exists()


def note_first_start(settings: Settings) -> None:
    """Have /readyz say that the sample menu is not loaded yet: clients that wait for it will call that number."""
    if not sample_is_loaded(settings):
        first_start_path(settings.home).touch()


def load_sample(settings: Settings, api_key: str | None, progress: Progress) -> bool:
    """Load the sample menu through the API; True when its number can be called. With `api_key` None a temporary key
    is used."""
    with _key(settings, api_key) as secret, _client(settings, secret) as client:
        loaded = _load(client, progress)
    (settings.home / _MARKER).touch()
    first_start_path(settings.home).unlink(missing_ok=True)
    return loaded


def _load(client: httpx.Client, progress: Progress) -> bool:
    wanted = sample()
    menus = _json(client.get("/ivr"))["items"]
    if any(wanted["did"] in menu["dids"] for menu in menus):
        return True
    unfinished = next((menu["id"] for menu in menus if menu["name"] == wanted["menu"]["name"]), None)
    if menus and unfinished is None:
        return False  # an installation with other menus needs no sample
    ivr_id = unfinished or _json(client.post("/ivr", json=wanted["menu"]))["id"]
    for done, (node, text) in enumerate(wanted["texts"].items(), start=1):
        _json(client.post(f"/ivr/{ivr_id}/audio", json={"node": node, "text": text}))
        progress(node, done, len(wanted["texts"]))
    _json(client.post(f"/ivr/{ivr_id}/assign", json={"did": wanted["did"]}))
    return True


@contextmanager
def _key(settings: Settings, api_key: str | None) -> Iterator[str]:
    if api_key:
        yield api_key
        return
    with _stores(settings) as stores:
        key, secret = stores.keys.create(_SEEDING_NAME, ("read", "write"))
        try:
            yield str(secret)
        finally:
            stores.keys.revoke(key.key_id)


@contextmanager
def _client(settings: Settings, secret: str) -> Iterator[httpx.Client]:
    host, port = reachable_host(settings.http)
    netloc = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    with httpx.Client(
        base_url=f"http://{netloc}",
        headers={"Authorization": f"Bearer {secret}"},
        timeout=_TIMEOUT_S,
        trust_env=False,
    ) as client:
        try:
            yield client
        except httpx.TransportError as error:
            raise SetupError(f"the sample menu cannot be loaded: the API does not answer ({error})") from error


def _json(response: httpx.Response) -> Any:
    if response.is_success:
        return response.json()
    raise SetupError(
        f"the sample menu cannot be loaded: {response.request.method} {response.request.url.path} was answered "
        f"{response.status_code}: {response.text[:500]}"
    )


@contextmanager
def _stores(settings: Settings) -> Iterator[Any]:
    from ivr.storage.postgres.stores import PostgresStores

    stores = PostgresStores(settings.database_url)
    try:
        yield stores
    except IvrError as error:
        raise SetupError(f"Postgres: {error}") from error
    finally:
        stores.close()


