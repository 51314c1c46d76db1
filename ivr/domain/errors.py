"""Errors that more than one package raises or handles.

    IvrError
    ├── InvalidNumber, InvalidMenu, ImportRefused, ImportUnreadable
    ├── MenuNotFound, VersionNotFound, DraftNotFound, ListNotFound, NumberListNotFound, NumberListFull,
    │                   TooManyServices, TooManyChannels
    ├── EslError            EslProtocolError, EslNotProven, EslCommandRefused, EslTimeout, EslConnectionLost
    └── StorageError        RecordRefused, InvalidCursor
        ├── StorageUnavailable StorageFull, SchemaIsNewer
        └── StorageConflict VersionReplaced, DraftReplaced, ListTaken, DidTaken, DidsBound, AgentTaken, AgentInUse,
                           HoursTaken, HoursInUse, NumberListTaken, NumberListNotEmpty, ServiceTaken, ServiceInUse,
                           ChannelTaken, ChannelInUse, UserTaken

An error that one package alone can meet is declared there, below IvrError when API clients see its `code`: tests of
menus in `ivr.domain.menu_tests`, the phone in `ivr.clients.phone`, services in `admin/<resource>/service.py`.
`tts.client.errors` has a tree of its own.

`code` is a stable slug (API problems, logs and metrics use it); `retryable` says whether the same request may succeed
later without a change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ivr.domain.problems import BadLine, Problem

# What to do about a name that something of the same kind has.
NAME_TAKEN = "give another name, or change that one"


class IvrError(Exception):
    """Root of the product's errors."""

    code = "internal"
    retryable = False


class InvalidNumber(IvrError):
    """A text that is not a telephone number; `raw` is the text as given, unescaped, `reason` is for people."""

    code = "invalid_number"

    def __init__(self, raw: str, reason: str = "this is not a telephone number") -> None:
        super().__init__(reason)
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
    """The menu has no such version."""

    code = "version_not_found"

    def __init__(self, ivr_id: str, version: int) -> None:
        super().__init__(f"{ivr_id} never had a version {version}")
        self.version = version


class DraftNotFound(IvrError):
    """The menu has no draft."""

    code = "draft_not_found"

    def __init__(self, ivr_id: str) -> None:
        super().__init__(f"{ivr_id} has no draft: it was published or discarded, or none was saved yet")


class BinEntryNotFound(IvrError):
    """The bin has nothing under this id (any more)."""

    code = "bin_entry_not_found"

    def __init__(self, bin_id: str) -> None:
        super().__init__(f"there is no {bin_id} in the bin: it was restored, or deleted for good")


class ListNotFound(IvrError):
    """No do-not-call list has this id."""

    code = "list_not_found"

    def __init__(self, list_id: str) -> None:
        super().__init__(f"there is no do-not-call list {list_id}")
        self.list_id = list_id


class CallerHungUp(Exception):
    """Control flow, not an error: the caller has hung up and hears nothing more."""


class CallSentOn(Exception):
    """Control flow, not an error: the switch takes the call elsewhere, and a worker is asked for it again."""


class EslError(IvrError):
    """The event socket to the switch failed."""

    code = "esl"


class EslProtocolError(EslError):
    """The peer sent what FreeSWITCH never sends, or more than a call may hold."""

    code = "esl_protocol"


class EslNotProven(EslError):
    """The peer is not our switch: `by` says whether its user or its secret showed that."""

    code = "esl_not_proven"

    def __init__(self, by: Literal["user", "secret"], reason: str) -> None:
        super().__init__(reason)
        self.by = by


class EslProbed(EslError):
    """The peer only looked whether the call server answers."""

    code = "esl_probed"


class EslCommandRefused(EslError):
    """A command about to be sent has an argument that is not on the list of safe ones."""

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
    """A store failed."""

    code = "storage"


class StorageUnavailable(StorageError):
    """The store cannot be reached, is full or too slow; the same request may succeed later."""

    code = "storage_unavailable"
    retryable = True


class StorageFull(StorageUnavailable):
    """The store answers and has no room left for a write."""

    code = "storage_full"


class SchemaIsNewer(StorageUnavailable):
    """The database belongs to a later release: this one must not write what it does not understand."""

    code = "schema_is_newer"


class StorageConflict(StorageError):
    """The change collides with what is stored: a DID bound to another menu, a version already replaced."""

    code = "conflict"


class RecordRefused(StorageError):
    """The store is reachable and refuses this record: trying again would not help."""

    code = "record_refused"


class InvalidCursor(StorageError):
    """A list cursor that this product did not make."""

    code = "invalid_cursor"


class VersionReplaced(StorageConflict):
    """The menu is no longer at the version the client expected; `current` is its version now."""

    code = "version_replaced"

    def __init__(self, current: int) -> None:
        super().__init__(f"the menu is at version {current} now")
        self.current = current


class DraftReplaced(StorageConflict):
    """The draft is no longer at the revision the client expected; `current` is its revision now, None: it is gone."""

    code = "draft_replaced"

    def __init__(self, current: int | None) -> None:
        now = "was published or discarded meanwhile" if current is None else f"is at revision {current} now"
        super().__init__(f"the draft {now}; read it again and repeat your change")
        self.current = current


class ListTaken(StorageConflict):
    """A do-not-call list with this id exists."""

    code = "list_taken"

    def __init__(self, list_id: str) -> None:
        super().__init__(f"there is a do-not-call list {list_id} already; give another id")
        self.list_id = list_id


