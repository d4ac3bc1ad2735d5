"""load_rules: everything under rules/ as one checked RuleFiles, or BrokenFiles with every problem at once.

Reads, checks names across files, finds rules that can never hold, and runs the tests beside the rules. Never keeps state: `keeper` does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from triage.adapters.pagers.kinds import faults_of
from triage.adapters.rulefiles.agreement_file import check_partners, read_agreements
from triage.adapters.rulefiles.calendar_file import read_calendars
from triage.adapters.rulefiles.notice_files import read_notices, unused_notices, with_shipped
from triage.adapters.rulefiles.oncall import ContactKinds, read_oncall
from triage.adapters.rulefiles.oncall_policies import DEFAULT_POLICY
from triage.adapters.rulefiles.partner_file import read_partners
from triage.adapters.rulefiles.snapshot import NOTICES, Signature, Snapshot, take_snapshot
from triage.core.cases.agreements import Agreements
from triage.core.cases.calendars import TEAM, Calendar
from triage.core.cases.events import NoticeKind
from triage.core.cases.notice_variants import split_name
from triage.core.cases.partners import PartnerBook
from triage.core.mail.parse import parse
from triage.core.oncall.policy import OnCall
from triage.core.problems import BrokenFiles, Problem, Weight
from triage.core.rules.bounds import Bounds
from triage.core.rules.checks import KnownNames, check_rules
from triage.core.rules.evaluate import evaluate
from triage.core.rules.mail_tests import MailParser, RuleTest, RuleTestResult, run_test
from triage.core.rules.reading import read_rule_file
from triage.core.rules.ruleset import Rule, Ruleset, make_ruleset
from triage.core.rules.why import why_not
from triage.core.toml.document import TomlDocument, read_document
from triage.core.toml.places import KeyPath

ONCALL, PARTNERS, CALENDAR, AGREEMENTS = "oncall.toml", "partners.toml", "calendar.toml", "agreements.toml"
NO_RULES = frozenset({ONCALL, PARTNERS, CALENDAR, AGREEMENTS})
"""Files that hold something else than rules and their tests."""


@dataclass(frozen=True, slots=True)
class RuleFiles:
    """One good set. `hash` goes to the journal with every decision; `warnings` did not keep it from being good."""

    ruleset: Ruleset
    partners: PartnerBook
    oncall: OnCall
    notices: Mapping[str, str]
    tests: tuple[RuleTest, ...]
    hash: str
    loaded_at: datetime
    warnings: tuple[Problem, ...] = ()
    signature: Signature = field(default=(), repr=False)
    calendars: Mapping[str, Calendar] = field(default_factory=lambda: {TEAM: Calendar()})
    """By name; the team's is always there."""
    agreements: Agreements = field(default_factory=Agreements)
    shipped_notices: tuple[str, ...] = ()
    """Notices that have no file here, and so the text that triage comes with."""

    @property
    def hours(self) -> Calendar:
        """When the team is at work."""
        return self.calendars[TEAM]


def load_rules(directory: Path, loaded_at: datetime, kinds: ContactKinds, bounds: Bounds | None = None) -> RuleFiles:
    """Raises BrokenFiles with all errors of all files; the tests only run when nothing else is wrong.

    `kinds` are the contact kinds that oncall.toml may use. Without `bounds` nobody looks how far rules reach outside.
    """
    return build_rules(take_snapshot(directory), loaded_at, kinds, bounds)


def build_rules(snapshot: Snapshot, loaded_at: datetime, kinds: ContactKinds, bounds: Bounds | None = None) -> RuleFiles:
    """The same for files that were read already."""
    read = _read(snapshot, loaded_at, kinds, bounds)
    problems = read.problems
    ruleset = make_ruleset(read.rules)
    if not _errors(problems):
        results = run_rule_tests(ruleset, read.tests)
        problems += [problem for result in results for problem in _failures(result, read.rules)]
    if read.oncall is None or _errors(problems):
        raise BrokenFiles(_errors(problems))
    notices = with_shipped(read.notices)
    return RuleFiles(
        ruleset,
        read.partners,
        read.oncall,
        notices,
        tuple(read.tests),
        snapshot.hash,
        loaded_at,
        tuple(problems),
        snapshot.signature,
        read.calendars,
        read.agreements,
        tuple(sorted(notices.keys() - read.notices.keys())),
    )


def try_tests(
    directory: Path, now: datetime, kinds: ContactKinds, bounds: Bounds | None = None
) -> tuple[tuple[Rule, ...], tuple[RuleTestResult, ...]]:
    """The rules, and every test beside them, passed or not (`triage rules test`). Raises BrokenFiles when anything else is wrong."""
    read = _read(take_snapshot(directory), now, kinds, bounds)
    if _errors(read.problems):
        raise BrokenFiles(_errors(read.problems))
    return tuple(read.rules), run_rule_tests(make_ruleset(read.rules), read.tests)


@dataclass(slots=True)
class _Read:
    """What stands in the files, as far as it can be read. `oncall` is None when the file is there and broken."""

    partners: PartnerBook
    oncall: OnCall | None
    notices: Mapping[str, str]
    calendars: Mapping[str, Calendar]
    agreements: Agreements
    rules: list[Rule]
    tests: list[RuleTest]
    problems: list[Problem]


