"""The sections of config.toml, key by key, and what must hold between them. Every key is documented in docs/configuration.md.

Called by `load`. Reads nothing but the table it is given (and, through SecretReader, password files).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import time, timedelta
from pathlib import Path

from triage.config.addresses import is_loopback, is_unprotected
from triage.config.oauth import read_oauth
from triage.config.secrets import SecretReader
from triage.config.web import read_web
from triage.core.failures import PermanentFailure
from triage.core.probe import SHORTEST_SECRET
from triage.core.settings import (
    Cases,
    Config,
    Deadman,
    Filing,
    Imap,
    Incidents,
    Instance,
    Keywords,
    Labels,
    Limits,
    Log,
    MorningMail,
    Probe,
    Retention,
    Security,
    SentCopy,
    Server,
    Smtp,
    StartFrom,
    StatusPage,
    no_secret,
)
from triage.core.toml.tables import TableReader
from triage.core.toml.values import (
    ADDRESS,
    DOMAIN,
    DURATION,
    FLAG,
    MOMENT,
    SIZE,
    STRING,
    TEXT,
    TIME_OF_DAY,
    Kind,
    Refused,
    choice,
    either,
    url,
    whole,
)

_SECURITY = choice(
    {security.value: security for security in Security}, {"ssl": "tls", "ssl/tls": "tls", "imaps": "tls", "smtps": "tls", "plain": "none"}
)
_KEYWORDS = choice({keywords.value: keywords for keywords in Keywords})
_FILING = choice({filing.value: filing for filing in Filing})
_SENT_COPY = choice({copy.value: copy for copy in SentCopy})
_START_FROM = either({start.value: start for start in StartFrom}, MOMENT)
_FAST_POLL = either({"off": None}, DURATION)
_PER_MINUTE = either({"off": None}, whole(3, 10_000))
_REMIND_AFTER = either({"off": None}, DURATION)
_KEPT = either({"off": None}, DURATION)
_MORNING = either({"off": None}, TIME_OF_DAY)
_PORTS = {
    "imap": {Security.TLS: 993, Security.STARTTLS: 143, Security.NONE: 143},
    "smtp": {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25},
}


def read_config(top: TableReader, path: Path, secrets: SecretReader) -> Config:
    instance = _instance(top.sub("instance"), path.parent)
    imap = _imap(top.sub("imap"), instance, secrets)
    cases = _cases(top.sub("cases"))
    config = Config(
        instance=instance,
        imap=imap,
        smtp=_smtp(top.sub("smtp"), secrets),
        oauth=read_oauth(top.sub("oauth"), secrets, imap.server.username),
        cases=cases,
        limits=_limits(top.sub("limits")),
        labels=_labels(top.sub("labels")),
        web=read_web(top.sub("web"), secrets),
        log=_log(top.sub("log")),
        statuspage=_statuspage(top.sub("statuspage")),
        deadman=_deadman(top.sub("deadman"), secrets),
        incidents=_incidents(top.sub("incidents"), secrets),
        digest=_digest(top.sub("digest")),
        probe=_probe(top.sub("probe"), secrets),
        retention=_retention(top.sub("retention"), cases),
        path=path,
    )
    if config.oauth is None:
        for section, server in (("imap", config.imap.server), ("smtp", config.smtp.server)):
            if server.oauth:
                top.note((section, "oauth"), "needs a section [oauth], which says where access tokens come from", at_value=True)
    top.finish()
    return config


def _instance(table: TableReader, base: Path) -> Instance:
    address = table.need("address", ADDRESS, "")
    instance = Instance(
        name=table.take("name", TEXT, "triage"),
        address=address,
        aliases=frozenset(table.take_list("aliases", ADDRESS)),
        team_domains=frozenset(table.take_list("team_domains", DOMAIN)),
        trusted_authserv=table.take_list("trusted_authserv", TEXT),
        team_address=table.take("team_address", ADDRESS, ""),
        plus_addresses=table.take("plus_addresses", FLAG, False),
        state_dir=base / table.take("state_dir", TEXT, "state"),
        rules_dir=base / table.take("rules_dir", TEXT, "rules"),
    )
    table.finish()
    if instance.team_address and instance.team_address in instance.own_addresses:
        hint = "leave it out: warnings are logged, and written to this address only when it is another mailbox"
        table.note(("team_address",), "must not be the shared mailbox itself", found=instance.team_address, hint=hint, at_value=True)
    return instance


def _imap(table: TableReader, instance: Instance, secrets: SecretReader) -> Imap:
    imap = Imap(
        server=_server(table, "imap", secrets, username=instance.address),
        intake=table.take("intake", TEXT, "INBOX"),
        sent=table.take("sent", TEXT, "auto"),
        idle=table.take("idle", FLAG, True),
        poll_every=table.take("poll_every", DURATION, timedelta(seconds=60)),
        fast_poll=table.take("fast_poll", _FAST_POLL, None),
        start_from=table.take("start_from", _START_FROM, StartFrom.NOW),
    )
    table.finish()
    if not timedelta(seconds=1) <= imap.poll_every <= timedelta(hours=1):
        table.note(("poll_every",), "must be from 1s to 1h", found=_raw(table, "poll_every"), at_value=True)
    if imap.fast_poll is not None and not timedelta(milliseconds=20) <= imap.fast_poll <= timedelta(seconds=10):
        table.note(("fast_poll",), 'must be "off", or from 20ms to 10s', found=_raw(table, "fast_poll"), at_value=True)
    if imap.sent.casefold() == imap.intake.casefold():
        table.note(("sent",), "must not be the intake folder", found=imap.sent, at_value=True)
    return imap


def _smtp(table: TableReader, secrets: SecretReader) -> Smtp:
    smtp = Smtp(
        server=_server(table, "smtp", secrets, username=""),
        sent_copy=table.take("sent_copy", _SENT_COPY, SentCopy.AUTO),
        from_name=table.take("from_name", TEXT, ""),
        per_minute=table.take("per_minute", _PER_MINUTE, None),
        connections=table.take("connections", whole(1, 4), 1),
    )
    table.finish()
    return smtp


def _server(table: TableReader, protocol: str, secrets: SecretReader, *, username: str) -> Server:
    """The keys that [imap] and [smtp] share. IMAP always logs in; SMTP does when a username is given."""
    host = table.need("host", _HOSTS[protocol], "")
    security = table.take("security", _SECURITY, Security.TLS)
    name = table.take("username", TEXT, username)
    oauth = table.take("oauth", FLAG, False)
    secret = secrets.read(table, required=not oauth and (protocol == "imap" or bool(name)))
    if oauth and secret is not no_secret:
        table.note(("oauth",), "needs no password", allowed="oauth = true or a password, not both", at_value=True)
    if oauth and not name:
        table.note((), "has oauth = true and no username", hint="the address of the mailbox")
    if protocol == "smtp" and not name and any(key in table for key in ("password", "password_file", "credential")):
        table.note((), "has a password and no username", allowed="both, or neither for a server that asks for none")
    plaintext = table.take("allow_plaintext", FLAG, False)
    if security is Security.NONE and host and not plaintext and not is_loopback(host):
        hint = 'security = "tls" or "starttls"; allow_plaintext = true only on a network you trust with passwords'
        table.note(("security",), "sends the password and all mail unprotected", found=f'"none" to {host}', hint=hint, at_value=True)
    return Server(
        host=host,
        port=table.take("port", whole(1, 65535), _PORTS[protocol][security]),
        security=security,
        username=name,
        secret=secret,
        oauth=oauth,
        ca_file=_ca_file(table, secrets.config.parent),
        timeout_s=table.take("timeout", DURATION, timedelta(seconds=30)).total_seconds(),
    )


def _ca_file(table: TableReader, base: Path) -> Path | None:
    name = table.take("ca_file", TEXT, None)
    if name is None:
        return None
    if not (base / name).is_file():
        table.note(("ca_file",), "names a file that does not exist", found=str(base / name), at_value=True)
    return base / name


def _cases(table: TableReader) -> Cases:
    default = Cases()
    cases = Cases(
        default_severity=table.take("default_severity", whole(1, 3), default.default_severity),
        reply_window=table.take("reply_window", DURATION, default.reply_window),
        remind_after=table.take("remind_after", _REMIND_AFTER, default.remind_after),
        reopen_within=table.take("reopen_within", DURATION, default.reopen_within),
        first_number=table.take("first_number", whole(1, 10**9), default.first_number),
    )
    table.finish()
    sound = table.sound("remind_after", "reply_window")
    if sound and cases.remind_after is not None and cases.remind_after >= cases.reply_window:
        found = f"{_raw(table, 'remind_after') or '48h'}, with a reply window of {_raw(table, 'reply_window') or '72h'}"
        hint = 'a shorter time, or remind_after = "off"'
        table.note(("remind_after",), "must be shorter than reply_window", found=found, hint=hint, at_value=True)
    return cases


def _digest(table: TableReader) -> MorningMail:
    digest = MorningMail(table.take("at", _MORNING, time(8, 30)))
    table.finish()
    return digest


def _retention(table: TableReader, cases: Cases) -> Retention:
    """Bytes are needed for as long as somebody may look a mail up or split it off; a closed case for as long as it can be re-opened."""
    retention = Retention(table.take("raw_mail", _KEPT, None), table.take("closed_cases", _KEPT, None))
    table.finish()
    for key, span, least in (
        ("raw_mail", retention.raw_mail, timedelta(days=1)),
        ("closed_cases", retention.closed_cases, cases.reopen_within),
    ):
        if span is not None and span < least:
            hint = "as long as [cases] reopen_within, or longer" if key == "closed_cases" else "a day or longer"
            table.note((key,), "is too short", found=_raw(table, key), hint=hint, at_value=True)
    return retention


def _limits(table: TableReader) -> Limits:
    default = Limits()
    limits = Limits(
        max_message=table.take("max_message", SIZE, default.max_message),
        max_header=table.take("max_header", SIZE, default.max_header),
        max_header_line=table.take("max_header_line", SIZE, default.max_header_line),
        max_parts=table.take("max_parts", whole(1, 100_000), default.max_parts),
        max_depth=table.take("max_depth", whole(1, 100), default.max_depth),
        max_text=table.take("max_text", SIZE, default.max_text),
        parse_timeout_s=table.take("parse_timeout", DURATION, timedelta(seconds=default.parse_timeout_s)).total_seconds(),
        parse_memory=table.take("parse_memory", SIZE, default.parse_memory),
        parse_workers=table.take("parse_workers", whole(1, 64), default.parse_workers),
        notices_per_address=table.take("notices_per_address", whole(1, 10_000), default.notices_per_address),
        notices_per_domain=table.take("notices_per_domain", whole(1, 100_000), default.notices_per_domain),
        notices_per_case=table.take("notices_per_case", whole(1, 10_000), default.notices_per_case),
        notice_period=table.take("notice_period", DURATION, default.notice_period),
        reopens_per_case=table.take("reopens_per_case", whole(0, 10_000), default.reopens_per_case),
    )
    table.finish()
    sound = table.sound("max_header_line", "max_header", "max_message")
    if sound and limits.max_header_line > limits.max_header:
        table.note(
            ("max_header_line",), "must not be larger than max_header", found=_sizes(table, "max_header_line", "max_header"), at_value=True
        )
    if sound and limits.max_header > limits.max_message:
        table.note(("max_header",), "must not be larger than max_message", found=_sizes(table, "max_header", "max_message"), at_value=True)
    return limits


def _labels(table: TableReader) -> Labels:
    labels = Labels(
        keywords=table.take("keywords", _KEYWORDS, Keywords.AUTO),
        folders=table.take("folders", _FILING, Filing.OFF),
        follow=table.take("follow", FLAG, False),
    )
    table.finish()
    if labels.follow and labels.keywords is Keywords.OFF:
        table.note(("follow",), "cannot follow labels that are not set", hint='keywords = "auto", or follow = false', at_value=True)
    if labels.folders is not Filing.OFF and labels.keywords is Keywords.OFF:
        table.note(("folders",), "needs labels", hint='keywords = "auto", or folders = "off"', at_value=True)
    return labels


def _log(table: TableReader) -> Log:
    levels = {name: name for name in ("debug", "info", "warning", "error")}
    log = Log(
        format=table.take("format", choice({"text": "text", "json": "json"}), "text"), level=table.take("level", choice(levels), "info")
    )
    table.finish()
    return log


def _statuspage(table: TableReader) -> StatusPage:
    page = StatusPage(url=table.take("url", _ADDRESS_OR_OFF, ""))
    if is_unprotected(page.url):
        table.note(("url",), "must be https:// to another machine", found=page.url, hint="over http:// anybody can answer", at_value=True)
    table.finish()
    return page


def _deadman(table: TableReader, secrets: SecretReader) -> Deadman:
    """The address is a secret, because whoever knows it can say that all is well: mistakes in it are told without it."""
    deadman = Deadman(
        url=_secret_address(table, secrets),
        drill_within=table.take("drill_within", _DURATION_OR_OFF, None),
    )
    table.finish()
    return deadman


def _incidents(table: TableReader, secrets: SecretReader) -> Incidents:
    address, text = _secret_address(table, secrets), table.take("secret", STRING, "")
    table.finish()
    if not all(_SIGNING_SECRET.fullmatch(one) for one in text.split()):
        hint = "whsec_ and base64 of 24 to 64 random bytes, for example from: echo whsec_$(openssl rand -base64 32)"
        table.note((), "has a secret that is not a signing secret", hint=hint)
    return Incidents(address, secrets.inline(table, "secret", text) if text else no_secret)


def _probe(table: TableReader, secrets: SecretReader) -> Probe:
    """What is wrong with the secret is told without it."""
    probe = Probe(secrets.read(table, required=False, name="secret"), table.take("within", _DURATION_OR_OFF, None))
    table.finish()
    if secrets.needed and 0 < len(_readable(probe.secret)) < SHORTEST_SECRET:
        hint = "for example from: openssl rand -hex 24"
        table.note((), f"has a secret of fewer than {SHORTEST_SECRET} characters", hint=hint)
    if probe.within is not None and not any(key in table for key in ("secret", "secret_file", "credential")):
        table.note(("within",), "waits for probes that nobody can send", allowed="together with a secret", at_value=True)
    return probe


def _readable(secret: Callable[[], str]) -> str:
    """A file that cannot be read has been noted already."""
    try:
        return secret()
    except PermanentFailure:
        return ""


def _secret_address(table: TableReader, secrets: SecretReader) -> Callable[[], str]:
    text = table.take("url", STRING, "off")
    try:
        address = _ADDRESS_OR_OFF.read(text)
    except Refused as refused:
        table.note((), f"has a url that {refused.message}", allowed=f'such as {_ADDRESS_OR_OFF.example}, or "off"')
        return no_secret
    if is_unprotected(address):
        table.note((), "has a url that sends its secret unprotected", hint="https://")
    return secrets.inline(table, "url", address) if address else no_secret


def _raw(table: TableReader, key: str) -> str:
    return str(table.values.get(key, ""))


def _sizes(table: TableReader, *keys: str) -> str:
    return ", ".join(f"{key} = {_raw(table, key) or 'the default'}" for key in keys)


def _read_host(value: object) -> str:
    host = TEXT.read(value).lower()
    if "://" in host or "/" in host:
        raise Refused("must be a host name without a scheme or path", hint=f'host = "{host.rpartition("://")[2].partition("/")[0]}"')
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        pass
    if ":" in host:
        raise Refused("must be a host name; the port has a key of its own", hint=f'host = "{host.partition(":")[0]}" and port = ...')
    try:
        return DOMAIN.read(host)
    except Refused:
        raise Refused("must be a host name or an IP address") from None


_HOSTS = {name: Kind("a host name or an IP address", _read_host, f'"{name}.gmail.com"') for name in ("imap", "smtp")}
_URL = url("http", "https")
_ADDRESS_OR_OFF = either({"off": ""}, _URL)
_SIGNING_SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{32,88}={0,2}")
_DURATION_OR_OFF = either({"off": None}, DURATION)
