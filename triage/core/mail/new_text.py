"""New text: what the author of a mail wrote now, apart from what is quoted, forwarded or signature.

`split` decides for every line, in one pass over the lines, with no pattern that spans lines: its cost is linear in the text. It never
loses a line (each one is in `new_text`, `quoted_text` or `signature`) and never raises. When unsure it keeps a line as new: a quote shown
as new costs a glance, a cut request costs an outage. `parse` calls it and keeps the full text beside it.

Forwards keep what they forward: it is new text, without its quote marks, and `forwarded` names its author.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from triage.core.mail import attribution, quoting, reply_headers, signatures
from triage.core.mail.attribution import Attribution, Strength
from triage.core.mail.line_shape import lines_of, plain, tidy
from triage.core.mail.reply_headers import Block, Separator

MAX_SCANNED = 64 * 1024
"""Characters that are looked at. What follows is quoted when the scan ended below a header that quotes everything after it, else new."""

_INLINE = re.compile(
    r"\b(?:in-?line|(?:answers?|comments?|repl(?:y|ies)|responses?) (?:are |is |are marked )?(?:below|in (?:red|blue|green|bold|colou?r))"
    r"|in (?:rot|blau|grün|rouge|bleu|rojo|azul|rosso|blu|vermelho|rood|blauw)|antworten (?:unten|im text)"
    r"|réponses? (?:ci-dessous|dans le texte)|respuestas? (?:abajo|en el texto)|respostas? (?:abaixo|no texto)"
    r"|risposte (?:sotto|nel testo)|antwoorden (?:hieronder|in de tekst))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A forwarded mail: its author as the header above it says (unproven), and its text."""

    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Split:
    """`new_text` is never empty unless the text is blank: where everything is quoted, it is the whole text."""

    new_text: str
    quoted_text: str = ""
    forwarded: tuple[Forwarded, ...] = ()
    signature: str = ""


class _Label(Enum):
    NEW = "new"
    QUOTED = "quoted"
    FORWARDED = "forwarded"
    SIGNATURE = "signature"


def split(text: str, subject: str = "") -> Split:
    """`subject` tells forwards from replies where the text cannot (Outlook writes the same header above both)."""
    scanned, rest = _cap(text)
    lines = lines_of(scanned.removesuffix("\n") if rest else scanned)
    scan = _Scan(lines, is_forward=reply_headers.is_forward_subject(subject))
    scan.run()
    scan.label_signatures()
    beyond = lines_of(rest) if rest else []
    return _assemble(scan, beyond, lines_of(text) if beyond else lines)


def _cap(text: str) -> tuple[str, str]:
    """Cut at the last line end below the cap; a single line longer than the cap is not looked into."""
    if len(text) <= MAX_SCANNED:
        return text, ""
    cut = text.rfind("\n", 0, MAX_SCANNED) + 1
    return text[:cut], text[cut:]


def _assemble(scan: _Scan, beyond: list[str], everything: list[str]) -> Split:
    parts: dict[_Label, list[str]] = {label: [] for label in _Label}
    new: list[str] = []
    previous = _Label.NEW
    for shown, label in zip(scan.shown, scan.labels, strict=True):
        if label in (_Label.NEW, _Label.FORWARDED):
            if previous not in (_Label.NEW, _Label.FORWARDED):
                new.append("")
            new.append(shown)
        else:
            if label is not previous:
                parts[label].append("")
            parts[label].append(shown)
        previous = label
    (parts[_Label.QUOTED] if scan.quotes_the_rest else new).extend(beyond)
    new_text = tidy(new)
    forwarded = tuple(
        Forwarded(author, tidy([*scan.shown[start:end], *(beyond if scan.forwards_the_rest and end == len(scan.shown) else [])]))
        for author, start, end in scan.forwards
    )
    if not new_text:
        return Split(tidy(everything), forwarded=forwarded)
    return Split(new_text, tidy(parts[_Label.QUOTED]), forwarded, tidy(parts[_Label.SIGNATURE]))


