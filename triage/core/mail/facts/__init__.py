"""What a partner's mail says: endpoints, trace ids, environment, times, statuses, ids, impact and bodies, each with its place in the text.

`extract` is pure and linear in the text. It reads the new text of one message (already masked by the parser; when it is not, the values are
masked here, so that a fact never carries a secret). It decides nothing about the case. Called by the parser.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from triage.core.mail.facts.durations import durations
from triage.core.mail.facts.endpoints import endpoints
from triage.core.mail.facts.environments import environments
from triage.core.mail.facts.errors import error_codes, statuses
from triage.core.mail.facts.identifiers import identifiers
from triage.core.mail.facts.impact import impacts
from triage.core.mail.facts.layout import Page, smoothed
from triage.core.mail.facts.payloads import payloads
from triage.core.mail.facts.timestamps import timestamps
from triage.core.mail.facts.traces import traces
from triage.core.mail.masking import mask
from triage.core.mail.message import Fact, FactKind

__all__ = ["extract"]

MAX_CHARS = 262_144
MAX_PER_KIND = 200
_MAY_HOLD_SECRETS = {FactKind.REQUEST_BODY, FactKind.RESPONSE_BODY, FactKind.URL, FactKind.ENDPOINT, FactKind.BUSINESS_IMPACT}


def extract(new_text: str) -> tuple[Fact, ...]:
    """Facts by place; the same value of a kind once, at its first occurrence. Beyond 262,144 characters nothing is read."""
    page = Page(smoothed(new_text[:MAX_CHARS]))
    is_masked = not mask(page.text).kinds
    kept: list[Fact] = []
    seen: set[tuple[FactKind, str, str]] = set()
    count = dict.fromkeys(FactKind, 0)
    for fact in sorted(_all(page), key=lambda found: (found.span, found.kind.value)):
        written = new_text[slice(*fact.span)][: len(fact.original)]
        if fact.original != written:
            fact = replace(fact, original=written)
        if not is_masked:
            fact = _masked(fact)
        key = (fact.kind, fact.value, fact.label if fact.kind is FactKind.IDENTIFIER else "")
        if key not in seen and count[fact.kind] < MAX_PER_KIND:
            seen.add(key)
            count[fact.kind] += 1
            kept.append(fact)
    return tuple(kept)


def _all(page: Page) -> Iterator[Fact]:
    traced = list(traces(page))
    yield from traced
    yield from endpoints(page)
    yield from environments(page)
    times = list(timestamps(page))
    yield from times
    yield from durations(page, times)
    answered = list(statuses(page))
    yield from answered
    yield from error_codes(page)
    trace_spans = {fact.span for fact in traced}
    yield from (fact for fact in identifiers(page) if fact.span not in trace_spans)
    yield from impacts(page, is_failing=any(fact.value[0] in "45" for fact in answered))
    yield from payloads(page)


def _masked(fact: Fact) -> Fact:
    if fact.kind not in _MAY_HOLD_SECRETS:
        return fact
    return replace(fact, value=mask(fact.value).text, original=mask(fact.original).text)
