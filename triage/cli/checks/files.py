"""What operators write: config.toml, the rules, the notices, and what is missing in them although nothing is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from triage import shipped
from triage.adapters.rulefiles.snapshot import NOTICES
from triage.cli.checks.finding import Finding, Result
from triage.cli.checks.subject import Subject
from triage.core.wording.plain import counted


def check_config(subject: Subject) -> Iterator[Finding]:
    warnings = subject.warnings
    result = Result.WARNING if warnings else Result.OK
    yield Finding("config", result, str(subject.config.path), "see above" if warnings else "", is_file=True, problems=warnings)


def check_rules(subject: Subject) -> Iterator[Finding]:
    directory, rules, broken = subject.config.instance.rules_dir, subject.rules, subject.broken_rules
    if broken is not None:
        hint = "a running daemon keeps the last good set; it cannot be started with these"
        yield Finding("rules", Result.FAILED, f"{directory}: {broken.message}", hint, is_file=True, problems=broken.problems)
    if rules is not None:
        text = f"{directory}: {counted(len(rules.ruleset.rules), 'rule')}, {counted(len(rules.tests), 'test')} passed"
        result = Result.WARNING if rules.warnings else Result.OK
        yield Finding("rules", result, text, "see above" if rules.warnings else "", is_file=True, problems=rules.warnings)


def check_notices(subject: Subject) -> Iterator[Finding]:
    """A file that is not there is no fault, and perhaps not meant."""
    if subject.rules is not None and subject.rules.shipped_notices:
        names = ", ".join(f"{name}.txt" for name in subject.rules.shipped_notices)
        hint = f"copy what you want to word yourself from {shipped.rules_dir() / NOTICES}"
        verb = "is" if len(subject.rules.shipped_notices) == 1 else "are"
        yield Finding("notices", Result.OK, f"{names} {verb} not in {NOTICES}/: the text that triage comes with is sent", hint)


def check_incidents(subject: Subject) -> Iterator[Finding]:
    """Rules that ask for the team's own incident, which nobody would hear."""
    rules = subject.rules.ruleset.rules if subject.rules is not None else ()
    asking = [rule.name for rule in rules if rule.actions.get("incident")]
    if asking and not subject.config.incidents.url():
        hint = "config.toml: [incidents] url; until then the case only says that none was opened"
        yield Finding("incidents", Result.WARNING, f"no address to open incidents at, and rules ask for them: {', '.join(asking)}", hint)


def check_probe(subject: Subject) -> Iterator[Finding]:
    """Half a loop probe is none."""
    if subject.rules is None:
        return
    has_contact, has_secret = subject.rules.oncall.probe is not None, bool(subject.config.probe.secret())
    if has_secret and not has_contact:
        hint = "rules/oncall.toml: [probe] with a contact that wakes nobody, such as a webhook"
        yield Finding("probe", Result.WARNING, "probes would end at the decision: there is no probe contact", hint)
    elif has_contact and not has_secret:
        yield Finding(
            "probe", Result.WARNING, "there is a probe contact, and no secret that probes are known by", "config.toml: [probe] secret"
        )


def check_team(subject: Subject) -> Iterator[Finding]:
    """What is missing although nothing is wrong."""
    instance = subject.config.instance
    if not instance.team_domains:
        hint = "[instance] team_domains: only mail in the Sent folder counts as the team's without it"
        yield Finding("team", Result.WARNING, "no team domain is set", hint)
    if not instance.trusted_authserv:
        hint = "[instance] trusted_authserv: whose Authentication-Results count; without it only the Sent folder proves a team reply"
        yield Finding("proof", Result.WARNING, "no server's Authentication-Results are trusted", hint)
    if not instance.team_address:
        hint = "[instance] team_address: where warnings to operators go; without it they are only logged"
        yield Finding("warnings", Result.WARNING, "no address for warnings is set", hint)
