"""Whether a template can be relied on at three in the morning: it is read, and rendered with all values, without any, and without each.

A fault found here keeps the last good set of rule files in force; one found only while writing costs a partner their notice. Called for
every file of rules/notices/ at each load. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from triage.core.cases.notice_dictionary import words_of
from triage.core.cases.notice_language import Fault, FaultyTemplate, faults_of_source, render_text
from triage.core.cases.notice_words import at_both, in_words
from triage.core.cases.notices import NoticeValues

_ZONE = "Europe/Berlin"
_TAKEN_AT = datetime(2026, 11, 21, 23, 14, tzinfo=UTC)
_BACK_AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_CLOSES_AT = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
CLOSED_BY = ("window", "team", "partner")
_OPTIONAL = {field.name: field.default for field in fields(NoticeValues) if field.default is not MISSING}


def sample_values(language: str) -> NoticeValues:
    """Every value there is, as it may look; they need not go together."""
    words = words_of(language)
    known = words.incidents
    return NoticeValues(
        case="#1042",
        severity=1,
        subject="Transfers fail with 500",
        instance="API support",
        address="api@example.com",
        reply_window=in_words(timedelta(hours=72), words),
        reopen_within=in_words(timedelta(days=30), words),
        closes_at=at_both(_CLOSES_AT, _ZONE, words),
        missing=tuple(words.missing.values()),
        closed_by="window",
        previous="#977",
        known_incident=known.incident.format(name="Delayed transfers", status=known.open, since=""),
        status_page="https://status.example.com",
        alerted=True,
        taken_at=at_both(_TAKEN_AT, _ZONE, words),
        back_at=at_both(_BACK_AT, _ZONE, words),
        with_us=("#1042: Transfers fail with 500", "#1050"),
        with_you=("#1031: Which limits apply?",),
        done=("The severity is 2 now; it was 1.", "The case is assigned to ana."),
        refused="there is no command “clsoe”; did you mean “close”?",
        line="clsoe",
        state=("Severity 2, new: waits for us", "Assigned to ana"),
        more=("sev 2", "    set the severity"),
    )


@lru_cache(maxsize=1024)
def faults(source: str, language: str) -> tuple[Fault, ...]:
    """Everything wrong with one template; one a line, and the first rendering that fails is enough."""
    if found := faults_of_source(source, NoticeValues.__slots__):
        return found
    for values in _renderings(sample_values(language)):
        try:
            text = render_text(source, values.as_mapping())
        except FaultyTemplate as error:
            return (error.fault,)
        if not text.strip():
            return (Fault(0, "gives an empty mail when some values are missing"),)
    return ()


def _renderings(everything: NoticeValues) -> Iterator[NoticeValues]:
    bare = replace(everything, **_OPTIONAL)  # the defaults of these very fields
    yield from (everything, bare)
    for name, default in _OPTIONAL.items():
        yield replace(everything, **{name: default})
        yield replace(bare, **{name: getattr(everything, name)})
    for closed_by in CLOSED_BY:
        yield replace(everything, closed_by=closed_by)
