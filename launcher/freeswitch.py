"""FreeSWITCH, when one is on the machine: where it is, how it starts with our configuration, when it is ready.

dialplan/freeswitch/vars.xml explains the variables. Its environment has only those: FreeSWITCH's own `getenv` command
would otherwise show the API key and the database's password to anyone on its event socket.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
from importlib.resources import files
from pathlib import Path

from ivr.secret_files import DIRECTORY, settings_in_files
from ivr.secrets import event_password, switch_secrets
from ivr.settings import SWITCH_VARIABLES, Settings, SetupError, split_host_port
from ivr.storage.disk.agent_passwords import ensure_file, passwords_path
from ivr.storage.disk.switch_trunks import TrunkFiles
from launcher.probes import answers_options
from launcher.tls_files import write_tls_files

CONFIG_DIR = Path(str(files("dialplan"))) / "freeswitch"

# Read by vars.xml alone, and passed on unchanged.
_HANDED_ON = (*(name for name, _, _ in SWITCH_VARIABLES), "PATH", "LD_LIBRARY_PATH", "TZ")


def find_freeswitch(settings: Settings) -> Path | None:
    """The program: FREESWITCH_BIN, which must then exist (SetupError), else the first `freeswitch` on the PATH."""
    if settings.freeswitch_bin:
        named = shutil.which(settings.freeswitch_bin)
        if named is None:
            raise SetupError(f"FREESWITCH_BIN={settings.freeswitch_bin} is not a program that can be run")
        return Path(named).absolute()
    found = shutil.which("freeswitch")
    return Path(found).absolute() if found else None


def freeswitch_command(
    settings: Settings, binary: Path, config_dir: Path = CONFIG_DIR
) -> tuple[tuple[str, ...], dict[str, str]]:
    """(argv, env) that runs it in the foreground with its log on standard output; makes its directories under
    home/fs.

    The addresses must be free: when one is taken FreeSWITCH does not end, but runs on without it and looks ready.
    Without -np a FreeSWITCH that runs as root takes real-time priority over our processes on the same cores.
    SIGTERM ends it in 4-5 s, and it sends BYE to its calls.
    """
    if not (config_dir / "freeswitch.xml").is_file():
        raise SetupError(f"{config_dir} has no freeswitch.xml")
    state = settings.home / "fs"
    # FreeSWITCH writes its whole configuration there, the password included.
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    state.chmod(0o700)
    directories: list[str] = []
    # Temporary files have the sound of agents in them, while it is seen whether they speak.
    for name in ("log", "db", "run", "temp"):
        (state / name).mkdir(exist_ok=True)
        directories += [f"-{name}", str(state / name)]
    ensure_file(passwords_path(settings.home))
    trunks = TrunkFiles.of_home(settings.home)
    trunks.ensure()
    argv = (str(binary), "-nonat", "-nf", "-nc", "-np", "-conf", str(config_dir), *directories)
    env = {name: os.environ[name] for name in _HANDED_ON if os.environ.get(name)}
    env |= {
        "DIGITREE_SIP": _sip_address(settings.sip),
        "DIGITREE_ESL": settings.esl,
        "DIGITREE_FS_EVENT": settings.freeswitch_event,
        "DIGITREE_SIP_TLS": settings.sip_tls,
        "DIGITREE_TLS_DIR": str(write_tls_files(settings)),
        "DIGITREE_TLS_VERIFY": settings.tls_verify,
        "DIGITREE_TRUNKS_FILE": str(trunks.gateways),
        "DIGITREE_AGENTS_FILE": str(passwords_path(settings.home)),
        "DIGITREE_PROMPTS_DIR": str(settings.prompts),
        **_secrets(settings),
    }
    return argv, env


def _secrets(settings: Settings) -> dict[str, str]:
    """What it proves itself by, and the password of its event socket; those in files stay there."""
    values = {"DIGITREE_ESL_SECRET": switch_secrets(settings)[0], "DIGITREE_FS_PASSWORD": event_password(settings)}
    in_files = {name for name in settings_in_files(settings.secrets_dir) if not os.environ.get(name)}
    directory = {DIRECTORY: settings.secrets_dir} if settings.secrets_dir else {}
    return directory | {name: value for name, value in values.items() if name not in in_files}


def freeswitch_ready(settings: Settings) -> bool:
    """One check. It answers OPTIONS with 200 for a moment while it starts and again when it takes calls; with 503
    for a fifth of a second after its event socket has opened."""
    try:
        with socket.create_connection(split_host_port(settings.freeswitch_event), timeout=1):
            return answers_options(settings.sip)
    except OSError:
        return False


def _sip_address(address: str) -> str:
    """IPV4:PORT of DIGITREE_SIP: FreeSWITCH binds and advertises one literal address."""
    host, port = split_host_port(address)
    try:
        ip = ipaddress.ip_address(socket.gethostbyname(host))
    except (OSError, ValueError) as error:
        raise SetupError(f"DIGITREE_SIP={address}: {host} is not an IPv4 address of this machine") from error
    if ip.version != 4 or ip.is_unspecified:
        raise SetupError(f"DIGITREE_SIP={address}: FreeSWITCH needs one IPv4 address of this machine")
    return f"{ip}:{port}"
