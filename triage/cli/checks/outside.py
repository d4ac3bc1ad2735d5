"""The world around: names, our web address, the dead-man's switch, the status page, the clock. Nothing secret is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from triage.adapters.reach import Answer, is_free, look, resolve
from triage.adapters.systemd import clock_is_kept
from triage.cli.checks.finding import Finding, Result
from triage.cli.checks.mailbox import certificate
from triage.cli.checks.subject import Subject
from triage.core.failures import PermanentFailure, TemporaryFailure, TriageError
from triage.core.settings import Config

OFF_BY, FAR_OFF_BY = timedelta(seconds=30), timedelta(minutes=5)
"""A whole second is what HTTP tells; beyond five minutes sign-ins and probes are refused."""
_FROM_THE_PROXY = frozenset({502, 504})
"""RFC 9110 sections 15.6.3 and 15.6.5: it has nobody behind it. 503 is the daemon's own, when it is not well."""


def check_dns(subject: Subject) -> Iterator[Finding]:
    hosts = dict.fromkeys(_hosts(subject.config))
    broken = 0
    for host in hosts:
        try:
            resolve(host)
        except TriageError as failure:
            broken += 1
            yield Finding("dns", Result.FAILED, failure.message, failure.hint)
    if not broken:
        yield Finding("dns", Result.OK, ", ".join(hosts))


def _hosts(config: Config) -> Iterator[str]:
    yield config.imap.server.host
    yield config.smtp.server.host
    oauth = config.oauth.token_url if config.oauth is not None else ""
    for url in (config.web.public_url, config.statuspage.url, config.deadman.url(), config.incidents.url(), oauth):
        if host := urlsplit(url).hostname:
            yield host


def check_web(subject: Subject) -> Iterator[Finding]:
    listen = subject.config.web.listen
    if listen == "off":
        return
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    if subject.daemon is None:
        if is_free(host, int(port)):
            yield Finding("web", Result.OK, f"{listen} is free for the daemon")
        else:
            hint = f"who has it: ss -ltnp 'sport = :{port}'; or another port in [web] listen"
            yield Finding("web", Result.FAILED, f"{listen} is taken by another program, or is no address of this machine", hint)
        return
    try:
        answer = look(f"http://{_reachable(host)}:{port}/healthz")
    except TriageError as failure:
        hint = "was the port taken when the daemon started? journalctl -u triage -g not-listening"
        yield Finding("web", Result.FAILED, f"the daemon runs, and {failure.message}", hint)
        return
    yield Finding("web", Result.OK, f"{listen} answers (health: {answer.status})")


def check_public_url(subject: Subject) -> Iterator[Finding]:
    url = subject.config.web.public_url
    if not url:
        return
    try:
        answer = look(f"{url.rstrip('/')}/healthz")
    except PermanentFailure as failure:
        yield Finding("web", Result.FAILED, failure.message, failure.hint)
        return
    except TemporaryFailure as failure:
        hint = "from this machine at least; pages carry links to it: try it from elsewhere, and look at DNS and the proxy"
        yield Finding("web", Result.WARNING, failure.message, hint)
        return
    _note(subject, url, answer)
    yield from certificate("web", urlsplit(url).netloc, answer.certificate_ends_at, subject.now)
    if answer.status in _FROM_THE_PROXY:
        yield Finding("web", Result.FAILED, f"the proxy at {url} does not reach the daemon ({answer.status})", "docs/board.md shows one")
    else:
        yield Finding("web", Result.OK, f"{url} answers ({answer.status})")


def check_deadman(subject: Subject) -> Iterator[Finding]:
    """The address itself is not asked for: that would say that all is well."""
    url = subject.config.deadman.url()
    if not url:
        hint = "[deadman] url in config.toml: docs/audit.md; nobody notices otherwise that this host is gone"
        yield Finding("deadman", Result.WARNING, "there is no dead-man's switch", hint)
        return
    place = urlsplit(url)
    try:
        answer = look(f"{place.scheme}://{place.netloc}/")
    except TriageError as failure:
        yield Finding("deadman", Result.FAILED, f"the dead-man's switch: {failure.message}", failure.hint)
        return
    _note(subject, url, answer)
    yield Finding("deadman", Result.OK, f"{place.netloc} answers; whether it takes our pings, only it can show")


def check_statuspage(subject: Subject) -> Iterator[Finding]:
    url = subject.config.statuspage.url
    if not url:
        return
    try:
        _note(subject, url, look(f"{url.rstrip('/')}/"))
    except TriageError as failure:
        yield Finding("status", Result.WARNING, f"the status page: {failure.message}", failure.hint)
        return
    yield Finding("status", Result.OK, f"{urlsplit(url).netloc} answers")


def check_clock(subject: Subject) -> Iterator[Finding]:
    """Against whoever has told a time while the other checks asked; so this one comes last."""
    hint = "let something keep the clock: timedatectl set-ntp true"
    for who, offset in subject.offsets.items():
        distance = abs(offset)
        if distance > OFF_BY:
            result = Result.FAILED if distance > FAR_OFF_BY else Result.WARNING
            side = "behind" if offset > timedelta(0) else "ahead of"
            yield Finding("clock", result, f"ours is {distance.total_seconds():.0f} s {side} that of {who}", hint)
    if clock_is_kept() is False:
        yield Finding("clock", Result.WARNING, "nothing keeps this machine's clock", hint)
    near = [who for who, offset in subject.offsets.items() if abs(offset) <= OFF_BY]
    if near:
        yield Finding("clock", Result.OK, f"agrees with {', '.join(near)}")
    elif not subject.offsets:
        yield Finding("clock", Result.OK, "no server that was asked has told the time: nothing to compare with")


def _note(subject: Subject, url: str, answer: Answer) -> None:
    subject.note_clock(urlsplit(url).netloc, answer.date)


def _reachable(host: str) -> str:
    """Where to ask what listens everywhere."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 (compared, not listened to)
    return f"[{host}]" if ":" in host else host
