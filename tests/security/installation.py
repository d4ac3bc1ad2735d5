"""A whole installation with a secret of its own in every place that takes one, served by machines that give everything back.

`CANARIES` names them. The mail servers work; whatever is reached by HTTP answers 500 and repeats what it was sent, header, path and body.
"""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner, Result

from tests.cli.test_run import PATIENCE_S, eventually
from tests.servers.http_sink import HttpSink, Reply
from tests.servers.http_sink_thread import running_sink
from tests.style.source import ROOT
from triage.adapters.clock import SystemClock, SystemEntropy
from triage.cli.program import program
from triage.cli.session import Session
from triage.core.failures import TriageError
from triage.core.passwords import SALT_BYTES, hash_password
from triage.demo.imap_server import EmbeddedImap
from triage.demo.smtp_sink import SmtpSink
from triage.store import cases
from triage.store.database import open_store


def _whsec(name: str) -> str:
    return "whsec_" + base64.b64encode(f"canary-{name}-0123456789abcdef".encode()).decode()


CANARIES = {
    "imap": "canary-imap-5d1e7",
    "smtp": "canary-smtp-9a4c2",
    "board": "canary-board-3f8b6",
    "board hash": hash_password("canary-board-3f8b6", b"0" * SALT_BYTES),
    "deadman": "canary-deadman-71d9c",
    "incidents": "canary-incidents-2e5fa",
    "incidents signature": _whsec("incidents"),
    "probe": "canary-probe-0c7d4e1f2a3b",
    "webhook": "canary-webhook-6b2e8",
    "webhook signature": _whsec("webhook"),
    "slack": "canary-slack-4d7a1",
    "ntfy topic": "canary-ntfytopic-8e3c5",
    "ntfy token": "tk_canaryntfytoken1f9d2",
    "pagerduty": "canarypagerduty0123456789abcdef0"[:32],
    "pagerduty hook": "canary-pdhook-5a8e3",
    "twilio": "canary-twilio-7c1b9",
    "chat of a rule": "canary-rulechat-3b6d8",
    "chat of a promise": "canary-promisechat-9f2a4",
}
MAIL_SECRET = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
"""In a partner's mail: a key that looks like one."""
BODY = "the-words-of-the-partner-6f1d"
"""In a partner's mail: text that is nobody else's business."""

URGENT = (
    b"From: ops@acme.example\r\nTo: api@wise.example\r\nSubject: URGENT payouts fail\r\nMessage-ID: <1@acme.example>\r\n\r\n"
    + f"{BODY}\r\nAuthorization: Bearer {MAIL_SECRET}\r\n".encode()
)
QUIET = URGENT.replace(b"URGENT payouts fail", b"A question").replace(b"<1@", b"<2@").replace(b"ops@", b"dev@")


def config_text(directory: Path, imap: EmbeddedImap, smtp: SmtpSink, outside: str) -> str:
    return f"""
[instance]
name = "partner support"
address = "api@wise.example"
team_domains = ["wise.example"]
trusted_authserv = ["mx.wise.example"]
team_address = "team@wise.example"
state_dir = "{directory}/deep/down/state"
rules_dir = "{directory}/rules"

[imap]
host = "{imap.host}"
port = {imap.port}
security = "none"
username = "api"
password = "{CANARIES["imap"]}"
idle = false
poll_every = "1s"
start_from = "all"

[smtp]
host = "{smtp.host}"
port = {smtp.port}
security = "none"
username = "api"
password_file = "smtp.password"

[web]
listen = "127.0.0.1:0"
[web.users]
ana = "{CANARIES["board hash"]}"

[deadman]
url = "{outside}/{CANARIES["deadman"]}"

[incidents]
url = "{outside}/hook/{CANARIES["incidents"]}"
secret = "{CANARIES["incidents signature"]}"

[probe]
secret = "{CANARIES["probe"]}"

[log]
level = "debug"
"""


