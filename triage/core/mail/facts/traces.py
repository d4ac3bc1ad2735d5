"""Which ids are x-trace-id values: UUIDs and 16/32-digit hex strings that a label calls a trace, and bare ones that nothing calls
otherwise.

A value with another label (quote, profile, X-idempotence-uuid, commit, ...) is never a trace id. The label may stand before the value on
its line, above it (lists), behind it, or at the head of its column; several values after one label share it. W3C `traceparent` and B3
headers give their trace id and not their span id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

from triage.core.mail.facts.layout import Page
from triage.core.mail.message import Fact, FactKind
from triage.core.mail.scanning import starts

# A mail client breaks a long line behind a dash.
_DASH = r"-(?:\r?\n[> ]{0,3}| (?=[0-9a-f]{4}))?"
_UUID = rf"[0-9a-f]{{8}}{_DASH}[0-9a-f]{{4}}{_DASH}[0-9a-f]{{4}}{_DASH}[0-9a-f]{{4}}{_DASH}[0-9a-f]{{12}}"
_CANDIDATE = re.compile(
    rf"(?i)(?<![0-9a-z_@%+-])(?:(?P<uuid>{_UUID})(?![0-9a-z_-])"
    r"|(?<=Root=)(?P<aws>1-[0-9a-f]{8}-[0-9a-f]{24})(?![0-9a-z-])"
    r"|00-(?P<w3c>[0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?![0-9a-z-])"
    r"|(?P<b3>[0-9a-f]{32}|[0-9a-f]{16})-[0-9a-f]{16}-[01d](?![0-9a-z-])"
    r"|(?P<hex>[0-9a-f]{32}|[0-9a-f]{16})(?![0-9a-z_-]))"
)
# A labelled trace id of another length; nothing shorter than 8 digits is one.
_ODD_LENGTH = re.compile(r"(?i)\bx-trace-id[\"'`*]{0,2}\s{0,3}[:=|]\s{0,3}[\"'`]?([0-9a-f]{8,64})(?![0-9a-z_-])")
_STARTS = starts(r"\b1-[0-9a-f]{8}-[0-9a-f]{24}|\b[0-9a-f]{8}-[\s>]{0,5}[0-9a-f]{4}-|\b00-[0-9a-f]{32}-|\b[0-9a-f]{32}\b|\b[0-9a-f]{16}\b")
_ODD_STARTS = starts("x-trace-id")
_MAX_CANDIDATES = 1_000


class _Label(Enum):
    TRACE = "trace"
    REQUEST = "request"
    OTHER = "other"
    NONE = "none"


_TRACE = re.compile(
    r"(?i)(?<!stack)(?<!stack[ -])(?<!back)\btrace(?!back|route)|trac(?:e|ing)[-_ ]?(?:ids?|nr|number|no"
    r"|parent)\b|x-trace|traza\b|b3-trace|\btraces?\b"
)
_REQUEST = re.compile(
    r"(?i)(?:request|req|correlation|korrelation\w*|corr|log|error|call)[-_ ]?(?:id|uuid|reference|ref)s?\b|\bcorrelation\b|correlation-?id"
)
_REQUEST_BEFORE = re.compile(_REQUEST.pattern + r"[^0-9a-z]{0,12}(?:(?:is|was|were|are)[^0-9a-z]{0,6})?$")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s")
_WRAPPED = re.compile(r"[\s>]")
_NOUNS = (
    r"idempot\w*|profile?n?|perfil|profil\w*|transfers?|transfert|transferencia|transfer(?:ê|e)ncia|quote"
    r"|recipient|account|batch|group|user|customer|client|"
    r"orders?|invoice|payment|payout|webhook|subscription|event|message|card|session|commit|sha\d*|md5"
    r"|etag|checksum|hash|digest|token|key|secret|"
    r"span|build|deploy\w*|version|image|pod|container|instance|job|task|ticket|device|product|tenant|org|organi[sz]ation|company|balance|"
    r"beneficiary|transaction|reference|partner|merchant|application|app|delivery|file|document|entity"
    r"|resource|object|nonce|signature|cf-ray|rev"
)
_CONNECTOR = r"[\"'`*)\]]{0,3}\s{0,3}(?:is|was|are|ist|est|es|:|=>|=|\||->|#|%3[ad])?\s{0,3}"
_OTHER = re.compile(
    rf"(?i)(?:{_NOUNS})s?(?:[-_ ]{{0,2}}(?:ids?|uuid|guid|numbers?|no|nr|ref|reference|key|code|value)){{0,2}}{_CONNECTOR}$"
)
_KEY = re.compile(r"(?:([\"'])[\w.-]{1,40}\1\s{0,3}:|\b[a-z]{1,30}[A-Z_][\w]{0,30}\s{0,2}[:=]|\b[\w-]{1,40}=)\s{0,3}$")
_BETWEEN = re.compile(
    r"[\s,;/&|+\"'`\[\]()<>*-]{0,12}(?:(?:and|und|et|y|e|i|en|oraz|or|ou|as well as)\b)?[\s,\"'`(\[<]{0,6}", re.IGNORECASE
)
_HEAD = re.compile(r"[\s>*•·–—|\[\](){}\"'`<,-]{0,20}(?:(?:\d{1,3}[.):])|(?:#\d{1,3}))?[\s\"'`*(\[<]{0,10}")
_BEHIND = re.compile(r"(?i)[\"'`*>\])]{0,3}\s{0,3}(?:\(|<-|←|is|as|=|-|–)?\s{0,3}(?:the |our |your |one )?(?:x-)?trace")


def traces(page: Page) -> Iterator[Fact]:
    candidates = list(page.scan(_STARTS, _CANDIDATE, _MAX_CANDIDATES))
    labels = _labels(page, candidates)
    explicit = _Label.TRACE in labels
    for found, label in zip(candidates, labels, strict=True):
        if _is_trace(page, found, label, explicit):
            group = found.lastgroup or ""
            yield Fact(FactKind.TRACE_ID, _WRAPPED.sub("", found[group].lower()), found.span(group), original=found[group])
    for odd in page.scan(_ODD_STARTS, _ODD_LENGTH):
        if any(character.isdigit() for character in odd[1]):
            yield Fact(FactKind.TRACE_ID, odd[1].lower(), odd.span(1), original=odd[1])


def _is_trace(page: Page, found: re.Match[str], label: _Label, explicit: bool) -> bool:
    """`explicit`: the mail labels something a trace id, so that what it calls a request id is something else."""
    if found.lastgroup in ("w3c", "b3", "aws") or label is _Label.TRACE:
        return True
    if label is _Label.REQUEST:
        return not explicit
    if label is _Label.OTHER or page.text[max(found.start() - 1, 0) : found.start()] in tuple("/#$.\\~:"):
        return False
    if found.lastgroup == "uuid":
        return True
    value = found[0]
    if value.isdigit() or value.isalpha():
        return False
    line = page.line(page.line_number(found.start()))
    mentioned = explicit or _TRACE.search(page.text) is not None
    alone = len(line.strip(" -*•,;\"'`\t[]()")) == len(value)
    hashed = re.search(r"(?i)md5|sha|hash|commit|digest|checksum|etag|build|key|token", line) is not None
    return alone or (mentioned and not hashed) if len(value) == 32 else mentioned and alone


def _labels(page: Page, candidates: list[re.Match[str]]) -> list[_Label]:
    labels: list[_Label] = []
    for index, found in enumerate(candidates):
        previous = candidates[index - 1] if index else None
        label = _own_label(page, found)
        if label is _Label.NONE and previous and _inherits(page, previous, found):
            label = labels[-1]
        labels.append(label)
    return labels


def _inherits(page: Page, previous: re.Match[str], found: re.Match[str]) -> bool:
    """A list after one label: same shape, and nothing but separators between (a line of its own counts as one)."""
    if previous.lastgroup != found.lastgroup or len(previous[0]) != len(found[0]):
        return False
    between = page.text[previous.end() : found.start()]
    if len(between) <= 40 and _BETWEEN.fullmatch(between):
        return True
    lines_apart = page.line_number(found.start()) - page.line_number(previous.start())
    return 1 <= lines_apart <= 2 and _HEAD.fullmatch(page.before(found.start())) is not None and "\n\n\n" not in between


def _own_label(page: Page, found: re.Match[str]) -> _Label:
    header = page.header(found.start())
    if header:
        label = _named(header)
        if label is not _Label.NONE:
            return label
        if re.search(r"(?i)\b(?:u?u?id|key|hash|ref)\b", header):
            return _Label.OTHER
    before = page.before(found.start(), 100)
    if _HEAD.fullmatch(before) is None:
        label = _label_on_line(before)
        return label if label is not _Label.NONE else _label_behind(page, found)
    label = _label_behind(page, found)
    return label if label is not _Label.NONE else _label_above(page, found)


def _label_on_line(before: str) -> _Label:
    """The nearest label wins: `transfer 7 failed, trace 4f..` and `trace ids below, quote id 4f..`."""
    text = _SENTENCE_END.split(before)[-1]
    other = _OTHER.search(text.rstrip("\"'`*([<{ "), max(0, len(text) - 60))
    traced = list(_TRACE.finditer(text))
    if traced and (not other or traced[-1].end() > other.start()):
        return _Label.TRACE
    if _REQUEST_BEFORE.search(text):
        return _Label.REQUEST
    if other or _KEY.search(text.rstrip("\"'`*([<{ ")):
        return _Label.OTHER
    return _Label.NONE


def _label_behind(page: Page, found: re.Match[str]) -> _Label:
    return _Label.TRACE if _BEHIND.match(page.after(found.end(), 40)) else _Label.NONE


def _label_above(page: Page, found: re.Match[str]) -> _Label:
    """The line above heads a list, or is the label's own line (a table that became one cell a line)."""
    above = page.line_above(page.line_number(found.start()))
    if above < 0:
        return _Label.NONE
    line = page.line(above)[-160:]
    if _CANDIDATE.search(line):
        return _Label.NONE
    stripped = line.strip(" \t>*|\"'`")
    if stripped.endswith((":", "[", "=", "(")) or len(stripped) <= 40:
        return _named(stripped)
    return _Label.TRACE if _TRACE.search(stripped) else _Label.NONE


def _named(label: str) -> _Label:
    """What a heading names, whichever noun comes last in it; `request ids` only when it speaks of no trace."""
    if _TRACE.search(label):
        return _Label.TRACE
    if _REQUEST.search(label):
        return _Label.REQUEST
    return _Label.OTHER if _OTHER.search(label.rstrip(":[=( \"'")) else _Label.NONE
