"""`[[test]]` tables beside the rules: a mail, the case it meets, and what the rules must say. Run before every reload.

Only what `expect` names is compared: `severity` with the one in force afterwards, `page = false` also with "no rule said anything".
Parsing the mail is passed in, so that a test's mail goes the way of a real one. Called by `reading` and by `adapters/rulefiles`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from triage.core.cases.case import Status
from triage.core.mail.message import InboundMessage
from triage.core.mail.subjects import new_words
from triage.core.rules.actions import ACTIONS, value_text
from triage.core.rules.sample_mail import SampleMail, read_sample_mail
from triage.core.rules.situation import RuleEvent, Situation
from triage.core.rules.verdict import Verdict
from triage.core.toml.document import TomlDocument, nearest
from triage.core.toml.places import KeyPath
from triage.core.toml.tables import TableReader
from triage.core.toml.values import DURATION, FLAG, MOMENT, STRING, TEXT, Refused, choice, found_text, whole

MailParser = Callable[[bytes], InboundMessage]

HITS = "rules"
"""In `expect`: the names of the rules that must hit, in order."""
_DEFAULT_NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
_EXPECTABLE = tuple(name for name in ACTIONS if name != "stop")


@dataclass(frozen=True, slots=True)
class RuleTest:
    """`situation` has everything but the message and `subject_new`, which come from `mail` and `earlier_subjects`."""

    name: str
    document: TomlDocument = field(repr=False, compare=False)
    path: KeyPath
    mail: SampleMail
    situation: Mapping[str, Any]
    earlier_subjects: tuple[str, ...]
    expect: Mapping[str, object]

    @property
    def line(self) -> int:
        return self.document.place(self.path)[0]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One expectation that did not come true."""

    key: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class RuleTestResult:
    test: RuleTest
    mismatches: tuple[Mismatch, ...]
    verdict: Verdict

    @property
    def passed(self) -> bool:
        return not self.mismatches


def run_test(test: RuleTest, judge: Callable[[Situation], Verdict], parse: MailParser) -> RuleTestResult:
    """One test against one ruleset (`judge` is `partial(evaluate, ruleset)`)."""
    message = parse(test.mail.raw())
    new = new_words(message.subject, test.earlier_subjects) if test.earlier_subjects else message.subject
    verdict = judge(Situation(message=message, subject_new=new, **test.situation))
    found = {name: getattr(verdict, name) for name in _EXPECTABLE}
    found["severity"] = verdict.severity or test.situation.get("severity", 3)
    found["page"] = verdict.page or False
    found[HITS] = tuple(hit.rule for hit in verdict.hits)
    wrong = [name for name, expected in test.expect.items() if not _same(name, expected, found[name])]
    return RuleTestResult(test, tuple(Mismatch(name, value_text(test.expect[name]), _shown(found[name])) for name in wrong), verdict)


def read_rule_test(table: TableReader) -> RuleTest | None:
    before = len(table.problems)
    name = table.need("name", TEXT, "")
    if "mail" not in table:
        table.note((), "has no `mail`", hint='mail = { from = "ops@acme.example", subject = "..." }')
    mail = read_sample_mail(table.sub("mail"))
    situation, earlier = _read_situation(table)
    expect = _read_expect(table)
    table.finish()
    if len(table.problems) > before:
        return None
    return RuleTest(name, table.document, table.path, mail, situation, earlier, expect)


def _read_situation(table: TableReader) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What stands around the mail; an event that says nothing else follows from `case` and `earlier_subjects`."""
    case = table.sub("case")
    partner = table.sub("partner")
    earlier = table.take_list("earlier_subjects", TEXT)
    status = case.take(
        "status", choice({each.value: each.value for each in Status}), Status.OPEN.value if case.values else Status.NEW.value
    )
    implied = RuleEvent.REOPEN if status == Status.CLOSED.value else RuleEvent.FOLLOW_UP if case.values or earlier else RuleEvent.NEW
    situation: dict[str, Any] = {
        "event": table.take("event", choice({event.value: event for event in RuleEvent}), implied),
        "now": table.take("now", MOMENT, _DEFAULT_NOW),
        "severity": case.take("severity", whole(1, 3), 3),
        "status": status,
        "tags": frozenset(case.take_list("tags", TEXT)),
        "case_age": case.take("age", DURATION, None),
        "partner": partner.take("key", TEXT, ""),
        "partner_name": partner.take("name", TEXT, ""),
        "partner_tier": partner.take("tier", TEXT, ""),
        "proven": table.take("proven", FLAG, False),
        "team": table.take("team", FLAG, False),
        "open_cases": table.take("open_cases", whole(0, 10**6), 0),
        "known_incident": table.take("known_incident", STRING, ""),
        "business_hours": table.take("business_hours", FLAG, True),
        "response_due_in": table.take("response_due_in", DURATION, None),
    }
    case.finish()
    partner.finish()
    return situation, earlier


def _read_expect(table: TableReader) -> dict[str, object]:
    expect: dict[str, object] = {}
    reader = table.sub("expect")
    if reader.is_table and not reader.values:
        table.note((), "expects nothing", allowed=", ".join([*_EXPECTABLE, HITS]), hint="expect = { severity = 1 }")
    for name, value in reader.values.items():
        if name == HITS:
            expect[HITS] = reader.take_list(HITS, TEXT)
        elif name not in _EXPECTABLE:
            allowed = [*_EXPECTABLE, HITS]
            reader.note((name,), "cannot be expected", allowed=", ".join(allowed), hint=nearest(name, allowed))
        else:
            try:
                expect[name] = ACTIONS[name].kind.read(value)
            except Refused as refusal:
                reader.note((name,), refusal.message, found=found_text(value), hint=refusal.hint, at_value=True)
    return expect


def _same(name: str, expected: object, found: object) -> bool:
    if name == "tags" and isinstance(expected, Sequence) and isinstance(found, Sequence):
        return set(expected) == set(found)
    return expected == found


def _shown(value: object) -> str:
    return "not set" if value is None else value_text(value)
