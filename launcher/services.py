"""The processes of Digitree: their names, how each starts, when it is ready.

The phone stops first and hangs up its test calls; then the call server drains while everything that its calls need
still runs. The keeper stops after it, so that the last calls' records reach Postgres.
"""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pydantic import AliasChoices

from ivr.clients.certificates import read_roots
from ivr.clients.tls_peers import trusted_authorities
from ivr.home import forget_live_metrics
from ivr.secret_files import settings_in_files
from ivr.settings import SECRET_SETTINGS, Settings, SetupError, split_host_port
from launcher.child_process import Service
from launcher.embedded import postgres, redis
from launcher.freeswitch import find_freeswitch, freeswitch_command, freeswitch_ready
from launcher.listening_sockets import bind_shared, check_free, listen
from launcher.probes import answers_options, http_status
from launcher.program import Program
from launcher.tls_files import write_tls_files

POSTGRES, REDIS, TTS, SWITCH, KEEPER, ADMIN, ESL = "postgres", "redis", "tts", "freeswitch", "keeper", "admin", "esl"
PHONE = "phone"
_SUPERVISORS_OWN = frozenset({"api_key", "database_owner_url"})
# Runs in place of FreeSWITCH where there is none; `--only` does not take its name.
DEVSWITCH = "devswitch"
NAMES = (POSTGRES, REDIS, TTS, SWITCH, KEEPER, PHONE, ADMIN, ESL)
# FreeSWITCH sends BYE to its calls within 5 s of SIGTERM.
_SWITCH_STOP_S = 15.0
# gunicorn gives requests in progress 20 s.
_ADMIN_STOP_S = 25.0
ESL_DRAIN_S = 15.0
# Logged at every start, whatever the log level. The memory advice is for much larger data sets.
_REDIS_BANNER = re.compile(rb"oO0Oo|# Redis version=|# Configuration loaded|# Server initialized|overcommit")


def chosen_names(only: str) -> frozenset[str]:
    """`admin,esl` -> those two; an empty text -> all. SetupError lists the names."""
    names = frozenset(part.strip() for part in only.split(",") if part.strip()) or frozenset(NAMES)
    if unknown := sorted(names - set(NAMES)):
        raise SetupError(f"--only: no process is called {', '.join(unknown)}; choose from {', '.join(NAMES)}")
    return names


def resolve_urls(settings: Settings, names: Collection[str]) -> Settings:
    """The settings with the addresses of the embedded servers that this supervisor runs."""
    urls = {}
    if not settings.database_url and POSTGRES in names:
        urls["database_owner_url"] = postgres.owner_url(settings.home / "pg")
    for url, name, embedded_url in (
        ("database_url", POSTGRES, postgres.postgres_url),
        ("redis_url", REDIS, redis.redis_url),
    ):
        if getattr(settings, url):
            continue
        if name not in names and {ADMIN, ESL, KEEPER} & set(names):
            raise SetupError(f"--only leaves out the embedded {name}: set {url.upper()} to one that runs elsewhere")
        directory = settings.home / ("pg" if name == POSTGRES else "redis")
        urls[url] = embedded_url(directory) if name in names else ""
    return settings.model_copy(update=urls)


def child_environment(settings: Settings) -> dict[str, str]:
    """This environment with every setting resolved, without what only the supervisor needs: the bootstrap API key and
    the database in its owner's role. What is in a file stays there: each process reads it itself."""
    env, in_files = dict(os.environ), settings_in_files(settings.secrets_dir)
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        variable = str(alias.choices[0]) if isinstance(alias, AliasChoices) else name
        value = str(getattr(settings, name))
        if variable in in_files:
            continue
        if value and name not in _SUPERVISORS_OWN:
            env[variable] = value
        elif name in SECRET_SETTINGS | _SUPERVISORS_OWN:
            env.pop(variable, None)
    return env | {"PROMETHEUS_MULTIPROC_DIR": str(settings.metrics), "PYTHONUNBUFFERED": "1"}


