"""What a page says: one payload for every contact kind, in a fixed order, cut to what the medium carries, honouring the contact's privacy.

Never holds text of a mail's body (promise 12); subject and facts come in masked. Called when a delivery is written to the outbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo

from triage.core.oncall.page import Action, News, PlannedDelivery, dedup_key
from triage.core.oncall.people import Medium, Privacy

SUMMARY_LIMIT = 200
TEXT_LIMITS: Mapping[Medium, int] = {Medium.TEXT: 320, Medium.VOICE: 400, Medium.CHAT: 2800, Medium.PUSH: 3500}
"""Characters, below what the services take; mail and providers take the longest text there is."""
LONGEST_TEXT = 16_000
_LINES_OF_CASES = 20


@dataclass(frozen=True, slots=True)
class CaseLine:
    """Another case on the same page."""

    number: int
    partner: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class PageView:
    """What is known when the delivery is made. Everything a partner wrote is masked and shortened before it comes here."""

    instance: str
    page_id: int
    number: int | None
    """The case; None for a storm, whose cases are all in `others`."""
    severity: int
    since: datetime
    subject: str = ""
    partner: str = ""
    tier: str = ""
    partner_zone: tzinfo | None = None
    known: str = ""
    """One line from the public status page: name, state, since, link."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Endpoint, environment, trace ids, ... by the name they are shown under."""
    missing: tuple[str, ...] = ()
    why: str = ""
    """The rule that paged."""
    link: str = ""
    ack_link: str = ""
    """For this person and this level; empty without a public URL."""
    others: tuple[CaseLine, ...] = ()
    acked_by: str = ""
    acked_at: datetime | None = None
    resolved_why: str = ""
    test: bool = False

    @property
    def name(self) -> str:
        """What it is about, in two or three words."""
        if self.number is not None:
            return f"case #{self.number}"
        if self.test:
            return "drill"
        if not self.others:
            return "triage itself"
        return f"storm of {len(self.others)} case{'' if len(self.others) == 1 else 's'}"

    @property
    def ack_command(self) -> str:
        """Any case of the page will do; a storm or a drill is named by its page."""
        return f"triage ack {self.number}" if self.number is not None else f"triage ack --page {self.page_id}"


def page_payload(view: PageView, planned: PlannedDelivery) -> dict[str, object]:
    """JSON values only. The same for a retry as for the first attempt, when given the same view."""
    shown = _veiled(view, planned.privacy)
    summary = one_line(_summary(shown, planned), SUMMARY_LIMIT)
    asks = planned.action in (Action.TRIGGER, Action.UPDATE)
    return {
        "action": planned.action.value,
        "instance": view.instance,
        "page": view.page_id,
        "generation": planned.generation,
        "dedup_key": dedup_key(view.instance, view.page_id, planned.generation, test=view.test),
        "case": view.number,
        "severity": view.severity,
        "summary": summary,
        "text": _text(shown, planned, summary, asks=asks),
        "subject": one_line(shown.subject, SUMMARY_LIMIT),
        "partner": one_line(shown.partner, SUMMARY_LIMIT),
        "since": view.since.astimezone(UTC).isoformat(),
        "link": view.link,
        "ack_link": view.ack_link if asks else "",
        "details": _details(shown),
        "person": planned.person,
        "level": _level_name(planned),
        "test": view.test,
        "quiet": _is_quiet(planned),
    }


def one_line(text: str, limit: int) -> str:
    """Without line ends and control characters, cut with a mark."""
    if not text.isprintable():  # most are, and need not be looked at letter by letter
        text = "".join(character if character.isprintable() else " " for character in text)
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def _level_name(planned: PlannedDelivery) -> str:
    if planned.level is not None:
        return str(planned.level)
    return "broadcast" if planned.action is Action.TRIGGER else ""


def _veiled(view: PageView, privacy: Privacy) -> PageView:
    """The view without what this contact may not show. Severity, number, time and links remain for everybody."""
    if privacy is Privacy.FULL:
        return view
    bare = PageView(
        instance=view.instance,
        page_id=view.page_id,
        number=view.number,
        severity=view.severity,
        since=view.since,
        link=view.link,
        ack_link=view.ack_link,
        others=tuple(CaseLine(other.number) for other in view.others),
        acked_by=view.acked_by,
        acked_at=view.acked_at,
        resolved_why=view.resolved_why,
        test=view.test,
    )
    if privacy is Privacy.NUMBER:
        return bare
    others = tuple(CaseLine(other.number, subject=other.subject) for other in view.others)
    return replace(bare, subject=view.subject, known=view.known, why=view.why, others=others)


