"""The field's words and no others, in names and in documents: a case is no ticket, a partner no customer, a page no alert."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.style.source import ROOT, Module, listed, modules

WORDS = {
    "ticket": "case",
    "issue": "case",
    "conversation": "case",
    "customer": "partner or requester",
    "agent": "team member",
    "responder": "team member",
    "admin": "operator",
    "bot": "automatic mail",
    "spam": "automatic mail",
    "autoreply": "notice",
    "priority": "severity",
    "alert": "page",
    "sla": "response due, resolution due",
    "msg": "InboundMessage",
}
"""Forbidden word -> what to say."""

NAMES_THAT_MAY = {
    "ticket": r"triage/core/cases/(partners|follow_up)|triage/adapters/rulefiles/partner_file|triage/store/cases|triage/workers/lookup"
    r"|triage/core/seams|triage/adapters/(parsing|parse_worker)|triage/cli/rehearsal|triage/workers/joining",
    "conversation": r"triage/core/mail/bounces",
    "priority": r"triage/adapters/pagers/(ntfy|pagerduty)",
    "msg": r"$^",
}
"""A partner's own ticket number; the ticket for a mail that was handed to the parser; an SMTP conversation quoted in a delivery report;
ntfy's and PagerDuty's field names."""

TEXTS_THAT_MAY = {
    "ticket": r"own ticket|ticket patterns?|ticket numbers?|ticket systems?",
    "spam": r"spam folders?",
    "issue": r"certificate",
    "customer": r"customers cannot|their customers",
    "agent": r"user agent",
    "priority": r"second .priority.",
    "alert": r"alerts an on-call engineer|being alerted|alertmanager",
}
"""What documents may say: partners' own ticket numbers, and what the owner tells partners in their words."""

_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def test_names_are_the_fields_words() -> None:
    faults = []
    for module in modules("triage"):
        for name, at in names(module):
            for word in forbidden(name):
                if not re.match(NAMES_THAT_MAY.get(word, "$^"), module.where):
                    faults.append(f"{at} {name}: say {WORDS[word]}")
    assert not faults, listed(faults)


def test_documents_use_the_fields_words() -> None:
    faults = []
    for path in documents():
        for number, line in enumerate(prose_lines(path), 1):
            for word in WORDS:
                may = TEXTS_THAT_MAY.get(word)
                if re.search(rf"(?i)\b{word}s?\b", line) and not (may and re.search(may, line)):
                    faults.append(f"{path.relative_to(ROOT)}:{number} says {word}; say {WORDS[word]}")
    assert not faults, listed(faults)


def test_the_detector_sees_forbidden_words_in_names() -> None:
    assert forbidden("open_ticket") == ["ticket"]
    assert forbidden("AlertsPanel") == ["alert"]
    assert forbidden("severity") == []


def documents() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "config.example.toml", *sorted((ROOT / "docs").glob("*.md"))]


def prose_lines(path: Path) -> Iterator[str]:
    """Without code, in blocks or in a line: there other programs' words may stand."""
    in_block = False
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("```"):
            in_block = not in_block
        yield "" if in_block else re.sub(r"`[^`]*`", "", line)


def forbidden(name: str) -> list[str]:
    parts = [part.lower() for part in _PARTS.findall(name)]
    return [word for word in WORDS if word in parts or f"{word}s" in parts or (word == "priority" and "priorities" in parts)]


def names(module: Module) -> Iterator[tuple[str, str]]:
    yield module.path.stem, module.where
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, module.at(node)
        elif isinstance(node, ast.arg):
            yield node.arg, module.at(node)
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr, module.at(node)