class ImportRefused(IvrError):
    """A file has lines without a valid number; nothing was imported. `bad` has the first of them, `count` is how many
    there are."""

    code = "bad_lines"

    def __init__(self, bad: Sequence[BadLine], count: int) -> None:
        super().__init__(f"{count} bad line{'' if count == 1 else 's'}; nothing was imported")
        self.bad = bad
        self.count = count


class ImportUnreadable(IvrError):
    """A file that no numbers can be read from; narrower codes are `empty_file` and `column_not_found`."""

    code = "unreadable_file"

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class DidTaken(StorageConflict):
    """The DID is assigned to another menu, `ivr_id`."""

    code = "did_taken"

    def __init__(self, did: str, ivr_id: str) -> None:
        super().__init__(f"{did} is assigned to {ivr_id}")
        self.did = did
        self.ivr_id = ivr_id


class AgentTaken(StorageConflict):
    """An agent with this name exists."""

    code = "agent_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is an agent {name}; {NAME_TAKEN}")


class HoursTaken(StorageConflict):
    """Hours with this name exist."""

    code = "hours_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"there are hours {name}; give another name, or change those")


class HoursInUse(StorageConflict):
    """Hours that menus ask cannot be deleted without `force`."""

    code = "hours_in_use"

    def __init__(self, name: str, ivr_ids: Sequence[str]) -> None:
        super().__init__(f"{name} is asked by {_some(ivr_ids)}; change them first, or send ?force=true")


class NumberListNotFound(IvrError):
    """No list of numbers has this name."""

    code = "number_list_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no list {name}")


class NumberListFull(IvrError):
    """More numbers than a list may have; nothing was changed."""

    code = "number_list_full"

    def __init__(self, name: str, most: int) -> None:
        super().__init__(f"{name} would have more than {most:,} numbers; put some of them on another list")


class NumberListTaken(StorageConflict):
    """A list of numbers with this name exists."""

    code = "number_list_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a list {name}; {NAME_TAKEN}")


class NumberListNotEmpty(StorageConflict):
    """A list with numbers on it cannot be deleted without `force`."""

    code = "number_list_not_empty"

    def __init__(self, name: str, numbers: int) -> None:
        what = "1 number" if numbers == 1 else f"{numbers:,} numbers"
        super().__init__(f"{name} has {what} on it; send ?force=true to delete it with them")


class TooManyServices(IvrError):
    """More services than there may be; nothing was changed."""

    code = "too_many_services"

    def __init__(self, most: int) -> None:
        super().__init__(f"there may be {most} services; delete one that no menu asks")


class ServiceTaken(StorageConflict):
    """A service with this name exists."""

    code = "service_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a service {name}; {NAME_TAKEN}")


class ServiceInUse(StorageConflict):
    """A service that menus name cannot be deleted without `force`."""

    code = "service_in_use"

    def __init__(self, name: str, ivr_ids: Sequence[str]) -> None:
        super().__init__(f"{name} is asked by {_some(ivr_ids)}; change them first, or send ?force=true")


class TooManyChannels(IvrError):
    """More channels than there may be; nothing was changed."""

    code = "too_many_channels"

    def __init__(self, most: int) -> None:
        super().__init__(f"there may be {most} channels; delete one by which no menu sends")


class ChannelTaken(StorageConflict):
    """A channel with this name exists."""

    code = "channel_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a channel {name}")


class ChannelInUse(StorageConflict):
    """A channel that menus name cannot be deleted without `force`."""

    code = "channel_in_use"

    def __init__(self, name: str, ivr_ids: Sequence[str]) -> None:
        super().__init__(f"{_some(ivr_ids)} send by {name}; change them first, or send ?force=true")


class TooManyMailedReports(StorageConflict):
    """An installation mails no more of them."""

    code = "too_many_mailed_reports"

    def __init__(self, most: int) -> None:
        super().__init__(f"there are at most {most} reports by mail; delete one first")


class LastOwner(StorageConflict):
    """The change would leave no owner who can log in."""

    code = "last_owner"

    def __init__(self) -> None:
        super().__init__("this is the last owner; make another user an owner first")


class MailTaken(StorageConflict):
    """Another user has confirmed this address."""

    code = "mail_taken"

    def __init__(self) -> None:
        super().__init__("another user has this mail address; give another one")


class UserTaken(StorageConflict):
    """A user with this name exists."""

    code = "user_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a user {name} already; {NAME_TAKEN}")


class AgentInUse(StorageConflict):
    """An agent that menus name cannot be deleted without `force`."""

    code = "agent_in_use"

    def __init__(self, name: str, ivr_ids: Sequence[str]) -> None:
        super().__init__(f"{name} is named by {_some(ivr_ids)}; change them first, or send ?force=true")


class DidsBound(StorageConflict):
    """A menu with DIDs cannot be deleted without `force`."""

    code = "dids_bound"

    def __init__(self, ivr_id: str, dids: Sequence[str]) -> None:
        super().__init__(f"{ivr_id} is live on {', '.join(dids)}")
        self.ivr_id = ivr_id
        self.dids = list(dids)


def _some(ivr_ids: Sequence[str]) -> str:
    return ", ".join(ivr_ids[:5]) + (" and others" if len(ivr_ids) > 5 else "")
