"""Settings: each is an environment variable or a file, read once when a process starts and passed down.

`describe_settings()` is what `digitree settings` prints, and what docs/operations.md lists.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from ivr.domain.agents import NEW_SIP_URI
from ivr.domain.outgoing.model import OutgoingLimits
from ivr.domain.reports.usage import Rates
from ivr.domain.retention import YOUNGEST_AUDIT, Retention
from ivr.domain.spoken.money import CURRENCIES
from ivr.domain.telephones.model import OutLimits, RingLimits
from ivr.domain.time_zones import find_zone
from ivr.secret_files import DIRECTORY, SecretFiles

SECRET_SETTINGS = frozenset({"api_key", "esl_secret", "freeswitch_password", "secret"})
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1", "*": "127.0.0.1"}  # noqa: S104 - nothing is bound
_HOST_PORT = re.compile(r"^(?P<host>[A-Za-z0-9_.-]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})$")
_MEMORY = Path("/dev/shm")  # noqa: S108 - our own directory in it is made and checked
# It stands unquoted in an expression of FreeSWITCH's dialplan.
_SWITCH_SECRET = re.compile(r"[A-Za-z0-9]{32,128}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
# Prompt paths are unquoted in FreeSWITCH application arguments, so they may have no other characters.
_SAFE_PATH = re.compile(r"^/[A-Za-z0-9_./+=@-]*$")


class SetupError(Exception):
    """A fault of this machine or its settings; the text says what to do."""


def split_host_port(address: str) -> tuple[str, int]:
    """`127.0.0.1:8080` -> ("127.0.0.1", 8080). ValueError says what is wrong."""
    match = _HOST_PORT.fullmatch(address)
    if not match or int(match["port"]) > 65535:
        raise ValueError(f"{address!r} is not HOST:PORT, for example 127.0.0.1:8080")
    return match["host"].strip("[]"), int(match["port"])


def reachable_host(address: str) -> tuple[str, int]:
    """(host, port) at which a client reaches what listens on `address`: a wildcard is reached over loopback."""
    host, port = split_host_port(address)
    return _WILDCARDS.get(host, host), port


def _address(value: str) -> str:
    split_host_port(value)
    return value


def _home(value: Path) -> Path:
    path = Path(os.path.abspath(value.expanduser()))
    if not _SAFE_PATH.fullmatch(str(path)):
        raise ValueError(f"{path} has a blank or a special character; choose a directory of letters, digits and /._-")
    return path


def _default_home() -> Path:
    """`.digitree` in the working directory where there is one, as in a checkout; else the user's directory for data
    (XDG Base Directory Specification), and for root that of the machine."""
    here = Path(".digitree")
    if here.is_dir():
        return here
    if os.geteuid() == 0:
        return Path("/var/lib/digitree")
    data = os.environ.get("XDG_DATA_HOME", "")
    return Path(data if os.path.isabs(data) else "~/.local/share", "digitree")


def _audit_days(value: int) -> int:
    if 0 < value < YOUNGEST_AUDIT.days:
        raise ValueError(f"entries of the audit log are kept {YOUNGEST_AUDIT.days} days at least, or for good (0)")
    return value


def _agent_uri(value: str) -> str:
    if value and not NEW_SIP_URI.fullmatch(value):
        raise ValueError(f"{value!r} is not a SIP URI with a port of 1 to 65535, such as sip:agent@192.0.2.10:5060")
    return value


def _switch_secrets(value: str) -> str:
    if value and not all(_SWITCH_SECRET.fullmatch(each) for each in value.split(",")):
        raise ValueError("a secret has 32 to 128 letters and digits; two of them are divided by a comma")
    return value


_HOST_NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*|[0-9a-f:.]*:[0-9a-f:.]*", re.ASCII)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _countries(value: str) -> str:
    for each in _listed(value):
        if not _COUNTRY.fullmatch(each):
            raise ValueError(f"{each!r} is not a country; write two capital letters, such as DE")
    return value


def _zone(value: str) -> str:
    if value and find_zone(value) is None:
        raise ValueError(f"there is no time zone {value!r}; write an IANA name, such as America/Chicago")
    return value


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _networks(value: str) -> str:
    parse_networks(value)
    return value


def _hosts(value: str) -> str:
    for name in parse_hosts(value):
        if not _HOST_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not the name of a host, without scheme and port, such as ivr.example.com")
    return value


def parse_hosts(text: str) -> frozenset[str]:
    """`ivr.example.com, ivr` as names in lower case."""
    return frozenset(each.strip().lower() for each in text.split(",") if each.strip())


def parse_networks(text: str) -> tuple[Network, ...]:
    """`127.0.0.1,10.0.0.0/8` as networks. ValueError says what is wrong."""
    return tuple(ipaddress.ip_network(each.strip()) for each in text.split(",") if each.strip())


Address = Annotated[str, AfterValidator(_address)]
Networks = Annotated[str, AfterValidator(_networks)]
Hosts = Annotated[str, AfterValidator(_hosts)]
Money = Annotated[Decimal, Field(ge=0, le=1000, max_digits=10, decimal_places=6)]
Directory = Annotated[Path, BeforeValidator(lambda value: value or _default_home()), AfterValidator(_home)]


def _field(env: str, default: Any, meaning: str, **limits: Any) -> Any:
    return Field(default, validation_alias=AliasChoices(env), description=meaning, validate_default=True, **limits)


class Settings(BaseSettings):
    """One instance per process; `Settings()` reads the environment and the files of DIGITREE_SECRETS_DIR. Raises
    pydantic.ValidationError, and pydantic_settings.SettingsError when the files cannot be read."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:  # fmt: skip
        return init_settings, env_settings, SecretFiles(settings_cls)

    home: Directory = _field(
        "DIGITREE_HOME", "",
        "directory of all state; empty: .digitree in the working directory where there is one, else "
        "~/.local/share/digitree (under XDG_DATA_HOME, if that is set), for root /var/lib/digitree",
    )
    user: str = _field(
        "DIGITREE_USER", "",
        "account of all processes when root starts them; empty: that of DIGITREE_HOME, of sudo's caller, or digitree",
    )
    secrets_dir: Annotated[str, AfterValidator(lambda value: value and os.path.abspath(value))] = _field(
        DIRECTORY, "", "directory of files, each named for a variable of this table with its value; empty: none"
    )
    http: Address = _field("DIGITREE_HTTP", "127.0.0.1:8080", "where the admin app listens (REST API)")
    requests_per_minute: int = _field(
        # A thousand a second: more than any dialler sends, less than half of what two processes answer.
        "DIGITREE_REQUESTS_PER_MINUTE", 60_000, "requests a minute that one API key may send; more get 429", ge=1
    )
    proxies: Networks = _field(
        "DIGITREE_PROXIES", "", "addresses of proxies whose X-Forwarded-For is believed, comma-separated"
    )
    hosts: Hosts = _field(
        "DIGITREE_HOSTS", "", "names that the admin app answers to, comma-separated; empty: any name"
    )
    esl: Address = _field("DIGITREE_ESL", "127.0.0.1:8084", "where the call server listens for FreeSWITCH")
    sip: Address = _field("DIGITREE_SIP", "127.0.0.1:5080", "where the switch listens for SIP")
    sip_tls: str = _field(
        "DIGITREE_SIP_TLS", "auto",
        "port of the switch for SIP over TLS, such as 5061; auto: one that the system chooses",
        pattern="^(?:auto|[1-9][0-9]{0,4})$",
    )
    tls_cert: str = _field(
        "DIGITREE_TLS_CERT", "",
        "file of the certificate for SIP over TLS, then of authorities between; empty: one is made for trying",
    )
    tls_key: str = _field(
        "DIGITREE_TLS_KEY", "", "file of its key without a passphrase; empty: in the file of the certificate"
    )
    tls_ca: str = _field(
        "DIGITREE_TLS_CA", "", "file of the authorities trusted in calls over TLS; empty: those of the machine"
    )
    tls_verify: Literal["name", "chain"] = _field(
        "DIGITREE_TLS_VERIFY", "name",
        "what of the certificate of an agent or of a trunk's host must be right: name: also the name; chain: the"
        " authority alone",
    )
    tts: Address = _field("DIGITREE_TTS", "127.0.0.1:8086", "where the speech process listens")
    voices_url: str = _field(
        "DIGITREE_VOICES_URL", "https://huggingface.co/rhasspy/piper-voices/resolve/main",
        "address of Piper's catalogue of voices, or of a mirror of it: there lies voices.json",
        pattern=r"^https?://[!-~]{1,200}$",
    )
    phone: Address = _field("DIGITREE_PHONE", "127.0.0.1:8088", "where the phone for test calls listens (loopback)")
    database_url: str = _field("DATABASE_URL", "", "Postgres; empty: an embedded one under DIGITREE_HOME")
    database_owner_url: str = _field(
        "DATABASE_OWNER_URL", "",
        "Postgres in the role that owns the tables and migrates; empty: that of DATABASE_URL",
    )
    redis_url: str = _field("REDIS_URL", "", "Redis; empty: an embedded one under DIGITREE_HOME")
    api_key: str = _field(
        "DIGITREE_API_KEY", "", "bootstrap API key; empty: the first start makes one and prints it once"
    )
    agent_uri: Annotated[str, AfterValidator(_agent_uri)] = _field(
        "DIGITREE_AGENT_URI", "", "SIP URI of the agent when a transfer names none; empty: the switch's sample agent"
    )
    outbound_private: bool = _field(
        "DIGITREE_OUTBOUND_PRIVATE",
        False,
        "whether prepare URLs, webhooks, services, channels and imported recordings may lead into private networks",
    )
    tsa_url: str = _field(
        "DIGITREE_TSA_URL", "", "time-stamp server (RFC 3161) for the signed heads of chains; empty: none"
    )
    agent_ring_s: int = _field("DIGITREE_AGENT_RING_S", 20, "seconds that this agent may ring", ge=1, le=120)
    prompts_dir: str = _field(
        "DIGITREE_PROMPTS_DIR", "", "directory of prompt files; empty: prompts/ under DIGITREE_HOME"
    )
    recordings_dir: str = _field(
        "DIGITREE_RECORDINGS_DIR", "",
        "directory in which the switch writes what callers say, the same path there; empty: recordings/ under "
        "DIGITREE_HOME",
    )
    sounds_dir: str = _field(
        "DIGITREE_SOUNDS_DIR", "",
        "directory in which sounds are kept, encrypted; empty: sounds/ under DIGITREE_HOME",
    )
    url: str = _field(
        "DIGITREE_URL", "",
        "address at which others reach the admin app, for links to sounds: https://ivr.example.com; empty: "
        "DIGITREE_HTTP",
        pattern=r"^(?:https?://[A-Za-z0-9.:/_\[\]-]{1,80})?$",
    )
    link_hours: int = _field(
        "DIGITREE_LINK_HOURS", 168, "hours after which a link to a sound leads nowhere", ge=1, le=8760
    )
    metrics_dir: str = _field(
        "DIGITREE_METRICS_DIR", "", "directory of metric files, which must be in memory; empty: one under /dev/shm"
    )
    region: str = _field(
        "DIGITREE_REGION", "US", "country of numbers that come without +, and of dates such as 5/3/2026",
        pattern="^[A-Z]{2}$",
    )
    zone: Annotated[str, AfterValidator(_zone)] = _field(
        "DIGITREE_ZONE", "",
        "time zone of the days of reports until one is chosen on the page, by its IANA name: America/Chicago; empty:"
        " UTC",
    )
    currency: str = _field(
        "DIGITREE_CURRENCY", "USD", "currency of amounts that menus say: USD, CAD, AUD, NZD, GBP, EUR or MXN",
        pattern=f"^(?:{'|'.join(CURRENCIES)})$",
    )
    secret: str = _field(
        "DIGITREE_SECRET", "", "secret that signs call state; empty: made once under DIGITREE_HOME"
    )
    esl_processes: int = _field(
        "DIGITREE_ESL_PROCESSES", 0, "processes of the call server; 0: one for each core", ge=0, le=64
    )
    esl_share: bool = _field(
        "DIGITREE_ESL_SHARE", False, "whether several call servers of this machine share DIGITREE_ESL, and the calls"
    )
    max_calls: int = _field(
        "DIGITREE_MAX_CALLS", 5000, "live calls in a process of the call server; more get 503", ge=1
    )
    verstat_trust: Networks = _field(
        "DIGITREE_VERSTAT_TRUST", "",
        "networks of carriers whose verdict on callers' numbers (STIR/SHAKEN) counts, comma-separated; empty: none",
    )
    identity_roots: str = _field(
        "DIGITREE_IDENTITY_ROOTS", "",
        "file of the authorities (PEM) whose certificates count where callers' numbers are signed (Identity); "
        "empty: signatures are not checked",
    )
    esl_allow: str = _field(
        "DIGITREE_ESL_ALLOW", "127.0.0.0/8,::1", "networks that may connect to the call server, comma-separated"
    )
    esl_users: str = _field(
        "DIGITREE_ESL_USERS", "freeswitch",
        "accounts of this machine, beside our own and root, whose FreeSWITCH may connect to the call server",
    )
    esl_secret: Annotated[str, AfterValidator(_switch_secrets)] = _field(
        "DIGITREE_ESL_SECRET", "",
        "secret by which FreeSWITCH proves itself to the call server (NEW,OLD while it is being changed); "
        "empty: derived from DIGITREE_SECRET",
    )
    switch: Literal["auto", "freeswitch", "devswitch", "none"] = _field(
        "DIGITREE_SWITCH", "auto", "auto: FreeSWITCH when it is on the machine, else the development switch"
    )
    freeswitch_bin: str = _field("FREESWITCH_BIN", "", "the freeswitch program; empty: the one on the PATH")
    freeswitch_event: Address = _field(
        "DIGITREE_FS_EVENT", "127.0.0.1:8022", "where the switch's own event socket listens"
    )
    freeswitch_password: str = _field(
        "DIGITREE_FS_PASSWORD", "", "password of that event socket; empty: derived from DIGITREE_SECRET"
    )
    sofia_profile: str = _field(
        "DIGITREE_SOFIA_PROFILE", "digitree", "sofia profile that calls agents", pattern="^[A-Za-z0-9_-]{1,32}$"
    )
    ivr_usd_min: Money = _field("DIGITREE_IVR_USD_MIN", Decimal("0.008"), "dollars a minute of menu")
    agent_usd_min: Money = _field("DIGITREE_AGENT_USD_MIN", Decimal("0.10"), "dollars a minute of an agent's talk")
    tts_usd_s: Money = _field("DIGITREE_TTS_USD_S", Decimal("0.01"), "dollars a second of speech made")
    ring_countries: Annotated[str, AfterValidator(_countries)] = _field(
        "DIGITREE_RING_COUNTRIES", "",
        "countries whose telephones may be rung over a trunk, beside the trunk's own: DE,AT; empty: no other",
    )
    ring_usd_min: Money = _field(
        "DIGITREE_RING_USD_MIN", Decimal("0.02"), "dollars a minute of a call to a telephone over a trunk"
    )
    ring_usd_day: Money = _field(
        "DIGITREE_RING_USD_DAY", Decimal(2), "dollars that such calls may cost in 24 hours, all of them together"
    )
    ring_calls_day: int = _field(
        "DIGITREE_RING_CALLS_DAY", 50, "such calls in 24 hours; 0: none are made", ge=0, le=10_000
    )
    ring_max_s: int = _field("DIGITREE_RING_MAX_S", 300, "seconds after which such a call is ended", ge=30, le=3600)
    out_usd_day: Money = _field(
        "DIGITREE_OUT_USD_DAY", Decimal(20),
        "dollars that transfers to numbers which variables name may cost in 24 hours, all of them together",
    )
    out_calls_day: int = _field(
        "DIGITREE_OUT_CALLS_DAY", 200, "such transfers in 24 hours; 0: none are made", ge=0, le=100_000
    )
    outgoing_calls_day: int = _field(
        "DIGITREE_OUTGOING_CALLS_DAY", 1000, "calls that we make in 24 hours over one trunk; 0: none are made", ge=0
    )
    outgoing_usd_day: Money = _field(
        "DIGITREE_OUTGOING_USD_DAY", Decimal(20), "dollars that such calls may cost in 24 hours over one trunk"
    )
    outgoing_at_once: int = _field(
        "DIGITREE_OUTGOING_AT_ONCE", 5, "such calls under way at once over one trunk", ge=1, le=500
    )
    outgoing_number_day: int = _field(
        "DIGITREE_OUTGOING_NUMBER_DAY", 3, "such calls to one number in 24 hours", ge=1, le=100
    )
    outgoing_max_s: int = _field(
        "DIGITREE_OUTGOING_MAX_S", 600, "seconds after which such a call is ended", ge=30, le=3600
    )
    keep_calls_days: int = _field(
        "DIGITREE_KEEP_CALLS_DAYS", 1826, "days that call records are kept, by whole months; 0: for good", ge=0
    )
    keep_audit_days: Annotated[int, AfterValidator(_audit_days)] = _field(
        "DIGITREE_KEEP_AUDIT_DAYS", 1826,
        "days that entries of the audit log are kept, 90 at least; 0: for good", ge=0,
    )
    keep_checks_days: int = _field(
        "DIGITREE_KEEP_CHECKS_DAYS", 1826, "days that checks of the do-not-call lists are kept; 0: for good", ge=0
    )
    keep_sounds_days: int = _field(
        "DIGITREE_KEEP_SOUNDS_DAYS", 90, "days that sounds in no mailbox are kept; 0: for good", ge=0
    )
    keep_callbacks_days: int = _field(
        "DIGITREE_KEEP_CALLBACKS_DAYS", 90,
        "days that call-backs are kept once they are done or dropped; 0: for good", ge=0,
    )
    keep_bin_days: int = _field(
        "DIGITREE_KEEP_BIN_DAYS", 30,
        "days that deleted menus and agents can be restored from the bin; 0: for good", ge=0,
    )
    keep_language_days: int = _field(
        "DIGITREE_KEEP_LANGUAGE_DAYS", 365,
        "days that the language a caller chose is kept, where a menu remembers it; 0: not at all", ge=0, le=3650,
    )
    keep_webhooks_days: int = _field(
        "DIGITREE_KEEP_WEBHOOKS_DAYS", 7,
        "days that delivered webhook messages are kept; dead ones 30 or as long", ge=1,
    )
    keep_prompts_days: int = _field(
        "DIGITREE_KEEP_PROMPTS_DAYS", 1,
        "days that prompt files are kept which nothing plays any more; 0: for good", ge=0,
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = _field("DIGITREE_LOG_LEVEL", "INFO", "log level")

    @property
    def prompts(self) -> Path:
        """The directory of prompt files, the same path for every process and for the switch."""
        return _home(Path(self.prompts_dir)) if self.prompts_dir else self.home / "prompts"

    @property
    def voices(self) -> Path:
        """The directory of voices that were added."""
        return self.home / "voices"

    @property
    def recordings(self) -> Path:
        """The directory of the switch's recordings, the same path for every process and for the switch."""
        return _home(Path(self.recordings_dir)) if self.recordings_dir else self.home / "recordings"

    @property
    def sounds(self) -> Path:
        """The directory of sounds that are kept."""
        return _home(Path(self.sounds_dir)) if self.sounds_dir else self.home / "sounds"

    @property
    def links(self) -> str:
        """What links begin with."""
        if self.url:
            return self.url.rstrip("/")
        host, port = reachable_host(self.http)
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    @property
    def rates(self) -> Rates:
        """The rates in force now; calls that were charged before keep theirs."""
        return Rates(self.ivr_usd_min, self.agent_usd_min)

    @property
    def ring_limits(self) -> RingLimits:
        """What calls to telephones may cost, and where to."""
        return RingLimits(
            frozenset(_listed(self.ring_countries)),
            self.ring_usd_min,
            self.ring_usd_day,
            self.ring_calls_day,
            self.ring_max_s,
        )

    @property
    def out_limits(self) -> OutLimits:
        """What transfers to telephone numbers may cost, and where to."""
        return OutLimits(
            frozenset(_listed(self.ring_countries)), self.ring_usd_min, self.out_usd_day, self.out_calls_day
        )

    @property
    def outgoing_limits(self) -> OutgoingLimits:
        """What the calls that we make may cost, and where to."""
        return OutgoingLimits(
            frozenset(_listed(self.ring_countries)),
            self.ring_usd_min,
            self.outgoing_usd_day,
            self.outgoing_calls_day,
            self.outgoing_at_once,
            self.outgoing_number_day,
            self.outgoing_max_s,
        )

    @property
    def retention(self) -> Retention:
        return Retention(
            calls=self.keep_calls_days,
            audit=self.keep_audit_days,
            checks=self.keep_checks_days,
            webhooks=self.keep_webhooks_days,
            prompts=self.keep_prompts_days,
            callbacks=self.keep_callbacks_days,
            bin=self.keep_bin_days,
        )

    @property
    def journal(self) -> Path:
        return self.home / "journal"

    @property
    def metrics(self) -> Path:
        """The directory of metric files. They are mapped into memory: on a disk that gets full, the process that
        touches them would die of SIGBUS. Where there is no /dev/shm it is metrics/ under DIGITREE_HOME."""
        if self.metrics_dir:
            return _home(Path(self.metrics_dir))
        if not os.access(_MEMORY, os.W_OK | os.X_OK):
            return self.home / "metrics"
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return _MEMORY / f"digitree-{os.geteuid()}-{digest}"

    @property
    def agent(self) -> str:
        """The SIP URI of the agent of a transfer that names none: DIGITREE_AGENT_URI, else the switch's sample
        agent."""
        return self.agent_uri or self.sample_agent

    @property
    def sample_agent(self) -> str:
        return f"sip:sample-agent@{self.sip}"


# Read by the switch alone (dialplan/freeswitch/vars.xml, devswitch/sip/process.py): name, default, meaning.
SWITCH_VARIABLES = (
    ("DIGITREE_ESL_TARGETS", "DIGITREE_ESL", "call servers that the switch tries in turn, HOST:PORT|HOST:PORT"),
    ("DIGITREE_SIP_ALLOW", "127.0.0.0/8", "networks that may send calls beside those of trunks, comma-separated"),
    ("DIGITREE_SIP_TRUST", "", "networks whose P-Asserted-Identity is believed; for others From counts"),
    ("DIGITREE_SRTP", "optional", "required: calls whose sound is not encrypted are refused"),
    ("DIGITREE_TLS_CALLERS", "", "names, one of which callers' certificates must have, comma-separated; empty: none"),
    ("DIGITREE_FS_AGENTS_PORT", "auto", "SIP port for agents that may send callers on (FreeSWITCH)"),
    ("DIGITREE_EXTERNAL_IP", "", "address that carriers see, when it is not the one bound (FreeSWITCH)"),
    ("DIGITREE_RTP_PORTS", "16384-32768", "UDP ports for RTP, FIRST-LAST"),
    ("DIGITREE_FS_MAX_SESSIONS", "2000", "call legs at once (FreeSWITCH; a call with its agent has two)"),
    ("DIGITREE_FS_CALLS_PER_SECOND", "1000", "new legs a second, those refused by address included (FreeSWITCH)"),
    ("DIGITREE_FS_LOG_LEVEL", "warning", "log level of FreeSWITCH"),
    ("DIGITREE_FS_INBAND_DTMF", "true", "listen for keys as tones where no telephone-event is offered (FreeSWITCH)"),
)


def describe_settings(settings: Settings) -> list[tuple[str, str, str, str]]:
    """(variable, value in force, default, meaning) of each setting; secrets are shown as ***."""
    rows = []
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        variable = str(alias.choices[0]) if isinstance(alias, AliasChoices) else name
        value = str(getattr(settings, name))
        if value and (name in SECRET_SETTINGS or (name.endswith("_url") and "@" in value)):
            value = "***"
        rows.append((variable, value, str(field.default), field.description or ""))
    rows += [(name, os.environ.get(name, ""), default, meaning) for name, default, meaning in SWITCH_VARIABLES]
    return rows
