"""Previews: a notice as it would go out, made by the very code that writes it, and not sent.

On the values of a case, or on samples. Reads only. Called by `triage notices preview`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from triage.core.cases.case import Case, Status
from triage.core.cases.events import Effect, EffectKind, NoticeKind
from triage.core.cases.notice_checks import sample_values
from triage.core.cases.notice_variants import split_name
from triage.core.cases.notices import render
from triage.core.failures import PermanentFailure
from triage.core.mail.compose import Draft
from triage.core.mail.message import Missing
from triage.core.mail.prose import wrap
from triage.workers import notice_drafts
from triage.workers.desk import Desk
from triage.workers.known import known_of
from triage.workers.notice_drafts import Occasion, Writing

_SAMPLE_PARTNER = "ana@partner.example"
_OF_THE_CLOCK = "window-ended"


@dataclass(frozen=True, slots=True)
class Preview:
    """`text` is empty when the notice does not render: `problem` says why."""

    notice: str
    template: str
    language: str
    headers: tuple[tuple[str, str], ...] = ()
    text: str = ""
    problem: str = ""


def preview_of_case(desk: Desk, case: Case, notice: str, language: str, now: datetime) -> Preview:
    """As if it went out now, answering no particular mail."""
    kind = _kind_of(notice)
    occasion = Occasion(missing=known_of(desk, case.number).missing, alerted=case.severity == 1)
    chosen = notice_drafts.choose(desk, case, kind, notice, occasion, language)
    effect = Effect(EffectKind.NOTIFY, kind, value=_effect_value(kind, occasion, now))
    try:
        return _shown(notice, chosen, notice_drafts.write(desk, case, effect, chosen, occasion, now))
    except PermanentFailure as failure:
        return Preview(notice, chosen.template, chosen.language, problem=failure.message)


def preview_sample(desk: Desk, notice: str, language: str, now: datetime) -> Preview:
    """On values that show everything the text can say."""
    values = sample_values(language)
    case = Case(int(values.case[1:]), Status.NEW, values.severity, "", _SAMPLE_PARTNER, values.subject, opened_at=now, language=language)
    chosen = notice_drafts.choose(desk, case, _kind_of(notice), notice, Occasion(), language)
    try:
        text = render(chosen.template, desk.rules().notices[chosen.template], values)
    except PermanentFailure as failure:
        return Preview(notice, chosen.template, chosen.language, problem=failure.message)
    return _shown(notice, chosen, notice_drafts.envelope(desk, case, chosen, Occasion(), text, now))


def _kind_of(notice: str) -> NoticeKind:
    """A text of the operator's own is a receipt that a rule names."""
    return next((kind for kind in NoticeKind if kind.value == split_name(notice)[0]), NoticeKind.RECEIPT)


def _effect_value(kind: NoticeKind, occasion: Occasion, now: datetime) -> str:
    if kind is NoticeKind.TAKEN:
        return now.isoformat()
    if kind is NoticeKind.MISSING:
        return " ".join(item.value for item in occasion.missing or Missing)
    return _OF_THE_CLOCK if kind is NoticeKind.CLOSED else ""


def _shown(notice: str, chosen: Writing, draft: Draft) -> Preview:
    headers = (("To", ", ".join(draft.to)), ("Subject", draft.subject), ("Auto-Submitted", draft.auto_submitted))
    return Preview(notice, chosen.template, chosen.language, headers, wrap(draft.text))
