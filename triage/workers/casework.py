"""Casework: carries one event out on one case: the step, the journal entry, the row, and the effects' outbox rows, in one transaction.

The only writer of cases. Called by intake (mail), timekeeper (clock), dispatcher (failed notices) and the command line (team); each of
them has decided what the event is and is inside a write transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from triage.core.cases.case import Case
from triage.core.cases.events import Effect, EffectKind, Event, EventKind
from triage.core.cases.journal import Cause, JournalEntry, entry_for
from triage.core.cases.transitions import Step, advance, begin
from triage.store import cases, journal
from triage.store.cases import StoredCase
from triage.workers import mailroom, paging
from triage.workers.desk import Desk
from triage.workers.notice_drafts import Occasion
from triage.workers.warning import told_since, warn_team

STORM, STORM_PERIOD = 10, timedelta(hours=1)
"""So many warnings of one kind in so long are a storm, with one cause."""


def open_case(desk: Desk, seed: Case, event: Event, now: datetime, cause: Cause, occasion: Occasion) -> Case:
    """Inside a write transaction: a new case from `seed` (see transitions.begin). Returns it as stored."""
    step = begin(seed, event, desk.case_policy, now)
    cases.insert(desk.store, step.case, now)
    _record(desk, None, event, step, now, cause)
    _carry_out(desk, step, now, occasion, event)
    return step.case


def apply(
    desk: Desk, stored: StoredCase, event: Event, now: datetime, cause: Cause | None = None, occasion: Occasion | None = None
) -> Step:
    """Inside a write transaction. Raises CaseChanged when the case was changed since it was read."""
    step = advance(stored.case, event, desk.case_policy, now)
    if step.case != stored.case:
        cases.update(desk.store, step.case, stored.version, now)
    _record(desk, stored.case, event, step, now, cause or Cause())
    _carry_out(desk, step, now, occasion or Occasion(), event)
    return step


def apply_to(desk: Desk, number: int, event: Event, now: datetime, cause: Cause | None = None, occasion: Occasion | None = None) -> Step:
    """Inside a write transaction: read the case, or the one it lives on as, and apply. Raises KeyError when there is none."""
    stored = cases.get_final(desk.store, number)
    if stored is None:
        raise KeyError(number)
    return apply(desk, stored, event, now, cause, occasion)


def note(desk: Desk, number: int, kind: EventKind, now: datetime, reason: str, *, actor: str = "", detail: str = "") -> None:
    """Inside a write transaction: an entry that changes no field (a page was acknowledged, a notice withdrawn)."""
    journal.append(
        desk.store,
        JournalEntry(number, at=now, recorded_at=now, event=kind.value, reason=reason, actor=actor, detail=detail),
    )


def _record(desk: Desk, before: Case | None, event: Event, step: Step, now: datetime, cause: Cause) -> None:
    journal.append(desk.store, entry_for(before, event, step, now, cause))


def _carry_out(desk: Desk, step: Step, now: datetime, occasion: Occasion, event: Event) -> None:
    for effect in step.effects:
        _EFFECTS[effect.kind](desk, step.case, effect, occasion, event, now)


def _notify(desk: Desk, case: Case, effect: Effect, occasion: Occasion, _event: Event, now: datetime) -> None:
    if withheld := mailroom.send_notice(desk, case, effect, occasion, now):
        assert effect.notice is not None  # noqa: S101 (send_notice has used it)
        note(desk, case.number, EventKind.NOTED, now, "recorded", actor="triage", detail=f"no {effect.notice.value} notice: {withheld}")


def _page(desk: Desk, case: Case, effect: Effect, _occasion: Occasion, event: Event, now: datetime) -> None:
    paging.open_page(desk, case, effect.value, _why(event), now, None if event.kind is EventKind.SEVERITY_SET else event.at)


def _acknowledge_page(desk: Desk, case: Case, effect: Effect, _occasion: Occasion, event: Event, now: datetime) -> None:
    """Who wrote before the emergency came has not seen it."""
    called_at = journal.called_at(desk.store, case.number) if event.kind is EventKind.TEAM_REPLY_OVERTAKEN else None
    if called_at is None or event.at > called_at:
        paging.work_seen(desk, case, effect.value, now)


def _end_page(desk: Desk, case: Case, effect: Effect, _occasion: Occasion, _event: Event, now: datetime) -> None:
    paging.end_page(desk, case, effect.value, now)


def _tell_team(desk: Desk, case: Case, effect: Effect, _occasion: Occasion, event: Event, now: datetime) -> None:
    """In a storm (every mail comes back) the first ones are told one by one, the others on their cases and as one."""
    kind = event.kind.value
    if told_since(desk, f"{kind}/", now - STORM_PERIOD) >= STORM:
        if not told_since(desk, f"storm/{kind}/", now - STORM_PERIOD):
            text = f"{STORM} within an hour. Further ones are noted on their cases, and not told one by one.\n\nSee them with: triage cases"
            warn_team(desk, f"storm/{kind}/{now.isoformat()}", f"{_TEAM_SUBJECTS.get(event.kind, kind)}: many at once", text, now)
        return
    warn_team(
        desk,
        f"{kind}/{case.number}/{event.at.isoformat()}",
        _TEAM_SUBJECTS.get(event.kind, case.subject),
        f"Case #{case.number} ({case.requester}): {effect.value}\n\nSee it with: triage case {case.number}",
        now,
        case_number=case.number,
    )


def _why(event: Event) -> str:
    return event.value or {
        EventKind.PARTNER_WROTE: "a Severity 1 case was re-opened",
        EventKind.SEVERITY_SET: f"{event.actor} set Severity 1",
    }.get(event.kind, event.kind.value)


_TEAM_SUBJECTS: Mapping[EventKind, str] = {
    EventKind.DELIVERY_FAILED: "a mail to the partner was not delivered",
    EventKind.NOTICE_FAILED: "a notice to the partner could not be sent",
    EventKind.PARTNER_WROTE: "re-opened again and again",
}

_EFFECTS: Mapping[EffectKind, Callable[[Desk, Case, Effect, Occasion, Event, datetime], None]] = {
    EffectKind.NOTIFY: _notify,
    EffectKind.PAGE: _page,
    EffectKind.ACKNOWLEDGE_PAGE: _acknowledge_page,
    EffectKind.END_PAGE: _end_page,
    EffectKind.TELL_TEAM: _tell_team,
}
