"""Config: where things run, as frozen values. `triage/config.py` makes them from config.toml; nothing here reads files.

Durations are `timedelta` or end in `_s` (seconds); sizes are bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import Enum
from pathlib import Path


class Security(Enum):
    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class SentCopy(Enum):
    """Who files a copy of our notices in Sent: AUTO decides by host (Gmail and Microsoft 365 file their own)."""

    AUTO = "auto"
    APPEND = "append"
    SERVER = "server"
    NONE = "none"


class StartFrom(Enum):
    NOW = "now"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Instance:
    name: str
    address: str
    """The shared mailbox partners write to; all addresses here are lower case."""
    aliases: frozenset[str] = frozenset()
    team_domains: frozenset[str] = frozenset()
    trusted_authserv: tuple[str, ...] = ()
    team_address: str = ""
    """Where warnings to operators and the team go; empty: the shared mailbox itself gets none, they are only logged."""
    plus_addresses: bool = False
    """The server delivers `address+anything` to the shared mailbox (RFC 5233): notices then carry the case in their Reply-To."""
    state_dir: Path = Path("state")
    rules_dir: Path = Path("rules")

    @property
    def id_domain(self) -> str:
        """The domain that our own Message-IDs carry."""
        return self.address.rpartition("@")[2]

    @property
    def own_addresses(self) -> frozenset[str]:
        return self.aliases | {self.address}


def no_secret() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Server:
    """How to reach one server. `secret` returns the password when it is needed and is never printed."""

    host: str
    port: int
    security: Security = Security.TLS
    username: str = ""
    secret: Callable[[], str] = field(default=no_secret, repr=False, compare=False)
    ca_file: Path | None = None
    timeout_s: float = 30.0
    oauth: bool = False
    """Log in with an access token of [oauth] instead of a password."""


class Grant(Enum):
    """How an access token is got (RFC 6749 sections 4.4 and 6, RFC 7523), or by a program of the operator's."""

    REFRESH_TOKEN = "refresh-token"  # noqa: S105 (a name)
    CLIENT_CREDENTIALS = "client-credentials"
    SERVICE_ACCOUNT = "service-account"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class OAuth:
    """Sign-in without a password. Empty addresses: the grant, or `triage auth login`, has no use for them."""

    grant: Grant
    provider: str = "other"
    client_id: str = ""
    client_secret: Callable[[], str] = field(default=no_secret, repr=False, compare=False)
    token_url: str = ""
    device_url: str = ""
    authorize_url: str = ""
    scope: str = ""
    service_account: Path | None = None
    """Google's JSON key; the token speaks for `username` (domain-wide delegation)."""
    command: tuple[str, ...] = ()
    """A program and its arguments; the first line it prints is the access token."""
    username: str = ""


@dataclass(frozen=True, slots=True)
class Imap:
    server: Server
    intake: str = "INBOX"
    sent: str = "auto"
    """A folder name, "auto" (SPECIAL-USE), or "none" when the server keeps no Sent folder."""
    idle: bool = True
    poll_every: timedelta = timedelta(seconds=60)
    fast_poll: timedelta | None = None
    """How often a server of one's own is asked for news, beside IDLE; None: never."""
    start_from: StartFrom | datetime = StartFrom.NOW


@dataclass(frozen=True, slots=True)
class Smtp:
    server: Server
    sent_copy: SentCopy = SentCopy.AUTO
    from_name: str = ""
    per_minute: int | None = None
    """Mails that the server takes within a minute; None: as many as there are."""
    connections: int = 1
    """For notices that are not urgent."""


@dataclass(frozen=True, slots=True)
class Cases:
    default_severity: int = 3
    reply_window: timedelta = timedelta(hours=72)
    remind_after: timedelta | None = timedelta(hours=48)
    reopen_within: timedelta = timedelta(days=30)
    first_number: int = 1001


