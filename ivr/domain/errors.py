"""Every way the product can fail, said once.

`code` is a stable slug (API problems, logs, metrics use it); `retryable` says whether the same request may
succeed later without a change.
"""

from __future__ import annotations

from collections.abc import Sequence

from ivr.domain.problems import BadLine, Problem


class IvrError(Exception):
    """Root of all errors of ours."""

    code = "internal"
    retryable = False


class InvalidNumber(IvrError):
    """A text that is no telephone number; `raw` is what was given, unescaped."""

    code = "invalid_number"

    def __init__(self, raw: str) -> None:
        super().__init__("not a telephone number in E.164 form, such as +14155550100")
        self.raw = raw


class InvalidMenu(IvrError):
    """A menu that is malformed; `problems` names each fault with a JSON pointer."""

    code = "invalid_tree"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{p.pointer}: {p.message}" for p in problems))
        self.problems = list(problems)


class MenuNotFound(IvrError):
    """No menu answers for this DID, or has this id."""

    code = "tree_not_found"

    def __init__(self, wanted: str) -> None:
        super().__init__(f"no menu for {wanted}")
        self.wanted = wanted


class VersionNotFound(IvrError):
    """The menu never had this version."""

    code = "version_not_found"

    def __init__(self, ivr_id: str, version: int) -> None:
        super().__init__(f"{ivr_id} never had a version {version}")
        self.version = version


class ListNotFound(IvrError):
    """No do-not-call list has this id."""

    code = "list_not_found"

    def __init__(self, list_id: str) -> None:
        super().__init__(f"there is no do-not-call list {list_id}")
        self.list_id = list_id


class CallerHungUp(Exception):
    """Control flow, no error: the caller is gone and nothing more can be played to him."""


class EslError(IvrError):
    """The event socket to the switch failed."""

    code = "esl"


class EslProtocolError(EslError):
    """The peer sent what no FreeSWITCH sends (or more than a call may hold)."""

    code = "esl_protocol"


class EslCommandRefused(EslError):
    """We were about to send something that is not on the list of safe arguments."""

    code = "esl_refused"


class EslTimeout(EslError):
    """No reply in time; `waiting_for` names the command."""

    code = "esl_timeout"
    retryable = True

    def __init__(self, waiting_for: str) -> None:
        super().__init__(f"no reply to {waiting_for}")
        self.waiting_for = waiting_for


class EslConnectionLost(EslError):
    """The switch closed the socket, or the connection broke."""

    code = "esl_connection_lost"
    retryable = True


class StorageError(IvrError):
    """A store did not do what was asked."""

    code = "storage"


class StorageUnavailable(StorageError):
    """The store cannot be reached, is full or too slow; the same request may succeed later."""

    code = "storage_unavailable"
    retryable = True


class StorageConflict(StorageError):
    """Someone else has it: a DID bound to another menu, a version already replaced."""

    code = "conflict"


class RecordRefused(StorageError):
    """The store was there and said no to this very record: it would say so again."""

    code = "record_refused"


class InvalidCursor(StorageError):
    """A list cursor that this product did not make."""

    code = "invalid_cursor"


class VersionReplaced(StorageConflict):
    """The menu is no longer at the version the client expected; `current` is where it is."""

    code = "version_replaced"

    def __init__(self, current: int) -> None:
        super().__init__(f"the menu is at version {current} now")
        self.current = current


class ListTaken(StorageConflict):
    """There is a do-not-call list of this id."""

    code = "list_taken"

    def __init__(self, list_id: str) -> None:
        super().__init__(f"there is a do-not-call list {list_id} already")
        self.list_id = list_id


class ImportRefused(IvrError):
    """Lines of a file are no numbers; nothing was imported. `bad` has the first of them, `count` counts all."""

    code = "bad_lines"

    def __init__(self, bad: Sequence[BadLine], count: int) -> None:
        super().__init__(f"{count} bad line{'' if count == 1 else 's'}; nothing was imported")
        self.bad = bad
        self.count = count


class DidTaken(StorageConflict):
    """The DID leads to another menu, `ivr_id`."""

    code = "did_taken"

    def __init__(self, did: str, ivr_id: str) -> None:
        super().__init__(f"{did} is assigned to {ivr_id}")
        self.did = did
        self.ivr_id = ivr_id


class AgentTaken(StorageConflict):
    """There is an agent of this name."""

    code = "agent_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is an agent {name}")


class UserTaken(StorageConflict):
    """There is a user of this name."""

    code = "user_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a user {name} already")


class AgentInUse(StorageConflict):
    """An agent that menus name cannot be deleted just so."""

    code = "agent_in_use"

    def __init__(self, name: str, ivr_ids: Sequence[str]) -> None:
        shown = ", ".join(ivr_ids[:5]) + (" and others" if len(ivr_ids) > 5 else "")
        super().__init__(f"{name} is named by {shown}; change them first, or send ?force=true")


class DidsBound(StorageConflict):
    """A menu that DIDs lead to cannot be deleted just so."""

    code = "dids_bound"

    def __init__(self, ivr_id: str, dids: Sequence[str]) -> None:
        super().__init__(f"{ivr_id} is live on {', '.join(dids)}")
        self.ivr_id = ivr_id
        self.dids = list(dids)
