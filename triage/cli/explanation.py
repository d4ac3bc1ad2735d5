"""What `triage explain` says about one mail: as JSON (the shape is fixed, see docs/commands.md) and as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from triage.cli.mail_files import Doubt
from triage.cli.output import indented
from triage.cli.rehearsal import Explained
from triage.core.mail.message import InboundMessage
from triage.core.outcomes import Outcome
from triage.core.rules.verdict import Miss, Verdict
from triage.core.wording.plain import plain, plain_lines

_OUTCOMES: Mapping[Outcome, str] = {
    Outcome.CASE: "case",
    Outcome.FOLLOW_UP: "follow-up",
    Outcome.TEAM_REPLY: "follow-up",
    Outcome.TEAM_COMMENT: "follow-up",
    Outcome.AUTOMATIC: "automatic",
    Outcome.DELIVERY_REPORT: "delivery-report",
    Outcome.OWN: "own",
    Outcome.PROBE: "ignored",
    Outcome.DUPLICATE: "ignored",
    Outcome.IMPORTED: "ignored",
    Outcome.IGNORED: "ignored",
    Outcome.QUARANTINED: "quarantined",
}
_PARTNERS = frozenset({"case", "follow-up"})
_NO_MAILS = frozenset({Doubt.EMPTY, Doubt.NO_MAIL})
"""Of these only garbage could be shown."""
_NEW_LINES, _QUOTED_LINES, _NEAR = 30, 6, 3
_LABEL = 11


def outcome(explained: Explained, own_addresses: frozenset[str]) -> str:
    """Without the instance's keys our own notices cannot be proven; automatic mail that bears our address is taken for one."""
    message = explained.message
    if explained.judgement.outcome is Outcome.AUTOMATIC and message is not None and message.author.address in own_addresses:
        return "own"
    judgement = explained.judgement
    if judgement.outcome is Outcome.COMMAND:
        return "follow-up" if judgement.case_number is not None else "ignored"
    return _OUTCOMES[judgement.outcome]


def as_value(explained: Explained, own_addresses: frozenset[str], default_page: str) -> dict[str, Any]:
    message = explained.message or InboundMessage("", 0)
    return {
        "file": explained.file,
        "outcome": outcome(explained, own_addresses),
        "message": _message(explained),
        "automatic": {
            "is_automatic": message.automatic.is_automatic,
            "origin": message.automatic.origin.value,
            "evidence": list(message.automatic.evidence),
        },
        "may_answer": _may_answer(explained),
        "delivery_report": _report(message),
        "follow_up": _follow_up(explained),
        "new_text": message.new_text,
        "quoted_text": message.quoted_text,
        "facts": [{"kind": fact.kind.value, "value": fact.value, "span": list(fact.span)} for fact in message.facts],
        "missing": [item.value for item in message.missing] if outcome(explained, own_addresses) in _PARTNERS else [],
        "defects": list(message.defects),
        "verdict": _verdict(explained, default_page),
        "reason": explained.judgement.reason,
    }


def _message(explained: Explained) -> dict[str, Any]:
    message, look = explained.message, explained.look
    author = message.author if message else look.author
    return {
        "subject": message.subject if message else look.subject,
        "author": {"name": author.name, "address": author.address},
        "date": message.date.isoformat() if message and message.date else None,
        "message_id": message.message_id if message else look.message_id,
        "in_reply_to": list(message.in_reply_to) if message else [],
        "references": list(message.references) if message else [],
    }


def _may_answer(explained: Explained) -> dict[str, Any]:
    if explained.message is None:
        return {"allowed": False, "reason": "it is in quarantine"}
    return {"allowed": explained.message.may_answer.allowed, "reason": explained.message.may_answer.reason}


def _report(message: InboundMessage) -> dict[str, Any] | None:
    report = message.delivery_report
    if report is None:
        return None
    return {
        "action": report.action,
        "status": report.status,
        "recipients": list(report.recipients),
        "original_message_id": report.original_message_id,
    }


def _follow_up(explained: Explained) -> dict[str, Any] | None:
    found = explained.judgement.follow_up
    if found is None or found.by is None:
        return None
    joined = found.joined and explained.judgement.outcome is not Outcome.CASE
    return {"of": explained.follows or None, "by": found.by.value, "joined": joined, "reason": found.reason.value}


def _verdict(explained: Explained, default_page: str) -> dict[str, Any]:
    verdict = explained.judgement.verdict or Verdict()
    hits = [{"rule": hit.rule, "file": hit.file, "line": hit.line} for hit in verdict.hits]
    return {"severity": explained.severity, "page": paged_by(verdict, default_page), "hits": hits}


