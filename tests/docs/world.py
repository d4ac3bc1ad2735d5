"""World: the machine on which the commands of the documents are typed: a store with a past, rules, config.toml, saved mails, two servers.

What the documents name is there: the cases 1040 to 1042 of the partner acme, page 7 about 1042, which nobody has yet, message 12 of
1042, number 17 in quarantine, ana, ben and bo on call, ana@acme.example, whose case is closed, a backup. The world is made once; every
chapter is followed in a copy of its files.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.cli.conftest import Terminal, config_text
from tests.scenarios.at_night import close, page_mails
from tests.scenarios.office import ADDRESS, RULES, Office, open_office
from tests.style.source import ROOT
from triage.adapters.clock import SystemEntropy
from triage.adapters.parsing import InlineParser
from triage.core.incidents.reading import read_summary
from triage.core.seams import Parsed
from triage.daemon.service import Daemon
from triage.workers import incidents

SUMMARY = ROOT / "tests" / "core" / "incidents" / "statuspage_summary.json"
BACKUP = "triage-20261123T031500Z.sqlite3"
PARTNERS = """
[acme]
name = "Acme Payments"
domains = ["acme.example"]
"""
ONCALL = """
[[person]]
name = "ana"
display = "Ana Silva"
[[person.contact]]
name = "mail"
kind = "email"
to = "ana@pager.example"

[[person]]
name = "ben"
[[person.contact]]
name = "mail"
kind = "email"
to = "ben@pager.example"

[[person]]
name = "bo"
[[person.contact]]
name = "mail"
kind = "email"
to = "bo@pager.example"

[rota.primary]
zone = "Europe/London"
hand_off = "monday 09:00"
people = ["ana", "ben"]

[rota.second]
people = ["bo"]
"""
PAGERDUTY = """
[[person.contact]]
name = "pagerduty"
kind = "pagerduty"
routing_key = "0123456789abcdef0123456789abcdef"
"""
"""Ana has it when no daemon runs any more: nothing of the world may leave the machine."""
SECRET = "0123456789abcdef0123456789abcdef"
INCIDENTS = '[incidents]\nurl = "https://incidents.example.com/hooks/triage"\n'


@dataclass(frozen=True)
class World:
    directory: Path
    office: Office
    smtp: str
    """Host and port of a server that takes mail for the shared mailbox."""

    def copied(self, directory: Path) -> World:
        """The same files elsewhere; no daemon runs on them."""
        shutil.copytree(self.directory, directory, dirs_exist_ok=True)
        return replace(self, directory=directory)


class _Stumbling(InlineParser):
    def submit(self, ticket: int, raw: bytes, urgent: bool = False, /) -> None:
        if b"stumble" in raw:
            self._done.append(Parsed(ticket, None, "the parser ran out of memory"))
        else:
            super().submit(ticket, raw)


@contextmanager
def open_world(directory: Path) -> Iterator[World]:
    with open_office(directory, rule_tests=True, first_number=1039) as office:
        rules = office.config.instance.rules_dir
        (rules / "partners.toml").write_text(PARTNERS)
        (rules / "oncall.toml").write_text(ONCALL)
        (rules / "agreements.toml").write_text((RULES / "agreements.toml").read_text())
        _live(office)
        _put_files(directory, office)
        yield World(directory, office, f"{office.smtp.host}:{office.smtp.port}")


def _live(office: Office) -> None:
    """A week in a minute: what the documents speak of happens."""
    office.daemon = Daemon(office.config, office.clock, SystemEntropy(), parser=_Stumbling(office.config.limits), audited=False)
    office.daemon.start()
    office.settle()
    office.partner_writes("A question on sandbox keys", "How do I get a key for the sandbox?", sender="Ana Lima <ana@acme.example>")
    close(office, 1039)
    asked = office.partner_writes("Payouts to Brazil are late", "POST /v1/payouts in production, since Friday")
    office.team_replies("Re: Payouts to Brazil are late", answers=asked)
    office.partner_writes("Webhooks come twice", "since 10:00 in the sandbox", sender="dev@globex.example")
    terminal = Terminal(office.config.instance.state_dir.parent / "config.toml", office.clock)
    write_config(office, terminal.config)
    for _ in range(6):
        terminal.ok("drill", "--person", "ana", "--no-wait")
        office.wait(minutes=10)
    urgent = office.partner_writes("URGENT: REST API errors", "POST /v1/payouts answers 503 in production")
    _until_message(office, 12)
    office.partner_writes("Re: URGENT: REST API errors", "x-trace-id 4f1c9d27a0b34c55", answers=urgent)
    _until_message(office, 17)
    office.arrives(office.mail("ops@globex.example", ADDRESS, "stumble over this"))
    with office.store() as store, store.write():
        seen = read_summary(json.loads(SUMMARY.read_text()), "https://status.example.net", office.clock.now())
        incidents.keep(store, seen, None, office.clock.now())
    office.stop()
    _look_after_itself(office)
    office.stop()
    page_mails(office)
    oncall = office.config.instance.rules_dir / "oncall.toml"
    oncall.write_text(ONCALL.replace('to = "ana@pager.example"\n', f'to = "ana@pager.example"\n{PAGERDUTY}'))


def _until_message(office: Office, number: int) -> None:
    """Mails that nobody answers, so that the next one has this number."""
    while (latest := _latest(office)) < number - 1:
        office.partner_writes(f"Digest {latest}", sender="news@news.example", Auto_Submitted="auto-generated")
    assert _latest(office) == number - 1, f"message {number} is there already"


def _latest(office: Office) -> int:
    with office.store() as store:
        return int(store.connection.execute("SELECT max(id) FROM ledger").fetchone()[0])


def _look_after_itself(office: Office) -> None:
    office.audited = True
    office.start()
    office.wait(minutes=2)


def write_config(office: Office, path: Path) -> None:
    """With places relative to it, so that a copy of the directory is a whole installation."""
    directory = path.parent
    text = re.sub(rf'"{re.escape(str(directory))}/(\w+)"', r'"\1"', config_text(office.config))
    path.write_text(f'{text}\n[cases]\nfirst_number = 1039\n\n[probe]\nsecret = "{SECRET}"\n\n{INCIDENTS}')
    path.chmod(0o600)


def _put_files(directory: Path, office: Office) -> None:
    """What the pages name besides: copies of rules, saved mails, a backup, a secret."""
    terminal = Terminal(directory / "config.toml", office.clock)
    shutil.copytree(office.config.instance.rules_dir, directory / "proposed")
    mail = office.mail("ops@acme.example", ADDRESS, "Refunds fail", "POST /v1/refunds answers 500 in production")
    for name in ("mail.eml", "some-mail.eml", "saved-mails/1.eml", "some-mails/1.eml", "home/Maildir/cur/1:2,", "Maildir/cur/1:2,"):
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(mail)
    (directory / "Maildir" / "new").mkdir()
    (directory / "answer.eml").write_bytes(office.mail("ops@acme.example", ADDRESS, "Re: [#1042] URGENT", "it works again"))
    (directory / "archive.mbox").write_bytes(b"From ops@acme.example Mon Nov 23 09:00:00 2026\n" + mail.replace(b"\r\n", b"\n") + b"\n")
    (directory / "triage-probe.secret").write_text(f"{SECRET}\n")
    (directory / "triage-probe.secret").chmod(0o600)
    for place in ("tmp", "srv/reports"):
        (directory / place).mkdir(parents=True)
    made = Path(terminal.lines("backup")[0]["file"])
    for place in (made.parent, directory / "mnt" / "backups" / "triage"):
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(made, place / BACKUP)
    made.unlink()
