"""Ending a call under way, or sending it to a node: through the switch, not through the process that runs the
call."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from admin.live.errors import CallNotLive, NodeNotInVersion, NotAtQuestion, NotMoved, NotOnThisSwitch, SwitchAway
from admin.live.service import LiveService
from ivr.clients.switch import Switch, SwitchUnavailable
from ivr.domain import orders
from ivr.domain.live_calls import LiveCall
from ivr.domain.menu.published import PublishedMenu
from ivr.ports.audit import AuditLog

_TRIES = 3
# The order is signalled by a digit, which is lost while a prompt without a question plays; then it is sent again.
_TRY_S = 1.2
_LOOK_S = 0.1


@dataclass(frozen=True)
class CallControl:
    """`find_version` finds a version of a menu; `secret` gives the key that signs orders."""

    live: LiveService
    switch: Switch
    find_version: Callable[[str, int], PublishedMenu | None]
    audit: AuditLog
    secret: Callable[[], bytes]

    def hang_up(self, call_id: str, *, actor: str) -> None:
        """End the call. Raises CallNotLive, NotOnThisSwitch, SwitchAway."""
        call = self._get(call_id)
        self._note(actor, "call.hangup", call, None)
        if not self._ask(lambda: self.switch.hang_up(call.channel_uuid)):
            raise NotOnThisSwitch

    def move(self, call_id: str, node: str, *, actor: str) -> LiveCall:
        """The call at its new node, or its last state if it ended meanwhile. Raises what `hang_up` raises, and
        NodeNotInVersion, NotAtQuestion, NotMoved."""
        call = self._get(call_id)
        version = self.find_version(call.ivr_id, call.ivr_version)
        if version is None or node not in version.tree.nodes:
            raise NodeNotInVersion(call.ivr_version)
        if call.phase != "asking":
            raise NotAtQuestion(call.phase)
        self._note(actor, "call.move", call, node)
        order = orders.encode_order(node, os.urandom(6).hex(), call.channel_uuid, self.secret())
        for _ in range(_TRIES):
            if not self._ask(lambda: self.switch.give_order(call.channel_uuid, order)):
                raise NotOnThisSwitch
            moved = self._moved(call, node)
            if moved is not None:
                return moved
        self._ask(lambda: self.switch.take_order_back(call.channel_uuid))
        raise NotMoved

    def _get(self, call_id: str) -> LiveCall:
        call = self.live.find(call_id)
        if call is None:
            raise CallNotLive
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
            raise NotOnThisSwitch from None  # this cannot be the UUID of a channel
        except SwitchUnavailable as error:
            raise SwitchAway(f"the switch's event socket: {error}") from None
