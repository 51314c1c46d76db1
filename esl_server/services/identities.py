"""Signatures of callers' numbers, checked beside their calls: no call waits for a certificate."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import gevent

from esl_server.resolver import Resolver
from ivr.clients.certificates import WITHIN_S, Certificates, read_roots
from ivr.domain.identity import IdentityRefused, Passport, SignedCall, check_signature, read_passport
from ivr.domain.identity_chain import Chain, Roots
from ivr.domain.verstat import Verstat
from ivr.settings import Settings

log = logging.getLogger(__name__)

# Certificates that are fetched at the same time, by a process.
MOST_FETCHES = 16

Tell = Callable[[Verstat], None]


class IdentityChecks:
    """One per process; without `roots` nothing is checked."""

    def __init__(self, roots: Roots | None = None, certificates: Certificates | None = None) -> None:
        self._roots, self._certificates = roots, certificates or Certificates()
        # address -> the greenlet that fetches it, which all who need it wait for
        self._fetches: dict[str, gevent.Greenlet] = {}

    @classmethod
    def of_settings(cls, settings: Settings) -> IdentityChecks:
        """Raises SetupError."""
        return cls(read_roots(settings), Certificates(settings.outbound_private, Resolver()))

    @property
    def is_on(self) -> bool:
        return self._roots is not None

    def check(self, tokens: Sequence[str], call: SignedCall, call_id: str, tell: Tell) -> None:
        """Tell the verdict at once if the certificate is here, else when it has come; it comes within 2 s, or the
        verdict is that there is none. Does not raise."""
        roots = self._roots
        if roots is None:
            return
        try:
            passport = read_passport(tokens, call)
            chain = self._certificates.known(passport.url)
            if chain is not None:
                tell(_judge(roots, passport, chain, call))
                return
        except IdentityRefused as error:
            _tell_refused(error, call_id, tell)
            return
        gevent.spawn(self._check_later, roots, passport, call, call_id, tell)

    def _check_later(
        self, roots: Roots, passport: Passport, call: SignedCall, call_id: str, tell: Tell
    ) -> None:
        try:
            tell(_judge(roots, passport, self._fetched(passport.url), call))
        except IdentityRefused as error:
            _tell_refused(error, call_id, tell)

    def _fetched(self, url: str) -> Chain:
        """Raises IdentityRefused."""
        fetch = self._fetches.get(url)
        if fetch is None:
            if len(self._fetches) >= MOST_FETCHES:
                raise IdentityRefused("no_certificate")
            fetch = self._fetches[url] = gevent.spawn(self._fetch, url)
        found = fetch.get()
        if isinstance(found, IdentityRefused):
            raise IdentityRefused(found.reason)
        return found

    def _fetch(self, url: str) -> Chain | IdentityRefused:
        try:
            # The resolver, too.
            with gevent.Timeout(WITHIN_S, TimeoutError):
                return self._certificates.fetch(url)
        except IdentityRefused as error:
            return error
        except Exception as error:  # noqa: BLE001 - what others wrote is read here, and who waits is told
            log.warning("no certificate from %r: %s", url, error)
            return IdentityRefused("no_certificate")
        finally:
            del self._fetches[url]


def _judge(roots: Roots, passport: Passport, chain: Chain, call: SignedCall) -> Verstat:
    """Raises IdentityRefused."""
    return check_signature(passport, roots.key_of(chain, call.at))


def _tell_refused(error: IdentityRefused, call_id: str, tell: Tell) -> None:
    log.info("%s: the signature of the caller's number does not count: %s", call_id, error.reason)
    tell(error.verdict)
