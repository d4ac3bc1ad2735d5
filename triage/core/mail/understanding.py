"""What is concluded from a mail's parts and text, step by step in one fixed order.

Decides nothing itself: it calls masking, new text, facts, missing information and the three verdicts, and makes sure that a fault in one
of them costs that conclusion and not the mail. Text that could not be masked is withheld. Called by `parse`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from triage.core.mail import automatic, facts, language, masking, missing, new_text, reports
from triage.core.mail.bodies import Body
from triage.core.mail.message import Automatic, DeliveryReport, Fact, MayAnswer, Missing
from triage.core.mail.structure import Headers

T = TypeVar("T")

_FAULTS = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RuntimeError)
"""What a mistake in an extractor looks like. MemoryError and RecursionError in a parser process end in quarantine."""

_LANGUAGE_LENGTH = 2_000


@dataclass(slots=True)
class Masker:
    """Masks texts and remembers which kinds of secrets were seen."""

    kinds: dict[str, None] = field(default_factory=dict)
    defects: list[str] = field(default_factory=list)
    _masked: dict[str, str] = field(default_factory=lambda: {"": ""})

    def __call__(self, text: str) -> str:
        if text not in self._masked:
            found = attempt("masking", lambda: masking.mask(text), masking.Masked("", ()), self.defects)
            self.kinds.update(dict.fromkeys(found.kinds))
            self._masked[text] = found.text
        return self._masked[text]


@dataclass(frozen=True, slots=True)
class Understood:
    text: str
    new_text: str
    quoted_text: str
    language: str
    facts: tuple[Fact, ...]
    missing: tuple[Missing, ...]
    is_question: bool
    automatic: Automatic
    may_answer: MayAnswer
    delivery_report: DeliveryReport | None
    defects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Needs:
    """What a report of a failure lacks, or that a mere question lacks nothing."""

    missing: tuple[Missing, ...] = ()
    nothing: bool = False


def understand(headers: Headers, body: Body, subject: str, mask: Masker) -> Understood:
    """`subject` is masked already; `mask` collects the kinds of secrets over the whole message."""
    defects: list[str] = []
    text = mask(body.text)
    split = attempt("new text", lambda: new_text.split(text, subject), new_text.Split(new_text=text, quoted_text=""), defects)
    found: tuple[Fact, ...] = attempt("facts", lambda: facts.extract(split.new_text), (), defects)
    needs: Needs = attempt("missing information", lambda: _needs(found, subject, split.new_text, body), Needs(), defects)
    sound = len(defects)
    report = attempt("delivery report", lambda: reports.read_report(headers, body.parts, text), None, defects)
    verdict, may_answer = _undecided()
    if len(defects) == sound:
        verdict, may_answer = attempt("verdict", lambda: automatic.judge(headers, body.parts, text, report), _undecided(), defects)
    return Understood(
        text=text,
        new_text=split.new_text,
        quoted_text=split.quoted_text,
        language=_language(headers, split.new_text or text, defects),
        facts=found,
        missing=needs.missing,
        is_question=needs.nothing,
        automatic=verdict,
        may_answer=may_answer,
        delivery_report=replace(report, diagnostic=mask(report.diagnostic)) if report else None,
        defects=(*defects, *mask.defects),
    )


def _needs(found: tuple[Fact, ...], subject: str, new_text: str, body: Body) -> Needs:
    if missing.describes_failure(subject, new_text, found):
        return Needs(missing=missing.lacking(found, subject, body.attachments))
    return Needs(nothing=missing.asks_only(subject, new_text))


def attempt(what: str, step: Callable[[], T], otherwise: T, defects: list[str]) -> T:
    try:
        return step()
    except RecursionError:
        raise
    except _FAULTS as fault:
        defects.append(f"{what} failed: {type(fault).__name__}")
        return otherwise


def _undecided() -> tuple[Automatic, MayAnswer]:
    """When in doubt the mail is a person's, who gets no answer by program: a lost page is worse than a false one."""
    return Automatic(), MayAnswer(allowed=False, reason="who or what wrote it could not be told")


def _language(headers: Headers, text: str, defects: list[str]) -> str:
    """RFC 3282's first tag, without its region, else what the text looks like."""
    declared = headers.first("content-language").partition(",")[0].partition("-")[0].strip().lower()
    if declared.isascii() and declared.isalpha() and len(declared) in (2, 3):
        return declared
    return attempt("language", lambda: language.guess(text[:_LANGUAGE_LENGTH]), "", defects)
