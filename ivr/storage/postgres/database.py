"""Connections to Postgres that never hang: every transaction has a time budget, waiting for a connection included.

A frozen server keeps its sockets open and answers nothing; only a deadline on this side ends the wait. A
connection that reaches its deadline is closed, since the answer may arrive at any later time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, LiteralString, TypeAlias

import psycopg
from psycopg import errors
from psycopg.abc import RV, PQGen
from psycopg.rows import DictRow, dict_row

from ivr.domain.errors import RecordRefused, StorageError, StorageFull, StorageUnavailable

Connection: TypeAlias = "psycopg.Connection[DictRow]"

BUDGET_S = 3.0
# psycopg, like libpq, has no shorter time-out for connecting than two seconds.
_CONNECT_TIMEOUT_S = 2
# The server's time-outs for a client that is frozen or gone: it releases the client's locks.
_SESSION = """
    select set_config('TimeZone', 'UTC', false), set_config('statement_timeout', '60s', false),
        set_config('idle_in_transaction_session_timeout', '30s', false),
        set_config('client_connection_check_interval', '2s', false)
"""


# Faults of the values. The last two: a text too long for an index, a document too deep or too large.
_REFUSED = (errors.DataError, errors.IntegrityError, errors.ProgramLimitExceeded, errors.StatementTooComplex)


class _DeadlineConnection(psycopg.Connection[DictRow]):
    """A connection whose waits end at `deadline` (time.monotonic)."""

    deadline: float = float("inf")

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        left = max(0.01, self.deadline - time.monotonic())
        try:
            return super().wait(gen, interval, timeout=left if timeout is None else min(timeout, left))
        except errors._WaitTimeout:
            self.pgconn.finish()
            raise


class Database:
    """A pool of at most `max_size` connections, made when they are needed. Share one per process.

    It starts no threads and does not connect by itself, so it can be made while Postgres is down.
    """

    def __init__(
        self, url: str, *, max_size: int = 4, budget_s: float = BUDGET_S, application: str = "digitree"
    ) -> None:
        self._url = url
        self._budget_s = budget_s
        self._application = application
        self._places = threading.BoundedSemaphore(max_size)
        self._idle: list[_DeadlineConnection] = []
        self._closed = False

    @contextmanager
    def transaction(self, *, budget_s: float | None = None) -> Iterator[Connection]:
        """A connection in a transaction: committed at the end, rolled back on an exception.

        Raises StorageUnavailable (down, frozen, read-only, out of connections, too slow, schema missing),
        RecordRefused (the values themselves are impossible) or StorageError. When it raises at the commit the
        work may have been done: every write can be repeated.
        """
        connection: _DeadlineConnection | None = None
        with _translated(), self._place(budget_s or self._budget_s) as deadline:
            try:
                with ExitStack() as stack:
                    connection = self._begin(deadline, stack)
                    yield connection
            except errors.ReadOnlySqlTransaction:
                # A primary that has become a standby: with several hosts in the URL another one takes writes now.
                if connection is not None:
                    connection.close()
                raise
            finally:
                if connection is not None:
                    self._give_back(connection)

    def fetch_one(self, query: LiteralString, values: Sequence[Any] = ()) -> DictRow | None:
        """The first row of a single statement that only reads. One round trip where a transaction takes three.

        Raises as `transaction` does.
        """
        with _translated(), self._place(self._budget_s) as deadline:
            while True:
                idle = self._take_idle(deadline)
                connection = idle or self._connect(deadline)
                try:
                    return connection.execute(query, values).fetchone()
                except errors.OperationalError:
                    connection.close()
                    if idle is None or time.monotonic() >= deadline:
                        raise
                    # The server closed it while it was idle; a query that only reads can be repeated.
                finally:
                    self._give_back(connection)

    @contextmanager
    def _place(self, budget_s: float) -> Iterator[float]:
        """Take one of the slots for a connection; yields the deadline of its use."""
        deadline = time.monotonic() + budget_s
        if not self._places.acquire(timeout=budget_s):
            raise StorageUnavailable("every connection to Postgres is in use")
        try:
            yield deadline
        finally:
            self._places.release()

    def check(self) -> None:
        """Raises StorageUnavailable unless Postgres answers and takes writes."""
        with self.transaction() as connection:
            row = connection.execute(
                "select pg_is_in_recovery() or current_setting('transaction_read_only')::bool as read_only"
            ).fetchone()
            if row is None or row["read_only"]:
                raise StorageUnavailable("Postgres is read-only")

    def close(self) -> None:
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def _begin(self, deadline: float, stack: ExitStack) -> _DeadlineConnection:
        """A connection in a transaction that ends with the stack."""
        while (connection := self._take_idle(deadline)) is not None:
            try:
                stack.enter_context(connection.transaction())
                return connection
            except errors.OperationalError:
                connection.close()
                if time.monotonic() >= deadline:
                    raise
                # The server closed it while it was idle; nothing has begun yet, so another connection is used.
        connection = self._connect(deadline)
        try:
            stack.enter_context(connection.transaction())
        except BaseException:
            connection.close()
            raise
        return connection

    def _take_idle(self, deadline: float) -> _DeadlineConnection | None:
        try:
            # Taken without a check before: another thread may take it in between.
            connection = self._idle.pop()
        except IndexError:
            return None
        connection.deadline = deadline
        return connection

    def _connect(self, deadline: float) -> _DeadlineConnection:
        connection = _DeadlineConnection.connect(
            self._url,
            row_factory=dict_row,
            connect_timeout=_CONNECT_TIMEOUT_S,
            application_name=self._application,
            # Transactions are begun and ended by `transaction` alone.
            autocommit=True,
        )
        connection.deadline = deadline
        try:
            with connection.transaction():
                connection.execute(_SESSION)
        except BaseException:
            connection.close()
            raise
        return connection

    def _give_back(self, connection: _DeadlineConnection) -> None:
        idle = psycopg.pq.TransactionStatus.IDLE
        if connection.closed or self._closed or connection.pgconn.transaction_status != idle:
            connection.close()
            return
        self._idle.append(connection)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except _REFUSED as error:
        raise RecordRefused(f"Postgres refused it: {_first_line(error)}") from error
    except errors.DiskFull as error:
        raise StorageFull(f"Postgres: {_first_line(error)}") from error
    except (errors.OperationalError, errors.InterfaceError, errors.InternalError) as error:
        raise StorageUnavailable(f"Postgres: {_first_line(error)}") from error
    except (errors.UndefinedTable, errors.InsufficientPrivilege) as error:
        raise StorageUnavailable(f"Postgres: {_first_line(error)}") from error
    except psycopg.Error as error:
        if isinstance(error, errors.ProgrammingError) and error.sqlstate is None:
            # Never sent: psycopg cannot write such a value.
            raise RecordRefused(f"Postgres has no type for it: {_first_line(error)}") from error
        raise StorageError(f"Postgres: {_first_line(error)}") from error


def clean_text(value: Any) -> Any:
    """The text without NUL and lone surrogates, which Postgres refuses and callers can send."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {clean_text(key): clean_text(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_text(item) for item in value]
    return value


def _first_line(error: psycopg.Error) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
