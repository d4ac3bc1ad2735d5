"""The cast of the demo: who there is, who belongs to whom, and the files an operator would have written for them.

Only data. Called by `world` (mailboxes and files), `telling` (names) and `story` (who does what).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Person:
    """`address` is also the login of the mailbox; `plays` is said in the list of mailboxes."""

    name: str
    address: str
    plays: str

    @property
    def first_name(self) -> str:
        return self.name.split()[0]

    @property
    def key(self) -> str:
        """The name in oncall.toml and on the command line."""
        return self.first_name.lower()


SHARED = "api@wise.example"
INSTANCE = "Wise partner support"
PROGRAM = "triage@wise.example"
"""The program's own login at the submission server: what it sends can be told from what people send."""
ELSEWHERE = "elsewhere@demo.example"
"""The mailbox for mail to everybody who is not of the cast."""
AUTHSERV = "mx.wise.example"
PASSWORD = "demo"  # noqa: S105 (of servers that only listen on this machine's loopback, for as long as the demo runs)

PRIYA = Person("Priya Nair", "priya@acme.example", "writes for Acme Payments, a partner")
SAM = Person("Sam Ortiz", "sam@acme.example", "Priya's colleague at Acme Payments")
OLGA = Person("Olga Lind", "olga@globex.example", "writes for Globex, a partner")
ANA = Person("Ana Silva", "ana@wise.example", "of the team; on call")
BO = Person("Bo Berg", "bo@wise.example", "of the team; paged when Ana does not answer")
TEAM = Person("Team", "team@wise.example", "everybody of the team; the last to be paged")
MALLORY = Person("Mallory", "mallory@elsewhere.example", "nobody's partner; a forger")

PEOPLE = (PRIYA, SAM, OLGA, ANA, BO, TEAM, MALLORY)
PARTNERS: Mapping[str, str] = {"acme": "Acme Payments", "globex": "Globex"}

PARTNERS_FILE = """\
[acme]
name    = "Acme Payments"
domains = ["acme.example"]
zone    = "Europe/Berlin"

[globex]
name    = "Globex"
domains = ["globex.example"]
zone    = "Europe/Tallinn"
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the cast waits for each other. The story keeps the real numbers; `--stay` shortens them, so that one can watch."""

    reply_window: timedelta = timedelta(hours=72)
    remind_after: timedelta = timedelta(hours=48)
    second_level_at: timedelta = timedelta(minutes=5)
    broadcast_at: timedelta = timedelta(minutes=20)
    idle: bool = False
    poll_every: timedelta = timedelta(hours=1)


REAL_NUMBERS = Pace()
SHORTENED = Pace(
    reply_window=timedelta(minutes=6),
    remind_after=timedelta(minutes=4),
    second_level_at=timedelta(minutes=1),
    broadcast_at=timedelta(minutes=3),
    idle=True,
    poll_every=timedelta(seconds=2),
)


def config_file(imap_port: int, smtp_port: int, pace: Pace) -> str:
    """config.toml for the daemon, as an operator would write it."""
    return f"""\
[instance]
name             = "{INSTANCE}"
address          = "{SHARED}"
team_address     = "{TEAM.address}"
team_domains     = ["wise.example"]
trusted_authserv = ["{AUTHSERV}"]
state_dir        = "state"
rules_dir        = "rules"

[imap]
host       = "127.0.0.1"
port       = {imap_port}
security   = "none"
username   = "{SHARED}"
password   = "{PASSWORD}"
idle       = {str(pace.idle).lower()}
poll_every = "{_seconds(pace.poll_every)}"

[smtp]
host      = "127.0.0.1"
port      = {smtp_port}
security  = "none"
username  = "{PROGRAM}"
password  = "{PASSWORD}"
from_name = "{INSTANCE}"

[cases]
reply_window = "{_seconds(pace.reply_window)}"
remind_after = "{_seconds(pace.remind_after)}"

[limits]
parse_workers = 1

[web]
listen = "off"
"""


def oncall_file(phones: str, secret: str, pace: Pace) -> str:
    """rules/oncall.toml: Ana on call, Bo behind her, then the team. `phones` is the address of the listener that stands for phones."""
    return f"""\
[[person]]
name = "ana"
display = "{ANA.name}"
[[person.contact]]
name   = "phone"
kind   = "webhook"
url    = "{phones}/ana"
secret = "{secret}"
[[person.contact]]
name = "mail"
kind = "email"
to   = "{ANA.address}"

[[person]]
name = "bo"
display = "{BO.name}"
[[person.contact]]
name   = "phone"
kind   = "webhook"
url    = "{phones}/bo"
secret = "{secret}"
[[person.contact]]
name = "mail"
kind = "email"
to   = "{BO.address}"

[[channel]]
name = "team"
[[channel.contact]]
name = "mail"
kind = "email"
to   = "{TEAM.address}"

[rota.primary]
people = ["ana"]
[rota.second]
people = ["bo"]

[policy.emergency]
broadcast    = ["ana", "bo", "team"]
broadcast_at = "{_seconds(pace.broadcast_at)}"
[[policy.emergency.level]]
at = "0s"
to = ["primary"]
[[policy.emergency.level]]
at = "{_seconds(pace.second_level_at)}"
to = ["second"]
"""


def _seconds(span: timedelta) -> str:
    return f"{int(span.total_seconds())}s"
