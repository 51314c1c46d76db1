"""`digitree up`: the order of a start, and what is shown when everything is ready.

Processes that do not need each other start at the same time: speech at once (it loads the longest), the databases,
then the schema, then everything that reads it; the first start's prompts and sample menu last. The kernel queues
calls from the moment the call server's address is bound.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ivr.domain.errors import StorageError
from ivr.home import (
    clear_metrics,
    forget_dead_metrics,
    prepare_home,
    prepare_metrics,
    prompts_are_shared,
    restoring_path,
)
from ivr.secrets import read_or_make_secret
from ivr.settings import Settings, SetupError
from launcher import first_start
from launcher.child_process import ChildProcess
from launcher.home_locks import home_locks
from launcher.listening_sockets import BACKLOG, longest_queue
from launcher.live_call_count import count_live_calls
from launcher.output import Output
from launcher.probes import http_status
from launcher.program_files import compile_packages, touched_paths
from launcher.service_account import become, choose_account
from launcher.services import (
    ADMIN,
    DEVSWITCH,
    ESL,
    KEEPER,
    NAMES,
    PHONE,
    POSTGRES,
    REDIS,
    SWITCH,
    TTS,
    Stack,
    chosen_names,
    make_stack,
)
from launcher.supervisor import Supervisor
from launcher.tls_files import has_own_files
from launcher.tls_renewal import TlsRenewal

_FIRST_READY_POLL_S, _LONGEST_READY_POLL_S = 0.1, 1.0
_STILL_WAITING_S = 15.0
_FIRST_RETRY_S, _LONGEST_RETRY_S = 1.0, 16.0
# Not simply the hard limit: some programs walk through every file number that they may use.
_OPEN_FILES = 65536

T = TypeVar("T")


def up(settings: Settings, only: str = "") -> int:
    """Run in the foreground until a signal stops it; returns the exit code. Root changes to another account first.
    SetupError before anything was started."""
    names = chosen_names(only)
    _allow_many_files()
    notes = _give_up_root(settings)
    prepare_metrics(settings)
    if restoring_path(settings.home).exists():
        raise SetupError("a restore into this DIGITREE_HOME is not finished: `digitree restore FILE --replace`")
    with home_locks(settings.home, names, shared={ESL} if settings.esl_share else ()):
        if names == frozenset(NAMES):
            clear_metrics(settings)
        else:  # other supervisors' processes may be counting there
            forget_dead_metrics(settings)
        update = {"secret": read_or_make_secret(settings), "metrics_dir": str(settings.metrics)}
        settings = settings.model_copy(update=update)
        stack = make_stack(settings, names)
        output = Output(width=max(len(name) for name in (*names, f"{ESL}-10")))
        supervisor = Supervisor(output, lambda: count_live_calls(settings.metrics))
        # A closed queue refuses at once, so the switch tries its next address instead of waiting.
        for listening in (stack.esl_socket, stack.http_socket):
            if listening is not None:
                supervisor.at_stop(listening.close)
        try:
            return asyncio.run(supervisor.run(_Start(stack, output, notes).begin))
        finally:
            output.close()
            if names == frozenset(NAMES):
                clear_metrics(settings)
                with contextlib.suppress(OSError):
                    settings.metrics.rmdir()


def _give_up_root(settings: Settings) -> list[str]:
    """Prepare the home, and as root change to the account that owns it: nothing is served as root. Returns what to
    say of it."""
    account = choose_account(settings.user, settings.home)
    os.umask(0o022 if prompts_are_shared(settings) else 0o077)
    is_new = not settings.home.exists()
    taken = prepare_home(settings, (account.uid, account.gid) if account else None)
    notes = []
    if taken and not is_new:
        whose = f"belong to {account.name} now and " if account else ""
        notes.append(f"{taken} files and directories of {settings.home} {whose}are closed to other users")
    if account is not None:
        compile_packages()
        become(account, touched_paths(settings))
        os.chdir(settings.home)
        os.environ |= {"HOME": str(settings.home), "USER": account.name, "LOGNAME": account.name}
        notes.append(f"started by root: all processes run as {account.name} (another account: --user, DIGITREE_USER)")
    return notes


class _Start:
    def __init__(self, stack: Stack, output: Output, notes: list[str]) -> None:
        self._stack = stack
        self._notes = notes
        self._settings = stack.settings
        self._output = output
        self._new_key: str | None = None

    async def begin(self, supervisor: Supervisor) -> None:
        names = self._stack.names
        self._announce()
        first = [name for name in (POSTGRES, REDIS, TTS, SWITCH, DEVSWITCH, PHONE) if name in names]
        running = {name: supervisor.add(self._stack.service(name)) for name in first}
        await _all_ready(running, POSTGRES, REDIS)
        seeds = ADMIN in names
        if seeds:
            first_start.note_first_start(self._settings)
        # Started before the schema is checked: Python's own start takes longer, and calls do not read Postgres.
        if ESL in names:
            running |= {service.name: supervisor.add(service) for service in self._stack.esl_services()}
        if seeds:
            await self._persist(self._migrate)
        for name in (KEEPER, ADMIN):
            if name in names:
                running[name] = supervisor.add(self._stack.service(name))
        if seeds:
            await self._seed(running)
            supervisor.beside(self._persist(lambda: first_start.want_other_languages(self._settings)))
            await self._wait_for_readyz()
        await _all_ready(running, TTS, SWITCH, DEVSWITCH, PHONE)
        if SWITCH in running and has_own_files(self._settings):
            supervisor.beside(TlsRenewal(self._settings, running[SWITCH], self._output).watch())
        self._say_ready()

    def _announce(self) -> None:
        for note in self._notes:
            self._output.info(note)
        self._output.info(f"state is kept in {self._settings.home}")
        if SWITCH in self._stack.names:
            self._output.info(f"the switch is {self._stack.switch}")
        elif DEVSWITCH in self._stack.names:
            why = "no FreeSWITCH on this machine: " if self._settings.switch == "auto" else ""
            self._output.info(f"{why}the development switch takes the calls; it is for trials, not for production")
        if ESL in self._stack.names and (queue := longest_queue()) < BACKLOG:
            self._output.warn(f"net.core.somaxconn is {queue}: many calls at once need {BACKLOG} (set it by sysctl)")

    def _migrate(self) -> None:
        from ivr.storage.postgres.migrate import upgrade

        try:
            upgrade(self._settings.database_url, self._settings.database_owner_url)
        except StorageError as error:
            raise SetupError(f"Postgres: {error}") from error

    async def _seed(self, running: dict[str, ChildProcess]) -> None:
        key = await asyncio.to_thread(first_start.ensure_api_key, self._settings)
        self._new_key = key.secret if key.is_new else None
        if key.refused:
            self._output.warn("DIGITREE_API_KEY was revoked or has ended: it stays refused, and no call needs it")
        await _all_ready(running, TTS)
        progress = self._progress("speaking the system prompts")
        await self._persist(lambda: first_start.ensure_system_prompts(self._settings, progress))
        if not first_start.sample_is_loaded(self._settings):
            await _all_ready(running, ADMIN)
            progress = self._progress("speaking the prompts of the sample menu")
            loaded = await self._persist(lambda: first_start.load_sample(self._settings, key.secret, progress))
            self._output.info("sample menu: loaded" if loaded else "sample menu: not needed, there are menus")

    async def _persist(self, work: Callable[[], T]) -> T:
        """Do `work` in a thread until it succeeds: what it needs may be on another machine, or be restarting."""
        pause_s = _FIRST_RETRY_S
        while True:
            try:
                return await asyncio.to_thread(work)
            except SetupError as error:
                self._output.warn(f"{error}; trying again in {pause_s:g} s")
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_RETRY_S)

    def _progress(self, what: str) -> Callable[[str, int, int], None]:
        loop = asyncio.get_running_loop()

        def progress(_name: str, done: int, total: int) -> None:
            loop.call_soon_threadsafe(self._output.progress, what, done, total)

        return progress

    async def _wait_for_readyz(self) -> None:
        loop = asyncio.get_running_loop()
        say_at = loop.time() + _STILL_WAITING_S
        pause_s = _FIRST_READY_POLL_S
        while True:
            answer = await asyncio.to_thread(http_status, self._settings.http, "/readyz")
            if answer is not None and answer[0] == 200:
                return
            if loop.time() > say_at:
                self._output.warn("not ready yet: " + (answer[1].strip() if answer else "the API does not answer"))
                say_at += _STILL_WAITING_S
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.5, _LONGEST_READY_POLL_S)

    def _say_ready(self) -> None:
        settings, names = self._settings, self._stack.names
        if ADMIN not in names:
            self._output.info(f"ready: {', '.join(sorted(names))}")
            return
        http = f"http://{settings.http}"
        rows = [("page", f"{http}/ui/"), ("API", http), ("its docs", f"{http}/docs")]
        if self._new_key:
            rows.append(("API key", f"{self._new_key}   (shown only now: keep it)"))
        did = first_start.sample()["did"]
        if SWITCH in names or DEVSWITCH in names:
            rows.append(("SIP", f"sip:{did}@{settings.sip}"))
        if ESL in names:
            rows.append(("call", f"{typed_program()} call {did} --from +14805551234 --press 1,1,1"))
        rows.append(("stop", "Ctrl-C"))
        width = max(len(name) for name, _ in rows)
        self._output.box("Digitree is ready", "\n".join(f"{name:<{width}}  {value}" for name, value in rows))


async def _all_ready(running: dict[str, ChildProcess], *names: str) -> None:
    await asyncio.gather(*(running[name].wait_ready() for name in names if name in running))


def _allow_many_files() -> None:
    """Raise the limit on open files for every child: each call and client is one, and the usual limit is 1024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def typed_program() -> str:
    """`digitree` as a user would type it here: with its path when it is not on the PATH. What uvx and `uv run` start
    has its own directory on the PATH, and the user's shell has not; uv says so by the variable UV."""
    program = Path(sys.argv[0]).absolute()
    on_path = "UV" not in os.environ and str(program.parent) in os.environ.get("PATH", "").split(os.pathsep)
    relative = os.path.relpath(program)
    return program.name if on_path else str(program) if relative.startswith("..") else relative