@dataclass(frozen=True)
class Stack:
    """What this start runs. `switch` is the FreeSWITCH program; None when there is none, or none is wanted."""

    settings: Settings
    names: frozenset[str]
    env: Mapping[str, str]
    switch: Path | None
    http_socket: socket.socket | None
    esl_socket: socket.socket | None

    def service(self, name: str) -> Service:
        """POSTGRES, REDIS, TTS, SWITCH, DEVSWITCH, KEEPER, PHONE or ADMIN."""
        return {
            POSTGRES: self._postgres,
            REDIS: self._redis,
            TTS: self._tts,
            SWITCH: self._switch,
            DEVSWITCH: self._devswitch,
            KEEPER: self._keeper,
            PHONE: self._phone,
            ADMIN: self._admin,
        }[name]()

    def esl_services(self) -> list[Service]:
        """One for each core, or as many as DIGITREE_ESL_PROCESSES says."""
        number = self.settings.esl_processes or os.cpu_count() or 1
        return [self._esl(index) for index in range(1, number + 1)]

    def _postgres(self) -> Service:
        directory = self.settings.home / "pg"

        def program() -> Program:
            postgres.prepare_postgres(directory)
            return postgres.postgres_server(directory)

        return Service(POSTGRES, program, lambda: postgres.postgres_ready(directory), stop_timeout_s=20)

    def _redis(self) -> Service:
        directory = self.settings.home / "redis"

        def program() -> Program:
            redis.prepare_redis(directory)
            return redis.redis_server(directory)

        return Service(REDIS, program, lambda: redis.redis_ready(directory), boring=_REDIS_BANNER)

    def _tts(self) -> Service:
        return Service(TTS, lambda: self._python("-m", "tts"), lambda: _answers(self.settings.tts, "/healthz"))

    def _keeper(self) -> Service:
        return Service(KEEPER, lambda: self._python("-m", "keeper"))

    def _phone(self) -> Service:
        program = self._python("-m", "devswitch.phone")
        # A request without the phone's token is refused, which shows that it runs.
        ready = partial(_answers, self.settings.phone, "/healthz", 401)
        # It stops before the call server, which would wait for the phone's calls.
        return Service(PHONE, lambda: program, ready, stop_rank=-2)

    def _admin(self) -> Service:
        listening = self.http_socket
        if listening is None:
            raise ValueError("admin is not among the chosen processes")
        program = self._python(
            "-m", "gunicorn", "--config", "python:admin.http.gunicorn_conf", "--bind", f"fd://{listening.fileno()}",
            "admin.wsgi:app",
        )  # fmt: skip
        program = replace(program, pass_fds=(listening.fileno(),))
        return Service(
            ADMIN, lambda: program, lambda: _answers(self.settings.http, "/healthz"), stop_timeout_s=_ADMIN_STOP_S
        )

    def _switch(self) -> Service:
        binary = self.switch
        if binary is None:
            raise ValueError("there is no FreeSWITCH")

        def program() -> Program:
            argv, env = freeswitch_command(self.settings, binary)
            return Program(argv, env)

        return Service(SWITCH, program, lambda: freeswitch_ready(self.settings), stop_timeout_s=_SWITCH_STOP_S)

    def _devswitch(self) -> Service:
        def program() -> Program:
            return self._python("-m", "devswitch", DIGITREE_TLS_DIR=str(write_tls_files(self.settings)))

        ready = partial(answers_options, self.settings.sip)
        return Service(DEVSWITCH, program, ready, stop_timeout_s=_SWITCH_STOP_S)

    def _esl(self, index: int) -> Service:
        listening = self.esl_socket
        if listening is None:
            raise ValueError("esl is not among the chosen processes")
        program = self._python("-m", "esl_server", DIGITREE_ESL_FD=str(listening.fileno()))
        program = replace(program, pass_fds=(listening.fileno(),))
        return Service(
            f"{ESL}-{index}",
            lambda: program,
            stop_timeout_s=ESL_DRAIN_S,
            stop_rank=-1,
            group=ESL,
            rolling=True,
            ended=lambda pid: forget_live_metrics(self.settings, pid),
        )

    def _python(self, *arguments: str, **env: str) -> Program:
        return Program((sys.executable, *arguments), {**self.env, **env})


def _answers(address: str, path: str, status: int = 200) -> bool:
    answer = http_status(address, path)
    return answer is not None and answer[0] == status


def make_stack(settings: Settings, names: frozenset[str]) -> Stack:
    """Bind what the supervisor holds, and check what children will bind. SetupError says what to change."""
    names -= {name for name, url in ((POSTGRES, settings.database_url), (REDIS, settings.redis_url)) if url}
    settings = resolve_urls(settings, names)
    trusted_authorities(settings)
    read_roots(settings)
    switch = _find_switch(settings, names)
    if switch is None:
        wants_one = SWITCH in names and settings.switch != "none"
        names = names - {SWITCH} | ({DEVSWITCH} if wants_one else set())
        if wants_one:
            check_free(settings.sip, "DIGITREE_SIP", udp=True)
            _check_tls_free(settings)
    else:
        check_free(settings.sip, "DIGITREE_SIP", udp=True)
        check_free(settings.freeswitch_event, "DIGITREE_FS_EVENT")
        _check_tls_free(settings)
    if TTS in names:
        check_free(settings.tts, "DIGITREE_TTS")
    if PHONE in names:
        check_free(settings.phone, "DIGITREE_PHONE")
    http_socket = listen(settings.http, "DIGITREE_HTTP") if ADMIN in names else None
    bind = bind_shared if settings.esl_share else listen
    esl_socket = bind(settings.esl, "DIGITREE_ESL") if ESL in names else None
    return Stack(settings, names, child_environment(settings), switch, http_socket, esl_socket)


def _check_tls_free(settings: Settings) -> None:
    if settings.sip_tls != "auto":
        check_free(f"{split_host_port(settings.sip)[0]}:{settings.sip_tls}", "DIGITREE_SIP_TLS")


def _find_switch(settings: Settings, names: Collection[str]) -> Path | None:
    if SWITCH not in names or settings.switch in ("devswitch", "none"):
        return None
    found = find_freeswitch(settings)
    if found is None and settings.switch == "freeswitch":
        raise SetupError("DIGITREE_SWITCH=freeswitch, but there is no `freeswitch` on the PATH: set FREESWITCH_BIN")
    return found