def _read(snapshot: Snapshot, now: datetime, kinds: ContactKinds, bounds: Bounds | None) -> _Read:
    problems = list(snapshot.unreadable)
    documents = _read_documents(snapshot.files, problems)
    notices = read_notices(snapshot.files, problems)
    partners = read_partners(documents[PARTNERS], problems) if PARTNERS in documents else PartnerBook()
    calendars = read_calendars(documents[CALENDAR], problems, now.date()) if CALENDAR in documents else {TEAM: Calendar()}
    agreements = _read_agreements(snapshot, documents, calendars, partners, problems)
    oncall = _read_oncall(snapshot, documents, kinds, now, problems)
    rules: list[Rule] = []
    tests: list[RuleTest] = []
    for name, document in documents.items():
        if name not in NO_RULES:
            file_rules, file_tests = read_rule_file(document, problems)
            rules += file_rules
            tests += file_tests
    read = _Read(partners, oncall, notices, calendars, agreements or Agreements(), rules, tests, problems)
    names = _known_names(documents, read, snapshot, bounds)
    problems += check_rules(rules, names, partial(_note, documents))
    problems += unused_notices(notices, rules)
    return read


def run_rule_tests(ruleset: Ruleset, tests: Sequence[RuleTest], parse_mail: MailParser = parse) -> tuple[RuleTestResult, ...]:
    return tuple(run_test(test, partial(evaluate, ruleset), parse_mail) for test in tests)


def _errors(problems: Sequence[Problem]) -> list[Problem]:
    """Warnings are told of a good set: beside mistakes that must be mended first they are noise."""
    return [problem for problem in problems if problem.weight is Weight.ERROR]


def _read_documents(files: Mapping[str, bytes], problems: list[Problem]) -> dict[str, TomlDocument]:
    documents: dict[str, TomlDocument] = {}
    for name, raw in files.items():
        if name.endswith(".toml"):
            try:
                documents[name] = read_document(name, raw)
            except BrokenFiles as broken:
                problems += broken.problems
    return documents


def _read_oncall(
    snapshot: Snapshot, documents: Mapping[str, TomlDocument], kinds: ContactKinds, now: datetime, problems: list[Problem]
) -> OnCall | None:
    """None when the file is there and broken. Without a file there is nobody to page, and a rule that pages names no policy."""
    if ONCALL in documents:
        oncall, wrong = read_oncall(documents[ONCALL].text, ONCALL, kinds, now, faults_of)
        problems += wrong
        return oncall
    return None if _is_unread(snapshot, ONCALL) else OnCall(people={}, rotas={}, policies={})


def _read_agreements(
    snapshot: Snapshot,
    documents: Mapping[str, TomlDocument],
    calendars: Mapping[str, Calendar],
    partners: PartnerBook,
    problems: list[Problem],
) -> Agreements | None:
    """None when the file is there and no TOML: then nobody knows which names it has."""
    if AGREEMENTS not in documents and _is_unread(snapshot, AGREEMENTS):
        return None
    agreements = read_agreements(documents[AGREEMENTS], problems, calendars, partners) if AGREEMENTS in documents else Agreements()
    if PARTNERS in documents:
        check_partners(documents[PARTNERS], problems, partners, agreements)
    return agreements


def _is_unread(snapshot: Snapshot, name: str) -> bool:
    """The file is there, and is not among the documents."""
    return name in snapshot.files or any(problem.file == name for problem in snapshot.unreadable)


def _known_names(documents: Mapping[str, TomlDocument], read: _Read, snapshot: Snapshot, bounds: Bounds | None) -> KnownNames:
    """What rules may name. A file with a mistake still tells its names; one that is no TOML tells none, so that nothing is refused."""
    unread = {problem.file for problem in snapshot.unreadable} | snapshot.files.keys() - documents.keys()
    oncall, book = read.oncall, None if PARTNERS in unread else read.partners.partners
    agreements = None if AGREEMENTS in unread else [each.name for each in read.agreements.agreements]
    files = {*snapshot.files, *unread}
    notices = {name.removeprefix(f"{NOTICES}/").removesuffix(".txt") for name in files if name.startswith(f"{NOTICES}/")}
    return KnownNames(
        policies=_declared(documents, "policy") if oncall is None else oncall.policies,
        people=_declared(documents, "person") if oncall is None else oncall.people,
        notices={split_name(name)[0] for name in notices} | {kind.value for kind in NoticeKind},
        agreements=agreements,
        partners=None if book is None else {name for partner in book for name in (partner.key, partner.name)},
        tiers=None if book is None else {partner.tier for partner in book if partner.tier},
        bounds=bounds,
    )


def _declared(documents: Mapping[str, TomlDocument], key: str) -> Collection[str] | None:
    """The names that a broken oncall.toml gives; None when that cannot be said."""
    value = documents[ONCALL].table.get(key) if ONCALL in documents else None
    if isinstance(value, list):
        return [str(each["name"]) for each in value if isinstance(each, dict) and "name" in each]
    return {DEFAULT_POLICY, *value} if isinstance(value, dict) else None


def _note(documents: Mapping[str, TomlDocument], rule: Rule, keys: KeyPath, message: str, **details: str) -> Problem:
    path = ("rule", rule.position, *keys)
    return documents[rule.file].problem(path, message, **details, at_value=bool(keys))  # type: ignore[arg-type]  # texts only


def _failures(result: RuleTestResult, rules: Sequence[Rule]) -> list[Problem]:
    test = result.test
    return [
        test.document.problem(
            (*test.path, "expect", mismatch.key),
            "fails",
            found=mismatch.found,
            allowed=mismatch.expected,
            hint="; ".join(why_not(result, mismatch.key, rules)),
            at_value=True,
        )
        for mismatch in result.mismatches
    ]
