"""partners.toml -> PartnerBook: one table per partner, named by its key."""

from __future__ import annotations

import re
from functools import cache
from zoneinfo import available_timezones

import re2

from triage.core.cases.partners import Partner, PartnerBook, TicketPattern, is_free_mail
from triage.core.mail.envelope import to_ascii_domain
from triage.core.problems import Problem
from triage.core.toml.document import TomlDocument, nearest
from triage.core.toml.tables import TableReader
from triage.core.toml.values import ADDRESS, DOMAIN, TEXT, Kind, Refused, choice, found_text

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]*")
_NO_ZONES = frozenset({"localtime", "posixrules", "Factory"})
"""Files beside the zones of some machines; not of the IANA list."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def read_partners(document: TomlDocument, problems: list[Problem]) -> PartnerBook:
    """All partners of the file; every mistake is noted."""
    top = TableReader(document, problems)
    owners: dict[str, str] = {}
    tables = {key: _partner_table(top, key) for key in top.values}
    return PartnerBook([_read_partner(table, key, owners) for key, table in tables.items() if table is not None])


def _partner_table(top: TableReader, key: str) -> TableReader | None:
    value = top.values[key]
    if isinstance(value, dict):
        return top.sub(key)
    hint = "each partner is a table of its own, named by a short key: [acme]"
    top.note((key,), "is not a partner's table", found=found_text(value), hint=hint)
    return None


def _read_partner(table: TableReader, key: str, owners: dict[str, str]) -> Partner:
    if not _KEY.fullmatch(key):
        table.note((), "is not a partner's key", allowed="lower-case letters, digits, - and _, as in [acme]")
    partner = Partner(
        key=key,
        name=table.take("name", TEXT, key),
        domains=table.take_list("domains", _COMPANY_DOMAIN),
        addresses=table.take_list("addresses", _ADDRESS),
        ticket_patterns=table.take_list("ticket_patterns", _TICKET_PATTERN),
        zone=table.take("zone", ZONE, "UTC"),
        language=table.take("language", _LANGUAGE_TAG, ""),
        tier=table.take("tier", TEXT, ""),
        agreement=table.take("agreement", TEXT, ""),
        is_named=True,
        machines_speak=table.take("automatic_mail", _AUTOMATIC_MAIL, False),
    )
    table.finish()
    if "domains" not in table and "addresses" not in table:
        table.note((), "has neither domains nor addresses, so no mail can belong to it", hint='domains = ["acme.example"]')
    for field, values in (("domains", partner.domains), ("addresses", partner.addresses)):
        for value in values:
            owner = owners.setdefault(value, key)
            if owner != key:
                table.note((field,), f"names {value}, which belongs to [{owner}] already", at_value=True)
    return partner


def _read_company_domain(value: object) -> str:
    domain = DOMAIN.read(_in_ascii(value))
    if is_free_mail(domain):
        raise Refused("must not be a mail provider's domain: strangers write from there too", hint="name the people's addresses instead")
    return domain


def _read_address(value: object) -> str:
    local, at, domain = value.rpartition("@") if isinstance(value, str) else ("", "", "")
    return ADDRESS.read(f"{local}@{_in_ascii(domain)}" if at else value)


def _in_ascii(domain: object) -> object:
    """An internationalised domain as mails carry it once they are parsed (RFC 5890)."""
    if not isinstance(domain, str) or domain.isascii():
        return domain
    try:
        return to_ascii_domain(domain.strip().strip(".").lower())
    except ValueError:
        return domain


def _read_ticket_pattern(value: object) -> TicketPattern:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    try:
        pattern: TicketPattern = re2.compile(TEXT.read(value), options)
    except re2.error as error:
        detail = error.args[0] if error.args else "unknown"
        text = detail.decode(errors="replace") if isinstance(detail, bytes) else detail
        raise Refused(f"does not compile: {text}", hint="google-re2 syntax; in TOML write patterns in 'single quotes'") from None
    if any(True for _ in pattern.finditer("")):
        raise Refused("holds for an empty text, so it would hold for every subject")
    return pattern


@cache
def _zones() -> frozenset[str]:
    """Asked of the disk once: there are six hundred."""
    return frozenset(available_timezones() - _NO_ZONES)


def _read_zone(value: object) -> str:
    zone = TEXT.read(value)
    known = _zones()
    if zone not in known:
        raise Refused("must be a time zone of the IANA list", hint=nearest(zone, known))
    return zone


def _read_language(value: object) -> str:
    language = TEXT.read(value)
    if not _LANGUAGE.fullmatch(language):
        raise Refused("must be a language tag")
    return language


_COMPANY_DOMAIN = Kind("a domain", _read_company_domain, '"acme.example"')
_ADDRESS = Kind("a mail address", _read_address, '"ops@acme.example"')
_AUTOMATIC_MAIL = choice({"machine": False, "human": True})
_TICKET_PATTERN = Kind("a regular expression", _read_ticket_pattern, r"'\[(ACME-\d+)\]'")
ZONE = Kind("a time zone", _read_zone, '"Europe/Tallinn"')
_LANGUAGE_TAG = Kind("a language tag", _read_language, '"en", "pt-BR"')
