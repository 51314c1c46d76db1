"""Users and sessions: who may log in on the page, and who is there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ivr.domain.users import User, UserSession
from ivr.ports.users import SessionStore, UserStore


@dataclass(frozen=True)
class UserService:
    users: UserStore
    open_sessions: SessionStore

    def create(self, name: str, password: str, scopes: Sequence[str], *, actor: str) -> User:
        """Raises UserTaken."""
        return self.users.create(name, password, scopes, actor=actor)

    def check(self, name: str, password: str) -> User | None:
        return self.users.check(name, password)

    def find(self, user_id: str) -> User | None:
        return self.users.find(user_id)

    def list(self) -> Sequence[User]:
        return self.users.list()

    def change(
        self,
        user_id: str,
        *,
        actor: str,
        password: str | None = None,
        scopes: Collection[str] | None = None,
        disabled: bool | None = None,
    ) -> User | None:
        """What is None stays; None when there is no such user."""
        wanted = None if scopes is None else tuple(scopes)
        return self.users.change(user_id, actor=actor, password=password, scopes=wanted, disabled=disabled)

    def sessions(self) -> Sequence[UserSession]:
        return self.open_sessions.list()

    def end_session(self, session_id: str, *, actor: str) -> bool:
        return self.open_sessions.close(session_id, actor=actor)
