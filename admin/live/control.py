"""Ends a call under way, or sends it to a node: through the switch, never through the call's own process."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from admin.http.problems import ApiError, fault, not_found, unavailable
from admin.live.service import LiveService
from ivr.clients.switch import Switch, SwitchUnavailable
from ivr.domain import orders
from ivr.domain.live_calls import LiveCall
from ivr.domain.menu.published import PublishedMenu
from ivr.ports.audit import AuditLog

_TRIES = 3
# A key is lost while something plays that is no question; then it is pressed again.
_TRY_S = 1.2
_LOOK_S = 0.1


@dataclass(frozen=True)
class CallControl:
    """`find_version` tells a menu's version, `secret` what orders are signed with."""

    live: LiveService
    switch: Switch
    find_version: Callable[[str, int], PublishedMenu | None]
    audit: AuditLog
    secret: Callable[[], bytes]

    def hang_up(self, call_id: str, *, actor: str) -> None:
        """Raises ApiError 404 (no such call under way), 409 (not on our switch) or 503."""
        call = self._get(call_id)
        self._note(actor, "call.hangup", call, None)
        if not self._ask(lambda: self.switch.hang_up(call.channel_uuid)):
            raise _elsewhere()

    def move(self, call_id: str, node: str, *, actor: str) -> LiveCall:
        """The call at its new node, or as it stood when it was over at once. Raises ApiError as `hang_up` does, and
        422 for a node that the call's version has not."""
        call = self._get(call_id)
        version = self.find_version(call.ivr_id, call.ivr_version)
        if version is None or node not in version.tree.nodes:
            raise fault("/node", "unknown_node", f"version {call.ivr_version} of the call's menu has no such node")
        if call.phase != "asking":
            raise ApiError(409, "not_at_a_question", f"the call is {call.phase}; only at a question can it be moved")
        self._note(actor, "call.move", call, node)
        order = orders.encode_order(node, os.urandom(6).hex(), call.channel_uuid, self.secret())
        for _ in range(_TRIES):
            if not self._ask(lambda: self.switch.give_order(call.channel_uuid, order)):
                raise _elsewhere()
            moved = self._moved(call, node)
            if moved is not None:
                return moved
        self._ask(lambda: self.switch.take_order_back(call.channel_uuid))
        raise ApiError(409, "not_moved", "the call did not take the order; it may be at no question just now")

    def _get(self, call_id: str) -> LiveCall:
        call = self.live.find(call_id)
        if call is None:
            raise not_found("no such call under way", "call_not_live")
        return call

    def _note(self, actor: str, action: str, call: LiveCall, node: str | None) -> None:
        before = {"ivr_id": call.ivr_id, "version": call.ivr_version, "node": call.node, "phase": call.phase}
        self.audit.add(actor, action, call.call_id, before=before, after=node and {"node": node})

    def _moved(self, before: LiveCall, node: str) -> LiveCall | None:
        until = time.monotonic() + _TRY_S
        while time.monotonic() < until:
            time.sleep(_LOOK_S)
            now = self.live.find(before.call_id)
            if now is None:
                return before  # the node ended the call, or the caller did
            if now.node == node and now.since_ms > before.since_ms:
                return now
        return None

    def _ask(self, command: Callable[[], bool]) -> bool:
        try:
            return command()
        except ValueError:
            raise _elsewhere() from None  # no channel of a switch has such a name
        except SwitchUnavailable as error:
            raise unavailable("switch_unavailable", f"the switch's event socket: {error}") from None


def _elsewhere() -> ApiError:
    return ApiError(409, "not_on_this_switch", "this machine's switch does not know the call's channel (any more)")
