"""URLs of clients that this installation will call: refused at once when they lead into a private network."""

from __future__ import annotations

from admin.http.problems import fault
from admin.http.services import Services
from ivr.clients.outbound_http import Outbound, OutboundError


def refuse_private(
    services: Services,
    url: str | None,
    pointer: str,
    hint: str = "give a public one, or set DIGITREE_OUTBOUND_PRIVATE",
) -> None:
    """Raises ApiError 422 with this pointer; nothing for None. `hint` says what else can be done."""
    if url is None:
        return
    try:
        services.get(Outbound).refuse_private(url)
    except OutboundError as error:
        raise fault(
            pointer,
            error.reason,
            f"this address leads into a private network; {hint}",
        ) from None
