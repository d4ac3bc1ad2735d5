"""CHECKS: every check there is, in the order in which they are told, and who runs it.

`triage check` runs those that are quick and about the configuration; `triage doctor` runs all. A new check is a function and a row here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from triage.cli.checks import files, mailbox, modes, outside, people, service, state
from triage.cli.checks.finding import Finding
from triage.cli.checks.subject import Subject


@dataclass(frozen=True, slots=True)
class Check:
    """`quick`: also a part of `triage check`. `connects`: left out with --offline."""

    about: str
    look: Callable[[Subject], Iterator[Finding]]
    quick: bool = True
    connects: bool = False


CHECKS = (
    Check("config.toml is read and warned of", files.check_config),
    Check("the rules and their tests", files.check_rules),
    Check("notices that have no file", files.check_notices),
    Check("the state directory, the store, the daemon's lock", state.check_state),
    Check("owners and modes of every file", modes.check_modes, quick=False),
    Check("free room on the disk", state.check_disk, quick=False),
    Check("the size of the store", state.check_store, quick=False),
    Check("the age of the newest backup", state.check_backup, quick=False),
    Check("systemd: running, enabled, watched, started again", service.check_service, quick=False),
    Check("the daemon's last look at itself", service.check_audit, quick=False),
    Check("names that must resolve", outside.check_dns, quick=False, connects=True),
    Check("an access token, where [oauth] is used", mailbox.check_sign_in, quick=False, connects=True),
    Check("IMAP: login, folders, Sent, IDLE, keywords, quota, certificate", mailbox.check_imap, connects=True),
    Check("SMTP: login, certificate", mailbox.check_smtp, connects=True),
    Check("how fast mail may go out, and whether the server has asked for less", mailbox.check_pace),
    Check("who is on call now", people.check_oncall),
    Check("programs, secrets and services of contacts", people.check_contacts, quick=False, connects=True),
    Check("an address for incidents that rules ask for", files.check_incidents),
    Check("both halves of the loop probe", files.check_probe),
    Check("the board's port", outside.check_web, quick=False, connects=True),
    Check("public_url: the proxy, its certificate", outside.check_public_url, quick=False, connects=True),
    Check("the dead-man's switch can be reached", outside.check_deadman, quick=False, connects=True),
    Check("the status page can be reached", outside.check_statuspage, quick=False, connects=True),
    Check("the clock, against whoever told the time", outside.check_clock, quick=False, connects=True),
    Check("settings that are missing although nothing is wrong", files.check_team),
)


def findings(subject: Subject, *, quick: bool, offline: bool) -> Iterator[Finding]:
    for check in CHECKS:
        if (check.quick or not quick) and not (check.connects and offline):
            yield from check.look(subject)