def _is_quiet(planned: PlannedDelivery) -> bool:
    return planned.action is Action.UPDATE and planned.news is not News.REMINDER


def _summary(view: PageView, planned: PlannedDelivery) -> str:
    action = planned.action
    test = "TEST: " if view.test else ""
    if action is Action.ACKNOWLEDGE:
        return f"{test}{view.name}: taken by {view.acked_by or 'somebody'}"
    if action is Action.RESOLVE:
        return f"{test}{view.name}: over" + (f" ({view.resolved_why})" if view.resolved_why else "")
    if _is_quiet(planned):
        return _news(view, planned.news)
    more = f" (+{_cases(len(view.others))})" if view.number is not None and view.others else ""
    about = ": ".join(part for part in (view.partner, view.subject) if part)
    reminder = "reminder: " if action is Action.UPDATE else ""
    return f"{test}{reminder}Severity {view.severity} {view.name}{more}" + (f", {about}" if about else "")


def _news(view: PageView, news: News) -> str:
    if news is News.INCIDENT_OPENED:
        return f"the incident of {view.name} is open"
    newest = view.others[-1] if view.others else CaseLine(view.number or 0, view.partner, view.subject)
    about = ": ".join(part for part in (newest.partner, newest.subject) if part)
    return f"also Severity 1 case #{newest.number}, on the page of {view.name}" + (f", {about}" if about else "")


def _cases(count: int) -> str:
    return f"{count} case{'' if count == 1 else 's'}"


def _text(view: PageView, planned: PlannedDelivery, summary: str, *, asks: bool) -> str:
    """The lines in their order; what is cut is cut from the end, never how to acknowledge."""
    limit = TEXT_LIMITS.get(planned.medium, LONGEST_TEXT)
    how = _how_to_acknowledge(view, planned.medium) if asks else ""
    lines = [summary, *_lines(view)] if _is_quiet(planned) else _lines(view)
    body = "\n".join(lines) if asks else summary
    room = max(limit - len(how) - 1, 0)
    if len(body) > room:
        body = body[: max(room - 1, 0)].rstrip() + "…"
    return f"{body}\n{how}".strip()


def _lines(view: PageView) -> list[str]:
    partner = view.partner + (f" ({view.tier})" if view.partner and view.tier else "")
    lines = [
        ("TEST: " if view.test else "") + f"Severity {view.severity}, {view.name}",
        _labelled("Partner", partner),
        _labelled("Subject", view.subject),
        _labelled("Since", _since(view)),
        _labelled("KNOWN", view.known),
        *(_labelled(label[:1].upper() + label[1:], value) for label, value in view.facts.items()),
        _labelled("Missing", ", ".join(view.missing)),
        _labelled("Paged by", view.why),
        *_case_lines(view),
        view.link,
    ]
    return [line for line in lines if line]


def _case_lines(view: PageView) -> list[str]:
    if not view.others:
        return []
    partners = len({other.partner for other in view.others if other.partner} | ({view.partner} if view.partner else set()))
    plus = "+" if view.number is not None else ""
    heading = f"{plus}{_cases(len(view.others))}" + (f", {partners} partner{'' if partners == 1 else 's'}" if partners else "")
    shown = [
        one_line(f"#{other.number} " + ": ".join(part for part in (other.partner, other.subject) if part), 120)
        for other in view.others[:_LINES_OF_CASES]
    ]
    left = len(view.others) - len(shown)
    return [heading, *shown, *([f"and {left} more"] if left else [])]


def _since(view: PageView) -> str:
    utc = f"{view.since.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if view.partner_zone is None:
        return utc
    local = view.since.astimezone(view.partner_zone)
    return f"{local:%Y-%m-%d %H:%M} {local.tzname() or ''} at the partner, {utc}"


def _how_to_acknowledge(view: PageView, medium: Medium) -> str:
    ways = [view.ack_link] if view.ack_link and medium is not Medium.VOICE else []
    if medium is Medium.MAIL:
        ways.append("answer this mail with the word: ack")
    return "Acknowledge: " + " or ".join([*ways, *([] if view.ack_link else [view.ack_command])] or [view.ack_command])


def _labelled(label: str, value: str) -> str:
    return f"{label}: {one_line(value, 400)}" if value else ""


def _details(view: PageView) -> dict[str, str]:
    """The same facts by name, for services that show a table."""
    named = {
        "partner": view.partner,
        "tier": view.tier,
        "subject": view.subject,
        "since": _since(view),
        "known": view.known,
        **view.facts,
        "missing": ", ".join(view.missing),
        "paged by": view.why,
        "other cases": ", ".join(f"#{other.number}" for other in view.others),
    }
    return {name: one_line(value, 1000) for name, value in named.items() if value}