class _Scan:
    """Labels every line. `shown` is what a line looks like in the result: forwarded lines lose their quote marks."""

    def __init__(self, lines: Sequence[str], *, is_forward: bool) -> None:
        self.shown = list(lines)
        self.lines = [plain(line) for line in lines]
        self.labels = [_Label.NEW] * len(lines)
        self.forwards: list[tuple[str, int, int]] = []
        self.quotes_the_rest = False
        self.forwards_the_rest = False
        self._is_forward = is_forward
        self._attributions = attribution.find(self.lines)
        self._last_mark = max((i for i, line in enumerate(self.lines) if line.startswith(">")), default=-1)
        self._last_written = max((i for i, line in enumerate(self.lines) if line and not line.startswith(">")), default=-1)
        self._seen_before = False
        self._other_marks = False  # the mail quotes with bars or initials
        self._wrote = False
        self._unsure = Strength.NONE

    def run(self) -> None:
        i = 0
        while i < len(self.lines):
            i = self._step(i)

    def _step(self, i: int) -> int:
        """Label what starts at line i; the line after it."""
        line = self.lines[i]
        if not line:
            return i + 1
        kind = reply_headers.separator(line)
        if kind is Separator.FORWARD:
            return self._forward(i, self._after_blank(i + 1))
        if (block := self._block(i, kind)) is not None:
            return self._reply_header(block)
        if kind is Separator.ORIGINAL:
            return self._quote_header(i, self._after_attribution(i + 1))
        if attribution.is_groupwise(line):
            return self._quote_header(i, i + 1)
        if attribution.is_notes(line) and (below := self._block_soon(i + 1)) is not None:
            return self._quote_header(i, below.end)
        if (found := self._attributions.get(i)) is not None:
            return self._attribution(found)
        group = quoting.group_at(self.lines, i, announced=self._other_marks)
        if group is not None:
            return self._group(group)
        self._wrote, self._unsure = True, Strength.NONE
        return i + 1

    def _after_blank(self, i: int) -> int:
        while i < len(self.lines) and not self.lines[i]:
            i += 1
        return i

    def _after_attribution(self, i: int) -> int:
        """ProtonMail: a separator and an attribution."""
        found = self._attributions.get(self._after_blank(i))
        return found.end if found is not None and found.strength >= Strength.QUOTED else i

    def _block(self, i: int, kind: Separator | None) -> Block | None:
        """A header block at line i, together with the separator or ruler above it."""
        line = self.lines[i]
        below = i
        if kind is Separator.ORIGINAL or reply_headers.is_ruler(line) or reply_headers.is_original_title(line):
            below = self._after_blank(i + 1)
            if below < len(self.lines) and reply_headers.separator(self.lines[below]) is Separator.ORIGINAL:
                below = self._after_blank(below + 1)
        if below >= len(self.lines) or below - i > 6:
            return None
        block = reply_headers.block_at(self.lines, below)
        return None if block is None else Block(i, block.end, block.author)

    def _block_soon(self, i: int) -> Block | None:
        nearby = (k for k in range(i, min(i + 5, len(self.lines))) if self.lines[k])
        return next((block for k in nearby if (block := reply_headers.block_at(self.lines, k)) is not None), None)

    def _reply_header(self, block: Block) -> int:
        """Outlook's header: a reply quotes all that follows; a forward, or a header somebody introduced with a colon, keeps it."""
        nothing_above = not self._wrote and not self._seen_before
        below = self._after_blank(block.end)
        marked = below < len(self.lines) and self.lines[below].startswith(">")
        if self._is_forward or (nothing_above and not marked) or self._introduced(block.start):
            return self._forward(block.start, block.start)
        return self._quote_header(block.start, block.end)

    def _introduced(self, start: int) -> bool:
        above = start - 1
        while above >= 0 and not self.lines[above]:
            above -= 1
        return above >= 0 and self.labels[above] is _Label.NEW and self.lines[above].endswith((":", "："))

    def _quote_header(self, start: int, end: int) -> int:
        """The header is quoted; so are the marked lines below it, or, without marks, everything."""
        below = self._after_blank(end)
        marked = below < len(self.lines) and self.lines[below].startswith(">")
        group = quoting.group_at(self.lines, below, announced=False) if marked else None
        self._seen_before = True
        if group is None and self._answers_inline(start):
            return self._label(start, end, _Label.QUOTED)
        if group is None:
            self.quotes_the_rest = True
            return self._label(start, len(self.lines), _Label.QUOTED)
        return self._label(start, group.end, _Label.QUOTED)

    def _answers_inline(self, start: int) -> bool:
        """ "My answers are in red below": without marks nobody can tell answer from quote, so both stay."""
        above = [line for line, label in zip(self.lines[:start], self.labels[:start], strict=True) if line and label is _Label.NEW]
        return any(_INLINE.search(line) for line in above[:6])

    def _attribution(self, found: Attribution) -> int:
        below = self._after_blank(found.end)
        marked = None
        if below < len(self.lines) and below - found.end <= 4:
            marked = quoting.group_at(self.lines, below, announced=found.strength >= Strength.QUOTED)
        if marked is None:
            if found.strength is Strength.CERTAIN and below < len(self.lines):
                return self._quote_header(reply_headers.fields_above(self.lines, found.start), found.end)
        elif found.strength >= Strength.QUOTED:
            self._seen_before = True
            self._other_marks = self.lines[below][0] not in ">&"
            return self._label(reply_headers.fields_above(self.lines, found.start), marked.end, _Label.QUOTED)
        self._wrote = True
        self._unsure = found.strength
        return found.end

    def _group(self, group: quoting.Group) -> int:
        if not self._seen_before and (self._is_forward or not self._wrote) and self._forwards_in(group):
            return self._forward(group.start, group.start)
        if reply_headers.separator(next((c for c in group.content if c), "")) is Separator.FORWARD and not self._seen_before:
            return self._forward(group.start, group.start)
        quoted = quoting.is_quote(self.lines, group, seen_before=self._seen_before, isolated=self._isolated(group), above=self._unsure)
        self._unsure = Strength.NONE
        if not quoted:
            self._wrote = True
            return group.end
        self._seen_before = True
        return self._label(group.start, group.end, _Label.QUOTED)

    def _isolated(self, group: quoting.Group) -> bool:
        """A few marked lines, no others in the mail, with the author's text above (more than a greeting) and below."""
        if group.end - group.start > 4 or group.end - 1 != self._last_mark or group.end > self._last_written:
            return False  # decided before the lines above are counted, so that they are counted once
        above = [line for line in self.lines[: group.start] if line]
        return len(above) > 1 or (len(above) == 1 and len(above[0].split()) > 4)

    def _forwards_in(self, group: quoting.Group) -> bool:
        first = next((k for k, line in enumerate(group.content) if line), 0)
        return bool(group.content[first : first + 1]) and reply_headers.block_at(group.content, first) is not None

    def _forward(self, start: int, body: int) -> int:
        """Keep a forwarded mail: up to the end of its quote marks, or, without marks, to the end."""
        end = self._unmark(body)
        self.forwards_the_rest = end == len(self.lines)
        self._wrote = True
        pieces = [i for i in range(start, end) if i == start or reply_headers.separator(self.lines[i]) is Separator.FORWARD]
        for piece, following in zip(pieces, [*pieces[1:], end], strict=True):
            self.forwards.append(self._forwarded_mail(piece, following))
        return self._label(start, end, _Label.FORWARDED)

    def _unmark(self, body: int) -> int:
        """Take one level of quote marks off a forwarded mail; where it ends."""
        if body >= len(self.lines) or not self.lines[body].startswith(">"):
            return len(self.lines)
        end = body
        while end < len(self.lines):
            following = self._after_blank(end)
            if following >= len(self.lines) or not self.lines[following].startswith(">"):
                break
            self.shown[following] = quoting.without_mark(self.shown[following])
            self.lines[following] = plain(self.shown[following])
            end = following + 1
        return end

    def _forwarded_mail(self, start: int, end: int) -> tuple[str, int, int]:
        """(author, first line of the text, its end)."""
        at = start
        for _ in range(3):
            at = self._after_blank(at)
            block = reply_headers.block_at(self.lines, at) if at < end else None
            if block is not None and block.end <= end:
                return block.author, block.end, end
            at += 1
        return "", min(start + 1, end), end

    def _label(self, start: int, end: int, label: _Label) -> int:
        self.labels[start:end] = [label] * (end - start)
        return end

    def label_signatures(self) -> None:
        """Every stretch of new lines may end in a signature; before a quote it is the author's too."""
        start = 0
        while start < len(self.lines):
            end = start
            while end < len(self.lines) and self.labels[end] is _Label.NEW:
                end += 1
            if end > start:
                begins = start + signatures.begins_at(self.shown[start:end], self.lines[start:end])
                self._label(begins, end, _Label.SIGNATURE)
            start = end + 1