@dataclass(frozen=True, slots=True)
class Limits:
    """What one message, one address or one case may cost. Over a limit the mail is still triaged or set aside, never dropped."""

    max_message: int = 1024 * 1024
    """What is fetched whole; of a larger one the header and the beginning of each text."""
    max_header: int = 256 * 1024
    max_header_line: int = 64 * 1024
    max_parts: int = 500
    max_depth: int = 30
    max_text: int = 256 * 1024
    parse_timeout_s: float = 10.0
    parse_memory: int = 1024 * 1024 * 1024
    parse_workers: int = 2
    notices_per_address: int = 10
    """Per `notice_period`, sliding."""
    notices_per_domain: int = 100
    notices_per_case: int = 12
    notice_period: timedelta = timedelta(hours=24)
    reopens_per_case: int = 5


class Keywords(Enum):
    """Whether messages are labelled on the server. ON differs from AUTO only in `triage check`, which then insists."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


class Filing(Enum):
    """Where messages of the intake folder go on a server that keeps no keywords."""

    OFF = "off"
    STATUS = "status"
    SEVERITY = "severity"


@dataclass(frozen=True, slots=True)
class Labels:
    keywords: Keywords = Keywords.AUTO
    folders: Filing = Filing.OFF
    follow: bool = False
    """A severity keyword that somebody sets in a mail client sets the severity of the case."""


@dataclass(frozen=True, slots=True)
class Web:
    """`listen` is 127.0.0.1:8025 when config.toml says nothing; a Config made by hand listens nowhere."""

    listen: str = "off"
    public_url: str = ""
    board: bool = True
    users: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    """Who may sign in to the board: name to scrypt hash (core/passwords.py)."""
    proxy_user_header: str = ""
    """A reverse proxy names in it who has signed in there; believed only together with `proxy_secret`."""
    proxy_secret: Callable[[], str] = field(default=no_secret, repr=False, compare=False)

    @property
    def has_sign_in(self) -> bool:
        return bool(self.users or self.proxy_user_header)

    @property
    def is_board_open(self) -> bool:
        """Served without a sign-in: to this machine alone, and only where no proxy can carry it further."""
        return self.board and not self.has_sign_in and not self.public_url


@dataclass(frozen=True, slots=True)
class Log:
    format: str = "text"
    level: str = "info"


@dataclass(frozen=True, slots=True)
class StatusPage:
    """The public status page partners look at; `url` is empty when there is none."""

    url: str = ""


@dataclass(frozen=True, slots=True)
class Deadman:
    """Who notices that triage itself is silent: an address that is asked for every minute while all is well. It is a secret."""

    url: Callable[[], str] = field(default=no_secret, repr=False, compare=False)
    drill_within: timedelta | None = None
    """A drill must have taken place within this time; None: nobody waits for one."""


@dataclass(frozen=True, slots=True)
class Incidents:
    """Where the team's own incidents are opened; nowhere when `url` returns "". Both are secrets."""

    url: Callable[[], str] = field(default=no_secret, repr=False, compare=False)
    secret: Callable[[], str] = field(default=no_secret, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class MorningMail:
    """When the team's digest goes out on a business morning, by the clock of the team's calendar; None: never. 08:30 when config.toml says
    nothing; a Config made by hand sends none."""

    at: time | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """The loop probe: mails of another host that are signed with `secret` are its own; none are when it returns ""."""

    secret: Callable[[], str] = field(default=no_secret, repr=False, compare=False)
    within: timedelta | None = None
    """A probe must have come through within this time; None: nobody waits for one."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long bytes of mail, and cases after they were closed, are kept; None: for ever."""

    raw_mail: timedelta | None = None
    closed_cases: timedelta | None = None

    @property
    def is_off(self) -> bool:
        return self.raw_mail is None and self.closed_cases is None


@dataclass(frozen=True, slots=True)
class Config:
    instance: Instance
    imap: Imap
    smtp: Smtp
    oauth: OAuth | None = None
    cases: Cases = field(default_factory=Cases)
    limits: Limits = field(default_factory=Limits)
    labels: Labels = field(default_factory=Labels)
    web: Web = field(default_factory=Web)
    log: Log = field(default_factory=Log)
    statuspage: StatusPage = field(default_factory=StatusPage)
    deadman: Deadman = field(default_factory=Deadman)
    incidents: Incidents = field(default_factory=Incidents)
    digest: MorningMail = field(default_factory=MorningMail)
    probe: Probe = field(default_factory=Probe)
    retention: Retention = field(default_factory=Retention)
    path: Path = Path("config.toml")
