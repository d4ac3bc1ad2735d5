"""Who is on call now, and whether each contact could be used: program and secret are there, its service can be reached. Pages nobody."""

from __future__ import annotations

from collections.abc import Iterator

from triage.adapters.pagers.kinds import address_of, build_contact
from triage.adapters.pagers.settings import Wiring
from triage.adapters.reach import knock
from triage.adapters.secrets import resolve_secret
from triage.cli.checks.finding import Finding, Result
from triage.cli.checks.subject import Subject
from triage.core.failures import TriageError
from triage.core.oncall.checks import reaches_nobody, single_point_of_failure, uncovered_rotas
from triage.core.oncall.people import ContactMethod
from triage.core.wording.plain import counted
from triage.daemon.connections import open_submission


def check_oncall(subject: Subject) -> Iterator[Finding]:
    if subject.rules is None:
        return
    oncall, now = subject.rules.oncall, subject.now
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
    for whose, method in _methods(subject):
        if reaches_nobody(method):
            text = f"{whose}, {method.name} ({method.kind}): its address is an example and reaches nobody"
            yield Finding("on-call", Result.FAILED, text, f"put your own people into {subject.config.instance.rules_dir / 'oncall.toml'}")
    for rota in uncovered_rotas(oncall, now):
        hint = "rules/oncall.toml: a layer without hours covers the rest, an override fills a gap"
        yield Finding("on-call", Result.FAILED, f"{rota}: nobody can be reached now", hint)
    for policy in oncall.policies.values():
        if not oncall.broadcast_members(policy, now):
            yield Finding(
                "on-call", Result.FAILED, f"policy {policy.name} has nobody to broadcast to", "rules/oncall.toml: broadcast = [...]"
            )


def check_contacts(subject: Subject) -> Iterator[Finding]:
    if subject.rules is None:
        return
    config = subject.config
    submission = open_submission(config, subject.tokens)
    wiring = Wiring(subject.clock, submission, config.instance.address, config.smtp.from_name, resolve_secret)
    methods = list(_methods(subject))
    reached: set[tuple[str, int]] = set()
    faults = 0
    for whose, method in methods:
        try:
            build_contact(method.kind, method.settings, wiring)
            place = address_of(method.kind, method.settings, wiring)
            if place is not None and place not in reached:
                knock(*place)
                reached.add(place)
        except TriageError as failure:
            faults += 1
            hint = failure.hint or "rules/oncall.toml; then: triage drill"
            yield Finding("contacts", Result.FAILED, f"{whose}, {method.name} ({method.kind}): {failure.message}", hint)
    if not faults and methods:
        hint = "whether a page arrives, only a drill shows: triage drill"
        yield Finding("contacts", Result.OK, f"{counted(len(methods), 'contact')}: programs, secrets and services are there", hint)


def _methods(subject: Subject) -> Iterator[tuple[str, ContactMethod]]:
    assert subject.rules is not None  # noqa: S101 (the caller has looked)
    oncall = subject.rules.oncall
    for person in oncall.people.values():
        yield from ((person.name, method) for method in person.contacts)
    if oncall.probe is not None:
        yield "the probe contact", oncall.probe
