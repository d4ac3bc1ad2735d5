"""The checks behind `triage check`, one function a subject, each giving findings. They only look."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from pathlib import Path

from triage import shipped
from triage.adapters.imap.mailbox import Inspection
from triage.adapters.rulefiles import RuleFiles, load_rules
from triage.adapters.rulefiles.snapshot import NOTICES
from triage.adapters.smtp import SmtpSubmission
from triage.core.failures import TriageError
from triage.core.oncall.checks import single_point_of_failure, uncovered_rotas
from triage.core.oncall.policy import OnCall
from triage.core.problems import BrokenFiles, Problem
from triage.core.rules.bounds import bounds_of
from triage.core.seams import Clock
from triage.core.settings import Config, Imap, Keywords, Server, Smtp
from triage.core.wording.plain import counted
from triage.daemon.connections import access_tokens, open_mailbox, open_submission
from triage.daemon.wiring import contact_kinds
from triage.store.database import STORE_NAME, open_store, running_daemon

_FOLDERS_SHOWN = 12


class Result(IntEnum):
    OK = 0
    WARNING = 1
    FAILED = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """`is_file`: about a file of the operator's, where FAILED means exit code 2. `problems` are its single mistakes."""

    name: str
    result: Result
    text: str
    hint: str = ""
    is_file: bool = False
    problems: tuple[Problem, ...] = ()


def check_rules(config: Config, now: datetime) -> tuple[RuleFiles | None, Finding]:
    directory = config.instance.rules_dir
    try:
        rules = load_rules(directory, now, contact_kinds(), bounds_of(config))
    except BrokenFiles as broken:
        hint = "a running daemon keeps the last good set; it cannot be started with these"
        return None, Finding("rules", Result.FAILED, f"{directory}: {broken.message}", hint, is_file=True, problems=broken.problems)
    text = f"{directory}: {counted(len(rules.ruleset.rules), 'rule')}, {counted(len(rules.tests), 'test')} passed"
    result = Result.WARNING if rules.warnings else Result.OK
    return rules, Finding("rules", result, text, "see above" if rules.warnings else "", is_file=True, problems=rules.warnings)


def check_notices(rules: RuleFiles) -> Iterator[Finding]:
    """A file that is not there is no fault, and perhaps not meant."""
    if rules.shipped_notices:
        names = ", ".join(f"{name}.txt" for name in rules.shipped_notices)
        hint = f"copy what you want to word yourself from {shipped.rules_dir() / NOTICES}"
        verb = "is" if len(rules.shipped_notices) == 1 else "are"
        yield Finding("notices", Result.OK, f"{names} {verb} not in {NOTICES}/: the text that triage comes with is sent", hint)


def check_state(config: Config) -> Iterator[Finding]:
    directory = config.instance.state_dir
    if not directory.exists():
        yield _check_parent(directory)
        return
    if not os.access(directory, os.W_OK | os.X_OK):
        hint = "run `triage check` as the daemon's user, who must own it"
        yield Finding("state", Result.FAILED, f"{directory} cannot be written by this user", hint)
        return
    if (directory / STORE_NAME).exists():
        try:
            open_store(directory).close()
        except TriageError as failure:
            yield Finding("state", Result.FAILED, failure.message, failure.hint)
            return
        yield Finding("state", Result.OK, f"{directory} can be written, the store can be opened")
    else:
        yield Finding("state", Result.OK, f"{directory} can be written; the first start makes the store")
    daemon = running_daemon(directory)
    if daemon is None:
        yield Finding("daemon", Result.WARNING, "is not running", "start it with `triage run`, or as a service")
    else:
        yield Finding("daemon", Result.OK, f"is running (process {daemon})")


def _check_parent(directory: Path) -> Finding:
    parent = next(each for each in directory.absolute().parents if each.exists())
    if os.access(parent, os.W_OK | os.X_OK):
        return Finding("state", Result.OK, f"{directory} does not exist yet; the first start makes it")
    hint = "make it, owned by the daemon's user, mode 700"
    return Finding("state", Result.FAILED, f"{directory} does not exist and this user cannot make it in {parent}", hint)


def check_network(config: Config, clock: Clock) -> Iterator[Finding]:
    tokens = access_tokens(config, clock)
    mailbox = open_mailbox(config, tokens)
    try:
        yield from _imap_findings(config.imap, config.labels.keywords, mailbox.inspect(config.imap.intake))
    except TriageError as failure:
        yield Finding("imap", Result.FAILED, failure.message, failure.hint)
    finally:
        mailbox.close()
    yield _check_smtp(config.smtp, open_submission(config, tokens))


