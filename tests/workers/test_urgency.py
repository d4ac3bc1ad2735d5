"""Which mail of a backlog is read first, by its header."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.core.rules.rule_text import NOW, rule, rules_from
from tests.scenarios.office import RULES
from triage.adapters.rulefiles import RuleFiles, load_rules
from triage.core.cases.partners import Partner, PartnerBook
from triage.core.rules.ruleset import make_ruleset
from triage.core.settings import Limits
from triage.daemon.wiring import contact_kinds
from triage.workers import urgency
from triage.workers.urgency import Urgency, says_so

SHIPPED = load_rules(RULES, NOW, contact_kinds())
PAGES = "{ severity = 1, page = 'emergency' }"
HEADER = (
    b"From: Olga <ops@bank.example>\r\nTo: api@wise.example, escalation@wise.example\r\nSubject: =?utf-8?Q?Ausfall?=\r\n"
    b"X-Priority: 1\r\nAuto-Submitted: auto-generated\r\n"
)


def rules(*when: str, then: str = PAGES) -> RuleFiles:
    text = "".join(rule(f"rule {number}", one, then) for number, one in enumerate(when))
    bank = Partner("bank", "The Bank", domains=("bank.example",), tier="gold", is_named=True)
    return replace(SHIPPED, ruleset=make_ruleset(rules_from(text)), partners=PartnerBook([bank]))


def is_urgent(files: RuleFiles, header: bytes = HEADER) -> bool:
    return Urgency(lambda: files, Limits())(header)


@pytest.mark.parametrize(
    "when",
    [
        '{ from = "ops@bank.example" }',
        '{ from.domain = "bank.example", subject.contains = "ausfall" }',
        '{ to = "escalation@wise.example" }',
        '{ header.X-Priority = "1" }',
        '{ partner.tier = "gold", event = "new", calendar.business_hours = false, proven = true }',
        '{ partner = "The Bank", severity = ">= 2", tags = "vip" }',
        '{ any = [{ from = "nobody@x.example" }, { subject.new.regex = "aus.all" }] }',
        '{ not = { from.domain = "other.example" }, cc = { exists = false } }',
        '{ from.domain = "bank.example", not = { event = "new" } }',
        '{ from.domain = "bank.example", not = { event = "new", subject = "Ausfall" } }',
        '{ all = [{ partner = "bank" }, { automatic = true }] }',
    ],
)
def test_what_a_rule_says_of_the_header_alone_is_read_first(when: str) -> None:
    assert is_urgent(rules(when))


@pytest.mark.parametrize(
    "when",
    [
        '{ from = "ops@other.example" }',
        '{ header.X-Priority = "2" }',
        '{ partner.tier = "silver", event = "new" }',
        '{ not = { from.domain = "bank.example" } }',
        '{ not = { any = [{ event = "new" }, { from.domain = "bank.example" }] } }',
        '{ from.domain = "bank.example", all = [{ event = "new" }, { subject = "all is well" }] }',
    ],
)
def test_what_cannot_hold_by_its_header_waits(when: str) -> None:
    assert not is_urgent(rules(when))


@pytest.mark.parametrize(
    "when",
    [
        '{ from.domain = "bank.example", body.contains = "outage" }',
        '{ from.domain = "bank.example", any = [{ to = "escalation@wise.example" }, { facts.environment = "production" }] }',
        '{ from.domain = "bank.example", attachment.count = ">= 1" }',
        '{ event = "new", calendar.weekday = ["saturday", "sunday"] }',
    ],
)
def test_a_rule_that_needs_the_text_or_nothing_of_the_mail_puts_none_first(when: str) -> None:
    """Else every mail would be."""
    assert not is_urgent(rules(when))


@pytest.mark.parametrize(
    ("then", "first"),
    [
        ("{ severity = 1 }", True),
        ("{ page = 'emergency' }", True),
        ("{ severity = 1, page = false }", False),
        ("{ severity = 2 }", False),
        ("{ tags = 'gold' }", False),
    ],
)
def test_only_rules_that_page_do(then: str, first: bool) -> None:
    assert is_urgent(rules('{ from.domain = "bank.example" }', then=then)) is first


def test_a_set_that_comes_into_force_counts_at_once() -> None:
    files = rules('{ from.domain = "other.example" }')
    urgent = Urgency(lambda: files, Limits())
    assert not urgent(HEADER)
    files = rules('{ from.domain = "bank.example" }')
    assert urgent(HEADER)


@pytest.mark.parametrize(
    "when",
    [
        '{ subject.new = { contains = ["urgent", "critical"] }, automatic = false }',
        '{ subject.starts = "URGENT:", from.domain = "a.example" }',
    ],
)
def test_rules_about_the_two_words_have_no_header_parsed(when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are looked for in a hundredth of the time. Those that are shipped are such rules."""

    def parse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(urgency, "parse", parse)
    assert not is_urgent(rules(when))
    assert not is_urgent(SHIPPED)


def test_a_rule_about_another_word_besides_does_have_it_parsed() -> None:
    assert is_urgent(rules('{ subject.contains = ["urgent", "ausfall"] }'))


def test_a_header_that_cannot_be_read_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(urgency, "parse", parse)
    assert not is_urgent(rules('{ from.domain = "bank.example" }'))


@pytest.mark.parametrize(
    "subject",
    [
        b"Payouts: URGENT",
        b"=?utf-8?B?VVJHRU5U?=",
        b"=?us-ascii?Q?crit?= =?us-ascii?Q?ical?=",
        b"payouts fail,\r\n critical",
        b"ur\0gent",
        "ur\u00adgent".encode(),
        "\uff35\uff32\uff27\uff25\uff2e\uff34".encode(),
        "\uff35\uff32\uff27\uff25\uff2e\uff34".encode("iso2022_jp"),
        b"+AFUAUgBHAEUATgBU-\r\nContent-Type: text/plain; charset=utf-7",
    ],
)
def test_a_subject_is_urgent_however_it_is_written(subject: bytes) -> None:
    """Most headers are not decoded at all: these have to be."""
    assert says_so(b"From: a@harbour.example\r\nSubject: " + subject + b"\r\n")
