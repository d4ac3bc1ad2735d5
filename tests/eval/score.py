"""Compares found facts with expected ones: per kind, how many were right, superfluous and overlooked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.eval.corpus import Sample, matches
from triage.core.mail.facts import extract
from triage.core.mail.message import FactKind
from triage.core.mail.missing import describes_failure


@dataclass
class Score:
    right: int = 0
    superfluous: list[str] = field(default_factory=list)
    overlooked: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        found = self.right + len(self.superfluous)
        return self.right / found if found else 1.0

    @property
    def recall(self) -> float:
        wanted = self.right + len(self.overlooked)
        return self.right / wanted if wanted else 1.0


def score(mails: Iterable[Sample]) -> dict[str, Score]:
    """One score per fact kind, and one called `failure` for the verdict whether a mail describes a failure."""
    scores: dict[str, Score] = {kind.value: Score() for kind in FactKind}
    scores["failure"] = Score()
    for mail in mails:
        facts = list(extract(mail.text))
        said = describes_failure(mail.subject, mail.text, facts)
        if said and mail.failure:
            scores["failure"].right += 1
        elif said != mail.failure:
            (scores["failure"].superfluous if said else scores["failure"].overlooked).append(mail.name)
        for kind, value in mail.expected:
            hit = next((fact for fact in facts if matches(kind, value, fact)), None)
            if hit:
                facts.remove(hit)
                scores[kind.value].right += 1
            else:
                scores[kind.value].overlooked.append(f"{mail.name}: {value}")
        for fact in facts:
            if any(matches(kind, value, fact) for kind, value in mail.allowed):
                continue
            label = f"{fact.label}=" if fact.kind is FactKind.IDENTIFIER else ""
            scores[fact.kind.value].superfluous.append(f"{mail.name}: {label}{fact.value[:100]!r}")
    return scores