def _imap_findings(imap: Imap, wanted: Keywords, found: Inspection) -> Iterator[Finding]:
    yield Finding("imap", Result.OK, f"logged in to {_address(imap.server)} as {imap.server.username}")
    yield Finding("intake", Result.OK, f"{imap.intake} holds {counted(found.messages, 'message')}")
    names = ", ".join(found.folders[:_FOLDERS_SHOWN])
    more = len(found.folders) - _FOLDERS_SHOWN
    yield Finding("folders", Result.OK, names + (f" and {more} more" if more > 0 else ""))
    sent = found.sent if imap.sent == "auto" else imap.sent
    if sent is None or sent == "none":
        hint = 'name the folder with [imap] sent = "..."; without one, team replies count only as proven copies in the intake folder'
        yield Finding("sent", Result.WARNING, "no Sent folder is watched", hint)
    elif sent not in found.folders:
        yield Finding("sent", Result.FAILED, f"there is no folder {sent}", "set [imap] sent to one of the folders above")
    else:
        yield Finding("sent", Result.OK, f"team replies are read from {sent}" + (" (found by itself)" if imap.sent == "auto" else ""))
    if imap.idle and not found.idle:
        seconds = int(imap.poll_every.total_seconds())
        yield Finding("idle", Result.WARNING, f"the server has no IDLE: new mail is seen every {seconds} s", "a shorter [imap] poll_every")
    else:
        yield Finding("idle", Result.OK, "new mail is announced by the server" if imap.idle else "switched off")
    yield _check_keywords(wanted, found)


def _check_keywords(wanted: Keywords, found: Inspection) -> Finding:
    if wanted is Keywords.OFF:
        return Finding("labels", Result.OK, "switched off")
    if found.keywords:
        return Finding("labels", Result.OK, "the server keeps them on messages")
    hint = 'mail clients cannot colour cases then; [labels] keywords = "auto" or "off" says that this is known'
    return Finding("labels", Result.WARNING if wanted is Keywords.ON else Result.OK, "the server keeps none (only cosmetic)", hint)


def _check_smtp(smtp: Smtp, submission: SmtpSubmission) -> Finding:
    try:
        probe = asyncio.run(submission.probe())
    except TriageError as failure:
        return Finding("smtp", Result.FAILED, failure.message, failure.hint)
    who = (
        f"logged in to {_address(smtp.server)} as {probe.logged_in_as}" if probe.logged_in_as else f"{_address(smtp.server)} needs no login"
    )
    return Finding("smtp", Result.OK, f"{who}, {probe.tls or 'without TLS'}")


def _address(server: Server) -> str:
    return f"{server.host}:{server.port}"


def check_oncall(oncall: OnCall, now: datetime) -> Iterator[Finding]:
    if not oncall.policies:
        yield Finding("on-call", Result.FAILED, "there is nobody to page", "write rules/oncall.toml")
        return
    for rota in oncall.rotas:
        person = oncall.on_call(rota, now)
        if person is not None:
            contacts = ", ".join(f"{contact.name} ({contact.kind})" for contact in person.contacts)
            weak = single_point_of_failure(person)
            hint = "give them a second contact that cannot fail together with the first" if weak else ""
            text = f"{rota}: {person.display} by {contacts or 'nothing'}" + (f"; {weak}" if weak else "")
            yield Finding("on-call", Result.WARNING if weak else Result.OK, text, hint)
    for rota in uncovered_rotas(oncall, now):
        hint = "rules/oncall.toml: a layer without hours covers the rest, an override fills a gap"
        yield Finding("on-call", Result.FAILED, f"{rota}: nobody can be reached now", hint)
    for policy in oncall.policies.values():
        if not oncall.broadcast_members(policy, now):
            yield Finding(
                "on-call", Result.FAILED, f"policy {policy.name} has nobody to broadcast to", "rules/oncall.toml: broadcast = [...]"
            )


def check_incidents(config: Config, rules: RuleFiles) -> Iterator[Finding]:
    """Rules that ask for the team's own incident, which nobody would hear."""
    asking = [rule.name for rule in rules.ruleset.rules if rule.actions.get("incident")]
    if asking and not config.incidents.url():
        hint = "config.toml: [incidents] url; until then the case only says that none was opened"
        yield Finding("incidents", Result.WARNING, f"no address to open incidents at, and rules ask for them: {', '.join(asking)}", hint)


def check_probe(config: Config, rules: RuleFiles) -> Iterator[Finding]:
    """Half a loop probe is none."""
    has_secret = bool(config.probe.secret())
    if has_secret and rules.oncall.probe is None:
        hint = "rules/oncall.toml: [probe] with a contact that wakes nobody, such as a webhook"
        yield Finding("probe", Result.WARNING, "probes would end at the decision: there is no probe contact", hint)
    elif rules.oncall.probe is not None and not has_secret:
        yield Finding(
            "probe", Result.WARNING, "there is a probe contact, and no secret that probes are known by", "config.toml: [probe] secret"
        )


def check_team(config: Config) -> Iterator[Finding]:
    """What is missing although nothing is wrong."""
    instance = config.instance
    if not instance.team_domains:
        hint = "[instance] team_domains: only mail in the Sent folder counts as the team's without it"
        yield Finding("team", Result.WARNING, "no team domain is set", hint)
    if not instance.trusted_authserv:
        hint = "[instance] trusted_authserv: whose Authentication-Results count; without it only the Sent folder proves a team reply"
        yield Finding("proof", Result.WARNING, "no server's Authentication-Results are trusted", hint)
    if not instance.team_address:
        hint = "[instance] team_address: where warnings to operators go; without it they are only logged"
        yield Finding("warnings", Result.WARNING, "no address for warnings is set", hint)
