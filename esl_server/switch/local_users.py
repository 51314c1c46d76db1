"""Which users of this machine may connect to the call server; peers on other machines prove themselves by the secret
alone."""

from __future__ import annotations

import logging
import os
import pwd
from collections.abc import Collection
from contextlib import suppress

from esl_server.switch.socket_owner import Address, FindOwner, choose_lookup, is_own_address
from ivr.domain.errors import EslConnectionLost, EslNotProven

log = logging.getLogger(__name__)


def accepted_uids(names: str) -> frozenset[int]:
    """Our own user, root, and those of a comma-separated list of names or numbers. Names that this machine does not
    have are passed over: the default is FreeSWITCH's usual one."""
    found = {os.geteuid(), 0}
    for name in filter(None, (part.strip() for part in names.split(","))):
        if name.isdecimal():
            found.add(int(name))
        else:
            with suppress(KeyError):
                found.add(pwd.getpwnam(name).pw_uid)
    return frozenset(found)


class LocalUsers:
    """`find_owner` is None where the machine cannot say who owns a connection: then the secret alone decides."""

    def __init__(self, accepted: Collection[int], find_owner: FindOwner | None) -> None:
        self._accepted = accepted
        self._find_owner = find_owner

    @classmethod
    def of_setting(cls, names: str) -> LocalUsers:
        lookup = choose_lookup()
        if lookup is None:
            log.warning("this machine does not tell who opened a connection: DIGITREE_ESL_USERS has no effect")
        return cls(accepted_uids(names), lookup)

    def check(self, peer: Address, own: Address) -> bool:
        """Whether the peer is known to be on this machine, of a user who may connect. Raise EslNotProven when another
        user opened the connection, EslConnectionLost when whoever did has closed it already."""
        if self._find_owner is None:
            return False
        try:
            uid = self._find_owner(peer, own)
        except OSError as error:
            raise EslNotProven("user", f"its user is not known ({error})") from error
        if uid is None:
            if is_own_address(peer):
                raise EslConnectionLost("closed at once")
            return False
        if uid not in self._accepted:
            raise EslNotProven("user", f"user {uid} of this machine is not in DIGITREE_ESL_USERS")
        return True
