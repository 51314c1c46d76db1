"""Services: what is written of them is sealed here, and one can be asked by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from admin.menus.errors import SavedNotLive
from admin.menus.service import MenuService
from admin.services.errors import InvalidService
from ivr.clients.service_http import Asked, ServiceHttp
from ivr.domain import signing
from ivr.domain.call_records import new_id
from ivr.domain.errors import StorageUnavailable
from ivr.domain.sealed_headers import sealed_headers
from ivr.domain.service_definition import Service
from ivr.ports.checks import accept
from ivr.ports.services import ServicePublisher, ServiceStore, StoredService
from ivr.secrets import Sealer

Check = Callable[[Service], object]
_PLAIN_FIELDS = ("url", "method", "timeout_s", "cache_s", "allow_private")


@dataclass(frozen=True)
class ServiceDesk:
    """A change applies within a second to all calls. `check` may refuse the service that is there by an exception."""

    store: ServiceStore
    publisher: ServicePublisher
    menus: MenuService
    sealer: Sealer
    http: ServiceHttp

    def create(self, name: str, body: Mapping[str, Any], *, actor: str) -> tuple[StoredService, str | None]:
        """Create a service from a body of admin.services.schema; returns also its secret if one was made. Raises
        InvalidService, ServiceTaken."""
        self.menus.ask_cache()
        made = None if body.get("secret") else signing.new_secret()
        service = self._laid_over(Service(name, ""), {**body, "secret": body.get("secret") or made})
        stored = self.store.create(service, actor=actor)
        self._publish()
        return stored, made

    def patch(
        self, name: str, body: Mapping[str, Any], *, actor: str, check: Check = accept
    ) -> StoredService | None:
        """Replace the fields in `body`; None when there is no such service. Raises InvalidService."""

        def change(service: Service) -> Service:
            check(service)
            return self._laid_over(service, body)

        return self._edit(name, change, actor)

    def rotate(self, name: str, *, actor: str, check: Check = accept) -> tuple[StoredService, str] | None:
        """The service with a new secret, and the secret; None when there is no such service."""
        secret = signing.new_secret()

        def change(service: Service) -> Service:
            check(service)
            return replace(service, secret=self.sealer.seal(secret))

        stored = self._edit(name, change, actor)
        return None if stored is None else (stored, secret)

    def delete(self, name: str, *, force: bool, actor: str, check: Check = accept) -> bool:
        """False when there is no such service. Raises ServiceInUse."""
        self.menus.ask_cache()
        deleted = self.store.delete(name, actor=actor, force=force, check=check)
        if deleted:
            self._publish()
        return deleted

    def ask(self, name: str, variables: Mapping[str, Any], *, actor: str) -> Asked | None:
        """Ask it once, as a call would; None when there is no such service."""
        stored = self.store.find_to_try(name, actor=actor)
        return None if stored is None else self.http.ask(stored.service, variables, new_id("try"))

    def _edit(self, name: str, change: Callable[[Service], Service], actor: str) -> StoredService | None:
        self.menus.ask_cache()
        stored = self.store.edit(name, change, actor=actor)
        if stored is not None:
            self._publish()
        return stored

    def _publish(self) -> None:
        try:
            self.publisher.publish()
        except StorageUnavailable as error:
            raise SavedNotLive(None) from error

    def _laid_over(self, service: Service, body: Mapping[str, Any]) -> Service:
        changes: dict[str, Any] = {field: body[field] for field in _PLAIN_FIELDS if field in body}
        if body.get("secret"):
            changes["secret"] = self.sealer.seal(body["secret"])
        if "headers" in body:
            changes["headers"], faults = sealed_headers(service.headers, body["headers"], self.sealer.seal)
            if faults:
                raise InvalidService(faults)
        return replace(service, **changes)
