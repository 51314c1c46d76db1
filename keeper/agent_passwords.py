"""Keeps the passwords that FreeSWITCH reads in step with the agents in Postgres."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ivr.clients.switch import SwitchUnavailable
from ivr.domain.agents import PASSWORD
from ivr.secrets import Sealer
from ivr.storage.disk.agent_passwords import AgentPasswords
from ivr.storage.postgres.agents import sealed_passwords
from ivr.storage.postgres.database import Database

log = logging.getLogger(__name__)


class PasswordKeeper:
    """`look` as often as you like: the switch is told only of a change. A password that no agent has is dropped at
    the second look, since the admin app writes it before it saves the agent. StorageError, OSError."""

    def __init__(
        self, database: Database, sealer: Sealer, file: AgentPasswords, reload: Callable[[], None]
    ) -> None:
        self._database, self._sealer, self._file, self._reload = database, sealer, file, reload
        self._untold = True
        # References in the file that no agent had at the last look: of an agent that is gone, or that is being saved.
        self._unused: frozenset[str] = frozenset()

    def look(self) -> None:
        passwords = {}
        for sealed in sealed_passwords(self._database):
            password = self._sealer.find(sealed)
            if password is not None and PASSWORD.fullmatch(password):
                passwords[self._sealer.reference(sealed)] = password
        unused = self._file.references() - passwords.keys()
        self._untold |= self._file.replace(passwords, unused & self._unused)
        self._unused = unused
        if self._untold:
            try:
                self._reload()
                self._untold = False
            except SwitchUnavailable as error:
                log.debug("the switch reads agents' passwords at its next start: %s", error)