def oncall_text(outside: str) -> str:
    contacts = (
        f'kind = "webhook"\nurl = "{outside}/{CANARIES["webhook"]}"\nsecret = "{CANARIES["webhook signature"]}"',
        f'kind = "slack"\nurl = "{outside}/services/{CANARIES["slack"]}"',
        f'kind = "ntfy"\nbase_url = "{outside}"\ntopic = "{CANARIES["ntfy topic"]}"\ntoken = "{CANARIES["ntfy token"]}"',
        f'kind = "pagerduty"\nbase_url = "{outside}"\nrouting_key = "{CANARIES["pagerduty"]}"\n'
        f'webhook_secret = "{CANARIES["pagerduty hook"]}"',
        f'kind = "twilio-sms"\nbase_url = "{outside}"\naccount_sid = "AC{"0" * 32}"\nauth_token = "{CANARIES["twilio"]}"\n'
        'from = "+41440000000"\nto = "+41790000000"',
        'kind = "email"\nto = "ana@pager.example"',
    )
    listed = "".join(f'[[person.contact]]\nname = "c{number}"\n{contact}\n' for number, contact in enumerate(contacts))
    return (
        f'[[person]]\nname = "ana"\n{listed}\n[rota.primary]\npeople = ["ana"]\n'
        '[policy.emergency]\n[[policy.emergency.level]]\nat = "0s"\nto = ["primary"]\n'
    )


@dataclass
class Installation:
    directory: Path
    outside: HttpSink
    config: Path
    imap: EmbeddedImap
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def state(self) -> Path:
        return self.directory / "deep" / "down" / "state"

    def start(self, umask: str = "022") -> subprocess.Popen[str]:
        command = f"umask {umask}; exec {sys.executable} -m triage run --config {self.config}"
        log = (self.directory.parent / f"log-{len(self.processes)}").open("w")
        process = subprocess.Popen(["/bin/sh", "-c", command], stdout=log, stderr=log, text=True, cwd=ROOT)
        self.processes.append(process)
        return process

    def stop(self) -> str:
        """What all daemons so far have said."""
        for process in self.processes:
            process.terminate()
            process.wait(PATIENCE_S)
        return "".join(path.read_text() for path in sorted(self.directory.parent.glob("log-*")))

    def case_numbers(self) -> list[int]:
        try:
            with open_store(self.state) as store:
                return [stored.case.number for stored in cases.find(store)]
        except TriageError:  # not made yet
            return []

    def shell(self, umask: str, *arguments: str, stdin: str = "") -> None:
        """As a process of its own."""
        words = " ".join(arguments)
        command = f"umask {umask}; exec {sys.executable} -m triage {words} --config {self.config}"
        done = subprocess.run(["/bin/sh", "-c", command], input=stdin, capture_output=True, text=True, timeout=PATIENCE_S, cwd=ROOT)
        assert done.returncode == 0, f"triage {words}: {done.stdout}{done.stderr}"

    def run(self, *arguments: str) -> Result:
        """In this process: quicker."""
        session = Session(SystemClock(), SystemEntropy())
        return CliRunner(env={"TRIAGE_CONFIG": str(self.config)}).invoke(program, list(arguments), obj=session, prog_name="triage")


@contextmanager
def installed(directory: Path) -> Iterator[Installation]:
    place = directory / "installation"
    place.mkdir()
    users = {"api": CANARIES["imap"]}
    with EmbeddedImap(users) as imap, SmtpSink(users={"api": CANARIES["smtp"]}) as smtp, running_sink(Reply(500, echo=True)) as outside:
        _put_rules(place / "rules", outside.url)
        _private(place / "smtp.password", CANARIES["smtp"] + "\n")
        _private(place / "config.toml", config_text(place, imap, smtp, outside.url))
        made = Installation(place, outside, place / "config.toml", imap)
        try:
            yield made
        finally:
            for process in made.processes:
                process.kill()
                process.wait(PATIENCE_S)


def _put_rules(rules: Path, outside: str) -> None:
    secure = outside.replace("http:", "https:")  # chat must be https; nobody answers it there
    rules.mkdir()
    for source in (ROOT / "rules").rglob("*"):
        if source.is_dir():
            (rules / source.name).mkdir()
        else:
            (rules / source.relative_to(ROOT / "rules")).write_bytes(source.read_bytes())
    _private(rules / "oncall.toml", oncall_text(outside))
    rule = f'[[rule]]\nname = "tell chat"\nwhen = {{ event = "new" }}\nthen = {{ webhook = "{secure}/{CANARIES["chat of a rule"]}" }}\n'
    _private(rules / "60-chat.toml", rule + '[[rule]]\nname = "raise"\nwhen = { event = "new" }\nthen = { incident = true }\n')
    agreements = (rules / "agreements.toml").read_text().replace('first_response = { 1 = "30m"', 'first_response = { 1 = "1s"')
    _private(rules / "agreements.toml", agreements + f'webhook = "{secure}/{CANARIES["chat of a promise"]}"\n')


def _private(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)


def wait_for(happens: Callable[[], bool], what: str) -> None:
    assert eventually(happens), f"{what} did not happen"
