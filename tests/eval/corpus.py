"""Reads tests/corpus: one text file a mail, a block of expected facts, a line `---`, `Subject: ...`, a blank line, the new text.

Expected lines are `kind: value`. `identifier: profile_id=12` names the label too. Free text (impact and bodies) is expected by its
beginning or any part of it.
`may: kind: value` is a fact that may be found or not. `failure: yes|no` says whether the mail describes a failure; `missing: a, b` what
it lacks (optional).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from triage.core.mail.message import Fact, FactKind

CORPUS = Path(__file__).parent.parent / "corpus"
FREE_TEXT = {FactKind.BUSINESS_IMPACT, FactKind.REQUEST_BODY, FactKind.RESPONSE_BODY}


@dataclass(frozen=True)
class Sample:
    name: str
    subject: str
    text: str
    expected: tuple[tuple[FactKind, str], ...]
    failure: bool
    missing: tuple[str, ...] | None = None
    allowed: tuple[tuple[FactKind, str], ...] = ()


def samples(directory: Path = CORPUS) -> list[Sample]:
    return [read(path) for path in sorted(directory.rglob("*.txt"))]


def read(path: Path) -> Sample:
    front, mark, mail = path.read_text(encoding="utf-8").partition("\n---\n")
    if not mark or not mail.startswith("Subject:"):
        raise ValueError(f"{path}: wants expected facts, a line ---, then Subject:")
    subject, _, text = mail.removeprefix("Subject:").partition("\n\n")
    expected: list[tuple[FactKind, str]] = []
    allowed: list[tuple[FactKind, str]] = []
    failure = False
    missing: tuple[str, ...] | None = None
    for line in front.splitlines():
        key, _, value = line.partition(":")
        value = value.strip()
        if key == "failure":
            failure = value == "yes"
        elif key == "missing":
            missing = tuple(item.strip() for item in value.split(",") if item.strip() and item.strip() != "nothing")
        elif key == "may":
            kind, _, value = value.partition(":")
            allowed.append((FactKind(kind), value.strip()))
        elif line.strip():
            expected.append((FactKind(key), value))
    return Sample(path.stem, subject.strip(), text, tuple(expected), failure, missing, tuple(allowed))


def matches(kind: FactKind, expected: str, fact: Fact) -> bool:
    if fact.kind is not kind:
        return False
    if kind in FREE_TEXT:
        return " ".join(expected.split()) in " ".join(fact.value.split())
    return expected.casefold() == (f"{fact.label}={fact.value}" if kind is FactKind.IDENTIFIER else fact.value).casefold()
