"""Client of the phone, the process that makes test calls to the call server (devswitch.phone).

It listens on loopback and knows its clients by a token that both derive from DIGITREE_SECRET. Safe to share between
threads and between greenlets (gevent, patched before this is imported).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx

from ivr.domain.errors import IvrError
from ivr.domain.menu.given import GivenAgent
from ivr.domain.tickets import AgentBehaviour

_CONNECT_TIMEOUT_S = 2.0
# It is asked by plain HTTP, and reading the certificates of the system takes 20 ms.
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_ANSWER_TIMEOUT_S = 10.0
# The phone sends an empty line at least this often.
PING_EVERY_S = 10.0


class PhoneUnavailable(IvrError):
    """The phone does not answer; `digitree up` starts it."""

    code = "phone_unavailable"
    retryable = True


class PhoneBusy(IvrError):
    """The phone is making as many test calls as it can."""

    code = "phone_busy"
    retryable = True


class PhoneCallNotFound(IvrError):
    """There is no test call with this id, or it ended some minutes ago and was forgotten."""

    code = "test_call_not_found"


class PhoneCallOver(IvrError):
    """The call has ended and takes no more digits."""

    code = "test_call_over"


@dataclass(frozen=True)
class Order:
    """A call to make. `dial` is a ticket or a number. `script` is what is pressed, a step for each question (see
    `devswitch.caller`); None: digits come later. `fast`: prompts take no time. `agents`: what those at these
    addresses (`user@host:port`) do, in turn; any other is `agent`. `about` is returned with the call."""

    dial: str
    ani: str
    agent: AgentBehaviour = "answers"
    script: str | None = None
    fast: bool = False
    agents: Mapping[str, Sequence[GivenAgent]] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PhoneCallState:
    """A call as the phone knows it. `call_id` is its record's, None until the call server has sent it."""

    id: str
    about: Mapping[str, Any]
    over: bool
    call_id: str | None
    node: str | None
    events: int


def phone_word(secret: str) -> str:
    """The token by which the phone knows its clients, derived from DIGITREE_SECRET."""
    return hmac.new(secret.encode(), b"digitree phone", hashlib.sha256).hexdigest()


class PhoneClient:
    """`base_url` is like http://127.0.0.1:8088; `secret` is called when it is needed. All methods raise
    PhoneUnavailable."""

    def __init__(self, base_url: str, secret: Callable[[], str]) -> None:
        self._secret = secret
        self._http = httpx.Client(
            base_url=base_url,
            timeout=httpx.Timeout(_ANSWER_TIMEOUT_S, connect=_CONNECT_TIMEOUT_S),
            auth=self._say_the_word,
            # A proxy in the environment does not lead to the loopback interface.
            trust_env=False,
            verify=_NO_TLS,
        )

    def dial(self, order: Order) -> str:
        """Start the call; returns its id. Raises PhoneBusy."""
        return str(self._request("POST", "/calls", json=asdict(order))["id"])

    def get(self, call: str) -> PhoneCallState:
        """Raises PhoneCallNotFound."""
        return PhoneCallState(**self._request("GET", f"/calls/{call}"))

    def press(self, call: str, keys: str) -> None:
        """Raises PhoneCallNotFound, PhoneCallOver."""
        self._request("POST", f"/calls/{call}/keys", json={"keys": keys})

    def hang_up(self, call: str) -> None:
        """Hang up; harmless when the call has ended. Raises PhoneCallNotFound."""
        self._request("DELETE", f"/calls/{call}")

    def events(self, call: str, after: int = 0) -> Iterator[Mapping[str, Any] | None]:
        """The call's events after that number, up to its end; yields None now and then while there are none. Raises
        PhoneCallNotFound, also in mid-call when the phone was restarted."""
        timeout = httpx.Timeout(3 * PING_EVERY_S, connect=_CONNECT_TIMEOUT_S)
        try:
            with self._http.stream("GET", f"/calls/{call}/events?after={after}", timeout=timeout) as response:
                if response.status_code != 200:
                    response.read()
                    raise _error_of(response)
                for line in response.iter_lines():
                    yield json.loads(line) if line else None
        except (httpx.TransportError, ValueError) as error:
            raise _away(error) from error

    def run(self, order: Order) -> Sequence[Mapping[str, Any]]:
        """Run a scripted call to its end; returns its events. Raises PhoneBusy."""
        call = self.dial(order)
        return [event for event in self.events(call) if event is not None]

    def check(self) -> None:
        self._request("GET", "/healthz")

    def close(self) -> None:
        self._http.close()

    def _say_the_word(self, request: httpx.Request) -> httpx.Request:
        request.headers["Authorization"] = f"Bearer {phone_word(self._secret())}"
        return request

    def _request(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        try:
            response = self._http.request(method, path, **body)
        except httpx.TransportError as error:
            raise _away(error) from error
        if response.status_code >= 400:
            raise _error_of(response)
        try:
            answer = response.json()
        except ValueError as error:
            raise _away(error) from error
        return answer if isinstance(answer, dict) else {}


def _error_of(response: httpx.Response) -> IvrError:
    match response.status_code:
        case 404:
            return PhoneCallNotFound("there is no such test call, or it ended some minutes ago")
        case 409:
            return PhoneCallOver("the call has ended")
        case 503:
            return PhoneBusy("as many test calls as the phone takes are under way")
    return PhoneUnavailable(f"the phone answered {response.status_code}: does it have another secret?")


def _away(error: Exception) -> PhoneUnavailable:
    return PhoneUnavailable(f"the phone does not answer: {error or type(error).__name__}")
