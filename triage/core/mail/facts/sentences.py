"""The prose of a mail, cut into sentences with their places; code, logs, JSON and header dumps are left out. Read by `impact` and
`missing`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import islice

from triage.core.mail.scanning import compiled, one_byte

# "20. November" goes on behind its full stop.
# (Its first character is looked for before what stands around it: `re` finds one of a set much faster than it looks back everywhere.)
_END = re.compile(
    r"[.!?…\n](?:(?<=\n)(?:[ \t]*\n|(?=[ \t]*(?:[-*•·–>]|\d{1,2}[.)])\s))"
    r"|(?<!\n)(?<![\s(]\d.)(?<![\s(]\d\d.)[.!?…]*[\"')\]]?(?=\s+[\"'(]?[^\sa-z\d]|\s*$))",
    re.MULTILINE,
)
_NOT_PROSE = re.compile(
    r"^\s*(?:[{}\[\]\"'<>|\\]|at [\w.$]+\(|File \"|Traceback|curl\b|-[HXd]\s|--\w+|[A-Za-z-]{2,30}: [^ ]*$"
    r"|https?://\S+$|(?:GET|POST|PUT|PATCH|DELETE) \S+(?: HTTP/\S+)?\s*$|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d"
    r"|HTTP/\d|\[?\d\d:\d\d:\d\d|\$ |import |def |from \w+ import)"
)
# A log line that the writer goes on behind: `22:40:11Z HTTP 500. This affects everybody.`
_SAYS_MORE = re.compile(r"^\s*\[?\d[\d:.TZ +-]{7,40}.{0,200}[.)] [A-Z][a-z]+(?: [a-z]+){2}")
_GREETING = re.compile(
    r"(?i)^\s*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|hallo|guten (?:tag|morgen)|moin"
    r"|sehr geehrte\w*|bonjour|bonsoir|salut|hola|buen(?:os|as) (?:d(?:í|i)as|tardes)|estimad\w+|ol(?:á|a)"
    r"|bom dia|boa tarde|prezad\w+|"
    r"ciao|buongiorno|gentil\w+|hoi|beste|geachte|dzie(?:ń|n) dobry|cze(?:ś|s)(?:ć|c)|team"
    r"|all)\b(?:[^.!?\n]{0,60}[,!:]|(?:\s[\w'&.-]+){0,2}\.?)\s*$"
)
# Advertisements and contract talk speak of failures and harm that nobody has.
_OFFERING = compiled(
    r"\b(?:unsubscribe|webinar|book a (?:call|demo)|free trial|limited offer|% off|newsletter|early bird|case study|white ?paper"
    r"|amendment|annex|clause|addendum|purchase order|msa|renewal|countersigned?|termination notice)\b"
)
_QUESTION_TAG = re.compile(
    r"(?i)[,;:–-]\s*(?:and |so |but |und |et |y |e )?(?:can|could|would|will|do|did|is|are|any|what|when|why|how|please|could|k(?:ö"
    r"|oe)nn\w+|pouvez|pourriez"
    r"|pueden?|podr\w+|podem|poderiam|potete|potreste|kunnen|czy|m(?:ö|oe)gt)\b[^,;]{0,120}\?[\"')\] ]*$"
)
_LABELLED = re.compile(r"\s*[\w /*-]{2,30}\s*[:|]\s")
_SHORTEST_STATEMENT = 15
_ASKS = re.compile(
    r"(?i)\W*(?:and |so |but |also )?(?:can|could|would|will|do|does|did|is|are|was|were|has|have|any|what|when|why|how|which|who|where"
    r"|should|shall|may"
    r"|might|if|in case|k(?:ö|oe)nn\w+|ist|sind|gibt|wie|was|wann|warum|est-ce|quel|comment|pourquoi|es posible|pueden|hay|como|qual"
    r"|quando|czy|jak)\b"
)
_MAX_SENTENCES = 2_000

_COUNTRY = re.compile(r"\bUS\b(?!\$)")
_SYMBOLS = str.maketrans(
    {
        "€": " eur ",
        "₹": " inr ",
        "’": "'",
        "‘": "'",
        "ł": "l",
        "Ł": "l",
        "ß": "ss",
        "ø": "o",
        "æ": "ae",
        "–": "-",
        "—": "-",
        "“": '"',
        "”": '"',
        "„": '"',
    }
)


class _Line(Enum):
    PROSE = "prose"
    LABELLED = "labelled"
    """Prose that begins with this line, whatever stands above."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    start: int
    end: int

    @property
    def is_question(self) -> bool:
        """Not "nobody gets paid, can you help?", which states something before it asks."""
        if not self.text.rstrip("\"')] ").endswith("?"):
            return False
        tag = _QUESTION_TAG.search(self.text)
        return tag is None or tag.start() < _SHORTEST_STATEMENT or _ASKS.match(self.text) is not None


@lru_cache(maxsize=4)
def is_offering(text: str) -> bool:
    """It sells something or negotiates a contract."""
    return _OFFERING.search(one_byte(text)) is not None


@lru_cache(maxsize=4)
def sentences(text: str) -> tuple[Sentence, ...]:
    """Sentences may run over line ends; blank lines, list items and lines that are no prose end them."""
    return tuple(islice(_sentences(text), _MAX_SENTENCES))


def _sentences(text: str) -> Iterator[Sentence]:
    for start, end in _paragraphs(text):
        at = start
        for stop in _END.finditer(text, start, end):
            found = _sentence(text, at, stop.end())
            if found:
                yield found
            at = stop.end()
        found = _sentence(text, at, end)
        if found:
            yield found


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Runs of prose lines. A greeting line and a short labelled line (`Impact: none`) stand for themselves."""
    start = -1
    at = 0
    for line in text.splitlines(keepends=True):
        kind = _line_kind(line)
        if kind is not _Line.PROSE:
            if start >= 0:
                yield start, at
                start = -1
            if kind is _Line.LABELLED:
                start = at
        elif start < 0:
            start = at
        at += len(line)
    if start >= 0:
        yield start, at


def _line_kind(line: str) -> _Line:
    if line.isspace() or _GREETING.match(line):
        return _Line.OTHER
    labelled = (":" in line or "|" in line) and _LABELLED.match(line)
    if _NOT_PROSE.match(line):
        return _Line.OTHER if labelled or not _SAYS_MORE.search(line) else _Line.PROSE
    return _Line.LABELLED if labelled else _Line.PROSE


def _sentence(text: str, start: int, end: int) -> Sentence | None:
    piece = text[start:end]
    stripped = piece.strip()
    if len(stripped) < 6:
        return None
    lead = len(piece) - len(piece.lstrip())
    return Sentence(stripped, start + lead, start + lead + len(stripped))


def plain(text: str) -> str:
    """Lower case, without accents, with plain apostrophes: what people type on any keyboard reads the same."""
    text = (_COUNTRY.sub("usa", text) if "US" in text else text).lower()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(_SYMBOLS))
        text = "".join(character for character in text if not unicodedata.combining(character))
    return text
