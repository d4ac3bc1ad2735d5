"""The mailbox and the submission server: sign-in, login, folders, quota, certificates. Nothing is sent and no mail is read."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from triage.adapters.imap.mailbox import Inspection
from triage.cli.checks.finding import Finding, Result
from triage.cli.checks.subject import Subject
from triage.core.failures import TriageError
from triage.core.settings import Imap, Keywords, Server
from triage.core.wording.plain import counted
from triage.core.wording.spans import until
from triage.daemon.connections import open_mailbox, open_submission
from triage.workers.sending_pace import slowed_until

CERTIFICATE_SOON = timedelta(days=14)
NEARLY_FULL, FULL = 0.8, 0.95
_FOLDERS_SHOWN = 12
_MAIL_DATE = re.compile(r"(?:\w{3}, )?\d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")
"""RFC 5322 section 3.3, as some servers have it in their greeting."""


PER_MINUTE = {"smtp.office365.com": 30, "outlook.office365.com": 30}
"""Microsoft, "Exchange Online limits": message rate limit of SMTP client submission. Google publishes none."""


def check_sign_in(subject: Subject) -> Iterator[Finding]:
    if subject.tokens is None or subject.config.oauth is None:
        return
    oauth = subject.config.oauth
    try:
        subject.tokens()
    except TriageError as failure:
        yield Finding("sign-in", Result.FAILED, failure.message, failure.hint or "docs/sign-in.md; then: triage auth status")
        return
    yield Finding("sign-in", Result.OK, f"{oauth.provider}, {oauth.grant.value}: an access token was given")


def check_imap(subject: Subject) -> Iterator[Finding]:
    config = subject.config
    mailbox = open_mailbox(config, subject.tokens)
    try:
        found = mailbox.inspect(config.imap.intake)
        yield from _imap_findings(config.imap, config.labels.keywords, found)
        yield from certificate("imap", _address(config.imap.server), found.certificate_ends_at, subject.now)
    except TriageError as failure:
        yield Finding("imap", Result.FAILED, failure.message, failure.hint or "check [imap] in config.toml")
    finally:
        mailbox.close()


def _imap_findings(imap: Imap, wanted: Keywords, found: Inspection) -> Iterator[Finding]:
    yield Finding("imap", Result.OK, f"logged in to {_address(imap.server)} as {imap.server.username}")
    yield Finding("intake", Result.OK, f"{imap.intake} holds {counted(found.messages, 'message')}")
    names = ", ".join(found.folders[:_FOLDERS_SHOWN])
    more = len(found.folders) - _FOLDERS_SHOWN
    yield Finding("folders", Result.OK, names + (f" and {more} more" if more > 0 else ""))
    yield _check_sent(imap, found)
    if imap.idle and not found.idle:
        seconds = int(imap.poll_every.total_seconds())
        yield Finding("idle", Result.WARNING, f"the server has no IDLE: new mail is seen every {seconds} s", "a shorter [imap] poll_every")
    else:
        yield Finding("idle", Result.OK, "new mail is announced by the server" if imap.idle else "switched off")
    yield _check_keywords(wanted, found)
    for quota in found.quotas:
        if quota.limit > 0:
            share = quota.used / quota.limit
            result = Result.FAILED if share >= FULL else Result.WARNING if share >= NEARLY_FULL else Result.OK
            hint = "a full mailbox refuses partners' mail: move old mail away, or ask for more room" if result else ""
            yield Finding("quota", result, f"{share:.0%} of the mailbox's {quota.resource.lower()} are used", hint)


def _check_sent(imap: Imap, found: Inspection) -> Finding:
    sent = found.sent if imap.sent == "auto" else imap.sent
    if sent is None or sent == "none":
        hint = 'name the folder with [imap] sent = "..."; without one, team replies count only as proven copies in the intake folder'
        return Finding("sent", Result.WARNING, "no Sent folder is watched", hint)
    if sent not in found.folders:
        return Finding("sent", Result.FAILED, f"there is no folder {sent}", "set [imap] sent to one of the folders above")
    return Finding("sent", Result.OK, f"team replies are read from {sent}" + (" (found by itself)" if imap.sent == "auto" else ""))


def _check_keywords(wanted: Keywords, found: Inspection) -> Finding:
    if wanted is Keywords.OFF:
        return Finding("labels", Result.OK, "switched off")
    if found.keywords:
        return Finding("labels", Result.OK, "the server keeps them on messages")
    hint = 'mail clients cannot colour cases then; [labels] keywords = "auto" or "off" says that this is known'
    return Finding("labels", Result.WARNING if wanted is Keywords.ON else Result.OK, "the server keeps none (only cosmetic)", hint)


def check_smtp(subject: Subject) -> Iterator[Finding]:
    server = subject.config.smtp.server
    try:
        probe = asyncio.run(open_submission(subject.config, subject.tokens).probe())
    except TriageError as failure:
        yield Finding("smtp", Result.FAILED, failure.message, failure.hint or "check [smtp] in config.toml")
        return
    who = f"logged in to {_address(server)} as {probe.logged_in_as}" if probe.logged_in_as else f"{_address(server)} needs no login"
    yield Finding("smtp", Result.OK, f"{who}, {probe.tls or 'without TLS'}")
    yield from certificate("smtp", _address(server), probe.certificate_ends_at, subject.now)
    if (date := _MAIL_DATE.search(probe.greeting)) is not None:
        with suppress(ValueError):
            subject.note_clock(server.host, parsedate_to_datetime(date[0]))


def check_pace(subject: Subject) -> Iterator[Finding]:
    """Beyond what a provider takes a minute it delays mail by itself, urgent notices and pages too."""
    smtp = subject.config.smtp
    takes = PER_MINUTE.get(smtp.server.host.lower())
    if takes is not None and (smtp.per_minute is None or smtp.per_minute > takes):
        hint = f"[smtp] per_minute = {takes}: then receipts wait here, and what is urgent does not"
        yield Finding("pace", Result.WARNING, f"{smtp.server.host} takes {takes} mails a minute", hint)
    if not subject.has_store:
        return
    with suppress(TriageError), subject.store() as store:
        until = slowed_until(store, subject.now)
        if until is not None:
            hint = "nothing is lost; `triage outbox` shows what waits. If it goes on: a lower [smtp] per_minute"
            yield Finding(
                "pace", Result.WARNING, f"the submission server has asked to slow down; receipts wait until {until:%H:%M} UTC", hint
            )


def certificate(name: str, where: str, ends_at: datetime | None, now: datetime) -> Iterator[Finding]:
    """Only what will soon be news: one that is over or not accepted fails the connection."""
    if ends_at is not None and ends_at - now < CERTIFICATE_SOON:
        text = f"the certificate of {where} ends {until(ends_at, now)}"
        yield Finding(name, Result.WARNING, text, "have it renewed: once it is over nothing connects any more")


def _address(server: Server) -> str:
    return f"{server.host}:{server.port}"
