"""agreements.toml -> Agreements: `[agreement.NAME]` in the order in which they are tried, and `[warnings]`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from triage.adapters.rulefiles.calendar_file import NAME
from triage.core.cases.agreements import DEFAULT, Agreement, Agreements, Promise, Term, Warnings
from triage.core.cases.calendars import TEAM, Calendar
from triage.core.cases.partners import PartnerBook
from triage.core.problems import Problem
from triage.core.rules.actions import Refers
from triage.core.rules.checks import unknown_name
from triage.core.toml.document import TomlDocument, nearest
from triage.core.toml.tables import TableReader
from triage.core.toml.values import DURATION, TEXT, Kind, Refused, choice, url

NO_TERM = "none"
_ON = " on "
_PERCENT = re.compile(r"(\d{1,2}) ?%")
_KEYS = {promise: promise.value.replace(" ", "_") for promise in Promise}

Terms = dict[tuple[Promise, int], Term | None]
"""None: said on purpose that nothing is promised, also where the agreement it is like promises something."""


@dataclass(frozen=True, slots=True)
class _Written:
    """An agreement as it stands in the file, before `like` is followed."""

    table: TableReader
    agreement: Agreement
    terms: Terms
    like: str


def read_agreements(
    document: TomlDocument, problems: list[Problem], calendars: Mapping[str, Calendar], partners: PartnerBook
) -> Agreements:
    """All agreements of the file; every mistake is noted. `calendars` and `partners` are the other files'."""
    top = TableReader(document, problems)
    tables = top.sub("agreement")
    term = _term_on(calendars)
    written = {name: _read_agreement(tables.sub(name), name, term, partners) for name in tables.values}
    if DEFAULT not in written:
        tables.note((DEFAULT,), "is missing", hint=f"[agreement.{DEFAULT}] counts for everybody who has no other agreement")
    warnings = _read_warnings(top.sub("warnings"), calendars)
    top.finish()
    return Agreements(tuple(replace(each.agreement, terms=_all_terms(each, written)) for each in written.values()), warnings)


def check_partners(document: TomlDocument, problems: list[Problem], partners: PartnerBook, agreements: Agreements) -> None:
    """Whether the agreements that partners.toml names exist."""
    known = [each.name for each in agreements.agreements]
    for partner in partners.partners:
        if partner.agreement and partner.agreement not in known:
            wrong = unknown_name(partner.agreement, Refers.AGREEMENT, known)
            problems.append(document.problem((partner.key, "agreement"), **wrong, at_value=True))  # type: ignore[arg-type]  # texts only


def _read_agreement(table: TableReader, name: str, term: Kind[Term | None], partners: PartnerBook) -> _Written:
    if not NAME.fullmatch(name):
        table.note((), "is not an agreement's name", allowed="lower-case letters, digits, - and _, as in [agreement.gold]")
    terms: Terms = {}
    like = table.take("like", TEXT, "")
    for promise, key in _KEYS.items():
        by_severity = table.sub(key)
        for severity in (1, 2, 3):
            if str(severity) in by_severity:
                terms[promise, severity] = by_severity.take(str(severity), term, None)
        _finish_severities(by_severity)
    named = table.take_list("partners", TEXT)
    for key in named:
        if partners.by_key(key) is None and "." not in key:  # one that nobody has named is known by its domain
            known = [each.key for each in partners.partners]
            table.note(("partners",), "names no partner of partners.toml", found=f'"{key}"', hint=nearest(key, known), at_value=True)
    tiers = table.take_list("tiers", TEXT)
    table.finish()
    return _Written(table, Agreement(name, partners=frozenset(named), tiers=frozenset(tiers)), terms, like)


def _finish_severities(table: TableReader) -> None:
    for key in table.values:
        if key not in ("1", "2", "3"):
            table.note((key,), "is not a severity", allowed='1, 2 and 3, as in { 1 = "30m", 2 = "4h on team" }')


def _all_terms(written: _Written, others: Mapping[str, _Written]) -> dict[tuple[Promise, int], Term]:
    """Its own, over those of the agreement it is like, over that one's, and so on."""
    chain, each = [written.agreement.name], written
    terms = dict(each.terms)
    while each.like:
        if each.like not in others:
            if each is written:
                each.table.note(("like",), "names no agreement", found=f'"{each.like}"', hint=nearest(each.like, others), at_value=True)
            break
        if each.like in chain:
            if each.like == written.agreement.name:
                circle = " is like ".join([*chain, each.like])
                written.table.note(("like",), "goes round in a circle", found=circle, hint="one of them says its own times", at_value=True)
            break
        each = others[each.like]
        chain.append(each.agreement.name)
        terms = {**each.terms, **terms}
    return {key: term for key, term in terms.items() if term is not None}


def _term_on(calendars: Mapping[str, Calendar]) -> Kind[Term | None]:
    def read(value: object) -> Term | None:
        text = TEXT.read(value)
        if text == NO_TERM:
            return None
        amount, on, name = text.partition(_ON)
        span = DURATION.read(amount)
        if not on:
            return Term(span)
        calendar = calendars.get(name.strip())
        if calendar is None:
            known = ", ".join(calendars)
            raise Refused("names no calendar of calendar.toml", hint=nearest(name.strip(), calendars) or f"there are: {known}")
        if any(unit in amount for unit in "dw"):
            raise Refused("must be in hours and minutes: how long a working day is differs", hint='two days of eight hours are "16h"')
        return Term(span, calendar)

    return Kind("a duration, perhaps on a calendar", read, f'"30m", "8h on team", "{NO_TERM}"')


def _read_warnings(table: TableReader, calendars: Mapping[str, Calendar]) -> Warnings:
    percent = table.take_list("at", _PERCENTAGE)
    calendar = table.take("hours", choice(calendars), calendars[TEAM])
    webhook = table.take("webhook", url("https"), "")
    table.finish()
    return Warnings(tuple(sorted(set(percent))) if "at" in table else Warnings().percent, calendar, webhook)


def _read_percentage(value: object) -> int:
    found = _PERCENT.fullmatch(TEXT.read(value))
    if found is None or int(found[1]) == 0:
        raise Refused("must be a percentage from 1% to 99%", hint="what is broken is told at 100% in any case")
    return int(found[1])


_PERCENTAGE = Kind("a percentage", _read_percentage, '"75%"')