def paged_by(verdict: Verdict, default_page: str) -> str | None:
    """The policy this mail pages with: a rule's, or the default one for Severity 1 unless a rule says that it does not."""
    if verdict.severity is None or verdict.page is False:
        return None
    if isinstance(verdict.page, str):
        return verdict.page
    return default_page if verdict.severity == 1 else None


def tell(out: Console, explained: Explained, own_addresses: frozenset[str], default_page: str) -> None:
    message = explained.message
    out.print(Text(explained.file, style="bold"), soft_wrap=True)
    if explained.doubt is not None:
        out.print(Text(f"  this file {explained.doubt.value}", style="yellow"), soft_wrap=True)
    if explained.doubt in _NO_MAILS:
        out.print(Text(f"  delivered as a mail: {outcome(explained, own_addresses)}, {explained.judgement.reason}\n"), soft_wrap=True)
        return
    out.print(indented(Text(_headline(explained)), 2))
    for label, text in _lines(explained, outcome(explained, own_addresses), default_page):
        out.print(Text.assemble("  ", (f"{label:<{_LABEL}}", "dim"), plain(text)), soft_wrap=True)
    if message is not None:
        _tell_text(out, "new text", message.new_text, _NEW_LINES)
        _tell_text(out, "quoted", message.quoted_text, _QUOTED_LINES)
    out.print()


def _headline(explained: Explained) -> str:
    message, look = explained.message, explained.look
    subject = message.subject if message else look.subject
    date = f", {message.date:%Y-%m-%d %H:%M} UTC" if message and message.date else ""
    return plain(f'"{subject}" from {message.author if message else look.author}{date}')


def _lines(explained: Explained, shown: str, default_page: str) -> Iterator[tuple[str, str]]:
    judgement, message = explained.judgement, explained.message
    number = f" #{judgement.case_number}" if judgement.case_number else ""
    yield "outcome", f"{shown}{number}: {judgement.reason}"
    if message is None:
        return
    evidence = "; ".join(message.automatic.evidence)
    yield (
        "written by",
        (message.automatic.origin.value if message.automatic.is_automatic else "a person") + (f" ({evidence})" if evidence else ""),
    )
    if judgement.proof is not None:
        yield "author", ("proven: " if judgement.proof.proven else "not proven: ") + judgement.proof.reason.value
    yield "answer", "may be sent" if message.may_answer.allowed else f"none: {message.may_answer.reason}"
    found = judgement.follow_up
    if found is not None and found.by is not None:
        of = explained.follows or "a mail that is not here"
        yield "follows", f"{of} by {found.by.value}, {'joined' if found.joined else 'not joined'}: {found.reason.value}"
    if report := message.delivery_report:
        yield "report", f"{report.action} {report.status} for {', '.join(report.recipients) or 'nobody named'}"
    yield from _rule_lines(explained, default_page)
    if message.facts:
        yield "facts", "; ".join(f"{fact.kind.value} {fact.value[:80]}" for fact in message.facts)
    if message.missing and shown in _PARTNERS:
        yield "missing", ", ".join(item.value.replace("_", " ") for item in message.missing)
    if message.attachments:
        yield "attached", "; ".join(f"{one.name} ({one.content_type}, {one.size} bytes)" for one in message.attachments)
    if message.secrets_seen:
        yield "masked", ", ".join(message.secrets_seen)
    if message.defects:
        yield "defects", "; ".join(message.defects)


def _rule_lines(explained: Explained, default_page: str) -> Iterator[tuple[str, str]]:
    verdict = explained.judgement.verdict
    if explained.severity is not None:
        page = paged_by(verdict, default_page) if verdict else None
        yield "severity", f"{explained.severity}, " + (f"pages with policy {page}" if page else "pages nobody")
    if verdict is None:
        return
    for hit in verdict.hits:
        did = ", ".join(f"{name} = {value}" for name, value in hit.set.items())
        yield "rule", f'"{hit.rule}" ({hit.file}:{hit.line}) held: {did or "sets nothing"}'
    near: list[Miss] = sorted(verdict.misses, key=lambda miss: -miss.held)[:_NEAR]
    for miss in near:
        yield "no rule", f'"{miss.rule}" ({miss.file}:{miss.line}) did not hold: {miss.failed}'


def _tell_text(out: Console, label: str, text: str, most: int) -> None:
    lines = plain_lines(text.strip("\n"))
    if not lines:
        return
    out.print(Text.assemble("  ", (label, "dim")))
    for line in lines[:most]:
        out.print(Text(f"    | {line}"), soft_wrap=True)
    if len(lines) > most:
        out.print(Text(f"    ... {len(lines) - most} more lines; --json has them all", style="dim"))
